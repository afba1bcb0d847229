"""Owns the text that makes the voice say a span with a reading of its own."""

from __future__ import annotations

from edge_tts.text.span import ReadingKind, Span


def spoken_form(span: Span) -> str:
    """Words for an alias, ``[[...]]`` for phonemes, spaced letters for characters."""
    reading = span.reading
    if reading is None:
        return span.text
    if reading.kind is ReadingKind.ALIAS:
        return reading.value
    if reading.kind is ReadingKind.PHONEMES:
        words = (part.strip() for part in reading.value.split("|"))
        return " ".join(f"[[{word}]]" for word in words if word)
    if reading.value.partition(":")[0] in ("characters", "spell-out", "letters"):
        return " ".join(span.text)
    return span.text
