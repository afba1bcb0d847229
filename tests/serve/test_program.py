"""``edgetts serve`` as a process: say, status, stop, signals, leftovers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from edge_tts import Client
from edge_tts.errors import NotReady
from tests.serve.conftest import LONG

PROGRAM = [sys.executable, "-m", "edge_tts"]


class Daemon:
    """A daemon of a user without files, with a socket only."""

    def __init__(self, folder: Path, config: str = "") -> None:
        self.folder = folder
        self.path = folder / "run" / "socket"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("EDGE_TTS_")},
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "EDGE_TTS_SOCKET": str(self.path),
        }
        self.config = folder / "serve.toml"
        self.config.write_text(config, encoding="utf-8")
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, "serve", "--config", self.config, "--http", "off"],
                env=self.environment,
                stderr=log,
            )
        self.client = Client(self.path)
        deadline = time.monotonic() + 60.0
        while not self.path.exists():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def run(self, *arguments: str, input: bytes = b"") -> subprocess.CompletedProcess:  # type: ignore[type-arg]
        return subprocess.run(
            [*PROGRAM, *arguments],
            env=self.environment,
            input=input,
            capture_output=True,
            timeout=120,
        )

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60.0)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("daemon"))
    yield daemon
    if daemon.process.poll() is None:
        daemon.end()


def test_say_sounds_the_same_through_the_daemon(daemon: Daemon) -> None:
    text = ["Two birds, a third.", "--speed", "1.2"]
    jobs = daemon.client.status()["cache_misses"]
    remote = daemon.run("say", *text, "--raw", "-o", "-", "--daemon")
    assert remote.returncode == 0, remote.stderr
    assert daemon.client.status()["cache_misses"] == jobs + 1
    here = daemon.run("say", *text, "--raw", "-o", "-", "--no-daemon", "--threads", "1")
    assert remote.stdout == here.stdout and len(here.stdout) > 20_000
    again = daemon.run("say", *text, "--raw", "-o", "-")
    assert again.stdout == here.stdout
    assert daemon.client.status()["cache_hits"] >= 1


def test_say_reads_pipes_files_and_ssml(daemon: Daemon, tmp_path: Path) -> None:
    text = b"It was late. Nobody spoke. The door opened.\n"
    before = daemon.client.status()
    piped = daemon.run("say", "-", "-o", "-", "--raw", input=text)
    (tmp_path / "text").write_bytes(text)
    read = daemon.run("say", "-f", str(tmp_path / "text"), "-o", "-", "--raw")
    assert piped.returncode == read.returncode == 0
    assert len(piped.stdout) == pytest.approx(len(read.stdout), rel=0.1)
    document = '<speak>Hello.<break time="1s"/>World.</speak>'
    target = tmp_path / "a.wav"
    done = daemon.run("say", document, "-o", str(target), "--subtitles", "srt")
    assert done.returncode == 0 and "World" in target.with_suffix(".srt").read_text()
    assert target.stat().st_size > 48_000
    assert daemon.client.status()["uptime_s"] > before["uptime_s"]


def test_say_in_this_process_where_only_it_can(daemon: Daemon, tmp_path: Path) -> None:
    misses = daemon.client.status()["cache_misses"]
    report = tmp_path / "report.json"
    done = daemon.run("say", "Hi.", "-o", "-", "--raw", "--report", str(report))
    assert done.returncode == 0 and report.exists()
    assert daemon.client.status()["cache_misses"] == misses
    both = daemon.run("say", "Hi.", "-o", "-", "--daemon", "--backend", "native")
    assert both.returncode == 2 and b"--no-daemon" in both.stderr
    nobody = daemon.run("say", "Hi.", "-o", "-", "--raw", "--voice", "nobody")
    assert nobody.returncode == 1 and b"no voice 'nobody'" in nobody.stderr


def test_status(daemon: Daemon) -> None:
    done = daemon.run("status")
    assert done.returncode == 0 and b"ready for" in done.stdout
    assert b"edge-en" in done.stdout


def test_a_second_daemon_does_not_start(daemon: Daemon) -> None:
    done = daemon.run("serve", "--http", "off")
    assert done.returncode == 1 and b"already listens" in done.stderr


def test_reload_takes_a_new_file_and_refuses_a_bad_one(daemon: Daemon) -> None:
    daemon.config.write_text("[limits]\nmax_jobs = 7\n")
    assert daemon.run("reload").returncode == 0
    assert daemon.client.status()["max_jobs"] == 7
    daemon.config.write_text("[limits]\nmax_jobs = 'x'\n")
    done = daemon.run("reload")
    assert done.returncode == 1 and b"limits.max_jobs" in done.stderr
    daemon.config.write_text("[limits]\nmax_jobs = 9\n")
    daemon.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 30.0
    while daemon.client.status()["max_jobs"] != 9:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_nothing_grows_and_texts_are_not_logged(daemon: Daemon) -> None:
    process = psutil.Process(daemon.process.pid)
    for _ in range(3):
        list(daemon.client.speak("A first sentence, to warm up all there is."))
    before = process.num_fds(), process.num_threads()
    for number in range(20):
        list(daemon.client.speak(f"The password is swordfish {number}."))
        with daemon.client.speak(LONG) as speech:
            next(iter(speech))
    deadline = time.monotonic() + 30.0
    while (process.num_fds(), process.num_threads()) > before:
        assert time.monotonic() < deadline, (before, process.num_fds())
        time.sleep(0.05)
    assert "swordfish" not in daemon.log.read_text()


def test_stop_leaves_nothing(daemon: Daemon) -> None:
    assert daemon.run("stop").returncode == 0
    assert daemon.process.wait(30.0) == 0
    assert not daemon.path.exists()
    done = daemon.run("status")
    assert done.returncode == 1 and b"edgetts serve" in done.stderr
    assert daemon.run("say", "Hi.", "-o", "-", "--raw").returncode == 0


def test_sigterm_in_mid_sentence(tmp_path: Path) -> None:
    config = "[daemon]\ndrain_timeout_s = 0.5\n[cache]\nenabled = false\n"
    daemon = Daemon(tmp_path, config=config)
    speech = iter(daemon.client.speak(LONG))
    next(speech)
    started = time.monotonic()
    daemon.process.send_signal(signal.SIGTERM)
    with pytest.raises(NotReady):
        for _ in speech:
            time.sleep(0.2)
    assert daemon.process.wait(60.0) == 0
    assert time.monotonic() - started < 30.0
    assert not daemon.path.exists()


def test_a_bad_configuration_starts_nothing(tmp_path: Path) -> None:
    config = tmp_path / "serve.toml"
    config.write_text("[limits]\nmax_job = 3\n")
    done = subprocess.run(
        [*PROGRAM, "serve", "--config", config, "--check"],
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert b"unknown key limits.max_job; did you mean max_jobs?" in done.stderr
    assert done.stderr.count(b"\n") == 1
