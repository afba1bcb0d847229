"""Mimi, the codec, from its published layout: stages and tables of a pack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from calibrate.convert.checkpoint import Checkpoint, Floats
from calibrate.convert.converted_stage import ConvertedStage
from calibrate.convert.errors import ConversionError
from calibrate.convert.mimi_config import WEIGHTS, MimiConfig, read_config
from calibrate.convert.mimi_stacks import (
    analysis_stack,
    decoder_stack,
    downsample_stack,
    encoder_stack,
    synthesis_stack,
)
from edge_tts.models.mimi import (
    ANALYSIS,
    CODEBOOKS,
    DECODER,
    DOWNSAMPLE,
    ENCODER,
    SYNTHESIS,
)

_EPSILON: Final = np.float32(1e-5)
"""Least use of a code, as in the original."""
_FLOAT_LAYERS: Final = {DECODER: ("latent",), SYNTHESIS: ("wave",)}
"""Half a percent of the arithmetic: in int8 the first would cost more sound than all of
the transformer, and the last has one channel."""
_SEMANTIC: Final = "quantizer.semantic_residual_vector_quantizer.layers"
_ACOUSTIC: Final = "quantizer.acoustic_residual_vector_quantizer.layers"


@dataclass(frozen=True)
class MimiParts:
    """What a pack takes over from the codec."""

    config: MimiConfig
    stages: tuple[ConvertedStage, ...]
    tables: dict[str, Floats]
    """Name -> rows; codebooks lie one after the other."""
    source: Checkpoint


def convert_mimi(folder: Path, num_codebooks: int) -> MimiParts:
    """Convert a codec.

    Args:
        folder: Holds ``model.safetensors`` and ``config.json`` as published.
        num_codebooks: How many a frame has, the semantic one included; the file may
            have more.

    Raises:
        ConversionError: A file is missing, damaged, or of another network.
    """
    source = Checkpoint(folder / WEIGHTS)
    config = read_config(folder, source)
    if not 2 <= num_codebooks <= config.num_codebooks:
        raise ConversionError(
            f"{source.path}: has {config.num_codebooks} codebooks, {num_codebooks} are "
            "needed; get the codec that belongs to the voice"
        )
    builders = {
        DECODER: decoder_stack,
        SYNTHESIS: synthesis_stack,
        ANALYSIS: analysis_stack,
        ENCODER: encoder_stack,
        DOWNSAMPLE: downsample_stack,
    }
    stages = tuple(
        ConvertedStage(
            id_,
            *builder(source, config),
            int8=id_ in (DECODER, SYNTHESIS),
            float_layers=frozenset(_FLOAT_LAYERS.get(id_, ())),
        )
        for id_, builder in builders.items()
    )
    books = [_codebook(source, config, f"{_SEMANTIC}.0")]
    for index in range(config.num_codebooks - 1):
        books.append(_codebook(source, config, f"{_ACOUSTIC}.{index}"))
    source.check_all_taken()
    tables = {CODEBOOKS: np.concatenate(books[:num_codebooks])}
    return MimiParts(config, stages, tables, source)


def _codebook(source: Checkpoint, config: MimiConfig, path: str) -> Floats:
    """Running sums become means: that is what the codec looks up."""
    size, width = config.codebook_size, config.codebook_width
    total = source.take(f"{path}.codebook.embed_sum", (size, width))
    used = source.take(f"{path}.codebook.cluster_usage", (size,))
    flag = f"{path}.codebook.initialized"
    if flag in source:
        source.skip(flag)
    result: Floats = total / np.maximum(used, _EPSILON)[:, None]
    return result
