"""The float networks of a pack: from its fp32 variants, or from its float twin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from calibrate.convert.errors import ConversionError
from edge_tts.network.layer import Layer
from edge_tts.network.stack_spec import StackSpec
from edge_tts.packs import Pack, Stage, Variant
from edge_tts.packs.json_text import parse_json
from edge_tts.packs.tensor_file import TensorFile

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class FloatStack:
    """One network before quantisation."""

    spec: StackSpec
    tensors: Arrays


def float_stacks(pack: Pack, twin: Pack | None = None) -> dict[str, FloatStack]:
    """The float network of every stage that has a native description.

    Args:
        pack: Holds ``native:fp32`` variants, or native ones in another precision.
        twin: The same networks as float graphs, for the stages without ``native:fp32``.

    Raises:
        ConversionError: Neither has the float weights of a stage.
    """
    stacks = {}
    for stage in pack.manifest.stages:
        native = [v for v in stage.variants if v.backend == "native"]
        if not native:
            continue
        floats = [v for v in native if v.precision == "fp32"]
        if floats:
            stacks[stage.id] = _stored(pack, floats[0])
        elif twin is not None:
            spec = _spec(pack, native[0])
            graph = _graph(twin, twin.manifest.stage(stage.id))
            stacks[stage.id] = _unfolded(spec, _constants(graph))
        else:
            raise ConversionError(
                f"pack {pack.manifest.id}: stage {stage.id} has no native:fp32 "
                "variant; name the float twin with --twin"
            )
    if not stacks:
        raise ConversionError(
            f"pack {pack.manifest.id}: no stage has a native description"
        )
    return stacks


def _stored(pack: Pack, variant: Variant) -> FloatStack:
    name = variant.files["tensors"]
    tensors = TensorFile(memoryview(pack.read_bytes(name)), name)
    # Copies: the file may be closed before the arrays are used.
    return FloatStack(
        _spec(pack, variant), {n: np.array(a) for n, a in tensors.items()}
    )


def _spec(pack: Pack, variant: Variant) -> StackSpec:
    name = variant.files["spec"]
    data = parse_json(pack.read_bytes(name), name)
    if not isinstance(data, dict):
        raise ConversionError(f"{name} holds no object")
    return StackSpec.from_json(data)


def _graph(twin: Pack, stage: Stage) -> bytes:
    for variant in stage.variants:
        if "graph" in variant.files and variant.precision in ("fp32", "fp16"):
            return bytes(twin.read_bytes(variant.files["graph"]))
    raise ConversionError(
        f"pack {twin.manifest.id}: stage {stage.id} has no float graph"
    )


def _constants(graph: bytes) -> Arrays:
    model = onnx.load_from_string(graph)
    return {
        tensor.name.removesuffix("_fp16"): numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
    }


def _unfolded(spec: StackSpec, constants: Arrays) -> FloatStack:
    """The spec before norms moved into products, with the graph's constants."""
    layers: list[Layer] = []
    for layer in spec.layers:
        affine = getattr(layer, "affine", None)
        if affine is False and f"{layer.name}.gain" in constants:
            layer = layer.replace(affine=True)
        if getattr(layer, "bias", None) and f"{layer.name}.bias" not in constants:
            layer = layer.replace(bias=False)
        layers.append(layer)
    spec = replace(spec, layers=tuple(layers))
    tensors = {}
    for name, shape in spec.tensors.items():
        if name not in constants:
            raise ConversionError(f"stack {spec.name}: the float graph lacks {name}")
        array = np.asarray(constants[name], np.float32)
        # Graphs keep depthwise weights as (channels, 1, 1, taps).
        array = array[:, 0, 0].T if array.ndim == 4 else array
        tensors[name] = np.ascontiguousarray(array.reshape(shape))
    spec.check_tensors(tensors)
    return FloatStack(spec, tensors)
