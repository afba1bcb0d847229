"""Which rows of a value belong to the utterance, for networks that pad with zeros.

A layer that looks ahead is realised as one that lags, so it also makes rows for times
before the first row of the signal and after its last. A network that was trained with
zero padding must see zeros there at every layer, not what biases make of zeros.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

import numpy as np

from edge_tts.network.layer import FloatRows
from edge_tts.network.value import Value


def lag_rows(value: Value) -> int | None:
    """Rows of ``value`` before the one of the signal's first row.

    Returns:
        None when rows of the value and of the signal do not coincide.
    """
    lag = value.delay * value.rate
    if value.rate != int(value.rate) or lag != int(lag):
        return None
    return int(lag)


def history_rows(values: Iterable[Value]) -> int:
    """Rows of validity before the current ones that the values still need."""
    return max((ceil(value.delay) for value in values), default=0)


def zero_outside(rows: FloatRows, value: Value, window: FloatRows) -> FloatRows:
    """Returns ``rows`` with zeros where they are not of the utterance.

    Args:
        rows: (T * rate, channels) of ``value``.
        value: its facts.
        window: (history + T, 1) validity of the input rows.
    """
    rate, lag = int(value.rate), lag_rows(value)
    assert lag is not None
    stop = len(window) * rate - lag
    marks = np.repeat(window, rate, axis=0)[stop - len(rows) : stop]
    result: FloatRows = rows * marks
    return result
