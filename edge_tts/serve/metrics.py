"""Owns Metrics: what the daemon counts, in the text format that Prometheus reads.

The names here are an interface: dashboards and alerts are built on them, and
``data/grafana.json`` is checked against them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from edge_tts.serve.machine_collector import MachineCollector
from edge_tts.serve.status_collector import StatusCollector

if TYPE_CHECKING:
    from edge_tts.serve.job_report import JobReport
    from edge_tts.serve.status import BrokerStatus

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of what ``Metrics.render`` returns."""

# From the fastest first audio measured (2 ms) to what nobody waits for.
_LATENCY_BUCKETS = (
    *(0.002, 0.005, 0.01, 0.015, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0),
)
# 1.0 is the edge: above it speech is made slower than it is heard.
_RTF_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 2.0, 5.0)


class Metrics:
    """Counters of one daemon; every method may be called from any thread.

    Args:
        status: Asked for the state of the broker at every scrape.
    """

    def __init__(self, status: Callable[[], BrokerStatus] | None = None) -> None:
        # Not the library's global registry: two daemons of one test must not mix.
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(MachineCollector())
        if status is not None:
            registry.register(StatusCollector(status))
        self._jobs = Counter(
            "edgetts_requests",
            "Speech requests that ended: done, cancelled, deadline, failed or refused",
            ["outcome", "priority"],
            registry=registry,
        )
        self._rejected = Counter(
            "edgetts_rejected",
            "Speech requests that were not taken on: overloaded or not_ready",
            ["reason"],
            registry=registry,
        )
        self._first_audio = Histogram(
            "edgetts_first_audio_seconds",
            "From the request to its first samples",
            ["priority"],
            buckets=_LATENCY_BUCKETS,
            registry=registry,
        )
        self._wait = Histogram(
            "edgetts_wait_seconds",
            "From the request to the first work on it",
            ["priority"],
            buckets=_LATENCY_BUCKETS,
            registry=registry,
        )
        self._rtf = Histogram(
            "edgetts_rtf",
            "Worker seconds per second of audio of one request, not from the cache",
            buckets=_RTF_BUCKETS,
            registry=registry,
        )
        self._audio = Counter(
            "edgetts_audio_seconds",
            "Speech delivered",
            ["voice", "source"],
            registry=registry,
        )
        self._work = Counter(
            "edgetts_synthesis_seconds",
            "Time that workers spent making speech",
            ["voice"],
            registry=registry,
        )
        self._answers = Counter(
            "edgetts_door_requests",
            "Requests that a door answered, with its protocol's status",
            ["door", "status"],
            registry=registry,
        )
        self._connections = Gauge(
            "edgetts_connections", "Open connections", ["door"], registry=registry
        )
        self._underruns = Counter(
            "edgetts_underruns", "Gaps in playback through a speaker", registry=registry
        )
        self._reloads = Counter(
            "edgetts_reloads",
            "Reloads of configuration and voices",
            ["outcome"],
            registry=registry,
        )
        for outcome in ("done", "cancelled", "deadline", "failed", "refused"):
            # Rates of what never happened are 0, not absent.
            self._jobs.labels(outcome, "normal")

    def finished(self, report: JobReport) -> None:
        """Count one request that has ended."""
        priority = report.priority.name.lower()
        self._jobs.labels(report.outcome, priority).inc()
        self._wait.labels(priority).observe(report.waited_ms / 1e3)
        if report.first_audio_ms is not None:
            self._first_audio.labels(priority).observe(report.first_audio_ms / 1e3)
        if report.rtf is not None:
            self._rtf.observe(report.rtf)
        source = "cache" if report.is_cached else "synthesis"
        self._audio.labels(report.voice, source).inc(max(report.audio_seconds, 0.0))
        self._work.labels(report.voice).inc(max(report.synthesis_seconds, 0.0))

    def rejected(self, reason: str) -> None:
        """Count one request that was not taken on: ``overloaded`` or ``not_ready``."""
        self._rejected.labels(reason).inc()

    def answered(self, door: str, status: str | int) -> None:
        """Count one answer of a door: ``http``, ``wyoming``, ``socket``."""
        self._answers.labels(door, str(status)).inc()

    @contextlib.contextmanager
    def connection(self, door: str) -> Iterator[None]:
        """Count a connection as open inside the ``with`` block."""
        gauge = self._connections.labels(door)
        gauge.inc()
        try:
            yield
        finally:
            gauge.dec()

    def underran(self, count: int) -> None:
        """Count gaps that a listener at a speaker heard."""
        self._underruns.inc(count)

    def reloaded(self, outcome: str) -> None:
        """Count one reload: ``done`` or ``failed``."""
        self._reloads.labels(outcome).inc()

    def render(self) -> bytes:
        """Return all of it as ``CONTENT_TYPE``."""
        return generate_latest(self._registry)
