"""sd_notify, the watchdog and socket activation against real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_tts.errors import ConfigError
from edge_tts.serve.activation import activated_sockets
from edge_tts.serve.config import CacheSection, DaemonConfig, DaemonSection
from edge_tts.serve.daemon import Daemon
from edge_tts.serve.request import SpeechRequest
from edge_tts.serve.systemd_notifier import SystemdNotifier


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket that systemd listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)
        yield listener


def received(manager: socket.socket, wanted: str, seconds: float = 60.0) -> list[str]:
    """Messages up to the first that begins with ``wanted``."""
    found: list[str] = []
    deadline = time.monotonic() + seconds
    while not any(message.startswith(wanted) for message in found):
        assert time.monotonic() < deadline, found
        found.append(manager.recv(4096).decode())
    return found


def test_messages_are_those_of_the_protocol(
    manager: socket.socket, tmp_path: Path
) -> None:
    notifier = SystemdNotifier(str(tmp_path / "notify"), watchdog_s=30.0)
    assert notifier.interval_s == pytest.approx(10.0)
    notifier.ready()
    notifier.status("ready:\n2 jobs")
    notifier.status("ready: 2 jobs")
    notifier.alive()
    notifier.reloading()
    notifier.stopping()
    messages = received(manager, "STOPPING=1")
    assert messages[:3] == ["READY=1", "STATUS=ready: 2 jobs", "WATCHDOG=1"]
    kind, moment = messages[3].split("\n")
    assert kind == "RELOADING=1"
    now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert 0 <= now - int(moment.removeprefix("MONOTONIC_USEC=")) < 60_000_000
    notifier.close()


def test_abstract_address() -> None:
    name = f"edge-tts-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        notifier = SystemdNotifier("@" + name)
        assert notifier.interval_s is None
        notifier.ready()
        assert listener.recv(100) == b"READY=1"
        notifier.close()


def test_absent_or_full_manager_blocks_nothing(
    manager: socket.socket, tmp_path: Path
) -> None:
    full = SystemdNotifier(str(tmp_path / "notify"))
    for _ in range(5000):
        full.alive()
    full.close()
    gone = SystemdNotifier(str(tmp_path / "nowhere"))
    gone.ready()
    gone.close()


@pytest.mark.parametrize(
    "variables, expected",
    [
        ({}, None),
        ({"NOTIFY_SOCKET": "/run/systemd/notify"}, (None,)),
        ({"NOTIFY_SOCKET": "@abc", "WATCHDOG_USEC": "30000000"}, (10.0,)),
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, ()),
        ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "soon"}, (None,)),
        # A vsock address of a virtual machine: not ours.
        ({"NOTIFY_SOCKET": "vsock:2:1234"}, None),
    ],
)
def test_environment_decides(
    variables: dict[str, str],
    expected: tuple[float | None, ...] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    notifier = SystemdNotifier.from_environment()
    if expected is None:
        assert notifier is None
        return
    assert notifier is not None
    assert notifier.interval_s == pytest.approx(expected[0] if expected else None)
    notifier.close()


def listen_on(
    monkeypatch: pytest.MonkeyPatch, fds: list[int], names: str, pid: int | None = None
) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid() if pid is None else pid))
    monkeypatch.setenv("LISTEN_FDS", str(len(fds)))
    monkeypatch.setenv("LISTEN_FDNAMES", names)


def test_sockets_are_handed_over_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        fd = os.dup(server.fileno())
        listen_on(monkeypatch, [fd], "http")
        found = activated_sockets(first_fd=fd)
        (listener,) = found["http"]
        assert listener.getsockname() == server.getsockname()
        assert not listener.getblocking() and not os.get_inheritable(fd)
        listener.close()


def test_sockets_of_another_process_are_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listen_on(monkeypatch, [3], "http", pid=1)
    assert activated_sockets() == {}


def test_what_is_no_door_or_no_socket_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    listen_on(monkeypatch, [3], "telnet")
    with pytest.raises(ConfigError, match="FileDescriptorName= must be one of"):
        activated_sockets()
    listen_on(monkeypatch, [3], "http")
    fd = os.open(tmp_path / "file", os.O_CREAT | os.O_RDWR)
    with pytest.raises(ConfigError, match="is no socket"):
        activated_sockets(first_fd=fd)
    os.close(fd)
    expected = pytest.raises(ConfigError, match="must be ListenStream=")
    with socket.socket() as unbound, expected:
        activated_sockets(first_fd=os.dup(unbound.fileno()))


PROGRAM = """
import os, sys
os.dup2({fd}, 3, inheritable=True)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, "-m", "edge_tts", "serve",
                          "--socket", "off", "--log-level", "error"])
