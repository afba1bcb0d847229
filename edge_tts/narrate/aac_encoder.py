"""Owns AacEncoder: chapters as AAC frames by the ``ffmpeg`` program.

ffmpeg runs as a program of its own and is never linked; no library with wheels for
both architectures encodes AAC under a licence that the default install may carry.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import SinkError

FRAME: Final = 1024
"""Samples per frame."""
BITRATE: Final = "64k"
_HEADER: Final = 7


def ffmpeg_program() -> str:
    """Path of ffmpeg.

    Raises:
        SinkError: It is not installed.
    """
    found = shutil.which("ffmpeg")
    if found is None:
        raise SinkError(
            "M4B needs the program ffmpeg: install it (`apt install ffmpeg`) or use "
            "--format mp3, opus, flac or wav"
        )
    return found


class AacEncoder:
    """Writes ADTS frames to a file, exactly one per 1024 samples that were given.

    The signal must begin with a frame of silence: the encoder's first frame, which
    only fills its look-ahead, is dropped, so that files can be joined by joining bytes.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        self._path = path
        self._num_samples = 0
        self._raw = path.with_name(path.name + ".raw")
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
        self._process = subprocess.Popen(
            [
                *(ffmpeg_program(), "-v", "error", "-y", "-nostdin"),
                *("-f", "f32le", "-ar", str(sample_rate), "-ac", "1", "-i", "pipe:0"),
                *("-c:a", "aac", "-b:a", BITRATE, "-bitexact", "-threads", "1"),
                *("-f", "adts", str(self._raw)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
        )

    def write(self, samples: NDArray[np.float32]) -> None:
        """Encode samples, (n,) float32."""
        assert self._process.stdin is not None
        self._num_samples += len(samples)
        try:
            self._process.stdin.write(samples.astype("<f4").tobytes())
        except OSError as error:
            self._fail(error)

    def finish(self) -> None:
        """Complete the file.

        Raises:
            SinkError: ffmpeg failed; its own words are in the message.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError as error:
            self._fail(error)
        if self._process.wait() != 0:
            self._fail(None)
        wanted = self._num_samples // FRAME
        with self._raw.open("rb") as source, self._path.open("wb") as target:
            frames = adts_frames(source)
            next(frames, b"")
            count = 0
            for frame in frames:
                if count < wanted:
                    target.write(frame)
                    count += 1
        self._raw.unlink()
        if count != wanted:
            raise SinkError(f"ffmpeg made {count} AAC frames, expected {wanted}")

    def close(self) -> None:
        """End ffmpeg and remove what it left; harmless after ``finish``."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin = None
        self._errors.close()
        self._raw.unlink(missing_ok=True)

    def _fail(self, error: OSError | None) -> None:
        self._process.kill()
        self._process.wait()
        self._errors.seek(0)
        words = self._errors.read(2000).decode("utf-8", "replace").split()
        raise SinkError(f"ffmpeg could not encode AAC: {' '.join(words) or error}")


def adts_frames(source: IO[bytes]) -> Iterator[bytes]:
    """Cut an ADTS stream into frames.

    Raises:
        SinkError: It is damaged.
    """
    while header := source.read(_HEADER):
        if len(header) < _HEADER or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
            raise SinkError("the AAC stream of a chapter is damaged; run again")
        size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
        frame = header + source.read(max(0, size - _HEADER))
        if len(frame) != size:
            raise SinkError("the AAC stream of a chapter is cut short; run again")
        yield frame
