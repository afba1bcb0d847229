"""Measures INT8 stages at the audio, against the float twin with the same seed.

Durations, and the pitch that drives the vocoder, are the float twin's throughout; pitch
and voicing are compared by figures of their own. A frame more or less, or a tenth of a
hertz, cannot be heard, but shifts the phase of everything after it: without pinning,
spectra of equal quality differ by 0.08 nat where harmonics and noise meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from calibrate.evaluate.mel_cepstrum import mel_cepstral_distortion
from calibrate.voice.mel import log_mel
from calibrate.voice.recordings import SAMPLE_RATE
from calibrate.voice.tapped_executor import TappedExecutor
from edge_tts.backends.base import StageExecutor
from edge_tts.backends.plan import ChunkPolicy
from edge_tts.engine.open_stream import open_stream
from edge_tts.models.edge1 import FRAME_FEATURES, NUM_MELS
from edge_tts.options import SynthesisOptions
from edge_tts.packs import Manifest
from edge_tts.synthesizer import token_sequence
from edge_tts.text import Frontend

Executors = Mapping[str, StageExecutor]
Sentence = tuple[str, str]
"""Speaker id and text."""

_PESQ_RATE = 16_000
_POLICY = ChunkPolicy(8, 48, 2.0, whole=True)


@dataclass(frozen=True)
class Spoken:
    """What one set of executors made of one sentence."""

    samples: NDArray[np.float32]
    frames: NDArray[np.float32]
    """(T, 82) normalised mel, log-F0 z-score, voicing logit, as decoded."""
    durations: list[NDArray[np.float32]]
    """Predicted log durations, window by window."""


def speak(
    manifest: Manifest,
    executors: Executors,
    sentences: Sequence[Sentence],
    pinned: Sequence[Spoken] | None = None,
) -> list[Spoken]:
    """Speak sentences, with the durations of ``pinned`` if given."""
    frontend = Frontend()
    spoken = []
    for index, (speaker, text) in enumerate(sentences):
        pin = _Pin(pinned[index] if pinned else None)
        encoder = TappedExecutor(executors["encoder"], pin.durations)
        decoder = TappedExecutor(executors["decoder"], pin.pitch)
        tapped = {**executors, "encoder": encoder, "decoder": decoder}
        opened = open_stream(manifest, tapped, manifest.speaker(speaker).index)
        samples = [
            part.samples
            for utterance in frontend.utterances(text)
            for part in opened.stream.synthesize(
                token_sequence(utterance), SynthesisOptions(), _POLICY
            )
        ]
        for run in opened.runs:
            run.close()
        spoken.append(
            Spoken(
                np.concatenate(samples),
                np.concatenate(pin.decoded),
                [out["prosody"][:, 0] for out in encoder.outputs],
            )
        )
    return spoken


def compare(
    manifest: Manifest,
    sentences: Sequence[Sentence],
    reference: Sequence[Spoken],
    candidate: Sequence[Spoken],
) -> dict[str, float]:
    """Figures of ``candidate`` against ``reference``, averaged over sentences.

    Returns:
        ``pesq_wb``, ``log_mel_l1`` (nat), ``mcd_db``, ``f0_rmse_hz``, ``vuv_error``
        (share of frames) and ``pcm_snr_db``.
    """
    means = np.asarray(manifest.constants["log_f0_mean"], np.float32)
    stds = np.asarray(manifest.constants["log_f0_std"], np.float32)
    rows = [
        _compare(a, b, means[k := manifest.speaker(speaker).index], stds[k])
        for (speaker, _), a, b in zip(sentences, reference, candidate, strict=True)
    ]
    return {
        name: round(float(np.mean([row[name] for row in rows])), 5) for name in rows[0]
    }


def _compare(a: Spoken, b: Spoken, mean: float, std: float) -> dict[str, float]:
    from pesq import pesq

    resampled = [soxr.resample(x.samples, SAMPLE_RATE, _PESQ_RATE) for x in (a, b)]
    error = float(np.square(a.samples - b.samples).sum())
    voiced = [spoken.frames[:, NUM_MELS + 1] > 0 for spoken in (a, b)]
    both = voiced[0] & voiced[1]
    f0 = [np.exp(spoken.frames[both, NUM_MELS] * std + mean) for spoken in (a, b)]
    power = float(np.square(a.samples).sum())
    mels = log_mel(a.samples), log_mel(b.samples)
    return {
        "pesq_wb": float(pesq(_PESQ_RATE, *resampled, "wb")),
        "log_mel_l1": float(np.abs(mels[0] - mels[1]).mean()),
        "mcd_db": mel_cepstral_distortion(*mels),
        "f0_rmse_hz": float(np.sqrt(np.square(f0[0] - f0[1]).mean())),
        "vuv_error": float((voiced[0] != voiced[1]).mean()),
        "pcm_snr_db": 10.0 * float(np.log10(power / max(error, 1e-12))),
    }


class _Pin:
    """Puts the reference's durations and pitch in place of a candidate's."""

    def __init__(self, reference: Spoken | None) -> None:
        self._reference = reference
        self._first = 0
        self.decoded: list[NDArray[np.float32]] = []
        """What the decoder itself said, (T, 82) per run."""

    def durations(self, run: int, outputs: dict[str, NDArray[Any]]) -> None:
        if self._reference is not None:
            outputs["prosody"][:, 0] = self._reference.durations[run]

    def pitch(self, run: int, outputs: dict[str, NDArray[Any]]) -> None:
        frames = outputs["frames"].reshape(-1, FRAME_FEATURES)
        self.decoded.append(frames.copy())
        if self._reference is not None:
            part = slice(self._first, self._first + len(frames))
            frames[:, NUM_MELS:] = self._reference.frames[part, NUM_MELS:]
            self._first += len(frames)
