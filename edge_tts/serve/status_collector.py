"""Owns StatusCollector: the broker's state as gauges, read when they are scraped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from edge_tts.serve.status import BrokerStatus


class StatusCollector(Collector):
    """Asks the broker at every scrape, so that nothing has to be kept up to date."""

    def __init__(self, status: Callable[[], BrokerStatus]) -> None:
        self._status = status

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registration must not ask a broker that is not there yet."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return one family per figure."""
        status = self._status()
        yield _gauge(
            "edgetts_ready",
            "1 while requests are taken on",
            float(status.state == "ready"),
        )
        yield _gauge("edgetts_uptime_seconds", "Since the start", status.uptime_s)
        yield _gauge("edgetts_workers", "Threads that speak", status.num_workers)
        yield _gauge(
            "edgetts_workers_busy", "Threads in the middle of a chunk", status.num_busy
        )
        yield _gauge("edgetts_jobs_limit", "Most jobs taken on", status.max_jobs)
        yield _gauge(
            "edgetts_backlog_seconds",
            "Worker seconds that all jobs still need, predicted",
            status.backlog_s,
        )
        jobs = GaugeMetricFamily(
            "edgetts_jobs",
            "Jobs under way: active with a stream, waiting without",
            labels=["state", "priority"],
        )
        for state, counts in (("active", status.active), ("waiting", status.waiting)):
            for priority, count in counts.items():
                jobs.add_metric([state, priority.name.lower()], count)
        yield jobs
        yield from _cache(status)
        yield from _voices(status)


def _cache(status: BrokerStatus) -> Iterable[Metric]:
    for name, help_text, value in (
        ("edgetts_cache_hits", "Requests answered from the cache", status.cache_hits),
        ("edgetts_cache_misses", "Requests that were not in it", status.cache_misses),
    ):
        yield CounterMetricFamily(name, help_text, value=value)
    yield _gauge("edgetts_cache_bytes", "Size of the cache", status.cache_nbytes)
    yield _gauge("edgetts_cache_entries", "Phrases in it", status.cache_entries)


def _voices(status: BrokerStatus) -> Iterable[Metric]:
    nbytes = GaugeMetricFamily(
        "edgetts_voice_bytes", "Memory of a loaded pack, estimated", labels=["pack"]
    )
    variants = GaugeMetricFamily(
        "edgetts_variant_info",
        "1 for the variant (backend:precision) that runs a stage",
        labels=["pack", "stage", "variant", "isa"],
    )
    for voice in status.voices:
        nbytes.add_metric([voice.pack], voice.nbytes)
        for stage, variant in voice.variants.items():
            variants.add_metric([voice.pack, stage, variant, voice.isa], 1.0)
    yield nbytes
    yield variants


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)
