"""Speak many diverse sentences and look for skipped, repeated, cut, clicking speech."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import soundfile
import soxr

from calibrate.voice.diverse_sentences import diverse_sentences
from calibrate.voice.sweep_alignment import ALIGNER_RATE, WordAligner
from calibrate.voice.sweep_checks import shifted_words, sound_problems
from edge_tts.synthesizer import Synthesizer
from edge_tts.text import Frontend
from edge_tts.text.phonemes import PAUSES

_LOG = logging.getLogger(__name__)


@dataclass
class Verdict:
    """What was found in one sentence."""

    text: str
    seconds: float
    problems: list[str] = field(default_factory=list)
    word_shift_seconds: float | None = None
    """Median distance between marked and heard word starts; None: not aligned."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--voice", default="kathleen", help="SPEAKER or PACK/SPEAKER")
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write every sentence's figures here")
    parser.add_argument("--wav", type=Path, help="write sentences with problems here")


def run(arguments: argparse.Namespace) -> None:
    """Print every problem and a summary."""
    verdicts = []
    for number, verdict in enumerate(_verdicts(arguments), 1):
        verdicts.append(verdict)
        for problem in verdict.problems:
            _LOG.info("%d: %s: %s", number, problem, verdict.text)
        if number % 100 == 0:
            _LOG.info("%d of %d sentences", number, arguments.sentences)
    shifts = [
        v.word_shift_seconds for v in verdicts if v.word_shift_seconds is not None
    ]
    failed = sum(bool(verdict.problems) for verdict in verdicts)
    _LOG.info(
        "%d sentences, %.0f s of speech: %d with problems; words begin %.0f ms "
        "(median) from where they should",
        len(verdicts),
        sum(verdict.seconds for verdict in verdicts),
        failed,
        1e3 * float(np.median(shifts)) if shifts else float("nan"),
    )
    if arguments.json:
        rows = [asdict(verdict) for verdict in verdicts]
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _verdicts(arguments: argparse.Namespace) -> Iterator[Verdict]:
    frontend, aligner = Frontend(), WordAligner()
    with Synthesizer(arguments.voice) as synthesizer:
        rate = synthesizer.format.sample_rate
        for number, text in enumerate(
            diverse_sentences(arguments.sentences, arguments.seed), 1
        ):
            chunks = list(synthesizer.stream(text))
            samples = np.concatenate([chunk.samples for chunk in chunks])
            marks = [mark for chunk in chunks for mark in chunk.marks]
            utterances = list(frontend.utterances(text))
            phonemes = sum(
                token.symbol not in PAUSES for u in utterances for token in u.tokens
            )
            verdict = Verdict(text, len(samples) / rate)
            verdict.problems = sound_problems(samples, rate, phonemes, len(marks))
            heard = aligner.align(
                utterances,
                soxr.resample(samples, rate, ALIGNER_RATE).astype(np.float32),
            )
            if heard is None or len(heard) != len(marks):
                verdict.problems.append("words do not fit the sound")
            else:
                places = [(m.start_sample / rate, m.end_sample / rate) for m in marks]
                verdict.word_shift_seconds = float(
                    np.median(
                        [abs(a[0] - b[0]) for a, b in zip(places, heard, strict=True)]
                    )
                )
                for index in shifted_words(places, heard):
                    verdict.problems.append(
                        f"'{marks[index].text}' marked at {places[index][0]:.2f} s, "
                        f"heard at {heard[index][0]:.2f} s"
                    )
            if verdict.problems and arguments.wav:
                arguments.wav.mkdir(parents=True, exist_ok=True)
                soundfile.write(arguments.wav / f"{number:04d}.wav", samples, rate)
            yield verdict
