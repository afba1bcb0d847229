"""Owns ``edgetts narrate``: from options to a narrated book."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import NoReturn

from edge_tts.cli.progress_lines import clock, open_progress
from edge_tts.errors import ConfigError
from edge_tts.narrate.book import Book
from edge_tts.narrate.narration import NarrationResult, narrate
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.open_book import open_book
from edge_tts.narrate.pauses import Pauses
from edge_tts.narrate.progress import Progress
from edge_tts.narrate.read_options import ReadOptions
from edge_tts.options import RuntimeOptions

EXIT_INCOMPLETE = 3
"""Everything was written, but some sentence is silent or lost a word."""


def run(options: Namespace) -> int:
    """Narrate, or list what would be narrated, and return the exit code."""
    narration, reading = _checked(options)
    progress = open_progress(as_json=options.json_progress, quiet=options.quiet)
    book = _open(options, reading)
    for notice in book.notices:
        progress.note(notice)
    if options.list:
        from edge_tts.narrate.listing import list_book

        for line in list_book(book, narration, as_json=options.json):
            print(line)
        return 0
    try:
        result = narrate(book, narration, progress)
    except BaseException as error:
        if not isinstance(error, Exception):
            progress.note(
                "stopped; nothing that was spoken is lost: run the same command "
                "again to go on"
            )
        raise
    _tell(result, narration, progress)
    if options.json_progress:
        _tell_json(result)
    report = result.report
    return EXIT_INCOMPLETE if report.num_failed or report.words_lost else 0


def _open(options: Namespace, reading: ReadOptions) -> Book:
    if options.book == "-":
        if sys.stdin is None:
            raise ConfigError("standard input is closed: give a file")
        return open_book(sys.stdin.buffer, reading)
    return open_book(Path(options.book), reading)


def _checked(options: Namespace) -> tuple[NarrationOptions, ReadOptions]:
    if options.output is None and not options.list:
        _refuse(options, "give -o DIR or -o FILE.m4b, or --list")
    footnotes = {"end": "chapter_end"}.get(options.footnotes, options.footnotes)
    default = Pauses()
    try:
        pauses = Pauses(
            sentence=_or(options.pause_sentence, default.sentence),
            paragraph=_or(options.pause_paragraph, default.paragraph),
            chapter=_or(options.pause_chapter, default.chapter),
            scene=_or(options.pause_scene, default.scene),
        )
        return (
            NarrationOptions(
                output=Path(options.output or "."),
                formats=_names(options.format),
                voice=options.voice or "kathleen",
                voice_map=options.voice_map,
                lexicon=options.lexicon,
                speed=_or(options.speed, 1.0),
                pitch=_or(options.pitch, 0.0),
                seed=_or(options.seed, 0),
                pauses=pauses,
                titles=options.titles,
                chapters=options.chapters or "",
                preview_seconds=options.preview,
                subtitles=_names(options.subtitles),
                lufs=options.lufs,
                peak_db=options.peak,
                jobs=options.jobs,
                nice=options.nice,
                cluster=options.cluster or "",
                job_folder=options.job,
                redo=tuple(options.redo or ()),
                recognise=options.recognise,
                verify=options.verify,
                repin=options.repin,
                pause_on_battery=options.pause_on_battery,
                pause_above_celsius=options.pause_above,
                runtime=RuntimeOptions(
                    backend=options.backend, precision=options.precision
                ),
            ),
            ReadOptions(
                format=options.input_format,
                encoding=options.encoding,
                footnotes=footnotes,
                page_numbers=options.page_numbers,
                alt_text=options.alt_text,
                code_blocks=options.code,
                licence_text=options.licence_text,
            ),
        )
    except ConfigError as error:
        _refuse(options, str(error))


def _or(value: float | int | None, default: int | float) -> int:
    return default if value is None else value  # type: ignore[return-value]


def _names(values: list[str] | None) -> tuple[str, ...]:
    names = [name.strip() for value in values or () for name in value.split(",")]
    return tuple(dict.fromkeys(name for name in names if name))


def _refuse(options: Namespace, message: str) -> NoReturn:
    options.parser.error(message)
    raise AssertionError("argparse returned from error()")


def _tell(
    result: NarrationResult, options: NarrationOptions, progress: Progress
) -> None:
    report = result.report
    made = [file for file in result.files if file.made and file.seconds]
    kept = sum(1 for file in result.files if not file.made)
    progress.note(
        f"{options.folder}: {clock(result.audio_seconds)} of speech in "
        f"{clock(result.wall_seconds)}, {result.speaking.num_takes} sentences spoken, "
        f"{len(made)} files made" + (f", {kept} kept" if kept else "")
    )
    progress.note(
        f"{report.words_spoken} of {report.words_planned} words spoken, "
        f"{report.num_failed} sentences failed, {report.num_suspicious} to listen to: "
        f"{report.paths[1]}"
    )


def _tell_json(result: NarrationResult) -> None:
    import json

    fields = {
        "event": "done",
        "files": [str(file.path) for file in result.files],
        "audio_seconds": round(result.audio_seconds, 3),
        "wall_seconds": round(result.wall_seconds, 3),
        "sentences_spoken": result.speaking.num_takes,
        "words_planned": result.report.words_planned,
        "words_spoken": result.report.words_spoken,
        "failed": result.report.num_failed,
    }
    print(json.dumps(fields), flush=True)
