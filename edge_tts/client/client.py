"""Owns Client: speech from a running daemon for programs that may block."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edge_tts.client.address import daemon_sockets
from edge_tts.client.http_connection import HttpConnection
from edge_tts.client.socket_connection import SocketConnection
from edge_tts.client.speech import RemoteSpeech
from edge_tts.client.speech_call import SpeechCall
from edge_tts.errors import NotReady
from edge_tts.options import SynthesisOptions


class Client:
    """Speaks through a daemon; threads may share it, every request has a connection.

    Args:
        address: Path of a socket, or ``http://HOST:PORT``; None finds the socket of
            this user's daemon, else that of the machine's.
        token: Bearer token, for HTTP.
        timeout_s: Longest silence of the daemon.
    """

    def __init__(
        self,
        address: str | Path | None = None,
        *,
        token: str | None = None,
        timeout_s: float = 60.0,
    ) -> None:
        self._address = address
        self._token = token
        self._timeout_s = timeout_s

    def speak(
        self,
        text: str | Iterable[str],
        voice: str | None = None,
        options: SynthesisOptions = SynthesisOptions(),  # noqa: B008 - frozen
        *,
        ssml: bool = False,
        priority: str = "interactive",
        deadline_s: float | None = None,
    ) -> RemoteSpeech:
        """Ask for speech and return it as it is made.

        Args:
            text: The text, or its pieces as they come; HTTP waits for the last piece.
            voice: ``SPEAKER`` or ``PACK/SPEAKER``; None is the daemon's default.
            options: Speed, pitch, volume, pauses, seed; sampling not over HTTP.
            ssml: Whether the text is an SSML document.
            priority: ``interactive``, ``normal`` or ``batch``.
            deadline_s: Time after which the daemon gives up.

        Raises:
            NotReady: No daemon listens, or it takes nothing.
            Overloaded: It has too much to do; ``retry_after_s`` says for how long.
            EdgeTTSError: As speaking in-process.
        """
        connection = self._connect()
        try:
            connection.speak(
                text, SpeechCall(voice, options, ssml, priority, deadline_s)
            )
        except BaseException:
            connection.close()
            raise
        return RemoteSpeech(connection)

    def to_file(
        self,
        text: str | Iterable[str],
        path: str | Path,
        voice: str | None = None,
        options: SynthesisOptions = SynthesisOptions(),  # noqa: B008 - frozen
    ) -> None:
        """Write speech to a WAV, FLAC, Opus or MP3 file, chosen by its suffix.

        Raises:
            SinkError: The file cannot be written; nothing is left behind.
            EdgeTTSError: As ``speak``.
        """
        from edge_tts.audio.file_sink import open_file_sink

        sink = open_file_sink(Path(path))
        try:
            with self.speak(text, voice, options, priority="normal") as speech:
                sink.open(speech.format)
                for chunk in speech:
                    sink.write(chunk)
                sink.drain()
        finally:
            sink.close()

    def voices(self) -> list[dict[str, Any]]:
        """Every voice that can be asked for: name, pack, languages."""
        answer = self._ask("voices", "/v1/audio/voices")
        return list(answer["voices"])

    def status(self) -> dict[str, Any]:
        """What the daemon does at the moment.

        Over HTTP only whether it is ready.
        """
        return self._ask("status", "/readyz")

    def _ask(self, operation: str, path: str) -> dict[str, Any]:
        connection = self._connect()
        try:
            if isinstance(connection, HttpConnection):
                return connection.ask(path)
            return connection.ask(operation)
        finally:
            connection.close()

    def _connect(self) -> SocketConnection | HttpConnection:
        address = self._address
        if isinstance(address, str) and "://" in address:
            return HttpConnection(address, self._token, self._timeout_s)
        if address is not None:
            return SocketConnection(Path(address), self._timeout_s)
        return find_daemon(self._timeout_s)


def find_daemon(timeout_s: float = 60.0) -> SocketConnection:
    """Connect to the first daemon that listens for this user.

    Raises:
        NotReady: None does; names the place looked at first.
    """
    first: NotReady | None = None
    for path in daemon_sockets():
        try:
            return SocketConnection(path, timeout_s)
        except NotReady as error:
            first = first or error
    assert first is not None
    raise first
