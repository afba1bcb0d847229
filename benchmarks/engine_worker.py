"""Measures all networks in a process held to one instruction set; called by the engine.

    python -m benchmarks.engine_worker TASK.json

A process of its own, because runtimes choose their instruction set once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.engine_graphs import PeerGraph
from benchmarks.engine_measure import Measurement, Settings, measure
from benchmarks.engine_networks import load_network
from benchmarks.engine_rungs import Rung
from benchmarks.limits.machine_limits import MachineLimits, cache_sizes
from benchmarks.limits.probes import ProbeLibrary
from edge_tts.cpu import Isa


@dataclass(frozen=True)
class Task:
    """What one process has to do."""

    rung: Rung
    """Instruction set."""
    folder: Path
    """Peers' graphs and what else was built; results go there."""
    rows: tuple[int, ...]
    """Rows per call, in order."""
    graphs: Mapping[str, Sequence[PeerGraph]]
    """Network -> the peers' files."""
    settings: Settings
    """How long to measure."""
    hifigan: Path | None = None
    """File of HiFi-GAN; None for the usual place."""

    @property
    def result_path(self) -> Path:
        """Where the results go."""
        return self.folder / f"{self.rung.name}.result.json"

    def write(self) -> Path:
        """Writes the task and returns its path."""
        path = self.folder / f"{self.rung.name}.task.json"
        text = json.dumps(asdict(self), default=str)
        path.write_text(text, encoding="utf-8")
        return path

    @classmethod
    def read(cls, path: Path) -> Task:
        """Reads what :meth:`write` wrote."""
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            rung=Rung(Isa(data["rung"]["isa"]), data["rung"]["evex"]),
            folder=Path(data["folder"]),
            rows=tuple(data["rows"]),
            graphs={
                name: [PeerGraph(**{**g, "path": Path(g["path"])}) for g in graphs]
                for name, graphs in data["graphs"].items()
            },
            settings=Settings(**data["settings"]),
            hifigan=None if data["hifigan"] is None else Path(data["hifigan"]),
        )


@dataclass
class Result:
    """What one process found."""

    limits: dict[str, float] = field(default_factory=dict)
    """``L1 GB/s`` and so on, ``int8 GOP/s``, ``fp32 GOP/s``."""
    measurements: list[Measurement] = field(default_factory=list)
    """Everything that was timed."""
    problems: list[str] = field(default_factory=list)
    """Who could not be measured, and why."""

    def write(self, path: Path) -> None:
        """Writes it as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Result:
        """Reads what :meth:`write` wrote."""
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = [Measurement(**entry) for entry in data["measurements"]]
        return cls(data["limits"], found, data["problems"])


def run_task(task: Task) -> Result:
    """Measures everything a task asks for."""
    limits = MachineLimits(ProbeLibrary(), task.rung.probes, task.settings.num_threads)
    kernels = task.rung.kernels(task.folder)
    result = Result()
    levels = cache_sizes()
    limits.take(list(levels.values()))
    for name, graphs in task.graphs.items():
        network = load_network(name, task.hifigan)
        for num_rows in task.rows:
            found, problems = measure(
                name, network, num_rows, graphs, kernels, limits, task.settings
            )
            result.measurements += found
            result.problems += problems
            native = found[0]
            print(
                f"{task.rung.name} {name} {num_rows} rows: native "
                f"{native.median * 1e6:.0f} us",
                file=sys.stderr,
            )
    result.limits = {
        **{f"{k} GB/s": limits.bandwidth(n) / 1e9 for k, n in levels.items()},
        "int8 GOP/s": limits.int8_peak / 1e9,
        "fp32 GOP/s": limits.fp32_peak / 1e9,
    }
    return result


def main() -> int:
    """Run the task whose file is named."""
    task = Task.read(Path(sys.argv[1]))
    run_task(task).write(task.result_path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
