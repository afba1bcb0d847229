"""Teach the vocoder the mels of the acoustic model (after both are trained)."""

from __future__ import annotations

import argparse
import dataclasses
import logging
from pathlib import Path
from typing import Final

import numpy as np
import torch

from calibrate.voice.checkpoint import load_checkpoint
from calibrate.voice.dataset import Clip, read_manifest
from calibrate.voice.errors import TrainingError
from calibrate.voice.features import available, features_path
from calibrate.voice.vocoder_data import CropSampler, Prediction
from calibrate.voice.vocoder_discriminator import Discriminator
from calibrate.voice.vocoder_infer import load_vocoder
from calibrate.voice.vocoder_schedule import VocoderSchedule
from calibrate.voice.vocoder_trainer import VocoderTrainer

BUDGETS: Final = {
    "cpu": VocoderSchedule(
        reconstruction_steps=0,
        adversarial_steps=1300,
        adversarial_rate=3e-4,
        discriminator_lead=0,
        predicted_share=0.7,
    ),
    "gpu": VocoderSchedule(
        batch=32,
        reconstruction_steps=0,
        adversarial_steps=20_000,
        adversarial_rate=3e-4,
        discriminator_lead=0,
        predicted_share=0.7,
    ),
}
"""Schedules by name."""
MAX_FRAME_DIFFERENCE: Final = 2

_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument("--budget", choices=list(BUDGETS), default="cpu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, help="instead of the budget's")
    parser.add_argument("--threads", type=int, default=1)


def run(arguments: argparse.Namespace) -> None:
    """Fine-tune, or go on with a run that was interrupted."""
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    schedule = dataclasses.replace(BUDGETS[arguments.budget], seed=arguments.seed)
    if arguments.steps is not None:
        schedule = dataclasses.replace(schedule, adversarial_steps=arguments.steps)
    clips = read_manifest(arguments.data)
    sampler = CropSampler(
        arguments.work,
        clips,
        seed=schedule.seed,
        frames=schedule.frames,
        predicted=load_predictions(arguments.work, clips),
        predicted_share=schedule.predicted_share,
    )
    network = load_vocoder(arguments.work / "voc" / "vocoder.pt").train()
    discriminator = Discriminator()
    load_checkpoint(
        arguments.work / "voc" / "checkpoint.pt",
        modules={"discriminator": discriminator},
        optimizers={},
    )
    folder = arguments.work / "finetune"
    VocoderTrainer(folder, sampler, schedule, network, discriminator).run()


def load_predictions(work_dir: Path, clips: list[Clip]) -> dict[str, Prediction]:
    """Predictions of all training clips, cut or padded to the recording's frames.

    Raises:
        TrainingError: There are none.
    """
    predictions: dict[str, Prediction] = {}
    for clip in available(work_dir, [clip for clip in clips if not clip.held_out]):
        path = Path(work_dir) / "predicted" / f"{clip.uid}.npz"
        if not path.is_file():
            continue
        with np.load(path, allow_pickle=False) as file:
            mel, voiced = file["mel"].astype(np.float16), file["voiced"] > 0.5
        with np.load(features_path(work_dir, clip.uid), allow_pickle=False) as file:
            frames = len(file["f0"])
        if abs(len(mel) - frames) > MAX_FRAME_DIFFERENCE:
            _LOG.warning(
                "%s: expected %d frames, got %d; not used", path, frames, len(mel)
            )
            continue
        missing = max(0, frames - len(mel))
        predictions[clip.uid] = Prediction(
            np.pad(mel[:frames], ((0, missing), (0, 0)), mode="edge"),
            np.pad(voiced[:frames], (0, missing), mode="edge"),
        )
    if not predictions:
        raise TrainingError(
            f"no predicted mels in {Path(work_dir) / 'predicted'}: run the acoustic "
            "step first"
        )
    _LOG.info("%d predictions", len(predictions))
    return predictions
