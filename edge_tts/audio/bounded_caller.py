"""Owns BoundedCaller: run what may hang without hanging with it."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from edge_tts.errors import SinkError

_Result = TypeVar("_Result")


class _Request:
    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function
        self.done = threading.Event()
        self.result: Any = None
        self.error: BaseException | None = None


class BoundedCaller:
    """Runs functions in a thread of its own, one after the other.

    PortAudio asks sound servers and drivers and waits without limit for the answer of
    one that died. The thread is ready before it is needed, because to start one takes
    tens of ms on a busy machine; it does not keep the process alive.
    """

    def __init__(self) -> None:
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        threading.Thread(
            target=_serve, args=(self._requests,), name="edge-audio calls", daemon=True
        ).start()

    def call(
        self, function: Callable[[], _Result], seconds: float, what: str
    ) -> _Result:
        """Return what ``function`` returns, or raise what it raises, or give up.

        A call that is given up goes on; later ones wait behind it, as bounded.

        Args:
            function: What to do.
            seconds: Longest wait, s.
            what: Says in the message what hangs.

        Raises:
            SinkError: It took longer.
        """
        request = _Request(function)
        self._requests.put(request)
        if not request.done.wait(seconds):
            raise SinkError(
                f"{what} got no answer from the sound system for {seconds:g} s: "
                "restart the sound server, or choose another device (see `edgetts "
                "devices`)"
            )
        if request.error is not None:
            raise request.error
        result: _Result = request.result
        return result

    def close(self) -> None:
        """Let the thread go."""
        self._requests.put(None)


def _run_first() -> None:
    """Let this thread, and those that libraries start from it, run before others."""
    # PortAudio's callback and the sound server's client are such threads. Most systems
    # allow it to root and to users with an rtprio limit; for the rest nothing changes.
    if hasattr(os, "sched_setscheduler"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def _serve(requests: queue.SimpleQueue[_Request | None]) -> None:
    _run_first()
    while (request := requests.get()) is not None:
        try:
            request.result = request.function()
        except BaseException as error:
            request.error = error
        request.done.set()
