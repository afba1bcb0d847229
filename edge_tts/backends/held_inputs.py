"""Keys and values that stay for an utterance, in the layout of the attention kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.native_layout import HELD_ROWS
from edge_tts.backends.native_lowering import KEY_BLOCK
from edge_tts.backends.native_network import NativeNetwork
from edge_tts.errors import BackendError
from edge_tts.memory.arena import Arena


class HeldInputs:
    """The held inputs of one run, within its arena.

    Args:
        network: what reads them.
        arena: laid out by ``NativeLayout``.
    """

    def __init__(self, network: NativeNetwork, arena: Arena) -> None:
        self._inputs = {given.name: given for given in network.spec.held_inputs}
        self.names = frozenset(self._inputs)
        """All held inputs."""
        self.known: set[str] = set()
        """Those given since the start of the utterance."""
        held = network.list.held
        self._rows = arena.view(HELD_ROWS, (len(held),), np.int32)
        self._index = {name: index for index, name in enumerate(held)}
        self._rows_arrays: dict[str, list[NDArray[np.float32]]] = {}
        self._key_arrays: dict[str, list[NDArray[np.float32]]] = {}
        for name, buffers in held.items():
            self._rows_arrays[name], self._key_arrays[name] = [], []
            for index in buffers:
                plan = network.list.buffers[index]
                channels = self._inputs[name].channels
                if plan.as_keys:
                    blocks = -(-plan.history // KEY_BLOCK)
                    shape = (blocks, channels, KEY_BLOCK)
                    array = arena.view(plan.name, shape, np.float32)
                    self._key_arrays[name].append(array.transpose(0, 2, 1))
                else:
                    array = arena.view(plan.name, (plan.history, channels), np.float32)
                    self._rows_arrays[name].append(array)

    def hold(self, name: str, rows: NDArray[Any], where: str) -> None:
        """Keeps the rows of an input.

        Raises:
            BackendError: they have another type or shape, or are too many.
        """
        given = self._inputs[name]
        fits = rows.dtype == given.dtype and rows.shape[1:] == (given.channels,)
        if not fits or not 1 <= len(rows) <= given.max_rows:
            raise BackendError(
                f"{where}: input {name} must be {given.dtype} (1 to {given.max_rows}, "
                f"{given.channels}), got {rows.dtype} {rows.shape}"
            )
        self.known.add(name)
        if name not in self._index:
            return  # Nothing reads it.
        self._rows[self._index[name]] = len(rows)
        for array in self._rows_arrays[name]:
            array[: len(rows)] = rows
        whole, rest = divmod(len(rows), KEY_BLOCK)
        for array in self._key_arrays[name]:
            blocks = rows[: whole * KEY_BLOCK]
            array[:whole] = blocks.reshape(whole, KEY_BLOCK, given.channels)
            if rest:
                array[whole, :rest] = rows[whole * KEY_BLOCK :]
                array[whole, rest:] = 0

    def check_lengths(self, where: str) -> None:
        """Checks that inputs on one axis have one number of rows.

        Raises:
            BackendError: names two inputs that differ.
        """
        seen: dict[str, str] = {}
        for name, index in self._index.items():
            first = seen.setdefault(self._inputs[name].axis, name)
            if self._rows[self._index[first]] != self._rows[index]:
                raise BackendError(
                    f"{where}: inputs {first} and {name} have "
                    f"{self._rows[self._index[first]]} and {self._rows[index]} rows"
                )

    def forget(self) -> None:
        """Requires all inputs again before the next run."""
        self.known.clear()
