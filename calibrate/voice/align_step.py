"""Find the duration of every phoneme (about 3 minutes on one core): durations.tsv."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np

from calibrate.voice.align_check import boundary_report, read_phone_labels
from calibrate.voice.align_durations import mel_durations, write_durations
from calibrate.voice.align_mfcc import mfcc
from calibrate.voice.align_tokens import transcript_tokens
from calibrate.voice.align_train import (
    AlignmentClip,
    align,
    is_long_enough,
    normalise,
)
from calibrate.voice.align_units import build_chain
from calibrate.voice.dataset import read_manifest
from calibrate.voice.features import available, load_features
from edge_tts.text.frontend import Frontend

_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument(
        "--labels", type=Path, help="phone end times to compare with (slt_phones.tsv)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Align all clips that have features."""
    frontend = Frontend()
    clips: list[AlignmentClip] = []
    offsets: dict[str, float] = {}
    for source in available(arguments.work, read_manifest(arguments.data)):
        features = load_features(arguments.work, source.uid)
        chain = build_chain(transcript_tokens(frontend, source.text))
        clip = AlignmentClip(source.uid, source.speaker, mfcc(features.samples), chain)
        if is_long_enough(clip):
            clips.append(clip)
            offsets[source.uid] = features.offset
        else:
            _LOG.warning("%s is shorter than its transcript: left out", source.uid)
    _LOG.info("%d clips, %d rows", len(clips), sum(len(clip.rows) for clip in clips))
    normalise(clips)
    align(clips)
    write_durations(
        arguments.work / "durations.tsv",
        (
            mel_durations(
                clip.uid, clip.chain.units, clip.boundaries(), len(clip.rows) // 2
            )
            for clip in clips
        ),
    )
    np.savez(
        arguments.work / "boundaries.npz", **{c.uid: c.boundaries() for c in clips}
    )
    if arguments.labels:
        labels = read_phone_labels(arguments.labels)
        _LOG.info("%s", boundary_report(clips, offsets, labels))
