"""Owns HttpConnection: speech through the daemon's OpenAI-compatible door."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np

from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.client.speech_call import SpeechCall
from edge_tts.errors import (
    ConfigError,
    DeadlineExceeded,
    EdgeTTSError,
    NotReady,
    Overloaded,
    PackError,
    SynthesisFailed,
    TextError,
)
from edge_tts.options import SamplingOptions

_READ_NBYTES: Final = 1 << 15
_STATUS_ERRORS: Final[dict[int, type[EdgeTTSError]]] = {
    404: PackError,
    413: TextError,
    422: TextError,
    500: SynthesisFailed,
    503: NotReady,
}


class HttpConnection:
    """Blocking; one request at a time.

    Args:
        url: ``http://HOST[:PORT]`` or ``https://...`` behind a proxy.
        token: Sent as bearer token.
        timeout_s: Longest silence of the daemon.

    Raises:
        ConfigError: The URL is none.
    """

    def __init__(self, url: str, token: str | None, timeout_s: float = 60.0) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ConfigError(f"expected http://HOST:PORT, got {url!r}") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"expected http://HOST:PORT, got {url!r}")
        kind: type[http.client.HTTPConnection] = http.client.HTTPConnection
        if parts.scheme == "https":
            kind = http.client.HTTPSConnection
        self._connection = kind(parts.hostname, port, timeout=timeout_s)
        self._url = url
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._response: http.client.HTTPResponse | None = None
        self._rest = b""
        self._position = 0
        self.format = AudioFormat(24_000)
        self.report: dict[str, Any] = {}
        self.on_wait: Callable[[], None] | None = None
        """Never called: over HTTP all text is known at the start."""

    def ask(self, path: str) -> dict[str, Any]:
        """Return the JSON object at a path."""
        response = self._request("GET", path, None)
        try:
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise self._broken(error) from error
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise NotReady(f"expected a JSON object from {self._url}{path}")
        return answer

    def speak(self, text: str | Iterable[str], call: SpeechCall) -> None:
        """Ask for speech; ``receive`` returns it, without word times.

        Raises:
            ConfigError: The door has no field for an option.
        """
        options = call.options
        if options.sampling != SamplingOptions():
            raise ConfigError(
                "over HTTP sampling cannot be chosen; use the daemon's socket"
            )
        body: dict[str, Any] = {
            "model": "edge-tts",
            "input": text if isinstance(text, str) else "".join(text),
            "response_format": "wav",
            "speed": options.speed,
            "pitch": options.pitch,
            "volume": options.volume,
            "seed": options.seed,
            "ssml": call.ssml,
            "priority": call.priority,
        }
        if options.pause_ms is not None:
            body["pause_ms"] = options.pause_ms
        if call.deadline_s is not None:
            body["deadline_s"] = call.deadline_s
        if call.voice is not None:
            body["voice"] = call.voice
        self._response = self._request("POST", "/v1/audio/speech", body)
        self._read_wav_head()

    def receive(self) -> AudioChunk | None:
        """Return the next samples; None at the end."""
        assert self._response is not None
        try:
            data = self._rest + self._response.read1(_READ_NBYTES)
        except (OSError, http.client.HTTPException) as error:
            raise self._broken(error) from error
        if len(data) == len(self._rest):
            return None
        # A sample may be cut in two by the packets.
        end = len(data) - len(data) % 2
        self._rest = data[end:]
        samples = np.frombuffer(data[:end], "<i2").astype(np.float32)
        samples *= np.float32(1 / 32768)
        chunk = AudioChunk(samples, self.format, self._position)
        self._position += chunk.num_samples
        return chunk

    def close(self) -> None:
        """Hang up; the daemon stops within a chunk."""
        connected = getattr(self._connection, "sock", None)
        if connected is not None:
            # Closing alone would not wake a thread that reads.
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _read_wav_head(self) -> None:
        assert self._response is not None
        head = b""
        while len(head) < 44:
            data = self._response.read(44 - len(head))
            if not data:
                raise NotReady(f"{self._url} sent no speech; try again")
            head += data
        if head[:4] != b"RIFF" or head[36:40] != b"data":
            raise NotReady(f"expected a WAV stream from {self._url}")
        self.format = AudioFormat(
            int.from_bytes(head[24:28], "little"), int.from_bytes(head[22:24], "little")
        )

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> http.client.HTTPResponse:
        data = None if body is None else json.dumps(body).encode()
        try:
            self._connection.request(
                method, f"{self._prefix}{path}", data, self._headers
            )
            response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self._broken(error) from error
        if response.status >= 400:
            raise _refusal(response)
        return response

    def _broken(self, error: Exception) -> NotReady:
        reason = getattr(error, "strerror", None) or error
        return NotReady(f"no answer from {self._url} ({reason}); is the daemon up?")


def _refusal(response: http.client.HTTPResponse) -> EdgeTTSError:
    message = f"HTTP status {response.status}"
    with contextlib.suppress(ValueError, KeyError, TypeError, OSError):
        error = json.loads(response.read(1 << 16))["error"]
        message = str(error["message"])
        if error.get("param") == "voice":
            return PackError(message)
        if error.get("code") == "deadline_exceeded":
            return DeadlineExceeded(message)
    if response.status == 429:
        try:
            retry_s = float(response.headers.get("Retry-After", "1"))
        except ValueError:
            retry_s = 1.0
        return Overloaded(message, retry_s)
    return _STATUS_ERRORS.get(response.status, ConfigError)(message)
