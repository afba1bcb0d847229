"""The one layer of the acoustic model that torch lacks: a time-major convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class TapLinear(nn.Module):
    """A dilated convolution written as one matrix product over concatenated taps.

    The weight (out, taps * in) has the oldest tap first, which is the layout that the
    exported graphs and the integer kernels use.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        taps: int,
        dilation: int = 1,
        *,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.taps, self.dilation, self.causal = taps, dilation, causal
        self.linear = nn.Linear(taps * in_channels, out_channels)

    @property
    def context(self) -> int:
        """Rows besides the present one that an output row can see."""
        return (self.taps - 1) * self.dilation

    def forward(self, rows: Tensor, state: Tensor | None = None) -> Tensor:
        """Map (batch, T, in) to (batch, T, out).

        Args:
            rows: Input; rows outside of it are zero.
            state: (batch, context, in) rows before it, causal layers only.
        """
        if torch.is_autocast_enabled("cpu"):
            rows = rows.to(torch.get_autocast_dtype("cpu"))
        length = rows.shape[1]
        if state is not None:
            padded = torch.cat([state.to(rows.dtype), rows], dim=1)
        else:
            before = self.context if self.causal else self.context // 2
            padded = functional.pad(rows, (0, 0, before, self.context - before))
        offsets = range(0, self.context + 1, self.dilation)
        taps = [padded[:, offset : offset + length] for offset in offsets]
        return self.linear(torch.cat(taps, dim=2))
