"""Owns the command line's grammar; imports nothing that costs time."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from edge_tts.cli.daemon_parser import add_daemon
from edge_tts.cli.narrate_parser import add_narrate
from edge_tts.options import BACKEND_IDS, PRECISION_IDS, WHOLE_UTTERANCE


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of ``edgetts``; every command sets ``command_module``."""
    parser = _Parser(
        prog="edgetts",
        description="Text-to-speech on this machine's CPU, without a network.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action=_ShowVersion, help="show the version and exit"
    )
    parser.set_defaults(debug=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_say(commands)
    add_narrate(commands, _command)
    add_daemon(commands, _command)
    _add_voices(commands)
    _add_clone(commands)
    _add_devices(commands)
    _add_doctor(commands)
    _add_tune(commands)
    return parser


def _add_say(commands: Any) -> None:
    parser = _command(commands, "say", "speak text through the speaker or to a file")
    text = parser.add_argument_group("text")
    text.add_argument("text", nargs="*", metavar="TEXT", help="words; - reads stdin")
    text.add_argument("-f", "--file", type=Path, help="speak a UTF-8 text file")
    text.add_argument(
        "--ssml",
        action=argparse.BooleanOptionalAction,
        help="the text is SSML, or is not, whatever it begins with",
    )
    text.add_argument(
        "--lexicon", type=Path, metavar="FILE", help="pronunciations of your own"
    )

    output = parser.add_argument_group("output (the speaker unless -o is given)")
    output.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="audio file, format by suffix (wav flac opus ogg mp3 raw); - is stdout",
    )
    output.add_argument("--format", metavar="NAME", help="format, whatever the suffix")
    output.add_argument(
        "--raw", action="store_true", help="16-bit PCM without header (--format raw)"
    )
    output.add_argument("--device", help="speaker: number or part of its name")
    output.add_argument(
        "--subtitles",
        metavar="srt|vtt[=PATH]",
        help="write subtitles beside the output file or to PATH",
    )

    voice = parser.add_argument_group("voice")
    voice.add_argument("--voice", metavar="[PACK/]SPEAKER", help="who speaks")
    voice.add_argument("--speed", type=float, help="ratio, 2 is twice as fast")
    voice.add_argument("--pitch", type=float, help="shift in semitones")
    voice.add_argument("--volume", type=float, help="gain in dB")
    voice.add_argument("--pause", type=int, metavar="MS", help="after a sentence")
    voice.add_argument("--seed", type=int, help="of the chance in the voice")

    cloned = parser.add_argument_group("cloned voices (set by the pack by default)")
    cloned.add_argument("--temperature", type=float, help="above 1 more varied")
    cloned.add_argument("--top-p", type=float, help="share of chances to draw from")
    cloned.add_argument("--top-k", type=int, help="most codes to draw from")
    cloned.add_argument("--style-strength", type=float, help="of the speaker's vector")
    cloned.add_argument("--max-seconds", type=float, help="of one sentence")
    cloned.add_argument(
        "--lookahead", type=int, metavar="FRAMES", help="that v1.5 waits for"
    )
    cloned.add_argument("--stop-threshold", type=float, help="v1: chance of an end")
    cloned.add_argument("--stop-patience", type=int, help="v1: frames at an end")

    runtime = parser.add_argument_group("runtime (chosen for this machine by default)")
    runtime.add_argument("--backend", choices=BACKEND_IDS)
    runtime.add_argument("--precision", choices=PRECISION_IDS)
    runtime.add_argument("--threads", type=int, metavar="N")
    runtime.add_argument(
        "--chunk-frames", type=_chunk_frames, metavar="N|whole", help="streaming step"
    )
    runtime.add_argument(
        "--report", metavar="FILE.json", help="write speed and memory figures"
    )
    runtime.add_argument(
        "--daemon",
        action=argparse.BooleanOptionalAction,
        help="speak through a running daemon, or never; by default where one listens",
    )
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help="only errors")
    amount.add_argument("-v", "--verbose", action="store_true", help="say what runs")


