"""Where everything of a run lies in its arena: pure sizes and offsets, no memory."""

from __future__ import annotations

from typing import Final

from edge_tts.backends.native_lowering import KEY_BLOCK
from edge_tts.backends.native_network import NativeNetwork, struct_array
from edge_tts.backends.native_ops import BufferPlan, OpList, OpPlan
from edge_tts.backends.native_structs import Buffer, OpKind, Program, Storage, View
from edge_tts.errors import BackendError
from edge_tts.memory.arena_plan import (
    ArenaPlan,
    BufferRequest,
    plan_arena,
    stack_arena,
)

MAX_TILE_ROWS: Final = 48
"""Rows that go through the whole network at once; more would leave the caches."""
BASES: Final = "bases."
TABLES: Final = "tables."
TAPS: Final = "taps."
ABSMAX: Final = "absmax."
ZEROS: Final = "zeros."
HELD_ROWS: Final = "held_rows."
WORK: Final = "work."
"""Names of what a stream needs besides buffers; no layer's name ends in a dot."""
_SCRATCH: Final = "scratch."
_MAX_NBYTES: Final = 2 << 30
"""Of one stream: no voice needs a tenth, and a hostile pack gets no more."""
_MAX_DELAY: Final = (1 << 31) - 1
"""The executor has 32 bits for it."""
_POINTER_NBYTES: Final = 8
_INT_NBYTES: Final = 4
_ATTENTION_ROWS: Final = 4
"""``ET_ATTENTION_ROWS``."""
_FLOAT_NBYTES: Final = 4


