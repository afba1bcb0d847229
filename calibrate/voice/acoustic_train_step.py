"""Train the acoustic model; running the same command again resumes it."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from calibrate.voice.acoustic_checkpoint import load_acoustic, save_acoustic
from calibrate.voice.acoustic_contour import ContourSchedule, train_contour
from calibrate.voice.acoustic_dataset import load_acoustic_clips
from calibrate.voice.acoustic_train import AcousticSchedule, AcousticTrainer

_DEFAULT = AcousticSchedule()
_CONTOUR_NOTE = "contour"
"""Present in the notes of weights whose pitch and energy network was trained alone."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument(
        "--out", default="acoustic", help="folder below the work folder"
    )
    parser.add_argument(
        "--regression-steps", type=int, default=_DEFAULT.regression_steps
    )
    parser.add_argument(
        "--adversarial-steps", type=int, default=_DEFAULT.adversarial_steps
    )
    parser.add_argument("--seed", type=int, default=_DEFAULT.seed)
    parser.add_argument("--threads", type=int, default=1)


def run(arguments: argparse.Namespace) -> None:
    """Train to the end of the schedule, then the pitch and energy network alone."""
    torch.set_num_threads(arguments.threads)
    clips, stats = load_acoustic_clips(arguments.data, arguments.work)
    schedule = AcousticSchedule(
        regression_steps=arguments.regression_steps,
        adversarial_steps=arguments.adversarial_steps,
        seed=arguments.seed,
    )
    folder = arguments.work / arguments.out
    trainer = AcousticTrainer(clips, stats, folder, schedule)
    trainer.run()
    model, _, notes = load_acoustic(folder / "acoustic.pt")
    if _CONTOUR_NOTE in notes:
        return
    contour, report = train_contour(
        clips, model.config, ContourSchedule(seed=arguments.seed)
    )
    save_acoustic(
        folder / "acoustic.pt",
        model,
        stats,
        contour=contour,
        notes={**notes, _CONTOUR_NOTE: report},
    )
