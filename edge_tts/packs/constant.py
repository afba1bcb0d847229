"""Named numbers and arrays that a family needs beside its networks."""

from __future__ import annotations

from math import prod
from typing import Final, NamedTuple

from edge_tts.errors import PackError
from edge_tts.packs.json_fields import Fields, list_of, number, text
from edge_tts.packs.pack_file import NAME_PATTERN as FILE_PATTERN

Numbers = float | tuple["Numbers", ...]
"""A number, or a rectangular nest of them, at most three deep."""

MAX_INLINE_NUMBERS: Final = 16_384
"""Larger arrays belong into a tensor file."""
_TENSOR = text(r"^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$")


class TensorRef(NamedTuple):
    """A constant kept in a safetensors file of the pack."""

    file: str
    tensor: str
    """Name inside ``file``."""


Constant = Numbers | TensorRef


def parse_constant(value: object, where: str) -> Constant:
    """Read the JSON form: a number, an array, or ``{file, tensor}``."""
    if isinstance(value, dict):
        fields = Fields(value, where)
        reference = TensorRef(
            file=fields.required("file", text(FILE_PATTERN)),
            tensor=fields.required("tensor", _TENSOR),
        )
        fields.close()
        return reference
    return _numbers(value, where, 0)


def _numbers(value: object, where: str, depth: int) -> Numbers:
    if not isinstance(value, list):
        return number()(value, where)
    if depth == 3:
        raise PackError(f"{where}: array nested more than three deep")
    return list_of(
        lambda item, path: _numbers(item, path, depth + 1), 1, MAX_INLINE_NUMBERS
    )(value, where)


def check_rectangle(numbers: Numbers, where: str) -> None:
    """Refuse rows of different lengths, and arrays too long to write out.

    Raises:
        PackError: The message names the constant.
    """
    count = prod(_shape(numbers, where))
    if count > MAX_INLINE_NUMBERS:
        raise PackError(
            f"{where}: {count} numbers, expected at most {MAX_INLINE_NUMBERS}; "
            "put them into a tensor file"
        )


def _shape(numbers: Numbers, where: str) -> tuple[int, ...]:
    if isinstance(numbers, float):
        return ()
    shapes = {_shape(item, where) for item in numbers}
    if len(shapes) != 1:
        raise PackError(f"{where}: rows of different lengths; expected a rectangle")
    return (len(numbers), *shapes.pop())
