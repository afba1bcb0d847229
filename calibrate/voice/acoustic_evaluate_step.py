"""Measure the acoustic model on the held-out sentences; writes JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from calibrate.voice.acoustic_checkpoint import load_acoustic
from calibrate.voice.acoustic_dataset import load_acoustic_clips
from calibrate.voice.acoustic_evaluate import evaluate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument(
        "--weights", type=Path, help="default: WORK/acoustic/acoustic.pt"
    )
    parser.add_argument("--json", type=Path, help="default: beside the weights")


def run(arguments: argparse.Namespace) -> None:
    """Evaluate and print."""
    torch.set_num_threads(1)
    weights = arguments.weights or arguments.work / "acoustic" / "acoustic.pt"
    model, stats, notes = load_acoustic(weights)
    clips, _ = load_acoustic_clips(
        arguments.data, arguments.work, stats, held_out_only=True
    )
    report = evaluate(model, stats, clips)
    for speaker, measures in report.items():
        values = "  ".join(f"{name} {value:.3f}" for name, value in measures.items())
        print(f"{speaker}: {values}")
    path = arguments.json or weights.with_name("acoustic_evaluation.json")
    path.write_text(json.dumps({"step": notes.get("step"), **report}, indent=1) + "\n")
