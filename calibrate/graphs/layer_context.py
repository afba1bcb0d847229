"""What the writer of a layer is given; holds no writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from calibrate.graphs.graph_writer import GraphWriter
from calibrate.graphs.products import ProductWriter
from edge_tts.network.layer import Layer


@dataclass(frozen=True)
class LayerContext:
    """What a layer writer needs besides the layer."""

    graph: GraphWriter
    """Written to."""
    inputs: tuple[str, ...]
    """Graph names of the layer's inputs."""
    channels: tuple[int, ...]
    """Columns of each input."""
    tensors: Mapping[str, NDArray[Any]]
    """By role, float32."""
    product: ProductWriter
    """Writes the layer's product, in float or int8."""

    def tensor(self, layer: Layer, role: str) -> str:
        """Stores one of the layer's tensors and returns its graph name."""
        return self.graph.tensor(f"{layer.name}.{role}", self.tensors[role])
