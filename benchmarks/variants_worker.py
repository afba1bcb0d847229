"""Times all variants of packs in a process held to one instruction set.

    python -m benchmarks.variants_worker ROUNDS PACK ...

Called by ``benchmarks.variants``; prints JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge_tts.backends.gates import gate_problem
from edge_tts.backends.measured_plan import MeasuredPlan, StageTime, variant_key
from edge_tts.backends.plan_key import MachineKey, pack_digest
from edge_tts.backends.plan_store import FoundPlan
from edge_tts.backends.registry import open_executor
from edge_tts.backends.selection import Machine, select_plan
from edge_tts.cpu import current_isa
from edge_tts.errors import EdgeTTSError
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Manifest, Pack, Variant
from edge_tts.tuning.stage_probe import StageProbe, rows_of

SIZES = (8, 48)


def main() -> int:
    """Measure the packs of the command line."""
    rounds, *paths = sys.argv[1:]
    cases: list[dict[str, Any]] = []
    for path in paths:
        with Pack.open(Path(path)) as pack:
            cases += measure(pack, int(rounds))
    json.dump(cases, sys.stdout)
    return 0


def measure(pack: Pack, rounds: int) -> Iterator[dict[str, Any]]:
    """Every variant of every stage of one pack."""
    manifest = pack.manifest
    timed: dict[tuple[str, str, int], list[float]] = {}
    for stage in manifest.stages:
        sizes = rows_of(stage, SIZES)
        probes = {}
        for variant in stage.variants:
            try:
                executor = open_executor(pack, stage, variant)
                probe = StageProbe(stage.signature, executor, sizes)
                probe.seconds(sizes[-1])
            except EdgeTTSError as error:
                print(f"{stage.id} {variant.label}: {error}", file=sys.stderr)
                continue
            probes[variant_key(variant)] = probe
        for _ in range(rounds):
            for rows in sizes:
                for key, probe in probes.items():
                    case = timed.setdefault((stage.id, key, rows), [])
                    case.append(probe.seconds(rows, 3))
        for probe in probes.values():
            probe.close()
        print(f"{current_isa()} {manifest.id} {stage.id}", file=sys.stderr)
    machine = Machine.current()
    table = select_plan(manifest, machine, RuntimeOptions())
    # One half of the rounds chooses, the other judges the choice.
    found = FoundPlan(_plan(manifest, timed), "rounds", "")
    plan = select_plan(manifest, machine, RuntimeOptions(), 1, found)
    for (stage_id, key, rows), seconds in timed.items():
        stage = manifest.stage(stage_id)
        variant = next(v for v in stage.variants if variant_key(v) == key)
        own = statistics.median(seconds[1::2])
        floats = [
            statistics.median(timed[stage_id, variant_key(v), rows][1::2])
            for v in stage.variants
            if v.backend == variant.backend and v.precision == "fp32"
            if (stage_id, variant_key(v), rows) in timed
        ]
        yield {
            "isa": current_isa().value,
            "pack": manifest.id.removesuffix("-all"),
            "stage": stage_id,
            "variant": f"{variant.label}:{variant.scheme}",
            "rows": rows,
            "seconds": own,
            "ratio": own / floats[0] if floats else None,
            "nbytes": _nbytes(manifest, variant),
            "quality": dict(variant.quality),
            "problem": gate_problem(variant, stage.kind) or "",
            "chosen": _is(plan.choices[stage_id].variant, variant),
            "in_table": _is(table.choices[stage_id].variant, variant),
        }


def _is(chosen: Variant, variant: Variant) -> bool:
    return variant_key(chosen) == variant_key(variant)


def _plan(
    manifest: Manifest, timed: dict[tuple[str, str, int], list[float]]
) -> MeasuredPlan:
    times = tuple(
        StageTime(stage, key, 1, None, rows, statistics.median(seconds[::2]))
        for (stage, key, rows), seconds in timed.items()
    )
    return MeasuredPlan(
        *(MachineKey.here(), manifest.id, pack_digest(manifest), "", 1, None),
        *(16, 48, 2.0, times, ()),
    )


def _nbytes(manifest: Manifest, variant: Variant) -> int:
    return sum(manifest.files[name].size for name in variant.files.values())


if __name__ == "__main__":
    sys.exit(main())
