"""Time of Mimi's decoder: native, onnxruntime, and the public code with PyTorch.

    python -m benchmarks.mimi CODEC [--torch PYTHON] [--seconds 10] [--json FILE]

CODEC is a folder with the codec as published; ``tests/parity/random_mimi.py`` has the
code that makes a random one. PYTHON is an interpreter with torch and transformers. All
decode the same random codes with one thread, the fastest of several rounds counts.
Native runs as it does in speech, in pieces; the others get everything at once.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish
from calibrate.convert.converted_stage import ConvertedStage
from calibrate.convert.mimi import MimiParts, convert_mimi
from calibrate.evaluate.sound_distance import sqnr_db
from calibrate.graphs.build_onnx import build_onnx, build_onnx_int8
from calibrate.graphs.native_tensors import build_native
from edge_tts.backends.native_session import NativeSession
from edge_tts.engine.embedding_table import EmbeddingTable
from edge_tts.engine.mimi_decoder import MimiDecoder
from edge_tts.models.mimi import CODEBOOKS, DECODER, SYNTHESIS

ROUNDS = 4
_CALIBRATED_FRAMES = 12
_TORCH = """
import json, sys, time
import numpy as np, torch
from transformers import MimiModel
folder, codes, out, rounds = sys.argv[1:]
torch.set_num_threads(1)
model = MimiModel.from_pretrained(folder).eval()
ids = torch.from_numpy(np.load(codes)).long().T[None]
best = float("inf")
with torch.inference_mode():
    for _ in range(int(rounds)):
        start = time.perf_counter()
        wave = model.decode(ids).audio_values
        best = min(best, time.perf_counter() - start)
np.save(out, wave[0, 0].numpy())
print(json.dumps(best))
"""
Samples = NDArray[np.float32]
Timed = tuple[float, Samples]


def native(parts: MimiParts, codes: NDArray[Any], precision: str) -> Timed:
    """Best time and samples of the native backend."""
    sessions = []
    for stage in _stages(parts):
        kept = dict.fromkeys(stage.float_layers, "fp32")
        formats = kept if precision == "int8" else {}
        stored = build_native(stage.spec, stage.tensors, precision, formats)
        sessions.append(NativeSession(*stored))
    mimi = _decoder(parts, sessions)

    def decode() -> Samples:
        mimi.reset()
        return mimi.push(codes)

    return _best(decode)


def graphs(parts: MimiParts, codes: NDArray[Any], precision: str) -> Timed:
    """Best time and samples of onnxruntime."""
    table = _decoder(parts, [NativeSession(s.spec, s.tensors) for s in _stages(parts)])
    latents = table._latents(codes)
    few: NDArray[np.float32] = latents[:_CALIBRATED_FRAMES]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    sessions = []
    for stage in _stages(parts):
        (given,), (output,) = stage.spec.inputs, stage.spec.outputs
        if precision == "fp32":
            model = build_onnx(stage.spec, stage.tensors)
        else:
            model = build_onnx_int8(
                stage.spec,
                stage.tensors,
                [{given.name: few}],
                float_layers=stage.float_layers,
            )
            native_run = NativeSession(stage.spec, stage.tensors).open(len(few))
            few = native_run.run({given.name: few})[output].copy()
        session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        sessions.append((session, given.name, output, stage.spec.zero_states()))

    def decode() -> Samples:
        rows = latents
        for session, name, output, states in sessions:
            (rows,) = session.run([output], {name: rows, **states})
        return rows.ravel()

    return _best(decode)


def public(folder: Path, codes: NDArray[Any], python: str) -> Timed:
    """Best time and samples of the public code, in a process of its own."""
    with tempfile.TemporaryDirectory() as work:
        given, out = Path(work, "codes.npy"), Path(work, "wave.npy")
        np.save(given, codes)
        arguments = [str(folder), str(given), str(out), str(ROUNDS)]
        done = subprocess.run(
            [python, "-c", _TORCH, *arguments], check=True, capture_output=True
        )
        seconds = json.loads(done.stdout.splitlines()[-1])
        return float(seconds), np.load(out)


def main() -> int:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("codec", type=Path)
    parser.add_argument("--torch", metavar="PYTHON", help="for the public code")
    parser.add_argument("--seconds", type=float, default=10.0)
    add_arguments(parser)
    arguments = parser.parse_args()
    parts = convert_mimi(arguments.codec, 32)
    config = parts.config
    frames = round(arguments.seconds * config.sample_rate / config.samples_per_frame)
    shape = (frames, 32)
    codes = np.random.default_rng(7).integers(0, config.codebook_size, shape)
    timed = {
        f"{name}.{precision}": run(parts, codes, precision)
        for name, run in (("native", native), ("ort", graphs))
        for precision in ("fp32", "int8")
    }
    if arguments.torch:
        timed["torch.fp32"] = public(arguments.codec, codes, arguments.torch)
    whole = timed.get("torch.fp32", timed["ort.fp32"])[1]
    audio = frames * config.samples_per_frame / config.sample_rate
    rows = []
    for name, (seconds, samples) in timed.items():
        rows.append(Row(f"mimi.{name}.rtf", seconds / audio, "ratio"))
        rows.append(Row(f"mimi.{name}.sqnr", sqnr_db(whole, samples), "dB"))
    return publish("Mimi decoder", rows, arguments, Machine.here())


def _stages(parts: MimiParts) -> list[ConvertedStage]:
    known = {stage.id: stage for stage in parts.stages}
    return [known[DECODER], known[SYNTHESIS]]


def _decoder(parts: MimiParts, sessions: list[NativeSession]) -> MimiDecoder:
    table = EmbeddingTable(parts.tables[CODEBOOKS], None, CODEBOOKS)
    size = parts.config.codebook_size
    return MimiDecoder(*sessions, table, len(table) // size, size)


def _best(decode: Callable[[], Samples]) -> Timed:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        samples = decode()
        best = min(best, time.perf_counter() - start)
    return best, samples


if __name__ == "__main__":
    raise SystemExit(main())
