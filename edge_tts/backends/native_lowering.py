"""Lowers a StackSpec to kernel calls: where values lie, what is fused, in which order.

Views cost nothing: a slice, a delay and a split of rows are other addresses of rows
that lie already there. A value that some window or delay looks back on is kept in a
ring.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from numpy.typing import NDArray

from edge_tts.backends.native_history import value_histories
from edge_tts.backends.native_kernels import quantized_row_nbytes
from edge_tts.backends.native_ops import BufferPlan, OpList, OpPlan, ViewPlan
from edge_tts.backends.native_structs import OpKind, Storage
from edge_tts.errors import BackendError
from edge_tts.memory.arena_plan import aligned
from edge_tts.network.layer import Layer
from edge_tts.network.layers.attention import SelfAttention
from edge_tts.network.layers.convolution import Delay
from edge_tts.network.layers.istft import Istft
from edge_tts.network.layers.normalization import LayerNorm, RmsNorm
from edge_tts.network.layers.rearrange import Concat, Slice, SplitRows, Upsample
from edge_tts.network.product_format import takes_int8_rows
from edge_tts.network.stack_spec import StackSpec
from edge_tts.network.validity import lag_rows

KEY_BLOCK = 16
"""``ET_KEY_BLOCK``."""
_FLOAT_NBYTES = 4
_ID_NBYTES = 8


class Lowering:
    """The op list in the making, and the questions layer writers ask about it.

    Args:
        spec: the network.
        tensors: its tensors; a weight's type says how its product runs.
    """

    def __init__(self, spec: StackSpec, tensors: Mapping[str, NDArray[Any]]) -> None:
        self.spec = spec
        self.tensors = tensors
        self.list = OpList()
        self._consumers: dict[str, list[Layer]] = {name: [] for name in spec.values}
        for layer in spec.layers:
            for name in layer.inputs:
                self._consumers[name].append(layer)
        self._history, self._quantized_history = value_histories(spec, tensors)
        self._views: dict[str, int] = {}
        self._quantized: dict[str, int] = {}
        self._done: set[str] = set()
        self._enter_inputs()

    def is_done(self, name: str) -> bool:
        """Whether the ops that compute a value are listed already."""
        return name in self._done

    def view(self, name: str) -> int:
        """Returns the view of a value that is done."""
        assert name in self._done
        return self._views[name]

    def quantized_view(self, name: str) -> int:
        """Returns the int8 rows of a value that is done."""
        return self._quantized[name]

    def own_tensor(self, layer: Layer, role: str) -> NDArray[Any] | None:
        """Returns one of a layer's tensors, None when it has none of that role."""
        name = f"{layer.name}.{role}"
        if name not in self.tensors:  # A file of tensors has errors, not defaults.
            return None
        return self.tensors[name]

    def sole_consumer(self, name: str) -> Layer | None:
        """Returns the only reader of a value, None when the value is needed besides."""
        readers = self._consumers[name]
        if name in self.spec.outputs or len(readers) != 1:
            return None
        return readers[0]

    def only_quantized(self, name: str) -> bool:
        """Whether a value is read as int8 rows and in no other way."""
        readers = self._consumers[name]
        return name not in self.spec.outputs and all(
            takes_int8_rows(layer, self.tensors) for layer in readers
        )

    def destination(self, name: str) -> int:
        """Returns the view that the ops of a value have to write."""
        if name not in self._views:
            self._views[name] = self._place(name)
        return self._views[name]

    def wide_destination(self, layer: Layer, factor: int) -> int:
        """Returns the view for ops that write ``factor`` rows of a value as one."""
        name = layer.name
        value = self.spec.values[name]
        channels = factor * value.channels
        buffer = BufferPlan(
            name,
            Storage.PLAIN,
            _row_nbytes(channels),
            self.spec.values[layer.inputs[0]].rate,
        )
        if self._history[name]:
            buffer.storage = Storage.RING
            buffer.history = ceil(self._history[name] / factor)
        elif name in self.spec.outputs:
            buffer.storage = Storage.EXTERNAL
            buffer.row_nbytes = channels * _FLOAT_NBYTES
            buffer.external = len(self.list.externals)
            self.list.externals.append(name)
        wide = self._new_buffer(buffer, channels, self._lag(name) // factor)
        self._views[name] = self._add_view(
            ViewPlan(
                len(self.list.buffers) - 1,
                value.channels,
                inner_rows=factor,
                inner_nbytes=value.channels * _FLOAT_NBYTES,
            )
        )
        return wide

    def quantized_destination(self, name: str) -> int:
        """Returns the view of a value's int8 rows, to be written next."""
        value = self.spec.values[name]
        history = self._quantized_history[name]
        self._quantized[name] = self._new_buffer(
            BufferPlan(
                f"{name}.int8",
                Storage.RING if history else Storage.PLAIN,
                quantized_row_nbytes(value.channels),
                value.rate,
                history,
            ),
            value.channels,
            self._lag(name),
        )
        return self._quantized[name]

    def scratch(self, name: str, like: str) -> int:
        """Returns a new view as wide as a value, for the next op only."""
        value = self.spec.values[like]
        return self._new_buffer(
            BufferPlan(name, Storage.PLAIN, _row_nbytes(value.channels), value.rate),
            value.channels,
            self._lag(like),
        )

    def held(self, layer: Layer, name: str, *, as_keys: bool) -> int:
        """Returns the view of a held input for the attention kernel.

        Raises:
            BackendError: the value is computed from held inputs.
        """
        given = {entry.name: entry for entry in self.spec.held_inputs}.get(name)
        if given is None:
            raise BackendError(
                f"backend native: layer {layer.name!r}: {name!r} is not an input of "
                "the stack; compute it in a stage of its own, once per utterance"
            )
        buffers = self.list.held.setdefault(name, [])
        for index in buffers:
            if self.list.buffers[index].as_keys == as_keys:
                break
        else:
            index = len(self.list.buffers)
            buffer = BufferPlan(
                f"{name}.keys" if as_keys else f"{name}.values",
                Storage.HELD,
                given.channels * _FLOAT_NBYTES,
                0,
                given.max_rows,
                external=list(self.list.held).index(name),
                as_keys=as_keys,
            )
            self.list.buffers.append(buffer)
            buffers.append(index)
        return self._add_view(ViewPlan(index, given.channels))

    def frames(self, layer: Istft) -> int:
        """Returns the view of the windows that a row's samples are summed from."""
        source = layer.inputs[0]
        past = layer.num_taps - 1
        return self._new_buffer(
            BufferPlan(
                f"{layer.name}.frames",
                Storage.RING if past else Storage.PLAIN,
                _row_nbytes(layer.fft_size),
                self.spec.values[source].rate,
                past,
            ),
            layer.fft_size,
            self._lag(source),
        )

    def streamed(self, layer: SelfAttention, name: str, *, as_keys: bool) -> int:
        """Returns the view of a ring for the past keys or values of a layer."""
        value = self.spec.values[name]
        row_nbytes = value.channels * _FLOAT_NBYTES
        return self._new_buffer(
            BufferPlan(
                f"{layer.name}.keys" if as_keys else f"{layer.name}.values",
                Storage.RING,
                row_nbytes if as_keys else aligned(row_nbytes),
                value.rate,
                max(layer.window, KEY_BLOCK) - 1,
                as_keys=as_keys,
            ),
            value.channels,
            0,
        )

    def slice_of(self, view: int, start: int, channels: int) -> int:
        """Returns a view of some channels of a view."""
        plan = self.list.views[view]
        return self._add_view(
            ViewPlan(
                plan.buffer,
                channels,
                plan.delay,
                plan.inner_rows,
                plan.inner_nbytes,
                plan.byte_offset + start * _FLOAT_NBYTES,
                plan.lag,
            )
        )

    def alias(self, layer: Delay | Slice | SplitRows | Upsample) -> int | None:
        """Defines a layer's value as another view of its input, where that can be."""
        source = self._views[layer.inputs[0]]
        plan = self.list.views[source]
        if isinstance(layer, Slice):
            view = self.slice_of(source, layer.start, layer.stop - layer.start)
        elif isinstance(layer, Delay):
            view = self._add_view(
                ViewPlan(
                    plan.buffer,
                    plan.channels,
                    plan.delay + layer.rows,
                    plan.inner_rows,
                    plan.inner_nbytes,
                    plan.byte_offset,
                )
            )
        elif plan.inner_rows > 1:
            return None
        else:
            split = isinstance(layer, SplitRows)
            channels = plan.channels // layer.factor if split else plan.channels
            view = self._add_view(
                ViewPlan(
                    plan.buffer,
                    channels,
                    plan.delay * layer.factor,
                    layer.factor,
                    channels * _FLOAT_NBYTES if split else 0,
                    plan.byte_offset,
                )
            )
        self._views[layer.name] = view
        return view

    def add(self, op: OpPlan) -> OpPlan:
        """Appends an op."""
        self.list.ops.append(op)
        return op

    def finish_value(self, name: str, product: OpPlan | None = None) -> None:
        """Marks a value as computed and quantises it if it is read as int8 rows.

        Args:
            name: the value.
            product: the linear op that has just written it; it then finds the row
                maxima that quantising needs.
        """
        self._done.add(name)
        readers = self._consumers[name]
        if name in self._quantized or not any(
            takes_int8_rows(layer, self.tensors) for layer in readers
        ):
            return
        if product is not None:
            product.absmax = True
        self.add(
            OpPlan(
                OpKind.QUANTIZE,
                self.quantized_destination(name),
                (self._views[name],),
                absmax=product is not None,
                layer=name,
            )
        )

    def finish(self) -> OpList:
        """Copies the outputs that lie elsewhere and returns the list."""
        for name in self.spec.outputs:
            buffer = self.list.buffers[self.list.views[self._views[name]].buffer]
            if buffer.storage != Storage.EXTERNAL or buffer.name != name:
                target = self._external(name)
                self.add(OpPlan(OpKind.COPY, target, (self._views[name],), layer=name))
        return self.list

    def _enter_inputs(self) -> None:
        for given in self.spec.inputs:
            if given in self.spec.held_inputs:
                continue
            view = self._external(given.name)
            self._views[given.name] = view
            if self._history[given.name]:
                ring = self._ring(given.name)
                self.add(OpPlan(OpKind.COPY, ring, (view,), layer=given.name))
                self._views[given.name] = ring
            self.finish_value(given.name)
            if given.name == self.spec.valid:
                self.list.valid = view

    def _place(self, name: str) -> int:
        value = self.spec.values[name]
        if self._history[name]:
            return self._ring(name)
        if name in self.spec.outputs:
            return self._external(name)
        reader = self.sole_consumer(name)
        if isinstance(reader, Concat):
            start = 0
            for other in reader.inputs[: reader.inputs.index(name)]:
                start += self.spec.values[other].channels
            whole = self.destination(reader.name)
            return self.slice_of(whole, start, value.channels)
        return self.scratch(name, name)

    def _ring(self, name: str) -> int:
        value = self.spec.values[name]
        return self._new_buffer(
            BufferPlan(
                name,
                Storage.RING,
                _row_nbytes(value.channels),
                value.rate,
                self._history[name],
            ),
            value.channels,
            self._lag(name),
        )

    def _external(self, name: str) -> int:
        value = self.spec.values[name]
        item = _ID_NBYTES if value.dtype == "int64" else _FLOAT_NBYTES
        self.list.externals.append(name)
        return self._new_buffer(
            BufferPlan(
                name,
                Storage.EXTERNAL,
                value.channels * item,
                value.rate,
                external=len(self.list.externals) - 1,
            ),
            value.channels,
            self._lag(name),
        )

    def _lag(self, name: str) -> int:
        """Rows of a value before that of the signal's first row."""
        return (lag_rows(self.spec.values[name]) or 0) if self.spec.valid else 0

    def _new_buffer(self, buffer: BufferPlan, channels: int, lag: int) -> int:
        self.list.buffers.append(buffer)
        plan = ViewPlan(len(self.list.buffers) - 1, channels, lag=lag)
        return self._add_view(plan)

    def _add_view(self, view: ViewPlan) -> int:
        self.list.views.append(view)
        return len(self.list.views) - 1


def norm_fits_quantize(layer: LayerNorm | RmsNorm, lowering: Lowering) -> bool:
    """Whether a norm and the quantisation after it can be one pass over the row."""
    return not layer.affine and lowering.only_quantized(layer.name)


def _row_nbytes(channels: int) -> int:
    return aligned(channels * _FLOAT_NBYTES)
