"""Owns SystemdNotifier: the protocol of sd_notify, without libsystemd."""

from __future__ import annotations

import contextlib
import socket
import time

from edge_tts import env

_BEATS_PER_LIMIT = 3.0


class SystemdNotifier:
    """Tells systemd over a datagram socket; never blocks and never raises.

    Args:
        address: Path of the socket, or ``@`` and an abstract name.
        watchdog_s: Longest silence that the watchdog allows, s; None for no watchdog.
    """

    def __init__(self, address: str, watchdog_s: float | None = None) -> None:
        # An abstract name begins with a zero byte.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._watchdog_s = watchdog_s
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._status = ""

    @classmethod
    def from_environment(cls) -> SystemdNotifier | None:
        """Return the one that systemd asked for; None where it did not."""
        address = env.notify_socket()
        if address is None or address[0] not in "/@":
            return None
        return cls(address, env.watchdog_seconds())

    @property
    def interval_s(self) -> float | None:
        """How often ``alive`` is wanted: one beat may be lost; None for never."""
        if self._watchdog_s is None:
            return None
        return self._watchdog_s / _BEATS_PER_LIMIT

    def ready(self) -> None:
        """All doors are open and the voices warm."""
        self._send("READY=1")

    def reloading(self) -> None:
        """The configuration is read again; ``ready`` follows."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={microseconds}")

    def stopping(self) -> None:
        """Nothing more is taken."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Every worker got on since the last time."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for people; sent when it changes."""
        line = " ".join(text.split())
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def close(self) -> None:
        """Release the socket."""
        self._socket.close()

    def _send(self, message: str) -> None:
        # Its queue may be full or it may be gone: a service speaks without it, too.
        with contextlib.suppress(OSError):
            self._socket.sendto(message.encode(), self._address)
