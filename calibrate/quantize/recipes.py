"""Every way to quantise a stage, by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final

from numpy.typing import NDArray

from calibrate.graphs.build_onnx import build_onnx, build_onnx_int8, write_graph
from calibrate.graphs.native_tensors import build_native
from calibrate.graphs.products import BlockProduct, StaticProduct
from calibrate.quantize.float_stacks import FloatStack
from calibrate.quantize.ranges import estimate_ranges
from calibrate.quantize.smoothing import smooth
from edge_tts.network.layers.dense import Matrix
from edge_tts.packs.tensor_writer import encode_tensors

Samples = Sequence[Mapping[str, NDArray[Any]]]
Files = dict[str, bytes]
"""Role -> content."""


@dataclass(frozen=True)
class Settings:
    """What the recipes may be told."""

    estimator: str = "percentile"
    """See ``ESTIMATORS``."""
    smoothing: float = 0.0
    """See ``smooth``; 0 leaves the weights alone."""
    guard: bool = True
    """Weights of 7 bits in graphs: AVX2 without VNNI adds pairs in 16 bits."""
    float_layers: Set[str] = field(default_factory=frozenset)
    """Layers that stay in float, as ``sensitivity`` found them."""


@dataclass(frozen=True)
class Recipe:
    """One way to quantise."""

    backends: tuple[str, ...]
    precision: str
    scheme: str
    make: Callable[[FloatStack, Samples, Settings], Files]


def _native(precision: str) -> Callable[[FloatStack, Samples, Settings], Files]:
    def make(stack: FloatStack, samples: Samples, settings: Settings) -> Files:
        matrices = [x.name for x in stack.spec.layers if isinstance(x, Matrix)]
        floats = dict.fromkeys([*matrices, *settings.float_layers], "fp32")
        spec, tensors = build_native(stack.spec, stack.tensors, precision, floats)
        text = json.dumps(spec.to_json(), separators=(",", ":"))
        return {"spec": text.encode(), "tensors": encode_tensors(tensors)}

    return make


def _static(stack: FloatStack, samples: Samples, settings: Settings) -> Files:
    ranges = estimate_ranges(stack.spec, stack.tensors, samples, settings.estimator)
    product = StaticProduct(ranges, settings.guard)
    graph = write_graph(stack.spec, stack.tensors, product, settings.float_layers)
    return {"graph": graph}


def _dynamic(stack: FloatStack, samples: Samples, settings: Settings) -> Files:
    graph = build_onnx_int8(
        *(stack.spec, stack.tensors, (), "dynamic"),
        float_layers=settings.float_layers,
        saturation_guard=settings.guard,
    )
    return {"graph": graph}


def _weights(stack: FloatStack, samples: Samples, settings: Settings) -> Files:
    graph = build_onnx_int8(
        *(stack.spec, stack.tensors, (), "weights"), float_layers=settings.float_layers
    )
    return {"graph": graph}


def _blocks(bits: int) -> Callable[[FloatStack, Samples, Settings], Files]:
    def make(stack: FloatStack, samples: Samples, settings: Settings) -> Files:
        graph = write_graph(
            *(stack.spec, stack.tensors, BlockProduct(bits), settings.float_layers)
        )
        return {"graph": graph}

    return make


def _nncf(method: str) -> Callable[[FloatStack, Samples, Settings], Files]:
    def make(stack: FloatStack, samples: Samples, settings: Settings) -> Files:
        # Imported by need: nncf takes seconds, and the other recipes do without.
        from calibrate.quantize.nncf_graphs import quantize_with_nncf

        graph = build_onnx(stack.spec, stack.tensors)
        return {"graph": quantize_with_nncf(stack.spec, graph, samples, method)}

    return make


_GRAPHS: Final = ("ort", "openvino")
RECIPES: Final[Mapping[str, Recipe]] = {
    "native-int8": Recipe(("native",), "int8", "dynamic", _native("int8")),
    "native-int4": Recipe(("native",), "int4", "dynamic", _native("int4")),
    "native-bf16": Recipe(("native",), "bf16", "none", _native("bf16")),
    "qdq": Recipe(_GRAPHS, "int8", "static", _static),
    "dynamic": Recipe(("ort",), "int8", "dynamic", _dynamic),
    "blocks8": Recipe(("ort",), "int8", "weight_only", _blocks(8)),
    "blocks4": Recipe(("ort",), "int4", "weight_only", _blocks(4)),
    "weights": Recipe(("openvino",), "int8", "weight_only", _weights),
    "nncf-mixed": Recipe(_GRAPHS, "int8", "static", _nncf("mixed")),
    "nncf-performance": Recipe(_GRAPHS, "int8", "static", _nncf("performance")),
    "nncf-weights8": Recipe(("openvino",), "int8", "weight_only", _nncf("weights8")),
    "nncf-weights4": Recipe(("openvino",), "int4", "weight_only", _nncf("weights4")),
}
"""Name -> recipe. ``dynamic`` takes one scale per call, so chunking changes the sound:
never for stages that stream."""


def quantized(
    recipe: Recipe, stack: FloatStack, samples: Samples, settings: Settings
) -> Files:
    """Apply a recipe, after smoothing if that is asked for."""
    if settings.smoothing > 0:
        tensors = smooth(stack.spec, stack.tensors, samples, settings.smoothing)
        stack = FloatStack(stack.spec, tensors)
    return recipe.make(stack, samples, settings)
