"""Judges the acoustic model on sentences that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from calibrate.voice.acoustic_batches import collate
from calibrate.voice.acoustic_dataset import AcousticClip
from calibrate.voice.acoustic_measures import (
    cepstra,
    is_speech,
    mel_cepstral_distortion,
    time_warp,
)
from calibrate.voice.acoustic_model import FIRST_PAUSE, AcousticModel
from calibrate.voice.acoustic_stats import AcousticStats
from edge_tts.text.phonemes import SHORT_PAUSE, SYMBOL_IDS

_MILLISECONDS_PER_FRAME = 256 / 22050 * 1000


def evaluate(
    model: AcousticModel, stats: AcousticStats, clips: Sequence[AcousticClip]
) -> dict[str, dict[str, float]]:
    """Compare recordings with the model, by speaker.

    Free-running measures use predicted durations and pitch and align by time warping;
    ``forced`` ones use those of the recording. One take of each sentence is used.

    Returns:
        Speaker -> measure -> value: ``mcd_db``, ``f0_rmse_hz``, ``f0_correlation``,
        ``voicing_error_percent``, ``f0_spread_ratio``, ``length_ratio``,
        ``duration_correlation``, ``duration_rmse_ms``, ``mcd_forced_db``,
        ``mel_l1_forced``, ``variance_ratio_forced``, ``clips``.
    """
    report = {}
    for speaker in dict.fromkeys(clip.clip.speaker for clip in clips):
        own = {c.clip.sentence_id: c for c in clips if c.clip.speaker == speaker}
        rows = [_measure(model, stats, clip) for clip in own.values()]
        means = {
            name: float(np.mean([scalars[name] for scalars, _ in rows]))
            for name in rows[0][0]
        }
        real, made = np.concatenate([lengths for _, lengths in rows], axis=1)
        means["duration_correlation"] = float(np.corrcoef(real, made)[0, 1])
        error = float(np.sqrt(np.mean((real - made) ** 2)))
        means["duration_rmse_ms"] = error * _MILLISECONDS_PER_FRAME
        report[speaker] = {**means, "clips": float(len(rows))}
    return report


def _measure(
    model: AcousticModel, stats: AcousticStats, clip: AcousticClip
) -> tuple[dict[str, float], NDArray[np.int64]]:
    speaker = clip.clip.speaker_id
    # A short pause without punctuation exists only in recordings.
    kept = clip.tokens[:, 0] != SYMBOL_IDS[SHORT_PAUSE]
    tokens = clip.tokens[kept]
    durations, output = model.speak(torch.from_numpy(tokens), speaker)
    real = clip.mel.astype(np.float32)
    made = stats.denormalise_mel(output.mel[0].numpy())
    real_f0 = np.exp(clip.log_f0 * stats.f0_std[speaker] + stats.f0_mean[speaker])
    made_f0 = stats.denormalise_f0(output.log_f0[0].numpy(), speaker)
    made_voiced = output.voicing[0].numpy() > 0
    real_cepstra, made_cepstra = cepstra(real), cepstra(made)
    first, second = time_warp(real_cepstra, made_cepstra)
    heard = is_speech(real)[first]
    distortion = mel_cepstral_distortion(real_cepstra[first], made_cepstra[second])
    voiced = clip.voiced[first] & made_voiced[second]
    f0 = real_f0[first][voiced], made_f0[second][voiced]
    differs = clip.voiced[first] != made_voiced[second]
    forced = _forced_mel(model, stats, clip)
    loud = is_speech(real)
    forced_distortion = mel_cepstral_distortion(real_cepstra, cepstra(forced))
    scalars = {
        "mcd_db": float(distortion[heard].mean()),
        "f0_rmse_hz": float(np.sqrt(np.mean((f0[0] - f0[1]) ** 2))),
        "f0_correlation": float(np.corrcoef(*f0)[0, 1]),
        "voicing_error_percent": float(100 * differs[heard].mean()),
        "f0_spread_ratio": float(
            np.log(made_f0[made_voiced]).std() / np.log(real_f0[clip.voiced]).std()
        ),
        "length_ratio": len(made) / len(real),
        "mcd_forced_db": float(forced_distortion[loud].mean()),
        "mel_l1_forced": float(np.abs(real - forced).mean()),
        "variance_ratio_forced": float(
            np.mean(forced[loud].std(axis=0) / real[loud].std(axis=0))
        ),
    }
    phonemes = tokens[:, 0] < FIRST_PAUSE
    lengths = np.stack([clip.durations[kept][phonemes], durations.numpy()[phonemes]])
    return scalars, lengths


def _forced_mel(
    model: AcousticModel, stats: AcousticStats, clip: AcousticClip
) -> NDArray[np.float32]:
    batch = collate([clip], stats)
    with torch.no_grad():
        output = model(
            batch.tokens,
            batch.speakers,
            batch.mask,
            batch.durations,
            batch.pitch_energy,
            batch.mel.shape[1],
        )
    return stats.denormalise_mel(output.mel[0, : clip.num_frames].numpy())
