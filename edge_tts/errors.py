"""Every error this package raises on purpose; holds no logic.

A message says what was expected, what was found and what to do next, on one line.
"""

from __future__ import annotations

from typing import Literal

_MAX_MESSAGE = 600


class EdgeTTSError(Exception):
    """Base of the errors that a user can cause or mend; the CLI prints one line."""


class ConfigError(EdgeTTSError):
    """An option, environment variable or configuration file has an unusable value."""


class TextError(EdgeTTSError):
    """The text cannot be spoken or cannot be decoded."""


class RecordingError(EdgeTTSError):
    """A recording cannot be used to clone a voice."""


class PackError(EdgeTTSError):
    """A voice pack is missing, damaged, hostile or made for another version."""


class StackSpecError(EdgeTTSError):
    """A network description is inconsistent; names the layer and both shapes.

    Long messages lose their middle: what a description holds may be hostile.
    """

    def __init__(self, message: str) -> None:
        if len(message) > _MAX_MESSAGE:
            half = _MAX_MESSAGE // 2
            message = f"{message[:half]} ... {message[-half:]}"
        super().__init__(message)


class BackendError(EdgeTTSError):
    """A backend is not installed, refused a network or failed while running it."""


class StreamStateError(EdgeTTSError):
    """A stream was used out of order: opened twice, fed after its end, closed early."""


class SinkError(EdgeTTSError):
    """Audio could not be delivered: no device, unwritable file, full disk."""


class Overloaded(EdgeTTSError):
    """The service has more work than it may take on; the same may succeed later."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """When to ask again, s from now."""


class NotReady(EdgeTTSError):
    """The service is starting, draining or stopped and takes no requests."""


class DeadlineExceeded(EdgeTTSError):
    """The time that the client gave its request has passed."""


class SynthesisFailed(EdgeTTSError):
    """Speaking failed for a reason that is no fault of the request: a bug, no memory.

    The one error of a request that a server must answer as its own.
    """


class UnsupportedIsaError(EdgeTTSError):
    """A forced instruction set cannot be used on this machine or in this build."""

    def __init__(
        self, isa: str, reason: Literal["not_built", "not_supported"], message: str
    ) -> None:
        super().__init__(message)
        self.isa = isa
        """Value of ``Isa`` that was asked for."""
        self.reason = reason
        """Whether the library lacks the variant or the CPU lacks the instructions."""
