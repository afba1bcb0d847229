from __future__ import annotations

import os
import resource
import stat
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_tts.audio import AudioChunk, AudioFormat, pcm16_from_float
from edge_tts.audio.encodings import ENCODINGS
from edge_tts.audio.file_sink import FileSink, open_file_sink
from edge_tts.audio.sink import AudioSink
from edge_tts.audio.stream_sink import StreamSink
from edge_tts.errors import SinkError

FORMAT = AudioFormat(22_050)
Chunks = Callable[..., Iterator[AudioChunk]]


def write_all(sink: AudioSink, chunks: Iterator[AudioChunk]) -> None:
    try:
        sink.open(FORMAT)
        for chunk in chunks:
            sink.write(chunk)
        sink.drain()
    finally:
        sink.close()


def test_wav_holds_exactly_the_samples(
    tmp_path: Path, chunks: Chunks, speech: np.ndarray
) -> None:
    write_all(FileSink(tmp_path / "a.wav"), chunks())
    with wave.open(str(tmp_path / "a.wav")) as reader:
        assert reader.getparams()[:4] == (1, 2, 22_050, len(speech))
        data = reader.readframes(len(speech))
    assert data == pcm16_from_float(speech).tobytes()
    assert os.listdir(tmp_path) == ["a.wav"]


def test_flac_holds_exactly_the_samples(
    tmp_path: Path, chunks: Chunks, speech: np.ndarray
) -> None:
    write_all(FileSink(tmp_path / "a.flac"), chunks())
    samples, rate = soundfile.read(tmp_path / "a.flac", dtype="int16")
    assert rate == 22_050
    assert np.array_equal(samples, pcm16_from_float(speech))


@pytest.mark.parametrize("suffix, rate", [("ogg", 22_050), ("opus", 24_000)])
def test_ogg_keeps_length_and_level(
    tmp_path: Path, chunks: Chunks, speech: np.ndarray, suffix: str, rate: int
) -> None:
    write_all(FileSink(tmp_path / f"a.{suffix}"), chunks())
    samples, found_rate = soundfile.read(tmp_path / f"a.{suffix}")
    assert found_rate == rate
    assert abs(len(samples) / rate - len(speech) / 22_050) < 0.01
    assert np.std(samples) == pytest.approx(np.std(speech), rel=0.05)


def test_mp3_keeps_length_and_level(
    tmp_path: Path, chunks: Chunks, speech: np.ndarray
) -> None:
    write_all(FileSink(tmp_path / "a.mp3"), chunks())
    samples, rate = soundfile.read(tmp_path / "a.mp3")
    assert rate == 22_050
    assert abs(len(samples) - len(speech)) < 3_000
    assert np.std(samples) == pytest.approx(np.std(speech), rel=0.1)


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("size", [97, 30_000])
def test_bytes_do_not_depend_on_the_chunks(
    tmp_path: Path, chunks: Chunks, name: str, size: int
) -> None:
    contents = []
    for number, count in enumerate((2048, size)):
        path = tmp_path / f"{number}.bin"
        write_all(FileSink(path, name), chunks(count))
        samples = (
            np.fromfile(path, "<i2")
            if name == "raw"
            else soundfile.read(path, dtype="int16")[0]
        )
        contents.append(samples)
    assert np.array_equal(*contents)


@pytest.mark.parametrize("name", ENCODINGS)
def test_abort_leaves_nothing(tmp_path: Path, chunks: Chunks, name: str) -> None:
    sink = FileSink(tmp_path / "a.bin", name)
    sink.open(FORMAT)
    sink.write(next(chunks()))
    assert len(os.listdir(tmp_path)) == 1
    sink.abort()
    sink.close()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ENCODINGS)
def test_existing_file_survives_an_abort(
    tmp_path: Path, chunks: Chunks, name: str
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    sink = FileSink(path, name)
    sink.open(FORMAT)
    sink.write(next(chunks()))
    sink.close()
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("name", ENCODINGS)
def test_full_disk_is_one_line_and_leaves_nothing(
    tmp_path: Path, chunks: Chunks, name: str
) -> None:
    # A limit on the size of files is the full disk that needs no root.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, before[1]))
    try:
        with pytest.raises(SinkError) as caught:
            write_all(FileSink(tmp_path / "a.bin", name), chunks())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "File too large" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ENCODINGS)
