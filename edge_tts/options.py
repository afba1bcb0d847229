"""What a caller may ask of one synthesis and of the runtime; holds no behaviour.

Values are checked when an object is made, so that code below never checks again.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_tts.errors import ConfigError

BACKEND_IDS = ("native", "ort", "openvino")
PRECISION_IDS = ("int4", "int8", "bf16", "fp16", "fp32")
WHOLE_UTTERANCE = -1
"""Value of ``RuntimeOptions.chunk_frames`` that turns streaming within one off."""


@dataclass(frozen=True)
class SamplingOptions:
    """How voices that draw their codes do it; None leaves it to the pack.

    Raises:
        ConfigError: A value is outside its range or not a number.
    """

    temperature: float | None = None
    """Above 1 more varied, below 1 more even."""
    top_p: float | None = None
    """Share of the probability that is drawn from; 0 takes the likeliest code."""
    top_k: int | None = None
    """Most codes that are drawn from; 0 for all."""
    style_strength: float | None = None
    """How much the speaker's vector changes."""
    max_seconds: float | None = None
    """Longest speech of one sentence."""
    lookahead_frames: int | None = None
    """Frames that streams of voices that look ahead wait for; more sounds better."""
    stop_threshold: float | None = None
    """Probability from which a frame counts as the end, for voices that ask."""
    stop_patience: int | None = None
    """How many such frames in a row end a sentence."""

    def __post_init__(self) -> None:
        for name, lowest, highest, unit in (
            ("temperature", 0.01, 10.0, ""),
            ("top_p", 0.0, 1.0, ""),
            ("style_strength", 0.0, 10.0, ""),
            ("max_seconds", 0.08, 600.0, " s"),
            ("stop_threshold", 0.0, 1.0, ""),
        ):
            value = getattr(self, name)
            if value is not None:
                _check_number(name, value, lowest, highest, unit)
        for name, least, most in (
            ("top_k", 0, 1_000_000),
            ("lookahead_frames", 0, 10_000),
            ("stop_patience", 1, 10_000),
        ):
            value = getattr(self, name)
            if value is not None:
                _check_integer(name, value, least, most)


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
    """Start of all chance; equal seeds give equal samples."""
    sampling: SamplingOptions = SamplingOptions()
    """For voices that draw their codes; others ignore it."""

    def __post_init__(self) -> None:
        _check_number("speed", self.speed, 0.25, 4.0, "x")
        _check_number("pitch", self.pitch, -12.0, 12.0, " semitones")
        _check_number("volume", self.volume, -60.0, 20.0, " dB")
        if self.pause_ms is not None:
            _check_integer("pause_ms", self.pause_ms, 0, 10_000)
        _check_integer("seed", self.seed, 0, 2**32 - 1)
        if not isinstance(self.sampling, SamplingOptions):
            raise ConfigError(
                f"sampling must be SamplingOptions, got {self.sampling!r}"
            )


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
    # The comparison alone also refuses NaN, and takes whole numbers of any size.
    if not is_number or not lowest <= value <= highest:
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
