"""Mimi in int8: as much of it as its sound allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("soxr", reason="extra calibrate is not installed")

from calibrate.convert import mimi_precision
from calibrate.convert.mimi_precision import SQNR_BUDGET_DB, judge_int8
from edge_tts.cpu import native_library
from edge_tts.models.mimi import DECODER, SYNTHESIS
from tests.calibrate.convert.small_mimi import small_mimi

LIBRARY = native_library()
pytestmark = pytest.mark.skipif(LIBRARY.handle is None, reason=LIBRARY.reason or "-")
CODES = np.random.default_rng(3).integers(0, 32, (300, 4), dtype=np.int32)


def test_takes_what_the_sound_allows() -> None:
    judged = {stage.id: stage for stage in judge_int8(small_mimi(), CODES).stages}
    figures = judged[SYNTHESIS].int8_quality
    assert figures == judged[DECODER].int8_quality
    assert figures["sqnr_db"] >= SQNR_BUDGET_DB
    assert 0 < figures["log_mel_l1"] <= mimi_precision.LOG_MEL_BUDGET
    assert "wave" in judged[SYNTHESIS].float_layers
    assert len(judged[SYNTHESIS].float_layers) < 10


def test_keeps_the_most_harmful_layer_in_float(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One layer with outliers: channels that leave the others a few steps."""
    parts = small_mimi()
    stages = []
    for stage in parts.stages:
        if stage.id == SYNTHESIS:
            weight = np.array(stage.tensors["stage0_up.weight"])
            weight[:, 0] *= 300  # What int8 of the rows cannot resolve beside it.
            first = np.array(stage.tensors["first.weight"])
            first[:, :, 0] /= 300
            tensors = {**stage.tensors, "stage0_up.weight": weight}
            stage = replace(stage, tensors={**tensors, "first.weight": first})
        stages.append(stage)
    parts = replace(parts, stages=tuple(stages))
    plain = judge_int8(parts, CODES)
    before = plain.stages[1].int8_quality["sqnr_db"]
    monkeypatch.setattr(mimi_precision, "SQNR_BUDGET_DB", before + 6)
    strict = judge_int8(parts, CODES)
    assert strict.stages[1].int8_quality["sqnr_db"] >= before + 6
    kept = [stage.float_layers for stage in strict.stages[:2]]
    assert sum(map(len, kept)) > 2
