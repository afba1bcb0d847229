"""Owns EventReader: events of one client, bounded in size and time.

The library's own reader believes any length that a client announces.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from wyoming.event import Event

from edge_tts.errors import EdgeTTSError

LINE_NBYTES: Final = 1 << 16
"""Longest first line of an event; texts may lie in it or behind it."""


class ProtocolError(EdgeTTSError):
    """The client does not speak Wyoming, or too much of it."""


class EventReader:
    """Reads events one by one.

    Args:
        reader: Made with a limit of at least ``LINE_NBYTES``.
        max_nbytes: Largest event.
        event_timeout_s: From its first byte to its last.
    """

    def __init__(
        self, reader: asyncio.StreamReader, max_nbytes: int, event_timeout_s: float
    ) -> None:
        self._reader = reader
        self._max_nbytes = max_nbytes
        self._event_timeout_s = event_timeout_s

    async def read(self) -> Event | None:
        """Return the next event; None when the client has ended.

        Raises:
            ProtocolError: What came is no event, too large, or came too slowly.
        """
        # Nobody is slow before the first byte: the door's idle time counts there.
        first = await self._reader.read(1)
        if not first:
            return None
        try:
            return await asyncio.wait_for(self._rest(first), self._event_timeout_s)
        except asyncio.TimeoutError:
            raise ProtocolError(
                f"an event took more than {self._event_timeout_s:g} s"
            ) from None
        except asyncio.IncompleteReadError:
            return None

    async def _rest(self, first: bytes) -> Event:
        line = first
        if first != b"\n":
            try:
                line += await self._reader.readuntil(b"\n")
            except asyncio.LimitOverrunError:
                raise ProtocolError(
                    f"the first line of an event exceeds {LINE_NBYTES} bytes"
                ) from None
        head = _object(line)
        data = head.get("data", {})
        if not isinstance(data, dict):
            raise ProtocolError("data of an event is no JSON object")
        nbytes = self._length(head, "data_length")
        if nbytes:
            data = data | _object(await self._reader.readexactly(nbytes))
        payload = await self._reader.readexactly(self._length(head, "payload_length"))
        kind = head.get("type")
        if not isinstance(kind, str):
            raise ProtocolError("an event has no type")
        return Event(kind, data, payload or None)

    def _length(self, head: dict[str, Any], name: str) -> int:
        length = head.get(name)
        if length is None:
            return 0
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise ProtocolError(f"{name} of an event is no length")
        if length > self._max_nbytes:
            raise ProtocolError(f"{name} of an event exceeds {self._max_nbytes} bytes")
        return length


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ProtocolError("an event is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise ProtocolError("an event is no JSON object")
    return value
