"""Owns WorkerPool: processes that speak, started again when they die.

Keeps no more than a few requests per worker under way, so memory does not depend on
the length of the book. Answers come in the order they are finished.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final

from edge_tts.errors import BackendError
from edge_tts.options import RuntimeOptions

MAX_DEATHS: Final = 3
"""Times a request may take its worker down before it is given up."""
IN_FLIGHT: Final = 3
"""Requests a worker has at hand: it never waits for the narrator."""


@dataclass(frozen=True)
class Request:
    """Work for any worker."""

    id: str
    kind: str
    """``speak``, ``measure`` or ``render``."""
    fields: dict[str, Any]
    """JSON values."""


@dataclass(frozen=True)
class Answer:
    """What became of a request."""

    id: str
    result: dict[str, Any]
    data: bytes
    error: str = ""
    """Why there is no result; empty otherwise."""
    error_number: int | None = None
    """Of the operating system."""


class WorkerPool:
    """Runs requests in ``num_workers`` processes; a context manager.

    Args:
        num_workers: Processes.
        runtime: Pinned variants.
        lexicon: A user's pronunciations.
        nice: Added to the workers' niceness.
        recognise: Whether a recogniser listens to every take.
    """

    def __init__(
        self,
        num_workers: int,
        runtime: RuntimeOptions,
        lexicon: Path | None,
        nice: int = 10,
        *,
        recognise: bool = False,
    ) -> None:
        self._settings = {
            "runtime": asdict(runtime),
            "lexicon": None if lexicon is None else str(lexicon.absolute()),
            "nice": nice,
            "recognise": recognise,
        }
        self._num_workers = num_workers
        self._workers: list[_Worker] = []
        self.deaths = 0
        """Workers that ended by themselves so far."""

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.process.pid for worker in self._workers]

    def close(self) -> None:
        """End the workers without waiting for what they are doing."""
        while self._workers:
            self._workers.pop().end()

    def start(self, num_requests: int) -> None:
        """Start the workers that so many requests will need, side by side."""
        while len(self._workers) < min(self._num_workers, num_requests):
            self._workers.append(_Worker(self._settings))

    def run(
        self,
        requests: Iterable[Request],
        pause: Callable[[], None] = lambda: None,
        per_worker: int = IN_FLIGHT,
    ) -> Iterator[Answer]:
        """Yield an answer for every request, each once.

        Args:
            requests: Read only as fast as workers take them.
            pause: Called before a request is handed out; may block.
            per_worker: Requests a worker has at hand.

        Raises:
            BackendError: Workers die before they do anything.
        """
        source = iter(requests)
        retries: deque[_Pending] = deque()
        exhausted = False
        try:
            while True:
                while not exhausted or retries:
                    worker = self._idle_worker(per_worker)
                    if worker is None:
                        break
                    if retries:
                        pending = retries.popleft()
                    else:
                        request = next(source, None)
                        if request is None:
                            exhausted = True
                            continue
                        pending = _Pending(request)
                    pause()
                    worker.give(pending)
                busy = [worker for worker in self._workers if worker.pending]
                if not busy:
                    if exhausted and not retries:
                        return
                    continue
                ready = wait([worker.connection for worker in busy])
                for worker in busy:
                    if worker.connection in ready:
                        yield from self._collect(worker, retries)
        finally:
            # An abandoned run leaves answers in the sockets that belong to nobody.
            for worker in [w for w in self._workers if w.pending]:
                self._workers.remove(worker)
                worker.end()

    def _collect(self, worker: _Worker, retries: deque[_Pending]) -> Iterator[Answer]:
        try:
            answer = worker.receive()
        except (EOFError, OSError):
            self._workers.remove(worker)
            code = worker.end()
            self.deaths += 1
            if not worker.num_done and self.deaths > MAX_DEATHS * self._num_workers:
                raise BackendError(
                    f"workers end before they do anything ({_ending(code)}); try "
                    "--jobs 1, or look for memory with `free -m`"
                ) from None
            # The first is the one it was working on; the others only waited.
            first = worker.pending.popleft()
            first.deaths += 1
            retries.extend(worker.pending)
            worker.pending.clear()
            if first.deaths < MAX_DEATHS:
                retries.appendleft(first)
                return
            reason = f"it ended its worker {first.deaths} times ({_ending(code)})"
            yield Answer(first.request.id, {}, b"", reason)
            return
        yield answer

    def _idle_worker(self, per_worker: int) -> _Worker | None:
        least = min(self._workers, key=lambda w: len(w.pending), default=None)
        if len(self._workers) < self._num_workers and (least is None or least.pending):
            least = _Worker(self._settings)
            self._workers.append(least)
        assert least is not None
        return least if len(least.pending) < per_worker else None


@dataclass
class _Pending:
    request: Request
    deaths: int = 0


class _Worker:
    def __init__(self, settings: dict[str, Any]) -> None:
        ours, theirs = socket.socketpair()
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; "
            "from edge_tts.narrate.worker import serve; "
            f"serve({theirs.fileno()}, {os.getpid()})"
        )
        with theirs:
            # A fresh interpreter, not a fork: threads of libraries do not survive one.
            self.process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self.connection = Connection(ours.detach())
        self.pending: deque[_Pending] = deque()
        self.num_done = 0
        with contextlib.suppress(OSError):
            # If it is dead already, ``receive`` finds out.
            self.connection.send_bytes(json.dumps(settings).encode())

    def give(self, pending: _Pending) -> None:
        self.pending.append(pending)
        request = {"kind": pending.request.kind, "fields": pending.request.fields}
        try:
            self.connection.send_bytes(json.dumps(request).encode())
        except OSError:
            # It is dead; ``receive`` finds out and the request is given again.
            return

    def receive(self) -> Answer:
        answer = json.loads(self.connection.recv_bytes())
        data = self.connection.recv_bytes()
        request = self.pending.popleft().request
        self.num_done += 1
        return Answer(
            request.id,
            answer.get("result", {}),
            data,
            answer.get("error", ""),
            answer.get("errno"),
        )

    def end(self) -> int:
        self.connection.close()
        self.process.kill()
        return self.process.wait()


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    hint = ", perhaps for want of memory" if code == -9 else ""
    return f"signal {-code}{hint}"


def default_num_workers() -> int:
    """Processors this process may use, as far as memory allows 300 MB each."""
    import psutil

    cpus = len(os.sched_getaffinity(0))
    memory = int(psutil.virtual_memory().available) // (300 << 20)
    return max(1, min(cpus, memory))
