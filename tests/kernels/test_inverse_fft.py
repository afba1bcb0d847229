"""The inverse transform is NumPy's within rounding, and one signal on every ISA."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels.kernel_table import KernelTable
from tests.kernels.rows import Floats, normal

SIZES = tuple(1 << n for n in range(2, 13))


def run(table: KernelTable, spectra: Floats, window: Floats) -> Floats:
    size = spectra.shape[1] - 2
    angles = 2 * np.pi * np.arange(size) / size
    twiddles = np.concatenate([np.cos(angles), -np.sin(angles)]).astype(np.float32)
    work = np.zeros(2 * size, np.float32)
    shape = (len(spectra), size)
    return table.rows("inverse_fft_f32", shape, spectra, twiddles, window, work)


@pytest.mark.parametrize("size", SIZES)
def test_equals_numpy(table: KernelTable, size: int) -> None:
    spectra, window = normal(size, 3, size + 2), normal(1, size)
    found = run(table, spectra, window)
    bins = size // 2 + 1
    exact = np.fft.irfft(spectra[:, :bins] + 1j * spectra[:, bins:], size) * size
    scale = np.abs(exact).max() * np.abs(window).max()
    np.testing.assert_allclose(found, exact * window, rtol=0, atol=1e-6 * scale)


def test_one_bin_is_one_wave(table: KernelTable) -> None:
    spectra = np.zeros((1, 66), np.float32)
    spectra[0, 5] = 0.5
    found = run(table, spectra, np.ones(64, np.float32))
    wave = np.cos(2 * np.pi * 5 * np.arange(64) / 64)
    np.testing.assert_allclose(found[0], wave, atol=1e-6)
