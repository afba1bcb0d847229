"""No memory is allocated while a network runs: not in C, and none is kept in Python."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from edge_tts.cpu.native_library import LIBRARY_PATH

FORBIDDEN = {"malloc", "calloc", "realloc", "free", "aligned_alloc", "mmap", "brk"}


@pytest.mark.skipif(not LIBRARY_PATH.exists(), reason="needs the kernel library")
@pytest.mark.skipif(shutil.which("nm") is None, reason="needs nm of binutils")
def test_the_kernel_library_cannot_allocate() -> None:
    command = ["nm", "--dynamic", "--undefined-only", str(LIBRARY_PATH)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    symbols = {line.split()[-1].partition("@")[0] for line in listing.splitlines()}
    assert not symbols & FORBIDDEN
