"""What every benchmark prints first: the machine and the versions measured."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("edge-tts-runtime", "numpy", "onnxruntime", "openvino")


@dataclass(frozen=True)
class Machine:
    """Facts that make a figure comparable with another."""

    cpu: str
    isa: str
    """Rung that the runtime chose."""
    num_cpus: int
    """Processors that this process may use."""
    load_1m: float
    """Load average before the run; more than 0.5 spoils a benchmark."""
    python: str
    versions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def here(cls) -> Machine:
        """Describe this machine."""
        from edge_tts.cpu import current_isa

        versions = {}
        for package in _PACKAGES:
            try:
                versions[package] = version(package)
            except PackageNotFoundError:
                versions[package] = "not installed"
        return cls(
            cpu=_cpu_name(),
            isa=current_isa().value,
            num_cpus=len(os.sched_getaffinity(0)),
            load_1m=os.getloadavg()[0],
            python=platform.python_version(),
            versions=versions,
        )

    def to_dict(self) -> dict[str, object]:
        """As JSON wants it."""
        return asdict(self)

    def __str__(self) -> str:
        packages = ", ".join(f"{k} {v}" for k, v in self.versions.items())
        return (
            f"{self.cpu}, {self.num_cpus} CPUs, isa {self.isa}, "
            f"load {self.load_1m:.2f}\nPython {self.python}, {packages}"
        )


def _cpu_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith(("model name", "Model")):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
