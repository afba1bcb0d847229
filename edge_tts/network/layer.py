"""What every layer kind must answer; holds no layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NoReturn

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import StackSpecError
from edge_tts.network.limits import MAX_CHANNELS, MAX_CONTEXT_ROWS, MAX_RATE
from edge_tts.network.record import Record
from edge_tts.network.value import Value

FloatRows = NDArray[np.float32]
Shape = tuple[int, ...]


class Layer(Record, ABC):
    """One step of a stack: reads earlier values, defines the value of its own name.

    Subclasses are records whose further fields are the layer's attributes;
    tensors and states are named ``<layer name>.<role>``.
    """

    kind: ClassVar[str]
    """Spelling of the kind in JSON."""
    min_inputs: ClassVar[int] = 1
    max_inputs: ClassVar[int | None] = 1

    name: str
    """Unique within the stack; also the name of the value the layer defines."""
    inputs: tuple[str, ...]
    """Names of stack inputs or of earlier layers."""

    @abstractmethod
    def output(self, inputs: Sequence[Value]) -> Value:
        """Returns the facts about the value this layer defines.

        Raises:
            StackSpecError: the inputs do not fit; names the layer and the shapes.
        """

    @abstractmethod
    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        """Runs the layer in float32: the definition that executors are compared with.

        Args:
            inputs: arrays in the order of ``self.inputs``.
            tensors: by role, with the shapes of :meth:`tensors`.
            states: by role, with the shapes of :meth:`states`.

        Returns:
            The output and the states for the rows that follow.
        """

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        """Returns role -> shape of the trained or constant arrays."""
        return {}

    def states(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        """Returns role -> shape of the float32 states, which start as zeros."""
        return {}

    def multiply_adds(self, inputs: Sequence[Value]) -> int:
        """Returns multiply-adds with weights for one row of the output."""
        return 0

    @property
    def streamable(self) -> bool:
        """Whether the layer gives the same rows when its input comes in chunks."""
        return True

    @property
    def windowed(self) -> bool:
        """Whether a row of the output depends on other rows than that of the input."""
        return False

    def check_inputs(self, inputs: Sequence[Value]) -> None:
        """Checks number, type and timing of the inputs; widths are up to the kind."""
        if len(inputs) < self.min_inputs or (
            self.max_inputs is not None and len(inputs) > self.max_inputs
        ):
            most = "more" if self.max_inputs is None else self.max_inputs
            self.fail(f"expected {self.min_inputs} to {most} inputs, got {len(inputs)}")
        first = inputs[0]
        for value in inputs[1:]:
            if (value.axis, value.rate) != (first.axis, first.rate):
                self.fail(f"inputs differ in rows: {first} and {value}")
            if value.delay != first.delay:
                self.fail(
                    f"inputs {first} and {value} lag by {first.delay} and "
                    f"{value.delay} rows; put a delay layer before the earlier one"
                )

    def checked_output(self, inputs: Sequence[Value]) -> Value:
        """Returns :meth:`output`, refusing sizes that no network has.

        Raises:
            StackSpecError: a name or a size is impossible.
        """
        if not self.name.isidentifier():
            self.fail("its name must be an identifier")
        self.check_inputs(inputs)
        value = self.output(inputs)
        if not 1 <= value.channels <= MAX_CHANNELS:
            self.fail(f"{value} has not between 1 and {MAX_CHANNELS} channels")
        if not 1 <= value.rate * MAX_RATE <= MAX_RATE * MAX_RATE:
            self.fail(f"{value} changes the rate too much")
        if max(value.before, value.after, value.delay) > MAX_CONTEXT_ROWS:
            self.fail(f"{value} looks further than {MAX_CONTEXT_ROWS} rows")
        return value

    def require_float(self, inputs: Sequence[Value]) -> None:
        """Checks that all inputs are float rows."""
        for name, value in zip(self.inputs, inputs, strict=True):
            if value.dtype != "float32":
                self.fail(f"expected float rows from {name!r}, got {value}")

    def require_same_width(self, inputs: Sequence[Value]) -> None:
        """Checks that all inputs are float rows of one width."""
        self.require_float(inputs)
        for value in inputs[1:]:
            if value.channels != inputs[0].channels:
                self.fail(f"inputs differ in channels: {inputs[0]} and {value}")

    def fail(self, problem: str) -> NoReturn:
        """Raises a StackSpecError that starts with the layer's name and kind."""
        raise StackSpecError(f"layer {self.name!r} ({self.kind}): {problem}")


def merge_reach(inputs: Sequence[Value], channels: int) -> Value:
    """Returns the first input's timing, with the widest reach of all inputs."""
    return inputs[0].replace(
        channels=channels,
        dtype="float32",
        before=max(value.before for value in inputs),
        after=max(value.after for value in inputs),
    )


def extend_reach(value: Value, before: int, after: int, delay: int) -> Value:
    """Returns ``value`` seen through a window of its own rows, ``delay`` rows late."""
    row = value.input_rows
    return value.replace(
        before=value.before + before * row,
        after=value.after + after * row,
        delay=value.delay + delay * row,
    )
