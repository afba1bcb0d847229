"""Files and declarations of the variants of every stage."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from calibrate.graphs.build_onnx import build_onnx, build_onnx_int8
from calibrate.graphs.native_tensors import build_native_int8
from calibrate.voice.export_builder import StageNetwork
from calibrate.voice.export_calibration import Recorded
from calibrate.voice.export_half import with_half_weights
from calibrate.voice.export_licence import LICENCE_TEXT
from calibrate.voice.export_manifest import LICENCE_FILE
from edge_tts.packs import PackWriter

Networks = Mapping[str, StageNetwork]
Variants = dict[str, list[dict[str, Any]]]
"""Stage id -> variants in JSON form."""
Quality = Mapping[str, Mapping[str, float]]
"""``STAGE:BACKEND`` -> figures of that variant; ``voice`` -> those of all together."""

GRAPH_BACKENDS = ("ort", "openvino")
FLOAT_STAGES = ("conditioner",)
"""Stages left in float: 1,152 multiply-adds a token, but the pitch passes through."""


def draft_variants(networks: Networks) -> Variants:
    """Stand-ins, for a manifest that is parsed before anything is written."""
    return {
        stage: [_variant("ort", "fp32", "none", {}, graph="draft")]
        for stage in networks
    }


def write_float_pack(
    target: Path, networks: Networks, manifest_of: Callable[[Variants], dict[str, Any]]
) -> None:
    """Weights in fp16, arithmetic in float32."""
    variants: Variants = {}
    with PackWriter(target, replace=True) as writer:
        writer.add_bytes(LICENCE_FILE, LICENCE_TEXT.encode())
        for stage, network in networks.items():
            variants[stage] = _add_float(writer, stage, network, {})
        writer.finish(manifest_of(variants))


def write_int8_pack(
    target: Path,
    networks: Networks,
    recorded: Recorded,
    percentile: float,
    quality: Quality,
    manifest_of: Callable[[Variants], dict[str, Any]],
) -> None:
    """Matrix products in INT8 with fixed activation scales."""
    variants: Variants = {}
    with PackWriter(target, replace=True) as writer:
        writer.add_bytes(LICENCE_FILE, LICENCE_TEXT.encode())
        for stage, network in networks.items():
            native = _add_native(writer, stage, network, quality)
            if stage in FLOAT_STAGES:
                floats = _add_float(writer, stage, network, quality)
                variants[stage] = [native, *floats]
                continue
            name = f"{stage}.int8.onnx"
            graph = build_onnx_int8(
                network.spec,
                network.tensors,
                recorded[stage],
                percentile=percentile,
                # On CPUs with AVX2 but without VNNI the runtimes add pairs of products
                # in 16 bits; weights of 7 bits cannot overflow them.
                saturation_guard=True,
            )
            writer.add_bytes(name, graph)
            variants[stage] = [native] + [
                _variant(
                    backend,
                    "int8",
                    "static",
                    quality.get(f"{stage}:{backend}", {}),
                    graph=name,
                )
                for backend in GRAPH_BACKENDS
            ]
        writer.finish(manifest_of(variants))


def _add_native(
    writer: PackWriter, stage: str, network: StageNetwork, quality: Quality
) -> dict[str, Any]:
    figures = quality.get(f"{stage}:native", {})
    files = {"spec": f"{stage}.json", "tensors": f"{stage}.safetensors"}
    if stage in FLOAT_STAGES:
        spec, tensors = network.spec, dict(network.tensors)
        variant = _variant("native", "fp32", "none", figures, **files)
    else:
        spec, tensors = build_native_int8(network.spec, network.tensors)
        variant = _variant("native", "int8", "dynamic", figures, **files)
    text = json.dumps(spec.to_json(), separators=(",", ":"))
    writer.add_bytes(files["spec"], text.encode())
    writer.add_tensors(files["tensors"], tensors)
    return variant


def _add_float(
    writer: PackWriter, stage: str, network: StageNetwork, quality: Quality
) -> list[dict[str, Any]]:
    name = f"{stage}.fp16.onnx"
    graph = build_onnx(network.spec, network.tensors)
    writer.add_bytes(name, with_half_weights(graph))
    return [
        _variant(
            backend, "fp16", "none", quality.get(f"{stage}:{backend}", {}), graph=name
        )
        for backend in GRAPH_BACKENDS
    ]


def _variant(
    backend: str,
    precision: str,
    scheme: str,
    quality: Mapping[str, float],
    **files: str,
) -> dict[str, Any]:
    return {
        "backend": backend,
        "precision": precision,
        "scheme": scheme,
        "files": files,
        "quality": dict(quality),
        # The runtime compares the figures with its gates; nobody has to be believed.
        "gate": "unmeasured",
    }
