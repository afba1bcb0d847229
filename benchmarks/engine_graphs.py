"""The graphs that peers run: float32 and the best INT8 recipes, with explicit states.

Needs ``onnx`` and ``onnxruntime``; ``nncf`` for OpenVINO's own INT8. Every graph has
dynamic rows; the runners fix them before they compile.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal

import onnx
from numpy.typing import NDArray

from benchmarks.engine_graph_writers import (
    EXPORTED_WRITERS,
    REWRITTEN_WRITERS,
    inputs_by_heads,
    without_unread_inputs,
)
from benchmarks.engine_networks import random_inputs
from calibrate.graphs.activation_ranges import collect_activation_ranges
from calibrate.graphs.build_onnx import write_graph
from calibrate.graphs.layer_writers import LayerWriter
from calibrate.graphs.products import (
    BlockProduct,
    FloatProduct,
    ProductWriter,
    StaticProduct,
)
from edge_tts.network.stack_spec import StackSpec

Engine = Literal["ort", "openvino"]
Precision = Literal["fp32", "int8"]
Tensors = Mapping[str, NDArray[Any]]
_CALIBRATION_ROWS: Final = 64
_NUM_SAMPLES: Final = 8


@dataclass(frozen=True)
class PeerGraph:
    """One way to run a network on a graph runtime."""

    engine: Engine
    """Who runs it."""
    recipe: str
    """How the graph was made; a row's name together with the engine."""
    precision: Precision
    """Of the products."""
    path: Path
    """ONNX file, or OpenVINO's XML."""

    @property
    def name(self) -> str:
        """Engine and recipe."""
        return f"{self.engine}:{self.recipe}"


def write_peer_graphs(
    spec: StackSpec, tensors: Tensors, folder: Path
) -> tuple[list[PeerGraph], list[str]]:
    """Writes all graphs that can be made here.

    Args:
        spec: the network.
        tensors: its float32 tensors.
        folder: where to write; must exist.

    Returns:
        The graphs, and which could not be made and why.
    """

    def write(
        product: ProductWriter, writers: Mapping[str, LayerWriter] = REWRITTEN_WRITERS
    ) -> bytes:
        return without_unread_inputs(
            write_graph(spec, tensors, product, writers=writers)
        )

    conv = write(FloatProduct(), EXPORTED_WRITERS)
    rewritten = write(FloatProduct())
    graphs: list[PeerGraph] = []
    problems: list[str] = []
    makers: dict[tuple[Engine, str], Callable[[], Any]] = {
        ("ort", "fp32 conv1d"): lambda: conv,
        ("ort", "fp32 rewritten"): lambda: rewritten,
        ("openvino", "fp32 conv1d"): lambda: conv,
        ("openvino", "fp32 rewritten"): lambda: rewritten,
        ("ort", "int8 qdq conv1d"): lambda: _qdq(spec, conv),
        ("ort", "int8 qdq rewritten"): lambda: write(
            StaticProduct(collect_activation_ranges(spec, tensors, _samples(spec)))
        ),
        ("ort", "int8 dynamic"): lambda: _dynamic(rewritten),
        ("ort", "int8 blocks"): lambda: write(_Blocks()),
        ("openvino", "int8 weights"): lambda: _compress(rewritten),
        ("openvino", "int8 quantize"): lambda: _nncf_quantize(spec, rewritten),
        ("openvino", "int8 quantize conv1d"): lambda: _nncf_quantize(spec, conv),
    }
    for (engine, recipe), make in makers.items():
        precision: Precision = "fp32" if recipe.startswith("fp32") else "int8"
        if engine == "openvino" and precision == "int8" and find_spec("nncf") is None:
            problems.append(f"{engine}:{recipe}: nncf is not installed")
            continue
        stem = folder / f"{spec.name}_{engine}_{recipe}".replace(" ", "_")
        try:
            with redirect_stdout(sys.stderr):  # nncf draws its progress there.
                path = _save(make(), stem)
        # A peer's tool may refuse a network in any way; the others still count.
        except Exception as error:
            problems.append(f"{engine}:{recipe}: {last_line(error)}")
            continue
        graphs.append(PeerGraph(engine, recipe, precision, path))
    return graphs, problems


