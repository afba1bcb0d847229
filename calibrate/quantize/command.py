"""Quantise the stages of a pack by recipes; every result is a candidate.

Candidates are judged by `evaluate --candidates` and put into packs by `bundle`. Those
that are there with the same options are not made again.

  native-int8 native-int4 native-bf16   own kernels, a scale per row of activations
  qdq          U8S8 with fixed scales, per channel, for onnxruntime and OpenVINO
  dynamic      onnxruntime, one activation scale per call (not for streams)
  blocks8 blocks4   onnxruntime's MatMulNBits
  weights      int8 weights, float activations (OpenVINO)
  nncf-mixed nncf-performance nncf-weights8 nncf-weights4   NNCF on the ONNX graph
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable
from pathlib import Path

from calibrate.convert.errors import ConversionError
from calibrate.dataset.stored_dataset import StoredDataset
from calibrate.pack_arguments import add_pack_arguments, open_packs
from calibrate.progress import progress
from calibrate.quantize.candidate import Candidate
from calibrate.quantize.float_stacks import FloatStack, float_stacks
from calibrate.quantize.ranges import ESTIMATORS
from calibrate.quantize.recipes import RECIPES, Settings, quantized
from calibrate.sensitivity.stored_result import read_float_layers
from edge_tts.backends.plan_key import pack_digest

_SUFFIXES = {"spec": "json", "tensors": "safetensors", "graph": "onnx"}
_USUAL = ("native-int8", "qdq", "blocks8", "weights")
_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_pack_arguments(parser)
    parser.add_argument("--dataset", type=Path, required=True, help="folder")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder")
    parser.add_argument(
        *("--recipe", "-r"), action="append", choices=list(RECIPES), help="repeatable"
    )
    parser.add_argument("--stage", action="append", help="repeatable; default: all")
    parser.add_argument(
        "--range", choices=list(ESTIMATORS), default="percentile", help="of qdq"
    )
    parser.add_argument(
        "--smoothing", type=float, default=0.0, help="SmoothQuant strength, 0 to 1"
    )
    parser.add_argument(
        "--no-guard", action="store_true", help="8-bit weights: CPUs with VNNI only"
    )
    parser.add_argument(
        "--sensitivity", type=Path, help="what `sensitivity` found: layers in float"
    )
    parser.add_argument("--tag", default="", help="added to the candidates' names")


def run(arguments: argparse.Namespace) -> None:
    """Make the candidates.

    Raises:
        ConversionError: No data set of this pack, or no float weights.
    """
    if not 0.0 <= arguments.smoothing <= 1.0:
        raise ConversionError(f"--smoothing {arguments.smoothing}: expected 0 to 1")
    dataset = StoredDataset.open(arguments.dataset)
    with open_packs(arguments) as (pack, twin):
        if dataset.pack_digest != pack_digest(pack.manifest):
            raise ConversionError(
                f"{arguments.dataset}: made with another pack ({dataset.pack_id}) than "
                f"{pack.manifest.id}; make it again"
            )
        stacks = float_stacks(pack, twin)
    stages = arguments.stage or list(stacks)
    if unknown := sorted(set(stages) - stacks.keys()):
        raise ConversionError(f"no stage {unknown[0]}; it has {', '.join(stacks)}")
    jobs = [(s, r) for s in stages for r in arguments.recipe or _USUAL]
    for stage, recipe in progress("quantize", jobs):
        _quantize(stage, stacks[stage], recipe, dataset, arguments)
    print(_table(arguments.output, jobs, arguments.tag))


def _quantize(
    stage: str,
    stack: FloatStack,
    recipe: str,
    dataset: StoredDataset,
    arguments: argparse.Namespace,
) -> None:
    floats = read_float_layers(arguments.sensitivity, stage)
    settings = Settings(
        estimator=arguments.range,
        smoothing=arguments.smoothing,
        guard=not arguments.no_guard,
        float_layers=floats,
    )
    options = {
        "estimator": settings.estimator,
        "smoothing": settings.smoothing,
        "guard": settings.guard,
        "float_layers": sorted(floats),
        "dataset": dataset.pack_digest,
        "sentences": dataset.num_sentences,
    }
    folder = arguments.output / _name(stage, recipe, arguments.tag)
    try:
        if Candidate.load(folder).options == options:
            _LOG.info("%s: there already", folder.name)
            return
    except ConversionError:
        pass
    declared = RECIPES[recipe]
    try:
        made = quantized(declared, stack, dataset.inputs(stage), settings)
    except ConversionError as error:
        _LOG.warning("%s: %s", folder.name, error)
        return
    folder.mkdir(parents=True, exist_ok=True)
    files = {role: f"{folder.name}.{_SUFFIXES[role]}" for role in made}
    for role, data in made.items():
        (folder / files[role]).write_bytes(data)
    Candidate(
        stage=stage,
        recipe=recipe,
        backends=declared.backends,
        precision=declared.precision,
        scheme=declared.scheme,
        files=files,
        options=options,
    ).save(folder)


def _name(stage: str, recipe: str, tag: str) -> str:
    return ".".join(filter(None, (stage, recipe, tag)))


def _table(folder: Path, jobs: Iterable[tuple[str, str]], tag: str) -> str:
    lines = [f"{'candidate':36}{'precision':>10}{'scheme':>13}{'kB':>8}"]
    for stage, recipe in jobs:
        path = folder / _name(stage, recipe, tag)
        try:
            found = Candidate.load(path)
        except ConversionError:
            lines.append(f"{path.name:36} not made")
            continue
        size = sum((path / name).stat().st_size for name in found.files.values())
        lines.append(
            f"{path.name:36}{found.precision:>10}{found.scheme:>13}{size // 1000:>8}"
        )
    return "\n".join(lines)
