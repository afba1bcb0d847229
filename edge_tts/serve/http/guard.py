"""Owns Guard: what every request passes before any endpoint sees it."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
import traceback
import uuid
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge_tts.errors import EdgeTTSError
from edge_tts.serve.http.api_error import ApiError
from edge_tts.serve.http.settings import HttpSettings

if TYPE_CHECKING:
    from edge_tts.serve.metrics import Metrics

_LOG = logging.getLogger(__name__)
_LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_OPEN_PATHS: Final = frozenset({"/healthz", "/readyz", "/", "/page.js", "/page.css"})
"""Answered without a token: they tell nothing that is worth one."""


class Guard:
    """Checks who asks and turns every failure into an answer of one shape.

    Args:
        app: The endpoints.
        settings: Token and names of this machine.
        metrics: Counts answers by status.
    """

    def __init__(
        self, app: ASGIApp, settings: HttpSettings, metrics: Metrics | None
    ) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        names = (settings.host, *settings.allowed_hosts)
        self._hosts = _LOOPBACK_HOSTS | {name.lower() for name in names}
        token = settings.token
        self._token_hash = None if token is None else _hash(token.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request_id = uuid.uuid4().hex
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                headers["x-content-type-options"] = "nosniff"
                headers["date"] = formatdate(usegmt=True)
            await send(message)

        try:
            try:
                self._check(scope)
                await self._app(scope, receive, send_with_headers)
            except EdgeTTSError as error:
                if status:
                    raise
                response = ApiError.of(error).response()
                await response(scope, receive, send_with_headers)
        except Exception as error:
            # One line for what somebody may look into; the client gets no trace.
            reason = str(error) if isinstance(error, EdgeTTSError) else _place(error)
            _LOG.error("request %s: %s: %s", request_id, type(error).__name__, reason)
            _LOG.debug("request %s", request_id, exc_info=True)
            if status:
                await scope["state"]["connection"].break_off()
                return
            await ApiError.internal().response()(scope, receive, send_with_headers)
        finally:
            if self._metrics is not None:
                self._metrics.answered("http", status or "gone")
            _LOG.info(
                "%s %s %d %.1f ms %s",
                scope["method"],
                # The query may hold what a user typed.
                scope["path"].encode("unicode_escape").decode()[:200],
                status,
                (time.perf_counter() - started) * 1e3,
                request_id,
            )

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if self._settings.is_loopback:
            host = headers.get("host", "").lower()
            name = host if host.endswith("]") else host.rpartition(":")[0] or host
            if name not in self._hosts:
                # A page of the web whose name was made to point at this machine.
                raise ApiError(
                    403,
                    "this name of the host is not one of http.allowed_hosts",
                    "host_not_allowed",
                )
        if self._token_hash is None or scope["path"] in _OPEN_PATHS:
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = _hash(token.strip().encode("latin-1", "replace"))
        # Hashes of equal length: the time tells nothing about the token.
        is_right = hmac.compare_digest(given, self._token_hash)
        if scheme.lower() != "bearer" or not is_right:
            raise ApiError(
                401,
                "a token is needed: send Authorization: Bearer TOKEN",
                "invalid_api_key",
                headers={"www-authenticate": "Bearer"},
            )


def _place(error: Exception) -> str:
    """Where it was raised: its message might quote the user's text."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}, line {frame.lineno}"


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
