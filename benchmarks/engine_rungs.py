"""The instruction sets a benchmark can force here, and how peers are held to them."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.limits.probes import EVEX_PROBES, PROBES, Probes
from edge_tts.backends.native_kernels import NativeKernels, native_kernels
from edge_tts.cpu import (
    Isa,
    cpu_features,
    current_isa,
    native_library,
    supported_isas,
)
from scripts.build_kernels import build_library

_ONEDNN: Final = {
    Isa.AVX2: "AVX2",
    Isa.AVX_VNNI: "AVX2_VNNI",
    Isa.AVX512: "AVX512_CORE",
    Isa.AVX512_VNNI: "AVX512_CORE_VNNI",
}
"""What oneDNN, and with it OpenVINO, calls them in ONEDNN_MAX_CPU_ISA."""


@dataclass(frozen=True)
class Rung:
    """One instruction set to measure."""

    isa: Isa
    """Of the native kernels."""
    evex: bool = False
    """Whether its sources are built as AVX-512 code, for CPUs without the rung."""

    @property
    def name(self) -> str:
        """For rows and command lines."""
        return self.isa.value

    @property
    def is_own(self) -> bool:
        """Whether the runtime would choose it here by itself."""
        return self.isa is current_isa()

    @property
    def probes(self) -> Probes:
        """The loops that bound it."""
        return EVEX_PROBES if self.evex else PROBES[self.isa]

    def environment(self) -> dict[str, str]:
        """Variables that hold the runtime and oneDNN to it; none for the own rung."""
        if self.is_own:
            return {}
        held = {"ONEDNN_MAX_CPU_ISA": _ONEDNN[self.isa]} if self.isa in _ONEDNN else {}
        return held if self.evex else {**held, "EDGE_TTS_ISA": self.isa.value}

    def kernels(self, folder: Path) -> NativeKernels:
        """Returns the kernels.

        Args:
            folder: where :func:`prepare` built what the runtime's library lacks.
        """
        if not self.evex:
            return native_kernels(self.isa)
        return NativeKernels(ctypes.CDLL(str(_evex_library(folder))), self.isa)


def rungs_here() -> list[Rung]:
    """Returns the vector rungs that run here, the own one first."""
    supported = supported_isas(cpu_features())
    built = native_library().built
    rungs = [Rung(isa) for isa in supported if isa in built and isa in PROBES]
    if Isa.AVX512_VNNI in supported and Isa.AVX_VNNI not in supported:
        rungs.append(Rung(Isa.AVX_VNNI, evex=True))
    return sorted(rungs, key=lambda rung: (not rung.is_own, rung.name))


def prepare(rungs: Sequence[Rung], folder: Path) -> None:
    """Builds the kernels that the runtime's library lacks.

    Raises:
        BuildError: no compiler.
    """
    if any(rung.evex for rung in rungs):
        build_library(_evex_library(folder), evex=True)


def _evex_library(folder: Path) -> Path:
    return folder / "libedge_kernels_evex.so"
