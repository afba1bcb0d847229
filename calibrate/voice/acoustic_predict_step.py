"""Write the acoustic model's spectra of all clips, with real durations and pitch."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from calibrate.voice.acoustic_checkpoint import load_acoustic
from calibrate.voice.acoustic_dataset import load_acoustic_clips
from calibrate.voice.acoustic_predict import predict_all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument(
        "--weights", type=Path, help="default: WORK/acoustic/acoustic.pt"
    )


def run(arguments: argparse.Namespace) -> None:
    """Predict every clip."""
    torch.set_num_threads(1)
    weights = arguments.weights or arguments.work / "acoustic" / "acoustic.pt"
    model, stats, _ = load_acoustic(weights)
    clips, _ = load_acoustic_clips(arguments.data, arguments.work, stats)
    predict_all(model, stats, clips, arguments.work)
