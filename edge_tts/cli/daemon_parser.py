"""The grammar of ``edgetts serve``, ``status``, ``stop``, ``reload``, ``service``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_daemon(
    commands: Any, command: Callable[[Any, str, str], argparse.ArgumentParser]
) -> None:
    """Add the commands of the daemon."""
    serve = command(commands, "serve", "speak for other programs until told to stop")
    serve.add_argument("--config", type=Path, metavar="FILE", help="TOML, see docs")
    serve.add_argument(
        "--check", action="store_true", help="only read the configuration"
    )
    doors = serve.add_argument_group("doors (on this machine only unless told so)")
    doors.add_argument("--http", metavar="HOST:PORT", help="OpenAI API; off to close")
    doors.add_argument(
        "--wyoming", metavar="URI", help="tcp://HOST:PORT, unix:, stdio:"
    )
    doors.add_argument("--socket", metavar="PATH", help="for say; off to close")
    voice = serve.add_argument_group("voice")
    voice.add_argument("--voice", metavar="[PACK/]SPEAKER", help="who speaks")
    voice.add_argument("--lexicon", type=Path, metavar="FILE", help="pronunciations")
    voice.add_argument("--workers", type=int, metavar="N", help="threads that speak")
    serve.add_argument("--log-level", choices=("debug", "info", "warning", "error"))

    status = command(commands, "status", "what the daemon does")
    status.add_argument("--json", action="store_true", help="for programs")
    stop = command(commands, "stop", "let the daemon finish and end")
    reload = command(commands, "reload", "let the daemon read its files again")
    for parser in (status, stop, reload):
        parser.add_argument("--socket", type=Path, metavar="PATH", help="of the daemon")

    _add_service(command(commands, "service", "run the daemon under systemd"))
    _add_speechd(command(commands, "speechd", "a module of speech-dispatcher"))


def _add_service(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("install", "uninstall", "show", "dashboard"),
        help="write and start units, remove them, print them, print Grafana's JSON",
    )
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--user", action="store_true", help="of this login (default)")
    whose.add_argument("--system", action="store_true", help="of the machine; root")
    parser.add_argument("--lan", action="store_true", help="let other machines in")
    parser.add_argument(
        "--http-port", type=int, default=8880, metavar="N", help="default: 8880"
    )
    parser.add_argument(
        "--memory", type=int, default=1536, metavar="MB", help="limit, default: 1536"
    )
    parser.add_argument(
        "--group", help="who may speak through a system service's socket"
    )
    parser.add_argument(
        "--no-start", action="store_true", help="write the units and start nothing"
    )


def _add_speechd(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, purpose in (
        ("install", "write the files that make speech-dispatcher find it"),
        ("uninstall", "remove them"),
    ):
        action = actions.add_parser(name, help=purpose)
        action.add_argument(
            "--system", action="store_true", help="for everybody, as root"
        )
    module = actions.add_parser("module", help="what speech-dispatcher starts")
    module.add_argument("settings", nargs="?", type=Path, metavar="FILE")
