"""Owns RemoteSpeech: chunks of one request to a daemon, as they arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Protocol

from edge_tts.audio import AudioChunk, AudioFormat


class SpeechSource(Protocol):
    """A connection in the middle of an answer."""

    format: AudioFormat
    report: dict[str, Any]
    on_wait: Callable[[], None] | None

    def receive(self) -> AudioChunk | None:
        """Return the next chunk; None at the end."""
        ...

    def close(self) -> None:
        """Give the connection up; what is left is not made."""
        ...


class RemoteSpeech:
    """Iterate over it; ``close``, or leaving its ``with``, cancels what is left."""

    def __init__(self, source: SpeechSource) -> None:
        self._source = source

    @property
    def format(self) -> AudioFormat:
        """Of every chunk."""
        return self._source.format

    @property
    def report(self) -> dict[str, Any]:
        """Figures of the daemon, once the last chunk has come; empty over HTTP."""
        return self._source.report

    @property
    def on_wait(self) -> Callable[[], None] | None:
        """Called while no chunk comes: what was heard so far is all there is."""
        return self._source.on_wait

    @on_wait.setter
    def on_wait(self, call: Callable[[], None] | None) -> None:
        self._source.on_wait = call

    def __iter__(self) -> Iterator[AudioChunk]:
        try:
            while (chunk := self._source.receive()) is not None:
                yield chunk
        finally:
            self.close()

    def close(self) -> None:
        """Cancel; harmless at the end."""
        self._source.close()

    def __enter__(self) -> RemoteSpeech:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
