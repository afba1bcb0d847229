"""The grammar of ``edgetts narrate``; imports nothing that costs time."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_tts.options import BACKEND_IDS, PRECISION_IDS

_EPILOG = """\
A job is kept beside the output: after Ctrl-C, kill -9, a full disk or a power cut, run
the same command again and it goes on where it stopped. After an edit of the book, the
lexicon or an option, the same command speaks again only what the change touches.

examples:
  edgetts narrate moby.epub --list
  edgetts narrate moby.epub -o moby.m4b --subtitles srt
  edgetts narrate moby.epub -o moby/ --format mp3,m4b --chapters 1-10 --voice bdl
  edgetts narrate moby.epub -o moby.m4b --preview
  edgetts narrate moby.epub -o moby.m4b --redo 5bb2f0ca1fb992
"""


def add_narrate(commands: Any, command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser of ``edgetts``."""
    parser = command(commands, "narrate", "read a book aloud into audio files")
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "book", metavar="BOOK", help="EPUB, Markdown, HTML, text or SSML; - is stdin"
    )
    _add_output(parser.add_argument_group("output"))
    _add_text(parser.add_argument_group("what is read"))
    _add_voice(parser.add_argument_group("voice"))
    _add_job(parser.add_argument_group("job"))
    shown = parser.add_argument_group("what is shown")
    shown.add_argument("--list", action="store_true", help="only show the chapters")
    shown.add_argument("--json", action="store_true", help="--list for programs")
    shown.add_argument(
        "--json-progress", action="store_true", help="one JSON object per line"
    )
    shown.add_argument("-q", "--quiet", action="store_true", help="only errors")


def _add_output(group: Any) -> None:
    group.add_argument(
        "-o",
        "--output",
        metavar="DIR|FILE",
        help="a folder (a file per chapter) or one file: .m4b .mp3 .opus .flac .wav",
    )
    group.add_argument(
        "--format",
        action="append",
        metavar="NAME[,NAME]",
        help="wav flac opus mp3 m4b; in a folder mp3 unless given",
    )
    group.add_argument(
        "--subtitles", action="append", metavar="srt|vtt", help="beside the audio"
    )
    group.add_argument(
        "--lufs",
        type=_lufs,
        default=-19.0,
        metavar="LUFS|off",
        help="loudness of the book after EBU R 128 (default -19)",
    )
    group.add_argument(
        "--peak",
        type=float,
        default=-3.0,
        metavar="DBTP",
        help="largest true peak (default -3)",
    )
    group.add_argument(
        "--preview",
        type=float,
        nargs="?",
        const=60.0,
        metavar="SECONDS",
        help="only the first minute",
    )


def _add_text(group: Any) -> None:
    group.add_argument("--chapters", metavar="3-7,9", help="only these")
    group.add_argument(
        "--titles",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="announce the book and its chapters",
    )
    group.add_argument(
        "--footnotes",
        choices=("skip", "inline", "end"),
        default="skip",
        help="leave out (default), where they are called, or after the chapter",
    )
    group.add_argument(
        "--alt-text", action="store_true", help="read descriptions of pictures"
    )
    group.add_argument(
        "--page-numbers", action="store_true", help="read those of the printed book"
    )
    group.add_argument("--code", action="store_true", help="read blocks of code")
    group.add_argument(
        "--licence-text", action="store_true", help="read Project Gutenberg's licence"
    )
    group.add_argument(
        "--lexicon", type=Path, metavar="FILE", help="pronunciations of your own"
    )
    group.add_argument(
        "--input-format",
        choices=("epub", "html", "markdown", "text", "ssml"),
        help="whatever the suffix",
    )
    group.add_argument("--encoding", metavar="NAME", help="of text, Markdown, HTML")


def _add_voice(group: Any) -> None:
    group.add_argument("--voice", metavar="[PACK/]SPEAKER", help="who reads")
    group.add_argument(
        "--voice-map",
        type=Path,
        metavar="FILE",
        help="lines `role = voice`: narrator, dialogue, titles, names in [voice:NAME]",
    )
    group.add_argument("--speed", type=float, help="ratio, 2 is twice as fast")
    group.add_argument("--pitch", type=float, help="shift in semitones")
    group.add_argument("--seed", type=int, help="of the noise in the voice")
    for name, default in (
        ("sentence", 220),
        ("paragraph", 600),
        ("scene", 1500),
        ("chapter", 2000),
    ):
        group.add_argument(
            f"--pause-{name}", type=int, metavar="MS", help=f"default {default}"
        )
    group.add_argument("--backend", choices=BACKEND_IDS)
    group.add_argument("--precision", choices=PRECISION_IDS)


def _add_job(group: Any) -> None:
    group.add_argument(
        "--jobs", type=int, metavar="N", help="processes (default: one per processor)"
    )
    group.add_argument(
        "--nice", type=int, default=10, metavar="N", help="of them (default 10)"
    )
    group.add_argument(
        "--cluster",
        metavar="dask://HOST:PORT",
        help="have the workers of a dask cluster speak (extra `cluster`)",
    )
    group.add_argument("--job", type=Path, metavar="DIR", help="where the job is kept")
    group.add_argument(
        "--resume",
        action="store_true",
        help="go on with the job that is there (always done; the option may be given)",
    )
    group.add_argument(
        "--redo", action="append", metavar="ID", help="speak a sentence again"
    )
    group.add_argument(
        "--recognise",
        action="store_true",
        help="let a recogniser listen to what is spoken (extra `recognise`; slow)",
    )
    group.add_argument(
        "--verify",
        action="store_true",
        help="read all audio again, mend what is damaged",
    )
    group.add_argument(
        "--repin",
        action="store_true",
        help="use this machine's networks for a job begun on another",
    )
    group.add_argument("--pause-on-battery", action="store_true", help="wait for mains")
    group.add_argument(
        "--pause-above", type=float, metavar="CELSIUS", help="wait when it is hotter"
    )


def _lufs(value: str) -> float | None:
    if value == "off":
        return None
    try:
        return float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a number or 'off', got {value!r}"
        ) from None
