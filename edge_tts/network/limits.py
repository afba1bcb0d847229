"""Sizes beyond which a description is taken for damaged or hostile."""

from __future__ import annotations

from typing import Final

MAX_LAYERS: Final = 4096
MAX_CHANNELS: Final = 1 << 16
"""Columns of a value."""
MAX_CONTEXT_ROWS: Final = 1 << 20
"""Rows that one layer looks back, and rows of delay."""
MAX_RATE: Final = 4096
"""Rows per input row, and input rows per row."""
MAX_STATE_NUMBERS: Final = 1 << 28
"""Floats in all states together: 1 GiB."""
