"""Sopro beside its PyTorch reference: the same random weights, the same length.

    python -m benchmarks.sopro --reference CHECKOUT [--folder DIR] [--version 1.5|1]

CHECKOUT is a clone of github.com/samuel-vitorino/sopro. The Python that runs this needs
torch, transformers, safetensors and tokenizers. DIR keeps checkpoint and packs, so that
a second run starts at once. Weights are random, because published ones need a network:
times are those of any weights, sounds are noise.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish

TEXT = (
    "Streams of speech may start before the text is complete, and they should not "
    "sound as if they did; whoever listens must not be able to tell."
)
RUNTIMES = ("native:int8", "native:fp32", "ort:fp32", "openvino:fp32")
_FIGURES = ("rtf", "first_ms")


def main() -> int:
    """Prepare, measure each in a process of its own, publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--version", choices=("1.5", "1"), default="1.5")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0, 30.0])
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--vocabulary", type=int, default=128256)
    parser.add_argument("--runtimes", nargs="+", default=list(RUNTIMES))
    add_arguments(parser)
    arguments = parser.parse_args()
    machine = Machine.here()
    with tempfile.TemporaryDirectory(prefix="sopro-") as own:
        folder = arguments.folder or Path(own)
        if not (folder / "voice.safetensors").exists():
            _run("benchmarks.sopro_prepare", *_preparation(arguments, folder))
        rows: list[Row] = []
        for threads in arguments.threads:
            rows += _compare(arguments, folder, threads)
    return publish(f"Sopro v{arguments.version}", rows, arguments, machine)


def _preparation(arguments: argparse.Namespace, folder: Path) -> list[str]:
    return [
        str(arguments.reference),
        str(folder),
        "--version",
        arguments.version,
        "--vocabulary",
        str(arguments.vocabulary),
    ]


def _compare(arguments: argparse.Namespace, folder: Path, threads: int) -> list[Row]:
    common = ["--text", TEXT, "--threads", str(threads)]
    common += ["--repeats", str(arguments.repeats), "--seconds"]
    common += [f"{seconds:g}" for seconds in arguments.seconds]
    peer = _run(
        "benchmarks.sopro_reference_worker",
        str(arguments.reference),
        str(folder),
        "--version",
        arguments.version,
        *common,
    )
    rows = [
        Row(f"torch.t{threads}.{name}", value, _unit(name))
        for name, value in peer.items()
    ]
    for runtime in arguments.runtimes:
        backend, _, precision = runtime.partition(":")
        found = _run(
            "benchmarks.sopro_worker",
            str(folder / "pack"),
            str(folder / "voice.safetensors"),
            "--backend",
            backend,
            "--precision",
            precision,
            *common,
        )
        for name, value in found.items():
            other = peer.get(name)
            rows.append(
                Row(
                    f"{backend}.{precision}.t{threads}.{name}",
                    value,
                    _unit(name),
                    peer="" if other is None else f"torch {other:.4g}",
                    ratio=None if other is None or not value else other / value,
                )
            )
    return rows


def _unit(name: str) -> str:
    known = {"load_s": "s", "peak_rss_mb": "MB"}
    if name in known:
        return known[name]
    return "x" if name.endswith("rtf") else "ms"


def _run(module: str, *words: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{module} failed:\n{done.stderr[-2000:]}")
    lines = done.stdout.strip().splitlines()
    result: dict[str, float] = json.loads(lines[-1]) if lines else {}
    return result


if __name__ == "__main__":
    raise SystemExit(main())
