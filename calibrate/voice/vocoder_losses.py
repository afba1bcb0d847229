"""What the vocoder is trained to lower; pure functions of signals."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from calibrate.voice.mel import filterbank
from calibrate.voice.vocoder_config import HOP_LENGTH, SAMPLE_RATE

HOPS: Final = {2048: 512, 1024: 256, 512: 256, 256: 128, 128: 64}
"""Window -> hop. Half overlap at the short ones: crops fall anywhere, so nothing is
missed in the long run, and a step costs a quarter less."""
_FLOOR: Final = 1e-4


def magnitude_losses(
    output: Tensor, target: Tensor, bandwidth: Tensor
) -> tuple[Tensor, Tensor]:
    """Log-magnitude L1 + half the spectral convergence at five windows, and mel L1.

    Args:
        output: (batch, samples).
        target: (batch, samples).
        bandwidth: (batch,) Hz; bins above do not count.

    Returns:
        Mean over the windows, and the log-mel L1 (nepers).
    """
    total = output.new_zeros(())
    mel_loss = output.new_zeros(())
    for size, hop in HOPS.items():
        bins = torch.arange(size // 2 + 1, device=output.device) * SAMPLE_RATE / size
        mask = (bins[None] <= bandwidth[:, None]).float()[..., None]
        with torch.no_grad():
            wanted = magnitude(spectrogram(target, size, hop)) * mask
        got = magnitude(spectrogram(output, size, hop)) * mask
        count = mask.sum() * wanted.shape[-1]
        distance = (torch.log(got + _FLOOR) - torch.log(wanted + _FLOOR)).abs().sum()
        convergence = torch.linalg.vector_norm(wanted - got) / torch.linalg.vector_norm(
            wanted
        )
        total = total + distance / count + 0.5 * convergence
        if size == 1024:
            filters = torch.from_numpy(filterbank()).to(output.device)
            mels = [
                torch.log((filters @ each).clamp(min=1e-5)) for each in (got, wanted)
            ]
            mel_loss = (mels[0] - mels[1]).abs().mean()
    return total / len(HOPS), mel_loss


def harmonic_phase_loss(harmonics: Tensor, target: Tensor, voiced: Tensor) -> Tensor:
    """Complex distance of the harmonic part to the recording, voiced frames only.

    Relative to the local spectral level, and weighted down above 900 Hz, where real
    harmonics are no longer phase-locked to the first.

    Args:
        harmonics: (batch, frames * 256) on the measured phase of the recording.
        target: (batch, frames * 256).
        voiced: (batch, frames).
    """
    with torch.no_grad():
        wanted = spectrogram(target, 1024)
        level = functional.avg_pool1d(
            magnitude(wanted).transpose(1, 2), 15, 1, 7, count_include_pad=False
        ).transpose(1, 2)
        inside = voiced.unfold(1, 4, 1).amin(-1)[:, None, : wanted.shape[-1]]
        bins = torch.arange(513, device=target.device) * SAMPLE_RATE / 1024
        weight = (900 / (bins + 1)).square().clamp(0.02, 1.0)[:, None] * inside
    difference = magnitude(spectrogram(harmonics, 1024) - wanted)
    return (difference / (level + 1e-3) * weight).sum() / weight.sum().clamp(min=1)


def hoarseness_loss(
    output: Tensor, target: Tensor, f0: Tensor, voiced: Tensor
) -> Tensor:
    """Difference of harmonic heights over valleys, pooled: 6 harmonics x 4 frames.

    Without it L1 losses pour noise between the harmonics above 1 kHz.

    Args:
        output: (batch, frames * 256).
        target: (batch, frames * 256).
        f0: (batch, frames) Hz.
        voiced: (batch, frames).
    """
    number = torch.arange(2, 50, device=f0.device)[None, :, None]
    inside = functional.avg_pool1d(voiced[:, None], 3, 1, 1) > 0.99
    mask = inside.float() * (number * f0[:, None] < 7000)
    peaks = _bins_of(number * f0[:, None])
    valleys = _bins_of((number + 0.5) * f0[:, None])

    def heights(signal: Tensor) -> Tensor:
        padded = functional.pad(signal[:, None], (896, 896), mode="reflect")[:, 0]
        spectrum = torch.stft(
            padded,
            2048,
            HOP_LENGTH,
            1024,
            _window(1024),
            center=False,
            return_complex=True,
        )
        levels = torch.log(magnitude(spectrum) + _FLOOR)[..., : f0.shape[1]]
        height = levels.gather(1, peaks) - levels.gather(1, valleys)
        return functional.avg_pool2d((height * mask)[:, None], (6, 4), (3, 2))

    weight = functional.avg_pool2d(mask[:, None], (6, 4), (3, 2))
    with torch.no_grad():
        wanted = heights(target)
    return (heights(output) - wanted).abs().sum() / weight.sum().clamp(min=1)


def spectrogram(signal: Tensor, size: int, hop: int | None = None) -> Tensor:
    """Complex STFT without padding, hop a quarter of the window if not given."""
    return torch.stft(
        signal,
        size,
        hop or size // 4,
        size,
        _window(size),
        center=False,
        return_complex=True,
    )


def magnitude(spectrum: Tensor) -> Tensor:
    """Modulus with a finite gradient at zero."""
    real, imaginary = spectrum.real, spectrum.imag
    return torch.sqrt(real * real + imaginary * imaginary + 1e-8)


def _bins_of(hertz: Tensor) -> Tensor:
    return (hertz * 2048 / SAMPLE_RATE).round().long().clamp(max=1023)


@lru_cache(maxsize=8)
def _window(size: int) -> Tensor:
    return torch.hann_window(size)
