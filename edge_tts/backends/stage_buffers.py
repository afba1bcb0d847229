"""Memory of one stage run: inputs, outputs and double-buffered states, allocated once.

Knows sizes, not runtimes: a graph backend binds these arrays, and after each run swaps
which half of a state is read and which is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import BackendError
from edge_tts.packs.stage_signature import StageSignature
from edge_tts.packs.state_spec import StateSpec
from edge_tts.packs.tensor_spec import MAX_DIM, TensorSpec, split_dim

ALIGNMENT: Final = 64
"""A cache line, and the widest vector any runtime loads."""
STATE_INITS: Final = {"zeros": 0.0, "ones": 1.0, "nan": float("nan")}
"""Name of an initial value -> the value."""


@dataclass(frozen=True, slots=True)
class _InputCheck:
    spec: TensorSpec
    dtype: np.dtype[Any]
    dims: tuple[tuple[int, int | None], ...]
    """Per axis a size, or a factor and the position of its symbol."""
    max_rows: int
    """Largest size of its symbols."""


class StageBuffers:
    """Buffers of one run of a stage for at most ``max_rows`` rows.

    Args:
        signature: Declared tensors of the stage.
        max_rows: Largest size of any symbolic dimension, held inputs left aside.
        where: Name of the stage, for messages.

    Raises:
        BackendError: ``max_rows`` is below 1, or a state cannot be double-buffered.
    """

    def __init__(self, signature: StageSignature, max_rows: int, where: str) -> None:
        if max_rows < 1:
            raise BackendError(f"{where}: max_rows must be at least 1, got {max_rows}")
        self._where = where
        self._signature = signature
        self._symbols = signature.symbols
        largest = dict.fromkeys(self._symbols, max_rows)
        held = signature.held
        # Held inputs get room when they come: only then is their length known.
        self._inputs = {
            spec.name: _aligned(
                0 if spec.name in held else prod(spec.resolve(largest)), spec.dtype
            )
            for spec in signature.inputs
        }
        self._held: dict[str, NDArray[Any] | None] = dict.fromkeys(held)
        self.generation = 0
        """Counts up when a buffer has moved: what was bound before is stale."""
        self._outputs = {
            spec.name: _aligned(prod(spec.resolve(largest)), spec.dtype)
            for spec in signature.outputs
        }
        # Worked out once: the check of every step walks over it.
        self._checks = tuple(
            _input_check(
                spec, self._symbols, MAX_DIM if spec.name in held else max_rows
            )
            for spec in signature.inputs
        )
        self._states = tuple(
            (_state_array(state, where), _state_array(state, where))
            for state in signature.states
        )
        self.reset()

    def take(self, inputs: Mapping[str, NDArray[Any]]) -> tuple[int, ...]:
        """Copy the inputs in and return the size of each symbol of the signature.

        Raises:
            BackendError: A name, type, rank or size is not as declared.
        """
        if len(inputs) != len(self._checks):
            inputs = self._with_held(inputs)
            if len(inputs) != len(self._checks):
                self._refuse_names(inputs)
        sizes = [0] * len(self._symbols)
        for check in self._checks:
            array = inputs.get(check.spec.name)
            if array is None:
                self._refuse_names(inputs)
            else:
                self._check(check, array, sizes)
        # Only now, so that a refused call has changed nothing.
        for check in self._checks:
            name = check.spec.name
            array = inputs[name]
            if name in self._held:
                self._hold(name, array)
            else:
                self._inputs[name][: array.size].reshape(array.shape)[...] = array
        return tuple(sizes)

    def _with_held(
        self, inputs: Mapping[str, NDArray[Any]]
    ) -> Mapping[str, NDArray[Any]]:
        kept = {name: array for name, array in self._held.items() if array is not None}
        return {**kept, **inputs}

    def _hold(self, name: str, array: NDArray[Any]) -> None:
        if array is self._held[name]:
            return
        if array.size > self._inputs[name].size:
            self._inputs[name] = _aligned(array.size, array.dtype.name)
            self.generation += 1
        kept = self._inputs[name][: array.size].reshape(array.shape)
        kept[...] = array
        self._held[name] = kept

    def views(
        self, sizes: tuple[int, ...]
    ) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
        """Inputs and outputs as arrays of the shapes that ``sizes`` gives them."""
        named = dict(zip(self._symbols, sizes, strict=True))
        return (
            _shaped(self._signature.inputs, self._inputs, named),
            _shaped(self._signature.outputs, self._outputs, named),
        )

    def states(
        self, parity: int
    ) -> tuple[tuple[StateSpec, NDArray[Any], NDArray[Any]], ...]:
        """Each state with the array to read and the one to write in a run.

        Args:
            parity: 0 or 1; runs alternate.
        """
        return tuple(
            (state, halves[parity], halves[1 - parity])
            for state, halves in zip(self._signature.states, self._states, strict=True)
        )

    def reset(self) -> None:
        """Put all states back to the start, in place, and forget held inputs."""
        for name in self._held:
            self._held[name] = None
        for state, halves in zip(self._signature.states, self._states, strict=True):
            for half in halves:
                half.fill(STATE_INITS[state.init])

    def _check(self, check: _InputCheck, array: NDArray[Any], sizes: list[int]) -> None:
        spec = check.spec
        if array.dtype != check.dtype:
            raise BackendError(
                f"{self._where}: input {spec.name} must be {spec.dtype}, "
                f"got {array.dtype}"
            )
        if array.ndim != len(check.dims):
            raise self._wrong_shape(spec, array)
        for (factor, symbol), size in zip(check.dims, array.shape, strict=True):
            if symbol is None:
                if size != factor:
                    raise self._wrong_shape(spec, array)
                continue
            rows = size // factor
            if rows * factor != size or sizes[symbol] not in (0, rows):
                raise self._wrong_shape(spec, array)
            if not 1 <= rows <= check.max_rows:
                raise BackendError(
                    f"{self._where}: input {spec.name} has {rows} rows, expected 1 to "
                    f"{check.max_rows}; open the run with more, or split the input"
                )
            sizes[symbol] = rows

    def _wrong_shape(self, spec: TensorSpec, array: NDArray[Any]) -> BackendError:
        expected = ", ".join(str(dim) for dim in spec.shape)
        got = ", ".join(str(size) for size in array.shape)
        return BackendError(
            f"{self._where}: input {spec.name} must have shape ({expected}), "
            f"got ({got})"
        )

    def _refuse_names(self, inputs: Mapping[str, NDArray[Any]]) -> None:
        expected = [spec.name for spec in self._signature.inputs]
        raise BackendError(
            f"{self._where}: expected the inputs {', '.join(sorted(expected))}, "
            f"got {', '.join(sorted(map(str, inputs))) or 'none'}"
        )


def _input_check(
    spec: TensorSpec, symbols: tuple[str, ...], max_rows: int
) -> _InputCheck:
    dims = []
    for dim in spec.shape:
        factor, symbol = split_dim(dim)
        dims.append((factor, None if symbol is None else symbols.index(symbol)))
    return _InputCheck(spec, np.dtype(spec.dtype), tuple(dims), max_rows)


def _shaped(
    specs: tuple[TensorSpec, ...],
    buffers: Mapping[str, NDArray[Any]],
    sizes: Mapping[str, int],
) -> dict[str, NDArray[Any]]:
    views = {}
    for spec in specs:
        shape = spec.resolve(sizes)
        views[spec.name] = buffers[spec.name][: prod(shape)].reshape(shape)
    return views


def check_state(state: StateSpec, where: str) -> None:
    """Refuse a state that a graph cannot carry in two buffers of one size.

    Raises:
        BackendError: It grows, or starts from a constant.
    """
    if state.update == "append" or state.init not in STATE_INITS:
        raise BackendError(
            f"{where}: state {state.name} ({state.update}, {state.init}) is not "
            "supported by the graph backends"
        )


def _state_array(state: StateSpec, where: str) -> NDArray[Any]:
    check_state(state, where)
    return _aligned(prod(state.shape), state.dtype).reshape(state.shape)


def _aligned(count: int, dtype: str) -> NDArray[Any]:
    """Zeros that start on a cache line; numpy itself promises only 16 bytes."""
    item = np.dtype(dtype)
    raw = np.zeros(count * item.itemsize + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + count * item.itemsize].view(item)
