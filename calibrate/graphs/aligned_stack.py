"""Writes down networks that look ahead, as stacks that lag instead.

Centred convolutions become causal ones; where values meet, the earlier ones are
delayed. The stack knows the ends of the utterance, so that it pads with zeros at every
layer as the original does.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import Activation, Function
from edge_tts.network.layers.convolution import Conv, Delay
from edge_tts.network.layers.elementwise import Add
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.stack_spec import StackInput, StackSpec
from edge_tts.network.value import Value

Floats = NDArray[np.float32]
VALID = "valid"
"""Name of the input that marks the rows of the utterance."""


class AlignedStack:
    """A stack in the making; every method returns the name of the value it defines.

    Args:
        name: of the stack.
        inputs: what a call provides, the validity of rows left out.
    """

    def __init__(self, name: str, inputs: Sequence[StackInput]) -> None:
        self._name = name
        self._inputs = (*inputs, StackInput(VALID))
        self._layers: list[Layer] = []
        self._tensors: dict[str, Floats] = {}
        self._values = {
            given.name: Value(given.channels, given.dtype, given.axis)
            for given in self._inputs
        }

    def conv(
        self,
        name: str,
        source: str,
        weight: Floats,
        bias: Floats | None,
        *,
        dilation: int = 1,
        after: int | None = None,
    ) -> str:
        """A convolution whose window reaches ``after`` rows past its own.

        Args:
            name: of the value.
            source: what it reads.
            weight: (taps, inputs, channels).
            bias: (channels,) or None.
            dilation: rows between taps.
            after: None centres the window.
        """
        taps, _, channels = weight.shape
        layer = Conv(
            name=name,
            inputs=(source,),
            channels=channels,
            kernel_size=taps,
            dilation=dilation,
            lookahead=(taps - 1) * dilation // 2 if after is None else after,
            bias=bias is not None,
        )
        return self._add(layer, weight=weight, bias=bias)

    def transposed_conv(
        self,
        name: str,
        source: str,
        weight: Floats,
        bias: Floats | None,
        *,
        stride: int,
        padding: int,
    ) -> str:
        """A transposed convolution; ``padding`` rows are dropped at the start."""
        taps, _, channels = weight.shape
        layer = TransposedConv(
            name=name,
            inputs=(source,),
            channels=channels,
            kernel_size=taps,
            stride=stride,
            padding=padding,
            bias=bias is not None,
        )
        return self._add(layer, weight=weight, bias=bias)

    def activation(
        self, name: str, source: str, function: Function, slope: float = 0.0
    ) -> str:
        """An element-wise function."""
        return self._add(
            Activation(name=name, inputs=(source,), function=function, slope=slope)
        )

    def add(self, name: str, sources: Sequence[str], scale: float = 1.0) -> str:
        """The scaled sum of values, the earlier ones delayed."""
        latest = max(self._values[source].delay for source in sources)
        aligned = []
        for source in sources:
            value = self._values[source]
            rows = (latest - value.delay) * value.rate
            aligned.append(self.delay(f"{source}_for_{name}", source, int(rows)))
        return self._add(Add(name=name, inputs=tuple(aligned), scale=scale))

    def delay(self, name: str, source: str, rows: int) -> str:
        """The value itself, some rows late."""
        if rows == 0:
            return source
        return self._add(Delay(name=name, inputs=(source,), rows=rows))

    def delay_to_whole_rows(self, name: str, source: str, lookahead: int) -> str:
        """Delays a value so that ``lookahead`` of its rows later whole rows have gone.

        Args:
            name: of the value.
            source: what is delayed.
            lookahead: rows by which the layers that follow will lag.
        """
        value = self._values[source]
        lag = value.delay * value.rate + lookahead
        return self.delay(name, source, int(ceil(lag / value.rate) * value.rate - lag))

    def finish(self, *outputs: str) -> tuple[StackSpec, dict[str, Floats]]:
        """Returns the stack and its tensors.

        Raises:
            StackSpecError: layers and tensors do not fit.
        """
        layers = tuple(self._layers)
        spec = StackSpec(self._name, self._inputs, layers, outputs, valid=VALID)
        spec.check_tensors(self._tensors)
        return spec, self._tensors

    def _add(self, layer: Layer, **tensors: Floats | None) -> str:
        inputs = tuple(self._values[name] for name in layer.inputs)
        self._values[layer.name] = layer.checked_output(inputs)
        self._layers.append(layer)
        for role, tensor in tensors.items():
            if tensor is not None:
                contiguous = np.ascontiguousarray(tensor, np.float32)
                self._tensors[f"{layer.name}.{role}"] = contiguous
        return layer.name
