"""The frozen description of one network; what it means is defined by its layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import StackSpecError
from edge_tts.network import stack_json
from edge_tts.network.int4_product import GROUP
from edge_tts.network.layer import Layer, Shape
from edge_tts.network.limits import (
    MAX_CHANNELS,
    MAX_CONTEXT_ROWS,
    MAX_LAYERS,
    MAX_RATE,
    MAX_STATE_NUMBERS,
)
from edge_tts.network.product_format import (
    stored_tensors,
    weight_format,
    weight_role,
)
from edge_tts.network.validity import history_rows, lag_rows
from edge_tts.network.value import DType, Value

_DTYPES = ("float32", "int64")


class StackInput(NamedTuple):
    """One array a stack reads: float rows (T, channels) or ids (T,) int64."""

    name: str
    """Unique within the stack."""
    channels: int = 1
    """Columns; 1 for ids."""
    dtype: DType = "float32"
    """float32 for rows, int64 for ids."""
    axis: str = "T"
    """Name of the row axis."""
    max_rows: int = 0
    """Most rows of an input that is held from call to call; 0 for all others."""


@dataclass(frozen=True)
class StackSpec:
    """A network as a list of layers in execution order, each defining one value.

    Creating one validates it; everything else is derived and cached.

    Raises:
        StackSpecError: a name is missing or defined twice, shapes or delays do not
            fit; the message names the layer and both shapes.
    """

    name: str
    """For messages and file names."""
    inputs: tuple[StackInput, ...]
    """What a call must provide."""
    layers: tuple[Layer, ...]
    """In execution order; a layer reads inputs and earlier layers only."""
    outputs: tuple[str, ...]
    """Names of the layers whose values a call returns."""
    valid: str = ""
    """Name of an input (T, 1) float32 that is 1 for rows of the utterance and 0 for
    those that flush the delay after it; once 0 it stays so until the states are reset.
    If given, windowed layers see zeros before and after the utterance, as in a network
    that pads with zeros, and outputs are zero there."""

    def __post_init__(self) -> None:
        for output in self.outputs:
            if output not in self.values:
                self._fail(f"output {output!r} is defined by no layer")
            if output in {given.name for given in self.inputs}:
                self._fail(f"output {output!r} is an input")
        if not self.outputs:
            self._fail("no outputs")
        axes = sorted({self.values[output].axis for output in self.outputs})
        if len(axes) > 1:
            self._fail(f"outputs lie on different axes: {', '.join(axes)}")
        for given in self.inputs:
            held = given.axis != self.axis
            if (given.max_rows > 0) != held or given.max_rows > MAX_CONTEXT_ROWS:
                self._fail(
                    f"input {given.name!r} on axis {given.axis} has max_rows "
                    f"{given.max_rows}; inputs beside the axis {self.axis} of the "
                    f"outputs need 1 to {MAX_CONTEXT_ROWS}, others 0"
                )
        delays = {self.values[output].delay for output in self.outputs}
        numbers = sum(math.prod(shape) for shape in self.states.values())
        if len(self.layers) > MAX_LAYERS or numbers > MAX_STATE_NUMBERS:
            self._fail(f"{len(self.layers)} layers and {numbers} numbers of state")
        if self.row_multiple > MAX_RATE:
            self._fail(f"rows must come in multiples of {self.row_multiple}")
        if self.valid:
            self._check_validity()
        if len(delays) > 1:
            listed = {output: str(self.values[output].delay) for output in self.outputs}
            self._fail(f"outputs lag by different numbers of rows: {listed}")

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """Facts about every input and layer output, by name."""
        values: dict[str, Value] = {}
        for given in self.inputs:
            if given.name in values:
                self._fail(f"input {given.name!r} is defined twice")
            if not given.name.isidentifier() or given.dtype not in _DTYPES:
                self._fail(f"input {given.name!r}: impossible name or type {given}")
            if not 1 <= given.channels <= MAX_CHANNELS:
                self._fail(f"input {given.name!r} has {given.channels} channels")
            values[given.name] = Value(given.channels, given.dtype, given.axis)
        for layer in self.layers:
            if layer.name in values:
                layer.fail("its name is defined twice")
            for name in layer.inputs:
                if name not in values:
                    layer.fail(f"input {name!r} is not defined before it")
            inputs = tuple(values[name] for name in layer.inputs)
            values[layer.name] = layer.checked_output(inputs)
        return MappingProxyType(values)

    def layer_inputs(self, layer: Layer) -> tuple[Value, ...]:
        """Returns the facts about a layer's inputs, in order."""
        return tuple(self.values[name] for name in layer.inputs)

    @cached_property
    def tensors(self) -> Mapping[str, Shape]:
        """Name -> shape of all float32 tensors the stack needs."""
        return MappingProxyType(
            {
                f"{layer.name}.{role}": shape
                for layer in self.layers
                for role, shape in layer.tensors(self.layer_inputs(layer)).items()
            }
        )

    @cached_property
    def states(self) -> Mapping[str, Shape]:
        """Name -> shape of all float32 states, which start as zeros."""
        history = history_rows(self.values[name] for name in self.bounded)
        own = {self.valid_state: (history, 1)} if history else {}
        return MappingProxyType(
            own
            | {
                f"{layer.name}.{role}": shape
                for layer in self.layers
                for role, shape in layer.states(self.layer_inputs(layer)).items()
            }
        )

    @cached_property
    def bounded(self) -> tuple[str, ...]:
        """Names of the values that are made zero outside the utterance."""
        if not self.valid:
            return ()
        read = [name for lay in self.layers if lay.windowed for name in lay.inputs]
        return tuple(dict.fromkeys([*read, *self.outputs]))

    @property
    def valid_state(self) -> str:
        """Name of the state that remembers the validity of earlier rows."""
        return f"{self.valid}.state"

    @property
    def axis(self) -> str:
        """Axis of the outputs, along which a stack streams."""
        return self.values[self.outputs[0]].axis

    @property
    def held_inputs(self) -> tuple[StackInput, ...]:
        """Inputs on other axes, which stay the same from chunk to chunk."""
        return tuple(given for given in self.inputs if given.axis != self.axis)

    @property
    def streamable(self) -> bool:
        """Whether the input may come in chunks without changing the output."""
        return all(layer.streamable for layer in self.layers)

    @property
    def lookahead(self) -> int:
        """Input rows by which the outputs lag; feed that many zero rows at the end."""
        return math.ceil(self.values[self.outputs[0]].delay)

    @property
    def largest_delay(self) -> int:
        """Input rows by which the latest value lags, rounded up."""
        return max(math.ceil(value.delay) for value in self.values.values())

    @property
    def left_context(self) -> int:
        """Input rows before the current one that can reach an output row."""
        return math.ceil(max(self.values[name].before for name in self.outputs))

    @property
    def right_context(self) -> int:
        """Input rows after the current one that can reach an output row."""
        return math.ceil(max(self.values[name].after for name in self.outputs))

    @property
    def receptive_field(self) -> int:
        """Input rows that can reach one output row."""
        return self.left_context + 1 + self.right_context

    @property
    def row_multiple(self) -> int:
        """A call's number of rows must be a multiple of this."""
        return math.lcm(*(value.rate.denominator for value in self.values.values()))

    @property
    def multiply_adds_per_row(self) -> float:
        """Multiply-adds with weights for one row of the input."""
        return float(
            sum(
                layer.multiply_adds(self.layer_inputs(layer))
                * self.values[layer.name].rate
                for layer in self.layers
            )
        )

    def check_tensors(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        """Checks that ``tensors`` holds exactly what the stack needs.

        All are float32, except that the weight of a linear or conv layer may be stored
        as int8 with ``<layer>.weight_scale`` (channels,) float32 beside it, as bfloat16
        (uint16; a matrix too), or as int4 (uint8) with bfloat16 scales; see
        ``product_format`` and ``int4_product``.

        Raises:
            StackSpecError: a tensor is missing, superfluous or of another shape or
                type; the message names it.
        """
        expected = dict(self.tensors)
        types = {name: np.dtype(np.float32) for name in expected}
        for layer in self.layers:
            self._note_stored(layer, tensors, expected, types)
        for name, shape in expected.items():
            if name not in tensors:
                self._fail(f"tensor {name!r} {shape} is missing")
            found = tensors[name]
            if tuple(found.shape) != shape:
                self._fail(f"tensor {name!r} is {tuple(found.shape)}, expected {shape}")
            if found.dtype != types[name]:
                self._fail(f"tensor {name!r} is {found.dtype}, expected {types[name]}")
        extra = sorted(set(tensors) - set(expected))
        if extra:
            self._fail(f"tensor {extra[0]!r} belongs to no layer")

    def zero_states(self) -> dict[str, NDArray[np.float32]]:
        """Returns the states before the first row."""
        return {
            name: np.zeros(shape, np.float32) for name, shape in self.states.items()
        }

    def to_json(self) -> dict[str, Any]:
        """Returns the description as JSON data; the inverse of :meth:`from_json`."""
        return {
            "name": self.name,
            "inputs": [_write_input(given) for given in self.inputs],
            "layers": [stack_json.write_layer(layer) for layer in self.layers],
            "outputs": list(self.outputs),
            **({"valid": self.valid} if self.valid else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StackSpec:
        """Builds a spec from JSON data, strictly: unknown and missing keys are errors.

        Raises:
            StackSpecError: the data is malformed or the network inconsistent.
        """
        required = {"name", "inputs", "layers", "outputs"}
        stack_json.check_keys(data, required, "stack", optional={"valid"})
        return cls(
            name=str(data["name"]),
            inputs=tuple(map(_read_input, stack_json.entries(data, "inputs"))),
            layers=tuple(
                map(stack_json.read_layer, stack_json.entries(data, "layers"))
            ),
            outputs=tuple(map(str, stack_json.entries(data, "outputs"))),
            valid=str(data.get("valid", "")),
        )

    def _check_validity(self) -> None:
        given = {entry.name: entry for entry in self.inputs}.get(self.valid)
        if given is None or given.dtype != "float32" or given.channels != 1:
            self._fail(f"valid {self.valid!r} is no float32 input with one channel")
        held = {given.name for given in self.held_inputs}
        # Not only those that are bounded: an executor may zero the rows of any.
        for name, value in self.values.items():
            if name in held:
                continue
            if value.axis != self.values[self.valid].axis or lag_rows(value) is None:
                self._fail(
                    f"value {name!r} {value} lags by {value.delay} rows: its rows do "
                    f"not coincide with those of {self.valid!r}"
                )

    def _note_stored(
        self,
        layer: Layer,
        tensors: Mapping[str, NDArray[Any]],
        shapes: dict[str, Shape],
        types: dict[str, np.dtype[Any]],
    ) -> None:
        """Replaces the shapes and types of a product by those of what is stored."""
        role, format_ = weight_role(layer), weight_format(layer, tensors)
        if role is None or format_ in (None, "fp32"):
            return
        name = f"{layer.name}.{role}"
        inputs = shapes[name][-2]
        if format_ == "int4" and inputs % GROUP:
            layer.fail(f"{inputs} inputs; int4 weights need a multiple of {GROUP}")
        types[name] = tensors[name].dtype
        stored = stored_tensors(format_, role, shapes[name])
        shapes.update({f"{layer.name}.{own}": shape for own, shape in stored.items()})
        kind = np.uint16 if format_ == "int4" else np.float32
        types[f"{name}_scale"] = np.dtype(kind)

    def _fail(self, problem: str) -> None:
        raise StackSpecError(f"stack {self.name!r}: {problem}")


def _write_input(given: StackInput) -> dict[str, Any]:
    data = given._asdict()
    if not given.max_rows:
        del data["max_rows"]
    return data


def _read_input(data: Mapping[str, Any]) -> StackInput:
    if not isinstance(data, Mapping):
        raise StackSpecError(f"input: expected an object, got {data!r}")
    what = f"input {data.get('name')!r}"
    stack_json.check_keys(data, {"name"}, what, optional=set(StackInput._fields))
    hints = {"channels": "int", "max_rows": "int"}
    values = {
        name: stack_json.read_value(hints.get(name, "str"), value, f"{what}: {name}")
        for name, value in data.items()
    }
    return StackInput(**values)
