"""What a measurement depends on: the machine, its libraries, the pack."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import edge_tts
from edge_tts.backends.registry import BACKENDS
from edge_tts.cpu import cpu_features, current_isa, resource_limits, topology
from edge_tts.cpu.native_library import LIBRARY_PATH
from edge_tts.cpu.topology import format_cpus
from edge_tts.packs.manifest import Manifest


@dataclass(frozen=True, slots=True)
class MachineKey:
    """Facts that must be equal for times to hold."""

    cpu: str
    """Architecture, maker and model."""
    isa: str
    """Instruction set of the native kernels."""
    cpus: str
    """Logical CPUs that may be used, as the kernel lists them."""
    cpu_quota: float | None
    """CPUs the control group grants; None for no limit."""
    versions: Mapping[str, str]
    """Of this package, its kernel library and each backend's package."""

    @classmethod
    def here(cls) -> MachineKey:
        """The key of this process on this machine."""
        facts = cpu_features()
        return cls(
            cpu=" ".join(filter(None, (facts.machine, facts.vendor, facts.model_name))),
            isa=current_isa().value,
            cpus=format_cpus(topology().allowed),
            cpu_quota=resource_limits().cpus,
            versions=_versions(),
        )

    def difference(self, measured: MachineKey) -> str:
        """What differs from the key of a measurement; empty where nothing does."""
        for name, there, here in (
            ("CPU", measured.cpu, self.cpu),
            ("instruction set", measured.isa, self.isa),
            ("allowed CPUs", measured.cpus, self.cpus),
            ("CPU quota", measured.cpu_quota, self.cpu_quota),
        ):
            if there != here:
                return f"made for {name} {there}, here it is {here}"
        names = sorted({*measured.versions, *self.versions})
        for name in names:
            then, now = (
                key.versions.get(name, "not installed") for key in (measured, self)
            )
            if then != now:
                return f"made with {name} {then}, here it is {now}"
        return ""

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "cpu": self.cpu,
            "isa": self.isa,
            "cpus": self.cpus,
            "cpu_quota": self.cpu_quota,
            "versions": dict(self.versions),
        }


def pack_digest(manifest: Manifest) -> str:
    """Digest of a pack's files and of what it says about its variants."""
    files = sorted((name, file.sha256) for name, file in manifest.files.items())
    variants = [
        (
            stage.id,
            variant.label,
            variant.scheme,
            sorted(variant.files.items()),
            sorted(variant.quality.items()),
            variant.gate,
        )
        for stage in manifest.stages
        for variant in stage.variants
    ]
    value = repr((manifest.id, manifest.version, files, variants))
    return hashlib.blake2b(value.encode(), digest_size=16).hexdigest()


def _versions() -> dict[str, str]:
    # Imported by need: it costs milliseconds, and most starts have no plan to check.
    from importlib import metadata

    versions = {"edge_tts": edge_tts.__version__}
    for backend in BACKENDS.values():
        if backend.package:
            try:
                versions[backend.package] = metadata.version(backend.package)
            except metadata.PackageNotFoundError:
                continue
    try:
        kernels = LIBRARY_PATH.read_bytes()
        versions["kernels"] = hashlib.blake2b(kernels, digest_size=8).hexdigest()
    except OSError:
        pass
    return versions
