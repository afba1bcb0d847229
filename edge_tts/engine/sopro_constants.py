"""Tables and numbers of a Sopro pack, checked against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.engine.embedding_table import EmbeddingTable
from edge_tts.engine.token_sampler import SamplerSettings
from edge_tts.errors import PackError
from edge_tts.models.sopro import PASSES
from edge_tts.packs import Manifest
from edge_tts.packs.loops import AutoregressiveLoop

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class SoproConstants:
    """What the networks do not hold."""

    text_table: EmbeddingTable
    """(vocabulary, C)."""
    text_positions: Floats
    """(most tokens, C)."""
    code_table: EmbeddingTable
    """(codebooks * size + 1, C): row ``book * size + code``, and what comes first."""
    frame_positions: Floats
    """(most frames + 1, C)."""
    mimi_codebooks: EmbeddingTable
    frame_hz: float
    num_codebooks: int
    codebook_size: int
    min_frames: int
    max_frames: int
    style_strength: float
    history_weights: Floats
    """(K,): shares of the last K codes in what the generator sees, the newest first."""
    mixes: Floats
    """(passes, 2): shares of conditioning and of known codes in a pass's input."""
    code_weights: Floats
    """(passes, codebooks): shares of the known codes."""
    passes: tuple[tuple[int, int], ...]
    """First codebook and the one after the last, from 0, of every pass."""
    nar_styles: Floats | None
    """(passes, 2 C); v1.5."""
    stop_weight: Floats | None
    """(C,): v1's sign that speech is over; None without one."""
    stop_bias: float
    stop_threshold: float
    stop_patience: int
    prompt_frames: int
    """v1: codes of the reference that come before the first one."""
    sampler: SamplerSettings

    @property
    def width(self) -> int:
        """Channels of a row."""
        return self.code_table.channels

    @classmethod
    def from_pack(
        cls, manifest: Manifest, arrays: Mapping[str, NDArray[Any]]
    ) -> SoproConstants:
        """Read the constants.

        Args:
            manifest: Of the pack.
            arrays: Every constant of the pack by name.

        Raises:
            PackError: One is missing or does not fit the others.
        """
        read = _Reader(manifest.id, arrays)
        code_table = read.table("code_table")
        books, size = read.whole("num_codebooks"), read.whole("codebook_size")
        max_frames = read.whole("max_frames")
        width = code_table.channels
        read.check("code_table", (len(code_table),), (books * size + 1,))
        text_table = read.table("text_table")
        read.check("text_table", (text_table.channels,), (width,))
        weights = read.array("code_weights", (len(PASSES), books))
        styles = stop = None
        if "nar_styles" in arrays:
            styles = read.array("nar_styles", (len(PASSES), 2 * width))
        if "stop_weight" in arrays:
            stop = read.array("stop_weight", (width,))
        loop = manifest.stage("ar").loops.get("ar")
        assert isinstance(loop, AutoregressiveLoop)  # The manifest was checked.
        known = [int((row != 0).sum()) for row in weights]
        if known != sorted(set(known)) or known[0] != 1 or known[-1] >= books:
            raise PackError(
                f"pack {manifest.id}: code_weights know {known} codebooks before the "
                "passes; expected a rising row from 1 on"
            )
        return cls(
            text_table=text_table,
            text_positions=read.array("text_positions", (None, width)),
            code_table=code_table,
            frame_positions=read.array("frame_positions", (max_frames + 1, width)),
            mimi_codebooks=read.table("mimi_codebooks"),
            frame_hz=manifest.audio.sample_rate / manifest.audio.hop_length,
            num_codebooks=books,
            codebook_size=size,
            min_frames=read.whole("min_frames"),
            max_frames=max_frames,
            style_strength=read.number("style_strength"),
            history_weights=read.array("history_weights", (None,)),
            mixes=read.array("mixes", (len(PASSES), 2)),
            code_weights=weights,
            passes=tuple(zip(known, [*known[1:], books], strict=True)),
            nar_styles=styles,
            stop_weight=stop,
            stop_bias=float(read.array("stop_bias", (1,))[0])
            if stop is not None
            else 0.0,
            stop_threshold=read.number("stop_threshold", 1.0),
            stop_patience=read.whole("stop_patience", 1),
            prompt_frames=read.whole("prompt_frames", 0),
            sampler=SamplerSettings.from_steps(manifest.samplers[loop.sampler]),
        )


class _Reader:
    def __init__(self, pack: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._pack = pack
        self._arrays = arrays

    def table(self, name: str) -> EmbeddingTable:
        """A large table, in any of its formats."""
        return EmbeddingTable(self._get(name), self._arrays.get(f"{name}_scale"), name)

    def array(self, name: str, shape: tuple[int | None, ...]) -> Floats:
        """A float32 array of a shape, None standing for any size."""
        found = self._get(name)
        fits = found.ndim == len(shape) and all(
            want in (None, got) for want, got in zip(shape, found.shape, strict=True)
        )
        if not fits or found.dtype != np.float32:
            raise PackError(
                f"pack {self._pack}: constant {name} is {found.dtype} {found.shape}, "
                f"expected float32 {shape}"
            )
        return found

    def number(self, name: str, default: float | None = None) -> float:
        """One number."""
        if default is not None and name not in self._arrays:
            return default
        found = self._get(name)
        if found.shape != ():
            raise PackError(f"pack {self._pack}: constant {name} is not one number")
        return float(found)

    def whole(self, name: str, default: float | None = None) -> int:
        """One whole number from 0 on."""
        value = self.number(name, default)
        if value != int(value) or not 0 <= value < 1 << 24:
            raise PackError(
                f"pack {self._pack}: constant {name} is {value:g}, expected a whole "
                "number"
            )
        return int(value)

    def check(self, name: str, found: object, expected: object) -> None:
        """Refuse what does not fit."""
        if found != expected:
            raise PackError(
                f"pack {self._pack}: constant {name} has {found}, expected {expected}"
            )

    def _get(self, name: str) -> NDArray[Any]:
        if name not in self._arrays:
            raise PackError(f"pack {self._pack}: constant {name!r} is missing")
        return self._arrays[name]
