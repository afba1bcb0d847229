"""Builds the stream of a Sopro voice from its stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor, StageRun
from edge_tts.engine.mimi_decoder import MimiDecoder
from edge_tts.engine.sopro_conditioner import BLOCK, SoproConditioner
from edge_tts.engine.sopro_constants import SoproConstants
from edge_tts.engine.sopro_generator import SoproGenerator
from edge_tts.engine.sopro_refiner import (
    HEAD_ROWS,
    CausalRefiner,
    Refiner,
    WindowRefiner,
)
from edge_tts.engine.sopro_stream import SoproStream
from edge_tts.engine.sopro_text import MAX_TOKENS, SoproText
from edge_tts.models.sopro import PASSES, SOPRO_1_5
from edge_tts.packs import Manifest
from edge_tts.text.byte_pairs import ARRAYS, BytePairs


def open_sopro(
    manifest: Manifest,
    executors: Mapping[str, StageExecutor],
    arrays: Mapping[str, NDArray[Any]],
) -> tuple[tuple[StageRun, ...], SoproStream]:
    """Open a stream, and tell the stage runs to close after it.

    Args:
        manifest: Of the pack.
        executors: Its speaking stages.
        arrays: Its constants, and those of the tokenizer as ``tokenizer.NAME``.

    Raises:
        PackError: A constant is missing or does not fit the others.
    """
    constants = SoproConstants.from_pack(manifest, arrays)
    where = f"{manifest.id}: tokenizer"
    known = {name: arrays.get(f"tokenizer.{name}") for name in ARRAYS}
    tokenizer = BytePairs({k: v for k, v in known.items() if v is not None}, where)
    text = executors["text"].open(MAX_TOKENS)
    style = executors["style"].open(1)
    cond = executors["cond"].open(BLOCK)
    ar = executors["ar"].open(1)
    conditioner = SoproConditioner(style, cond, constants)
    refiner: Refiner
    if manifest.family == SOPRO_1_5.id:
        trunk = executors["nar"].open(len(constants.frame_positions))
        heads = [executors[f"heads_{name}"].open(HEAD_ROWS) for name in PASSES]
        refiner = WindowRefiner(trunk, heads, conditioner, constants)
        refining = [trunk, *heads]
    else:
        refining = [executors[f"nar_{name}"].open(HEAD_ROWS) for name in PASSES]
        refiner = CausalRefiner(refining, conditioner, constants)
    decoder = MimiDecoder(
        executors["mimi_decoder"],
        executors["mimi_synthesis"],
        constants.mimi_codebooks,
        constants.num_codebooks,
        constants.codebook_size,
    )
    stream = SoproStream(
        SoproText(text, tokenizer, constants),
        conditioner,
        SoproGenerator(ar, conditioner, constants),
        refiner,
        decoder,
        constants,
        looks_ahead=manifest.family == SOPRO_1_5.id,
    )
    return (text, style, cond, ar, *refining, *decoder.runs), stream
