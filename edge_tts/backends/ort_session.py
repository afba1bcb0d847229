"""Runs a stage on ONNX Runtime, bound to buffers that are allocated once.

The only module that imports onnxruntime.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import onnxruntime as ort
from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor
from edge_tts.backends.graph_file import check_self_contained
from edge_tts.backends.graph_interface import GraphTensor, check_interface
from edge_tts.backends.stage_buffers import StageBuffers
from edge_tts.errors import BackendError
from edge_tts.packs.pack import Pack
from edge_tts.packs.stage import Stage
from edge_tts.packs.stage_signature import StageSignature
from edge_tts.packs.variant import Variant

_DTYPES: Final = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(int16)": "int16",
    "tensor(int8)": "int8",
    "tensor(uint8)": "uint8",
    "tensor(bool)": "bool",
}
_MAX_CACHED_SIZES: Final = 128
"""Row counts whose bindings a run keeps; a binding is about 4 kB."""
_LOG_ERRORS: Final = 3


def open_stage(
    pack: Pack,
    stage: Stage,
    variant: Variant,
    *,
    num_threads: int,
    beside: StageExecutor | None = None,
) -> OrtSession:
    """Compile the ONNX graph of a variant; ``beside`` changes nothing."""
    # From memory, not a path: the bytes that run are those whose digest was checked.
    graph = pack.read_bytes(variant.files["graph"])
    where = f"{pack.manifest.id}: stage {stage.id} ({variant.label})"
    return OrtSession(
        graph,
        stage.signature,
        num_threads=num_threads,
        few_sizes=stage.chunking != "whole",
        where=where,
    )


class OrtSession:
    """One ONNX graph with declared states; a ``StageExecutor``.

    Args:
        graph: Bytes of the ONNX file, weights included.
        signature: Declared tensors; the graph must have exactly these.
        num_threads: Threads inside the graph, the calling one included.
        few_sizes: Whether row counts repeat, as those of chunks do; false for stages
            that take whole utterances.
        where: Name of the stage, for messages.

    Raises:
        BackendError: ONNX Runtime refuses the graph, or it has another interface.
    """

    def __init__(
        self,
        graph: bytes,
        signature: StageSignature,
        *,
        num_threads: int = 1,
        few_sizes: bool = True,
        where: str = "stage",
    ) -> None:
        self._signature = signature
        self._where = where
        check_self_contained(graph, where)
        try:
            self._session: ort.InferenceSession | None = ort.InferenceSession(
                graph,
                sess_options=_session_options(num_threads, few_sizes),
                providers=["CPUExecutionProvider"],
            )
        # ONNX Runtime raises its own classes, which share no base but Exception.
        except Exception as error:
            raise BackendError(
                f"{where}: onnxruntime {ort.__version__} refuses the graph: "
                f"{_first_line(error)}"
            ) from error
        check_interface(
            signature,
            {node.name: _described(node, where) for node in self._session.get_inputs()},
            {
                node.name: _described(node, where)
                for node in self._session.get_outputs()
            },
            where,
        )

    @property
    def signature(self) -> StageSignature:
        """Declared inputs, outputs and states."""
        return self._signature

    def open(self, max_rows: int) -> OrtRun:
        """Allocate states and buffers for at most ``max_rows`` rows per run."""
        if self._session is None:
            raise BackendError(f"{self._where}: the session is closed")
        return OrtRun(self._session, self._signature, max_rows, self._where)

    def close(self) -> None:
        """Drop the session; open runs keep it alive until they are closed."""
        self._session = None


class OrtRun:
    """Buffers and states of one use of an ``OrtSession``; a ``StageRun``."""

    def __init__(
        self,
        session: ort.InferenceSession,
        signature: StageSignature,
        max_rows: int,
        where: str,
    ) -> None:
        self._session: ort.InferenceSession | None = session
        self._where = where
        self._buffers = StageBuffers(signature, max_rows, where)
        self._bindings: dict[tuple[int, ...], _Bound] = {}
        self._generation = 0
        self._parity = 0

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Run the next rows; see ``StageRun``."""
        session = self._session
        if session is None:
            raise BackendError(f"{self._where}: the run is closed")
        sizes = self._buffers.take(inputs)
        if self._generation != self._buffers.generation:
            self._bindings.clear()
            self._generation = self._buffers.generation
        bound = self._bindings.get(sizes)
        if bound is None:
            if len(self._bindings) >= _MAX_CACHED_SIZES:
                self._bindings.clear()
            bound = self._bindings[sizes] = _Bound(session, self._buffers, sizes)
        try:
            session.run_with_iobinding(bound.halves[self._parity])
        except Exception as error:
            raise BackendError(
                f"{self._where}: onnxruntime failed: {_first_line(error)}"
            ) from error
        self._parity ^= 1
        return bound.outputs

    def reset(self) -> None:
        """Put all states back to the start."""
        self._buffers.reset()

    def close(self) -> None:
        """Drop the bindings and the buffers."""
        self._bindings.clear()
        self._session = None


class _Bound:
    """Bindings of one row count: one per direction of the state buffers."""

    __slots__ = ("halves", "outputs")

    def __init__(
        self,
        session: ort.InferenceSession,
        buffers: StageBuffers,
        sizes: tuple[int, ...],
    ) -> None:
        inputs, self.outputs = buffers.views(sizes)
        self.halves = tuple(
            _binding(session, buffers, inputs, self.outputs, parity)
            for parity in (0, 1)
        )


def _binding(
    session: ort.InferenceSession,
    buffers: StageBuffers,
    inputs: Mapping[str, NDArray[Any]],
    outputs: Mapping[str, NDArray[Any]],
    parity: int,
) -> ort.IOBinding:
    binding = session.io_binding()
    reads, writes = dict(inputs), dict(outputs)
    for state, read, write in buffers.states(parity):
        reads[state.name] = read
        writes[state.next_name] = write
    for bind, arrays in ((binding.bind_input, reads), (binding.bind_output, writes)):
        for name, array in arrays.items():
            # By address: an OrtValue made from an array would copy it or hold it twice.
            bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
    return binding


def _session_options(num_threads: int, few_sizes: bool) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = num_threads
    # Stages are chains; a second pool for parallel branches would only add switches.
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    # One planned block instead of an allocation per node: 20 % at one row. But a plan
    # of some 25 kB is kept for good for each row count that ever came.
    options.enable_mem_pattern = few_sizes
    # The arena keeps scratch from step to step: without it each step calls malloc.
    options.enable_cpu_mem_arena = True
    options.log_severity_level = _LOG_ERRORS
    # Waiting threads sleep: on a box that does other work spinning takes its cores and
    # turns every wake-up of another process into a stall of milliseconds.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # session.set_denormal_as_zero stays off: it changes the floating-point mode of the
    # thread that opens the session, for good and for all else that thread computes,
    # and leaves other threads that run the session as they are.
    # Weights outside the arena: it grows by powers of two and never shrinks.
    options.add_session_config_entry(
        "session.use_device_allocator_for_initializers", "1"
    )
    return options


def _described(node: Any, where: str) -> GraphTensor:
    try:
        dtype = _DTYPES[node.type]
    except KeyError:
        raise BackendError(f"{where}: {node.name} has type {node.type}") from None
    return dtype, tuple(size if isinstance(size, int) else None for size in node.shape)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
