"""Writes where chapters, sentences and words lie: SRT, VTT and JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from edge_tts.audio.atomic_file import AtomicFile, cannot_write
from edge_tts.audio.subtitles import SubtitleWriter
from edge_tts.audio.word_mark import WordMark
from edge_tts.narrate.chapter_signal import ChapterSignal, Placed


def write_subtitles(
    path: Path, format_name: str, signals: Sequence[ChapterSignal], sample_rate: int
) -> None:
    """Write the words of chapters that follow each other in one file.

    Raises:
        SinkError: The file cannot be written.
    """
    writer = SubtitleWriter(path, format_name, sample_rate)
    try:
        for offset, place in _placed(signals):
            writer.add(_marks(place, offset))
        writer.commit()
    finally:
        writer.discard()


def write_timings(
    path: Path,
    titles: Sequence[str],
    signals: Sequence[ChapterSignal],
    sample_rate: int,
) -> None:
    """Write ``{sample_rate, chapters: [{title, start, end, sentences: [...]}]}``.

    Times are seconds from the start of the first chapter. A sentence is ``{id, start,
    end, text, voice, words: [[text, start, end]]}``. Written piece by piece: memory
    does not grow with the book.

    Raises:
        SinkError: The file cannot be written.
    """
    file = AtomicFile(path)
    try:
        for piece in _json_pieces(titles, signals, sample_rate):
            data = memoryview(piece.encode("utf-8", "replace"))
            while data:
                data = data[os.write(file.fd, data) :]
        file.commit()
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        file.discard()


def _json_pieces(
    titles: Sequence[str], signals: Sequence[ChapterSignal], rate: int
) -> Iterator[str]:
    def seconds(sample: int) -> float:
        return round(sample / rate, 4)

    yield f'{{"sample_rate": {rate},\n"chapters": ['
    offset = 0
    for index, (title, signal) in enumerate(zip(titles, signals, strict=True)):
        end = offset + signal.num_samples
        head = {"title": title, "start": seconds(offset), "end": seconds(end)}
        opening = json.dumps(head, ensure_ascii=False)[:-1]
        yield f'{"," if index else ""}\n{opening}, "sentences": ['
        for number, place in enumerate(signal.places()):
            sentence = place.planned.sentence
            start = offset + place.start
            row = {
                "id": sentence.id,
                "start": seconds(start),
                "end": seconds(start + place.num_samples),
                "text": sentence.text,
                "voice": sentence.voice,
                "words": [
                    [m.text, seconds(m.start_sample), seconds(m.end_sample)]
                    for m in _marks(place, offset)
                ],
            }
            comma = "," if number else ""
            yield f"{comma}\n {json.dumps(row, ensure_ascii=False)}"
        yield "]}"
        offset = end
    yield "\n]}\n"


def _placed(signals: Sequence[ChapterSignal]) -> Iterator[tuple[int, Placed]]:
    offset = 0
    for index, signal in enumerate(signals):
        for place in signal.places():
            yield offset, place
        if index + 1 < len(signals):
            offset += signal.num_samples


def _marks(place: Placed, offset: int) -> list[WordMark]:
    if place.take is None:
        return []
    start = offset + place.start
    return [
        WordMark(
            mark.text,
            start + mark.start,
            mark.length,
            place.planned.position,
            mark.joined,
        )
        for mark in place.take.marks
    ]
