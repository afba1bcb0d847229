from __future__ import annotations

import numpy as np
import pytest

from calibrate.evaluate.figures_table import figures_table
from calibrate.evaluate.mel_cepstrum import mel_cepstral_distortion


def test_distance_of_known_envelopes() -> None:
    mel = np.random.default_rng(0).normal(-5, 2, (20, 80)).astype(np.float32)
    assert mel_cepstral_distortion(mel, mel) == 0
    # A gain changes the zeroth coefficient only, which is not compared.
    assert mel_cepstral_distortion(mel, mel + 1) == pytest.approx(0, abs=1e-4)
    # One ripple of amplitude a in log |X| is one coefficient of size a.
    bands = (np.arange(80) + 0.5) / 80
    ripple = 0.1 * np.cos(np.pi * 3 * bands)
    expected = 10 / np.log(10) * np.sqrt(2) * 0.1
    found = mel_cepstral_distortion(mel, (mel + ripple).astype(np.float32))
    assert found == pytest.approx(expected, rel=1e-3)


def test_table_leaves_absent_figures_empty() -> None:
    table = figures_table({"a": {"x": 1.0, "y": 2.5}, "longer": {"y": 0.25}})
    head, first, second = table.split("\n")
    assert head.split() == ["x", "y"]
    assert first.split() == ["a", "1", "2.5"]
    assert second.split() == ["longer", "0.25"]
    assert len(head) == len(first) == len(second)
