"""Kernel tables to test: every instruction set that was built and runs here."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from edge_tts.cpu.features import cpu_features
from edge_tts.cpu.isa import Isa
from edge_tts.cpu.native_library import LIBRARY_PATH, native_library
from edge_tts.cpu.select import supported_isas
from scripts.build_kernels import build_library
from tests.kernels.kernel_table import KernelTable

EVEX = "avx_vnni_as_evex"
"""The avx_vnni sources in AVX-512's encoding, for CPUs that have VNNI only there."""


def runnable() -> list[str]:
    """Tables to test here."""
    supported = supported_isas(cpu_features())
    names = [isa.value for isa in supported if isa in native_library().built]
    if Isa.AVX512_VNNI in supported and Isa.AVX_VNNI not in supported:
        names.append(EVEX)
    return names


@pytest.fixture(scope="session", params=runnable() or ["none"])
def table(request: pytest.FixtureRequest) -> KernelTable:
    """The table of one instruction set."""
    library = native_library()
    if library.handle is None:
        pytest.skip(library.reason)
    if request.param == EVEX:
        return KernelTable(request.getfixturevalue("evex_library"), "avx_vnni")
    # A handle of its own: argument types belong to a handle, and the runtime's differ.
    return KernelTable(ctypes.CDLL(str(LIBRARY_PATH)), request.param)


@pytest.fixture(scope="session")
def evex_library() -> ctypes.CDLL:
    """The library built with its avx_vnni sources as AVX-512 code."""
    build = Path(__file__).resolve().parents[2] / "build" / "kernels_evex"
    output = build / "libedge_kernels.so"
    build_library(output, evex=True, objects=build / "objects")
    return ctypes.CDLL(str(output))
