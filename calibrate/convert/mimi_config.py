"""What a Mimi checkpoint is: sizes from its tensors, the rest from its config.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Final

from calibrate.convert.checkpoint import Checkpoint
from calibrate.convert.errors import ConversionError

WEIGHTS: Final = "model.safetensors"
CONFIG: Final = "config.json"
_FIXED: Final[Mapping[str, object]] = {
    "model_type": "mimi",
    "audio_channels": 1,
    "use_causal_conv": True,
    "use_conv_shortcut": False,
    "pad_mode": "constant",
    "trim_right_ratio": 1.0,
    "num_semantic_quantizers": 1,
    "attention_bias": False,
    "hidden_act": "gelu",
}
"""Settings that change the network and have one known value."""


@dataclass(frozen=True)
class MimiConfig:
    """Facts about one codec."""

    sample_rate: int
    width: int
    """Channels of the transformers."""
    ratios: tuple[int, ...]
    """Upsampling of the decoder, first to last."""
    num_residual: int
    """Residual units after each upsampling."""
    dilation_growth: int
    num_layers: int
    """Of each transformer."""
    heads: int
    kv_heads: int
    window: int
    """Rows that a row attends to, itself included."""
    rope_base: float
    norm_epsilon: float
    stride: int
    """Transformer rows per frame of codes."""
    num_codebooks: int
    codebook_size: int
    codebook_width: int

    @property
    def samples_per_row(self) -> int:
        """Samples per row of the transformers."""
        return prod(self.ratios)

    @property
    def samples_per_frame(self) -> int:
        """Samples per frame of codes."""
        return self.samples_per_row * self.stride


def read_config(folder: Path, source: Checkpoint) -> MimiConfig:
    """Tell what a checkpoint is.

    Args:
        folder: Holds ``config.json``.
        source: The weights.

    Raises:
        ConversionError: A setting is missing, unknown, or does not fit the tensors.
    """
    path = folder / CONFIG
    settings = _settings(path)
    for key, known in _FIXED.items():
        found = settings.get(key)
        if found != known:
            raise ConversionError(
                f"{path}: {key} is {found!r}; the converter knows Mimi with {known!r}"
            )
    width = source.shape("upsample.conv.weight")[0]
    ratios = _integers(path, settings, "upsampling_ratios")
    frame = prod(ratios)
    stride, rest = divmod(source.shape("downsample.conv.weight")[2], 2)
    sample_rate = _integer(path, settings, "sampling_rate")
    frame_hz = settings.get("frame_rate")
    if rest or (frame_hz is not None and frame_hz * stride * frame != sample_rate):
        raise ConversionError(
            f"{path}: {sample_rate} Hz, ratios {ratios} and a stride of {stride} do "
            f"not give the frame rate {frame_hz}"
        )
    acoustic = "quantizer.acoustic_residual_vector_quantizer.layers"
    num_acoustic = source.count(rf"{acoustic}\.(\d+)\.".replace(".layers", r"\.layers"))
    size, codebook_width = source.shape(f"{acoustic}.0.codebook.embed_sum")
    heads = _integer(path, settings, "num_attention_heads")
    config = MimiConfig(
        sample_rate=sample_rate,
        width=width,
        ratios=ratios,
        num_residual=_integer(path, settings, "num_residual_layers"),
        dilation_growth=_integer(path, settings, "dilation_growth_rate"),
        num_layers=source.count(r"decoder_transformer\.layers\.(\d+)\."),
        heads=heads,
        kv_heads=_integer(path, settings, "num_key_value_heads"),
        window=_integer(path, settings, "sliding_window"),
        rope_base=_rope_base(path, settings),
        norm_epsilon=_number(path, settings, "norm_eps"),
        stride=stride,
        num_codebooks=1 + num_acoustic,
        codebook_size=size,
        codebook_width=codebook_width,
    )
    for key, found in (
        ("hidden_size", config.width),
        ("num_hidden_layers", config.num_layers),
        ("codebook_size", config.codebook_size),
        ("vector_quantization_hidden_dimension", config.codebook_width),
        ("upsample_groups", config.width),
    ):
        if _integer(path, settings, key) != found:
            raise ConversionError(
                f"{path}: {key} is {settings[key]}, its tensors say {found}"
            )
    if config.width % config.heads or config.window < 2 or config.stride < 2:
        raise ConversionError(f"{path}: impossible sizes {config}")
    return config


def _settings(path: Path) -> Mapping[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConversionError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"{path}: is no JSON: {error}") from error
    if not isinstance(settings, dict):
        raise ConversionError(f"{path}: is no object")
    return settings


def _rope_base(path: Path, settings: Mapping[str, Any]) -> float:
    """Older files have it at the top, newer ones within an object."""
    nested = settings.get("rope_parameters")
    if not isinstance(nested, dict):
        return _number(path, settings, "rope_theta")
    if nested.get("rope_type", "default") != "default":
        raise ConversionError(
            f"{path}: rope_type is {nested['rope_type']!r}; the converter knows "
            "'default'"
        )
    return _number(path, nested, "rope_theta")


def _number(path: Path, settings: Mapping[str, Any], key: str) -> float:
    value = settings.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise ConversionError(f"{path}: {key} is {value!r}, expected a number above 0")
    return float(value)


def _integer(path: Path, settings: Mapping[str, Any], key: str) -> int:
    value = settings.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConversionError(f"{path}: {key} is {value!r}, expected a whole number")
    return value


def _integers(path: Path, settings: Mapping[str, Any], key: str) -> tuple[int, ...]:
    value = settings.get(key)
    if not isinstance(value, list) or not value:
        raise ConversionError(f"{path}: {key} is {value!r}, expected whole numbers")
    return tuple(_integer(path, {key: item}, key) for item in value)
