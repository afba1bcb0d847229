"""What a Sopro checkpoint is: its version, its sizes, its settings.

Sizes come from tensors, settings from the JSON in the file's header; nothing is taken
from the defaults of anybody's code, because published files differ from them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from calibrate.convert.checkpoint import Checkpoint
from calibrate.convert.errors import ConversionError

STAGES: Final = ("B", "C", "D", "E")
"""Refinement passes, as the tensors spell them."""
HEADS_TEXT: Final = 4
"""Heads of the text attention; written in the networks' code, not in their files."""


@dataclass(frozen=True)
class SoproConfig:
    """Facts about one checkpoint."""

    version: str
    """``1.5`` or ``1``."""
    width: int
    """Channels of every row."""
    num_codebooks: int
    codebook_size: int
    vocabulary: int
    """Rows of the text table."""
    speaker_width: int
    ar_kernel: int
    ar_dilations: tuple[int, ...]
    ar_attention: tuple[int, ...]
    """Blocks that are followed by attention to the text."""
    nar_kernel: int
    nar_dilations: tuple[int, ...]
    codebooks: tuple[tuple[int, int], ...]
    """First and last codebook of each refinement pass, 1-based, both included."""
    reference_heads: int
    reference_layers: int
    reference_gate: float
    """Largest gate of the attention to the reference."""
    max_frames: int
    min_frames: int
    max_text: int
    """Most tokens of a text."""
    frame_hz: float
    sample_rate: int
    style_strength: float
    lookback: int
    """v1: earlier codes that the next one sees by table; 1 for v1.5."""
    stop_threshold: float
    stop_patience: int
    prompt_seconds: float
    """v1: seconds of the reference that come before the first code."""

    @property
    def is_v1(self) -> bool:
        """Whether this is the first version."""
        return self.version == "1"


def read_config(source: Checkpoint) -> SoproConfig:
    """Tell what a checkpoint is.

    Raises:
        ConversionError: It is no Sopro checkpoint, has no settings, or settings and
            tensors do not fit.
    """
    v15, v1 = "nar.mix.B" in source, "stages.B.mix" in source
    if v15 == v1:
        raise ConversionError(
            f"{source.path}: is no Sopro v1 or v1.5 checkpoint (neither nar.mix.B nor "
            "stages.B.mix is in it); v2 has another architecture"
        )
    settings = _settings(source)
    vocabulary, width = source.shape("text_enc.embed.emb.weight")
    head = "stages.B.heads.0.weight" if v1 else "nar.heads.B.0.weight"
    codebook_size = source.shape(head)[0]
    table_rows = source.shape("cb_embed.emb.weight")[0]
    num_codebooks, rest = divmod(table_rows - 1, codebook_size)
    if rest:
        raise ConversionError(
            f"{source.path}: cb_embed.emb.weight has {table_rows} rows, expected a "
            f"multiple of {codebook_size} and one"
        )
    need = _Needed(settings, source)
    need.equal("num_codebooks", num_codebooks)
    need.equal("codebook_size", codebook_size)
    need.equal("d_model", width)
    num_ar = source.count(r"ar\.blocks\.(\d+)\.")
    attention = tuple(
        index for index in range(num_ar) if f"ar.x_attns.{index}.gate" in source
    )
    frequency = need.integer("ar_text_attn_freq", 1)
    if attention != tuple(i for i in range(num_ar) if (i + 1) % frequency == 0):
        raise ConversionError(
            f"{source.path}: attention to the text follows blocks {attention}, which "
            f"is not every {frequency}th of {num_ar}"
        )
    trunk = "stages.B" if v1 else "nar"
    num_nar = source.count(rf"{trunk}\.blocks\.(\d+)\.")
    nar_cycle = (1,) if v1 else need.integers("nar_dilation_cycle")
    attending = "ref_xattn_stack" if v1 else "ref_xattn"
    spans = []
    for stage in STAGES:
        first, last = need.integers(f"stage_{stage}")
        heads = f"stages.{stage}.heads" if v1 else f"nar.heads.{stage}"
        count = source.count(rf"{heads}\.(\d+)\.".replace(".heads", r"\.heads"))
        if last - first + 1 != count:
            raise ConversionError(
                f"{source.path}: stage_{stage} is {first} to {last}, but the file has "
                f"{count} heads for it"
            )
        spans.append((first, last))
    if [first for first, _ in spans] != [2, *(last + 1 for _, last in spans[:-1])] or (
        spans[-1][1] != num_codebooks
    ):
        raise ConversionError(
            f"{source.path}: the stages {spans} do not cover codebooks 2 to "
            f"{num_codebooks} in order"
        )
    return SoproConfig(
        version="1" if v1 else "1.5",
        width=width,
        num_codebooks=num_codebooks,
        codebook_size=codebook_size,
        vocabulary=vocabulary,
        speaker_width=source.shape("token2sv.proj.weight")[0],
        ar_kernel=source.shape("ar.blocks.0.dw.dw.weight")[2],
        ar_dilations=_cycled(need.integers("ar_dilation_cycle"), num_ar),
        ar_attention=attention,
        nar_kernel=source.shape(f"{trunk}.blocks.0.dw.dw.weight")[2],
        nar_dilations=_cycled(nar_cycle, num_nar),
        codebooks=tuple(spans),
        reference_heads=need.integer("ref_attn_heads" if v1 else "ref_xattn_heads", 1),
        reference_layers=source.count(rf"{attending}\.blocks\.(\d+)\."),
        # v1 has it in its code only.
        reference_gate=0.35 if v1 else need.number("ref_xattn_gmax"),
        max_frames=need.integer("max_frames", 1),
        min_frames=need.integer("min_gen_frames", 0),
        max_text=need.integer("max_text_len", 1),
        frame_hz=need.number("mimi_fps"),
        sample_rate=need.integer("audio_sr", 8000),
        style_strength=need.number("style_strength"),
        lookback=source.shape("ar_hist_w")[0] if "ar_hist_w" in source else 1,
        stop_threshold=need.number("stop_threshold") if v1 else 0.0,
        stop_patience=need.integer("stop_patience", 1) if v1 else 0,
        prompt_seconds=need.number("preprompt_sec_max") if v1 else 0.0,
    )


