"""Collects the layers and tensors of one stage while its network is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from edge_tts.network.layer import Layer
from edge_tts.network.layers.convolution import Conv
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.normalization import LayerNorm
from edge_tts.network.stack_spec import StackInput, StackSpec

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class StageNetwork:
    """A stage ready for any executor."""

    spec: StackSpec
    tensors: Mapping[str, FloatArray]


class StackBuilder:
    """Writes a stack layer by layer; every method returns the name of its value.

    Args:
        state: Trained parameters by name, as torch calls them.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        self._state = state
        self._layers: list[Layer] = []
        self._tensors: dict[str, FloatArray] = {}

    def parameter(self, name: str) -> FloatArray:
        """One trained parameter."""
        return self._state[name].detach().numpy().astype(np.float32)

    def add(self, layer: Layer, **tensors: FloatArray) -> str:
        """Append a layer with its tensors by role."""
        self._layers.append(layer)
        for role, value in tensors.items():
            contiguous = np.ascontiguousarray(value, np.float32)
            self._tensors[f"{layer.name}.{role}"] = contiguous
        return layer.name

    def linear(self, name: str, source: str, parameter: str) -> str:
        """A linear layer whose weight is kept as (out, in)."""
        weight = self.parameter(f"{parameter}.weight").T
        return self.add(
            Linear(name=name, inputs=(source,), channels=weight.shape[1]),
            weight=weight,
            bias=self.parameter(f"{parameter}.bias"),
        )

    def conv(
        self,
        name: str,
        source: str,
        parameter: str,
        taps: int,
        dilation: int = 1,
        *,
        causal: bool,
        lookahead: int = 0,
    ) -> str:
        """A dense convolution whose weight is kept as (out, taps * in)."""
        weight = self.parameter(f"{parameter}.weight").T
        channels = weight.shape[1]
        layer = Conv(
            name=name,
            inputs=(source,),
            channels=channels,
            kernel_size=taps,
            dilation=dilation,
            padding="causal" if causal else "same",
            lookahead=lookahead,
        )
        return self.add(
            layer,
            weight=weight.reshape(taps, -1, channels),
            bias=self.parameter(f"{parameter}.bias"),
        )

    def layer_norm(self, name: str, source: str, parameter: str) -> str:
        """A LayerNorm over channels."""
        return self.add(
            LayerNorm(name=name, inputs=(source,)),
            gain=self.parameter(f"{parameter}.weight"),
            bias=self.parameter(f"{parameter}.bias"),
        )

    def finish(
        self, name: str, inputs: tuple[StackInput, ...], outputs: tuple[str, ...]
    ) -> StageNetwork:
        """Close the stack and check that tensors and layers fit."""
        spec = StackSpec(
            name=name, inputs=inputs, layers=tuple(self._layers), outputs=outputs
        )
        spec.check_tensors(self._tensors)
        return StageNetwork(spec, self._tensors)
