"""Runs a stack in NumPy: slow, plain and the measure of every executor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import StackSpecError
from edge_tts.network.layer import FloatRows
from edge_tts.network.product_format import (
    compute_product,
    stored_tensors,
    weight_format,
    weight_role,
)
from edge_tts.network.stack_spec import StackSpec
from edge_tts.network.validity import zero_outside


def run_reference(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    inputs: Mapping[str, NDArray[Any]],
    states: Mapping[str, FloatRows] | None = None,
) -> tuple[dict[str, FloatRows], dict[str, FloatRows]]:
    """Runs one chunk through a stack, products in the format of their weights.

    Args:
        spec: the network.
        tensors: as :meth:`StackSpec.check_tensors` accepts them.
        inputs: float rows (T, channels) float32 or ids (T,) int64 by input name.
        states: what the previous chunk returned; None starts with zeros.

    Returns:
        Outputs by name, (T * rate, channels) float32, and the states after the chunk.

    Raises:
        StackSpecError: an input or state is missing or has another shape.
    """
    values = run_all_values(spec, tensors, inputs, states)
    next_states = {name: values[name] for name in spec.states}
    return {name: values[name] for name in spec.outputs}, next_states


def _validity(
    spec: StackSpec,
    values: dict[str, NDArray[Any]],
    states: Mapping[str, FloatRows],
) -> FloatRows | None:
    """Validity of the remembered rows and the current ones, and its next state."""
    if not spec.valid:
        return None
    window: FloatRows = values[spec.valid]
    if spec.valid_state in spec.states:
        past = states[spec.valid_state]
        window = np.concatenate([past, window])
        values[spec.valid_state] = window[-len(past) :]
    return window


def run_all_values(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    inputs: Mapping[str, NDArray[Any]],
    states: Mapping[str, FloatRows] | None = None,
) -> dict[str, NDArray[Any]]:
    """Runs one chunk and returns every value and every next state by name."""
    states = spec.zero_states() if states is None else states
    values: dict[str, NDArray[Any]] = {}
    for given in spec.inputs:
        if given.name not in inputs:
            raise StackSpecError(
                f"stack {spec.name!r}: input {given.name!r} is missing"
            )
        array = np.asarray(inputs[given.name])
        fits = (
            array.ndim == 1
            if given.dtype == "int64"
            else (array.ndim == 2 and array.shape[1] == given.channels)
        )
        if not fits or array.dtype != given.dtype:
            raise StackSpecError(
                f"stack {spec.name!r}: input {given.name!r} is {array.shape} "
                f"{array.dtype}, expected {spec.values[given.name]}"
            )
        values[given.name] = array
    validity = _validity(spec, values, states)
    for layer in spec.layers:
        facts = spec.layer_inputs(layer)
        arrays = [values[name] for name in layer.inputs]
        if validity is not None and layer.windowed:
            arrays = [
                zero_outside(rows, value, validity)
                for rows, value in zip(arrays, facts, strict=True)
            ]
        shapes = layer.tensors(facts)
        role, format_ = weight_role(layer), weight_format(layer, tensors)
        if role is not None and format_ is not None:
            shapes.update(stored_tensors(format_, role, shapes[role]))
        own = {role: tensors[f"{layer.name}.{role}"] for role in shapes}
        own_states = {
            role: states[f"{layer.name}.{role}"] for role in layer.states(facts)
        }
        if format_ is not None:
            output, next_states = compute_product(
                layer, arrays[0], own, own_states, format_
            )
        else:
            output, next_states = layer.compute(arrays, own, own_states)
        values[layer.name] = output
        for role, state in next_states.items():
            values[f"{layer.name}.{role}"] = state
    if validity is not None:
        for name in spec.outputs:
            values[name] = zero_outside(values[name], spec.values[name], validity)
    return values
