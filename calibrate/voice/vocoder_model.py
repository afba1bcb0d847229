"""The vocoder's network: frames of mel, F0 and voicing in, filters of the sources out.

Source-filter synthesis itself is in ``vocoder_synthesis`` (torch, for training) and
``synthesis_reference`` (NumPy). Every operation here is one of: concatenated taps and a
linear layer, causal depthwise convolution, linear layer, LayerNorm, SiLU, gain and
addition, product with a constant matrix, clamp, tanh.

Parameters (D = channels, all linear weights are (out, in)):
    input_layer.{weight (D, 5 * 82), bias}: on rows t-4 .. t, oldest first
    blocks.I.depthwise.{weight (D, 1, 7), bias}: oldest tap first
    blocks.I.norm.{weight, bias}, blocks.I.expand.{weight (2 D, D), bias},
    blocks.I.contract.{weight (D, 2 D), bias}, blocks.I.gain (D,)
    norm.{weight, bias}
    harmonic, phase: (2 * 257, D); noise, pulse: (2 * 64, D); excitation: (10, D)
Constants (buffers, not saved): envelope (80, 257), bands (64, 257).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from calibrate.voice.mel import mel_frequencies
from calibrate.voice.vocoder_config import (
    LOG_F0_CENTRE,
    LOG_F0_SCALE,
    MAX_LOG,
    MEL_FLOOR,
    MEL_SCALE,
    MIN_LOG,
    N_FFT,
    NUM_BANDS,
    NUM_BINS,
    NUM_GAINS,
    NUM_MELS,
    SAMPLE_RATE,
    SUBFRAMES,
    VocoderConfig,
)


class Filters(NamedTuple):
    """Outputs of the vocoder, (batch, frames, ...); two subframes side by side."""

    log_harmonic: Tensor
    """(..., 2 * 257) natural-log magnitude of the harmonic source's filter."""
    phase: Tensor
    """(..., 2 * 257) its phase in radians."""
    log_noise: Tensor
    """(..., 2 * 257) natural-log magnitude for the steady noise."""
    log_pulse: Tensor
    """(..., 2 * 257) natural-log magnitude for the noise that pulses with the pitch."""
    excitation: Tensor
    """(..., 10): cosine and sine of the pulse's place in the period, 8 log gains."""


