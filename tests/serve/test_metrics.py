from __future__ import annotations

import pytest

pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")

from prometheus_client.parser import text_string_to_metric_families

from edge_tts.serve.job_report import JobReport
from edge_tts.serve.metrics import Metrics
from edge_tts.serve.request import Priority
from edge_tts.serve.status import BrokerStatus, VoiceStatus

STATUS = BrokerStatus(
    state="ready",
    uptime_s=12.5,
    num_workers=2,
    num_busy=1,
    active={Priority.INTERACTIVE: 1, Priority.NORMAL: 0, Priority.BATCH: 2},
    waiting={Priority.INTERACTIVE: 0, Priority.NORMAL: 0, Priority.BATCH: 7},
    max_jobs=128,
    backlog_s=3.25,
    rtf=0.01,
    voices=(
        VoiceStatus(
            pack="edge1-en",
            speakers=("kathleen",),
            num_jobs=1,
            nbytes=1000,
            variants={"vocoder": "native:int8"},
            threads=1,
            isa="avx2",
        ),
    ),
    cache_hits=4,
    cache_misses=6,
    cache_nbytes=2048,
    cache_entries=3,
)


def report(**changes: object) -> JobReport:
    values: dict[str, object] = {
        "outcome": "done",
        "voice": "edge1-en/kathleen",
        "priority": Priority.INTERACTIVE,
        "client": "somebody",
        "waited_ms": 3.0,
        "first_audio_ms": 12.0,
        "audio_seconds": 2.0,
        "synthesis_seconds": 0.02,
    }
    return JobReport(**{**values, **changes})  # type: ignore[arg-type]


def samples(metrics: Metrics) -> dict[str, float]:
    """Everything Prometheus reads, as ``name{label=value,...}`` -> value."""
    found = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def test_finished_requests_are_counted() -> None:
    metrics = Metrics()
    metrics.finished(report())
    metrics.finished(report(is_cached=True, synthesis_seconds=0.0))
    metrics.finished(report(outcome="cancelled", first_audio_ms=None))
    found = samples(metrics)
    assert found["edgetts_requests_total{outcome=done,priority=interactive}"] == 2
    assert found["edgetts_requests_total{outcome=cancelled,priority=interactive}"] == 1
    assert found["edgetts_requests_total{outcome=failed,priority=normal}"] == 0
    first = "edgetts_first_audio_seconds"
    assert found[f"{first}_count{{priority=interactive}}"] == 2
    assert found[f"{first}_bucket{{le=0.015,priority=interactive}}"] == 2
    assert found[f"{first}_bucket{{le=0.01,priority=interactive}}"] == 0
    # What came from the cache says nothing about speed.
    assert found["edgetts_rtf_count{}"] == 2
    voice = "voice=edge1-en/kathleen"
    assert found[f"edgetts_audio_seconds_total{{source=cache,{voice}}}"] == 2.0
    assert found[f"edgetts_synthesis_seconds_total{{{voice}}}"] == pytest.approx(0.04)


def test_state_is_read_when_scraped() -> None:
    found = samples(Metrics(lambda: STATUS))
    assert found["edgetts_ready{}"] == 1
    assert found["edgetts_jobs{priority=batch,state=waiting}"] == 7
    assert found["edgetts_jobs{priority=batch,state=active}"] == 2
    assert found["edgetts_cache_hits_total{}"] == 4
    assert found["edgetts_workers_busy{}"] == 1
    variant = "isa=avx2,pack=edge1-en,stage=vocoder,variant=native:int8"
    assert found[f"edgetts_variant_info{{{variant}}}"] == 1
    assert found["process_resident_memory_bytes{}"] > 1e6
    assert found["process_open_fds{}"] > 2


def test_doors_count_answers_and_connections() -> None:
    metrics = Metrics()
    with metrics.connection("http"):
        metrics.answered("http", 429)
        assert samples(metrics)["edgetts_connections{door=http}"] == 1
    metrics.rejected("overloaded")
    metrics.underran(2)
    metrics.reloaded("done")
    found = samples(metrics)
    assert found["edgetts_connections{door=http}"] == 0
    assert found["edgetts_door_requests_total{door=http,status=429}"] == 1
    assert found["edgetts_rejected_total{reason=overloaded}"] == 1
    assert found["edgetts_underruns_total{}"] == 2


def test_two_daemons_of_one_process_do_not_mix() -> None:
    first, second = Metrics(), Metrics()
    first.underran(3)
    assert samples(second)["edgetts_underruns_total{}"] == 0


def test_hostile_labels_stay_inside_their_quotes() -> None:
    metrics = Metrics()
    metrics.finished(report(voice='a"} 1\nedgetts_fake 7\\'))
    assert all(name.split("{")[0] != "edgetts_fake" for name in samples(metrics))
