"""Runs a stage on OpenVINO's CPU plugin, states inside the compiled model.

Reads the same ONNX file as the ONNX Runtime backend. The only module that imports
openvino.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from edge_tts import env
from edge_tts.backends.base import StageExecutor
from edge_tts.backends.graph_file import check_self_contained
from edge_tts.backends.graph_interface import GraphTensor, check_interface
from edge_tts.backends.stage_buffers import STATE_INITS, StageBuffers, check_state
from edge_tts.errors import BackendError
from edge_tts.packs.pack import Pack
from edge_tts.packs.stage import Stage
from edge_tts.packs.stage_signature import StageSignature
from edge_tts.packs.variant import Variant

try:
    from openvino.passes import MakeStateful, Manager
except ImportError:
    # Its older name, in the last releases for systems as old as JetPack 4.
    from openvino.runtime.passes import MakeStateful, Manager

_DTYPES: Final = {
    "f32": "float32",
    "f16": "float16",
    "i64": "int64",
    "i32": "int32",
    "i16": "int16",
    "i8": "int8",
    "u8": "uint8",
    "boolean": "bool",
}
_MAX_CACHED_SIZES: Final = 128


def open_stage(
    pack: Pack,
    stage: Stage,
    variant: Variant,
    *,
    num_threads: int,
    beside: StageExecutor | None = None,
) -> OpenVinoSession:
    """Compile the ONNX graph of a variant; ``beside`` changes nothing."""
    graph = pack.read_bytes(variant.files["graph"])
    where = f"{pack.manifest.id}: stage {stage.id} ({variant.label})"
    return OpenVinoSession(
        graph,
        stage.signature,
        precision=variant.precision,
        num_threads=num_threads,
        where=where,
    )


class OpenVinoSession:
    """One ONNX graph compiled by OpenVINO; a ``StageExecutor``.

    Args:
        graph: Bytes of the ONNX file, weights included.
        signature: Declared tensors; the graph must have exactly these.
        precision: Precision of the variant; float operations run in fp32 unless it is
            bf16.
        num_threads: Threads inside the graph.
        where: Name of the stage, for messages.

    Raises:
        BackendError: OpenVINO refuses the graph, or it has another interface.
    """

    def __init__(
        self,
        graph: bytes,
        signature: StageSignature,
        *,
        precision: str = "fp32",
        num_threads: int = 1,
        where: str = "stage",
    ) -> None:
        self._signature = signature
        self._where = where
        for state in signature.states:
            check_state(state, where)
        check_self_contained(graph, where)
        try:
            model = _core().read_model(graph)
        except RuntimeError as error:
            raise _refused(where, error) from error
        check_interface(
            signature, _described(model.inputs), _described(model.outputs), where
        )
        try:
            if signature.states:
                # As variables of the model the states are neither bound nor copied:
                # 379 against 806 us per step for a ten-layer WaveNet at one frame.
                passes = Manager()
                passes.register_pass(
                    MakeStateful(
                        {state.name: state.next_name for state in signature.states}
                    )
                )
                passes.run_passes(model)
            self._model: ov.CompiledModel | None = _core().compile_model(
                model, "CPU", _settings(precision, num_threads)
            )
        except RuntimeError as error:
            raise _refused(where, error) from error

    @property
    def signature(self) -> StageSignature:
        """Declared inputs, outputs and states."""
        return self._signature

    def open(self, max_rows: int) -> OpenVinoRun:
        """Allocate states and buffers for at most ``max_rows`` rows per run."""
        if self._model is None:
            raise BackendError(f"{self._where}: the session is closed")
        return OpenVinoRun(self._model, self._signature, max_rows, self._where)

    def close(self) -> None:
        """Drop the compiled model; open runs keep it alive until they are closed."""
        self._model = None


class OpenVinoRun:
    """Request, states and buffers of one use of a session; a ``StageRun``."""

    def __init__(
        self,
        model: ov.CompiledModel,
        signature: StageSignature,
        max_rows: int,
        where: str,
    ) -> None:
        self._where = where
        data_only = StageSignature(signature.inputs, signature.outputs)
        self._buffers = StageBuffers(data_only, max_rows, where)
        self._request: ov.InferRequest | None = model.create_infer_request()
        self._initial = {
            # The name that MakeStateful gives the variable.
            state.name + state.next_name: ov.Tensor(
                np.full(state.shape, STATE_INITS[state.init], state.dtype)
            )
            for state in signature.states
            if state.init != "zeros"
        }
        variables = {variable.name for variable in self._request.query_state()}
        if not variables >= self._initial.keys():
            raise BackendError(
                f"{where}: openvino {ov.__version__} names its states differently; "
                "use the ort backend"
            )
        self._tensors: dict[tuple[int, ...], _Bound] = {}
        self._bound_sizes: tuple[int, ...] | None = None
        self._generation = 0
        self.reset()

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Run the next rows; see ``StageRun``."""
        request = self._request
        if request is None:
            raise BackendError(f"{self._where}: the run is closed")
        sizes = self._buffers.take(inputs)
        if self._generation != self._buffers.generation:
            self._tensors.clear()
            self._bound_sizes = None
            self._generation = self._buffers.generation
        bound = self._tensors.get(sizes)
        if bound is None:
            if len(self._tensors) >= _MAX_CACHED_SIZES:
                self._tensors.clear()
            bound = self._tensors[sizes] = _Bound(self._buffers, sizes)
        try:
            if sizes != self._bound_sizes:
                for name, tensor in bound.tensors.items():
                    request.set_tensor(name, tensor)
                self._bound_sizes = sizes
            request.infer()
        except RuntimeError as error:
            self._bound_sizes = None
            raise BackendError(
                f"{self._where}: openvino failed: {_last_line(error)}"
            ) from error
        return bound.outputs

    def reset(self) -> None:
        """Put all states back to the start."""
        if self._request is None:
            return
        self._buffers.reset()
        self._request.reset_state()
        if self._initial:
            for variable in self._request.query_state():
                initial = self._initial.get(variable.name)
                if initial is not None:
                    variable.state = initial

    def close(self) -> None:
        """Drop the request and the buffers."""
        self._tensors.clear()
        self._request = None


