"""What the system says about huge pages; asks for none."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

_SETTING = "sys/kernel/mm/transparent_hugepage/enabled"
_ROLLUP = "proc/self/smaps_rollup"


class HugePageState(NamedTuple):
    """Huge pages of the system and of this process."""

    mode: str
    """``always``, ``madvise`` (who asks gets them), ``never``, or ``none`` where the
    kernel has none."""
    granted_nbytes: int
    """Memory of this process that lies on huge pages now."""


def huge_page_state() -> HugePageState:
    """The state as it is now."""
    return read_huge_page_state(Path("/"))


def read_huge_page_state(root: Path) -> HugePageState:
    """Read the state from a file system tree.

    Args:
        root: ``/`` or a tree with ``sys/kernel/mm`` and ``proc/self``.
    """
    setting = _read(root / _SETTING)
    mode = setting.partition("[")[2].partition("]")[0] or "none"
    granted = 0
    for line in _read(root / _ROLLUP).splitlines():
        name, _, value = line.partition(":")
        if name == "AnonHugePages":
            granted = int(value.split()[0]) * 1024
    return HugePageState(mode, granted)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