def _settings(source: Checkpoint) -> Mapping[str, Any]:
    text = source.metadata.get("cfg")
    if text is None:
        raise ConversionError(
            f"{source.path}: its header has no settings (__metadata__.cfg); get the "
            "file as it was published"
        )
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConversionError(
            f"{source.path}: __metadata__.cfg is no JSON: {error}"
        ) from error
    if not isinstance(settings, dict):
        raise ConversionError(f"{source.path}: __metadata__.cfg is no object")
    return settings


def _cycled(cycle: tuple[int, ...], count: int) -> tuple[int, ...]:
    return tuple(cycle[index % len(cycle)] for index in range(count))


class _Needed:
    """Reads settings and says which one is wrong."""

    def __init__(self, settings: Mapping[str, Any], source: Checkpoint) -> None:
        self._settings = settings
        self._source = source

    def number(self, key: str) -> float:
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._error(key, value, "a number")
        if not 0 <= value < 1e9:
            raise self._error(key, value, "a number from 0 on")
        return float(value)

    def integer(self, key: str, least: int) -> int:
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self._error(key, value, f"a whole number from {least} on")
        return value

    def integers(self, key: str) -> tuple[int, ...]:
        value = self._value(key)
        whole = isinstance(value, list) and all(
            isinstance(item, int) and not isinstance(item, bool) and 1 <= item <= 4096
            for item in value
        )
        if not whole or not value:
            raise self._error(key, value, "a list of whole numbers from 1 on")
        return tuple(value)

    def equal(self, key: str, found: int) -> None:
        if self.integer(key, 1) != found:
            raise ConversionError(
                f"{self._source.path}: cfg.{key} is {self._value(key)}, its tensors "
                f"say {found}"
            )

    def _value(self, key: str) -> Any:
        if key not in self._settings:
            raise ConversionError(
                f"{self._source.path}: cfg.{key} is missing; get the file as it was "
                "published"
            )
        return self._settings[key]

    def _error(self, key: str, value: object, expected: str) -> ConversionError:
        return ConversionError(
            f"{self._source.path}: cfg.{key} is {value!r}, expected {expected}"
        )
