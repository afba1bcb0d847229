"""The list of recordings and which of them are held out; reads no audio."""

from __future__ import annotations

import csv
import logging
import random
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from calibrate.voice.errors import DatasetError

SPEAKERS: Final = ("kathleen", "lj", "slt", "bdl")
"""Speaker ids are positions in this tuple; the order is part of the voice pack."""
NATURAL_BANDWIDTH: Final = {"kathleen": 11025.0, "lj": 11025.0}
"""Hz; recordings of the other speakers were made at 16 kHz."""
NARROW_BANDWIDTH: Final = 7600.0
MANIFEST_COLUMNS: Final = ("file", "speaker", "seconds", "text")
HELD_OUT_SEED: Final = 7
HELD_OUT_PER_SET: Final = 15

_LOG = logging.getLogger(__name__)
_ARCTIC = re.compile(r"arctic_([ab]\d{4})")


@dataclass(frozen=True)
class Clip:
    """One recorded sentence."""

    uid: str
    """Unique name, ``SPEAKER_FILESTEM``; also the name of its feature file."""
    path: Path
    """The recording."""
    speaker: str
    """One of ``SPEAKERS``."""
    text: str
    """Transcript, never empty."""
    seconds: float
    """Duration that the manifest promises."""
    sentence_id: str
    """The same for all takes and speakers of one sentence."""
    held_out: bool
    """True: for evaluation only, whoever speaks it."""

    @property
    def speaker_id(self) -> int:
        """Position of the speaker in ``SPEAKERS``."""
        return SPEAKERS.index(self.speaker)

    @property
    def bandwidth(self) -> float:
        """Highest frequency, in Hz, at which the recording holds speech."""
        return NATURAL_BANDWIDTH.get(self.speaker, NARROW_BANDWIDTH)


def read_manifest(data_dir: Path) -> list[Clip]:
    """Read ``manifest.tsv`` and mark the held-out sentences.

    A row without transcript, of an unknown speaker or whose recording is missing is
    skipped with a warning; the last warning counts them.

    Args:
        data_dir: Directory that holds ``manifest.tsv`` and one folder per speaker.

    Returns:
        Usable clips in the order of the manifest.

    Raises:
        DatasetError: No manifest, missing columns, a uid twice, or no usable row.
    """
    manifest = Path(data_dir) / "manifest.tsv"
    if not manifest.is_file():
        raise DatasetError(
            f"no manifest at {manifest}: pass the voice data folder with --data"
        )
    with manifest.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = set(MANIFEST_COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise DatasetError(
                f"{manifest}: expected columns {', '.join(MANIFEST_COLUMNS)}; "
                f"missing {', '.join(sorted(missing))}"
            )
        rows = list(reader)
    clips: list[Clip] = []
    for line, row in enumerate(rows, start=2):
        clip, problem = _clip_of(row, Path(data_dir))
        if clip is None:
            _LOG.warning("%s line %d skipped: %s", manifest, line, problem)
        else:
            clips.append(clip)
    if len({clip.uid for clip in clips}) != len(clips):
        raise DatasetError(f"{manifest}: two rows have the same speaker and file name")
    if not clips:
        raise DatasetError(f"{manifest}: no usable row among {len(rows)}")
    if len(clips) < len(rows):
        _LOG.warning("%d of %d rows skipped", len(rows) - len(clips), len(rows))
    return _mark_held_out(clips, rows)


def held_out_arctic() -> frozenset[str]:
    """Sentence ids of CMU ARCTIC that no training may see, in any voice or take."""
    generator = random.Random(HELD_OUT_SEED)
    first = [f"a{number:04d}" for number in range(1, 594)]
    second = [f"b{number:04d}" for number in range(1, 540)]
    return frozenset(
        generator.sample(first, HELD_OUT_PER_SET)
        + generator.sample(second, HELD_OUT_PER_SET)
    )


def sentence_id_of(stem: str) -> str:
    """Sentence id of a recording's file name without extension."""
    match = _ARCTIC.search(stem)
    return match[1] if match else stem


def _clip_of(row: dict[str, str], data_dir: Path) -> tuple[Clip | None, str]:
    speaker, text = row["speaker"] or "", (row["text"] or "").strip()
    path = data_dir / (row["file"] or "")
    if speaker not in SPEAKERS:
        return None, f"unknown speaker {speaker!r}, expected one of {SPEAKERS}"
    if not text:
        return None, f"empty transcript of {path}"
    if not path.is_file():
        return None, f"missing recording {path}"
    try:
        seconds = float(row["seconds"])
    except (TypeError, ValueError):
        return None, f"seconds is {row['seconds']!r}, expected a number"
    return Clip(
        uid=f"{speaker}_{path.stem}",
        path=path,
        speaker=speaker,
        text=text,
        seconds=seconds,
        sentence_id=sentence_id_of(path.stem),
        held_out=False,
    ), ""


def _mark_held_out(clips: list[Clip], rows: list[dict[str, str]]) -> list[Clip]:
    # Drawn from the rows, not from the usable clips: a missing recording must not
    # shuffle the split of all others.
    stems = sorted(
        Path(row["file"]).stem for row in rows if row["speaker"] == "lj" and row["file"]
    )
    draw = random.Random(HELD_OUT_SEED)
    ids = held_out_arctic() | frozenset(
        draw.sample(stems, min(HELD_OUT_PER_SET, len(stems) // 3))
    )
    # The same words under another id (another take, a duplicated prompt) count too.
    texts = {_plain(clip.text) for clip in clips if clip.sentence_id in ids}
    return [
        replace(clip, held_out=clip.sentence_id in ids or _plain(clip.text) in texts)
        for clip in clips
    ]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))
