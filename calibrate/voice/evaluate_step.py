"""Judge the voice beside its recordings, vocoders alone and other programs."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soxr

from benchmarks.recogniser import (
    RECOGNISER_RATE,
    FlatUnigramRecogniser,
    word_errors,
    words_of,
)
from calibrate.evaluate.figures_table import figures_table
from calibrate.voice.dataset import SPEAKERS, Clip, read_manifest
from calibrate.voice.diverse_sentences import diverse_sentences
from calibrate.voice.evaluated_systems import (
    COPIES,
    RECORDINGS,
    Speech,
    evaluated_systems,
    peer_systems,
    spoken,
)
from calibrate.voice.judge_dnsmos import sound_quality
from calibrate.voice.judge_nisqa import naturalness
from calibrate.voice.measures import mel_distance, pesq, stoi
from calibrate.voice.recordings import SAMPLE_RATE
from calibrate.voice.rendition_distance import rendition_distance

UNSEEN = "unseen sentences"
"""Key of the sentences nobody recorded, beside the speakers."""
_LOG = logging.getLogger(__name__)

Figures = dict[str, float]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument("--nisqa", type=Path, help="NISQA checkout; none: not judged")
    parser.add_argument("--speakers", default=",".join(SPEAKERS))
    parser.add_argument("--systems", help="only these, comma-separated")
    parser.add_argument("--clips", type=int, default=30, help="held-out sentences each")
    parser.add_argument("--unseen", type=int, default=200, help="diverse sentences")
    parser.add_argument(
        "--twin", type=Path, default=Path("calibrate/voice/packs/edge-en-float")
    )
    parser.add_argument("--vocoder", type=Path, help="WORK/blend/vocoder.pt")
    parser.add_argument("--hifigan", type=Path, help="default: WORK/hifigan")
    parser.add_argument("--json", type=Path, help="default: WORK/evaluation.json")


def run(arguments: argparse.Namespace) -> None:
    """Print a table per speaker and write all figures; finished speakers are kept."""
    path = arguments.json or arguments.work / "evaluation.json"
    report: dict[str, dict[str, Figures]] = {}
    if path.is_file():
        report = json.loads(path.read_text(encoding="utf-8"))
    for speaker in arguments.speakers.split(","):
        if speaker not in report:
            report[speaker] = _held_out(arguments, speaker)
            _write(path, report)
        print(f"{speaker}, held-out sentences\n{figures_table(report[speaker])}\n")
    if arguments.unseen:
        if UNSEEN not in report:
            report[UNSEEN] = _unseen(arguments)
            _write(path, report)
        print(f"{UNSEEN}\n{figures_table(report[UNSEEN])}")


def held_out_clips(data: Path, speaker: str, count: int) -> list[Clip]:
    """The first held-out sentences of a speaker, one take of each."""
    takes = {
        clip.sentence_id: clip
        for clip in read_manifest(data)
        if clip.held_out and clip.speaker == speaker
    }
    return list(takes.values())[:count]


def _held_out(arguments: argparse.Namespace, speaker: str) -> dict[str, Figures]:
    clips = held_out_clips(arguments.data, speaker, arguments.clips)
    systems = evaluated_systems(
        speaker,
        arguments.twin,
        arguments.vocoder or arguments.work / "blend" / "vocoder.pt",
        arguments.hifigan or arguments.work / "hifigan",
    )
    texts = {clip.uid: clip.text for clip in clips}
    figures: dict[str, Figures] = {}
    recordings: Speech = {}
    wanted = arguments.systems.split(",") if arguments.systems else list(systems)
    for name, speak in systems.items():
        # What others are compared with is always needed.
        if name not in [RECORDINGS, *wanted]:
            continue
        _LOG.info("%s: %s, %d sentences", speaker, name, len(clips))
        speech = speak(clips)
        if name == RECORDINGS:
            recordings = speech
        row = _judged(speech, texts, arguments.nisqa)
        if name in COPIES:
            row |= _mean([_copy_distance(recordings[k], v) for k, v in speech.items()])
        elif name.startswith("voice"):
            row |= _mean(
                [
                    rendition_distance(recordings[k], v, speaker)
                    for k, v in speech.items()
                ]
            )
        figures[name] = row
    return figures


def _unseen(arguments: argparse.Namespace) -> dict[str, Figures]:
    texts = {
        f"s{number:04d}": text
        for number, text in enumerate(diverse_sentences(arguments.unseen))
    }
    # The first speaker stands for all: what differs here is the text.
    default = arguments.speakers.split(",")[0]
    _LOG.info("%s, %d unseen sentences", default, len(texts))
    figures = {
        f"voice INT8 {default}": _judged(spoken(default, texts), texts, arguments.nisqa)
    }
    if (arguments.twin / "pack.json").is_file():
        figures[f"voice float {default}"] = _judged(
            spoken(f"{arguments.twin}/{default}", texts), texts, arguments.nisqa
        )
    clips = [
        Clip(name, Path(), default, text, 0.0, name, held_out=True)
        for name, text in texts.items()
    ]
    for name, speak in peer_systems().items():
        figures[name] = _judged(speak(clips), texts, arguments.nisqa)
    return figures


def _judged(speech: Speech, texts: Mapping[str, str], nisqa: Path | None) -> Figures:
    figures: Figures = {}
    if nisqa is not None:
        scores = np.array(list(naturalness(speech, nisqa).values()))
        figures["nisqa"] = float(scores.mean())
        half = 1.96 * scores.std(ddof=1) / np.sqrt(len(scores))
        figures["nisqa_ci95"] = float(half)
    quality = sound_quality(speech)
    if quality is not None:
        figures |= _mean(list(quality.values()))
    figures["word_errors_percent"] = _word_errors(speech, texts)
    return figures


def _word_errors(speech: Speech, texts: Mapping[str, str]) -> float:
    # What is written otherwise than spoken has no words to compare.
    plain = [
        name for name in speech if not set("0123456789@/_$%#+=") & set(texts[name])
    ]
    recogniser = FlatUnigramRecogniser([texts[name] for name in plain])
    errors = total = 0
    for name in plain:
        narrow = soxr.resample(speech[name], SAMPLE_RATE, RECOGNISER_RATE)
        words = words_of(texts[name])
        errors += word_errors(words, recogniser.recognise(narrow))
        total += len(words)
    return 100.0 * errors / max(total, 1)


def _copy_distance(recording: np.ndarray, copy: np.ndarray) -> Figures:
    length = min(len(recording), len(copy))
    a, b = recording[:length], copy[:length]
    figures = {"mel_l1": mel_distance(a, b)}
    for name, value in (("pesq_wb", pesq(a, b)), ("stoi", stoi(a, b))):
        if value is not None:
            figures[name] = value
    return figures


def _mean(rows: Sequence[Mapping[str, float]]) -> Figures:
    names = dict.fromkeys(name for row in rows for name in row)
    return {
        name: float(np.mean([row[name] for row in rows if name in row]))
        for name in names
    }


def _write(path: Path, report: Mapping[str, Mapping[str, Figures]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
