"""Contrast folded into the last layer equals a filter behind the network."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")

from calibrate.voice.acoustic_model import AcousticModel  # noqa: E402
from calibrate.voice.acoustic_stats import AcousticStats  # noqa: E402
from calibrate.voice.contrast import Contrast  # noqa: E402
from edge_tts.models.edge1 import FRAME_FEATURES  # noqa: E402
from tests.calibrate.voice.made_up_acoustics import SMALL  # noqa: E402

NUM_MELS = 80
CONTRAST = Contrast(tilt=0.1, formants=0.2, pitch=0.3)


@pytest.fixture
def stats() -> AcousticStats:
    random = np.random.default_rng(0)
    speakers = np.ones(4, np.float32)
    return AcousticStats(
        random.normal(-5, 1, NUM_MELS).astype(np.float32),
        random.uniform(0.5, 3, NUM_MELS).astype(np.float32),
        *[speakers] * 4,
    )


def test_the_folded_filter_is_the_filter(stats: AcousticStats) -> None:
    torch.manual_seed(0)
    model = AcousticModel(SMALL).eval()
    pairs = torch.randn(1, 9, 2 * SMALL.frame_features)
    frames = (-1, FRAME_FEATURES)
    with torch.no_grad():
        plain = model.decoder(pairs).numpy().reshape(frames)
        weights = CONTRAST.applied(SMALL, stats, model.state_dict())
        model.load_state_dict(weights)
        sharper = model.decoder(pairs).numpy().reshape(frames)
    deviation = stats.denormalise_mel(plain[:, :NUM_MELS]) - stats.mel_mean
    expected = deviation @ CONTRAST.matrix(NUM_MELS).T + stats.mel_mean
    got = stats.denormalise_mel(sharper[:, :NUM_MELS])
    np.testing.assert_allclose(got, expected, atol=1e-4)
    # Pitch and voicing of a frame are not spectra.
    np.testing.assert_array_equal(sharper[:, NUM_MELS:], plain[:, NUM_MELS:])


def test_a_phone_is_further_from_the_mean_pitch(stats: AcousticStats) -> None:
    state = AcousticModel(SMALL).state_dict()
    before = state["encoder.contour.out.weight"].clone()
    after = CONTRAST.applied(SMALL, stats, state)["encoder.contour.out.weight"]
    torch.testing.assert_close(after[0], before[0] * 1.3)
    torch.testing.assert_close(after[1], before[1])
    torch.testing.assert_close(state["encoder.contour.out.weight"], before)


def test_level_stays_and_nothing_added_changes_nothing() -> None:
    level = Contrast(tilt=0.5, formants=0.0).matrix(NUM_MELS).sum(axis=0)
    np.testing.assert_allclose(level, 1.0, atol=1e-12)
    flat = CONTRAST.matrix(NUM_MELS) @ np.ones(NUM_MELS)
    np.testing.assert_allclose(flat, 1.0, atol=1e-12)
    nothing = Contrast(0.0, 0.0, 0.0).matrix(NUM_MELS)
    np.testing.assert_array_equal(nothing, np.eye(NUM_MELS))
