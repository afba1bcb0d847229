"""Every stage x variant x instruction set: time against fp32, size, quality, choice.

    python -m benchmarks.variants [--json FILE] [--check] [--rungs avx2,avx512_vnni]

Models: the default voice, HiFi-GAN LJ V2 (real weights of others; where the file is),
the Sopro-shaped generator (random weights). Each instruction set has a process of its
own, which holds the native kernels and OpenVINO to it; ONNX Runtime cannot be held to
one and runs its best everywhere. Half of the rounds choose, the other half judge the
choice: a case is lost when the chosen variant takes more than 5 % longer than the best
fp32 one, or misses its gate. Last, the field's failure: quantize_dynamic of everything.

Needs the extra calibrate.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import variant_packs
from benchmarks.engine_rungs import Rung, rungs_here
from benchmarks.machine import Machine
from benchmarks.naive_quantization import naive_rows
from benchmarks.networks.hifigan import TRAINED
from benchmarks.results import Row, add_arguments, publish

LICENCE = TRAINED.with_name("hifigan_LICENSE")
TOLERANCE = 1.05


def main() -> int:
    """Measure and print; the exit code says whether ``--check`` passed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.variants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    parser.add_argument("--rungs", help="instruction sets; default: all that run here")
    parser.add_argument("--rounds", type=int, default=14)
    parser.add_argument("--work", type=Path, help="keep the packs in this folder")
    parser.add_argument(
        "--sensitivity", type=Path, help="of HiFi-GAN: which layers stay in float"
    )
    arguments = parser.parse_args()
    machine = Machine.here()
    with tempfile.TemporaryDirectory() as folder:
        work = arguments.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        packs = _packs(work, arguments.sensitivity)
        rungs = [rung for rung in rungs_here() if not rung.evex]
        if arguments.rungs:
            wanted = arguments.rungs.split(",")
            rungs = [rung for rung in rungs if rung.name in wanted]
        cases = [case for rung in rungs for case in _measure(rung, packs, arguments)]
        naive: Sequence[Row] = ()
        if TRAINED.exists():
            naive = naive_rows(TRAINED, work / "hifigan-all")
    _print(cases)
    rows = [*_totals(cases), *naive]
    return publish("benchmarks.variants", rows, arguments, machine, list(_rows(cases)))


def _packs(work: Path, sensitivity: Path | None) -> list[Path]:
    packs = [work / "edge-en-all", work / "generator-all"]
    if not packs[0].exists():
        variant_packs.default_voice(work)
    if not packs[1].exists():
        variant_packs.sopro_generator(work)
    if not TRAINED.exists():
        print(f"{TRAINED} is not here: HiFi-GAN left out", file=sys.stderr)
        return packs
    packs.insert(1, work / "hifigan-all")
    if not packs[1].exists():
        variant_packs.hifigan(TRAINED, LICENCE, work, sensitivity)
    return packs


def _measure(
    rung: Rung, packs: Sequence[Path], arguments: argparse.Namespace
) -> list[dict[str, Any]]:
    environment = {
        **os.environ,
        **rung.environment(),
        "EDGE_TTS_PLAN": "off",
        "EDGE_TTS_ISA": rung.name,
    }
    command = [sys.executable, "-m", "benchmarks.variants_worker"]
    command += [str(arguments.rounds), *map(str, packs)]
    done = subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _print(cases: Sequence[dict[str, Any]]) -> None:
    print(
        f"\n{'isa':12} {'pack':14} {'stage':12} {'variant':28} {'rows':>4} {'us':>8} "
        f"{'x fp32':>7} {'kB':>6} {'pesq':>5} {'logmel':>7} {'top1':>6} {'dB':>5}"
    )
    for case in cases:
        quality = case["quality"]
        noise = quality.get("sqnr_db", quality.get("pcm_snr_db"))
        figures = [
            _figure(quality.get("pesq_wb"), "5.2f"),
            _figure(quality.get("log_mel_l1"), "7.4f"),
            _figure(quality.get("top1_agreement"), "6.3f"),
            _figure(noise, "5.1f"),
        ]
        mark = "*" if case["chosen"] else ""
        mark += "t" if case["in_table"] else ""
        mark += f" {case['problem']}" if case["problem"] else ""
        print(
            f"{case['isa']:12} {case['pack']:14} {case['stage']:12} "
            f"{case['variant']:28} {case['rows']:>4} {case['seconds'] * 1e6:>8.1f} "
            f"{_figure(case['ratio'], '7.2f')} {case['nbytes'] // 1000:>6} "
            f"{' '.join(figures)} {mark}"
        )
    print("* chosen by measurement, t by the shipped table; x fp32: of its own backend")


def _figure(value: float | None, form: str) -> str:
    width = int(form.partition(".")[0])
    return " " * width if value is None else format(value, form)


def _totals(cases: Sequence[dict[str, Any]]) -> Iterator[Row]:
    for name, mark, target in (
        ("measured", "chosen", 0.0),
        ("table", "in_table", 0.0),
    ):
        slower = [
            f"{c['isa']} {c['pack']} {c['stage']} {c['rows']}"
            for c in cases
            if c[mark]
            and (best := _best_float(cases, c)) is not None
            and c["seconds"] > TOLERANCE * best
        ]
        below = [c for c in cases if c[mark] and c["problem"]]
        note = "; ".join(slower[:4])
        yield Row(f"{name}.slower_than_fp32", len(slower), "cases", note, target=target)
        yield Row(f"{name}.below_gate", len(below), "cases", target=target)
    chosen = [c for c in cases if c["chosen"]]
    yield Row("cases", len(chosen), "cases")
    ratios = [
        best / c["seconds"]
        for c in chosen
        if (best := _best_float(cases, c)) is not None
    ]
    if ratios:
        yield Row("chosen.speed_over_best_fp32", statistics.median(ratios), "x")
        yield Row("chosen.least_speed_over_best_fp32", float(np.min(ratios)), "x")


def _best_float(cases: Sequence[dict[str, Any]], like: dict[str, Any]) -> float | None:
    keys = ("isa", "pack", "stage", "rows")
    floats = [
        case["seconds"]
        for case in cases
        if ":fp32" in case["variant"] and all(case[k] == like[k] for k in keys)
    ]
    return min(floats, default=None)


def _rows(cases: Sequence[dict[str, Any]]) -> Iterator[Row]:
    for case in cases:
        name = "{isa}.{pack}.{stage}.{variant}.{rows}".format(**case)
        facts = ", ".join(f"{k} {v:g}" for k, v in case["quality"].items())
        yield Row(f"{name}.us", case["seconds"] * 1e6, "us", facts, case["ratio"])
        yield Row(f"{name}.size", case["nbytes"] / 1e3, "kB")


if __name__ == "__main__":
    sys.exit(main())
