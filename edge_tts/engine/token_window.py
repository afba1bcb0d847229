"""Cuts a long row of tokens into windows for a convolutional encoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class TokenWindow:
    """Tokens ``start:stop`` and the neighbours that the encoder must see with them."""

    start: int
    stop: int
    first_seen: int
    """``start`` less the left context, not below zero."""
    last_seen: int
    """``stop`` plus the right context, not beyond the last token."""


def token_windows(
    num_tokens: int, context: int, first: int = 12, largest: int = 160
) -> Iterator[TokenWindow]:
    """Yield windows that cover all tokens, small ones first.

    The encoder's receptive field is finite: with ``context`` true neighbours on either
    side the outputs equal those of the whole utterance, so the first sound need not
    wait for the length of the text.
    """
    start, size = 0, first
    while start < num_tokens:
        stop = min(start + size, num_tokens)
        if num_tokens - stop < size // 4:
            stop = num_tokens  # not worth a call of its own
        yield TokenWindow(
            start, stop, max(start - context, 0), min(stop + context, num_tokens)
        )
        start, size = stop, min(size * 4, largest)
