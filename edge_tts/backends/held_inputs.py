"""Keys and values that stay for an utterance, in the layout of the attention kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.native_layout import HELD_ROWS
from edge_tts.backends.native_lowering import KEY_BLOCK
from edge_tts.backends.native_network import NativeNetwork
from edge_tts.errors import BackendError
from edge_tts.memory.arena import Arena
from edge_tts.network.stack_spec import StackInput


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

    def hold(self, inputs: Mapping[str, NDArray[Any]], where: str) -> None:
        """Keeps the rows of those held inputs that are among ``inputs``.

        Raises:
            BackendError: they have another type or shape, are too many, or inputs on
                one axis would differ in rows; nothing has changed then.
        """
        given = {name: inputs[name] for name in self.names & inputs.keys()}
        if not given:
            return
        for name, rows in given.items():
            self._check(self._inputs[name], rows, where)
        self._check_lengths(given, where)
        self.known |= given.keys()
        for name in given.keys() & self._index.keys():
            self._write(name, given[name])

    @staticmethod
    def _check(expected: StackInput, rows: NDArray[Any], where: str) -> None:
        fits = rows.dtype == expected.dtype and rows.shape[1:] == (expected.channels,)
        if not fits or not 1 <= len(rows) <= expected.max_rows:
            raise BackendError(
                f"{where}: input {expected.name} must be {expected.dtype} (1 to "
                f"{expected.max_rows}, {expected.channels}), got {rows.dtype} "
                f"{rows.shape}"
            )

    def _check_lengths(self, given: Mapping[str, NDArray[Any]], where: str) -> None:
        seen: dict[str, tuple[str, int]] = {}
        for name, index in self._index.items():
            rows = len(given[name]) if name in given else int(self._rows[index])
            first, expected = seen.setdefault(self._inputs[name].axis, (name, rows))
            if rows != expected:
                raise BackendError(
                    f"{where}: inputs {first} and {name} have {expected} and {rows} "
                    "rows"
                )

    def _write(self, name: str, rows: NDArray[Any]) -> None:
        self._rows[self._index[name]] = len(rows)
        for array in self._rows_arrays[name]:
            array[: len(rows)] = rows
        whole, rest = divmod(len(rows), KEY_BLOCK)
        for array in self._key_arrays[name]:
            blocks = rows[: whole * KEY_BLOCK]
            array[:whole] = blocks.reshape(whole, KEY_BLOCK, rows.shape[1])
            if rest:
                array[whole, :rest] = rows[whole * KEY_BLOCK :]
                array[whole, rest:] = 0

    def forget(self) -> None:
        """Requires all inputs again before the next run."""
        self.known.clear()
