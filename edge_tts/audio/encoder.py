"""Owns the encoders: chunks in, bytes of one audio format out to a descriptor."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import stat
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from edge_tts.audio.chunk import AudioChunk
from edge_tts.audio.format import AudioFormat
from edge_tts.errors import SinkError

if TYPE_CHECKING:
    from edge_tts.audio.encodings import Encoding
    from edge_tts.audio.resampler import Resampler

_WAV_HEADER_NBYTES = 44
_WAV_UNKNOWN = 0xFFFFFFFF
_BYTES_PER_SAMPLE = 2
_MP3_LEVEL = 0.6
"""64 kbit/s at 22.05 kHz."""


class Encoder(Protocol):
    """Writes one signal to a descriptor that somebody else owns.

    Methods raise ``OSError`` for what the operating system refuses and ``SinkError``
    for what the format cannot hold.
    """

    def write(self, chunk: AudioChunk) -> None:
        """Encode and write one chunk."""
        ...

    def finish(self) -> None:
        """Write what is still held back and complete the header where possible."""
        ...

    def close(self) -> None:
        """Free the encoder's memory; harmless when called twice."""
        ...


def open_encoder(
    encoding: Encoding,
    fd: int,
    format: AudioFormat,
    tags: Mapping[str, str] = MappingProxyType({}),
) -> Encoder:
    """Return the encoder for a format, ready to write to ``fd``.

    Args:
        encoding: From ``ENCODINGS``.
        fd: Stays the caller's.
        format: Of every chunk.
        tags: Some of title, artist, album, tracknumber, date, genre, comment; WAV and
            raw samples carry none.
    """
    if encoding.name == "raw":
        return _RawEncoder(fd)
    if encoding.name == "wav":
        return _WavEncoder(fd, format)
    return _SndfileEncoder(encoding, fd, format, tags)


class _RawEncoder:
    """Little-endian 16-bit PCM without header."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write(self, chunk: AudioChunk) -> None:
        _write_all(self._fd, chunk.pcm16())

    def finish(self) -> None:
        pass

    def close(self) -> None:
        pass


class _WavEncoder:
    """16-bit WAV, written here because importing libsndfile costs 15 ms.

    On a pipe both lengths stay 0xFFFFFFFF, which readers take as "until the end"; on a
    regular file they are corrected at the end.
    """

    def __init__(self, fd: int, format: AudioFormat) -> None:
        self._fd = fd
        self._format = format
        self._header_offset = _patchable_offset(fd)
        self._data_nbytes = 0
        _write_all(fd, _wav_header(format, None))

    def write(self, chunk: AudioChunk) -> None:
        data = chunk.pcm16()
        self._data_nbytes += len(data)
        limit = _WAV_UNKNOWN - _WAV_HEADER_NBYTES
        if self._header_offset is not None and self._data_nbytes > limit:
            raise SinkError("a WAV file holds at most 4 GiB: use .flac or .opus")
        _write_all(self._fd, data)

    def finish(self) -> None:
        if self._header_offset is not None:
            header = _wav_header(self._format, self._data_nbytes)
            os.pwrite(self._fd, header, self._header_offset)

    def close(self) -> None:
        pass


class _SndfileEncoder:
    """Everything libsndfile can write, through a descriptor."""

    def __init__(
        self,
        encoding: Encoding,
        fd: int,
        format: AudioFormat,
        tags: Mapping[str, str],
    ) -> None:
        self._fd = fd
        self._resampler: Resampler | None = None
        target_rate = encoding.nearest_rate(format.sample_rate)
        if target_rate != format.sample_rate:
            from edge_tts.audio.resampler import Resampler

            self._resampler = Resampler(format.sample_rate, target_rate)
        try:
            import soundfile
        except (ImportError, OSError) as error:
            raise SinkError(
                f"{encoding.name} needs the soundfile package ({error}): "
                "install it or write .wav"
            ) from error
        self._library_error: type[Exception] = soundfile.LibsndfileError
        if encoding.container not in soundfile.available_formats():
            raise SinkError(
                f"this libsndfile ({soundfile.__libsndfile_version__}) cannot write "
                f"{encoding.name}: use .wav or .flac"
            )
        settings: dict[str, object] = {}
        if encoding.container == "MP3" and _patchable_offset(fd) is None:
            # With a variable rate players read the length from the first frame, which
            # cannot be written last here.
            settings = {"bitrate_mode": "CONSTANT", "compression_level": _MP3_LEVEL}
        try:
            # A descriptor, not a file object: libsndfile would call back into Python,
            # where an interrupt or a full disk cannot be reported.
            self._file: Any = soundfile.SoundFile(
                fd,
                "w",
                target_rate,
                format.num_channels,
                subtype=encoding.subtype,
                format=encoding.container,
                closefd=False,
                **settings,
            )
            for name, value in tags.items():
                setattr(self._file, name, value)
        except soundfile.LibsndfileError as error:
            raise self._explain(error) from error

    def write(self, chunk: AudioChunk) -> None:
        samples = chunk.samples
        if self._resampler is not None:
            samples = self._resampler.process(samples)
        self._write(samples.reshape(-1, chunk.format.num_channels))

    def finish(self) -> None:
        if self._resampler is not None:
            self._write(self._resampler.flush().reshape(-1, 1))
        try:
            self._file.close()
        except self._library_error as error:
            raise self._explain(error) from error

    def close(self) -> None:
        # An error here follows an earlier one that is already on its way to the user.
        with contextlib.suppress(self._library_error):
            self._file.close()

    def _write(self, samples: Any) -> None:
        # libvorbis keeps the samples of one call on the stack.
        for start in range(0, len(samples), 16384):
            try:
                self._file.write(samples[start : start + 16384])
            except (self._library_error, AssertionError) as error:
                raise self._explain(error) from error

    def _explain(self, error: Exception) -> Exception:
        # libsndfile loses errno ("System error."). Writing a little more to a file
        # that is lost anyway brings the operating system's own reason back.
        try:
            os.write(self._fd, bytes(65536))
        except OSError as os_error:
            return os_error
        return SinkError(f"libsndfile could not write: {str(error).strip()}")


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            # A pipe somebody made non-blocking: wait for the reader.
            select.select([], [fd], [])


def _patchable_offset(fd: int) -> int | None:
    """Return where the header will stand, or None when it cannot be changed later."""
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        return None
    # With O_APPEND Linux ignores the offset of pwrite and would append a header.
    if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND:
        return None
    return os.lseek(fd, 0, os.SEEK_CUR)


def _wav_header(format: AudioFormat, data_nbytes: int | None) -> bytes:
    """Return the 44-byte header of 16-bit PCM; None marks an unknown length."""
    block = format.num_channels * _BYTES_PER_SAMPLE
    if data_nbytes is None:
        riff_nbytes = data_nbytes = _WAV_UNKNOWN
    else:
        riff_nbytes = data_nbytes + _WAV_HEADER_NBYTES - 8
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        riff_nbytes,
        b"WAVE",
        b"fmt ",
        16,
        1,
        format.num_channels,
        format.sample_rate,
        format.sample_rate * block,
        block,
        8 * _BYTES_PER_SAMPLE,
        b"data",
        data_nbytes,
    )
