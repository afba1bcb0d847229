"""Sums that follow a depthwise convolution cost no op of their own."""

from __future__ import annotations

import numpy as np
import pytest

from edge_tts.backends.native_layers import lower
from edge_tts.backends.native_session import NativeSession
from edge_tts.backends.native_structs import OpKind
from edge_tts.cpu import native_library
from edge_tts.network.layers.convolution import DepthwiseConv
from edge_tts.network.layers.elementwise import Add
from edge_tts.network.layers.normalization import RmsNorm
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackInput, StackSpec
from tests.network.sample_stacks import random_inputs, random_tensors

LIBRARY = native_library()
pytestmark = pytest.mark.skipif(
    LIBRARY.handle is None, reason=f"needs the kernel library: {LIBRARY.reason}"
)


def spec_of(outputs: tuple[str, ...], scale: float = 1.0) -> StackSpec:
    layers = (
        RmsNorm(name="norm", inputs=("x",)),
        DepthwiseConv(name="taps", inputs=("norm",), kernel_size=5, dilation=2),
        Add(name="sum", inputs=("x", "taps"), scale=scale),
    )
    return StackSpec("block", (StackInput("x", 70),), layers, outputs)


@pytest.mark.parametrize(
    ("outputs", "scale", "num_sums"),
    [(("sum",), 1.0, 0), (("sum", "taps"), 1.0, 1), (("sum",), 0.5, 1)],
)
def test_sum_after_a_depthwise_convolution(
    outputs: tuple[str, ...], scale: float, num_sums: int
) -> None:
    spec = spec_of(outputs, scale)
    tensors = random_tensors(spec, 0)
    kinds = [op.kind for op in lower(spec, tensors).ops]
    assert kinds.count(OpKind.ADD) == num_sums
    inputs = random_inputs(spec, 23)
    wanted, _ = run_reference(spec, tensors, inputs, spec.zero_states())
    found = NativeSession(spec, tensors).open(23).run(inputs)
    for name in outputs:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-5, atol=1e-5)
