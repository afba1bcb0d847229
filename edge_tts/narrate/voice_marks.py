"""``[voice:NAME]`` … ``[/voice]`` in the text of a book: who speaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.text.span import Span

_MARK: Final = re.compile(r"\[voice:\s*([^\[\]\n]{1,128}?)\s*\]|\[/voice\]")


def apply_voice_marks(blocks: Iterable[Block]) -> Iterator[Block]:
    """Turn marks into the voice of the spans behind them.

    A mark holds until the next one, ``[/voice]`` or the end of the chapter. A block
    that holds nothing but marks goes.
    """
    voice: str | None = None
    for block in blocks:
        if voice is None and not any("[voice:" in span.text for span in block.spans):
            # Also a lone "[/voice]" is read over: it closes nothing.
            yield block
            continue
        spans: list[Span] = []
        for span in block.spans:
            position = 0
            for found in _MARK.finditer(span.text):
                _append(spans, span, position, found.start(), voice)
                voice, position = found[1], found.end()
            _append(spans, span, position, len(span.text), voice)
        kept = replace(block, spans=tuple(spans))
        if block.kind is BlockKind.SCENE_BREAK or kept.text.strip():
            yield kept


def _append(
    spans: list[Span], span: Span, start: int, end: int, voice: str | None
) -> None:
    text = span.text[start:end]
    if not span.text:
        spans.append(span)
    elif text:
        style = span.style
        if voice is not None and style.voice is None:
            style = replace(style, voice=voice)
        spans.append(replace(span, text=text, style=style))