def _save(model: Any, stem: Path) -> Path:
    if isinstance(model, bytes):
        path = stem.with_suffix(".onnx")
        path.write_bytes(model)
        return path
    import openvino as ov

    path = stem.with_suffix(".xml")
    ov.save_model(model, path, compress_to_fp16=False)
    return path


class _Blocks(BlockProduct):
    """MatMulNBits with blocks of 128, the fastest at one row per call."""

    BLOCK = 128


def _samples(spec: StackSpec) -> Iterator[dict[str, Any]]:
    for seed in range(_NUM_SAMPLES):
        yield random_inputs(spec, _CALIBRATION_ROWS, seed=100 + seed)


def _samples_with_states(spec: StackSpec) -> Iterator[dict[str, Any]]:
    for sample in _samples(spec):
        yield {**inputs_by_heads(spec, sample), **spec.zero_states()}


def _qdq(spec: StackSpec, model: bytes) -> bytes:
    """Static U8S8 of MatMul and Conv, per channel."""
    from onnxruntime import quantization as q

    class Reader(q.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._samples = _samples_with_states(spec)

        def get_next(self) -> dict[str, Any] | None:
            return next(self._samples, None)

    def quantize(source: str, target: str) -> None:
        q.quantize_static(
            source,
            target,
            Reader(),
            quant_format=q.QuantFormat.QDQ,
            op_types_to_quantize=["MatMul", "Gemm", "Conv"],
            per_channel=True,
            activation_type=q.QuantType.QUInt8,
            weight_type=q.QuantType.QInt8,
            nodes_to_exclude=_activation_products(model),
            extra_options={"ActivationSymmetric": False, "WeightSymmetric": True},
        )

    return _through_files(model, quantize)


def _dynamic(model: bytes) -> bytes:
    """Dynamic activations, MatMul only."""
    from onnxruntime import quantization as q

    def quantize(source: str, target: str) -> None:
        q.quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=q.QuantType.QInt8,
            nodes_to_exclude=_activation_products(model),
        )

    return _through_files(model, quantize)


def _through_files(model: bytes, quantize: Callable[[str, str], None]) -> bytes:
    from onnxruntime.quantization.shape_inference import quant_pre_process

    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with tempfile.TemporaryDirectory(prefix="engine_") as folder:
            raw, ready, done = (str(Path(folder, name)) for name in "abc")
            Path(raw).write_bytes(model)
            quant_pre_process(raw, ready, skip_symbolic_shape=True)
            quantize(ready, done)
            return Path(done).read_bytes()
    finally:
        logging.disable(level)


def _activation_products(model: bytes) -> list[str]:
    """Names of MatMuls of two activations, which attention has; they stay in float."""
    graph = onnx.load_from_string(model).graph
    constants = {tensor.name for tensor in graph.initializer}
    return [
        node.name
        for node in graph.node
        if node.op_type == "MatMul" and node.input[1] not in constants
    ]


def _compress(model: bytes) -> Any:
    import nncf
    import openvino as ov

    nncf.set_log_level(logging.ERROR)
    mode = nncf.CompressWeightsMode.INT8_SYM
    return nncf.compress_weights(ov.Core().read_model(model), mode=mode)


def _nncf_quantize(spec: StackSpec, model: bytes) -> Any:
    import nncf
    import openvino as ov

    nncf.set_log_level(logging.ERROR)
    graph = ov.Core().read_model(model)
    samples = list(_samples_with_states(spec))
    # With dynamic rows it fails for dense convolutions; the runners set them anew.
    graph.reshape({name: list(array.shape) for name, array in samples[0].items()})
    return nncf.quantize(
        graph,
        nncf.Dataset(samples),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=_NUM_SAMPLES,
        fast_bias_correction=True,
    )


def last_line(error: Exception) -> str:
    """Returns a runtime's reason, which it gives last."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1][:160] if lines else ''}"
