"""A daemon under twice the load it can bear: nothing breaks, nothing grows.

    python -m benchmarks.serve_load --minutes 30 [--json FILE] [--plot FILE] [--check]

Requests arrive at random over every door: speech that is compared with what this
process makes of the same text, texts in pieces, clients that hang up in the middle,
that read slowly, that send nonsense, that stop in half a request, and client processes
that are killed. Memory, descriptors, threads and the queue of the daemon are sampled.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from benchmarks.daemon_process import DaemonProcess, running_daemon
from benchmarks.line_plot import write_plot
from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish
from benchmarks.serve_load_client import expected_speech

_MAX_JOBS = 64
_CONFIG = (
    f"[limits]\nmax_jobs = {_MAX_JOBS}\nmax_ahead_s = 5\nstall_timeout_s = 20\n"
    "[cache]\nsize_mb = 24\n"
)
_NUM_CLIENTS = 3
_CAPACITY_S = 12.0
_WARM_S = 20.0
_SAMPLE_S = 2.0
_KILL_S = 4.0


def main() -> int:
    """Run the load, print the table; the exit code says whether ``--check`` passed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve_load")
    add_arguments(parser)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="PNG or SVG")
    parser.add_argument("--samples", type=Path, metavar="FILE", help="of the plot")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    machine = Machine.here()
    with tempfile.TemporaryDirectory() as folder:
        facts = Path(folder) / "facts.json"
        facts.write_text(json.dumps(expected_speech()))
        with running_daemon(_CONFIG) as daemon:
            load = _Load(daemon, facts, arguments.seed)
            rows = load.run(arguments.minutes * 60.0)
    if arguments.samples:
        arguments.samples.write_text(json.dumps(load.series), encoding="utf-8")
    if arguments.plot:
        write_plot(arguments.plot, "minutes", load.series)
    details = [Row(f"seen.{name}", float(n), "") for name, n in load.counts.items()]
    return publish("benchmarks.serve_load", rows, arguments, machine, details)


