"""How many earlier rows of each value a network looks back on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import ceil
from typing import Any

from numpy.typing import NDArray

from edge_tts.network.layers.convolution import Conv, Delay, DepthwiseConv
from edge_tts.network.layers.rearrange import Slice, SplitRows, Upsample
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.product_format import takes_int8_rows
from edge_tts.network.stack_spec import StackSpec


def value_histories(
    spec: StackSpec, tensors: Mapping[str, NDArray[Any]]
) -> tuple[Counter[str], Counter[str]]:
    """Returns the rows to keep of each value, as it is and as int8 rows.

    A layer looks back itself, or on behalf of those that read it where its value is
    another view of the same rows.

    Args:
        spec: the network.
        tensors: its tensors; a weight's type says how its product reads rows.
    """
    plain: Counter[str] = Counter()
    quantized: Counter[str] = Counter()
    for layer in reversed(spec.layers):
        source = layer.inputs[0]
        if isinstance(layer, Delay):
            rows = layer.rows + plain[layer.name]
        elif isinstance(layer, Slice):
            rows = plain[layer.name]
        elif isinstance(layer, SplitRows | Upsample):
            rows = ceil(plain[layer.name] / layer.factor)
        elif isinstance(layer, TransposedConv):
            rows = layer.num_taps - 1
        elif isinstance(layer, Conv | DepthwiseConv) and layer.streamable:
            rows = layer.left_context
        else:
            continue
        history = quantized if takes_int8_rows(layer, tensors) else plain
        history[source] = max(history[source], rows)
    return plain, quantized
