"""The pitch and energy network learns what there is to learn, each time the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")

from calibrate.voice.acoustic_contour import (  # noqa: E402
    ContourSchedule,
    train_contour,
)
from calibrate.voice.acoustic_dataset import AcousticClip  # noqa: E402
from tests.calibrate.voice.made_up_acoustics import SMALL, made_up_clip  # noqa: E402

SCHEDULE = ContourSchedule(steps=80, rate=2e-2, blot_share=0.0, check_every=20)


@pytest.fixture
def clips() -> list[AcousticClip]:
    """Pitch depends on the symbol, energy on its neighbour."""
    torch.set_num_threads(1)
    speakers = ("kathleen", "lj", "slt", "bdl")
    made = [made_up_clip(n, speakers[n % 4]) for n in range(60)]
    return [
        replace(
            clip,
            pitch_energy=np.stack(
                [clip.tokens[:, 0] % 2, np.roll(clip.tokens[:, 0], 1) % 2], axis=1
            ).astype(np.float32),
        )
        for clip in made
    ]


def test_learns_and_reports_its_best_step(clips: list[AcousticClip]) -> None:
    network, report = train_contour(clips, SMALL, SCHEDULE)
    assert not network.training
    assert report["step"] % 20 == 0
    assert report["pitch"] < 0.2


def test_same_seed_same_network(clips: list[AcousticClip]) -> None:
    short = replace(SCHEDULE, steps=20)
    first, _ = train_contour(clips, SMALL, short)
    second, _ = train_contour(clips, SMALL, short)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
