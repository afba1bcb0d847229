"""What code tables must offer, whatever precision they are stored in."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class RowTable(Protocol):
    """Rows of numbers that are looked up by their index."""

    def rows(self, ids: NDArray[Any]) -> NDArray[np.float32]:
        """Return rows of a table of a width W.

        Args:
            ids: Indices of any shape.

        Returns:
            float32 of shape (*ids.shape, W).
        """
        ...
