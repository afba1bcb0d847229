"""Measures and encodes chapters; runs in the workers, reads the journal itself."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.audio.encoder import open_encoder
from edge_tts.audio.encodings import ENCODINGS
from edge_tts.narrate.aac_encoder import AacEncoder
from edge_tts.narrate.audio_store import AudioStore
from edge_tts.narrate.chapter_signal import ChapterSignal
from edge_tts.narrate.journal import Journal
from edge_tts.narrate.loudness import LoudnessMeter
from edge_tts.narrate.ogg_serial import set_serial
from edge_tts.narrate.part_path import part_path
from edge_tts.narrate.peak_limiter import PeakLimiter
from edge_tts.narrate.true_peak_meter import TruePeakMeter
from edge_tts.narrate.write_behind import WriteBehind

BLOCK_SAMPLES = 1 << 15
"""Of one step: memory does not depend on the length of a sentence or chapter."""


@dataclass(frozen=True)
class RenderRequest:
    """What to encode, and into which files; plain values, it travels as JSON."""

    folder: str
    """Of the job."""
    sample_rate: int
    chapters: list[int]
    """Joined in this order."""
    gain: float = 1.0
    ceiling_db: float = -1.0
    targets: tuple[dict[str, Any], ...] = ()
    """``format``, ``path``, ``tags``, ``head`` (hexadecimal bytes put in front)."""

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> RenderRequest:
        """Undo ``asdict``."""
        return cls(**{**fields, "targets": tuple(fields.get("targets", ()))})


@dataclass(frozen=True)
class Measured:
    """Loudness of a chapter in a form that adds up."""

    counts: list[list[float]]
    """[bin, number of blocks, energy] of every bin that is not empty."""
    num_samples: int


@dataclass(frozen=True)
class Rendered:
    """What was written."""

    num_samples: int
    true_peak: float
    """Largest, full scale 1."""
    limited_samples: int
    counts: list[list[float]]
    """Loudness of what was written, as in ``Measured``."""


def measure(request: RenderRequest) -> Measured:
    """Loudness of chapters as they will be joined, before any gain."""
    meter = LoudnessMeter(request.sample_rate)
    num_samples = 0
    for block in _signal(request):
        meter.push(block)
        num_samples += len(block)
    return Measured(_rows(meter), num_samples)


def render(request: RenderRequest) -> Rendered:
    """Encode chapters into every target at once; each file appears when complete."""
    limiter = PeakLimiter(request.gain, request.ceiling_db, request.sample_rate)
    meter = LoudnessMeter(request.sample_rate)
    peaks = TruePeakMeter()
    num_samples = 0
    with contextlib.ExitStack() as stack:
        writers = [
            stack.enter_context(_Target(target, request.sample_rate))
            for target in request.targets
        ]

        def deliver(samples: NDArray[np.float32]) -> None:
            nonlocal num_samples
            if not len(samples):
                return
            peaks.push(samples)
            num_samples += len(samples)
            meter.push(samples)
            for writer in writers:
                writer.write(samples)

        for block in _signal(request):
            deliver(limiter.push(block))
        deliver(limiter.finish())
        for writer in writers:
            writer.commit()
    return Rendered(num_samples, peaks.finish(), limiter.limited_samples, _rows(meter))


def _rows(meter: LoudnessMeter) -> list[list[float]]:
    counts, energies = meter.finish()
    return [
        [float(i), float(counts[i]), float(energies[i])] for i in np.flatnonzero(counts)
    ]


def _signal(request: RenderRequest) -> Iterator[NDArray[np.float32]]:
    """Blocks of one size, however long the sentences are."""
    folder = Path(request.folder)
    journal = Journal(folder, read_only=True)
    store = AudioStore(folder / "audio")
    try:
        pending: list[NDArray[np.float32]] = []
        count = 0
        for chapter in request.chapters:
            signal = ChapterSignal(journal, store, chapter, request.sample_rate)
            for block in signal.blocks():
                pending.append(block)
                count += len(block)
                if count >= BLOCK_SAMPLES:
                    joined = np.concatenate(pending)
                    whole = count - count % BLOCK_SAMPLES
                    for start in range(0, whole, BLOCK_SAMPLES):
                        yield joined[start : start + BLOCK_SAMPLES]
                    pending, count = [joined[whole:]], count - whole
        if count:
            yield np.concatenate(pending)
    finally:
        store.close()
        journal.close()


class _Writer(Protocol):
    def write(self, samples: NDArray[np.float32]) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


class _Target:
    """A file under a temporary name that is renamed by ``commit``."""

    def __init__(self, target: dict[str, Any], sample_rate: int) -> None:
        self._path = Path(target["path"])
        self._format = target["format"]
        self._head = bytes.fromhex(target.get("head", ""))
        self._temporary = part_path(self._path)
        self._writer: _Writer
        if self._format == "aac":
            self._writer = AacEncoder(self._temporary, sample_rate)
        else:
            tags = target.get("tags", {})
            self._writer = _Encoded(self._temporary, self._format, sample_rate, tags)
        self._behind = WriteBehind(self._writer.write)

    def __enter__(self) -> _Target:
        return self

    def __exit__(self, *unused: object) -> None:
        self._behind.close()
        self._writer.close()
        self._temporary.unlink(missing_ok=True)

    def write(self, samples: NDArray[np.float32]) -> None:
        self._behind.write(samples)

    def commit(self) -> None:
        self._behind.finish()
        self._writer.finish()
        self._writer.close()
        if self._format in ("opus", "ogg"):
            set_serial(self._temporary)
        if self._head:
            body = self._temporary.with_name(self._temporary.name + ".body")
            os.replace(self._temporary, body)
            try:
                with self._temporary.open("wb") as out, body.open("rb") as source:
                    out.write(self._head)
                    shutil.copyfileobj(source, out, 1 << 20)
            finally:
                body.unlink()
        fd = os.open(self._temporary, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(self._temporary, self._path)


class _Encoded:
    """The encoders that ``edgetts say`` uses."""

    def __init__(
        self, path: Path, name: str, sample_rate: int, tags: dict[str, str]
    ) -> None:
        self._format = AudioFormat(sample_rate)
        self._position = 0
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            # ID3 carries more than libsndfile would write.
            known = {} if name == "mp3" else tags
            self._encoder = open_encoder(ENCODINGS[name], self._fd, self._format, known)
        except BaseException:
            os.close(self._fd)
            raise

    def write(self, samples: NDArray[np.float32]) -> None:
        self._encoder.write(AudioChunk(samples, self._format, self._position))
        self._position += len(samples)

    def finish(self) -> None:
        self._encoder.finish()

    def close(self) -> None:
        if self._fd >= 0:
            self._encoder.close()
            os.close(self._fd)
            self._fd = -1
