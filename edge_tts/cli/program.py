"""Owns the way from arguments to an exit code: dispatch, errors, signals."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Final

from edge_tts.cli.parser import build_parser
from edge_tts.errors import EdgeTTSError

EXIT_OK: Final = 0
EXIT_ERROR: Final = 1
# Shells show 128 + number for a program that a signal ended.
EXIT_INTERRUPTED: Final = 128 + signal.SIGINT
EXIT_CLOSED_PIPE: Final = 128 + signal.SIGPIPE
EXIT_TERMINATED: Final = 128 + signal.SIGTERM


class _Terminated(BaseException):
    """SIGTERM or SIGHUP arrived; unwinds like an interrupt, so that files go."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def run(arguments: Sequence[str] | None = None) -> int:
    """Parse, run one command and return its exit code.

    Users' mistakes become one line on stderr; with --debug they raise.
    """
    is_debug = False
    try:
        options = build_parser().parse_args(arguments)
        is_debug = options.debug
        with _signals_unwind():
            return _run_command(options.command_module, options)
    except SystemExit as stop:
        # argparse ends the process for --help and for wrong usage (2).
        return stop.code if isinstance(stop.code, int) else EXIT_ERROR
    except EdgeTTSError as error:
        if is_debug:
            raise
        _complain(str(error))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except _Terminated as stop:
        return stop.exit_code
    except BrokenPipeError:
        _forget_stdout()
        return EXIT_CLOSED_PIPE
    except OSError as error:
        # The system's fault, not ours: a full disk under a redirected listing.
        if is_debug:
            raise
        _forget_stdout()
        place = "" if error.filename is None else f"{error.filename}: "
        _complain(f"{place}{error.strerror or error}")
    except Exception as error:
        # A bug, or a system so broken that nothing foresaw it.
        if is_debug:
            raise
        _complain(
            f"unexpected {type(error).__name__}: {error}; run with --debug for details"
        )
    return EXIT_ERROR


def _run_command(module_name: str, options: object) -> int:
    command = importlib.import_module(module_name)
    exit_code: int = command.run(options)
    # Inside the error handling: a full disk shows itself only now.
    if sys.stdout is not None:
        sys.stdout.flush()
    return exit_code


@contextlib.contextmanager
def _signals_unwind() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the stack, so that unfinished files go."""
    previous = {}
    for number in (signal.SIGTERM, signal.SIGHUP):
        # nohup starts its programs with SIGHUP ignored, and means it.
        if signal.getsignal(number) is not signal.SIG_IGN:
            previous[number] = signal.signal(number, _terminate)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise _Terminated(number)


def _complain(message: str) -> None:
    line = " ".join(message.split())
    if sys.stderr is None:
        # Closed by the caller; print would take standard output instead.
        return
    try:
        print(f"edgetts: error: {line}", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        # Nobody listens; the exit code still tells.
        return


def _forget_stdout() -> None:
    # Python flushes stdout once more at exit and would print a second error.
    try:
        null_fd = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null_fd, 1)
        os.close(null_fd)
    except OSError:
        return
