"""Score a pack, recordings, flite and espeak-ng with NISQA-TTS at one level."""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.peers import PEERS
from calibrate.voice.dataset import Clip, read_manifest
from calibrate.voice.judge_nisqa import naturalness
from calibrate.voice.recordings import SAMPLE_RATE, load_recording
from edge_tts.options import RuntimeOptions
from edge_tts.synthesizer import Synthesizer

_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--nisqa", type=Path, required=True, help="NISQA checkout")
    parser.add_argument("--speakers", default="kathleen")
    parser.add_argument("--pack", default="", help="pack instead of the embedded one")
    parser.add_argument("--backend", default=None)
    parser.add_argument("--clips", type=int, default=30, help="held-out sentences")
    parser.add_argument("--json", type=Path, help="write every score here")


def run(arguments: argparse.Namespace) -> None:
    """Print a table of means with 95 % half-widths."""
    scores: dict[str, dict[str, float]] = {}
    for speaker in arguments.speakers.split(","):
        clips = _held_out(arguments.data, speaker, arguments.clips)
        recordings = {clip.sentence_id: load_recording(clip)[0] for clip in clips}
        scores[f"recordings {speaker}"] = naturalness(recordings, arguments.nisqa)
        ours = _ours(arguments, speaker, clips)
        scores[f"edge_tts {speaker}"] = naturalness(ours, arguments.nisqa)
    for peer in PEERS:
        if peer.available():
            with tempfile.TemporaryDirectory() as folder:
                wav = Path(folder, "peer.wav")
                speech = {}
                for clip in clips:
                    peer.speak(clip.text, wav)
                    speech[clip.sentence_id] = _read(wav)
            scores[peer.name] = naturalness(speech, arguments.nisqa)
    for system, by_clip in scores.items():
        values = np.array(list(by_clip.values()))
        half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
        _LOG.info("%-22s %.2f +- %.2f (%d)", system, values.mean(), half, len(values))
    if arguments.json:
        arguments.json.write_text(json.dumps(scores, indent=1) + "\n")


def _held_out(data: Path, speaker: str, count: int) -> list[Clip]:
    takes = {
        clip.sentence_id: clip
        for clip in read_manifest(data)
        if clip.held_out and clip.speaker == speaker
    }
    return list(takes.values())[:count]


def _ours(
    arguments: argparse.Namespace, speaker: str, clips: Sequence[Clip]
) -> dict[str, NDArray[np.float32]]:
    voice = f"{arguments.pack}/{speaker}" if arguments.pack else speaker
    with Synthesizer(
        voice, runtime=RuntimeOptions(backend=arguments.backend)
    ) as synthesizer:
        return {
            clip.sentence_id: np.concatenate(
                [chunk.samples for chunk in synthesizer.stream(clip.text)]
            )
            for clip in clips
        }


def _read(path: Path) -> NDArray[np.float32]:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    result: NDArray[np.float32] = soxr.resample(samples.mean(axis=1), rate, SAMPLE_RATE)
    return result
