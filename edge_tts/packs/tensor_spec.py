"""Name, type and shape of one tensor that goes into or comes out of a stage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from edge_tts.errors import PackError
from edge_tts.packs.json_fields import Fields, choice, integer, list_of, text

NAME_PATTERN: Final = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
DTYPES: Final = (
    "float32",
    "float16",
    "int64",
    "int32",
    "int16",
    "int8",
    "uint8",
    "bool",
)
DIM_PATTERN: Final = r"^([1-9][0-9]{0,5}\*)?[A-Z][A-Za-z0-9_]{0,15}$"
"""A symbol, or a whole multiple of one: ``T``, ``256*T``."""
MAX_DIM: Final = 1 << 24
MAX_RANK: Final = 6

Dim = int | str
_DIM = re.compile(DIM_PATTERN)
_SYMBOL_DIM = text(DIM_PATTERN)
_FIXED_DIM = integer(1, MAX_DIM)


class TensorSpec(NamedTuple):
    """What a stage accepts or gives under one name."""

    name: str
    dtype: str
    """One of ``DTYPES``, spelled as numpy does."""
    shape: tuple[Dim, ...]
    """Fixed sizes and symbols; a symbol has one value for all tensors of a run."""

    @classmethod
    def parse(cls, value: object, where: str) -> TensorSpec:
        """Read the JSON form."""
        fields = Fields(value, where)
        spec = cls(
            name=fields.required("name", text(NAME_PATTERN)),
            dtype=fields.required("dtype", choice(*DTYPES)),
            shape=fields.required("shape", list_of(parse_dim, 0, MAX_RANK)),
        )
        fields.close()
        return spec

    def resolve(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """Shape with each symbol replaced by its value in ``sizes``."""
        return tuple(resolve_dim(dim, sizes) for dim in self.shape)


def parse_dim(value: object, where: str) -> Dim:
    """Read one dimension: a positive size, a symbol, or a multiple of a symbol."""
    if isinstance(value, str):
        return _SYMBOL_DIM(value, where)
    return _FIXED_DIM(value, where)


def split_dim(dim: Dim) -> tuple[int, str | None]:
    """Factor and symbol of a dimension; a fixed size has no symbol."""
    if isinstance(dim, int):
        return dim, None
    if not _DIM.fullmatch(dim):
        raise PackError(f"dimension {dim!r}: expected a symbol such as T or 256*T")
    factor, star, symbol = dim.rpartition("*")
    return (int(factor) if star else 1), symbol


def resolve_dim(dim: Dim, sizes: Mapping[str, int]) -> int:
    """Size of a dimension when every symbol has the value given in ``sizes``."""
    factor, symbol = split_dim(dim)
    return factor if symbol is None else factor * sizes[symbol]
