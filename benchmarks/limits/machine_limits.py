"""Physical limits of this machine, gathered over the rounds of a benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.limits.probes import ProbeLibrary, Probes
from edge_tts.cpu.caches import Cache, read_caches

_DRAM_NBYTES: Final = 256 << 20
_READINGS: Final = 5
_Key = tuple[str, int, int]


@dataclass
class MachineLimits:
    """Readings by C function; the best one is the limit.

    The loops run in every round beside the networks: a limit read while the machine was
    busy would flatter them.
    """

    library: ProbeLibrary
    """The compiled loops."""
    probes: Probes
    """Those of the instruction set whose limits are wanted."""
    num_threads: int = 1
    """Threads reading and multiplying at once."""
    readings: dict[_Key, list[float]] = field(default_factory=dict)
    """Function, bytes, threads -> readings."""

    def bandwidth(self, nbytes: int) -> float:
        """Bytes per second from a block of that size.

        A larger block cannot be read faster: the best reading of those counts too.
        """
        own = self._best((self.probes.read, nbytes, self.num_threads))
        larger = (
            max(rates)
            for (function, size, threads), rates in self.readings.items()
            if (function, threads) == (self.probes.read, self.num_threads)
            and size > nbytes
        )
        return max(own, *larger, 0.0)

    @property
    def int8_peak(self) -> float:
        """Operations per second of the fastest int8 dot product."""
        names = self.probes.int8
        return max(self._best((name, 0, self.num_threads)) for name in names)

    @property
    def fp32_peak(self) -> float:
        """Operations per second of float32 multiply-adds."""
        return self._best((self.probes.fp32, 0, self.num_threads))

    def take(self, sizes: Sequence[int] = ()) -> None:
        """Takes some readings of peaks, of all sizes so far, and of these ones."""
        peaks = (*self.probes.int8, self.probes.fp32)
        wanted = [(name, 0, self.num_threads) for name in peaks]
        wanted += [(self.probes.read, size, self.num_threads) for size in sizes]
        for key in {*self.readings, *wanted}:
            rates = self.readings.setdefault(key, [])
            rates += [self._read(key) for _ in range(_READINGS)]

    def _read(self, key: _Key) -> float:
        function, nbytes, num_threads = key
        if nbytes:
            return self.library.read_bandwidth(function, nbytes, num_threads)
        return self.library.peak(function, num_threads)

    def _best(self, key: _Key) -> float:
        if key not in self.readings:
            self.readings[key] = [self._read(key) for _ in range(3 * _READINGS)]
        return max(self.readings[key])


def cache_sizes(caches: Sequence[Cache] | None = None) -> dict[str, int]:
    """Returns level -> bytes of a block that lies in that cache and in no inner one."""
    found = read_caches() if caches is None else caches
    sizes = {
        f"L{cache.level}": cache.num_bytes
        for cache in found
        if cache.kind in ("data", "unified")
    }
    blocks: dict[str, int] = {}
    inner = 0
    for level, size in sorted(sizes.items()):
        # Three times the inner cache, where the outer one has room for it.
        blocks[level] = min(size * 3 // 4, max(3 * inner, size // 2))
        inner = size
    blocks["DRAM"] = max(_DRAM_NBYTES, 4 * inner)
    return blocks
