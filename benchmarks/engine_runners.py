"""Graph runtimes as a careful streaming user runs them: bound, stateful, fixed rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime as ort
import openvino as ov
from numpy.typing import NDArray
from onnxruntime.tools.onnx_model_utils import make_dim_param_fixed
from openvino.passes import MakeStateful, Manager

from benchmarks.engine_graph_writers import inputs_by_heads
from benchmarks.engine_graphs import PeerGraph
from edge_tts.network.stack_spec import StackSpec

Arrays = Mapping[str, NDArray[Any]]
_ORT_DTYPES: Final = {"tensor(float)": np.float32, "tensor(int64)": np.int64}


class OrtStep:
    """A graph on ONNX Runtime: every array bound, states swap between two bindings.

    Args:
        graph: the graph.
        spec: its network.
        inputs: one chunk.
        num_threads: threads inside the graph.
    """

    def __init__(
        self, graph: PeerGraph, spec: StackSpec, inputs: Arrays, num_threads: int
    ) -> None:
        model = onnx.load(str(graph.path))
        outputs = {name: _output_array(spec, name, inputs) for name in spec.outputs}
        for name, rows in _axis_sizes(spec, inputs).items():
            make_dim_param_fixed(model.graph, name, rows)
        inputs = inputs_by_heads(spec, inputs)
        options = ort.SessionOptions()
        options.intra_op_num_threads = num_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(
            model.SerializeToString(), options, ["CPUExecutionProvider"]
        )
        self._arrays: list[NDArray[Any]] = []
        zeros = spec.zero_states()
        even = {name: self._keep(array) for name, array in zeros.items()}
        odd = {name: self._keep(array) for name, array in zeros.items()}
        given = {name: self._keep(inputs[name]) for name in inputs}
        self._outputs = {name: self._keep(rows) for name, rows in outputs.items()}
        self._bindings = [
            self._bind({**given, **reads}, writes)
            for reads, writes in ((even, odd), (odd, even))
        ]
        self._next = 0

    def __call__(self) -> None:
        """Runs the next chunk."""
        self._session.run_with_iobinding(self._bindings[self._next])
        self._next ^= 1

    def outputs(self) -> dict[str, NDArray[Any]]:
        """What the last chunk gave, by name."""
        return dict(self._outputs)

    def _keep(self, array: NDArray[Any]) -> NDArray[Any]:
        kept = np.array(array, copy=True, order="C")
        self._arrays.append(kept)
        return kept

    def _bind(self, reads: Arrays, writes: Arrays) -> ort.IOBinding:
        binding = self._session.io_binding()
        for name, array in reads.items():
            binding.bind_input(
                name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data
            )
        targets = {f"{name}_next": array for name, array in writes.items()}
        for name, array in {**targets, **self._outputs}.items():
            binding.bind_output(
                name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data
            )
        return binding


class OpenVinoStep:
    """A graph on OpenVINO: states as variables of the model, inputs bound.

    Args:
        graph: the graph.
        spec: its network.
        inputs: one chunk.
        num_threads: threads inside the graph.

    Raises:
        RuntimeError: OpenVINO refuses it.
    """

    def __init__(
        self, graph: PeerGraph, spec: StackSpec, inputs: Arrays, num_threads: int
    ) -> None:
        core = ov.Core()
        model = core.read_model(graph.path)
        zeros = spec.zero_states()
        self._outputs = {n: _output_array(spec, n, inputs) for n in spec.outputs}
        inputs = inputs_by_heads(spec, inputs)
        model.reshape({n: list(a.shape) for n, a in {**zeros, **inputs}.items()})
        if zeros:
            passes = Manager()
            passes.register_pass(MakeStateful({name: f"{name}_next" for name in zeros}))
            passes.run_passes(model)
        settings = {
            # Without it float parts run in bf16 where the CPU can: another network.
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": "1",
            "INFERENCE_NUM_THREADS": str(num_threads),
        }
        try:
            self.model = core.compile_model(model, "CPU", settings)
        except RuntimeError:
            # Held to AVX2, oneDNN lacks the product that dynamic quantisation wants.
            settings["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = "0"
            self.model = core.compile_model(model, "CPU", settings)
        self._request = self.model.create_infer_request()
        self._arrays = {n: np.array(a, order="C") for n, a in inputs.items()}
        for name, array in {**self._arrays, **self._outputs}.items():
            self._request.set_tensor(name, ov.Tensor(array, shared_memory=True))

    def __call__(self) -> None:
        """Runs the next chunk."""
        self._request.infer()

    def outputs(self) -> dict[str, NDArray[Any]]:
        """What the last chunk gave, by name."""
        return dict(self._outputs)

    def products(self) -> set[str]:
        """Names of the primitives that multiply, which tell the instruction set."""
        kinds = ("FullyConnected", "Convolution", "MatMul")
        facts = (
            node.get_rt_info() for node in self.model.get_runtime_model().get_ops()
        )
        return {
            str(fact["primitiveType"].value)
            for fact in facts
            if fact["layerType"].value in kinds
        }


def open_step(
    graph: PeerGraph, spec: StackSpec, inputs: Arrays, num_threads: int
) -> OrtStep | OpenVinoStep:
    """Compiles a graph for one number of rows.

    Raises:
        Exception: whatever the runtime raises when it refuses the graph.
    """
    kind = OrtStep if graph.engine == "ort" else OpenVinoStep
    return kind(graph, spec, inputs, num_threads)


def _axis_sizes(spec: StackSpec, inputs: Arrays) -> dict[str, int]:
    return {given.axis: len(inputs[given.name]) for given in spec.inputs}


def _output_array(spec: StackSpec, name: str, inputs: Arrays) -> NDArray[Any]:
    value = spec.values[name]
    rows = next(len(inputs[g.name]) for g in spec.inputs if g.axis == value.axis)
    return np.zeros((int(rows * value.rate), value.channels), np.float32)
