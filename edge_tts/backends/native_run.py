"""One use of a native network: its memory, its position, its calls."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import byref, c_void_p
from typing import Any

from numpy.typing import NDArray

from edge_tts.backends.held_inputs import HeldInputs
from edge_tts.backends.native_layout import (
    ABSMAX,
    BASES,
    HELD_ROWS,
    TABLES,
    TAPS,
    WORK,
    ZEROS,
    NativeLayout,
    external_name,
)
from edge_tts.backends.native_network import NativeNetwork
from edge_tts.backends.native_structs import NO_END, Storage, Stream
from edge_tts.backends.native_workers import NativeWorkers
from edge_tts.errors import BackendError
from edge_tts.memory.arena import Arena


class NativeRun:
    """States and scratch of one stream in one arena; a ``StageRun``.

    Args:
        network: shared by all runs.
        layout: the memory plan, shared by runs of equal length.
        where: name of the stage, for messages.
        workers: threads that help, None to run in the calling thread alone.
        huge_pages: whether to ask for huge pages.
    """

    def __init__(
        self,
        network: NativeNetwork,
        layout: NativeLayout,
        where: str,
        workers: NativeWorkers | None = None,
        *,
        huge_pages: bool = True,
    ) -> None:
        self._network: NativeNetwork | None = network
        self._where = where
        self._layout = layout
        self._workers = workers
        self._arena = Arena(layout.arena_plan, huge_pages=huge_pages)
        spec = network.spec
        arrays: dict[str, NDArray[Any]] = {}
        for name in network.list.externals:
            value = spec.values[name]
            rows = int(layout.max_rows * value.rate)
            shape = (rows,) if value.dtype == "int64" else (rows, value.channels)
            arrays[name] = self._arena.view(external_name(name), shape, value.dtype)
        addresses = [self._arena.address(external_name(name)) for name in arrays]
        self._externals = (c_void_p * len(addresses))(*addresses)
        self._inputs = {
            given.name: arrays[given.name]
            for given in spec.inputs
            if given.name in arrays
        }
        self._held = HeldInputs(network, self._arena)
        self._outputs = {
            name: (arrays[name], spec.values[name].rate) for name in spec.outputs
        }
        self._rings = [
            buffer.name
            for buffer in network.list.buffers
            if buffer.storage is Storage.RING
        ]
        places = (BASES, TABLES, TAPS, ABSMAX, ZEROS, HELD_ROWS, WORK)
        parts = (self._arena.address(place) for place in places)
        self._program = byref(layout.program)
        helpers = None if workers is None else workers.address
        self._stream = Stream(self._arena.base, *parts, 0, NO_END, helpers)
        self._stream_address = byref(self._stream)
        network.kernels.prepare(self._program, self._stream_address)
        self._first_position = int(self._stream.position)

    @property
    def arena_nbytes(self) -> int:
        """Bytes of states, scratch, inputs and outputs."""
        return self._arena.nbytes

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Run the next rows; see ``StageRun``."""
        network = self._network
        if network is None:
            raise BackendError(f"{self._where}: the run is closed")
        num_rows = self._take(inputs)
        status = network.kernels.run(
            self._program, self._stream_address, num_rows, self._externals
        )
        if status:
            layer = network.list.ops[status - 1].layer
            self.reset()
            raise BackendError(
                f"{self._where}: layer {layer!r}: an id is not in its table"
            )
        return {
            name: rows[: int(num_rows * rate)]
            for name, (rows, rate) in self._outputs.items()
        }

    def reset(self) -> None:
        """Put all states back to the start; allocates nothing."""
        for name in self._rings:
            self._arena.zero(name)
        self._held.forget()
        self._stream.position = self._first_position
        self._stream.end = NO_END

    def close(self) -> None:
        """Refuse further calls; the memory goes when the last view of it does."""
        self._network = None
        self._workers = None

    def _take(self, inputs: Mapping[str, NDArray[Any]]) -> int:
        """Copies the inputs into the arena and returns their number of rows."""
        given = inputs.keys() - self._held.names
        if given != self._inputs.keys() or not self._held.names <= (
            self._held.known | inputs.keys()
        ):
            expected = ", ".join([*self._inputs, *sorted(self._held.names)])
            raise BackendError(
                f"{self._where}: expected the inputs {expected}, got "
                f"{', '.join(map(str, inputs)) or 'none'}"
            )
        num_rows = -1
        for name, buffer in self._inputs.items():
            array = inputs[name]
            if array.dtype != buffer.dtype or array.shape[1:] != buffer.shape[1:]:
                raise BackendError(
                    f"{self._where}: input {name} must be {buffer.dtype} "
                    f"(rows, {', '.join(map(str, buffer.shape[1:]))}), got "
                    f"{array.dtype} {array.shape}"
                )
            if num_rows not in (-1, len(array)):
                raise BackendError(
                    f"{self._where}: input {name} has {len(array)} rows, another has "
                    f"{num_rows}"
                )
            num_rows = len(array)
        layout = self._layout
        if not 1 <= num_rows <= layout.max_rows or num_rows % layout.row_multiple:
            raise BackendError(
                f"{self._where}: input {name} has {num_rows} rows, expected 1 to "
                f"{layout.max_rows} in multiples of {layout.row_multiple}; open the "
                "run with more, or split the input"
            )
        if self._held.names:
            self._held.hold(inputs, self._where)
        for name, buffer in self._inputs.items():
            buffer[:num_rows] = inputs[name]
        return num_rows