class _Load:
    """Client processes, their answers, and samples of the daemon."""

    def __init__(self, daemon: DaemonProcess, facts: Path, seed: int) -> None:
        self._daemon = daemon
        self._facts = facts
        self._random = random.Random(seed)
        self._process = psutil.Process(daemon.pid)
        self._readers: list[threading.Thread] = []
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.series: dict[str, list[tuple[float, float]]] = {}

    def run(self, seconds: float) -> list[Row]:
        capacity = self._capacity()
        rate = 2.0 * capacity / _NUM_CLIENTS
        print(f"capacity {capacity:.1f} requests/s, offered {2 * capacity:.1f}")
        # Pools of threads fill up to their bound, each door allocates what it keeps.
        clients = [self._client(rate) for _ in range(_NUM_CLIENTS)]
        time.sleep(_WARM_S)
        self._end(clients)
        quiet = self._settled()
        clients = [self._client(rate) for _ in range(_NUM_CLIENTS)]
        started = time.monotonic()
        next_kill = started + _KILL_S
        while (now := time.monotonic()) < started + seconds:
            self._sample((now - started) / 60.0)
            if now > next_kill:
                next_kill = now + self._random.expovariate(1 / _KILL_S)
                victim = self._random.randrange(len(clients))
                clients[victim].kill()
                clients[victim].wait()
                clients[victim] = self._client(rate)
                self.counts["clients killed"] += 1
            time.sleep(_SAMPLE_S)
        self._end(clients)
        after = self._settled()
        return self._rows(capacity, quiet, after)

    def _rows(
        self, capacity: float, quiet: dict[str, float], after: dict[str, float]
    ) -> list[Row]:
        counts = self.counts
        log = self._daemon.log.read_text(encoding="utf-8", errors="replace")
        errors = [line for line in log.splitlines() if line.startswith("<3>")]
        for line in errors[:10]:
            print("daemon:", line, file=sys.stderr)
        growth = self._growth("rss_mb")
        queue = max(value for _, value in self.series["jobs"])
        return [
            Row("capacity", capacity, "req/s"),
            Row("answered", float(counts["right"]), ""),
            Row("wrong_audio", float(counts["wrong"]), "", target=0.0),
            Row("unexpected_answers", float(counts["unexpected"]), "", target=0.0),
            Row("daemon_errors", float(len(errors)), "", target=0.0),
            Row(
                "refused_as_overloaded",
                float(counts["overloaded"]),
                "",
                target=1.0,
                at_least=True,
            ),
            Row("queue_max", queue, "jobs", target=float(_MAX_JOBS)),
            Row("rss_growth_of_last_half", growth, "MB", target=8.0),
            Row("rss_left", after["rss_mb"] - quiet["rss_mb"], "MB", target=24.0),
            Row("rss_max", max(v for _, v in self.series["rss_mb"]), "MB"),
            Row(
                "descriptors_left",
                after["descriptors"] - quiet["descriptors"],
                "",
                target=2.0,
            ),
            Row("threads_left", after["threads"] - quiet["threads"], "", target=2.0),
        ]

    def _growth(self, name: str) -> float:
        """Medians of the last quarter and the third one's: what still grows late."""
        values = [value for _, value in self.series[name]]
        quarter = max(len(values) // 4, 1)
        late = statistics.median(values[-quarter:])
        return late - statistics.median(values[-2 * quarter : -quarter] or values)

    def _capacity(self) -> float:
        """Requests per second of clients that ask as fast as they are answered."""
        before = self.counts["right"]
        client = self._client(0.0)
        time.sleep(_CAPACITY_S)
        self._end([client])
        return max((self.counts["right"] - before) / _CAPACITY_S, 1.0)

    def _end(self, clients: list[subprocess.Popen[bytes]]) -> None:
        for client in clients:
            client.terminate()
            client.wait()
        for reader in self._readers:
            reader.join(10.0)

    def _client(self, rate: float) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "benchmarks.serve_load_client"]
        options = {
            "socket": str(self._daemon.socket_path),
            "http": self._daemon.http_port,
            "wyoming": self._daemon.wyoming_port,
            "facts": str(self._facts),
            "rate": rate,
            "seed": self._random.randrange(1 << 30),
        }
        client = subprocess.Popen(
            [*command, json.dumps(options)], stdout=subprocess.PIPE, env=os.environ
        )
        reader = threading.Thread(target=self._read, args=(client,), daemon=True)
        reader.start()
        self._readers = [r for r in self._readers if r.is_alive()] + [reader]
        return client

    def _read(self, client: subprocess.Popen[bytes]) -> None:
        assert client.stdout is not None
        with client.stdout:
            for line in client.stdout:
                try:
                    outcome, detail = json.loads(line)
                except ValueError:
                    # The last line of a client that was killed.
                    continue
                with self._lock:
                    self.counts[outcome] += 1
                if outcome in ("wrong", "unexpected"):
                    print(f"{outcome}: {detail}", file=sys.stderr)

    def _sample(self, minute: float) -> None:
        status = self._status()
        jobs = sum(status["active"].values()) + sum(status["waiting"].values())
        values = {
            "rss_mb": self._process.memory_info().rss / 1e6,
            "descriptors": float(self._process.num_fds()),
            "threads": float(self._process.num_threads()),
            "jobs": float(jobs),
        }
        for name, value in values.items():
            self.series.setdefault(name, []).append((minute, value))

    def _settled(self) -> dict[str, float]:
        """Descriptors and threads once nobody is connected any more."""
        deadline = time.monotonic() + 45.0
        while time.monotonic() < deadline:
            status = self._status()
            if not sum(status["active"].values()) + sum(status["waiting"].values()):
                break
            time.sleep(0.2)
        time.sleep(3.0)
        return {
            "descriptors": float(self._process.num_fds()),
            "threads": float(self._process.num_threads()),
            "rss_mb": self._process.memory_info().rss / 1e6,
        }

    def _status(self) -> dict[str, Any]:
        return self._daemon.client.status()


if __name__ == "__main__":
    sys.exit(main())
