"""Blocks as compact JSON values: for the spool of chapters and for ids.

What has its default is left out, so that fields added later change nothing.
"""

from __future__ import annotations

import math
from typing import Any

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.text.span import PLAIN, Emphasis, Reading, ReadingKind, Span, SpeechStyle


def block_to_json(block: Block) -> dict[str, Any]:
    """Return the value of a block, without its id."""
    value: dict[str, Any] = {"kind": block.kind.value}
    if block.level:
        value["level"] = block.level
    value["spans"] = [span_to_json(span) for span in block.spans]
    return value


def block_from_json(value: dict[str, Any], block_id: str) -> Block:
    """Return the block of ``block_to_json``."""
    return Block(
        BlockKind(value["kind"]),
        tuple([span_from_json(span) for span in value["spans"]]),
        value.get("level", 0),
        block_id,
    )


def span_to_json(span: Span) -> Any:
    """Return the value of a span; plain text is a string."""
    if span == Span(span.text):
        return span.text
    value: dict[str, Any] = {}
    if span.text:
        value["text"] = span.text
    if span.break_ms is not None:
        value["break_ms"] = span.break_ms
    if span.mark is not None:
        value["mark"] = span.mark
    if span.reading is not None:
        value["reading"] = [span.reading.kind.value, span.reading.value]
    if span.style != PLAIN:
        value["style"] = _style_to_json(span.style)
    return value


def span_from_json(value: Any) -> Span:
    """Return the span of ``span_to_json``."""
    if isinstance(value, str):
        return Span(value)
    reading = value.get("reading")
    return Span(
        value.get("text", ""),
        _style_from_json(value.get("style", {})),
        Reading(ReadingKind(reading[0]), reading[1]) if reading else None,
        value.get("break_ms"),
        value.get("mark"),
    )


def _style_to_json(style: SpeechStyle) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if style.voice is not None:
        value["voice"] = style.voice
    for name in ("speed", "pitch", "volume"):
        number = getattr(style, name)
        if number != getattr(PLAIN, name):
            # JSON has no infinity.
            value[name] = number if math.isfinite(number) else None
    if style.emphasis is not PLAIN.emphasis:
        value["emphasis"] = style.emphasis.value
    if style.language:
        value["language"] = style.language
    return value


def _style_from_json(value: dict[str, Any]) -> SpeechStyle:
    if not value:
        return PLAIN
    volume = value.get("volume", PLAIN.volume)
    return SpeechStyle(
        value.get("voice"),
        value.get("speed", PLAIN.speed),
        value.get("pitch", PLAIN.pitch),
        -math.inf if volume is None else volume,
        Emphasis(value.get("emphasis", PLAIN.emphasis)),
        value.get("language", ""),
    )
