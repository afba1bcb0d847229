"""Keeps a float graph's weights in fp16; the arithmetic stays float32."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_SMALLEST = 64
"""Arrays below this many numbers stay float32: they save nothing."""


def with_half_weights(model: bytes) -> bytes:
    """Store large constants as fp16 with a cast, which every runtime folds at load."""
    proto = onnx.load_from_string(model)
    kept, casts = [], []
    for tensor in proto.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < _SMALLEST:
            kept.append(tensor)
            continue
        half = f"{tensor.name}_fp16"
        kept.append(numpy_helper.from_array(array.astype(np.float16), half))
        casts.append(
            helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT)
        )
    nodes = [*casts, *proto.graph.node]
    del proto.graph.initializer[:], proto.graph.node[:]
    proto.graph.initializer.extend(kept)
    proto.graph.node.extend(nodes)
    return proto.SerializeToString()
