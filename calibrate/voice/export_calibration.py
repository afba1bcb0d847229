"""Speaks training sentences with the float networks to collect calibration inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.export_builder import StageNetwork
from calibrate.voice.recording_executor import RecordingExecutor
from edge_tts.backends.plan import ChunkPolicy
from edge_tts.engine.open_stream import open_stream
from edge_tts.options import SynthesisOptions
from edge_tts.packs import Manifest
from edge_tts.synthesizer import token_sequence
from edge_tts.text import Frontend

Recorded = dict[str, list[dict[str, NDArray[Any]]]]
"""Stage id -> inputs of its runs."""


def record_inputs(
    manifest: Manifest,
    networks: Mapping[str, StageNetwork],
    texts: Sequence[tuple[str, str]],
) -> tuple[Recorded, list[NDArray[np.float32]]]:
    """Run whole texts through the float stages.

    Args:
        manifest: The pack's, without variants that matter here.
        networks: Stage id -> network.
        texts: (speaker id, text) pairs.

    Returns:
        Inputs of every stage, and the samples of every text.
    """
    executors = {
        stage.id: RecordingExecutor(networks[stage.id], stage.signature)
        for stage in manifest.stages
    }
    policy = ChunkPolicy(8, 48, 2.0, whole=True)
    frontend = Frontend()
    speech = []
    for speaker, text in texts:
        index = manifest.speaker(speaker).index
        stream = open_stream(manifest, executors, index).stream
        parts = [
            part.samples
            for utterance in frontend.utterances(text)
            for part in stream.synthesize(
                token_sequence(utterance), SynthesisOptions(), policy
            )
        ]
        speech.append(np.concatenate(parts))
    recorded = {
        stage_id: [run for run in executor.inputs if _num_rows(run) > 2]
        for stage_id, executor in executors.items()
    }
    return recorded, speech


def _num_rows(run: Mapping[str, NDArray[Any]]) -> int:
    """Runs of a row or two flush a delay and hold zeros."""
    return min(len(value) for value in run.values())
