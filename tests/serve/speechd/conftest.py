from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import numpy as np
import pytest
from numpy.typing import NDArray

HANDSHAKE = "INIT\nAUDIO\naudio_output_method=server\n.\n"


class Server:
    """Stands for speech-dispatcher at the other end of the pipes."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edge_tts", "speechd", "module", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        self._lines: Queue[bytes] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.pcm = b""
        self.times: dict[str, float] = {}

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def send(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def next(self, timeout: float = 60.0) -> str:
        """The next line; audio is put aside and counted."""
        while True:
            line = self._lines.get(timeout=timeout)
            if line.startswith(b"705-AUDIO\0"):
                data = line[len(b"705-AUDIO\0") : -1]
                self.pcm += _unescaped(data)
            elif not line.startswith((b"705-", b"705 ")):
                text = line.decode().rstrip("\n")
                self.times[text] = time.monotonic()
                return text

    def until(self, last: str) -> list[str]:
        """All lines up to and with ``last``."""
        lines = [self.next()]
        while lines[-1] != last:
            lines.append(self.next())
        return lines

    def is_silent(self, seconds: float) -> bool:
        """Whether nothing comes for a while."""
        try:
            self._lines.get(timeout=seconds)
        except Empty:
            return True
        return False

    def speak(self, command: str, text: str) -> list[str]:
        """Have something spoken to its end; return the events."""
        self.pcm = b""
        self.send(f"{command}\n{text}\n.\n")
        assert self.next() == "202 OK RECEIVING MESSAGE"
        assert self.next() == "200 OK SPEAKING"
        events = self.until("702 END")
        assert events[0] == "701 BEGIN"
        return events

    @property
    def samples(self) -> NDArray[np.int16]:
        return np.frombuffer(self.pcm, "<i2")

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        assert self.process.stdin is not None and self.process.stdout is not None
        self._reader.join(10)
        self.process.stdin.close()
        self.process.stdout.close()


def _unescaped(data: bytes) -> bytes:
    out = bytearray()
    is_escaped = False
    for byte in data:
        if byte == 0x7D and not is_escaped:
            is_escaped = True
            continue
        out.append(byte ^ 0x20 if is_escaped else byte)
        is_escaped = False
    return bytes(out)


@pytest.fixture(scope="package")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A home of its own: no daemon of this machine is found."""
    home = tmp_path_factory.mktemp("home")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    (home / "run").mkdir(mode=0o700)
    root = str(Path(__file__).parents[3])
    return {
        **kept,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "PYTHONPATH": root,
    }


@pytest.fixture
def server(environment: dict[str, str]) -> Iterator[Server]:
    started = Server(environment)
    try:
        started.send(HANDSHAKE)
        started.until("203 OK AUDIO INITIALIZED")
        yield started
    finally:
        started.end()
