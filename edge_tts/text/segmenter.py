"""Cuts text into sentences as it arrives; never loses a character, never looks back.

Offsets are those of the whole source. The result does not depend on how the text was
cut into pieces, except where ``flush`` is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from edge_tts.text.sentence_end import LOOKAHEAD, Verdict, judge
from edge_tts.text.utterance import Pause

MAX_SENTENCE: Final = 1500
"""Characters; a longer sentence is cut at a clause, else at a space, else anywhere."""
MAX_GAP: Final = 256
"""White space after which no further look-ahead is worth waiting for."""

_CANDIDATE: Final = re.compile(
    r"[.!?\u2026\u3002\uff0e\uff01\uff1f\u061f\u06d4\u0964]+"
    r"[\"'\u2019\u201d\u00bb)\]}*_\u300d\u300f]*"
    r"|\n[^\S\n]*\n|\n(?=[^\S\n]*(?:[-*\u2022+]|\d{1,3}[.)])[^\S\n])|[\f\u2028\u2029]"
)
_CLAUSE: Final = re.compile(
    r"[,;:\u2014\u2013)\uff0c\u3001\uff1b][\"'\u201d]?(?=\s)|\s-+\s"
)
_SPACES: Final = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence in the source."""

    text: str
    start: int
    pause: Pause


class Segmenter:
    """Push pieces of text in, get whole sentences out.

    Args:
        origin: Offset of the first character in the source.
    """

    def __init__(self, origin: int = 0) -> None:
        self._buffer = ""
        self._origin = origin
        self._scanned = 0

    def feed(self, piece: str) -> Iterator[Segment]:
        """Add text; yield the sentences that are certain to be complete."""
        self._buffer += piece
        yield from self._cut(final=False)

    def flush(self, pause: Pause = Pause.PARAGRAPH) -> Iterator[Segment]:
        """Yield all that is left; the last sentence ends in ``pause``."""
        yield from self._cut(final=True, last_pause=pause)

    def ends_with_stop(self) -> bool:
        """Whether the text so far would end a sentence if nothing followed."""
        return self._buffer.rstrip()[-1:] in tuple(".!?\u2026\"'\u201d\u2019)")

    def ends_with_comma(self) -> bool:
        """Whether the text so far ends between two clauses."""
        return self._buffer.rstrip()[-1:] in tuple(",;:\u2014\u2013")

    def _cut(
        self, *, final: bool, last_pause: Pause = Pause.PARAGRAPH
    ) -> Iterator[Segment]:
        buffer, start = self._buffer, 0
        scan = self._scanned
        while True:
            if scan <= start:
                start = _SPACES.match(buffer, start).end()  # type: ignore[union-attr]
                scan = start
            if start >= len(buffer):
                break
            end, pause, scan = self._next_end(buffer, start, scan, final=final)
            if pause is None:
                break
            body = buffer[start:end].rstrip()
            tail = buffer[start + len(body) : end]
            if end == len(buffer) and tail.count("\n") < 2:
                pause = last_pause if pause is Pause.PARAGRAPH else pause
            yield Segment(body, self._origin + start, pause)
            start = scan = end
        self._origin += start
        self._buffer = buffer[start:]
        self._scanned = max(scan - start, 0)

    def _next_end(
        self, buffer: str, start: int, scan: int, *, final: bool
    ) -> tuple[int, Pause | None, int]:
        limit = start + MAX_SENTENCE
        while True:
            found = _CANDIDATE.search(buffer, scan, min(limit, len(buffer)) + LOOKAHEAD)
            if found is None or found.end() > limit:
                break
            # A run of stops or closers at the edge may still grow.
            room = _SPACES.match(buffer, found.end())
            after = room.end() if room else found.end()
            known = final or after < len(buffer) or after - found.end() > MAX_GAP
            if known and not final and len(buffer) - after < LOOKAHEAD:
                known = bool(re.search(r"\S\s", buffer[after:]))
            if not known:
                return start, None, found.start()
            verdict = judge(buffer, start, found, after)
            if verdict is Verdict.PARAGRAPH:
                return after, Pause.PARAGRAPH, after
            if verdict is Verdict.SENTENCE:
                return after, Pause.SENTENCE, after
            scan = found.end()
        if len(buffer) >= limit + LOOKAHEAD or (final and len(buffer) > limit):
            return _forced_end(buffer, start, limit), Pause.CLAUSE, start
        if final:
            return len(buffer), Pause.PARAGRAPH, len(buffer)
        return start, None, max(start, min(scan, len(buffer)))


def _forced_end(buffer: str, start: int, limit: int) -> int:
    middle = start + MAX_SENTENCE // 2
    cut = 0
    for match in _CLAUSE.finditer(buffer, middle, limit):
        cut = match.end()
    if not cut:
        spaces = [m.end() for m in re.finditer(r"\s", buffer[middle:limit])]
        cut = middle + spaces[-1] if spaces else limit
    return cut
