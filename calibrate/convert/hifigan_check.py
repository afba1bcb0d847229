"""Runs a converted vocoder beside its original before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError
from calibrate.convert.hifigan_stack import MEL, WAVE
from calibrate.convert.onnx_graph import OnnxGraph
from calibrate.graphs.aligned_stack import VALID
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackSpec

TOLERANCE: Final = 1e-4
"""Of full scale; float32 sums in another order differ by a few 1e-6."""
_CHUNKS: Final = (1, 2, 5)
_NUM_FRAMES: Final = 12


def check_against_original(
    graph: OnnxGraph, spec: StackSpec, tensors: Mapping[str, NDArray[Any]]
) -> None:
    """Compare streamed frames of noise with the original on all of them.

    Raises:
        ConversionError: The original cannot be run, or the sounds differ.
    """
    generator = np.random.default_rng(0)
    width = next(given.channels for given in spec.inputs if given.name == MEL)
    mel = generator.normal(-5, 2, (_NUM_FRAMES, width)).astype(np.float32)
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            graph.data, options, ["CPUExecutionProvider"]
        )
        feed = {graph.inputs[0].name: mel.T[None]}
        expected = np.asarray(session.run(None, feed)[0]).ravel()
    # onnxruntime's errors have no common base below RuntimeError and Exception.
    except Exception as error:
        reason = str(error).split("\n")[0][:200]
        raise ConversionError(
            f"{graph.path}: onnxruntime cannot run it on (1, {width}, frames): {reason}"
        ) from error
    found = _stream(spec, tensors, mel)
    if found.shape != expected.shape:
        raise ConversionError(
            f"{graph.path}: {len(mel)} frames give {len(expected)} samples, the "
            f"converted network {len(found)}"
        )
    error_ = float(np.abs(found - expected).max())
    if not error_ <= TOLERANCE:
        raise ConversionError(
            f"{graph.path}: the converted network differs by {error_:.2g} of full "
            "scale; report this network"
        )


def _stream(
    spec: StackSpec, tensors: Mapping[str, NDArray[Any]], mel: NDArray[np.float32]
) -> NDArray[np.float32]:
    flush = np.zeros((spec.lookahead, mel.shape[1]), np.float32)
    rows = np.concatenate([mel, flush])
    valid = (np.arange(len(rows)) < len(mel)).astype(np.float32)[:, None]
    states, parts, first, turn = None, [], 0, 0
    while first < len(rows):
        part = slice(first, first + _CHUNKS[turn % len(_CHUNKS)])
        inputs = {MEL: rows[part], VALID: valid[part]}
        outputs, states = run_reference(spec, tensors, inputs, states)
        parts.append(outputs[WAVE].ravel())
        first, turn = part.stop, turn + 1
    wave = np.concatenate(parts)
    hop = len(wave) // len(rows)
    return wave[spec.lookahead * hop :]
