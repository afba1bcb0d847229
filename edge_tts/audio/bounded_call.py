"""Owns bounded_call: run what may hang without hanging with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from edge_tts.errors import SinkError

_Result = TypeVar("_Result")


def bounded_call(function: Callable[[], _Result], seconds: float, what: str) -> _Result:
    """Return what ``function`` returns, or raise what it raises, or give up on it.

    PortAudio asks sound servers and drivers and waits without limit for the answer of
    one that died. A call that is given up goes on in its thread, which does not keep
    the process alive.

    Args:
        function: What to do.
        seconds: Longest wait, s.
        what: Says in the message what hangs.

    Raises:
        SinkError: It took longer.
    """
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name=f"edge-audio {what}", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if results:
        return results[0]
    raise SinkError(
        f"{what} got no answer from the sound system for {seconds:g} s: restart the "
        "sound server, or choose another device (see `edgetts devices`)"
    )
