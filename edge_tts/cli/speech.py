"""Owns ``speak``: chunks to a sink, measured, with nothing left behind on failure."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from edge_tts.audio.chunk import AudioChunk
from edge_tts.audio.format import AudioFormat
from edge_tts.audio.sink import AudioSink
from edge_tts.errors import TextError
from edge_tts.metrics import SynthesisMetrics, peak_rss_mb, process_age_ms

if TYPE_CHECKING:
    from edge_tts.audio.subtitles import SubtitleWriter


def speak(
    chunks: Iterator[AudioChunk],
    sink: AudioSink,
    format: AudioFormat,
    subtitles: SubtitleWriter | None = None,
    waited_seconds: Callable[[], float] = lambda: 0.0,
) -> SynthesisMetrics:
    """Deliver every chunk and return the figures of the run.

    Args:
        chunks: Speech; closed when the sink fails or the user interrupts.
        sink: Opened here; drained, or aborted on any error.
        format: Format of all chunks.
        subtitles: Gets the words of every chunk; committed after the sink.
        waited_seconds: Time that ``chunks`` spent waiting for text, s so far.

    Raises:
        TextError: There was nothing to speak.
        SinkError: From the sink.
    """
    metrics = SynthesisMetrics()
    started = time.perf_counter()
    try:
        sink.open(format)
        while True:
            step_started = time.perf_counter() - waited_seconds()
            chunk = next(chunks, None)
            step_ended = time.perf_counter() - waited_seconds()
            metrics.synthesis_seconds += step_ended - step_started
            if chunk is None:
                break
            if metrics.ttfa_ms is None and chunk.num_samples:
                metrics.ttfa_ms = (step_ended - started) * 1e3
                metrics.cold_start_ms = process_age_ms() - waited_seconds() * 1e3
            metrics.audio_seconds += chunk.seconds
            sink.write(chunk)
            if subtitles is not None:
                subtitles.add(chunk.marks)
        if metrics.ttfa_ms is None:
            raise TextError("nothing to speak: the text has no words")
        sink.drain()
        if subtitles is not None:
            subtitles.commit()
    except BaseException:
        # A second Ctrl-C must not leave the file that the first one removes.
        with _interrupts_ignored():
            sink.abort()
            if subtitles is not None:
                subtitles.discard()
        raise
    finally:
        sink.close()
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    metrics.underruns = sink.underruns
    metrics.rss_mb = peak_rss_mb()
    return metrics


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
