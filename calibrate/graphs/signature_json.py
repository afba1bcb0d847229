"""The interface of a stack in the JSON of a manifest."""

from __future__ import annotations

from typing import Any

from edge_tts.network.stack_spec import StackSpec


def signature_json(spec: StackSpec) -> dict[str, Any]:
    """Inputs, outputs and states of a stack as a pack declares them."""
    inputs = [
        {
            "name": given.name,
            "dtype": given.dtype,
            "shape": [given.axis]
            if given.dtype == "int64"
            else [given.axis, given.channels],
        }
        for given in spec.inputs
    ]
    outputs = []
    for name in spec.outputs:
        value = spec.values[name]
        rows = value.axis if value.rate == 1 else f"{value.rate}*{value.axis}"
        shape = [rows, value.channels]
        outputs.append({"name": name, "dtype": "float32", "shape": shape})
    states = [
        {"name": name, "dtype": "float32", "shape": list(shape)}
        for name, shape in spec.states.items()
    ]
    return {"inputs": inputs, "outputs": outputs, "states": states}
