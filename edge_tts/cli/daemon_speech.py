"""Finds out whether a running daemon can do what ``edgetts say`` was asked for."""

from __future__ import annotations

import contextlib
import os
import stat
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_tts import env
from edge_tts.cli.ssml_text import told_apart
from edge_tts.cli.text_source import TextSource
from edge_tts.errors import EdgeTTSError, NotReady, PackError
from edge_tts.options import SynthesisOptions

if TYPE_CHECKING:
    from edge_tts.client.socket_connection import SocketConnection
    from edge_tts.client.speech import RemoteSpeech

_MAX_CHARS: Final = 100_000
"""Longer texts are no use of a daemon that others wait for."""
_IN_PROCESS: Final = (
    "backend",
    "precision",
    "threads",
    "chunk_frames",
    "report",
    "lexicon",
)
"""Options that only this process can honour."""


def daemon_speech(
    options: Namespace, text: str | TextSource, synthesis: SynthesisOptions
) -> tuple[RemoteSpeech | None, str | Iterable[str], bool | None]:
    """Begin to speak through the daemon where one listens and fits.

    Returns:
        The speech, or None to speak in this process; the text, of which the beginning
        may have been looked at; whether it is SSML, None where nobody looked.

    Raises:
        NotReady: ``--daemon`` was given and there is none.
        EdgeTTSError: What the daemon objects to.
    """
    connection = _connect(options)
    if connection is None:
        return None, text, options.ssml
    from edge_tts.client.speech import RemoteSpeech
    from edge_tts.client.speech_call import SpeechCall

    known, is_ssml = told_apart(_whole_if_short(text), options.ssml)
    if isinstance(known, str) and len(known) > _MAX_CHARS:
        connection.close()
        return None, known, is_ssml
    call = SpeechCall(options.voice, synthesis)
    try:
        connection.speak(known, replace(call, ssml=is_ssml))
    except (NotReady, PackError):
        connection.close()
        if options.daemon:
            raise
        # It is about to end, or knows fewer voices than this user does.
        return None, known, is_ssml
    except BaseException:
        connection.close()
        raise
    return RemoteSpeech(connection), known, is_ssml


def tell_underruns(count: int) -> None:
    """Let the daemon count gaps that were heard here; no matter if it is gone."""
    from edge_tts.client.client import find_daemon

    with contextlib.suppress(EdgeTTSError):
        connection = find_daemon(timeout_s=2.0)
        with contextlib.closing(connection):
            connection.ask("played", underruns=count)


def _connect(options: Namespace) -> SocketConnection | None:
    given = [name for name in _IN_PROCESS if getattr(options, name) is not None]
    if options.daemon and given:
        option = given[0].replace("_", "-")
        options.parser.error(f"--{option} needs --no-daemon")
    if options.daemon is False or given or _is_path(options.voice):
        return None
    surroundings = (env.forced_isa(), env.plan_path(), env.num_threads())
    if options.daemon is None and (
        env.voices_path() or any(value is not None for value in surroundings)
    ):
        # The daemon does not share this process's environment.
        return None
    # A file name costs nothing to look at; the client's modules do.
    from edge_tts.client.address import daemon_sockets

    if options.daemon is None and not any(path.exists() for path in daemon_sockets()):
        return None
    from edge_tts.client.client import find_daemon
    from edge_tts.errors import ConfigError

    try:
        connection = find_daemon()
    except NotReady:
        if options.daemon:
            raise
        return None
    try:
        connection.ask("hello")
    except (NotReady, ConfigError):
        connection.close()
        if options.daemon:
            raise
        return None
    return connection


def _is_path(voice: str | None) -> bool:
    return voice is not None and (os.sep in voice and Path(voice).exists())


def _whole_if_short(text: str | TextSource) -> str | Iterable[str]:
    """A file as one text; what may arrive slowly stays in pieces."""
    if isinstance(text, str):
        return text
    status = os.fstat(text.fd)
    if stat.S_ISREG(status.st_mode) and status.st_size <= _MAX_CHARS:
        return "".join(text)
    return text
