"""Elementary functions that give the same bits on every machine.

NumPy picks its exp and log by CPU and they differ in the last bit, which is enough to
move a rounded duration by a frame. Sums, products, quotients and roots are IEEE
arithmetic, hence equal everywhere, and need no function here.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.native_kernels import native_kernels
from edge_tts.cpu.native_library import native_library
from edge_tts.cpu.select import current_isa

LN_2: Final = 0.6931471805599453


def exp(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The kernels' exp of float32 values; without a kernel library NumPy's.

    The kernels clamp to [-87, 88]; 2e-7 relative error, the same bits on every ISA.
    """
    if native_library().handle is None:
        result: NDArray[np.float32] = np.exp(values)
        return result
    return native_kernels(current_isa()).exp(values)


def log_of_count(counts: NDArray[Any]) -> NDArray[np.float32]:
    """Natural logarithm of whole numbers from 1 to 4096, to the nearest float32.

    Any double logarithm rounds to that: none of these lies near the middle between two
    floats (``tests/engine/test_elementary.py``).
    """
    result: NDArray[np.float32] = np.log(counts.astype(np.float64)).astype(np.float32)
    return result


def gain_of_decibels(decibels: float) -> float:
    """Amplitude factor ``10 ** (decibels / 20)``, computed in decimal: no libm."""
    if decibels == 0.0:
        return 1.0
    # Imported here, because few ask for it and it takes a millisecond.
    from decimal import Context, Decimal

    exact = Context(prec=28)
    return float(exact.power(10, exact.divide(Decimal(decibels), 20)))
