from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest

pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")

from prometheus_client.parser import text_string_to_metric_families

from edge_tts.serve.metrics import Metrics
from tests.serve.test_metrics import STATUS, report

# Labels that Prometheus adds, and histograms'.
OWN_LABELS = {"instance", "le"}


def dashboard() -> dict[str, Any]:
    data = resources.files("edge_tts.serve") / "data" / "grafana.json"
    loaded: dict[str, Any] = json.loads(data.read_text(encoding="utf-8"))
    return loaded


def expressions() -> list[str]:
    return [t["expr"] for panel in dashboard()["panels"] for t in panel["targets"]]


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """Every sample name that the daemon shows, with its labels."""
    metrics = Metrics(lambda: STATUS)
    metrics.finished(report())
    metrics.rejected("overloaded")
    metrics.answered("http", 200)
    metrics.reloaded("done")
    with metrics.connection("http"):
        text = metrics.render().decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        # Heat is not told by every machine: the family is there, samples may not be.
        is_counter = family.type == "counter"
        found.setdefault(f"{family.name}_total" if is_counter else family.name, set())
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    found["edgetts_temperature_celsius"].add("sensor")
    found["edgetts_cpu_throttled"].add("cause")
    return found


def test_every_query_names_metrics_that_exist(labels: dict[str, set[str]]) -> None:
    for expression in expressions():
        names = re.findall(r"\b(?:edgetts|process)_\w+", expression)
        assert names, expression
        for name in names:
            assert name in labels, f"{name} in {expression}"


def test_every_label_of_a_query_exists(labels: dict[str, set[str]]) -> None:
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            names = re.findall(r"\b(?:edgetts|process)_\w+", target["expr"])
            known = set.union(OWN_LABELS, *(labels[name] for name in names))
            grouped = re.findall(r"\bby \(([^)]*)\)", target["expr"])
            shown = re.findall(r"{{(\w+)}}", target.get("legendFormat", ""))
            wanted = {label for group in grouped for label in group.split(", ")}
            assert wanted | set(shown) <= known, target


def test_every_metric_of_ours_is_shown(labels: dict[str, set[str]]) -> None:
    shown = " ".join(expressions())
    text = json.dumps(dashboard())
    for name in labels:
        base = re.sub(r"_(bucket|count|sum|created)$", "", name)
        if base.startswith("edgetts_"):
            assert base in shown or base in text, name


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