class Block(nn.Module):
    """Residual block: causal depthwise convolution, LayerNorm, two linear layers."""

    def __init__(self, channels: int, expansion: int, kernel_size: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(channels, channels, kernel_size, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.expand = nn.Linear(channels, channels * expansion)
        self.contract = nn.Linear(channels * expansion, channels)
        self.gain = nn.Parameter(torch.full((channels,), 0.3))

    def forward(self, hidden: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Map (batch, rows, channels); the state holds the last 6 rows before them."""
        rows = torch.cat([state, hidden], 1)
        mixed = self.depthwise(rows.transpose(1, 2)).transpose(1, 2)
        wide = functional.silu(self.expand(self.norm(mixed)))
        return hidden + self.gain * self.contract(wide), rows[:, hidden.shape[1] :]


class VocoderNetwork(nn.Module):
    """The vocoder's network; row t of the output belongs to row t - 2 of the input."""

    envelope: Tensor
    bands: Tensor

    def __init__(self, config: VocoderConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or VocoderConfig()
        size = config.channels
        self.input_layer = nn.Linear(config.num_taps * config.num_inputs, size)
        self.blocks = nn.ModuleList(
            Block(size, config.expansion, config.kernel_size)
            for _ in range(config.num_blocks)
        )
        self.norm = nn.LayerNorm(size)
        self.harmonic = nn.Linear(size, SUBFRAMES * NUM_BINS)
        self.phase = nn.Linear(size, SUBFRAMES * NUM_BINS)
        self.noise = nn.Linear(size, SUBFRAMES * NUM_BANDS)
        self.pulse = nn.Linear(size, SUBFRAMES * NUM_BANDS)
        self.excitation = nn.Linear(size, 2 + NUM_GAINS)
        self.register_buffer(
            "envelope", torch.from_numpy(envelope_matrix()), persistent=False
        )
        self.register_buffer("bands", torch.from_numpy(band_matrix()), persistent=False)
        self._initialise()

    def _initialise(self) -> None:
        # Start as "the mel envelope, mostly harmonic": converges in ~100 steps.
        with torch.no_grad():
            for layer, scale, bias in (
                (self.harmonic, 0.3, 1.0),
                (self.phase, 0.3, 0.0),
                (self.noise, 0.3, -0.5),
                (self.pulse, 0.3, -0.5),
            ):
                layer.weight.mul_(scale)
                layer.bias.fill_(bias)
            self.excitation.weight[2:].mul_(0.1)
            self.excitation.bias[2:].zero_()

    def initial_states(self, batch: int = 1) -> list[Tensor]:
        """Zeros: 4 rows of input, then 6 rows before every block; (batch, rows, D)."""
        config = self.config
        like = self.input_layer.weight
        return [
            like.new_zeros(batch, config.num_taps - 1, config.num_inputs),
            *(
                like.new_zeros(batch, config.kernel_size - 1, config.channels)
                for _ in self.blocks
            ),
        ]

    def forward(
        self, rows: Tensor, states: list[Tensor] | None = None
    ) -> tuple[Filters, list[Tensor]]:
        """Map input rows to filters, delayed by the look-ahead.

        Args:
            rows: (batch, rows, 82) from ``network_input``. Feed 2 rows of zeros to
                flush; the first 2 rows of output of a stream are to be dropped.
            states: From the call before; None at the start of a stream.

        Returns:
            Filters of as many rows, and the states for the next call.
        """
        states = self.initial_states(len(rows)) if states is None else states
        taps, count = self.config.num_taps, rows.shape[1]
        window = torch.cat([states[0], rows], 1)
        spread = torch.cat([window[:, tap : tap + count] for tap in range(taps)], 2)
        hidden = self.input_layer(spread)
        new_states = [window[:, count:]]
        for block, state in zip(self.blocks, states[1:], strict=True):
            hidden, new_state = block(hidden, state)
            new_states.append(new_state)
        centre = window[:, self.config.lookahead : self.config.lookahead + count]
        return self._filters(self.norm(hidden), centre), new_states

    def _filters(self, hidden: Tensor, rows: Tensor) -> Filters:
        # All magnitudes are residuals on the mel envelope of the frame itself.
        with torch.autocast(rows.device.type, enabled=False):
            mel = rows[..., :NUM_MELS] * MEL_SCALE + MEL_FLOOR
            envelope = (mel @ self.envelope).repeat(1, 1, SUBFRAMES)
        excitation = self.excitation(hidden).float()
        direction = excitation[..., :2]
        length = torch.sqrt(direction.square().sum(-1, keepdim=True) + 1e-4)
        return Filters(
            (self.harmonic(hidden) + envelope).clamp(MIN_LOG, MAX_LOG),
            self.phase(hidden).float(),
            (self._spread(self.noise(hidden)) + envelope).clamp(MIN_LOG, MAX_LOG),
            (self._spread(self.pulse(hidden)) + envelope).clamp(MIN_LOG, MAX_LOG),
            torch.cat([direction / length, 2 * torch.tanh(excitation[..., 2:])], -1),
        )

    def _spread(self, levels: Tensor) -> Tensor:
        bins = levels.unflatten(-1, (SUBFRAMES, NUM_BANDS)) @ self.bands
        return bins.flatten(-2)


def network_input(mel: Tensor, f0: Tensor, voiced: Tensor) -> Tensor:
    """Normalise so that zeros are unvoiced silence at 181 Hz.

    Args:
        mel: (..., frames, 80) natural log.
        f0: (..., frames) Hz, continuous.
        voiced: (..., frames) 0 or 1.

    Returns:
        (..., frames, 82) float32.
    """
    level = ((mel - MEL_FLOOR) / MEL_SCALE).clamp(min=0)
    pitch = (torch.log(f0) - LOG_F0_CENTRE) * LOG_F0_SCALE
    return torch.cat([level, pitch[..., None], voiced[..., None]], -1)


def envelope_matrix() -> NDArray[np.float32]:
    """Linear interpolation from mel centres to bins, held at the ends; (80, 257)."""
    return _interpolation(mel_frequencies(NUM_MELS + 2)[1:-1])


def band_matrix() -> NDArray[np.float32]:
    """Linear interpolation from 64 mel-spaced frequencies, 0-11 kHz; (64, 257)."""
    top = 2595 * np.log10(1 + SAMPLE_RATE / 2 / 700)
    mels = np.linspace(0.0, top, NUM_BANDS)
    return _interpolation(700 * (10 ** (mels / 2595) - 1))


def _interpolation(centres: NDArray[np.float64]) -> NDArray[np.float32]:
    bins = np.arange(NUM_BINS) * SAMPLE_RATE / N_FFT
    unit = np.eye(len(centres))
    rows = [np.interp(bins, centres, row) for row in unit]
    return np.stack(rows).astype(np.float32)
