"""The native executor bound to its arena, one C call per step, for timing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from benchmarks.engine_networks import narrow_products
from benchmarks.engine_work import Work, work_of
from calibrate.graphs.native_tensors import build_native_int8
from edge_tts.backends.native_kernels import NativeKernels
from edge_tts.backends.native_layout import NativeLayout
from edge_tts.backends.native_network import NativeNetwork
from edge_tts.backends.native_run import NativeRun
from edge_tts.backends.native_workers import NativeWorkers
from edge_tts.network.stack_spec import StackSpec

Arrays = Mapping[str, NDArray[Any]]


class NativeStep:
    """One stream of a network, ready to run chunks of one size.

    Args:
        spec: the network.
        tensors: its float32 tensors.
        kernels: of the instruction set to measure.
        inputs: one chunk, every array with the same number of rows.
        int8: whether products run in int8.
        workers: threads that help, None for one thread.
        huge_pages: whether to ask for huge pages.
    """

    def __init__(
        self,
        spec: StackSpec,
        tensors: Arrays,
        kernels: NativeKernels,
        inputs: Arrays,
        *,
        int8: bool = True,
        workers: NativeWorkers | None = None,
        huge_pages: bool = True,
    ) -> None:
        self.spec: StackSpec = spec
        own: Arrays = tensors
        if int8:
            self.spec, own = build_native_int8(spec, tensors, narrow_products(spec))
        held = [len(inputs[given.name]) for given in spec.held_inputs]
        self.text_rows = max(held, default=0)
        """Rows of the inputs that stay for an utterance."""
        self.work: Work = work_of(self.spec, own, self.text_rows)
        """What a step has to read and to compute."""
        self.network = NativeNetwork(self.spec, own, kernels, huge_pages=huge_pages)
        self.num_rows = len(inputs[spec.inputs[0].name])
        self.layout = NativeLayout(self.network, self.num_rows, spec.name)
        self.run = NativeRun(
            self.network, self.layout, spec.name, workers, huge_pages=huge_pages
        )
        self._inputs = inputs
        self.run.run(inputs)

    def bound_call(self) -> Callable[[], object]:
        """Returns a call that runs the next chunk on the inputs already in the arena.

        The peers are called in the same way: everything bound, nothing copied.
        """
        run, kernels = self.run, self.network.kernels
        # What NativeRun.run does, less the check and the copy of the inputs.
        program, stream = run._program, run._stream_address
        externals, num_rows = run._externals, self.num_rows
        return lambda: kernels.run(program, stream, num_rows, externals)

    def plain_call(self) -> Callable[[], object]:
        """Returns a call as the engine makes it, which copies and checks the inputs."""
        run, inputs = self.run, self._inputs
        return lambda: run.run(inputs)
