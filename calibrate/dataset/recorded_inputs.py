"""What the stages of a pack are given while it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError
from calibrate.evaluate.recordings import MelClip
from calibrate.evaluate.replayed_executor import ReplayedExecutor
from calibrate.quantize.float_stacks import FloatStack
from calibrate.voice.export_quality import speak
from edge_tts.backends.native_session import NativeSession
from edge_tts.backends.registry import open_executors
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.engine.edge1_constants import Edge1Constants
from edge_tts.models.edge1 import NUM_MELS
from edge_tts.models.mel_vocoder import MEL, STAGE, VALID
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Manifest
from edge_tts.packs.voice_library import VoiceLibrary

MIN_ROWS: Final = 3
"""Runs of fewer rows flush a delay and hold zeros."""
SPEAKING_VOICE: Final = "edge-en"
"""Whose spectrograms a vocoder without a front end is given."""
Arrays = dict[str, NDArray[Any]]
Sentence = tuple[str, str]
"""Speaker id and text."""


def record_inputs(
    manifest: Manifest, stacks: Mapping[str, FloatStack], sentence: Sentence
) -> dict[str, list[Arrays]]:
    """Stage id -> inputs of its runs while one sentence is spoken in float.

    Raises:
        ConversionError: The family has no front end known here.
    """
    if manifest.family == "mel_vocoder":
        spec = stacks[STAGE].spec
        clip = spoken_mel(sentence)
        return {STAGE: [vocoder_inputs(clip.mel, spec.lookahead, bool(spec.valid))]}
    if manifest.family != "edge1":
        raise ConversionError(
            f"pack {manifest.id}: no data set for family {manifest.family} yet"
        )
    taps = {
        stage.id: ReplayedExecutor(
            NativeSession(
                stacks[stage.id].spec, stacks[stage.id].tensors, stage.signature
            )
        )
        for stage in manifest.stages
        if stage.id in stacks
    }
    speak(manifest, taps, [sentence])
    return {
        name: [
            dict(step[0])
            for step in tap.steps
            if step is not None and min(map(len, step[0].values())) >= MIN_ROWS
        ]
        for name, tap in taps.items()
    }


def spoken_mel(sentence: Sentence) -> MelClip:
    """The log-mels that the default voice makes of a sentence, before its vocoder."""
    resolved = VoiceLibrary().resolve(SPEAKING_VOICE)
    manifest = resolved.manifest
    plan = plan_for_this_machine(manifest, RuntimeOptions(measured_plan=False))
    variants = {name: choice.variant for name, choice in plan.choices.items()}
    with resolved.open() as pack:
        executors = open_executors(pack, variants)
    (spoken,) = speak(manifest, executors, [sentence])
    for executor in executors.values():
        executor.close()
    constants = Edge1Constants.from_pack(manifest.constants, len(manifest.speakers))
    mel = spoken.frames[:, :NUM_MELS] * constants.mel_std + constants.mel_mean
    return MelClip(sentence[1][:40], sentence[0], mel.astype(np.float32))


def vocoder_inputs(mel: NDArray[np.float32], lookahead: int, valid: bool) -> Arrays:
    """One whole utterance for a mel vocoder, flushed by rows that are not valid."""
    rows = np.concatenate([mel, np.zeros((lookahead, mel.shape[1]), np.float32)])
    inputs = {MEL: rows.astype(np.float32)}
    if valid:
        inputs[VALID] = (np.arange(len(rows)) < len(mel))[:, None].astype(np.float32)
    return inputs
