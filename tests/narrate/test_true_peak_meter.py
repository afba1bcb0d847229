"""True peaks of a signal in blocks are those of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from edge_tts.narrate.peak_limiter import true_peaks
from edge_tts.narrate.true_peak_meter import TruePeakMeter


@pytest.mark.parametrize("size", [1, 7, 100, 1000, 5000])
def test_cuts_make_no_peaks(size: int) -> None:
    # A square wave cut at its plateaus is the worst case.
    phase = np.arange(5000) / 20.0
    signal = np.tanh(8.0 * np.sin(phase)).astype(np.float32) * np.float32(0.5)
    signal[:100] = signal[-100:] = 0.0
    meter = TruePeakMeter()
    for start in range(0, len(signal), size):
        meter.push(signal[start : start + size])
    assert meter.finish() == pytest.approx(true_peaks(signal).max(), abs=1e-6)


def test_an_end_without_silence_counts() -> None:
    meter = TruePeakMeter()
    meter.push(np.ones(50, np.float32))
    assert meter.finish() > 1.0
