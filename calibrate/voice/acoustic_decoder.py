"""Stage ``decoder``: regulated frame pairs to mel, pitch and voicing, causally.

Looking ahead is a delay: output row t belongs to input row t - lookahead, and what the
first rows say is thrown away. Every left context starts as zeros. Trained exactly so,
the streamed network and the whole one are the same function.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from calibrate.voice.acoustic_config import FRAME_OUTPUTS, AcousticConfig
from calibrate.voice.acoustic_layers import TapLinear

_RESIDUAL_SCALE = 0.5**0.5


class GatedBlock(nn.Module):
    """Causal dilated convolution with a tanh * sigmoid gate, residual and skip."""

    def __init__(self, width: int, taps: int, dilation: int) -> None:
        super().__init__()
        self.conv = TapLinear(width, 2 * width, taps, dilation, causal=True)
        self.out = nn.Linear(width, width)

    def forward(
        self, rows: Tensor, state: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """(batch, T, width) to the next block's input and this block's skip."""
        value, gate = self.conv(rows, state).chunk(2, dim=2)
        skip = self.out(torch.tanh(value) * torch.sigmoid(gate))
        return (rows + skip) * _RESIDUAL_SCALE, skip


class Decoder(nn.Module):
    """Eight gated blocks over pairs of frames; no normalisation, no other state."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.config = config
        width, pair = config.decoder_width, config.frames_per_step
        self.input = TapLinear(
            pair * config.frame_features, width, config.lookahead + 1, causal=True
        )
        self.blocks = nn.ModuleList(
            GatedBlock(width, config.decoder_taps, dilation)
            for dilation in config.decoder_dilations
        )
        self.head = nn.Linear(width, width)
        self.out = nn.Linear(width, pair * FRAME_OUTPUTS)

    @property
    def state_shapes(self) -> list[tuple[int, int]]:
        """(rows, channels) of the left context of each convolution, input first."""
        convs = [self.input, *(block.conv for block in self.blocks)]
        return [(c.context, c.linear.in_features // c.taps) for c in convs]

    def zero_states(self, batch: int = 1) -> list[Tensor]:
        """States at the start of an utterance."""
        return [torch.zeros(batch, *shape) for shape in self.state_shapes]

    def step(self, pairs: Tensor, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Run the stage as the engine does.

        Args:
            pairs: (batch, P, 2 * frame_features).
            states: As from ``zero_states`` or the last step.

        Returns:
            (batch, P, 2 * 82), delayed by ``lookahead`` rows, and the next states.
        """
        following = [_tail(states[0], pairs)]
        rows, skips = self.input(pairs, states[0]), 0
        for block, state in zip(self.blocks, states[1:], strict=True):
            following.append(_tail(state, rows))
            rows, skip = block(rows, state)
            skips = skips + skip
        return self._finish(skips), following

    def forward(self, pairs: Tensor) -> Tensor:
        """Decode whole utterances (batch, P, 2 * frame_features) to (batch, P, 2 * 82).

        The zero rows that flush the delay are fed and the first rows dropped here.
        """
        delay = self.config.lookahead
        rows = self.input(functional.pad(pairs, (0, 0, 0, delay)))
        skips: Tensor | int = 0
        for block in self.blocks:
            rows, skip = block(rows)
            skips = skips + skip
        return self._finish(skips)[:, delay:]

    def _finish(self, skips: Tensor | int) -> Tensor:
        scaled = functional.relu(skips * len(self.blocks) ** -0.5)
        return self.out(functional.relu(self.head(scaled)))  # type: ignore[no-any-return]


def _tail(state: Tensor, rows: Tensor) -> Tensor:
    return torch.cat([state, rows], dim=1)[:, rows.shape[1] :]