def _add_voices(commands: Any) -> None:
    parser = _command(commands, "voices", "list, inspect and install voice packs")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="every speaker that can be used")
    info = actions.add_parser("info", help="what a pack says about itself")
    verify = actions.add_parser("verify", help="check every file of packs")
    add = actions.add_parser("add", help="check and install a pack folder or zip")
    remove = actions.add_parser(
        "remove", help="delete a pack you installed or a voice you cloned"
    )
    for action in (listing, info):
        action.add_argument("--json", action="store_true", help="for programs")
    info.add_argument("pack", metavar="PACK", help="id or path")
    verify.add_argument("pack", nargs="*", metavar="PACK", help="default: all")
    add.add_argument("path", type=Path, metavar="PATH")
    add.add_argument("--replace", action="store_true", help="an older one of its id")
    remove.add_argument("pack", metavar="PACK", help="id, or name of a cloned voice")
    for action in (listing, info, verify, add, remove):
        _add_debug(action)


def _add_clone(commands: Any) -> None:
    parser = _command(commands, "clone", "make a voice from a recording of it")
    parser.add_argument("recording", type=Path, metavar="RECORDING", help="sound file")
    parser.add_argument("--name", required=True, help="of the voice, such as my-voice")
    parser.add_argument(
        "--seconds", type=float, help="most that is used, from the middle (default 12)"
    )
    parser.add_argument("--pack", help="that clones, where several can")
    parser.add_argument(
        "--replace", action="store_true", help="an older voice of its name"
    )
    parser.add_argument("--backend", choices=BACKEND_IDS)
    parser.add_argument("--threads", type=int, metavar="N")
    parser.add_argument("-q", "--quiet", action="store_true", help="one line only")


def _add_devices(commands: Any) -> None:
    parser = _command(commands, "devices", "list the loudspeakers and sound cards")
    parser.add_argument("--json", action="store_true", help="for programs")


def _add_doctor(commands: Any) -> None:
    parser = _command(commands, "doctor", "show what this machine offers and is chosen")
    parser.add_argument("--json", action="store_true", help="for programs")


def _add_tune(commands: Any) -> None:
    parser = _command(
        commands, "tune", "measure what is fastest on this machine and remember it"
    )
    parser.add_argument("pack", nargs="*", metavar="PACK", help="default: all")
    effort = parser.add_mutually_exclusive_group()
    for name, purpose in (
        ("quick", "two seconds per pack"),
        ("thorough", "half a minute per pack"),
    ):
        effort.add_argument(
            f"--{name}", dest="effort", action="store_const", const=name, help=purpose
        )
    parser.set_defaults(effort="normal")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="for EDGE_TTS_PLAN; one PACK"
    )
    parser.add_argument("--json", action="store_true", help="print the plans as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="only errors")


def _command(commands: Any, name: str, purpose: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=purpose, description=purpose, allow_abbrev=False
    )
    parser.set_defaults(command_module=f"edge_tts.cli.{name}", parser=parser)
    _add_debug(parser)
    return parser


def _add_debug(parser: argparse.ArgumentParser) -> None:
    # No default of its own: a parent's --debug must survive the subcommand.
    parser.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="show where an error comes from",
    )


def _chunk_frames(value: str) -> int:
    if value == "whole":
        return WHOLE_UTTERANCE
    # argparse turns a ValueError into "invalid _chunk_frames value".
    if not (value.isascii() and value.isdecimal() and int(value) > 0):
        raise argparse.ArgumentTypeError(
            f"expected a number of frames or 'whole', got {value!r}"
        )
    return int(value)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; the whole usage is only in the way there."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see `{self.prog} --help`)\n")


class _ShowVersion(argparse.Action):
    """Print the version; reading it costs nothing unless asked for."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(nargs=0, **settings)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        from edge_tts import __version__

        print(f"edgetts {__version__}")
        parser.exit()
