"""Which layers of a pack lose what in int8, at the sound, and which may.

Every product is made int8 by itself (native kernels), the sound compared with float.
Errors of different layers are as good as independent, so their squares add: layers are
taken in the order of multiply-adds saved per square, the sound and the time measured on
the way. What stays in float is the shortest list that keeps the whole stage within the
budget. Writes JSON, and a plot of quality against time and size as SVG beside it.
Run again to go on where it stopped.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping
from pathlib import Path

from calibrate.convert.errors import ConversionError
from calibrate.dataset.stored_dataset import StoredDataset
from calibrate.evaluate.listener import Listener, listener
from calibrate.graphs.native_tensors import build_native_int8
from calibrate.pack_arguments import add_pack_arguments, open_packs
from calibrate.progress import progress
from calibrate.quantize.float_stacks import FloatStack, float_stacks
from calibrate.sensitivity.pareto_plot import pareto_svg
from calibrate.sensitivity.stored_result import (
    LayerResult,
    Point,
    StageResult,
    StoredResult,
)
from edge_tts.backends.native_session import NativeSession
from edge_tts.backends.plan_key import pack_digest
from edge_tts.network.int8_product import PRODUCT_LAYERS
from edge_tts.packs import Manifest
from edge_tts.tuning.stage_probe import StageProbe

_POINTS = 12
_TIMED_ROWS = 48
_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_pack_arguments(parser)
    parser.add_argument("--dataset", type=Path, required=True, help="folder")
    parser.add_argument("-o", "--output", type=Path, required=True, help="JSON file")
    parser.add_argument("--stage", action="append", help="repeatable; default: all")
    parser.add_argument("--sounds", type=int, default=2, help="sentences compared")
    parser.add_argument(
        "--log-mel", type=float, default=0.04, help="budget, nat (the gate is at 0.05)"
    )
    parser.add_argument("--sqnr", type=float, default=30.0, help="budget, dB")


def run(arguments: argparse.Namespace) -> None:
    """Measure, search, plot.

    Raises:
        ConversionError: No data set, no float weights, or another pack's result.
    """
    dataset = StoredDataset.open(arguments.dataset)
    with open_packs(arguments) as (pack, twin):
        manifest = pack.manifest
        stacks = float_stacks(pack, twin)
    path: Path = arguments.output
    result = StoredResult(manifest.id, pack_digest(manifest))
    if path.exists():
        result = StoredResult.load(path)
        if result.digest != pack_digest(manifest):
            raise ConversionError(f"{path}: is about another pack, {result.pack}")
    judge = listener(manifest, stacks, dataset.sentences()[: arguments.sounds])
    for stage in arguments.stage or list(stacks):
        if stage not in stacks:
            raise ConversionError(f"no stage {stage}; it has {', '.join(stacks)}")
        found = result.stages.setdefault(stage, StageResult())
        search = _Search(stage, stacks[stage], judge, manifest, arguments)
        for name in progress(stage, search.missing(found.layers)):
            found.layers[name] = search.layer(name)
            result.save(path)
        budget = [arguments.log_mel, arguments.sqnr]
        if (found.float_layers is None or found.budget != budget) and found.layers:
            found.budget = budget
            found.path, found.float_layers = search.assignment(found.layers)
            result.save(path)
        _report(stage, found)
    svg = path.with_suffix(".svg")
    svg.write_text(pareto_svg(result), encoding="utf-8")
    print(f"{path}, {svg}")


class _Search:
    """Layers of one stage."""

    def __init__(
        self,
        stage: str,
        stack: FloatStack,
        judge: Listener,
        manifest: Manifest,
        arguments: argparse.Namespace,
    ) -> None:
        self._stage, self._stack, self._judge = stage, stack, judge
        self._signature = manifest.stage(stage).signature
        self._log_mel, self._sqnr = arguments.log_mel, arguments.sqnr
        spec = stack.spec
        self._work = {
            layer.name: float(
                layer.multiply_adds(spec.layer_inputs(layer))
                * spec.values[layer.name].rate
            )
            for layer in spec.layers
            if isinstance(layer, PRODUCT_LAYERS)
        }
        frame_rate = manifest.audio.sample_rate / manifest.audio.hop_length
        self._rows_per_second = frame_rate

    def missing(self, known: Mapping[str, LayerResult]) -> list[str]:
        return [name for name in self._work if name not in known]

    def layer(self, name: str) -> LayerResult:
        figures = self._judge.distance(self._stage, self._session({name})[0])
        return LayerResult(figures["log_mel_l1"], figures["sqnr_db"], self._work[name])

    def assignment(
        self, layers: Mapping[str, LayerResult]
    ) -> tuple[list[Point], list[str]]:
        """The way from no layer in int8 to all, and what stays in float."""
        order = sorted(layers, key=lambda n: self._spent(layers[n]) / self._work[n])
        steps = {round(len(order) * k / _POINTS) for k in range(_POINTS + 1)}
        path = []
        best = 0
        for count in sorted(steps):
            point = self._point(order[:count])
            path.append(point)
            if self._fits(point):
                best = max(best, count)
        # Between two measured points the boundary is found by halving.
        low, high = best, min((s for s in steps if s > best), default=best)
        while high - low > 1:
            middle = (low + high) // 2
            point = self._point(order[:middle])
            path.append(point)
            low, high = (middle, high) if self._fits(point) else (low, middle)
        path.sort(key=lambda p: p.int8_share)
        return path, sorted(set(self._work) - set(order[:low]))

    def _spent(self, result: LayerResult) -> float:
        noise = 10 ** ((self._sqnr - result.sqnr_db) / 10)
        return float(max((result.log_mel_l1 / self._log_mel) ** 2, noise))

    def _fits(self, point: Point) -> bool:
        return point.log_mel_l1 <= self._log_mel and point.sqnr_db >= self._sqnr

    def _point(self, int8: list[str]) -> Point:
        session, nbytes = self._session(set(int8))
        figures = self._judge.distance(self._stage, session)
        share = sum(self._work[n] for n in int8) / max(1.0, sum(self._work.values()))
        return Point(
            share,
            self._seconds(session),
            nbytes,
            figures["log_mel_l1"],
            figures["sqnr_db"],
            int8[-1] if int8 else "",
        )

    def _session(self, int8: set[str]) -> tuple[NativeSession, int]:
        spec, tensors = build_native_int8(
            self._stack.spec, self._stack.tensors, frozenset(self._work.keys() - int8)
        )
        nbytes = sum(array.nbytes for array in tensors.values())
        return NativeSession(spec, tensors, self._signature), nbytes

    def _seconds(self, session: NativeSession) -> float:
        probe = StageProbe(session.signature, session, (_TIMED_ROWS,))
        times = sorted(probe.seconds(_TIMED_ROWS, 5) for _ in range(5))
        probe.close()
        return times[2] / _TIMED_ROWS * self._rows_per_second


def _report(stage: str, found: StageResult) -> None:
    worst = sorted(found.layers, key=lambda n: -found.layers[n].log_mel_l1)[:5]
    print(f"{stage}: {len(found.layers)} layers; most harmful alone:")
    for name in worst:
        layer = found.layers[name]
        print(f"  {name:28}{layer.log_mel_l1:>9.4f} nat{layer.sqnr_db:>8.1f} dB")
    if found.path:
        last = found.path[-1]
        print(
            f"  all in int8: {last.log_mel_l1:.4f} nat, {last.sqnr_db:.1f} dB; "
            f"in float: {', '.join(found.float_layers or ()) or 'none'}"
        )
