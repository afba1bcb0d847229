"""Lists chapters with words, expected length and expected time, without a job."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator

from edge_tts.narrate.book import Book
from edge_tts.narrate.book_plan import BookPlan, PlanOptions
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.sentence_speaker import SentenceSpeaker, SpeechRequest
from edge_tts.narrate.tempo import CALIBRATION_TEXT, predicted_seconds
from edge_tts.narrate.voice_map import read_voice_map
from edge_tts.options import RuntimeOptions
from edge_tts.text.word_count import count_words

ENCODING_RTF = 0.006
"""Time for joining, limiting and encoding one second of one format."""


def list_book(
    book: Book, options: NarrationOptions, *, as_json: bool = False
) -> Iterator[str]:
    """Yield lines to print: the table, or one JSON object.

    Raises:
        PackError: A voice does not exist.
    """
    voices = read_voice_map(options.voice, options.voice_map)
    tempo, rtf = _measure(voices.narrator, options)
    plan = BookPlan(
        book,
        PlanOptions(
            voices, options.pauses, options.speed, options.pitch, options.titles
        ),
    )
    workers = options.jobs or len(os.sched_getaffinity(0))
    rows: list[tuple[int, str, int, float, float]] = []
    for number, handle in enumerate(book.chapters, 1):
        if not options.wants_chapter(number):
            continue
        words, seconds = 0, 0.0
        for sentence in plan.sentences(number, first=not rows):
            words += count_words(sentence.text)
            seconds += predicted_seconds(sentence.text, tempo=tempo * sentence.speed)
            seconds += max(0, sentence.pause_ms) / 1e3
        cost = seconds * (rtf + ENCODING_RTF * len(options.resolved_formats)) / workers
        title = " ".join(handle.title.split())
        rows.append((number, title, words, seconds, cost))
    if as_json:
        names = ("number", "title", "words", "audio_seconds", "synthesis_seconds")
        chapters = [dict(zip(names, row, strict=True)) for row in rows]
        metadata = {"title": book.metadata.title, "author": book.metadata.author}
        yield json.dumps({**metadata, "chapters": chapters}, ensure_ascii=False)
        return
    author = f", {book.metadata.author}" if book.metadata.author else ""
    yield f"{book.metadata.title}{author}"
    yield f"{'':>4} {'words':>8} {'length':>9} {'time':>8}  title"
    for number, title, words, seconds, cost in rows:
        yield f"{number:>4} {words:>8} {_clock(seconds):>9} {_clock(cost):>8}  {title}"
    words = sum(row[2] for row in rows)
    seconds = sum(row[3] for row in rows)
    cost = sum(row[4] for row in rows)
    yield f"{'all':>4} {words:>8} {_clock(seconds):>9} {_clock(cost):>8}"


def _measure(voice: str, options: NarrationOptions) -> tuple[float, float]:
    """Tempo of a voice and its synthesis time per second, from one sentence."""
    runtime = RuntimeOptions(
        backend=options.runtime.backend,
        precision=options.runtime.precision,
        num_threads=1,
        chunk_frames=256,
    )
    speaker = SentenceSpeaker(runtime, None)
    try:
        request = SpeechRequest("", CALIBRATION_TEXT, voice, 1.0, 0.0, 0.0, 0, 1.0)
        # The first one pays for loading.
        speaker.speak(request)
        started = time.perf_counter()
        spoken = speaker.speak(request)
        elapsed = time.perf_counter() - started
        rate = speaker.sample_rate(voice)
    finally:
        speaker.close()
    seconds = len(spoken.pcm) / rate
    return predicted_seconds(CALIBRATION_TEXT) / seconds, elapsed / seconds


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
