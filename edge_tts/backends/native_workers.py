"""Threads that help native runs: started once, shared by the runs of a session."""

from __future__ import annotations

import weakref

from edge_tts.backends.native_kernels import NativeKernels
from edge_tts.memory.arena import Arena
from edge_tts.memory.arena_plan import stack_arena

_POOL = "workers"


class NativeWorkers:
    """A pool as ``kernels/workers.h`` describes it, which also holds the policy.

    One run at a time gets help; others that come meanwhile work alone. After a fork the
    child has no workers, and its runs work alone.

    Args:
        kernels: the library.
        num_threads: threads of a run, the calling one included.
        eager: for tests: split all that can be split, and never mind a busy machine.
    """

    def __init__(
        self, kernels: NativeKernels, num_threads: int, *, eager: bool = False
    ) -> None:
        # Its memory must outlive the threads, so the finalizer holds it too; and runs
        # that use the pool after its end, which find it without threads.
        arena = Arena(stack_arena({_POOL: kernels.workers_nbytes()}), huge_pages=False)
        self._kernels, self._arena = kernels, arena
        self.address = arena.address(_POOL)
        """Address of the ``et_workers``."""
        self.num_threads = int(kernels.start_workers(self.address, num_threads, eager))
        """Threads there are; fewer than asked for where the system refuses more."""
        self._finalizer = weakref.finalize(self, _stop, kernels, arena)

    @property
    def retreats(self) -> int:
        """How often the machine was found busy and runs went on alone for a while."""
        return int(self._kernels.worker_retreats(self.address))

    @property
    def helped(self) -> int:
        """How many parts of ops were done by threads other than the caller."""
        return int(self._kernels.workers_helped(self.address))

    def close(self) -> None:
        """End the threads; none may be helping a run. Later runs work alone."""
        self._finalizer()


def _stop(kernels: NativeKernels, arena: Arena) -> None:
    kernels.stop_workers(arena.address(_POOL))
