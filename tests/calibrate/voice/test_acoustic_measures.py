"""The measures are zero for equal sentences and follow a changed tempo."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")
pytest.importorskip("scipy")

from calibrate.voice.acoustic_measures import (
    cepstra,
    is_speech,
    mel_cepstral_distortion,
    time_warp,
)


@pytest.fixture
def mel() -> np.ndarray:
    steps = np.random.default_rng(3).normal(0, 0.3, (60, 80))
    return steps.cumsum(axis=0).astype(np.float32)


def test_equal_sentences_have_no_distance(mel: np.ndarray) -> None:
    rows = cepstra(mel)
    first, second = time_warp(rows, rows)
    assert first.tolist() == second.tolist() == list(range(60))
    assert mel_cepstral_distortion(rows, rows).max() == 0


def test_warping_undoes_a_slower_tempo(mel: np.ndarray) -> None:
    rows = cepstra(mel)
    first, second = time_warp(rows, np.repeat(rows, 2, axis=0))
    assert (second // 2 == first).all()


def test_level_is_not_distortion(mel: np.ndarray) -> None:
    distance = mel_cepstral_distortion(cepstra(mel), cepstra(mel + 1.5))
    assert distance.max() < 1e-3


def test_quiet_frames_do_not_count() -> None:
    mel = np.full((4, 80), -2.0, np.float32)
    mel[3] = -11.0
    assert is_speech(mel).tolist() == [True, True, True, False]
