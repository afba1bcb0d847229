"""Writes what stands beside the audio: subtitles, times, playlists.

Cheap, so it is written anew by every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge_tts.narrate.chapter_signal import ChapterSignal
from edge_tts.narrate.job import Job
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.text_file import write_text
from edge_tts.narrate.timings import write_subtitles, write_timings


def write_companions(
    job: Job,
    options: NarrationOptions,
    title: str,
    sample_rate: int,
    files: Sequence[tuple[str, str, list[int]]],
) -> list[Path]:
    """Write them and return their paths.

    Args:
        job: With a take for every sentence that can be spoken.
        options: Folder, subtitles, formats.
        title: File name of the book without suffix.
        sample_rate: Hz.
        files: Name, format and chapters of every audio file.

    Raises:
        SinkError: A file cannot be written.
    """
    chapters = job.journal.chapters()
    signals = {
        chapter.number: ChapterSignal(
            job.journal, job.store, chapter.number, sample_rate
        )
        for chapter in chapters
    }
    written: dict[Path, None] = {}
    for name, _, numbers in files:
        for kind in options.subtitles:
            path = options.folder / f"{Path(name).stem}.{kind}"
            if path not in written:
                chosen = [signals[number] for number in numbers]
                write_subtitles(path, kind, chosen, sample_rate)
                written[path] = None
    book = options.output.stem if options.single_file else title
    times = options.folder / f"{book}.times.json"
    titles = [chapter.title for chapter in chapters]
    write_timings(times, titles, list(signals.values()), sample_rate)
    written[times] = None
    lengths = {number: signals[number].num_samples for number in signals}
    names = {chapter.number: chapter.title for chapter in chapters}
    for kind in options.resolved_formats:
        listed = [(name, n[0]) for name, f, n in files if f == kind and len(n) == 1]
        if kind == "m4b" or options.single_file or not listed:
            continue
        suffix = "" if len(options.resolved_formats) == 1 else f" {kind}"
        path = options.folder / f"{book}{suffix}.m3u8"
        lines = ["#EXTM3U"]
        for name, number in listed:
            seconds = round(lengths[number] / sample_rate)
            lines += [f"#EXTINF:{seconds},{names[number]}", name]
        write_text(path, "\n".join(lines) + "\n")
        written[path] = None
    return list(written)
