"""The vocoder's training loop: phases, losses, checkpoints; no file formats."""

from __future__ import annotations

import json
import logging
import math
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from calibrate.voice.averaged import AveragedNetwork
from calibrate.voice.checkpoint import (
    load_checkpoint,
    provenance,
    save_checkpoint,
    save_weights,
)
from calibrate.voice.errors import TrainingError
from calibrate.voice.vocoder_config import HOP_LENGTH, SAMPLE_RATE
from calibrate.voice.vocoder_data import CONTEXT, LOOKAHEAD, Batch, CropSampler
from calibrate.voice.vocoder_discriminator import (
    Discriminator,
    discriminator_loss,
    generator_losses,
)
from calibrate.voice.vocoder_losses import (
    harmonic_phase_loss,
    hoarseness_loss,
    magnitude_losses,
)
from calibrate.voice.vocoder_model import Filters, VocoderNetwork, network_input
from calibrate.voice.vocoder_schedule import VocoderSchedule
from calibrate.voice.vocoder_synthesis import (
    make_sources,
    synthesize,
    uniform_noise,
    upsample,
    voicing_gate,
)

SAVE_EVERY: Final = 500
LOG_EVERY: Final = 100
_JUDGED_SAMPLES: Final = 8192
_LOG = logging.getLogger(__name__)


