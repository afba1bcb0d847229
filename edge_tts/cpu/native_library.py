"""Finds and loads the kernel library; it must not decide which variant runs."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from edge_tts.cpu.isa import Isa

LIBRARY_PATH = Path(__file__).resolve().parent.parent / "_native/libedge_kernels.so"


ABI_VERSION = 4
"""``ET_ABI_VERSION`` of ``kernels/edge_kernels.h`` that this code was written for."""


class NativeLibrary(NamedTuple):
    """The loaded library, or the reason why there is none."""

    handle: ctypes.CDLL | None
    """The library; calls through it release the GIL."""
    built: frozenset[Isa]
    """Instruction sets it holds; empty without a library."""
    reason: str
    """Why there is no library, in one line; empty when there is one."""


def load(path: Path) -> NativeLibrary:
    """Load the kernel library at ``path``; a failure is a value, not an exception.

    A library left over from other sources would crash, not fail: it counts as none.
    """
    if not path.exists():
        return _missing(
            f"{path.name} was not built: install a C compiler and install "
            "edge-tts-runtime again"
        )
    try:
        handle = ctypes.CDLL(str(path))
        names = handle.et_built_isas
        found = int(handle.et_abi_version())
    except OSError as error:
        return _missing(f"{path.name} does not load: {error}")
    except AttributeError:
        found = 0
    if found != ABI_VERSION:
        return _missing(
            f"{path.name} was built from other sources: install edge-tts-runtime again"
        )
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
