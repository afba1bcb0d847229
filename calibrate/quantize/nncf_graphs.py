"""NNCF on ONNX graphs: post-training quantisation and weight compression."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError
from edge_tts.network.stack_spec import StackSpec

_MOST_SAMPLES: Final = 16
Arrays = Mapping[str, NDArray[Any]]


def quantize_with_nncf(
    spec: StackSpec, graph: bytes, samples: Sequence[Arrays], method: str
) -> bytes:
    """Returns a graph quantised by NNCF.

    Args:
        spec: the network.
        graph: its float32 ONNX graph.
        samples: inputs by name, whole utterances.
        method: ``mixed``, ``performance``, ``weights8`` or ``weights4``.

    Raises:
        ConversionError: NNCF refuses the graph.
    """
    import nncf

    model = onnx.load_from_string(graph)
    zeros = {name: np.zeros(s, np.float32) for name, s in spec.states.items()}
    data = nncf.Dataset([{**sample, **zeros} for sample in samples[:_MOST_SAMPLES]])
    try:
        with redirect_stdout(sys.stderr):  # It draws its progress.
            made = _run(nncf, model, data, method)
    # A foreign tool may fail in any way; the other recipes still count.
    except Exception as error:
        reason = str(error).strip().splitlines()
        raise ConversionError(
            f"nncf {method}: {type(error).__name__}: {reason[0] if reason else ''}"
        ) from error
    return bytes(made.SerializeToString())


def _run(nncf: Any, model: Any, data: Any, method: str) -> Any:
    if method in ("mixed", "performance"):
        preset = getattr(nncf.QuantizationPreset, method.upper())
        return nncf.quantize(model, data, preset=preset, subset_size=_MOST_SAMPLES)
    if method == "weights8":
        return nncf.compress_weights(model, mode=nncf.CompressWeightsMode.INT8_SYM)
    return nncf.compress_weights(
        model,
        mode=nncf.CompressWeightsMode.INT4_SYM,
        dataset=data,
        group_size=-1,
        ratio=1.0,
        scale_estimation=True,
    )
