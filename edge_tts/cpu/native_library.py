"""Finds and loads the kernel library; it must not decide which variant runs."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from edge_tts.cpu.isa import Isa

LIBRARY_PATH = Path(__file__).resolve().parent.parent / "_native/libedge_kernels.so"


class NativeLibrary(NamedTuple):
    """The loaded library, or the reason why there is none."""

    handle: ctypes.CDLL | None
    """The library; calls through it release the GIL."""
    built: frozenset[Isa]
    """Instruction sets it holds; empty without a library."""
    reason: str
    """Why there is no library, in one line; empty when there is one."""


def load(path: Path) -> NativeLibrary:
    """Load the kernel library at ``path``; a failure is a value, not an exception."""
    if not path.exists():
        return _missing(
            f"{path.name} was not built: install a C compiler and install "
            "edge-tts-runtime again"
        )
    try:
        handle = ctypes.CDLL(str(path))
        names = handle.et_built_isas
    except (OSError, AttributeError) as error:
        return _missing(f"{path.name} does not load: {error}")
    names.argtypes = []
    names.restype = ctypes.c_char_p
    value = names()
    assert isinstance(value, bytes)
    known = {isa.value for isa in Isa}
    built = (name for name in value.decode().split(",") if name in known)
    return NativeLibrary(handle, frozenset(map(Isa, built)), "")


@lru_cache(maxsize=1)
def native_library() -> NativeLibrary:
    """The kernel library of this installation, loaded once per process."""
    return load(LIBRARY_PATH)


def _missing(reason: str) -> NativeLibrary:
    return NativeLibrary(None, frozenset(), reason)