"""


def test_daemon_as_systemd_runs_it(manager: socket.socket, tmp_path: Path) -> None:
    """Ready, fed watchdog, reload, an answer on a passed port, stop."""
    pytest.importorskip("uvicorn", reason="the HTTP door needs the extra serve")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        daemon = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(fd=server.fileno())],
            env={
                **os.environ,
                "HOME": str(tmp_path),
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
                "XDG_CONFIG_HOME": str(tmp_path / "config"),
                "NOTIFY_SOCKET": str(tmp_path / "notify"),
                "WATCHDOG_USEC": "600000",
                "LISTEN_FDS": "1",
                "LISTEN_FDNAMES": "http",
            },
            pass_fds=[server.fileno()],
            stderr=subprocess.PIPE,
        )
    try:
        received(manager, "READY=1")
        received(manager, "WATCHDOG=1")
        for path in ("healthz", "metrics"):
            # The test's own copy of the socket is closed: the daemon answers.
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/{path}", timeout=30
            ) as answer:
                body = answer.read().decode()
        assert "edgetts_ready 1.0" in body
        daemon.send_signal(signal.SIGHUP)
        received(manager, "RELOADING=1")
        received(manager, "READY=1")
        # Several in a row: the workers are watched, not the start.
        for _ in range(3):
            received(manager, "WATCHDOG=1")
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/metrics", timeout=30
        ) as answer:
            # The passed socket survived the reload.
            assert b'edgetts_reloads_total{outcome="done"} 1.0' in answer.read()
        daemon.send_signal(signal.SIGTERM)
        received(manager, "STOPPING=1")
        assert daemon.wait(60) == 0
    finally:
        daemon.kill()
        _, errors = daemon.communicate()
    assert errors == b""


def test_stuck_worker_starves_the_watchdog(
    manager: socket.socket, tmp_path: Path
) -> None:
    section = DaemonSection(workers=1, stuck_after_s=1.0)
    config = DaemonConfig(section, cache=CacheSection(enabled=False))
    notifier = SystemdNotifier(str(tmp_path / "notify"), watchdog_s=0.6)
    daemon = Daemon(lambda: config, notifier)
    release = threading.Event()

    async def heard(seconds: float) -> bool:
        """Whether the watchdog is fed from now on."""
        await asyncio.sleep(0.0)
        manager.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while manager.recv(4096):
                pass
        await asyncio.sleep(seconds)
        messages = []
        with contextlib.suppress(BlockingIOError):
            while message := manager.recv(4096):
                messages.append(message)
        return b"WATCHDOG=1" in messages

    async def test() -> None:
        running = asyncio.ensure_future(daemon.run())
        while not daemon.broker.is_ready:
            await asyncio.sleep(0.05)
        assert await heard(1.0)
        job = await daemon.broker.submit(SpeechRequest("Stuck. " * 50))
        job._task.step = lambda: release.wait(60) and None  # type: ignore[method-assign,func-returns-value]
        while daemon.broker.is_healthy:
            await asyncio.sleep(0.05)
        assert not await heard(1.0)
        release.set()
        while not daemon.broker.is_healthy:
            await asyncio.sleep(0.05)
        assert await heard(1.0)
        daemon.stop()
        await running

    asyncio.run(test())
    notifier.close()
