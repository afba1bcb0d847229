"""Compares what a graph file has with what its pack declares; knows no runtime."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge_tts.errors import BackendError
from edge_tts.packs.stage_signature import StageSignature
from edge_tts.packs.tensor_spec import TensorSpec

GraphTensor = tuple[str, tuple[int | None, ...] | None]
"""Numpy dtype name and shape; None for a size that is dynamic or not inferred, and for
a shape of which not even the rank is known."""


def check_interface(
    signature: StageSignature,
    inputs: Mapping[str, GraphTensor],
    outputs: Mapping[str, GraphTensor],
    where: str,
) -> None:
    """Refuse a graph whose tensors are not those of the signature.

    Data tensors go by their declared names; state ``S`` is input ``S`` and output
    ``S_next``.

    Raises:
        BackendError: The message names stage and tensor.
    """
    expected_inputs = {spec.name: spec for spec in signature.inputs}
    expected_outputs = {spec.name: spec for spec in signature.outputs}
    for state in signature.states:
        expected_inputs[state.name] = state.tensor
        expected_outputs[state.next_name] = state.tensor
    _check_side("input", expected_inputs, inputs, where)
    _check_side("output", expected_outputs, outputs, where)


def _check_side(
    side: str,
    expected: Mapping[str, TensorSpec],
    found: Mapping[str, GraphTensor],
    where: str,
) -> None:
    if expected.keys() != found.keys():
        raise BackendError(
            f"{where}: the graph has the {side}s {_listed(found)}, "
            f"the pack declares {_listed(expected)}; build the pack again"
        )
    for name, spec in expected.items():
        dtype, shape = found[name]
        fits = dtype == spec.dtype
        if shape is None:
            shape = (None,) * len(spec.shape)
        fits = fits and len(shape) == len(spec.shape)
        for declared, size in zip(spec.shape, shape, strict=False):
            # A fixed size where the pack declares a symbol is a graph for one chunk
            # size only, which nobody could tell from the pack. An unknown size where
            # the pack has a fixed one is a runtime that could not infer it.
            if isinstance(declared, int):
                fits = fits and size in (declared, None)
            else:
                fits = fits and size is None
        if not fits:
            raise BackendError(
                f"{where}: the graph's {side} {name} is {dtype} {_shape(shape)}, the "
                f"pack declares {spec.dtype} {_shape(spec.shape)}; build the pack again"
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "(none)"


def _shape(shape: Iterable[int | str | None]) -> str:
    return "(" + ", ".join("?" if size is None else str(size) for size in shape) + ")"
