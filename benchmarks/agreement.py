"""Do the backends say the same? Log-mel distance between them on the same sentences.

    python -m benchmarks.agreement [--json FILE] [--check] [--twin PACK]

``--twin`` is the float pack (calibrate/voice/packs/edge-en-float); it is compared too.

Every backend speaks by itself, with its own durations and pitch: a tenth of a hertz
moves the phase of all that follows, so equal speech can be 0.1 nat apart here. What
quantising costs is measured with durations and pitch pinned, by
``python -m calibrate.voice export``, and stands in the pack.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish
from benchmarks.voice import SENTENCES
from edge_tts.errors import EdgeTTSError
from edge_tts.options import RuntimeOptions
from edge_tts.synthesizer import Synthesizer
from scripts.compare_speech import log_mel

TWIN = Path("calibrate/voice/packs/edge-en-float")
NUM_SENTENCES = 12

Speech = list[NDArray[np.float32]]


def main() -> int:
    """Compare every pair."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agreement")
    add_arguments(parser)
    parser.add_argument("--twin", type=Path, default=TWIN)
    arguments = parser.parse_args()
    sentences = SENTENCES.read_text(encoding="utf-8").split("\n")[:NUM_SENTENCES]
    speech: dict[str, Speech] = {}
    for backend in ("native", "ort", "openvino"):
        _speak(speech, backend, "kathleen", backend, sentences)
    if arguments.twin.is_dir():
        _speak(speech, "float", f"{arguments.twin}", "ort", sentences)
    rows = [
        _row(f"{a}_vs_{b}", speech[a], speech[b]) for a, b in combinations(speech, 2)
    ]
    return publish("benchmarks.agreement", rows, arguments, Machine.here())


def _speak(
    speech: dict[str, Speech],
    name: str,
    voice: str,
    backend: str,
    sentences: Sequence[str],
) -> None:
    runtime = RuntimeOptions(backend=backend, num_threads=1)
    try:
        with Synthesizer(voice, runtime=runtime) as synthesizer:
            speech[name] = [
                np.concatenate([chunk.samples for chunk in synthesizer.stream(text)])
                for text in sentences
            ]
    except EdgeTTSError as error:
        print(f"{name}: {error}", file=sys.stderr)


def _row(name: str, first: Speech, second: Speech) -> Row:
    """Sentences whose rounded durations differ cannot be compared frame by frame."""
    equal = [(a, b) for a, b in zip(first, second, strict=True) if len(a) == len(b)]
    frames = [abs(len(a) - len(b)) // 256 for a, b in zip(first, second, strict=True)]
    note = f"{len(equal)} of {len(first)} equally long, at most {max(frames)} frames"
    if not equal:
        return Row(f"{name}.log_mel_l1", None, "nat", note)
    distances = [np.abs(_log_mel(a) - _log_mel(b)).mean() for a, b in equal]
    return Row(f"{name}.log_mel_l1", float(np.mean(distances)), "nat", note)


def _log_mel(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    return log_mel(samples.astype(np.float64), 22_050)


if __name__ == "__main__":
    sys.exit(main())
