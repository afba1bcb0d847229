"""Owns SocketConnection: one conversation with the daemon over its Unix socket."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.client import wire
from edge_tts.client.speech_call import SpeechCall
from edge_tts.errors import EdgeTTSError, NotReady

_IDLE_S: Final = 0.05
"""Without a chunk for so long, the text itself makes the pause."""


class SocketConnection:
    """Blocking; one request at a time.

    Args:
        path: The daemon's socket.
        timeout_s: Longest silence of the daemon.

    Raises:
        NotReady: Nobody listens there, or the connection broke.
    """

    def __init__(self, path: Path, timeout_s: float = 60.0) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        self._sending = threading.Lock()
        self._buffer = bytearray()
        self._feeder: threading.Thread | None = None
        self._feed_error: BaseException | None = None
        self.on_wait: Callable[[], None] | None = None
        """Called while no chunk comes, before waiting for it."""
        self.format = AudioFormat(24_000)
        self.report: dict[str, Any] = {}
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise NotReady(
                f"no daemon at {path} ({error.strerror or error}); start one with "
                "`edgetts serve`"
            ) from error

    def ask(self, operation: str, **fields: Any) -> dict[str, Any]:
        """Send a question and return the answer."""
        self._send({"protocol": wire.PROTOCOL, "do": operation, **fields})
        return self._reply()

    def speak(self, text: str | Iterable[str], call: SpeechCall) -> None:
        """Ask for speech; ``receive`` returns it.

        Args:
            text: Pieces are sent as they come, by a thread of their own.
            call: Everything else.
        """
        request = {"protocol": wire.PROTOCOL, **call.to_json()}
        if isinstance(text, str):
            self._send({**request, "do": "speak", "text": text})
        else:
            self._send({**request, "do": "open"})
        answer = self._reply()
        self.format = AudioFormat(answer["sample_rate"], answer["num_channels"])
        if not isinstance(text, str):
            self._feeder = threading.Thread(
                target=self._feed, args=(text,), daemon=True, name="edge-client-feeder"
            )
            self._feeder.start()

    def receive(self) -> AudioChunk | None:
        """Return the next chunk; None at the end.

        Raises:
            EdgeTTSError: As the daemon reports it.
        """
        if self.on_wait is not None and not self._buffer:
            readable, _, _ = select.select([self._socket], [], [], _IDLE_S)
            if not readable:
                self.on_wait()
        kind, payload = self._frame()
        if kind == wire.CHUNK:
            return wire.parse_chunk(payload, self.format)
        answer = self._checked(payload)
        self.report = answer.get("report", {})
        if self._feed_error is not None:
            raise self._feed_error
        return None

    def close(self) -> None:
        """Hang up; the daemon stops within a chunk."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _feed(self, pieces: Iterable[str]) -> None:
        last: dict[str, Any] = {"do": "finish"}
        try:
            for piece in pieces:
                self._send({"do": "text", "text": piece})
        except BaseException as error:
            self._feed_error = error
            last = {"do": "cancel"}
        # The daemon ends the speech; ``receive`` then says what went wrong here.
        with contextlib.suppress(EdgeTTSError):
            self._send(last)

    def _send(self, message: dict[str, Any]) -> None:
        with self._sending:
            try:
                self._socket.sendall(wire.json_frame(message))
            except OSError as error:
                raise self._broken(error) from error

    def _reply(self) -> dict[str, Any]:
        kind, payload = self._frame()
        if kind != wire.JSON:
            raise NotReady(f"the daemon at {self._path} answered out of order")
        return self._checked(payload)

    def _checked(self, payload: bytes) -> dict[str, Any]:
        answer = wire.parse_json(payload)
        if answer.get("reply") == "error":
            raise wire.error_of(answer)
        return answer

    def _frame(self) -> tuple[int, bytes]:
        length, kind = wire.HEADER.unpack(self._read(wire.HEADER.size))
        if length > wire.MAX_REPLY_NBYTES or kind not in (wire.JSON, wire.CHUNK):
            raise NotReady(f"what listens at {self._path} is no edge_tts daemon")
        return kind, self._read(length)

    def _read(self, count: int) -> bytes:
        while len(self._buffer) < count:
            try:
                data = self._socket.recv(max(1 << 16, count - len(self._buffer)))
            except OSError as error:
                raise self._broken(error) from error
            if not data:
                raise self._broken(None)
            self._buffer += data
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def _broken(self, error: OSError | None) -> NotReady:
        reason = "hung up" if error is None else error.strerror or error
        return NotReady(f"the daemon at {self._path} is gone ({reason}); try again")
