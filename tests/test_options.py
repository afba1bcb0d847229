from __future__ import annotations

from typing import Any

import pytest

from edge_tts.errors import ConfigError
from edge_tts.options import (
    WHOLE_UTTERANCE,
    RuntimeOptions,
    SamplingOptions,
    SynthesisOptions,
)


@pytest.mark.parametrize(
    "options",
    [
        {"speed": 0.2},
        {"speed": 4.1},
        {"speed": float("nan")},
        {"speed": "1"},
        {"speed": True},
        {"pitch": 13.0},
        {"volume": float("inf")},
        {"pause_ms": -1},
        {"pause_ms": 1.5},
        {"seed": -1},
        {"seed": 2**32},
    ],
)
def test_values_out_of_range_name_the_range(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"must be a .*number from .* to .*got"):
        SynthesisOptions(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"backend": "cuda"},
        {"precision": "int3"},
        {"num_threads": 0},
        {"chunk_frames": 0},
        {"chunk_frames": -2},
    ],
)
def test_unknown_choices_name_the_choices(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="must be"):
        RuntimeOptions(**options)


def test_borders_are_inside() -> None:
    SynthesisOptions(speed=0.25, pitch=-12.0, volume=20.0, pause_ms=0, seed=2**32 - 1)
    RuntimeOptions("native", "int8", 1, WHOLE_UTTERANCE)
    RuntimeOptions()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0.0),
        ("temperature", float("nan")),
        ("top_p", 1.5),
        ("top_k", -1),
        ("top_k", 2.5),
        ("max_seconds", 0),
        ("style_strength", "much"),
        ("lookahead_frames", -1),
        ("stop_threshold", 2),
        ("stop_patience", 0),
    ],
)
def test_sampling_out_of_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        SamplingOptions(**{name: value})


def test_sampling_is_left_to_the_pack() -> None:
    assert SynthesisOptions().sampling == SamplingOptions()
    assert SynthesisOptions(sampling=SamplingOptions(top_p=0.5)).sampling.top_k is None
    with pytest.raises(ConfigError, match="sampling must be SamplingOptions"):
        SynthesisOptions(sampling={"top_p": 0.5})
