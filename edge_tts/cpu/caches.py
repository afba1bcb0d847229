"""Sizes of the CPU's caches as the system reports them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from edge_tts.cpu.topology import parse_cpus


class Cache(NamedTuple):
    """One cache that the first allowed CPU can use."""

    level: int
    """1, 2, 3 …"""
    kind: str
    """``data``, ``instruction`` or ``unified``."""
    num_bytes: int
    """Its size."""
    shared_by: int
    """Logical CPUs that share it."""


def read_caches(sys_root: Path = Path("/sys"), cpu: int = 0) -> tuple[Cache, ...]:
    """Caches of one logical CPU, innermost first; empty where sysfs has none."""
    caches: list[Cache] = []
    for folder in sorted(
        (sys_root / f"devices/system/cpu/cpu{cpu}/cache").glob("index*")
    ):
        level, size = _read(folder / "level"), _read(folder / "size")
        num_bytes = _parse_size(size)
        if not level.isdigit() or num_bytes == 0:
            continue
        shared = parse_cpus(_read(folder / "shared_cpu_list")) or (cpu,)
        kind = _read(folder / "type").lower() or "unified"
        caches.append(Cache(int(level), kind, num_bytes, len(shared)))
    return tuple(caches)


def _parse_size(text: str) -> int:
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    digits, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1)
    return int(digits) * unit if digits.isdigit() else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