class NativeLayout:
    """The memory plan of runs of one network with at most ``max_rows`` rows a call.

    Rings, pointer tables and the caller's arrays live as long as the run; scratch
    buffers share bytes where no op needs both.

    Raises:
        BackendError: ``max_rows`` is below 1, or the memory would be beyond reason.
    """

    def __init__(self, network: NativeNetwork, max_rows: int, where: str) -> None:
        if max_rows < 1:
            raise BackendError(f"{where}: max_rows must be at least 1, got {max_rows}")
        spec, plan = network.spec, network.list
        self.max_rows = max_rows
        """Most rows of one call."""
        self.row_multiple = spec.row_multiple
        """A call's rows are a multiple of this."""
        tile = min(MAX_TILE_ROWS, max_rows) if spec.streamable else max_rows
        self.tile_rows = -(-tile // self.row_multiple) * self.row_multiple
        """Rows of one pass; all of them where the network cannot be streamed."""
        self._view_rows = [
            int(self.tile_rows * plan.buffers[view.buffer].rate) * view.inner_rows
            for view in plan.views
        ]
        scratch = plan_arena(self._scratch_requests(network))
        sizes = self._kept_sizes(network)
        sizes[_SCRATCH] = scratch.peak_nbytes
        self.arena_plan: ArenaPlan = stack_arena(sizes)
        """Offsets of what is kept, and of the scratch as a whole."""
        needed = self.arena_plan.peak_nbytes
        if needed > _MAX_NBYTES:
            raise BackendError(
                f"{where}: a stream would take {needed >> 20} MiB, at most "
                f"{_MAX_NBYTES >> 20} are allowed; the network is damaged or too large"
            )
        late = max((max(view.delay, view.lag) for view in plan.views), default=0)
        if late > _MAX_DELAY:
            raise BackendError(
                f"{where}: a value lags by {late} rows, at most {_MAX_DELAY} are "
                "allowed; the network is damaged"
            )
        self._fill_structs(network, scratch)

    def _scratch_requests(self, network: NativeNetwork) -> list[BufferRequest]:
        plan = network.list
        lifetimes = _lifetimes(plan.ops, [view.buffer for view in plan.views])
        return [
            BufferRequest(
                buffer.name,
                int(self.tile_rows * buffer.rate) * buffer.row_nbytes,
                *lifetimes.get(index, (0, 0)),
            )
            for index, buffer in enumerate(plan.buffers)
            if buffer.storage is Storage.PLAIN
        ]

    def _kept_sizes(self, network: NativeNetwork) -> dict[str, int]:
        plan = network.list
        taps = max(
            (self._view_rows[op.out] * op.num_taps for op in plan.ops), default=1
        )
        sizes = {
            BASES: len(plan.buffers) * _POINTER_NBYTES,
            TABLES: sum(self._view_rows) * _POINTER_NBYTES,
            TAPS: taps * _POINTER_NBYTES,
            ABSMAX: max(self._view_rows) * _FLOAT_NBYTES,
            ZEROS: max(buffer.row_nbytes for buffer in plan.buffers),
            HELD_ROWS: len(plan.held) * _INT_NBYTES,
            WORK: max((_work_floats(plan, op) for op in plan.ops), default=0)
            * _FLOAT_NBYTES,
        }
        for buffer in plan.buffers:
            if buffer.storage is Storage.RING:
                sizes[buffer.name] = self._ring_rows(buffer) * buffer.row_nbytes
            elif buffer.storage is Storage.HELD:
                rows = -(-buffer.history // KEY_BLOCK) * KEY_BLOCK
                sizes[buffer.name] = rows * buffer.row_nbytes
            elif buffer.storage is Storage.EXTERNAL:
                rows = int(self.max_rows * buffer.rate)
                sizes[external_name(buffer.name)] = rows * buffer.row_nbytes
        return sizes

    def _ring_rows(self, buffer: BufferPlan) -> int:
        needed = buffer.history + int(self.tile_rows * buffer.rate)
        return 1 << (needed - 1).bit_length()

    def _fill_structs(self, network: NativeNetwork, scratch: ArenaPlan) -> None:
        plan, offsets = network.list, self.arena_plan.offsets
        buffers = struct_array(Buffer, len(plan.buffers))
        for buffer, given in zip(buffers, plan.buffers, strict=True):
            buffer.storage = given.storage
            buffer.external = given.external
            buffer.rate_num, buffer.rate_den = given.rate.as_integer_ratio()
            buffer.row_nbytes = given.row_nbytes
            if given.storage is Storage.PLAIN:
                buffer.offset = offsets[_SCRATCH] + scratch.offsets[given.name]
            elif given.storage is Storage.HELD:
                buffer.offset = offsets[given.name]
            elif given.storage is Storage.RING:
                buffer.offset = offsets[given.name]
                buffer.ring_mask = self._ring_rows(given) - 1
        views = struct_array(View, len(plan.views))
        table = 0
        rows_of_views = zip(views, plan.views, self._view_rows, strict=True)
        for view, shape, rows in rows_of_views:
            view.buffer, view.num_channels = shape.buffer, shape.channels
            view.delay, view.inner_rows = shape.delay, shape.inner_rows
            view.inner_nbytes, view.byte_offset = shape.inner_nbytes, shape.byte_offset
            view.table, view.lag = table, shape.lag
            table += rows
        self.program = Program(
            network.kernels.table,
            buffers,
            views,
            network.ops,
            len(plan.buffers),
            len(plan.views),
            len(plan.ops),
            self.tile_rows,
            plan.valid,
            network.spec.largest_delay,
        )
        """The ``et_program``; it keeps the arrays it points to alive."""


def external_name(name: str) -> str:
    """Returns the name of the array of a stack input or output within the arena."""
    return f"{name}.external"


def _work_floats(plan: OpList, op: OpPlan) -> int:
    """Floats of scratch that an op needs besides rows."""
    if op.kind is OpKind.ATTENTION:
        held = plan.buffers[plan.views[op.inputs[1]].buffer].history
        # As et_scores_stride counts them, rounded up.
        return ((op.window or held) + 3 * KEY_BLOCK) * _ATTENTION_ROWS
    if op.kind is OpKind.INVERSE_FFT:
        return 2 * plan.views[op.out].channels
    if op.kind is OpKind.ROTARY:
        return 3 * plan.views[op.out].channels
    return 0


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
