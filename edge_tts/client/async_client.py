"""Owns AsyncClient: speech from a running daemon for asyncio programs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from edge_tts.audio import AudioChunk
from edge_tts.client.client import Client
from edge_tts.client.speech import RemoteSpeech
from edge_tts.options import SynthesisOptions

_Result = TypeVar("_Result")


class AsyncClient:
    """``Client`` for an event loop; arguments and errors are the same.

    Blocking reads happen in threads of the loop's default executor.
    """

    def __init__(
        self,
        address: str | Path | None = None,
        *,
        token: str | None = None,
        timeout_s: float = 60.0,
    ) -> None:
        self._client = Client(address, token=token, timeout_s=timeout_s)

    async def speak(
        self,
        text: str | Iterable[str],
        voice: str | None = None,
        options: SynthesisOptions = SynthesisOptions(),  # noqa: B008 - frozen
        *,
        ssml: bool = False,
        priority: str = "interactive",
        deadline_s: float | None = None,
    ) -> AsyncIterator[AudioChunk]:
        """Yield speech as it is made; leaving the loop cancels what is left."""
        asking = asyncio.ensure_future(
            _in_thread(
                lambda: self._client.speak(
                    text,
                    voice,
                    options,
                    ssml=ssml,
                    priority=priority,
                    deadline_s=deadline_s,
                )
            )
        )
        try:
            speech = await asyncio.shield(asking)
        except asyncio.CancelledError:
            # The thread cannot be stopped; what it brings is not wanted any more.
            asking.add_done_callback(_hang_up_late)
            raise
        chunks = iter(speech)
        try:
            while (chunk := await _in_thread(lambda: next(chunks, None))) is not None:
                yield chunk
        finally:
            # Also ends the read that a cancelled task left behind in its thread.
            _hang_up(speech)

    async def voices(self) -> list[dict[str, Any]]:
        """As ``Client.voices``."""
        return await _in_thread(self._client.voices)

    async def status(self) -> dict[str, Any]:
        """As ``Client.status``."""
        return await _in_thread(self._client.status)


def _hang_up_late(asking: asyncio.Future[RemoteSpeech]) -> None:
    if not asking.cancelled() and asking.exception() is None:
        _hang_up(asking.result())


def _hang_up(speech: RemoteSpeech) -> None:
    speech.close()


async def _in_thread(function: Callable[[], _Result]) -> _Result:
    return await asyncio.get_running_loop().run_in_executor(None, function)
