"""What Sopro needs beside its networks: tables, weights and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.checkpoint import Checkpoint
from calibrate.convert.sopro_config import STAGES, SoproConfig

Floats = NDArray[np.float32]
LARGE: Final = ("text_table", "code_table", "speaker_table", "mimi_codebooks")
"""Tables that may be stored in float16 or int8."""


@dataclass(frozen=True)
class SoproTables:
    """Arrays for a tensor file, and numbers for the manifest."""

    arrays: Mapping[str, Floats]
    numbers: Mapping[str, float]


def speaking_tables(source: Checkpoint, config: SoproConfig) -> SoproTables:
    """Tables and numbers of the stages that turn text into codes."""
    rows = config.num_codebooks * config.codebook_size + 1
    width = config.width
    arrays: dict[str, Floats] = {
        "text_table": source.take(
            "text_enc.embed.emb.weight", (config.vocabulary, width)
        ),
        "code_table": source.take("cb_embed.emb.weight", (rows, width)),
        "text_positions": positions(config.max_text, width),
        "frame_positions": positions(config.max_frames + 1, width),
    }
    numbers: dict[str, float] = {
        "num_codebooks": config.num_codebooks,
        "codebook_size": config.codebook_size,
        "min_frames": config.min_frames,
        "max_frames": config.max_frames,
        "style_strength": config.style_strength,
    }
    if config.is_v1:
        arrays |= _constants_v1(source, config)
        numbers |= {
            "stop_threshold": config.stop_threshold,
            "stop_patience": config.stop_patience,
            # As the reference counts: Python's round, which goes to even numbers.
            "prompt_frames": max(1, round(config.prompt_seconds * config.frame_hz)),
        }
    else:
        arrays |= _constants_v15(source, config)
    return SoproTables(arrays, numbers)


def positions(count: int, width: int) -> Floats:
    """Sines and cosines (count, width), rounded where the reference rounds."""
    place = np.arange(count, dtype=np.float32)[:, None]
    step = np.float32(-np.log(10000.0) / width)
    # In double, then rounded: NumPy's own float32 exp is off by one more often.
    rates = np.exp((np.arange(0, width, 2, dtype=np.float32) * step).astype(float))
    angles = (place * rates.astype(np.float32)).astype(np.float64)
    result = np.empty((count, width), np.float32)
    result[:, 0::2] = np.sin(angles)
    result[:, 1::2] = np.cos(angles)
    return result


def softmax(values: Floats) -> Floats:
    """Shares that sum to 1."""
    powers = np.exp(values.astype(np.float64) - values.max())
    return (powers / powers.sum()).astype(np.float32)


def _constants_v15(source: Checkpoint, config: SoproConfig) -> dict[str, Floats]:
    count = config.num_codebooks
    known = source.take("nar_prev_cb_weights", (count,))
    weights = np.zeros((len(STAGES), count), np.float32)
    for index, (first, _) in enumerate(config.codebooks):
        weights[index, : first - 1] = softmax(known[: first - 1])
    mixes = [softmax(source.take(f"nar.mix.{letter}", (2,))) for letter in STAGES]
    stage_rows = source.take("nar.stage_emb.weight", (len(STAGES), config.width))
    return {
        "code_weights": weights,
        "mixes": np.stack(mixes),
        "nar_styles": _styles(source, stage_rows),
        "history_weights": np.ones(1, np.float32),
    }


def _styles(source: Checkpoint, rows: Floats) -> Floats:
    """The adapter's answer to each pass, the same for every utterance."""
    hidden = rows.astype(np.float64)
    for index in (0, 2):
        weight = source.take(f"nar.adapter.mlp.{index}.weight")
        bias = source.take(f"nar.adapter.mlp.{index}.bias")
        hidden = hidden @ weight.T.astype(np.float64) + bias
        if index == 0:
            hidden = _gelu(hidden)
    return np.tanh(hidden).astype(np.float32)


def _gelu(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from math import erf, sqrt

    bent = np.vectorize(lambda x: 0.5 * x * (1 + erf(x / sqrt(2))))
    return np.asarray(bent(values), np.float64)


def _constants_v1(source: Checkpoint, config: SoproConfig) -> dict[str, Floats]:
    weights = np.zeros((len(STAGES), config.num_codebooks), np.float32)
    for index, (first, _) in enumerate(config.codebooks):
        weights[index, : first - 1] = 1
    mixes = [softmax(source.take(f"stages.{letter}.mix", (2,))) for letter in STAGES]
    history = np.ones(1, np.float32)
    if "ar_hist_w" in source:
        history = softmax(source.take("ar_hist_w", (config.lookback,)))
    stop: dict[str, Floats] = {}
    if "stop_head.proj.weight" in source:
        stop = {
            "stop_weight": source.take("stop_head.proj.weight", (1, config.width))[0],
            "stop_bias": source.take("stop_head.proj.bias", (1,)),
        }
    return {
        "code_weights": weights,
        "mixes": np.stack(mixes),
        "history_weights": history,
        **stop,
    }
