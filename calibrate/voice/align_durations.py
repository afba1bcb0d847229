"""The result of alignment: one line per clip in ``durations.tsv``."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.align_units import Token
from calibrate.voice.errors import DatasetError
from edge_tts.text.phonemes import SHORT_PAUSE

_COLUMNS = ["uid", "tokens"]
_MIN_SHORT_PAUSE = 4
"""Mel frames (46 ms); a shorter pause without punctuation joins the phoneme before."""


@dataclass(frozen=True)
class AlignedClip:
    """Tokens of one clip and how long each lasts."""

    uid: str
    tokens: tuple[Token, ...]
    durations: NDArray[np.int64]
    """(tokens,) mel frames; 0 for punctuation that is not heard as a pause."""


def mel_durations(
    uid: str,
    units: tuple[Token, ...],
    boundaries: NDArray[np.int64],
    num_frames: int,
) -> AlignedClip:
    """Round unit boundaries to mel frames and dissolve very short pauses.

    Args:
        uid: Name of the clip.
        units: Tokens and optional short pauses of the chain.
        boundaries: (units + 1,) first aligner row (half a mel frame) of each unit,
            then the end; equal neighbours mean an absent unit.
        num_frames: Mel frames of the clip; the last unit takes the rounding.
    """
    edges = np.minimum((boundaries + 1) // 2, num_frames)
    edges[-1] = num_frames
    tokens: list[Token] = []
    durations: list[int] = []
    for unit, length in zip(units, np.diff(edges).tolist(), strict=True):
        if unit[0] == SHORT_PAUSE and length < _MIN_SHORT_PAUSE:
            durations[-1] += length
        else:
            tokens.append(unit)
            durations.append(length)
    return AlignedClip(uid, tuple(tokens), np.array(durations, np.int64))


def write_durations(path: Path, clips: Iterable[AlignedClip]) -> None:
    """Write ``SYMBOL/STRESS/POSITION/FRAMES`` per token, one clip a line, at once."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(_COLUMNS) + "\n")
        for clip in clips:
            entries = (
                f"{symbol}/{stress}/{position}/{frames}"
                for (symbol, stress, position), frames in zip(
                    clip.tokens, clip.durations, strict=True
                )
            )
            file.write(f"{clip.uid}\t{' '.join(entries)}\n")
    part.replace(path)


def read_durations(path: Path) -> dict[str, AlignedClip]:
    """Read what ``write_durations`` wrote, by uid.

    Raises:
        DatasetError: Missing file or another format.
    """
    if not path.is_file():
        raise DatasetError(f"no durations at {path}: run the step align first")
    clips = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if reader.fieldnames != _COLUMNS:
            raise DatasetError(
                f"{path}: expected columns {_COLUMNS}, got {reader.fieldnames}; "
                "run the step align again"
            )
        for row in reader:
            entries = [entry.rsplit("/", 3) for entry in row["tokens"].split(" ")]
            clips[row["uid"]] = AlignedClip(
                row["uid"],
                tuple((entry[0], int(entry[1]), int(entry[2])) for entry in entries),
                np.array([int(entry[3]) for entry in entries], np.int64),
            )
    return clips
