"""Copy synthesis of held-out sentences: distances to the recordings, per speaker."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import torch

from calibrate.voice import measures
from calibrate.voice.dataset import SPEAKERS, Clip, read_manifest
from calibrate.voice.features import available, load_features
from calibrate.voice.pitch import fill_f0
from calibrate.voice.recordings import SAMPLE_RATE
from calibrate.voice.vocoder_infer import load_vocoder, vocode

NUM_CLIPS: Final = {"kathleen": 8, "lj": 6, "slt": 4, "bdl": 4}
"""Sentences per speaker, the first of the held-out ones; one take each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument("--weights", type=Path, help="default: WORK/voc/vocoder.pt")
    parser.add_argument("--predicted", action="store_true", help="predicted mels")
    parser.add_argument("--wav", type=Path, help="also write the sounds here")
    parser.add_argument("--json", type=Path, help="also write the figures here")


def run(arguments: argparse.Namespace) -> None:
    """Print one line per speaker."""
    torch.set_num_threads(1)
    network = load_vocoder(arguments.weights or arguments.work / "voc" / "vocoder.pt")
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    for clip in judged_clips(arguments.work, read_manifest(arguments.data)):
        features = load_features(arguments.work, clip.uid)
        mel, f0 = features.mel, fill_f0(features.f0)
        voiced = (features.f0 > 0).astype(np.float32)
        if arguments.predicted:
            path = arguments.work / "predicted" / f"{clip.uid}.npz"
            if not path.is_file():
                continue
            with np.load(path, allow_pickle=False) as file:
                mel = file["mel"].astype(np.float32)
        sound = vocode(network, mel, f0, voiced)
        rows[clip.speaker].append(_compare(features.samples, sound, features.f0))
        if arguments.wav:
            arguments.wav.mkdir(parents=True, exist_ok=True)
            path = arguments.wav / f"{clip.uid}.wav"
            soundfile.write(path, np.clip(sound, -1, 1), SAMPLE_RATE)
    table = {name: _means(each) for name, each in rows.items()}
    for name, figures in table.items():
        text = "  ".join(f"{key} {value:.3f}" for key, value in figures.items())
        print(f"{name:9s} {text}")
    if arguments.json:
        arguments.json.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def judged_clips(work_dir: Path, clips: list[Clip]) -> list[Clip]:
    """The held-out clips that every evaluation uses."""
    chosen: list[Clip] = []
    for speaker in SPEAKERS:
        first_takes = {
            clip.sentence_id: clip
            for clip in reversed(available(work_dir, clips))
            if clip.held_out and clip.speaker == speaker
        }
        names = sorted(first_takes)[: NUM_CLIPS[speaker]]
        chosen += [first_takes[name] for name in names]
    return chosen


def _compare(
    recording: np.ndarray, sound: np.ndarray, f0: np.ndarray
) -> dict[str, float]:
    figures = {
        "mel_l1": measures.mel_distance(recording, sound),
        "harmonic_db": measures.harmonic_height(sound, f0),
        "harmonic_db_recording": measures.harmonic_height(recording, f0),
    }
    for name, measure in (("pesq", measures.pesq), ("stoi", measures.stoi)):
        value = measure(recording, sound)
        if value is not None:
            figures[name] = value
    return figures


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    means = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
    return {"clips": float(len(rows)), **means}
