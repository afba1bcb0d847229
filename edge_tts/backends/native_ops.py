"""The op list between a StackSpec and the C structs: plain data, no addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from edge_tts.backends.native_structs import OpKind, Storage

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(eq=False, repr=False)
class BufferPlan:
    """Rows that lie together."""

    name: str
    """Unique; the value they hold, with a suffix for quantised rows."""
    storage: Storage
    """Scratch, ring or an array of the caller's."""
    row_nbytes: int
    """Distance between rows."""
    rate: Fraction | int
    """Rows per input row."""
    history: int = 0
    """Rows before the newest that a ring must keep; most rows of a held input."""
    external: int = -1
    """Index of the caller's array, or of a held input's number of rows."""
    as_keys: bool = False
    """Whether rows lie in blocks, as the attention kernel wants its keys."""


class ViewPlan(NamedTuple):
    """A value: some channels of a buffer's rows."""

    buffer: int
    """Index of the buffer."""
    channels: int
    """Columns."""
    delay: int = 0
    """Rows behind the newest."""
    inner_rows: int = 1
    """Rows of the value in one row of the buffer."""
    inner_nbytes: int = 0
    """Distance between those."""
    byte_offset: int = 0
    """Of the first channel."""
    lag: int = 0
    """Rows before that of the signal's first row; for networks that know its ends."""


class Weights(NamedTuple):
    """The product of a linear op."""

    format: str
    """As ``edge_tts.network.product_format`` names it."""
    weight: NDArray[Any]
    """(outputs, taps, inputs): float32, bfloat16 as uint16, int8, or int4 as int8; of a
    gate both halves."""
    scale: NDArray[Any] | None
    """int8: (outputs,) float32; int4: (outputs, taps, groups) bfloat16 as uint16."""
    bias: NDArray[Any] | None
    """(outputs,) float32."""


@dataclass(eq=False, repr=False)
class OpPlan:
    """One kernel call per pass; fields as in ``et_op``."""

    kind: OpKind
    out: int
    inputs: tuple[int, ...] = ()
    residual: int = -1
    activation: int = 0
    gate: int = 0
    num_taps: int = 1
    dilation: int = 1
    centred: bool = False
    absmax: bool = False
    alpha: float = 0.0
    beta: float = 0.0
    weights: Weights | None = None
    tensor: NDArray[Any] | None = None
    tensor2: NDArray[Any] | None = None
    num_heads: int = 0
    num_kv_heads: int = 0
    window: int = 0
    shift: int = 0
    layer: str = ""
    """Name of the layer the op is for, for messages."""


@dataclass(eq=False, repr=False)
class OpList:
    """A network lowered to kernel calls."""

    buffers: list[BufferPlan] = field(default_factory=list)
    views: list[ViewPlan] = field(default_factory=list)
    ops: list[OpPlan] = field(default_factory=list)
    externals: list[str] = field(default_factory=list)
    """Names of stack inputs and outputs, in the order of a run's arrays."""
    held: dict[str, list[int]] = field(default_factory=dict)
    """Held input -> buffers that it is written to."""
    valid: int = -1
    """View of the input that says which rows are of the utterance."""
