"""Compares found phoneme boundaries with labels that somebody else made."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from calibrate.voice.align_mfcc import HOP_LENGTH, SAMPLE_RATE
from calibrate.voice.align_train import AlignmentClip
from edge_tts.text.phonemes import PAUSES

PhoneEnds = list[tuple[str, float]]
"""Lower-case phone and its end in seconds, in order."""

_PAUSE = "pau"
_SAME_PHONE = {"ax": "ah", "hv": "hh", "axr": "er", "el": "l", "em": "m", "en": "n"}
"""Festival's radio phone set -> CMUdict's."""
_MIN_MATCHED = 6


def read_phone_labels(path: Path) -> dict[str, PhoneEnds]:
    """Read ``SPEAKER/STEM.opus <tab> phone:end ...`` lines, keyed by clip uid."""
    labels = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(reader)
        for name, phones in reader:
            speaker, _, stem = name.partition("/")
            entries = (phone.rsplit(":", 1) for phone in phones.split(" "))
            labels[f"{speaker}_{stem.rsplit('.', 1)[0]}"] = [
                (_SAME_PHONE.get(phone, phone), float(end)) for phone, end in entries
            ]
    return labels


def boundary_report(
    clips: Sequence[AlignmentClip],
    offsets: Mapping[str, float],
    labels: Mapping[str, PhoneEnds],
) -> str:
    """Describe the distance of boundaries between phones on which both sides agree.

    The constant offset between the two conventions is removed before the distances.

    Args:
        clips: Aligned clips.
        offsets: Seconds cut from the start of each recording, by uid.
        labels: Reference, by uid.
    """
    seconds_per_row = HOP_LENGTH / SAMPLE_RATE
    differences: list[float] = []
    for clip in clips:
        if clip.uid not in labels:
            continue
        reference = labels[clip.uid]
        bounds = clip.boundaries()
        found = [
            (
                _PAUSE if unit[0] in PAUSES else unit[0].lower(),
                float(end) * seconds_per_row + offsets[clip.uid],
            )
            for unit, start, end in zip(
                clip.chain.units, bounds[:-1], bounds[1:], strict=True
            )
            if end > start
        ]
        matcher = difflib.SequenceMatcher(
            None, [p for p, _ in reference], [p for p, _ in found], autojunk=False
        )
        own = [
            found[j + k][1] - reference[i + k][1]
            for i, j, length in matcher.get_matching_blocks()
            for k in range(length - 1)
        ]
        if len(own) >= _MIN_MATCHED:
            differences.extend(own)
    if not differences:
        return "no boundary to compare: no aligned clip has reference labels"
    milliseconds = np.array(differences) * 1000
    offset = float(np.median(milliseconds))
    distance = np.abs(milliseconds - offset)
    return (
        f"{len(distance)} boundaries, constant offset {offset:.1f} ms; without it "
        f"mean {distance.mean():.1f} ms, median {np.median(distance):.1f} ms, "
        f"{100 * np.mean(distance < 20):.0f} % within 20 ms, "
        f"{100 * np.mean(distance > 50):.1f} % beyond 50 ms"
    )
