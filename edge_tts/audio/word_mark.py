"""Owns WordMark: where in the signal one word of the text is spoken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WordMark:
    """One word and the samples that speak it: what subtitles are made of."""

    text: str
    """The word as the source text spells it, with the punctuation attached to it."""
    start_sample: int
    """First sample, counted from the start of the whole output."""
    num_samples: int
    """Length in samples."""
    utterance_index: int
    """Running number of the utterance; subtitle cues never span two."""
    joined: bool = False
    """Whether the next word follows without a space, as after a hyphen."""

    @property
    def end_sample(self) -> int:
        """Sample after the last one."""
        return self.start_sample + self.num_samples
