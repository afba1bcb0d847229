"""A safetensors checkpoint of somebody else's network, read tensor by tensor.

Whoever converts takes the tensors it knows; what nobody took is an error, because a
tensor left out would change the sound without a word.
"""

from __future__ import annotations

import hashlib
import mmap
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError
from edge_tts.errors import PackError
from edge_tts.network.bf16_product import from_bf16
from edge_tts.packs.tensor_file import TensorFile

Floats = NDArray[np.float32]
_FLOATS = ("F32", "F16", "BF16", "F64")


class Checkpoint:
    """The tensors of one file, mapped, and which of them were taken.

    Args:
        path: A ``.safetensors`` file.

    Raises:
        ConversionError: It cannot be read or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "the file is empty"
            raise ConversionError(f"{path}: cannot be read: {reason}") from error
        self._data = data
        try:
            self._tensors = TensorFile(memoryview(data), str(path))
        except PackError as error:
            raise ConversionError(f"{error}; download the file again") from error
        self._taken: set[str] = set()

    @property
    def metadata(self) -> Mapping[str, str]:
        """Strings of the header."""
        return self._tensors.metadata

    @property
    def nbytes(self) -> int:
        """Size of the file."""
        return len(self._data)

    def sha256(self) -> str:
        """Digest of the whole file."""
        return hashlib.sha256(self._data).hexdigest()

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def names(self, pattern: str = "") -> list[str]:
        """Names that match a regular expression at their start, in file order."""
        return [name for name in self._tensors if re.match(pattern, name)]

    def count(self, pattern: str) -> int:
        """How many different first groups of a pattern there are, such as layers.

        Args:
            pattern: A regular expression with one group, a number from 0 on.

        Raises:
            ConversionError: The numbers have a gap.
        """
        found = {
            int(match[1])
            for name in self._tensors
            if (match := re.match(pattern, name)) is not None
        }
        if found != set(range(len(found))):
            raise ConversionError(
                f"{self.path}: {pattern} is numbered {sorted(found)}, expected 0 to "
                f"{len(found) - 1} without gaps; the file is incomplete"
            )
        return len(found)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor that must be there."""
        return tuple(self._get(name).shape)

    def take(self, name: str, shape: tuple[int | None, ...] | None = None) -> Floats:
        """A tensor as float32; taking one twice is no error.

        Args:
            name: Of the tensor.
            shape: What it must be, None standing for any size; None to take any.

        Raises:
            ConversionError: It is missing, no float, or of another shape.
        """
        array = self._get(name)
        if shape is not None and (
            array.ndim != len(shape)
            or any(
                want not in (None, got)
                for want, got in zip(shape, array.shape, strict=True)
            )
        ):
            expected = ", ".join("any" if n is None else str(n) for n in shape)
            raise ConversionError(
                f"{self.path}: tensor {name} is {tuple(array.shape)}, expected "
                f"({expected})"
            )
        kind = self._tensors.dtype_name(name)
        if kind not in _FLOATS:
            raise ConversionError(
                f"{self.path}: tensor {name} is {kind}, expected one of "
                f"{', '.join(_FLOATS)}"
            )
        self._taken.add(name)
        result = from_bf16(array) if kind == "BF16" else array
        result = np.asarray(result, np.float32)
        if not np.isfinite(result).all():
            raise ConversionError(
                f"{self.path}: tensor {name} holds values that are not finite; the "
                "file is damaged"
            )
        return result

    def skip(self, name: str) -> None:
        """Say that a tensor is known and not needed."""
        self._get(name)
        self._taken.add(name)

    def check_all_taken(self) -> None:
        """Refuse tensors that nobody knew.

        Raises:
            ConversionError: Names the first ones.
        """
        left = [name for name in self._tensors if name not in self._taken]
        if left:
            more = f" and {len(left) - 4} more" if len(left) > 4 else ""
            raise ConversionError(
                f"{self.path}: unknown tensors {', '.join(left[:4])}{more}; this is "
                "another version of the network than the converter knows"
            )

    def _get(self, name: str) -> NDArray[np.generic]:
        if name not in self._tensors:
            raise ConversionError(
                f"{self.path}: tensor {name} is missing; the file is incomplete or of "
                "another network"
            )
        array: NDArray[np.generic] = self._tensors[name]
        return array
