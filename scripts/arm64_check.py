#!/usr/bin/env python3
"""Checks, as emulated arm64 code, that the expected instruction set is chosen."""

from __future__ import annotations

import sys

from edge_tts.cpu import (
    cpu_features,
    current_isa,
    native_library,
    select_isa,
    supported_isas,
)
from edge_tts.cpu.features import from_procfs
from edge_tts.cpu.isa import ladder
from edge_tts.errors import UnsupportedIsaError


def main() -> int:
    """Argument: the expected name; returns the exit status."""
    expected = sys.argv[1]
    native, procfs = cpu_features(), from_procfs()
    print(f"{native.model_name}: {' '.join(sorted(native.flags))}")
    print(f"built: {' '.join(sorted(isa.value for isa in native_library().built))}")
    problems = []
    if native.source != "native":
        problems.append(f"facts come from {native.source}: {native_library().reason}")
    if procfs is None or procfs.flags != native.flags - {"sve"}:
        problems.append(f"/proc/cpuinfo says {procfs}")
    if current_isa().value != expected:
        problems.append(f"expected {expected}, chose {current_isa()}")
    for isa in ladder("aarch64"):
        if isa in supported_isas(native):
            continue
        try:
            select_isa(native, native_library().built, isa.value)
        except UnsupportedIsaError:
            continue
        problems.append(f"{isa} was not refused")
    print("\n".join(problems) or f"chose {expected}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
