from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge_tts.audio import AudioChunk, AudioFormat, WordMark
from edge_tts.audio.file_sink import FileSink
from edge_tts.audio.null_sink import NullSink
from edge_tts.audio.subtitles import SubtitleWriter
from edge_tts.cli.speech import speak
from edge_tts.errors import SinkError, TextError

FORMAT = AudioFormat(22_050)


def chunks(count: int = 4, error: BaseException | None = None) -> Iterator[AudioChunk]:
    for number in range(count):
        time.sleep(0.01)
        mark = WordMark(f"word{number}", number * 2205, 2205, 0)
        yield AudioChunk(np.zeros(2205, np.float32), FORMAT, number * 2205, (mark,))
    if error is not None:
        raise error


def test_figures_add_up() -> None:
    sink = NullSink()
    metrics = speak(chunks(), sink, FORMAT)
    assert sink.num_samples == 4 * 2205
    assert metrics.audio_seconds == pytest.approx(0.4)
    assert 0.04 <= metrics.synthesis_seconds < 0.3
    assert metrics.ttfa_ms is not None and 10 <= metrics.ttfa_ms < 100
    assert metrics.cold_start_ms is not None and metrics.cold_start_ms > 10
    assert metrics.rss_mb is not None and metrics.rss_mb > 10
    assert set(metrics.as_report()) >= {
        *("audio_seconds", "rtf", "ttfa_ms", "cold_start_ms", "rss_mb"),
        *("underruns", "variants", "threads", "isa"),
    }


def test_slow_sinks_do_not_count_as_synthesis() -> None:
    class SlowSink(NullSink):
        def write(self, chunk: AudioChunk) -> None:
            time.sleep(0.05)

    metrics = speak(chunks(), SlowSink(), FORMAT)
    assert metrics.synthesis_seconds < 0.15


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SinkError("no"), OSError("x")])
def test_errors_leave_neither_audio_nor_subtitles(
    tmp_path: Path, error: BaseException
) -> None:
    subtitles = SubtitleWriter(tmp_path / "a.srt", "srt", 22_050)
    with pytest.raises(type(error)):
        speak(chunks(2, error), FileSink(tmp_path / "a.wav"), FORMAT, subtitles)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_speak_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="nothing to speak"):
        speak(chunks(0), FileSink(tmp_path / "a.wav"), FORMAT)
    assert list(tmp_path.iterdir()) == []


def test_subtitles_appear_with_the_audio(tmp_path: Path) -> None:
    subtitles = SubtitleWriter(tmp_path / "a.srt", "srt", 22_050)
    speak(chunks(), FileSink(tmp_path / "a.wav"), FORMAT, subtitles)
    assert "word0 word1 word2 word3" in (tmp_path / "a.srt").read_text()


def test_stream_is_closed_when_the_sink_fails(tmp_path: Path) -> None:
    class FullSink(NullSink):
        def write(self, chunk: AudioChunk) -> None:
            raise SinkError("full")

    stream = chunks()
    with pytest.raises(SinkError):
        speak(stream, FullSink(), FORMAT)
    assert next(stream, None) is None