class VocoderTrainer:
    """One run in one folder; starting it again goes on where it stopped."""

    def __init__(
        self,
        folder: Path,
        sampler: CropSampler,
        schedule: VocoderSchedule,
        network: VocoderNetwork,
        discriminator: Discriminator | None = None,
    ) -> None:
        """Take over the networks and resume from ``folder`` if there is a checkpoint.

        Args:
            folder: Gets ``checkpoint.pt``, ``vocoder.pt`` (averaged weights), ``v1.pt``
                (those at the end of phase 1) and ``log.jsonl``.
            sampler: Of training crops.
            schedule: Steps, rates and weights.
            network: Initial weights.
            discriminator: Initial weights; None starts a new one.
        """
        folder.mkdir(parents=True, exist_ok=True)
        provenance()  # Now, while it is still the commit that runs.
        self._folder, self._sampler, self._schedule = folder, sampler, schedule
        self._network = network
        self._discriminator = discriminator or Discriminator()
        self._average = AveragedNetwork(network)
        self._optimizer = _optimizer(network, schedule.learning_rate)
        self._judge_optimizer = _optimizer(
            self._discriminator, schedule.adversarial_rate
        )
        self._generator = torch.Generator()
        self._step, _ = load_checkpoint(
            self._checkpoint, config=self._config(), **self._contents()
        )
        if self._step:
            _LOG.info("resumed at step %d", self._step)

    def run(self) -> None:
        """Train to the end of the schedule.

        Raises:
            TrainingError: A loss was not finite; the last checkpoint is kept.
        """
        sums: dict[str, float] = defaultdict(float)
        since, count = time.monotonic(), 0
        while self._step < self._schedule.total_steps:
            losses = self._advance()
            for name, value in losses.items():
                if not math.isfinite(value):
                    raise TrainingError(
                        f"{name} is {value} at step {self._step}: lower the learning "
                        f"rate; {self._checkpoint} holds the last good state"
                    )
                sums[name] += value
            self._step += 1
            count += 1
            self._average.update(self._network, self._step)
            if self._step == self._schedule.reconstruction_steps:
                self._save_weights("v1.pt")
            if self._step % SAVE_EVERY == 0:
                self._save()
            if self._step % LOG_EVERY == 0:
                rate = count / (time.monotonic() - since)
                means = {name: value / count for name, value in sums.items()}
                self._log(rate, means)
                sums.clear()
                since, count = time.monotonic(), 0
        self._save()

    def _advance(self) -> dict[str, float]:
        schedule, step = self._schedule, self._step
        adversarial = schedule.is_adversarial(step)
        for optimizer in (self._optimizer, self._judge_optimizer):
            for group in optimizer.param_groups:
                group["lr"] = schedule.rate(step)
        batch = self._sampler.draw(step, schedule.batch)
        self._generator.manual_seed(schedule.seed * 1_000_003 + step)
        # The recording's own phase makes complex losses possible; synthesis runs on
        # the integral of F0, so with a discriminator half of the batch does too.
        aligned = schedule.batch // 2 if adversarial else schedule.batch
        output, harmonics, f0, voiced = self._synthesize(batch, aligned)
        spectral, mel = magnitude_losses(output, batch.samples, batch.bandwidth)
        phase = harmonic_phase_loss(
            harmonics[:aligned], batch.samples[:aligned], voiced[:aligned]
        )
        hoarse = hoarseness_loss(output, batch.samples, f0, voiced)
        total = spectral + mel + phase + hoarse
        terms = {"spectral": spectral, "mel": mel, "phase": phase, "hoarse": hoarse}
        if adversarial:
            extra, more = self._judge(batch, output)
            total = total + extra
            terms |= more
        self._optimizer.zero_grad()
        total.backward()
        norm = nn.utils.clip_grad_norm_(self._network.parameters(), 5.0)
        losses = {name: float(value.detach()) for name, value in terms.items()}
        losses["gradient"] = float(norm)
        if all(math.isfinite(value) for value in losses.values()):
            self._optimizer.step()
        return losses

    def _synthesize(
        self, batch: Batch, aligned: int
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        rows = network_input(batch.mel, batch.f0, batch.voiced)
        # Matrix products in bfloat16 are twice as fast on this core; all else is float.
        with torch.autocast("cpu", torch.bfloat16):
            filters, _ = self._network(rows)
        # Row t belongs to frame t - LOOKAHEAD.
        filters = Filters(*(each[:, CONTEXT + LOOKAHEAD :] for each in filters))
        inside = slice(CONTEXT, -LOOKAHEAD)
        samples = slice(CONTEXT * HOP_LENGTH, -LOOKAHEAD * HOP_LENGTH)
        f0 = upsample(batch.f0)[:, samples]
        start = torch.rand(len(f0), 1, generator=self._generator)
        free = torch.cumsum(f0.double() / SAMPLE_RATE, 1) + start
        free = ((free - torch.floor(free + 0.5)) * (2 * math.pi)).float()
        phase = torch.cat([batch.phase[:aligned], free[aligned:]])
        sources = make_sources(
            phase,
            f0,
            voicing_gate(batch.voiced)[:, samples],
            uniform_noise(f0, self._generator),
            filters.excitation,
        )
        output, harmonics = synthesize(filters, sources)
        return output, harmonics, batch.f0[:, inside], batch.voiced[:, inside]

    def _judge(self, batch: Batch, output: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        schedule = self._schedule
        room = batch.samples.shape[1] - _JUDGED_SAMPLES
        start = int(torch.randint(0, max(1, room), (), generator=self._generator))
        window = slice(start, start + _JUDGED_SAMPLES)
        judged = slice(schedule.batch // 3, None)
        bandwidth = batch.bandwidth[judged]
        real = _band_limit(batch.samples[judged, window], bandwidth)
        fake = _band_limit(output[judged, window], bandwidth)
        # One pass serves both sides: the gradient for the vocoder is taken at the
        # discriminator's input, before the discriminator itself learns.
        leaf = fake.detach().requires_grad_(True)
        of_real, of_fake = self._discriminator(real), self._discriminator(leaf)
        adversarial, matching = generator_losses(of_real, of_fake)
        loss = discriminator_loss(of_real, of_fake)
        terms = {"judge": loss, "adversarial": adversarial, "matching": matching}
        wish = (
            schedule.adversarial_weight * adversarial
            + schedule.matching_weight * matching
        )
        (gradient,) = torch.autograd.grad(wish, leaf, retain_graph=True)
        self._judge_optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._discriminator.parameters(), 10.0)
        self._judge_optimizer.step()
        lead = schedule.reconstruction_steps + schedule.discriminator_lead
        if self._step < lead:
            return output.new_zeros(()), terms
        # A term whose gradient with respect to the output is that one.
        return (fake * gradient).sum(), terms

    @property
    def _checkpoint(self) -> Path:
        return self._folder / "checkpoint.pt"

    def _config(self) -> dict[str, Any]:
        return {**self._network.config.to_dict(), **self._schedule.to_dict()}

    def _contents(self) -> dict[str, Any]:
        return {
            "modules": {
                "network": self._network,
                "average": self._average,
                "discriminator": self._discriminator,
            },
            "optimizers": {
                "network": self._optimizer,
                "discriminator": self._judge_optimizer,
            },
        }

    def _save(self) -> None:
        save_checkpoint(
            self._checkpoint,
            step=self._step,
            config=self._config(),
            **self._contents(),
        )
        self._save_weights("vocoder.pt")

    def _save_weights(self, name: str) -> None:
        save_weights(
            self._folder / name,
            self._network.config.to_dict(),
            self._average.network.state_dict(),
            {"step": self._step, "schedule": self._schedule.to_dict()},
        )

    def _log(self, rate: float, means: dict[str, float]) -> None:
        text = " ".join(f"{name} {value:.3f}" for name, value in means.items())
        _LOG.info("step %d, %.2f steps/s, %s", self._step, rate, text)
        row = {"step": self._step, "steps_per_second": rate, **means}
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _optimizer(module: nn.Module, rate: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        module.parameters(), rate, betas=(0.8, 0.98), weight_decay=1e-3
    )


def _band_limit(signal: Tensor, bandwidth: Tensor) -> Tensor:
    # Opus and 16 kHz recordings stop below 8 kHz: no clue for the discriminator.
    spectrum = torch.fft.rfft(signal)
    bins = torch.arange(spectrum.shape[1]) * (SAMPLE_RATE / signal.shape[1])
    return torch.fft.irfft(spectrum * (bins <= bandwidth[:, None]), signal.shape[1])
