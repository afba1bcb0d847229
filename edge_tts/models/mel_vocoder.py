"""Family ``mel_vocoder``: log-mel spectrograms to samples.

HiFi-GAN generators and their relatives. The pack's constants say how the spectrogram is
made that the network was trained on.
"""

from __future__ import annotations

from typing import Final

from edge_tts.models.base import ModelFamily, StageNeed

STAGE: Final = "vocoder"
MEL: Final = "mel"
"""Input (T, bands): natural logarithms of mel magnitudes."""
VALID: Final = "valid"
"""Input (T, 1): 1 for frames of the utterance, 0 for those that flush the delay."""
WAVE: Final = "wave"
"""Output (T * hop_length, 1)."""

MEL_VOCODER: Final = ModelFamily(
    id="mel_vocoder",
    stages=(StageNeed(STAGE, (MEL, VALID), (WAVE,), streamed=True),),
    constants=("mel_n_fft", "mel_low_hz", "mel_high_hz", "mel_floor"),
    refusal=(
        "it turns mel spectrograms into sound and has no text stages; use "
        "edge_tts.MelVocoder, or name another voice"
    ),
)
"""``mel_floor`` is the smallest magnitude before the logarithm."""
