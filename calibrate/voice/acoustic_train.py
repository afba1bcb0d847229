"""Trains the acoustic model: regression first, then the decoder against a critic.

Regression alone averages over what it cannot know and sounds muffled; a few minutes
against a critic bring back most of the lost naturalness. Both phases are counted in
steps, never in minutes, so that a busy machine changes nothing but the time it takes.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from calibrate.voice.acoustic_batches import AcousticBatch, BatchSampler, collate
from calibrate.voice.acoustic_checkpoint import save_acoustic
from calibrate.voice.acoustic_config import AcousticConfig
from calibrate.voice.acoustic_critic import (
    Critic,
    critic_loss,
    deception_loss,
    feature_distance,
)
from calibrate.voice.acoustic_dataset import AcousticClip
from calibrate.voice.acoustic_losses import acoustic_losses, total
from calibrate.voice.acoustic_model import AcousticModel, AcousticOutput
from calibrate.voice.acoustic_stats import AcousticStats
from calibrate.voice.averaged import AveragedNetwork
from calibrate.voice.checkpoint import load_checkpoint, save_checkpoint
from calibrate.voice.errors import TrainingError

_LOG = logging.getLogger(__name__)
_CROP_FRAMES = 64
_CRITIC_LEAD = 100
"""Steps in which the critic learns before it is listened to."""
_DECEPTION_WEIGHT = 0.25
_FEATURE_WEIGHT = 0.5
_GRADIENT_LIMIT = 2.0
_VALIDATION_CLIPS = 12
"""Clips per validation batch."""


@dataclass(frozen=True)
class AcousticSchedule:
    """Lengths and rates of the two phases."""

    regression_steps: int = 9000
    adversarial_steps: int = 2400
    seed: int = 1
    regression_rate: float = 1.5e-3
    adversarial_rate: float = 4e-4
    critic_rate: float = 6e-4
    warmup_steps: int = 300
    average_decay: float = 0.998
    save_every: int = 500
    log_every: int = 100

    @property
    def steps(self) -> int:
        """Steps of both phases."""
        return self.regression_steps + self.adversarial_steps

    def rate(self, step: int) -> float:
        """Learning rate: warm-up and cosine, then constant with a fall at the end."""
        if step < self.regression_steps:
            warm = min(1.0, (step + 1) / self.warmup_steps)
            part = step / self.regression_steps
            fall = 0.01 + 0.495 * (1 + math.cos(math.pi * part))
            return self.regression_rate * warm * fall
        part = (step - self.regression_steps) / max(1, self.adversarial_steps)
        return self.adversarial_rate * min(1.0, 3 * (1 - part) + 0.01)


class AcousticTrainer:
    """One training run in a work folder; ``run`` continues where it stopped."""

    def __init__(
        self,
        clips: Sequence[AcousticClip],
        stats: AcousticStats,
        folder: Path,
        schedule: AcousticSchedule,
        config: AcousticConfig | None = None,
    ) -> None:
        torch.manual_seed(schedule.seed)
        self.config = config or AcousticConfig()
        self.schedule, self.stats, self.folder = schedule, stats, folder
        self.model = AcousticModel(self.config)
        self.average = AveragedNetwork(self.model, schedule.average_decay)
        self.critic = Critic()
        self.best_contour = AveragedNetwork(self.model.encoder.contour)
        self.best_contour_loss = math.inf
        self.step = 0
        self.step_limit = schedule.steps
        """``run`` stops here; lower it to train in portions."""
        self._optimizer = torch.optim.AdamW(
            self.model.parameters(), betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self._critic_optimizer = torch.optim.AdamW(
            self.critic.parameters(), lr=schedule.critic_rate, betas=(0.8, 0.99)
        )
        self._sampler = BatchSampler(
            [c for c in clips if not c.clip.held_out], stats, schedule.seed
        )
        held_out = sorted(
            (c for c in clips if c.clip.held_out), key=lambda c: c.num_frames
        )
        self._validation = [
            collate(held_out[i : i + _VALIDATION_CLIPS], stats)
            for i in range(0, len(held_out), _VALIDATION_CLIPS)
        ]
        self._recent: dict[str, float] = {}
        self._resume()

    @property
    def adversarial(self) -> bool:
        """Whether the present step belongs to the second phase."""
        return self.step >= self.schedule.regression_steps

    def run(self) -> None:
        """Train to the end of the schedule.

        Raises:
            TrainingError: A loss is not finite.
        """
        if self.step >= self.step_limit:
            return
        start, first = time.monotonic(), self.step
        while self.step < self.step_limit:
            if self.step == self.schedule.regression_steps:
                self._begin_adversarial_phase()
            losses = self._train_step(self._sampler.next_batch())
            self.step += 1
            self._note(losses)
            if self.step % self.schedule.log_every == 0:
                speed = (self.step - first) / (time.monotonic() - start)
                values = " ".join(f"{k} {v:.3f}" for k, v in self._recent.items())
                _LOG.info("step %d (%.2f/s): %s", self.step, speed, values)
            if self.step % self.schedule.save_every == 0:
                self._save()
        self._save()

    def validate(self) -> dict[str, float]:
        """Losses of the averaged network on the held-out clips."""
        network = self.average.network.eval()
        sums: dict[str, float] = {}
        with torch.no_grad(), _half():
            for batch in self._validation:
                losses = acoustic_losses(_apply(network, batch), batch)
                for name, loss in losses.items():
                    sums[name] = sums.get(name, 0.0) + float(loss)
        return {name: each / len(self._validation) for name, each in sums.items()}

    def _train_step(self, batch: AcousticBatch) -> dict[str, Tensor]:
        for group in self._optimizer.param_groups:
            group["lr"] = self.schedule.rate(self.step)
        self.model.train()
        if self.adversarial:
            self.model.encoder.eval()
        with _half():
            output = _apply(self.model, batch)
        losses = acoustic_losses(output, batch)
        objective = total(losses)
        if self.adversarial:
            objective = objective + self._adversarial_part(output, batch, losses)
        self._optimizer.zero_grad(set_to_none=True)
        objective.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), _GRADIENT_LIMIT)
        self._optimizer.step()
        self.average.update(self.model, self.step + 1)
        return losses

    def _begin_adversarial_phase(self) -> None:
        """Only the decoder goes on: prosody stays that of the first phase."""
        self.model.load_state_dict(self.average.network.state_dict())
        self._optimizer.state.clear()
        for group in self._optimizer.param_groups:
            group["betas"] = (0.8, 0.99)
        self._freeze_encoder()
        self._recent.clear()

    def _freeze_encoder(self) -> None:
        self.model.encoder.requires_grad_(False)
        self.model.conditioner.requires_grad_(False)

    def _adversarial_part(
        self, output: AcousticOutput, batch: AcousticBatch, losses: dict[str, Tensor]
    ) -> Tensor:
        real, fake = _crops(output, batch)
        with _half():
            judged_real, judged_fake = self.critic(real), self.critic(fake.detach())
        loss = critic_loss(judged_real, judged_fake)
        self._critic_optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.critic.parameters(), 5.0)
        self._critic_optimizer.step()
        losses["critic"] = loss.detach()
        if self.step < self.schedule.regression_steps + _CRITIC_LEAD:
            return torch.zeros(())
        self.critic.requires_grad_(False)
        with _half():
            judged_fake = self.critic(fake)
            with torch.no_grad():
                judged_real = self.critic(real)
        self.critic.requires_grad_(True)
        deception = deception_loss(judged_fake)
        distance = feature_distance(judged_real, judged_fake)
        losses["deception"], losses["features"] = deception.detach(), distance.detach()
        return _DECEPTION_WEIGHT * deception + _FEATURE_WEIGHT * distance

    def _note(self, losses: dict[str, Tensor]) -> None:
        for name, loss in losses.items():
            value = float(loss.detach())
            if not math.isfinite(value):
                raise TrainingError(
                    f"loss {name} is {value} at step {self.step}: the last good state "
                    f"is {self._state_path}; lower the rate and run again"
                )
            self._recent[name] = 0.98 * self._recent.get(name, value) + 0.02 * value

    @property
    def _state_path(self) -> Path:
        return self.folder / "acoustic_state.pt"

    def _save(self) -> None:
        valid = self.validate()
        contour_loss = valid.get("pitch", 0.0) + 0.5 * valid.get("energy", 0.0)
        if contour_loss < self.best_contour_loss and not self.adversarial:
            self.best_contour_loss = contour_loss
            self.best_contour.network.load_state_dict(
                self.average.network.encoder.contour.state_dict()
            )
        values = " ".join(f"{name} {value:.4f}" for name, value in valid.items())
        _LOG.info("step %d valid: %s", self.step, values)
        save_acoustic(
            self.folder / "acoustic.pt",
            self.average.network,
            self.stats,
            contour=self.best_contour.network,
            notes={"step": self.step, "schedule": asdict(self.schedule), **valid},
        )
        save_checkpoint(
            self._state_path,
            step=self.step,
            config=self._run_config(),
            modules=self._modules(),
            optimizers=self._optimizers(),
            extra={
                "sampler": list(self._sampler.position),
                "best_contour_loss": self.best_contour_loss,
                "recent": dict(self._recent),
            },
        )

    def _resume(self) -> None:
        self.step, extra = load_checkpoint(
            self._state_path,
            modules=self._modules(),
            optimizers=self._optimizers(),
            config=self._run_config(),
        )
        if extra:
            self._sampler.seek(*extra["sampler"])
            self.best_contour_loss = extra["best_contour_loss"]
            self._recent = extra["recent"]
            _LOG.info("resumed at step %d", self.step)
            if self.adversarial:
                self._freeze_encoder()

    def _run_config(self) -> dict[str, object]:
        # The lengths are not compared: a run may be shortened or prolonged.
        lengths = ("regression_steps", "adversarial_steps")
        schedule = asdict(self.schedule).items()
        fixed = {name: value for name, value in schedule if name not in lengths}
        return {**self.config.to_dict(), **fixed, "stats": self.stats.to_dict()}

    def _modules(self) -> dict[str, nn.Module]:
        return {
            "network": self.model,
            "average": self.average,
            "critic": self.critic,
            "best_contour": self.best_contour,
        }

    def _optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"network": self._optimizer, "critic": self._critic_optimizer}


def _half() -> torch.autocast:
    return torch.autocast("cpu", torch.bfloat16)


def _apply(model: nn.Module, batch: AcousticBatch) -> AcousticOutput:
    output: AcousticOutput = model(
        batch.tokens,
        batch.speakers,
        batch.mask,
        batch.durations,
        batch.pitch_energy,
        batch.mel.shape[1],
    )
    return output


def _crops(output: AcousticOutput, batch: AcousticBatch) -> tuple[Tensor, Tensor]:
    """One piece of each clip, real and made: (clips, 64, 80) each."""
    real, fake = [], []
    for row, length in enumerate(batch.lengths):
        if length < _CROP_FRAMES:
            continue
        start = int(torch.randint(length - _CROP_FRAMES + 1, ()))
        piece = slice(start, start + _CROP_FRAMES)
        weight = batch.mel_weight[row, piece]
        real.append(batch.mel[row, piece] * weight)
        fake.append(output.mel[row, piece].float() * weight)
    return torch.stack(real), torch.stack(fake)
