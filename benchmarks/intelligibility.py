"""Word errors of an offline recogniser on our speech, recordings, espeak-ng and flite.

    python -m benchmarks.intelligibility [--json FILE] [--check]
        [--recordings ../shared/voice_data]

Needs pocketsphinx and soxr (extra ``calibrate``). Ours and the peers speak fifty
sentences from public-domain books; recordings are judged on their own sentences.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.machine import Machine
from benchmarks.peers import PEERS
from benchmarks.recogniser import (
    RECOGNISER_RATE,
    FlatUnigramRecogniser,
    word_errors,
    words_of,
)
from benchmarks.results import Row, add_arguments, publish
from benchmarks.voice import SENTENCES
from edge_tts.synthesizer import Synthesizer

Speech = tuple[str, NDArray[np.float32]]
"""A sentence and its samples at ``RECOGNISER_RATE``."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intelligibility")
    add_arguments(parser)
    parser.add_argument("--voices", default="kathleen", help="comma-separated speakers")
    parser.add_argument("--recordings", type=Path, help="folder with manifest.tsv")
    arguments = parser.parse_args()
    machine = Machine.here()
    sentences = SENTENCES.read_text(encoding="utf-8").split("\n")[:-1]
    rows = []
    if arguments.recordings:
        for speaker in ("kathleen", "lj"):
            clips = list(_recordings(arguments.recordings, speaker, len(sentences)))
            rows.append(_row(f"recordings.{speaker}.wer", clips))
    for voice in arguments.voices.split(","):
        with Synthesizer(voice) as synthesizer:
            speech = [(s, _ours(synthesizer, s)) for s in sentences]
        rows.append(_row(f"edge_tts.{voice}.wer", speech))
    for peer in PEERS:
        if peer.available():
            with tempfile.TemporaryDirectory() as folder:
                wav = Path(folder, "peer.wav")
                speech = []
                for sentence in sentences:
                    peer.speak(sentence, wav)
                    speech.append((sentence, _read(wav)))
            rows.append(_row(f"{peer.name}.wer", speech))
    return publish("benchmarks.intelligibility", rows, arguments, machine)


def _row(name: str, speech: Sequence[Speech]) -> Row:
    recogniser = FlatUnigramRecogniser([sentence for sentence, _ in speech])
    errors = total = 0
    for sentence, samples in speech:
        spoken = words_of(sentence)
        errors += word_errors(spoken, recogniser.recognise(samples))
        total += len(spoken)
    note = f"{len(speech)} sentences, {recogniser.vocabulary_size} words to choose from"
    return Row(name, 100.0 * errors / total, "%", note)


def _ours(synthesizer: Synthesizer, sentence: str) -> NDArray[np.float32]:
    samples = np.concatenate([chunk.samples for chunk in synthesizer.stream(sentence)])
    return _resample(samples, synthesizer.format.sample_rate)


def _recordings(folder: Path, speaker: str, count: int) -> Iterator[Speech]:
    with open(folder / "manifest.tsv", encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        clips = {row["text"]: row for row in table if row["speaker"] == speaker}
    # No digits: the recogniser's words are those of the text.
    texts = sorted(text for text in clips if not any(c.isdigit() for c in text))
    for text in random.Random(1).sample(texts, count):
        yield text, _read(folder / clips[text]["file"])


def _read(path: Path) -> NDArray[np.float32]:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return _resample(samples.mean(axis=1), rate)


def _resample(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    result: NDArray[np.float32] = soxr.resample(samples, rate, RECOGNISER_RATE)
    return result


if __name__ == "__main__":
    sys.exit(main())
