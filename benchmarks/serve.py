"""The daemon: first audio by door and number of clients, throughput, fairness.

    python -m benchmarks.serve [--json FILE] [--check] [--requests 48]

Clients ask again as soon as they have heard the last one to its end, without a pause:
16 of them keep every worker busy. The phrase cache is off.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.daemon_process import DaemonProcess, running_daemon
from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish
from benchmarks.serve_clients import Speak, Spoken, doors, speak_socket

SENTENCES = Path(__file__).with_name("data") / "book_sentences.txt"
_CONFIG = "[cache]\nenabled = false\n[limits]\nmax_wait_batch_s = 100000\n"


def main() -> int:
    """Measure and print; the exit code says whether ``--check`` passed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve")
    add_arguments(parser)
    parser.add_argument("--requests", type=int, default=48, help="of every client")
    arguments = parser.parse_args()
    machine = Machine.here()
    with running_daemon(_CONFIG) as daemon:
        rows = asyncio.run(_measure(daemon, arguments.requests))
    return publish("benchmarks.serve", rows, arguments, machine)


async def _measure(daemon: DaemonProcess, num_requests: int) -> list[Row]:
    rows: list[Row] = []
    texts = itertools.cycle(SENTENCES.read_text(encoding="utf-8").split("\n")[:-1])
    for name, speak in doors(daemon).items():
        for _ in range(8):
            await speak(next(texts), "interactive")
        for num_clients in (1, 4, 16):
            rows += await _door_rows(name, speak, texts, num_clients, num_requests)
    rows += await _fairness_rows(daemon, texts)
    return rows


async def _door_rows(
    name: str, speak: Speak, texts: Iterator[str], num_clients: int, num_requests: int
) -> list[Row]:
    # As many requests in all, whatever the number of clients.
    each = max(num_requests * 4 // (num_clients + 3), 6)

    async def listen() -> list[Spoken]:
        return [await speak(next(texts), "interactive") for _ in range(each)]

    started = time.perf_counter()
    lists = await asyncio.gather(*(listen() for _ in range(num_clients)))
    heard = list(itertools.chain.from_iterable(lists))
    wall_s = time.perf_counter() - started
    first_ms = [spoken.first_audio_s * 1e3 for spoken in heard]
    audio_s = sum(spoken.audio_s for spoken in heard)
    head = f"{name}.{num_clients}_clients"
    alone = num_clients == 1
    limit = {"socket": 20.0, "http": 30.0, "wyoming": 30.0}[name]
    return [
        Row(
            f"{head}.first_audio_p50",
            percentile(first_ms, 50),
            "ms",
            target=limit if alone else None,
        ),
        Row(f"{head}.first_audio_p95", percentile(first_ms, 95), "ms"),
        Row(f"{head}.first_audio_p99", percentile(first_ms, 99), "ms"),
        Row(f"{head}.throughput", audio_s / wall_s, "s/s"),
    ]


async def _fairness_rows(daemon: DaemonProcess, texts: Iterator[str]) -> list[Row]:
    """An interactive request every 100 ms while 8 batch jobs keep all workers busy."""
    long_text = " ".join(itertools.islice(texts, 400))
    batch = [
        asyncio.ensure_future(speak_socket(daemon, long_text, "batch"))
        for _ in range(8)
    ]
    await asyncio.sleep(1.0)
    first_ms = []
    for _ in range(60):
        spoken = await speak_socket(daemon, next(texts), "interactive")
        first_ms.append(spoken.first_audio_s * 1e3)
        await asyncio.sleep(0.1)
    still_busy = sum(not job.done() for job in batch)
    started = time.perf_counter()
    for job in batch:
        job.cancel()
    await asyncio.gather(*batch, return_exceptions=True)
    while sum((await asyncio.to_thread(daemon.client.status))["active"].values()):
        await asyncio.sleep(0.001)
    freed_ms = (time.perf_counter() - started) * 1e3
    return [
        Row("fairness.batch_jobs_running", still_busy, "", target=8, at_least=True),
        Row("fairness.first_audio_p50", percentile(first_ms, 50), "ms"),
        Row("fairness.first_audio_p99", percentile(first_ms, 99), "ms", target=150.0),
        Row("fairness.first_audio_max", max(first_ms), "ms"),
        Row("cancel.8_jobs_freed_after", freed_ms, "ms"),
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share / 100), len(ordered) - 1)]


if __name__ == "__main__":
    sys.exit(main())