class _Bound:
    """Tensors over the buffers for one row count."""

    __slots__ = ("outputs", "tensors")

    def __init__(self, buffers: StageBuffers, sizes: tuple[int, ...]) -> None:
        inputs, self.outputs = buffers.views(sizes)
        self.tensors = {
            name: ov.Tensor(array, shared_memory=True)
            for name, array in (inputs | self.outputs).items()
        }


@lru_cache(maxsize=1)
def _core() -> ov.Core:
    return ov.Core()


def _settings(precision: str, num_threads: int) -> dict[str, Any]:
    settings: dict[str, Any] = {
        # Without it the plugin computes in bf16 where the CPU can, at 38 to 48 dB.
        # Weights kept as fp16 are widened: two CPUs must not differ in arithmetic.
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": "1",
        "INFERENCE_NUM_THREADS": str(num_threads),
        # Pinned threads fight with whatever else runs on the same core.
        "ENABLE_CPU_PINNING": "NO",
    }
    cache = env.cache_home() / "openvino"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        # A cache only: a read-only home costs 80 ms per stage at start, no more.
        return settings
    return settings | {"CACHE_DIR": str(cache)}


def _described(ports: Any) -> dict[str, GraphTensor]:
    return {port.get_any_name(): _describe(port) for port in ports}


def _describe(port: Any) -> GraphTensor:
    dtype = port.get_element_type().get_type_name()
    shape = port.get_partial_shape()
    if shape.rank.is_dynamic:
        return _DTYPES.get(dtype, dtype), None
    sizes = (dim.get_length() if dim.is_static else None for dim in shape)
    return _DTYPES.get(dtype, dtype), tuple(sizes)


def _refused(where: str, error: Exception) -> BackendError:
    return BackendError(
        f"{where}: openvino {ov.__version__.partition('-')[0]} refuses the graph: "
        f"{_last_line(error)}"
    )


def _last_line(error: Exception) -> str:
    """OpenVINO names the C++ line first and the reason last."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
