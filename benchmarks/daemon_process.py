"""Starts a daemon of its own for a benchmark: no files of the user, free ports."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_tts.client.client import Client
from edge_tts.errors import NotReady


@dataclass(frozen=True)
class DaemonProcess:
    """A running daemon."""

    pid: int
    socket_path: Path
    http_port: int | None
    """None where its packages are not installed."""
    wyoming_port: int | None
    log: Path

    @property
    def client(self) -> Client:
        """For the socket."""
        return Client(self.socket_path)


@contextlib.contextmanager
def running_daemon(config: str = "") -> Iterator[DaemonProcess]:
    """Run a daemon with every door that is installed until the end of the ``with``.

    Args:
        config: Further TOML.
    """
    with tempfile.TemporaryDirectory(prefix="edge-daemon-") as name:
        folder = Path(name)
        http_port = free_port() if _has("edge_tts.serve.http") else None
        wyoming_port = free_port() if _has("edge_tts.serve.wyoming") else None
        (folder / "serve.toml").write_text(
            config
            + f'\n[socket]\npath = "{folder}/socket"\nmax_connections = 4096\n'
            + f"[http]\nenabled = {str(http_port is not None).lower()}\n"
            + (f"port = {http_port}\n" if http_port else "")
            + f"[wyoming]\nenabled = {str(wyoming_port is not None).lower()}\n"
            + (f'uris = ["tcp://127.0.0.1:{wyoming_port}"]\n' if wyoming_port else ""),
            encoding="utf-8",
        )
        log = folder / "log"
        program = [sys.executable, "-m", "edge_tts", "serve", "--config"]
        environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*program, str(folder / "serve.toml")],
                stderr=output,
                env=environment,
            )
        daemon = DaemonProcess(
            process.pid, folder / "socket", http_port, wyoming_port, log
        )
        try:
            _wait_until_ready(daemon, process)
            yield daemon
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.returncode:
                print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
                raise SystemExit(f"the daemon ended with {process.returncode}")


def free_port() -> int:
    """A TCP port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(daemon: DaemonProcess, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60.0
    while True:
        if process.poll() is not None:
            raise SystemExit(daemon.log.read_text(errors="replace"))
        with contextlib.suppress(NotReady):
            daemon.client.status()
            # The doors open one after the other; the socket is the first.
            if "ready:" in daemon.log.read_text(errors="replace"):
                return
        if time.monotonic() > deadline:
            raise SystemExit("the daemon did not start within a minute")
        time.sleep(0.05)


def _has(module: str) -> bool:
    import importlib

    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True
