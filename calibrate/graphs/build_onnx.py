"""Turns a StackSpec and its tensors into an ONNX model, in float32 or int8."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.graphs.activation_ranges import collect_activation_ranges
from calibrate.graphs.graph_writer import GraphWriter
from calibrate.graphs.layer_writers import (
    LAYER_WRITERS,
    LayerContext,
    LayerWriter,
)
from calibrate.graphs.products import (
    BlockProduct,
    DynamicProduct,
    FloatProduct,
    ProductWriter,
    StaticProduct,
    WeightOnlyProduct,
)
from calibrate.graphs.validity_masks import ValidityMasks
from edge_tts.network.stack_spec import StackSpec

Scheme = Literal["static", "dynamic", "weights", "blocks"]
Tensors = Mapping[str, NDArray[Any]]


def build_onnx(spec: StackSpec, tensors: Tensors) -> bytes:
    """Returns the float32 model.

    Inputs and outputs carry the names of the spec, rows are a dynamic dimension, and
    each state S is an input ``S`` and an output ``S_next``.

    Args:
        spec: the network.
        tensors: float32 arrays named and shaped as ``spec.tensors``.

    Raises:
        StackSpecError: tensors do not fit the spec.
    """
    return write_graph(spec, tensors, FloatProduct())


def build_onnx_int8(
    spec: StackSpec,
    tensors: Tensors,
    calibration_inputs: Iterable[Mapping[str, NDArray[Any]]],
    scheme: Scheme = "static",
    *,
    percentile: float = 100.0,
    float_layers: Set[str] = frozenset(),
    saturation_guard: bool = False,
) -> bytes:
    """Returns a model whose linear and conv products run in int8.

    Args:
        spec: the network.
        tensors: float32 arrays named and shaped as ``spec.tensors``.
        calibration_inputs: whole utterances; read by scheme "static" only.
        scheme: "static" fixed activation scales (any runtime, chunking changes
            nothing); "dynamic" one scale per call and layer (onnxruntime, not for
            streams); "weights" int8 weights, float activations (openvino); "blocks"
            MatMulNBits (onnxruntime, one or few rows per call).
        percentile: see :func:`collect_activation_ranges`.
        float_layers: names of layers to leave in float32.
        saturation_guard: 7-bit weights, for CPUs with AVX2 but without VNNI.

    Raises:
        StackSpecError: tensors do not fit the spec.
        ValueError: "static" without samples, or an unknown scheme.
    """
    product: ProductWriter
    if scheme == "static":
        ranges = collect_activation_ranges(
            spec, tensors, calibration_inputs, percentile
        )
        product = StaticProduct(ranges, saturation_guard)
    elif scheme == "dynamic":
        product = DynamicProduct(saturation_guard)
    elif scheme == "weights":
        product = WeightOnlyProduct()
    elif scheme == "blocks":
        product = BlockProduct()
    else:
        raise ValueError(f"unknown int8 scheme {scheme!r}")
    return write_graph(spec, tensors, product, float_layers)


def write_graph(
    spec: StackSpec,
    tensors: Tensors,
    product: ProductWriter,
    float_layers: Set[str] = frozenset(),
    writers: Mapping[str, LayerWriter] = LAYER_WRITERS,
) -> bytes:
    """Returns a model with its products and layers written as given.

    Args:
        spec: the network.
        tensors: float32 arrays named and shaped as ``spec.tensors``.
        product: writes linear and conv products.
        float_layers: names of layers whose product stays in float32.
        writers: kind -> writer.

    Raises:
        StackSpecError: tensors do not fit the spec.
    """
    spec.check_tensors(tensors)
    graph = GraphWriter(spec.name)
    names: dict[str, str] = {}
    for given in spec.inputs:
        ids = given.dtype == "int64"
        shape = (given.axis,) if ids else (given.axis, given.channels)
        names[given.name] = graph.add_input(given.name, shape, given.dtype)
    for state, dims in spec.states.items():
        graph.add_input(state, dims)
    masks = ValidityMasks(graph, spec)
    for layer in spec.layers:
        facts = spec.layer_inputs(layer)
        inputs = [names[name] for name in layer.inputs]
        if layer.windowed:
            inputs = [masks.apply(name, names[name]) for name in layer.inputs]
        context = LayerContext(
            graph=graph,
            inputs=tuple(inputs),
            channels=tuple(value.channels for value in facts),
            tensors={
                role: np.asarray(tensors[f"{layer.name}.{role}"], np.float32)
                for role in layer.tensors(facts)
            },
            product=FloatProduct() if layer.name in float_layers else product,
        )
        names[layer.name] = writers[layer.kind](layer, context)
    for output in spec.outputs:
        value = spec.values[output]
        graph.op("Identity", masks.apply(output, names[output]), output=output)
        rows = value.axis if value.rate == 1 else f"{output}_rows"
        graph.add_output(output, (rows, value.channels))
    for state, dims in spec.states.items():
        graph.add_output(f"{state}_next", dims)
    return graph.model_bytes()
