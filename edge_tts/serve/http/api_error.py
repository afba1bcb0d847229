"""Owns ApiError: a refusal in the shape that clients of the OpenAI API know."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import Response

from edge_tts.errors import (
    ConfigError,
    DeadlineExceeded,
    EdgeTTSError,
    NotReady,
    Overloaded,
    PackError,
    SinkError,
    TextError,
)

_KINDS = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    500: "server_error",
    503: "server_error",
}


class ApiError(EdgeTTSError):
    """What went wrong, for a client.

    Args:
        status: HTTP status.
        message: One line: expected, found, what to do next.
        code: For programs.
        param: Field of the body at fault.
        headers: Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        *,
        param: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.headers = headers

    @classmethod
    def of(cls, error: EdgeTTSError) -> ApiError:
        """Return what a client may know of an error."""
        if isinstance(error, ApiError):
            return error
        message = " ".join(str(error).split())
        if isinstance(error, Overloaded):
            return cls(429, message, "overloaded", headers=_retry(error.retry_after_s))
        if isinstance(error, NotReady):
            return cls(503, message, "not_ready", headers=_retry(2.0))
        if isinstance(error, DeadlineExceeded):
            return cls(408, message, "deadline_exceeded")
        if isinstance(error, TextError):
            return cls(422, message, "unspeakable_text", param="input")
        if isinstance(error, PackError):
            return cls(400, message, "voice_not_usable", param="voice")
        if isinstance(error, ConfigError):
            return cls(400, message, "invalid_value")
        if isinstance(error, SinkError):
            return cls(400, message, "format_not_available", param="response_format")
        return cls.internal()

    @classmethod
    def internal(cls) -> ApiError:
        """An error whose reason is for the log only."""
        return cls(500, "speaking failed; the log of the daemon has the reason")

    @property
    def document(self) -> dict[str, object]:
        """The body of the answer."""
        kind = _KINDS.get(self.status, "invalid_request_error")
        return {
            "error": {
                "message": str(self),
                "type": kind,
                "param": self.param,
                "code": self.code,
            }
        }

    def response(self) -> Response:
        """The answer."""
        return Response(
            json.dumps(self.document, ensure_ascii=True).encode() + b"\n",
            self.status,
            {"cache-control": "no-store", **self.headers},
            "application/json",
        )


def _retry(seconds: float) -> dict[str, str]:
    return {"retry-after": str(max(1, math.ceil(seconds)))}
