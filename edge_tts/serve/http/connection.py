"""Owns Connection: one client of the HTTP door, with limits on its time.

uvicorn parses and answers; what it does not limit is limited here: the time for a
request's head, how many connections there are, and how a stalled one ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from edge_tts.serve.connection_table import ConnectionTable
from edge_tts.serve.http.api_error import ApiError

if TYPE_CHECKING:
    from edge_tts.serve.metrics import Metrics

_LOG = logging.getLogger(__name__)
_PHRASES: Final = {400: "Bad Request", 408: "Request Timeout", 503: "Unavailable"}


class Connection(H11Protocol):
    """Parses requests of one client.

    Args:
        config: uvicorn's.
        server_state: uvicorn's, shared.
        table: All connections of the door.
        header_timeout_s: From the first byte, or the connection, to the last header.
        metrics: Counts open connections.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        table: ConnectionTable,
        header_timeout_s: float,
        metrics: Metrics | None,
    ) -> None:
        super().__init__(config, server_state, {"connection": self})
        self._table = table
        self._header_timeout_s = header_timeout_s
        self._counted = contextlib.ExitStack()
        self._metrics = metrics
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a client on, or refuse it."""
        super().connection_made(transport)
        if self._metrics is not None:
            self._counted.enter_context(self._metrics.connection("http"))
        if not self._table.add(self):
            self._refuse(
                ApiError(
                    503,
                    "too many connections; try again",
                    "too_many_connections",
                    headers={"retry-after": "2"},
                )
            )
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._stop_timer()
        self._table.remove(self)
        self._counted.close()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; a head that is complete is no longer waited for."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._is_answering:
            self._stop_timer()
            self._table.mark_busy(self)
        elif self._head_timer is None:
            self._await_head()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._table.mark_idle(self)
        super().on_response_complete()
        if self._is_answering:
            # A further request was waiting in the buffer.
            self._table.mark_busy(self)
        elif self.conn.their_state is h11.SEND_BODY or self.conn.trailing_data[0]:
            # The rest of a body that was refused, or of a head: not for ever.
            self._await_head()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(ApiError(400, "this is no valid HTTP request, or its head is big"))

    async def break_off(self) -> None:
        """Abort, and return when the connection is gone."""
        self.abort()
        # Its loss is reported in the next turn of the loop.
        await asyncio.sleep(0)

    def abort(self) -> None:
        """End the connection now, whatever is still to be sent."""
        if self.transport is not None:
            self.transport.abort()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self._header_timeout_s, self._too_slow)

    def _too_slow(self) -> None:
        self._head_timer = None
        self._refuse(
            ApiError(408, "the head of the request did not arrive in time", "too_slow")
        )

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, error: ApiError) -> None:
        """Answer without the application and close."""
        self._stop_timer()
        if (
            self._is_answering
            or self.conn.their_state is h11.SEND_BODY
            or self.transport.is_closing()
        ):
            # Its answer is under way, or was sent: nothing can be added to it.
            self.abort()
            return
        response = error.response()
        head = [f"HTTP/1.1 {error.status} {_PHRASES.get(error.status, '')}".encode()]
        head += [name + b": " + value for name, value in response.raw_headers]
        head.append(b"connection: close\r\n\r\n")
        self.transport.write(b"\r\n".join(head) + bytes(response.body))
        self.transport.close()
        # A client that does not read must not keep the connection open.
        self.loop.call_later(1.0, self.abort)


def protocol_factory(
    config: Config,
    table: ConnectionTable,
    header_timeout_s: float,
    metrics: Metrics | None,
) -> Any:
    """Return what ``create_server`` calls for each client."""
    state = ServerState()
    return lambda: Connection(config, state, table, header_timeout_s, metrics)
