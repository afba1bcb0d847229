"""Compiles the C loops beside it and times them: bytes and operations per second.

Each reading takes some milliseconds, so that a benchmark can take one in every round.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from edge_tts.cpu import Isa

_FOLDER: Final = Path(__file__).resolve().parent
_BLOCK_NBYTES: Final = 512
_HUGE_PAGE_NBYTES: Final = 2 << 20
_SECONDS: Final = 0.002
"""Length of one reading: shorter than a time slice of a busy machine."""


class Probes(NamedTuple):
    """Names of the C functions that bound one instruction set."""

    read: str
    """Reads memory."""
    int8: tuple[str, ...]
    """Dot products in int8; the fastest counts."""
    fp32: str
    """Multiply-adds in float32."""


PROBES: Final[dict[Isa, Probes]] = {
    Isa.AVX2: Probes("read_ymm", ("int8_exact_ymm", "int8_pairs_ymm"), "fp32_ymm"),
    Isa.AVX_VNNI: Probes("read_ymm", ("int8_vnni_vex",), "fp32_ymm"),
    Isa.AVX512: Probes("read_zmm", ("int8_exact_zmm",), "fp32_zmm"),
    Isa.AVX512_VNNI: Probes("read_zmm", ("int8_vnni_zmm",), "fp32_zmm"),
    Isa.NEON: Probes("read_neon", ("int8_pairs_neon",), "fp32_neon"),
    Isa.NEON_DOTPROD: Probes("read_neon", ("int8_sdot",), "fp32_neon"),
    Isa.NEON_I8MM: Probes("read_neon", ("int8_smmla", "int8_sdot"), "fp32_neon"),
}
"""By instruction set; the scalar rung has no limit worth the name."""
EVEX_PROBES: Final = Probes("read_ymm", ("int8_vnni_ymm",), "fp32_ymm")
"""Of AVX-VNNI code in AVX-512's encoding."""


class ProbeLibrary:
    """The compiled loops; one object per process is enough.

    Args:
        compiler: command of a C compiler.

    Raises:
        RuntimeError: it refuses the source; the message holds its words.
    """

    def __init__(self, compiler: str = "cc") -> None:
        family = "arm" if platform.machine() in ("aarch64", "arm64") else "x86"
        source = _FOLDER / f"probes_{family}.c"
        with tempfile.TemporaryDirectory(prefix="probes_") as folder:
            library = Path(folder, "probes.so")
            command = [compiler, "-O2", "-shared", "-fPIC", str(source)]
            done = subprocess.run(
                [*command, "-o", str(library)], capture_output=True, text=True
            )
            if done.returncode:
                raise RuntimeError(f"{source.name}: {done.stderr.strip()}")
            self._library = ctypes.CDLL(str(library))
        self._maps: list[mmap.mmap] = []
        self._blocks: list[int] = []

    def read_bandwidth(self, function: str, nbytes: int, num_threads: int = 1) -> float:
        """Returns bytes per second of reading a block again and again.

        Args:
            function: one of ``Probes.read``.
            nbytes: size of the block of each thread.
            num_threads: threads reading at once, each its own block.
        """
        read = getattr(self._library, function)
        read.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint64)
        read.restype = ctypes.c_uint64
        nbytes = max(nbytes // _BLOCK_NBYTES, 1) * _BLOCK_NBYTES
        blocks = self._blocks_of(nbytes, num_threads)

        def work(thread: int, repeats: int) -> int:
            read(blocks[thread], nbytes, repeats)
            return repeats * nbytes

        return _rate(work, num_threads)

    def peak(self, function: str, num_threads: int = 1) -> float:
        """Returns operations per second, two per multiply-add."""
        peak = getattr(self._library, function)
        peak.argtypes = (ctypes.c_uint64,)
        peak.restype = ctypes.c_uint64
        return _rate(lambda thread, repeats: int(peak(repeats * 1000)), num_threads)

    def _blocks_of(self, nbytes: int, num_threads: int) -> list[int]:
        """Addresses of blocks on huge pages where granted, kept between readings."""
        if not self._maps or len(self._maps[0]) < nbytes + _HUGE_PAGE_NBYTES:
            self._maps, self._blocks = [], []
        while len(self._maps) < num_threads:
            size = max(nbytes, 16 << 20) + _HUGE_PAGE_NBYTES
            memory = mmap.mmap(-1, size)
            if hasattr(mmap, "MADV_HUGEPAGE"):
                memory.madvise(mmap.MADV_HUGEPAGE)
            array = np.frombuffer(memory, np.uint8)
            array[...] = 1  # Untouched pages would all be the one page of zeros.
            self._maps.append(memory)
            self._blocks.append(
                array.ctypes.data + -array.ctypes.data % _HUGE_PAGE_NBYTES
            )
        return self._blocks


def _rate(work: Callable[[int, int], int], num_threads: int) -> float:
    """Amount of work per second of all threads together; the slowest one counts."""
    repeats = 1
    while True:
        started = time.perf_counter()
        work(0, repeats)
        elapsed = time.perf_counter() - started
        if elapsed > _SECONDS / 8:
            break
        repeats *= 4
    repeats = max(1, round(repeats * _SECONDS / elapsed))
    if num_threads == 1:
        started = time.perf_counter()
        amount = work(0, repeats)
        return amount / (time.perf_counter() - started)
    barrier = threading.Barrier(num_threads)
    rates = [0.0] * num_threads

    def run(thread: int) -> None:
        work(thread, 1)
        barrier.wait()
        started = time.perf_counter()
        amount = work(thread, repeats)
        rates[thread] = amount / (time.perf_counter() - started)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(num_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return min(rates) * num_threads
