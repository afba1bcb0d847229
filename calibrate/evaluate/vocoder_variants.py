"""Figures of every variant of a mel vocoder against its fp32 one."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError
from calibrate.evaluate.recordings import MelClip
from calibrate.evaluate.sound_distance import Figures, mean_figures, sound_distance
from calibrate.voice import mel as mels
from calibrate.voice.recordings import HOP_LENGTH, SAMPLE_RATE
from edge_tts.backends.base import StageExecutor
from edge_tts.backends.registry import backend_problems, open_executor
from edge_tts.engine.mel_stream import MelStream
from edge_tts.models.mel_vocoder import STAGE
from edge_tts.packs import Manifest, Pack

REFERENCE: Final = ("native:fp32", "ort:fp32")
"""Variants that others are compared with, the first that works here."""
_LOG = logging.getLogger(__name__)


def evaluate_vocoder(pack: Pack, clips: Sequence[MelClip]) -> dict[str, Figures]:
    """Copy-synthesise recordings with every variant that works here.

    Returns:
        ``BACKEND:PRECISION`` -> figures against fp32, and ``cpu_rtf``: processor
        seconds per second of sound, in chunks of ``MAX_CHUNK_FRAMES`` frames.

    Raises:
        ConversionError: The network wants another kind of spectrogram.
        BackendError: No fp32 variant works here.
    """
    manifest = pack.manifest
    check_spectrogram(manifest)
    stage = manifest.stage(STAGE)
    problems = backend_problems()
    sounds: dict[str, list[NDArray[np.float32]]] = {}
    times: dict[str, float] = {}
    for variant in stage.variants:
        if problems[variant.backend] is not None:
            _LOG.warning("%s: %s", variant.label, problems[variant.backend])
            continue
        _LOG.info("%s: %d recordings", variant.label, len(clips))
        executor = open_executor(pack, stage, variant)
        synthesize_all(executor, stage.lookahead, clips[:1])  # Warms up.
        started = time.process_time()
        made = synthesize_all(executor, stage.lookahead, clips)
        seconds = time.process_time() - started
        sounds[variant.label] = made
        times[variant.label] = seconds * SAMPLE_RATE / sum(map(len, made))
        executor.close()
    reference = next((label for label in REFERENCE if label in sounds), None)
    if reference is None:
        raise ConversionError(f"pack {manifest.id}: none of {REFERENCE} runs here")
    figures = {}
    for label, found in sounds.items():
        same = label == reference
        row = {} if same else compare_sounds(sounds[reference], found, clips)
        figures[label] = {**row, "cpu_rtf": round(times[label], 5)}
    return figures


def synthesize_all(
    executor: StageExecutor, lookahead: int, clips: Sequence[MelClip]
) -> list[NDArray[np.float32]]:
    """Sounds of all clips, each an utterance of its own."""
    stream = MelStream(executor, lookahead, mels.NUM_MELS)
    sounds = []
    for clip in clips:
        stream.reset()
        sounds.append(np.concatenate([stream.push(clip.mel), stream.finish()]))
    stream.close()
    return sounds


def compare_sounds(
    reference: Sequence[NDArray[np.float32]],
    candidate: Sequence[NDArray[np.float32]],
    clips: Sequence[MelClip],
) -> Figures:
    """Figures averaged over clips."""
    return mean_figures(
        [
            sound_distance(a, b, clip.speaker)
            for a, b, clip in zip(reference, candidate, clips, strict=True)
        ]
    )


def check_spectrogram(manifest: Manifest) -> None:
    """Refuse packs whose spectrogram is not the one of ``calibrate.voice.mel``.

    Raises:
        ConversionError: Names the fact that differs.
    """
    stage = manifest.stage(STAGE)
    wanted = {
        "mel_n_fft": mels.N_FFT,
        "mel_low_hz": 0.0,
        "mel_high_hz": mels.MAX_HZ,
        "mel_floor": mels.FLOOR,
        "bands": mels.NUM_MELS,
        "sample_rate": SAMPLE_RATE,
        "hop_length": HOP_LENGTH,
    }
    found = {name: manifest.constants[name] for name in wanted if "mel_" in name} | {
        "bands": stage.signature.inputs[0].shape[-1],
        "sample_rate": manifest.audio.sample_rate,
        "hop_length": manifest.audio.hop_length,
    }
    for name, value in wanted.items():
        if found[name] != value:
            raise ConversionError(
                f"pack {manifest.id}: {name} is {found[name]}, recordings are analysed "
                f"with {value}; judge it with mels of its own recipe"
            )
