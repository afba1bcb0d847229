"""Owns Take: one sentence as it was spoken, and where its samples lie."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import NamedTuple


class Extent(NamedTuple):
    """Consecutive bytes of one segment file of the audio store."""

    segment: int
    offset: int
    """Bytes from the start of the segment."""
    nbytes: int


class SpokenMark(NamedTuple):
    """One word: its text, first sample within the take, number of samples; whether the
    next one follows without a space."""

    text: str
    start: int
    length: int
    joined: bool = False


@dataclass(frozen=True)
class Take:
    """The record of one synthesis; ``digest`` guards the record itself."""

    key: str
    """What was spoken and how (``sentence_key``)."""
    extent: Extent
    audio_hash: str
    """BLAKE2b-128 of the stored 16-bit samples, hexadecimal."""
    marks: tuple[SpokenMark, ...]
    seed: int
    """Seed that made it; differs from the sentence's own after a failed check."""
    attempts: int
    problems: tuple[str, ...]
    """What the checks found in the take that was kept."""
    peak: float
    """Largest absolute sample, full scale 1."""
    rms_db: float
    """Level over the whole take, dBFS."""
    num_words: int
    """Written words in the text that ought to be heard."""
    lost_words: tuple[str, ...]
    """Those that no mark covers."""

    @property
    def num_samples(self) -> int:
        """Samples, mono."""
        return self.extent.nbytes // 2

    def to_json(self) -> str:
        """Everything but the key, in a form that does not vary."""
        return json.dumps(
            {
                "extent": list(self.extent),
                "audio_hash": self.audio_hash,
                "marks": [list(mark) for mark in self.marks],
                "seed": self.seed,
                "attempts": self.attempts,
                "problems": list(self.problems),
                "peak": self.peak,
                "rms_db": self.rms_db,
                "num_words": self.num_words,
                "lost_words": list(self.lost_words),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, key: str, text: str) -> Take:
        """Undo ``to_json``.

        Raises:
            ValueError, KeyError, TypeError: The text is not such a record.
        """
        fields = json.loads(text)
        return cls(
            key=key,
            extent=Extent(*map(int, fields["extent"])),
            audio_hash=str(fields["audio_hash"]),
            marks=tuple(
                SpokenMark(str(t), int(s), int(n), any(joined))
                for t, s, n, *joined in fields["marks"]
            ),
            seed=int(fields["seed"]),
            attempts=int(fields["attempts"]),
            problems=tuple(fields["problems"]),
            peak=float(fields["peak"]),
            rms_db=float(fields["rms_db"]),
            num_words=int(fields["num_words"]),
            lost_words=tuple(fields["lost_words"]),
        )


def audio_hash(pcm: bytes | memoryview) -> str:
    """BLAKE2b-128 of 16-bit samples, hexadecimal."""
    return hashlib.blake2b(pcm, digest_size=16).hexdigest()


def record_digest(key: str, record: str) -> str:
    """Checksum of one journal row: SQLite itself keeps none."""
    return hashlib.blake2b(f"{key}\n{record}".encode(), digest_size=8).hexdigest()
