"""Source-filter synthesis in torch, differentiable, for training; whole crops only.

``synthesis_reference`` defines the same arithmetic for packs, in NumPy.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from calibrate.voice.vocoder_config import (
    HOP_LENGTH,
    N_FFT,
    NUM_BINS,
    NUM_GAINS,
    SAMPLE_RATE,
    SUBFRAME,
    SUBFRAMES,
)
from calibrate.voice.vocoder_model import Filters

_REACH = (N_FFT - SUBFRAME) // 2
PULSE_RMS = 0.5229
"""Root mean square of (0.5 + 0.5 cos)**2, so that the pulsed noise has unit power."""


class Sources(NamedTuple):
    """The three source signals, (batch, samples)."""

    harmonics: Tensor
    noise: Tensor
    pulses: Tensor


def upsample(frames: Tensor) -> Tensor:
    """Frame values -> samples, linear between frame centres, held at the ends."""
    size = frames.shape[1] * HOP_LENGTH
    wide = functional.interpolate(
        frames[:, None], size=size, mode="linear", align_corners=False
    )
    return wide[:, 0]


def voicing_gate(voiced: Tensor) -> Tensor:
    """Voicing, dilated by one frame on both sides, as a ramp per sample."""
    return upsample(functional.max_pool1d(voiced[:, None], 3, 1, 1)[:, 0])


def uniform_noise(like: Tensor, generator: torch.Generator) -> Tensor:
    """White noise of unit power in [-sqrt(3), sqrt(3))."""
    unit = torch.rand(like.shape, generator=generator, device=like.device)
    return (2 * unit - 1) * math.sqrt(3.0)


def make_sources(
    phase: Tensor, f0: Tensor, gate: Tensor, noise: Tensor, excitation: Tensor
) -> Sources:
    """Sources from values per sample and the network's excitation per frame.

    Args:
        phase: (batch, samples) radians in [-pi, pi).
        f0: (batch, samples) Hz.
        gate: (batch, samples) 0..1.
        noise: (batch, samples) of unit power.
        excitation: (batch, frames, 10).
    """
    count = torch.floor(0.495 * SAMPLE_RATE / f0)
    half = torch.sin(phase / 2)
    near = half.abs() < 1e-3
    # Sum of cos(k phase), k = 1..count, in closed form; at the pulse its limit.
    ratio = torch.sin((count + 0.5) * phase) / torch.where(near, 1.0, 2 * half) - 0.5
    harmonics = torch.where(near, count, ratio) * torch.sqrt(2 / count)
    cosine, sine = excitation[..., :2].repeat_interleave(HOP_LENGTH, 1).unbind(-1)
    gains = torch.exp(excitation[..., 2:]).flatten(1)
    noise = noise * gains.repeat_interleave(HOP_LENGTH // NUM_GAINS, 1)
    pulse = 0.5 + 0.5 * (torch.cos(phase) * cosine + torch.sin(phase) * sine)
    pulses = noise * pulse.square() / PULSE_RMS
    return Sources(harmonics * gate, noise, pulses * gate)


def synthesize(filters: Filters, sources: Sources) -> tuple[Tensor, Tensor]:
    """Filter the sources.

    Returns:
        The signal and its harmonic part alone, both (batch, samples).
    """
    spectra = [_stft(source) for source in sources]
    harmonic = spectra[0] * torch.polar(
        torch.exp(_subframes(filters.log_harmonic)), _subframes(filters.phase)
    )
    noise = spectra[1] * torch.exp(_subframes(filters.log_noise)) + spectra[
        2
    ] * torch.exp(_subframes(filters.log_pulse))
    part = _istft(harmonic)
    return part + _istft(noise), part


def _subframes(rows: Tensor) -> Tensor:
    return rows.unflatten(-1, (SUBFRAMES, NUM_BINS)).flatten(1, 2)


def _stft(signal: Tensor) -> Tensor:
    # Subframe j is centred on sample 128 j + 64.
    padded = functional.pad(signal, (_REACH, _REACH))
    window = torch.hann_window(N_FFT, device=signal.device)
    return torch.fft.rfft(padded.unfold(-1, N_FFT, SUBFRAME) * window)


def _istft(spectrum: Tensor) -> Tensor:
    # Hann twice at a quarter overlap sums to 1.5.
    window = torch.hann_window(N_FFT, device=spectrum.device) / 1.5
    frames = torch.fft.irfft(spectrum, N_FFT) * window
    count = frames.shape[1]
    # Sum of shifted quarters: several times faster than fold.
    quarters = frames.unflatten(-1, (N_FFT // SUBFRAME, SUBFRAME))
    total = sum(
        functional.pad(quarters[:, :, index], (0, 0, index, 3 - index))
        for index in range(4)
    )
    assert isinstance(total, Tensor)
    return total.flatten(1)[:, _REACH : _REACH + count * SUBFRAME]
