"""What INT8 and short look-ahead change in a Sopro pack, against fp32 and offline.

    python -m benchmarks.sopro_agreement PACK VOICE [--frames 400]

PACK and VOICE are those of ``python -m benchmarks.sopro --folder DIR``. With random
weights the figures show faults of structure, not how a trained voice sounds: logits of
random networks lie closer together than those of trained ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish
from benchmarks.sopro import TEXT
from benchmarks.sopro_worker import read_voice
from edge_tts.backends.registry import open_executors
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.engine.open_sopro import open_sopro
from edge_tts.engine.open_stream import read_arrays
from edge_tts.engine.sopro_stream import SoproStream
from edge_tts.models import FAMILIES
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Pack
from edge_tts.packs.cloned_voice import ClonedVoice

LOOKAHEADS = (0, 2, 4, 8, 16, 32, 64, 90)
CHUNKS = (6, 16)
_NEVER = (1.0, 1 << 20)


@contextmanager
def opened(path: Path, precision: str) -> Iterator[SoproStream]:
    """A stream of a pack on the native backend."""
    with Pack.open(path) as pack:
        options = RuntimeOptions(backend="native", precision=precision, num_threads=1)
        plan = plan_for_this_machine(pack.manifest, options)
        needed = {need.id for need in FAMILIES[pack.manifest.family].stages}
        executors = open_executors(
            pack, {k: c.variant for k, c in plan.choices.items() if k in needed}
        )
        runs, stream = open_sopro(pack.manifest, executors, read_arrays(pack))
    yield stream
    for run in runs:
        run.close()


def forced(stream: SoproStream, voice: ClonedVoice, drawn: np.ndarray) -> np.ndarray:
    """Logits (T, N) when the codes before are given; the conditioning is begun."""
    encoded = stream._text.encode(TEXT)
    constants = stream._constants
    strength = constants.style_strength
    stream._conditioner.start(encoded.pooled, voice, strength)
    generator = stream._generator
    prompt = voice.codes[: constants.prompt_frames, 0].tolist()
    sampler = constants.sampler
    generator.start(encoded.held, prompt, sampler, 0, len(drawn), _NEVER)
    found = []
    for code in drawn:
        found.append(generator.step().copy())
        generator.take(int(code))
    return np.stack(found)


def refined(
    stream: SoproStream, drawn: np.ndarray, chunk: int, ahead: int
) -> np.ndarray:
    """All codes (T, codebooks), a chunk at a time."""
    codes = np.zeros((len(drawn), stream._constants.num_codebooks), np.int32)
    codes[:, 0] = drawn
    stream._refiner.start()
    for first in range(0, len(codes), chunk):
        stop = min(first + chunk, len(codes))
        stream._refiner.refine(codes, first, stop, min(stop + ahead, len(codes)))
    return codes


def greedy(stream: SoproStream, voice: ClonedVoice, frames: int) -> np.ndarray:
    """Codes of the first codebook as the network itself draws them."""
    encoded = stream._text.encode(TEXT)
    constants = stream._constants
    strength = constants.style_strength
    stream._conditioner.start(encoded.pooled, voice, strength)
    prompt = voice.codes[: constants.prompt_frames, 0].tolist()
    generator = stream._generator
    generator.start(encoded.held, prompt, constants.sampler, 1, frames, _NEVER)
    count = generator.advance(frames)
    return generator.codes[:count].copy()


def shares(logits: np.ndarray) -> np.ndarray:
    """Softmax in double."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    result: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return result


def sound(stream: SoproStream, codes: np.ndarray) -> np.ndarray:
    """Samples of codes."""
    stream._decoder.reset()
    return stream._decoder.push(codes)


def main() -> int:
    """Compare and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("voice", type=Path)
    parser.add_argument("--frames", type=int, default=400)
    add_arguments(parser)
    arguments = parser.parse_args()
    voice = read_voice(arguments.voice)
    rows = []
    with opened(arguments.pack, "fp32") as stream:
        drawn = greedy(stream, voice, arguments.frames)
        expected = forced(stream, voice, drawn)
        whole = refined(stream, drawn, len(drawn), 0)
        heard = sound(stream, whole)
        for chunk in CHUNKS if stream._looks_ahead else ():
            for ahead in LOOKAHEADS:
                same = (refined(stream, drawn, chunk, ahead) == whole)[:, 1:]
                name = f"chunk{chunk}.lookahead{ahead}.agreement"
                rows.append(Row(name, float(same.mean()), "share"))
    with opened(arguments.pack, "int8") as stream:
        found = forced(stream, voice, drawn)
        top = float((found.argmax(axis=1) == expected.argmax(axis=1)).mean())
        rows.append(Row("int8.ar.top1_agreement", top, "share"))
        right, wrong = shares(expected), shares(found)
        divergence = (right * (np.log(right + 1e-30) - np.log(wrong + 1e-30))).sum(1)
        rows.append(Row("int8.ar.kl", float(divergence.mean()), "nat"))
        same = (refined(stream, drawn, len(drawn), 0) == whole)[:, 1:]
        rows.append(Row("int8.nar.agreement", float(same.mean()), "share"))
        noise = np.square(sound(stream, whole) - heard).mean()
        level = np.square(heard).mean()
        ratio = float(10 * np.log10(level / max(float(noise), 1e-30)))
        rows.append(Row("int8.mimi.snr", ratio, "dB"))
    return publish("Sopro agreement", rows, arguments, Machine.here())


if __name__ == "__main__":
    raise SystemExit(main())
