"""Declaration of one tensor that a stage carries from call to call."""

from __future__ import annotations

from typing import Final, NamedTuple

from edge_tts.packs.json_fields import Fields, choice, integer, list_of, text
from edge_tts.packs.tensor_spec import (
    DTYPES,
    MAX_DIM,
    MAX_RANK,
    TensorSpec,
)

STATE_NAME_PATTERN: Final = r"^[A-Za-z_][A-Za-z0-9_.]{0,63}$"
"""Layer and role, such as ``block0_conv.state``."""
UPDATES: Final = ("replace", "append", "ring", "overlap_add")
INITS: Final = ("zeros", "ones", "nan", "constant")
SCOPES: Final = ("chunk", "utterance", "voice")


class StateSpec(NamedTuple):
    """A state: graph input ``name`` becomes graph output ``name + "_next"``."""

    name: str
    shape: tuple[int, ...]
    """Size at the start of its scope; ``append`` states may start with length 0."""
    dtype: str
    init: str = "zeros"
    """Value at the start of the scope; ``constant`` takes the pack constant of the
    same name."""
    update: str = "replace"
    """How a step changes it: new value of the same shape, rows appended along ``axis``,
    rows written into a ring along ``axis``, or a tail that awaits overlap-add."""
    scope: str = "utterance"
    """When it goes back to ``init``."""
    axis: int = 0
    """Axis that grows or turns; used by ``append`` and ``ring``."""
    max_length: int = 0
    """Largest size of ``axis``; required by ``append``, 0 elsewhere."""

    @classmethod
    def parse(cls, value: object, where: str) -> StateSpec:
        """Read the JSON form."""
        fields = Fields(value, where)
        spec = cls(
            name=fields.required("name", text(STATE_NAME_PATTERN)),
            shape=fields.required("shape", list_of(integer(0, MAX_DIM), 0, MAX_RANK)),
            dtype=fields.required("dtype", choice(*DTYPES)),
            init=fields.optional("init", choice(*INITS), "zeros"),
            update=fields.optional("update", choice(*UPDATES), "replace"),
            scope=fields.optional("scope", choice(*SCOPES), "utterance"),
            axis=fields.optional("axis", integer(0, MAX_RANK - 1), 0),
            max_length=fields.optional("max_length", integer(0, MAX_DIM), 0),
        )
        fields.close()
        return spec

    @property
    def next_name(self) -> str:
        """Name of the graph output that holds the state after a step."""
        return self.name + "_next"

    @property
    def tensor(self) -> TensorSpec:
        """The state as a tensor of fixed shape."""
        return TensorSpec(self.name, self.dtype, self.shape)
