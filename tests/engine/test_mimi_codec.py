"""Mimi on the native backend: any cutting of the frames, the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.cpu import native_library
from edge_tts.errors import BackendError
from tests.calibrate.convert.small_mimi import CODEBOOK_SIZE, decoder, encoder, vectors

LIBRARY = native_library()
pytestmark = pytest.mark.skipif(LIBRARY.handle is None, reason=LIBRARY.reason or "-")
CODES = np.random.default_rng(0).integers(0, CODEBOOK_SIZE, (70, 4), dtype=np.int32)
"""Longer than the window of the attention and than two calls of each stage."""


@pytest.fixture(scope="module")
def whole() -> np.ndarray:
    return decoder().push(CODES)


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_streamed_equals_whole(whole: np.ndarray, sizes: list[int]) -> None:
    mimi, parts, first, index = decoder(), [], 0, 0
    while first < len(CODES):
        size = sizes[index % len(sizes)]
        parts.append(mimi.push(CODES[first : first + size]))
        first, index = first + size, index + 1
        assert sum(map(len, parts)) == 12 * min(first, len(CODES))
    assert np.array_equal(np.concatenate(parts), whole)


def test_reset_forgets_everything(whole: np.ndarray) -> None:
    mimi = decoder()
    mimi.push(CODES[40:])
    mimi.reset()
    assert np.array_equal(mimi.push(CODES), whole)
    assert len(mimi.push(CODES[:0])) == 0
    mimi.close()
    with pytest.raises(BackendError, match="closed"):
        mimi.push(CODES)


def test_every_codebook_counts(whole: np.ndarray) -> None:
    for index in range(CODES.shape[1]):
        changed = CODES.copy()
        changed[:, index] = (changed[:, index] + 1) % CODEBOOK_SIZE
        assert np.abs(decoder().push(changed) - whole).max() > 0.01


def test_nothing_looks_ahead(whole: np.ndarray) -> None:
    changed = CODES.copy()
    changed[30:] = 0
    wave = decoder().push(changed)
    assert np.array_equal(wave[: 30 * 12], whole[: 30 * 12])
    assert not np.array_equal(wave[30 * 12 : 31 * 12], whole[30 * 12 : 31 * 12])


@pytest.mark.parametrize(
    ("codes", "problem"),
    [
        (CODES[:, :3], r"whole numbers \(frames, 4\), got int32 \(70, 3\)"),
        (CODES.astype(np.float32), "whole numbers"),
        (CODES + CODEBOOK_SIZE, "from 0 to 31, got 32 to 63"),
        (CODES - 1, "from 0 to 31, got -1 to 30"),
    ],
)
def test_refuses_other_codes(codes: np.ndarray, problem: str) -> None:
    with pytest.raises(BackendError, match=problem):
        decoder().push(codes)


@pytest.mark.parametrize("length", [1, 5, 6, 7, 11, 12, 13, 100])
def test_encodes_any_length(length: int) -> None:
    """What a longer recording holds later changes nothing but the last frame."""
    sound = vectors()["sound"]
    codes = encoder().encode(sound[:length])
    assert codes.shape == (-(-length // 12), 4)
    kept = (length // 12) - 1
    longer = encoder().encode(sound)
    assert kept < 1 or np.array_equal(codes[:kept], longer[:kept])


def test_codes_of_a_decoded_sound_are_stable() -> None:
    """Encoding is deterministic: the same recording, the same codes."""
    sound = vectors()["sound"]
    assert np.array_equal(encoder().encode(sound), encoder().encode(sound))
