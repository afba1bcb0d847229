"""What a caller may ask of one synthesis and of the runtime; holds no behaviour.

Values are checked when an object is made, so that code below never checks again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_tts.errors import ConfigError

BACKEND_IDS = ("native", "ort", "openvino")
PRECISION_IDS = ("int4", "int8", "bf16", "fp16", "fp32")
WHOLE_UTTERANCE = -1
"""Value of ``RuntimeOptions.chunk_frames`` that turns streaming within one off."""


@dataclass(frozen=True)
class SynthesisOptions:
    """How to speak one text.

    Raises:
        ConfigError: A value is outside its range or not a number.
    """

    speed: float = 1.0
    """Ratio to the speaker's own tempo; 2.0 speaks twice as fast."""
    pitch: float = 0.0
    """Shift in semitones."""
    volume: float = 0.0
    """Gain in dB; samples beyond full scale are clipped."""
    pause_ms: int | None = None
    """Silence after a sentence in ms; None keeps the voice's own pauses."""
    seed: int = 0
    """Start of the vocoder's noise; equal seeds give equal samples."""

    def __post_init__(self) -> None:
        _check_number("speed", self.speed, 0.25, 4.0, "x")
        _check_number("pitch", self.pitch, -12.0, 12.0, " semitones")
        _check_number("volume", self.volume, -60.0, 20.0, " dB")
        if self.pause_ms is not None:
            _check_integer("pause_ms", self.pause_ms, 0, 10_000)
        _check_integer("seed", self.seed, 0, 2**32 - 1)


@dataclass(frozen=True)
class RuntimeOptions:
    """How to run the networks; None leaves the choice to the plan.

    Raises:
        ConfigError: A value is outside its range or not a known name.
    """

    backend: str | None = None
    """One of ``BACKEND_IDS``, used for every stage that has such a variant."""
    precision: str | None = None
    """One of ``PRECISION_IDS``."""
    num_threads: int | None = None
    """Threads inside one network."""
    chunk_frames: int | None = None
    """Acoustic frames per step of the engine, or ``WHOLE_UTTERANCE``."""
    measured_plan: bool = True
    """Whether what ``edgetts tune`` measured here may choose; False for the shipped
    table, which gives the same samples on every machine."""

    def __post_init__(self) -> None:
        _check_name("backend", self.backend, BACKEND_IDS)
        _check_name("precision", self.precision, PRECISION_IDS)
        if self.num_threads is not None:
            _check_integer("num_threads", self.num_threads, 1, 1024)
        if self.chunk_frames is not None and self.chunk_frames != WHOLE_UTTERANCE:
            _check_integer("chunk_frames", self.chunk_frames, 1, 100_000)


def _check_number(
    name: str, value: float, lowest: float, highest: float, unit: str
) -> None:
    # bool is an int to Python; speed=True is a mistake, not tempo 1.0.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not lowest <= value <= highest:
        raise ConfigError(
            f"{name} must be a number from {lowest:g} to {highest:g}{unit}, "
            f"got {value!r}"
        )


def _check_integer(name: str, value: int, lowest: int, highest: int) -> None:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    if not is_integer or not lowest <= value <= highest:
        raise ConfigError(
            f"{name} must be a whole number from {lowest} to {highest}, got {value!r}"
        )


def _check_name(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
