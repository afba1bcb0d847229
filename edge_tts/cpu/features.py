"""Facts about the CPU; it must not decide anything from them."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from edge_tts.cpu.native_library import native_library

FEATURES = (
    *("avx", "avx2", "fma", "f16c", "avx_vnni"),
    *("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni"),
    *("neon", "dotprod", "i8mm", "sve"),
)
"""Every feature that is looked for, in the order of ``et_cpu_features`` in C."""

# Where /proc/cpuinfo and py-cpuinfo use another word than we do.
_FEATURE_OF_FLAG = {
    "asimd": "neon",
    "asimddp": "dotprod",
    "avx512vnni": "avx512_vnni",
    "avxvnni": "avx_vnni",
}

# Implementer and part number of the cores on the boards of docs/boards.md.
_ARM_CORES = {
    ("0x41", "0xd03"): "Cortex-A53",
    ("0x41", "0xd05"): "Cortex-A55",
    ("0x41", "0xd07"): "Cortex-A57",
    ("0x41", "0xd08"): "Cortex-A72",
    ("0x41", "0xd09"): "Cortex-A73",
    ("0x41", "0xd0a"): "Cortex-A75",
    ("0x41", "0xd0b"): "Cortex-A76",
    ("0x41", "0xd0c"): "Neoverse-N1",
    ("0x41", "0xd40"): "Neoverse-V1",
    ("0x41", "0xd41"): "Cortex-A78",
    ("0x41", "0xd42"): "Cortex-A78AE",
    ("0x41", "0xd49"): "Neoverse-N2",
    ("0x4e", "0x003"): "Denver 2",
    ("0x4e", "0x004"): "Carmel",
}


class CpuFeatures(NamedTuple):
    """What the CPU can do and the operating system lets it do."""

    machine: str
    """Architecture of this process: ``x86_64``, ``aarch64``, or as Python names it."""
    vendor: str
    """Maker as the CPU or the kernel gives it, for instance ``AuthenticAMD``."""
    model_name: str
    """Name of the CPU or its cores; empty where nothing gives one."""
    flags: frozenset[str]
    """Those of ``FEATURES`` that are present."""
    source: str
    """Who was asked: ``native``, ``procfs``, ``py-cpuinfo``, or ``none``."""


class _NativeFacts(ctypes.Structure):
    """Mirror of ``et_cpu_features`` in kernels/cpu_features.h."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in FEATURES),
        ("vendor", ctypes.c_char * 16),
        ("model", ctypes.c_char * 64),
    )


@lru_cache(maxsize=1)
def cpu_features() -> CpuFeatures:
    """The facts of this machine, found once per process.

    The kernel library is asked first, then ``/proc/cpuinfo``, then py-cpuinfo, which
    takes a second and is therefore the last resort.
    """
    return from_native() or from_procfs() or from_py_cpuinfo() or _nothing_known()


def process_machine() -> str:
    """Architecture this process runs as, in the spelling of the ladders.

    A 32-bit Python on a 64-bit kernel counts as 32 bit, whatever ``uname`` says.
    """
    machine = os.uname().machine
    machine = {"AMD64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if sys.maxsize > 2**32:
        return machine
    return {"x86_64": "i686", "aarch64": "armv7l"}.get(machine, machine)


def from_native() -> CpuFeatures | None:
    """Facts by cpuid or getauxval through the kernel library; None without one."""
    library = native_library().handle
    if library is None:
        return None
    read = library.et_cpu_features_read
    read.argtypes = [ctypes.POINTER(_NativeFacts), ctypes.c_size_t]
    read.restype = ctypes.c_size_t
    facts = _NativeFacts()
    if read(ctypes.byref(facts), ctypes.sizeof(facts)) != 0:
        return None
    return CpuFeatures(
        machine=process_machine(),
        vendor=facts.vendor.decode("ascii", "replace"),
        model_name=facts.model.decode("ascii", "replace").strip() or _arm_model(),
        flags=frozenset(name for name in FEATURES if getattr(facts, name)),
        source="native",
    )


def from_procfs(path: Path = Path("/proc/cpuinfo")) -> CpuFeatures | None:
    """Facts as the Linux kernel prints them; None where it prints none."""
    processors = list(_read_processors(path))
    words = [
        set(fields.get("flags", fields.get("features", "")).split())
        for fields in processors
    ]
    if not any(words):
        return None
    first = processors[0]
    return CpuFeatures(
        machine=process_machine(),
        vendor=first.get("vendor_id", ""),
        model_name=first.get("model name", "") or _arm_core_names(processors),
        # A thread may run on any core, so only what all of them have counts.
        flags=_known_flags(set.intersection(*words)),
        source="procfs",
    )


def from_py_cpuinfo() -> CpuFeatures | None:
    """Facts as py-cpuinfo finds them, in about a second; None without the package."""
    try:
        import cpuinfo
    except ImportError:
        return None
    info = cpuinfo.get_cpu_info()
    flags = info.get("flags")
    if not flags:
        return None
    return CpuFeatures(
        machine=process_machine(),
        vendor=info.get("vendor_id_raw", ""),
        model_name=info.get("brand_raw", ""),
        flags=_known_flags(set(flags)),
        source="py-cpuinfo",
    )


def _nothing_known() -> CpuFeatures:
    return CpuFeatures(process_machine(), "", "", frozenset(), "none")


def _known_flags(words: set[str]) -> frozenset[str]:
    names = {_FEATURE_OF_FLAG.get(word, word) for word in words}
    return frozenset(names.intersection(FEATURES))


def _read_processors(path: Path) -> Iterator[dict[str, str]]:
    """One dict of lower-case keys per paragraph of a cpuinfo file."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for paragraph in text.split("\n\n"):
        pairs = (line.partition(":") for line in paragraph.splitlines())
        fields = {key.strip().lower(): value.strip() for key, _, value in pairs}
        if "processor" in fields:
            yield fields


def _arm_model() -> str:
    if process_machine() != "aarch64":
        return ""
    return _arm_core_names(list(_read_processors(Path("/proc/cpuinfo"))))


def _arm_core_names(processors: list[dict[str, str]]) -> str:
    """For instance ``4 x Cortex-A55, 4 x Cortex-A76``; empty for unknown parts."""
    counts: dict[str, int] = {}
    for fields in processors:
        part = (fields.get("cpu implementer", ""), fields.get("cpu part", ""))
        name = _ARM_CORES.get(part)
        if name is not None:
            counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{count} x {name}" for name, count in counts.items())
