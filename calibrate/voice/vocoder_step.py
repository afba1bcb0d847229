"""Train the vocoder on recordings: reconstruction first, then with discriminators."""

from __future__ import annotations

import argparse
import dataclasses
import logging
from pathlib import Path
from typing import Final

import torch

from calibrate.voice.dataset import read_manifest
from calibrate.voice.vocoder_data import CropSampler
from calibrate.voice.vocoder_model import VocoderNetwork
from calibrate.voice.vocoder_schedule import VocoderSchedule
from calibrate.voice.vocoder_trainer import VocoderTrainer

BUDGETS: Final = {
    "cpu": VocoderSchedule(),
    # An estimate for one GPU hour, never run: see README.md.
    "gpu": VocoderSchedule(
        batch=32, reconstruction_steps=20_000, adversarial_steps=60_000
    ),
}
"""Schedules by name."""

_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument("--budget", choices=list(BUDGETS), default="cpu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, nargs=2, metavar=("PHASE1", "PHASE2"))
    parser.add_argument("--threads", type=int, default=1)


def run(arguments: argparse.Namespace) -> None:
    """Train, or go on with a run that was interrupted."""
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    torch.set_flush_denormal(True)
    schedule = dataclasses.replace(BUDGETS[arguments.budget], seed=arguments.seed)
    if arguments.steps:
        schedule = dataclasses.replace(
            schedule,
            reconstruction_steps=arguments.steps[0],
            adversarial_steps=arguments.steps[1],
        )
    sampler = CropSampler(
        arguments.work,
        read_manifest(arguments.data),
        seed=schedule.seed,
        frames=schedule.frames,
    )
    network = VocoderNetwork()
    _LOG.info("%d parameters", sum(each.numel() for each in network.parameters()))
    VocoderTrainer(arguments.work / "voc", sampler, schedule, network).run()
