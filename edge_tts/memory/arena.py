"""One block of memory with named views, allocated on creation and never again."""

from __future__ import annotations

import mmap
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from edge_tts.memory.arena_plan import ArenaPlan

HUGE_PAGE_NBYTES: Final = 2 << 20
_HUGE_FROM_NBYTES: Final = 1 << 20
"""Below this half of a huge page would lie idle."""


class Arena:
    """The memory of one plan, zeroed; on huge pages where the kernel grants them.

    Huge pages save 2-13 % of a one-row step, whose time is address translation to a
    good part.

    Args:
        plan: sizes and offsets.
        huge_pages: whether to ask for huge pages when the block is large enough.

    Raises:
        MemoryError: the system does not grant the block.
    """

    def __init__(self, plan: ArenaPlan, *, huge_pages: bool = True) -> None:
        self._plan = plan
        self._sizes = {request.name: request.nbytes for request in plan.requests}
        nbytes = max(plan.peak_nbytes, 1)
        self._asked_huge = huge_pages and nbytes >= _HUGE_FROM_NBYTES
        if self._asked_huge:
            nbytes = -(-nbytes // HUGE_PAGE_NBYTES) * HUGE_PAGE_NBYTES
        slack = HUGE_PAGE_NBYTES if self._asked_huge else 0
        # Anonymous pages come zeroed and are aligned to a page at least.
        try:
            self._map = mmap.mmap(-1, nbytes + slack)
        except (OSError, OverflowError) as error:
            raise MemoryError(f"no block of {nbytes + slack} bytes: {error}") from error
        block = np.frombuffer(self._map, np.uint8)
        start = -block.ctypes.data % HUGE_PAGE_NBYTES if slack else 0
        self._block: NDArray[np.uint8] = block[start : start + nbytes]
        if self._asked_huge and hasattr(mmap, "MADV_HUGEPAGE"):
            try:
                self._map.madvise(mmap.MADV_HUGEPAGE)
            except OSError:  # The kernel was built without them.
                self._asked_huge = False

    @property
    def nbytes(self) -> int:
        """Bytes the plan needs."""
        return self._plan.peak_nbytes

    @property
    def base(self) -> int:
        """Address of the block, valid while the arena lives."""
        return int(self._block.ctypes.data)

    @property
    def asked_for_huge_pages(self) -> bool:
        """Whether the kernel accepted the request; it grants pages when it can."""
        return self._asked_huge

    def view(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Returns a buffer as an array.

        Raises:
            KeyError: the plan has no such buffer.
            ValueError: the shape needs more bytes than were planned.
        """
        nbytes = prod(shape) * np.dtype(dtype).itemsize
        if nbytes > self._sizes[name]:
            raise ValueError(
                f"buffer {name!r} has {self._sizes[name]} bytes, "
                f"{shape} of {np.dtype(dtype)} needs {nbytes}"
            )
        start = self._plan.offsets[name]
        return self._block[start : start + nbytes].view(dtype).reshape(shape)

    def address(self, name: str) -> int:
        """Returns the address of a buffer's first byte, valid while the arena lives."""
        return self.base + self._plan.offsets[name]

    def zero(self, name: str) -> None:
        """Fills a buffer with zero bytes."""
        start = self._plan.offsets[name]
        self._block[start : start + self._sizes[name]] = 0
