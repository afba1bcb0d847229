"""Large tables as a pack keeps them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError

FORMATS: Final = ("fp32", "fp16", "int8")


def encode_table(
    name: str, table: NDArray[np.float32], format_: str
) -> dict[str, NDArray[Any]]:
    """Tensors of one table, by name.

    Args:
        name: Of the table.
        table: (N, C).
        format_: One of ``FORMATS``; int8 keeps a scale per row in ``NAME_scale``.

    Raises:
        ConversionError: A number is too large for float16.
    """
    if format_ == "fp32":
        return {name: np.ascontiguousarray(table, np.float32)}
    if format_ == "fp16":
        largest = float(np.abs(table).max(initial=0))
        if largest > float(np.finfo(np.float16).max):
            raise ConversionError(
                f"table {name}: {largest:g} is too large for fp16; use --tables fp32"
            )
        return {name: table.astype(np.float16)}
    assert format_ == "int8"
    scales = (np.abs(table).max(axis=1) / np.float32(127)).astype(np.float32)
    scales[scales == 0] = 1
    integers = np.rint(table / scales[:, None]).astype(np.int8)
    return {name: integers, f"{name}_scale": scales}
