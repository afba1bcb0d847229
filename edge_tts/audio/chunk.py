"""Owns AudioChunk: the piece of speech that flows from synthesiser to sinks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_tts.audio.format import AudioFormat
from edge_tts.audio.index_mark import IndexMark
from edge_tts.audio.pcm import pcm16_from_float
from edge_tts.audio.word_mark import WordMark


@dataclass(frozen=True, eq=False)
class AudioChunk:
    """Consecutive samples of one output and the words that begin in them.

    Chunks of one stream follow each other without gap: the next ``start_sample`` is
    this one's plus ``num_samples``.
    """

    samples: npt.NDArray[np.float32]
    """(num_samples,) for mono, interleaved otherwise; full scale +-1."""
    format: AudioFormat
    """How to read ``samples``."""
    start_sample: int
    """Position of the first sample in the whole output."""
    marks: tuple[WordMark, ...] = ()
    """Words whose position became known with this chunk, in order."""
    index_marks: tuple[IndexMark, ...] = ()
    """Marks of an SSML document whose position became known with this chunk."""

    @property
    def num_samples(self) -> int:
        """Samples per channel."""
        return len(self.samples) // self.format.num_channels

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.num_samples / self.format.sample_rate

    def pcm16(self) -> bytes:
        """Return the samples as little-endian signed 16-bit PCM."""
        return pcm16_from_float(self.samples).tobytes()
