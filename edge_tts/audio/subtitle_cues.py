"""Owns SubtitleCues: word marks in, the text of SubRip or WebVTT cues out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from edge_tts.audio.word_mark import WordMark
from edge_tts.errors import SinkError

SUBTITLE_FORMATS = ("srt", "vtt")
# Two lines of 42 characters and 6 seconds: what broadcasters call readable.
_LINE_CHARACTERS = 42
_CUE_CHARACTERS = 2 * _LINE_CHARACTERS
_CUE_SECONDS = 6.0
_CLAUSE_END = re.compile(r"[,;:.!?…][\"'”’)\]]*$")


@dataclass
class _Cue:
    words: list[str]
    start_sample: int
    end_sample: int
    utterance_index: int
    joined: bool
    """Whether the next word belongs to the last one."""

    @property
    def text(self) -> str:
        return " ".join(self.words)


class SubtitleCues:
    """Group words into cues; the text of each comes out once it is complete.

    Cues never overlap, never span two utterances, and carry times to the millisecond.

    Raises:
        SinkError: Unknown format.
    """

    def __init__(self, format_name: str, sample_rate: int) -> None:
        if format_name not in SUBTITLE_FORMATS:
            raise SinkError(
                f"unknown subtitle format {format_name!r}: choose one of "
                f"{', '.join(SUBTITLE_FORMATS)}"
            )
        self._is_vtt = format_name == "vtt"
        self._sample_rate = sample_rate
        self._cue: _Cue | None = None
        self._num_cues = 0

    @property
    def header(self) -> str:
        """What stands before the first cue."""
        return "WEBVTT\n\n" if self._is_vtt else ""

    def add(self, marks: Iterable[WordMark]) -> str:
        """Take the next words, in order; return the cues that became complete."""
        text = ""
        for mark in marks:
            word = " ".join(mark.text.split())
            if not word:
                continue
            cue = self._cue
            if cue is None or self._must_break(cue, mark, word):
                text += self.finish()
                self._cue = _Cue(
                    [word],
                    mark.start_sample,
                    mark.end_sample,
                    mark.utterance_index,
                    mark.joined,
                )
                continue
            if cue.joined:
                cue.words[-1] += word
            else:
                cue.words.append(word)
            cue.joined = mark.joined
            cue.end_sample = max(cue.end_sample, mark.end_sample)
        return text

    def finish(self) -> str:
        """Return the last cue."""
        cue, self._cue = self._cue, None
        if cue is None:
            return ""
        self._num_cues += 1
        start = self._timestamp(cue.start_sample)
        end = self._timestamp(max(cue.end_sample, cue.start_sample + 1))
        text = "\n".join(_balanced_lines(cue.words))
        if self._is_vtt:
            text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            return f"{start} --> {end}\n{text}\n\n"
        # A literal arrow would read as another time line.
        text = text.replace("-->", "→")
        return f"{self._num_cues}\n{start} --> {end}\n{text}\n\n"

    def _must_break(self, cue: _Cue, mark: WordMark, word: str) -> bool:
        num_characters = len(cue.text) + 1 + len(word)
        seconds = (mark.end_sample - cue.start_sample) / self._sample_rate
        return (
            mark.utterance_index != cue.utterance_index
            or num_characters > _CUE_CHARACTERS
            or seconds > _CUE_SECONDS
            # A clause end is the better place once a line is full.
            or (
                not cue.joined
                and len(cue.text) >= _LINE_CHARACTERS
                and _CLAUSE_END.search(cue.words[-1]) is not None
            )
        )

    def _timestamp(self, sample: int) -> str:
        milliseconds = (2 * sample * 1000 + self._sample_rate) // (
            2 * self._sample_rate
        )
        seconds, milliseconds = divmod(milliseconds, 1000)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        point = "." if self._is_vtt else ","
        return f"{hours:02}:{minutes:02}:{seconds:02}{point}{milliseconds:03}"


def _balanced_lines(words: list[str]) -> list[str]:
    """Return one line, or two of nearly the same length when one is too long."""
    text = " ".join(words)
    if len(text) <= _LINE_CHARACTERS or len(words) == 1:
        return [text]
    splits = [
        (" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words))
    ]
    first, second = min(splits, key=lambda pair: abs(len(pair[0]) - len(pair[1])))
    return [first, second]
