"""Tells SSML from plain text."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from edge_tts.errors import TextError

if TYPE_CHECKING:
    from edge_tts.text.passage import Passage

_HEAD_CHARS = 4096


class SpeakableText(NamedTuple):
    """What goes to the synthesizer, and what the user should know."""

    text: str | Iterable[str] | Passage
    notices: tuple[str, ...] = ()


def text_or_passage(text: str | Iterable[str], is_ssml: bool | None) -> SpeakableText:
    """Parse SSML; leave plain text as it is.

    Args:
        text: The text or its pieces; SSML is read to its end first.
        is_ssml: None to find out from how the text begins.

    Raises:
        TextError: It is SSML with a mistake.
    """
    text, is_document = told_apart(text, is_ssml)
    if not is_document:
        return SpeakableText(text)
    from edge_tts.text.ssml import parse_ssml

    assert isinstance(text, str)
    document = parse_ssml(text)
    return SpeakableText(document.passage, document.notices)


def told_apart(
    text: str | Iterable[str], is_ssml: bool | None
) -> tuple[str | Iterable[str], bool]:
    """Return the text and whether it is SSML, which is then one string.

    Raises:
        TextError: It is SSML and far too long.
    """
    if is_ssml is False:
        return text, False
    if is_ssml is None:
        pieces: Iterator[str] = iter([text] if isinstance(text, str) else text)
        head = list(_head(pieces))
        if not "".join(head).lstrip("\ufeff \t\r\n").startswith("<"):
            # Most texts end here and never load the parser.
            return _again(text, head, pieces), False
        from edge_tts.text.ssml import looks_like_ssml

        if not looks_like_ssml("".join(head)):
            return _again(text, head, pieces), False
        text = itertools.chain(head, pieces)
    from edge_tts.text.ssml.limits import MAX_CHARS

    whole = []
    size = 0
    for piece in [text] if isinstance(text, str) else text:
        whole.append(piece)
        size += len(piece)
        if size > MAX_CHARS:
            raise TextError(
                f"SSML: expected at most {MAX_CHARS >> 20} million characters, got "
                "more; split the document"
            )
    return "".join(whole), True


def _head(pieces: Iterator[str]) -> Iterator[str]:
    """The first pieces: up to the first word, or enough to know a document by."""
    head = ""
    for piece in pieces:
        yield piece
        head = (head + piece)[: _HEAD_CHARS + 1].lstrip("\ufeff \t\r\n")
        if (head and head[0] != "<") or len(head) > _HEAD_CHARS or "<speak" in head:
            return


def _again(
    text: str | Iterable[str], head: list[str], pieces: Iterator[str]
) -> str | Iterable[str]:
    return text if isinstance(text, str) else itertools.chain(head, pieces)
