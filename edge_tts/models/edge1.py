"""Family ``edge1``: the project's own multi-speaker voice.

Tokens pass a convolutional encoder with duration, pitch and energy predictors, are
repeated frame by frame, decoded to log-mels by gated dilated causal convolutions on
pairs of frames, and turned to sound by a source-filter vocoder in the STFT domain.
"""

from __future__ import annotations

from typing import Final

from edge_tts.models.base import ModelFamily, StageNeed

NUM_MELS: Final = 80
FRAMES_PER_ROW: Final = 2
"""Frames that the decoder makes per step."""
FRAME_FEATURES: Final = NUM_MELS + 2
"""Per frame: log-mels, log F0, voicing."""

MEL_FLOOR: Final = -11.513
"""log(1e-5): the floor of the HiFi-GAN log-mel."""
MEL_SCALE: Final = 3.0
LOG_F0_CENTRE: Final = 5.2
LOG_F0_SCALE: Final = 2.0
"""Vocoder input: (mel - floor) / 3, (log F0 - 5.2) * 2, voiced; zeros mean silence."""

EDGE1: Final = ModelFamily(
    id="edge1",
    stages=(
        StageNeed(
            "encoder",
            ("phoneme_ids", "stresses", "word_positions", "speaker_ids"),
            ("hidden", "prosody"),
            streamed=False,
        ),
        StageNeed(
            "conditioner", ("hidden", "pitch_energy"), ("conditioned",), streamed=False
        ),
        StageNeed("decoder", ("x",), ("frames",), streamed=True),
        StageNeed(
            "vocoder",
            ("x",),
            ("log_harmonic", "phase", "log_noise", "log_pulse", "excitation"),
            streamed=True,
        ),
    ),
    constants=(
        "encoder_context",
        "duration_scale",
        "mel_mean",
        "mel_std",
        "log_f0_mean",
        "log_f0_std",
    ),
)
"""``encoder_context`` counts the tokens on either side that can change a token's
outputs, the conditioner's neighbours included; ``log_f0_*`` have a value per speaker.
"""
