"""Owns MachineCollector: heat, throttling and threads, read when they are scraped."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge_tts.cpu.heat import read_heat


class MachineCollector(Collector):
    """What the machine tells of its heat; families stay empty where it tells nothing.

    Args:
        sys_folder: ``/sys`` or a tree like it.
    """

    def __init__(self, sys_folder: Path = Path("/sys")) -> None:
        self._sys_folder = sys_folder

    def collect(self) -> Iterable[Metric]:
        """Return one family per figure."""
        heat = read_heat(self._sys_folder)
        temperatures = GaugeMetricFamily(
            "edgetts_temperature_celsius", "Of one sensor", labels=["sensor"]
        )
        for sensor, celsius in heat.celsius.items():
            temperatures.add_metric([sensor], celsius)
        yield temperatures
        throttled = CounterMetricFamily(
            "edgetts_cpu_throttles", "Times that heat slowed a processor down"
        )
        if heat.num_throttles is not None:
            throttled.add_metric([], heat.num_throttles)
        yield throttled
        causes = GaugeMetricFamily(
            "edgetts_cpu_throttled",
            "1 while the board slows its processor down",
            labels=["cause"],
        )
        for cause, is_active in heat.causes.items():
            causes.add_metric([cause], float(is_active))
        yield causes
        clock = GaugeMetricFamily(
            "edgetts_cpu_clock_ratio", "Present clock over the highest, all processors"
        )
        if heat.clock_ratio is not None:
            clock.add_metric([], heat.clock_ratio)
        yield clock
        yield GaugeMetricFamily(
            "edgetts_threads", "Python threads", value=threading.active_count()
        )
