"""Packs that hold every variant of three models, for ``benchmarks.variants``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine_networks import random_inputs
from benchmarks.networks.generator import generator
from calibrate.bundle.command import write_bundle
from calibrate.convert import hifigan as hifigan_converter
from calibrate.dataset.recorded_inputs import record_inputs
from calibrate.dataset.texts import DEFAULT_TEXTS, read_sentences
from calibrate.evaluate.candidates import judge_candidates
from calibrate.graphs.build_onnx import build_onnx
from calibrate.graphs.signature_json import signature_json
from calibrate.pack_arguments import TWIN
from calibrate.quantize.candidate import Candidate
from calibrate.quantize.float_stacks import FloatStack, float_stacks
from calibrate.quantize.recipes import RECIPES, Settings, quantized
from calibrate.sensitivity.stored_result import read_float_layers
from edge_tts.backends.native_session import NativeSession
from edge_tts.errors import EdgeTTSError
from edge_tts.packs import Pack, PackWriter
from edge_tts.packs.tensor_writer import encode_tensors
from edge_tts.packs.voice_library import VoiceLibrary

RECIPES_TRIED: Final = ("native-int8", "qdq", "blocks8", "weights")
_SUFFIXES: Final = {"spec": "json", "tensors": "safetensors", "graph": "onnx"}
_JUDGED, _HEARD = 3, 6
_STEPS: Final = 256
Admitted = list[tuple[Path, Candidate, str]]


def default_voice(folder: Path) -> Path:
    """The default voice as shipped, with float variants of its twin beside."""
    with VoiceLibrary().resolve("edge-en").open() as pack, Pack.open(TWIN) as twin:
        floats: Admitted = []
        for stage, stack in float_stacks(pack, twin).items():
            floats += _floats(folder / "voice", stage, stack)
        return write_bundle(folder / "edge-en-all", pack, floats, "edge-en-all")


def hifigan(
    source: Path, licence: Path, folder: Path, sensitivity: Path | None
) -> Path:
    """A converted HiFi-GAN with every recipe, judged at the sound of real speech."""
    target = folder / "hifigan"
    if not target.exists():
        arguments = _parser_arguments(source, licence, target)
        hifigan_converter.run(arguments)
    with Pack.open(target) as pack:
        stacks = float_stacks(pack)
        sentences = [
            (("kathleen", "lj", "slt", "bdl")[i % 4], line)
            for i, line in enumerate(read_sentences(DEFAULT_TEXTS, _HEARD + _JUDGED))
        ]
        heard: dict[str, list[Any]] = {stage: [] for stage in stacks}
        for sentence in sentences[:_HEARD]:
            for stage, runs in record_inputs(pack.manifest, stacks, sentence).items():
                heard[stage] += runs
        candidates = folder / "hifigan.candidates"
        made = []
        for stage, stack in stacks.items():
            settings = Settings(float_layers=read_float_layers(sensitivity, stage))
            made += _quantized(candidates, stage, stack, heard[stage], settings)
        judge_candidates(candidates, pack, stacks, sentences[_HEARD:])
        admitted = [
            (path, Candidate.load(path), backend)
            for path, candidate in made
            for backend in candidate.backends
        ]
        name = "hifigan-all"
        return write_bundle(folder / name, pack, admitted, name, replace=True)


def sopro_generator(folder: Path) -> Path:
    """The Sopro-shaped generator with random weights, judged by its arg-max."""
    spec, tensors = generator()
    stack = FloatStack(spec, dict(tensors))
    samples = [random_inputs(spec, 64, seed) for seed in range(4)]
    admitted: Admitted = _floats(folder / "generator", "generator", stack)
    for path, candidate in _quantized(
        folder / "generator", "generator", stack, samples, Settings()
    ):
        admitted += [(path, candidate, backend) for backend in candidate.backends]
    signature = signature_json(spec)
    base = folder / "generator-base"
    with PackWriter(base, replace=True) as writer:
        writer.add_bytes("LICENSE.txt", b"Random weights.\n")
        writer.add_bytes("fp32.json", json.dumps(spec.to_json()).encode())
        writer.add_bytes("fp32.safetensors", encode_tensors(dict(tensors)))
        writer.finish(_generator_manifest(signature, spec.receptive_field))
    with Pack.open(base) as pack:
        target = folder / "generator-all"
        write_bundle(target, pack, admitted, "generator-all", replace=True)
    with Pack.open(target) as pack:
        judged = _agreements(pack, stack, admitted)
    with Pack.open(base) as pack:
        return write_bundle(target, pack, judged, "generator-all", replace=True)


def _floats(folder: Path, stage: str, stack: FloatStack) -> Admitted:
    path = folder / f"{stage}.fp32"
    path.mkdir(parents=True, exist_ok=True)
    names = {role: f"{stage}.all.fp32.{end}" for role, end in _SUFFIXES.items()}
    contents = {
        "spec": json.dumps(stack.spec.to_json()).encode(),
        "tensors": encode_tensors(stack.tensors),
        "graph": build_onnx(stack.spec, stack.tensors),
    }
    for role, data in contents.items():
        (path / names[role]).write_bytes(data)
    graph = {"graph": names["graph"]}
    native = {role: names[role] for role in ("spec", "tensors")}
    own = Candidate(stage, "fp32", ("native",), "fp32", "none", native)
    graphs = Candidate(stage, "fp32", ("ort", "openvino"), "fp32", "none", graph)
    return [(path, own, "native"), (path, graphs, "ort"), (path, graphs, "openvino")]


def _quantized(
    folder: Path,
    stage: str,
    stack: FloatStack,
    samples: Sequence[Mapping[str, NDArray[Any]]],
    settings: Settings,
) -> list[tuple[Path, Candidate]]:
    made = []
    for name in RECIPES_TRIED:
        recipe = RECIPES[name]
        path = folder / f"{stage}.{name}"
        try:
            files = quantized(recipe, stack, samples, settings)
        except EdgeTTSError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        path.mkdir(parents=True, exist_ok=True)
        names = {role: f"{path.name}.{_SUFFIXES[role]}" for role in files}
        for role, data in files.items():
            (path / names[role]).write_bytes(data)
        candidate = Candidate(
            *(stage, name, recipe.backends, recipe.precision, recipe.scheme, names)
        )
        candidate.save(path)
        made.append((path, candidate))
    return made


def _agreements(pack: Pack, stack: FloatStack, admitted: Admitted) -> Admitted:
    """Teacher-forced top-1 agreement of every quantised variant with float."""
    from edge_tts.backends.measured_plan import variant_key
    from edge_tts.backends.registry import backend_problems, open_executor

    stage = pack.manifest.stages[0]
    inputs = random_inputs(stack.spec, _STEPS, 11)
    reference = NativeSession(stack.spec, stack.tensors, stage.signature)
    expected = np.array(reference.open(_STEPS).run(inputs)["y"])
    opened = {variant_key(variant): variant for variant in stage.variants}
    judged: Admitted = []
    for path, candidate, backend in admitted:
        variant = opened[variant_key(candidate.variant(backend))]
        if candidate.precision == "fp32" or backend_problems()[backend] is not None:
            judged.append((path, candidate, backend))
            continue
        executor = open_executor(pack, stage, variant)
        found = np.array(executor.open(_STEPS).run(inputs)["y"])
        executor.close()
        error = np.square(found - expected).sum(dtype=np.float64)
        power = np.square(expected).sum(dtype=np.float64)
        figures = {
            "top1_agreement": float((found.argmax(1) == expected.argmax(1)).mean()),
            "sqnr_db": float(10 * np.log10(power / max(error, 1e-12))),
        }
        quality = {**candidate.quality, backend: figures}
        judged.append((path, replace(candidate, quality=quality), backend))
    return judged


def _generator_manifest(signature: dict[str, Any], field: int) -> dict[str, Any]:
    files = {"spec": "fp32.json", "tensors": "fp32.safetensors"}
    native = {"backend": "native", "precision": "fp32", "files": files}
    return {
        "id": "generator-base",
        "version": "1.0.0",
        "family": "benchmark",
        "languages": ["und"],
        "licence": {
            "code": "Apache-2.0",
            "weights": "CC0-1.0",
            "attribution": "",
            "commercial": "yes",
            "file": "LICENSE.txt",
        },
        "made_by": {
            "command": "python -m benchmarks.variants",
            "commit": "unknown",
            "created": "2026-01-01",
            "converter": "benchmarks",
        },
        "audio": {"sample_rate": 24000, "hop_length": 1920},
        "frontend": {
            "normalizer": "none",
            "phonemizer": {"kind": "none"},
            "tokenizer": {"kind": "none"},
        },
        "samplers": {"greedy": [{"op": "top_k", "value": 1}]},
        "stages": [
            {
                "id": "generator",
                "kind": "ar",
                **signature,
                "receptive_field": field,
                "ar": {"sampler": "greedy", "stop_tokens": [2048], "max_steps": 2000},
                "variants": [native],
            }
        ],
        "speakers": [
            {"id": "any", "index": 0, "name": "any speaker", "language": "und"}
        ],
        "default_speaker": "any",
        "streaming": {"mode": "exact"},
    }


def _parser_arguments(source: Path, licence: Path, target: Path) -> Any:
    import argparse

    parser = argparse.ArgumentParser()
    hifigan_converter.add_arguments(parser)
    return parser.parse_args(
        [str(source), "-o", str(target), "--licence-file", str(licence)]
    )
