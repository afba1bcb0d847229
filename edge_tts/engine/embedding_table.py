"""Rows of a large table that lies in a pack in float32, float16 or int8."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import PackError


class EmbeddingTable:
    """A table whose rows become float32 when they are asked for, and only they.

    Args:
        rows: (N, C) float32, float16 or int8, such as a view of a mapped file.
        scales: (N,) float32 for int8 rows, whose row n is ``rows[n] * scales[n]``.
        name: For messages.

    Raises:
        PackError: Types or shapes do not fit.
    """

    def __init__(
        self, rows: NDArray[Any], scales: NDArray[Any] | None, name: str
    ) -> None:
        known = (np.float32, np.float16) if scales is None else (np.int8,)
        if rows.ndim != 2 or rows.dtype not in known:
            raise PackError(
                f"table {name}: expected rows of "
                f"{' or '.join(np.dtype(kind).name for kind in known)}, got "
                f"{rows.dtype} {rows.shape}"
            )
        if scales is not None and (
            scales.dtype != np.float32 or scales.shape != (len(rows),)
        ):
            raise PackError(
                f"table {name}: expected ({len(rows)},) float32 scales, got "
                f"{scales.shape} {scales.dtype}"
            )
        self._rows = rows
        self._scales = scales
        self._name = name

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._rows)

    @property
    def channels(self) -> int:
        """Columns."""
        return int(self._rows.shape[1])

    def rows(self, ids: NDArray[Any]) -> NDArray[np.float32]:
        """The rows of some ids, (\\*ids.shape, C) float32, a new array.

        Raises:
            PackError: An id is not in the table.
        """
        ids = np.asarray(ids)
        if ids.size and not 0 <= int(ids.min()) <= int(ids.max()) < len(self._rows):
            raise PackError(
                f"table {self._name}: ids from {int(ids.min())} to {int(ids.max())}, "
                f"expected 0 to {len(self._rows) - 1}"
            )
        found: NDArray[np.float32] = self._rows[ids].astype(np.float32)
        if self._scales is not None:
            found *= self._scales[ids][..., None]
        return found

    def weighted_sum(
        self, ids: NDArray[Any], weights: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Sum of several rows each, one after another, so that the bits are fixed.

        Args:
            ids: (T, K).
            weights: (K,) float32.

        Returns:
            (T, C) float32.
        """
        total = np.zeros((len(ids), self.channels), np.float32)
        for column, weight in zip(np.asarray(ids).T, weights, strict=True):
            total += self.rows(column) * weight
        return total
