"""Owns the byte encoders: samples in, the bytes of an audio format out, at once.

For servers, which hand bytes to a connection and own no descriptor.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import shutil
import subprocess
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from edge_tts.audio.chunk import AudioChunk
from edge_tts.audio.encoder import Encoder, open_encoder
from edge_tts.audio.encodings import ENCODINGS, Encoding
from edge_tts.audio.format import AudioFormat
from edge_tts.audio.resampler import Resampler
from edge_tts.errors import SinkError

_PIPE_NBYTES: Final = 1 << 18
# What one write of so many samples makes of it fits into a pipe, whatever the format.
_BLOCK: Final = 4096
_READ_NBYTES: Final = 1 << 16
_AAC_TIMEOUT_S: Final = 30.0
AAC_BITRATE: Final = "64k"


class ByteEncoder(Protocol):
    """Turns one signal into bytes; ``close`` it in any case."""

    def feed(self, samples: npt.NDArray[np.float32]) -> bytes:
        """Take the next samples, (n,); return the bytes that became ready."""
        ...

    def finish(self) -> bytes:
        """Return the rest; the signal ends here."""
        ...

    def close(self) -> None:
        """Free what it holds; harmless when called twice."""
        ...


def open_byte_encoder(
    name: str, format: AudioFormat, sample_rate: int | None = None
) -> ByteEncoder:
    """Return an encoder of mono speech.

    Args:
        name: A name of ``ENCODINGS``, or ``aac`` where ffmpeg is installed.
        format: Of the samples.
        sample_rate: Rate to encode, Hz; None for the rate of the samples or the
            nearest one that the format can hold.

    Raises:
        SinkError: The format or the rate cannot be had here.
    """
    resampler = None
    if sample_rate is not None and sample_rate != format.sample_rate:
        resampler = Resampler(format.sample_rate, sample_rate)
        format = AudioFormat(sample_rate, format.num_channels)
    if name == "aac":
        return _AacEncoder(format.sample_rate, resampler)
    if name not in ENCODINGS:
        raise SinkError(f"unknown audio format {name!r}: {', '.join(ENCODINGS)}, aac")
    return _PipeEncoder(ENCODINGS[name], format, resampler)


def can_encode_aac() -> bool:
    """Whether the program that encodes AAC is installed."""
    return shutil.which("ffmpeg") is not None


class _PipeEncoder:
    """An encoder that writes to descriptors, read back through a pipe."""

    def __init__(
        self, encoding: Encoding, format: AudioFormat, resampler: Resampler | None
    ) -> None:
        self._format = format
        self._resampler = resampler
        self._num_samples = 0
        self._read_fd, self._write_fd = os.pipe()
        os.set_blocking(self._read_fd, False)
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._write_fd, fcntl.F_SETPIPE_SZ, _PIPE_NBYTES)
        try:
            self._encoder: Encoder | None = open_encoder(
                encoding, self._write_fd, format
            )
        except BaseException:
            self._encoder = None
            self.close()
            raise

    def feed(self, samples: npt.NDArray[np.float32]) -> bytes:
        if self._resampler is not None:
            samples = self._resampler.process(samples)
        return self._encode(samples)

    def finish(self) -> bytes:
        assert self._encoder is not None
        data = b""
        if self._resampler is not None:
            data = self._encode(self._resampler.flush())
        self._encoder.finish()
        return data + self._drain()

    def close(self) -> None:
        if self._encoder is not None:
            # Nobody reads what it still holds back, and a full pipe would block.
            with contextlib.suppress(BlockingIOError):
                os.set_blocking(self._write_fd, False)
                self._drain()
                self._encoder.close()
            self._encoder = None
        if self._read_fd >= 0:
            os.close(self._read_fd)
            os.close(self._write_fd)
            self._read_fd = -1

    def _encode(self, samples: npt.NDArray[np.float32]) -> bytes:
        assert self._encoder is not None
        parts = [self._drain()]
        for start in range(0, len(samples), _BLOCK):
            block = samples[start : start + _BLOCK]
            self._encoder.write(AudioChunk(block, self._format, self._num_samples))
            self._num_samples += len(block)
            parts.append(self._drain())
        return b"".join(parts)

    def _drain(self) -> bytes:
        parts = []
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._read_fd, _READ_NBYTES):
                parts.append(data)
        return b"".join(parts)


class _AacEncoder:
    """ADTS frames by the ffmpeg program, which runs on its own and is never linked."""

    def __init__(self, sample_rate: int, resampler: Resampler | None) -> None:
        self._resampler = resampler
        program = shutil.which("ffmpeg")
        if program is None:
            raise SinkError("aac needs the program ffmpeg: install it or use mp3, opus")
        self._process = subprocess.Popen(
            [
                *(program, "-v", "quiet", "-nostdin", "-probesize", "32"),
                *("-f", "f32le", "-ar", str(sample_rate), "-ac", "1", "-i", "pipe:0"),
                *("-c:a", "aac", "-b:a", AAC_BITRATE, "-threads", "1"),
                *("-flush_packets", "1", "-f", "adts", "pipe:1"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        os.set_blocking(self._stdin.fileno(), False)
        os.set_blocking(self._stdout.fileno(), False)

    def feed(self, samples: npt.NDArray[np.float32]) -> bytes:
        if self._resampler is not None:
            samples = self._resampler.process(samples)
        return self._exchange(samples.astype("<f4").tobytes())

    def finish(self) -> bytes:
        data = b""
        if self._resampler is not None:
            data = self._exchange(self._resampler.flush().astype("<f4").tobytes())
        self._stdin.close()
        parts = [data]
        while part := self._read(_AAC_TIMEOUT_S):
            parts.append(part)
        if self._process.wait(_AAC_TIMEOUT_S) != 0:
            raise SinkError("ffmpeg could not encode AAC")
        return b"".join(parts)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._stdin.close()
        self._stdout.close()

    def _exchange(self, data: bytes) -> bytes:
        """Write all of ``data`` while reading what comes, so that neither waits."""
        view, parts = memoryview(data), []
        while view:
            readable, writable, _ = select.select(
                [self._stdout], [self._stdin], [], _AAC_TIMEOUT_S
            )
            if readable:
                part = self._read(0.0)
                if not part:
                    raise SinkError("ffmpeg ended in mid-stream")
                parts.append(part)
            elif writable:
                try:
                    view = view[os.write(self._stdin.fileno(), view) :]
                except BrokenPipeError as error:
                    raise SinkError("ffmpeg ended in mid-stream") from error
            else:
                raise SinkError("ffmpeg stands still")
        return b"".join(parts)

    def _read(self, timeout_s: float) -> bytes:
        if not select.select([self._stdout], [], [], timeout_s)[0]:
            raise SinkError("ffmpeg stands still")
        return os.read(self._stdout.fileno(), _READ_NBYTES)
