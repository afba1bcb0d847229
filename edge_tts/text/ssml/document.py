"""Owns SsmlDocument: the passage that a document describes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from edge_tts.text.passage import Passage

_START: Final = re.compile(
    r"\ufeff?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*"
    r"(?:<!DOCTYPE\s+speak\b|<(?:\w+:)?speak[\s>/])",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class SsmlDocument:
    """A document, parsed."""

    passage: Passage
    """U+2028 and U+2029 end sentences and paragraphs that the document marks."""
    language: str
    """``xml:lang`` of the root; empty if it has none."""
    notices: tuple[str, ...]
    """What is not supported, each once."""


def looks_like_ssml(text: str) -> bool:
    """Whether a text begins like an SSML document."""
    return _START.match(text) is not None