def test_full_device_is_one_line(chunks: Chunks, name: str) -> None:
    with pytest.raises(SinkError, match="No space left on device"):
        write_all(open_file_sink(Path("/dev/full"), name), chunks())


def test_places_that_cannot_hold_a_file(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="it is a folder"):
        FileSink(tmp_path, "wav")
    with pytest.raises(SinkError, match="there is no folder"):
        FileSink(tmp_path / "none" / "a.wav")
    with pytest.raises(SinkError, match="cannot tell the audio format"):
        FileSink(tmp_path / "a.doc")
    with pytest.raises(SinkError, match=r"unknown audio format 'aac': .*opus"):
        FileSink(tmp_path / "a.wav", "aac")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_write_protection_is_respected(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(SinkError, match="permission denied"):
        FileSink(path)


def test_permissions_follow_umask_or_the_old_file(
    tmp_path: Path, chunks: Chunks
) -> None:
    old_mask = os.umask(0o027)
    try:
        write_all(FileSink(tmp_path / "new.wav"), chunks())
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE((tmp_path / "new.wav").stat().st_mode) == 0o640
    (tmp_path / "old.wav").touch()
    (tmp_path / "old.wav").chmod(0o600)
    write_all(FileSink(tmp_path / "old.wav"), chunks())
    assert stat.S_IMODE((tmp_path / "old.wav").stat().st_mode) == 0o600


def test_symbolic_link_is_followed(tmp_path: Path, chunks: Chunks) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.wav").symlink_to(tmp_path / "real" / "a.wav")
    write_all(FileSink(tmp_path / "link.wav"), chunks())
    assert (tmp_path / "link.wav").is_symlink()
    assert soundfile.info(tmp_path / "real" / "a.wav").samplerate == 22_050


def test_named_pipe_receives_a_stream(
    tmp_path: Path, chunks: Chunks, speech: np.ndarray
) -> None:
    import threading

    path = tmp_path / "pipe"
    os.mkfifo(path)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(path.read_bytes()))
    reader.start()
    write_all(open_file_sink(path, "raw"), chunks())
    reader.join(timeout=10)
    assert received == [pcm16_from_float(speech).tobytes()]


@pytest.mark.parametrize("name", ["flac", "ogg", "opus", "mp3", "wav"])
def test_every_format_streams_through_a_pipe(
    tmp_path: Path, chunks: Chunks, speech: np.ndarray, name: str
) -> None:
    import threading

    read_fd, write_fd = os.pipe()
    received = bytearray()

    def read() -> None:
        while data := os.read(read_fd, 4096):
            received.extend(data)

    reader = threading.Thread(target=read)
    reader.start()
    write_all(StreamSink(write_fd, "pipe", name), chunks())
    os.close(write_fd)
    reader.join(timeout=10)
    os.close(read_fd)
    if name == "wav":
        assert received[4:8] == received[40:44] == b"\xff\xff\xff\xff"
        assert received[44:] == pcm16_from_float(speech).tobytes()
    else:
        start = {"flac": b"fLaC", "ogg": b"OggS", "opus": b"OggS"}.get(name, b"")
        assert received.startswith(start)
        assert len(received) > 1_500


def test_wav_on_redirected_output_gets_its_length(
    tmp_path: Path, chunks: Chunks, speech: np.ndarray
) -> None:
    with open(tmp_path / "a.wav", "wb") as file:
        write_all(StreamSink(file.fileno(), "standard output"), chunks())
    assert soundfile.info(tmp_path / "a.wav").frames == len(speech)
    with open(tmp_path / "b.wav", "ab") as file:
        write_all(StreamSink(file.fileno(), "standard output"), chunks())
    assert (tmp_path / "b.wav").stat().st_size == 44 + 2 * len(speech)


def test_closed_reader_raises_broken_pipe(chunks: Chunks) -> None:
    for name in ("wav", "raw", "flac", "opus"):
        read_fd, write_fd = os.pipe()
        os.close(read_fd)
        with pytest.raises(BrokenPipeError):
            write_all(StreamSink(write_fd, "pipe", name), chunks())
        os.close(write_fd)


def test_terminal_is_refused() -> None:
    parent_fd, child_fd = os.openpty()
    with pytest.raises(SinkError, match="is a terminal"):
        StreamSink(child_fd, "standard output")
    os.close(parent_fd)
    os.close(child_fd)


def test_devices_are_never_replaced() -> None:
    with pytest.raises(SinkError, match="not a regular file"):
        FileSink(Path("/dev/null"), "wav")
