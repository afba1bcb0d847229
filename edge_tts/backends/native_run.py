"""One use of a native network: its memory, its position, its calls."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import byref, c_void_p
from typing import Any, Final

from numpy.typing import NDArray

from edge_tts.backends.native_network import NativeNetwork, struct_array
from edge_tts.backends.native_ops import BufferPlan, OpPlan
from edge_tts.backends.native_structs import Buffer, Program, Storage, Stream, View
from edge_tts.errors import BackendError
from edge_tts.memory.arena import Arena
from edge_tts.memory.arena_plan import BufferRequest, plan_arena

MAX_TILE_ROWS: Final = 48
"""Rows that go through the whole network at once; more would leave the caches."""
_POINTER_NBYTES: Final = 8
_FLOAT_NBYTES: Final = 4


class NativeRun:
    """States and scratch of one stream in one arena; a ``StageRun``.

    Args:
        network: shared by all runs.
        max_rows: most rows of one call.
        where: name of the stage, for messages.

    Raises:
        BackendError: ``max_rows`` is below 1.
    """

    def __init__(self, network: NativeNetwork, max_rows: int, where: str) -> None:
        if max_rows < 1:
            raise BackendError(f"{where}: max_rows must be at least 1, got {max_rows}")
        self._network: NativeNetwork | None = network
        self._where = where
        self._max_rows = max_rows
        spec = network.spec
        multiple = spec.row_multiple
        tile = min(MAX_TILE_ROWS, max_rows) if spec.streamable else max_rows
        self._tile_rows = -(-tile // multiple) * multiple
        self._row_multiple = multiple
        self._arena = Arena(plan_arena(self._requests(network)))
        self._fill_structs(network)
        self._arrays = self._external_arrays(network)
        addresses = [self._arena.address(f"{name}.external") for name in self._arrays]
        self._externals = (c_void_p * len(addresses))(*addresses)
        self._inputs = {given.name: self._arrays[given.name] for given in spec.inputs}
        self._rates = {
            name: spec.values[name].rate for name in dict.fromkeys(spec.outputs)
        }
        self._rings = [
            buffer.name
            for buffer in network.list.buffers
            if buffer.storage is Storage.RING
        ]
        network.kernels.prepare(byref(self._program), byref(self._stream))
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
            byref(self._program), byref(self._stream), num_rows, self._externals
        )
        if status:
            layer = network.list.ops[status - 1].layer
            self.reset()
            raise BackendError(
                f"{self._where}: layer {layer!r}: an id is not in its table"
            )
        return {
            name: self._arrays[name][: int(num_rows * rate)]
            for name, rate in self._rates.items()
        }

    def reset(self) -> None:
        """Put all states back to the start; allocates nothing."""
        for name in self._rings:
            self._arena.zero(name)
        self._stream.position = self._first_position

    def close(self) -> None:
        """Refuse further calls; the memory goes when the last view of it does."""
        self._network = None

    def _take(self, inputs: Mapping[str, NDArray[Any]]) -> int:
        """Copies the inputs into the arena and returns their number of rows."""
        if inputs.keys() != self._inputs.keys():
            raise BackendError(
                f"{self._where}: expected the inputs {', '.join(self._inputs)}, got "
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
            if not 1 <= num_rows <= self._max_rows or num_rows % self._row_multiple:
                raise BackendError(
                    f"{self._where}: input {name} has {num_rows} rows, expected 1 to "
                    f"{self._max_rows} in multiples of {self._row_multiple}"
                )
            buffer[:num_rows] = array
        return num_rows

    def _requests(self, network: NativeNetwork) -> list[BufferRequest]:
        """Every piece of memory with its lifetime in ops."""
        plan = network.list
        last_op = len(plan.ops)
        lifetimes = _lifetimes(plan.ops, [view.buffer for view in plan.views])
        requests = []
        for index, buffer in enumerate(plan.buffers):
            if buffer.storage is Storage.EXTERNAL:
                rows = int(self._max_rows * buffer.rate)
                name, first, last = f"{buffer.name}.external", 0, last_op
            elif buffer.storage is Storage.RING:
                rows = self._ring_rows(buffer)
                name, first, last = buffer.name, 0, last_op
            else:
                rows = int(self._tile_rows * buffer.rate)
                first, last = lifetimes.get(index, (0, 0))
                name = buffer.name
            nbytes = rows * buffer.row_nbytes
            requests.append(BufferRequest(name, nbytes, first, last))
        view_rows = [
            self._view_rows(network, index) for index in range(len(plan.views))
        ]
        taps = max((view_rows[op.out] * op.num_taps for op in plan.ops), default=1)
        widest = max(buffer.row_nbytes for buffer in plan.buffers)
        kept = {
            "bases.": len(plan.buffers) * _POINTER_NBYTES,
            "tables.": sum(view_rows) * _POINTER_NBYTES,
            "taps.": taps * _POINTER_NBYTES,
            "absmax.": max(view_rows) * _FLOAT_NBYTES,
            "zeros.": widest,
        }
        return requests + [
            BufferRequest(name, nbytes, 0, last_op) for name, nbytes in kept.items()
        ]

    def _ring_rows(self, buffer: BufferPlan) -> int:
        needed = buffer.history + int(self._tile_rows * buffer.rate)
        return 1 << (needed - 1).bit_length()

    def _view_rows(self, network: NativeNetwork, index: int) -> int:
        view = network.list.views[index]
        rate = network.list.buffers[view.buffer].rate
        return int(self._tile_rows * rate) * view.inner_rows

    def _fill_structs(self, network: NativeNetwork) -> None:
        plan = network.list
        base = self._arena.address("bases.") - self._arena.offset("bases.")
        self._buffers = struct_array(Buffer, len(plan.buffers))
        for buffer, given in zip(self._buffers, plan.buffers, strict=True):
            buffer.storage = given.storage
            buffer.external = given.external
            buffer.rate_num, buffer.rate_den = given.rate.as_integer_ratio()
            buffer.row_nbytes = given.row_nbytes
            if given.storage is not Storage.EXTERNAL:
                buffer.offset = self._arena.offset(given.name)
            if given.storage is Storage.RING:
                buffer.ring_mask = self._ring_rows(given) - 1
        self._views = struct_array(View, len(plan.views))
        table = 0
        for index, (view, shape) in enumerate(
            zip(self._views, plan.views, strict=True)
        ):
            view.buffer, view.num_channels = shape.buffer, shape.channels
            view.delay, view.inner_rows = shape.delay, shape.inner_rows
            view.inner_nbytes, view.byte_offset = shape.inner_nbytes, shape.byte_offset
            view.table = table
            table += self._view_rows(network, index)
        self._program = Program(
            network.kernels.table,
            self._buffers,
            self._views,
            network.ops,
            len(plan.buffers),
            len(plan.views),
            len(plan.ops),
            self._tile_rows,
        )
        addresses = [
            self._arena.address(f"{name}.")
            for name in ("bases", "tables", "taps", "absmax", "zeros")
        ]
        self._stream = Stream(base, *addresses, 0)

    def _external_arrays(self, network: NativeNetwork) -> dict[str, NDArray[Any]]:
        arrays = {}
        for name in network.list.externals:
            value = network.spec.values[name]
            rows = int(self._max_rows * value.rate)
            shape = (rows,) if value.dtype == "int64" else (rows, value.channels)
            arrays[name] = self._arena.view(f"{name}.external", shape, value.dtype)
        return arrays


def _lifetimes(
    ops: list[OpPlan], buffer_of_view: list[int]
) -> dict[int, tuple[int, int]]:
    """Returns buffer -> first and last op that touches it."""
    lifetimes: dict[int, tuple[int, int]] = {}
    for index, op in enumerate(ops):
        for view in (op.out, op.residual, *op.inputs):
            if view >= 0:
                buffer = buffer_of_view[view]
                first, _ = lifetimes.get(buffer, (index, index))
                lifetimes[buffer] = (first, index)
    return lifetimes
