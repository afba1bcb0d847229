"""Sizes of the acoustic model; holds no arithmetic but its geometry."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from edge_tts.text.phonemes import NUM_STRESSES, NUM_WORD_POSITIONS, SYMBOLS

NUM_MELS = 80
POSITION_FEATURES = 4
"""Features that the length regulator adds to each frame."""
FRAME_OUTPUTS = NUM_MELS + 2
"""Normalised mel, log-F0 z-score, voicing logit."""


@dataclass(frozen=True)
class AcousticConfig:
    """Everything needed to build the network that a checkpoint belongs to."""

    num_symbols: int = len(SYMBOLS)
    num_stresses: int = NUM_STRESSES
    num_word_positions: int = NUM_WORD_POSITIONS
    num_speakers: int = 4
    width: int = 192
    """Channels of the encoder and of the conditioned phoneme vectors."""
    encoder_taps: int = 5
    encoder_dilations: tuple[int, ...] = (1, 1, 2, 1)
    duration_taps: int = 3
    duration_layers: int = 2
    contour_width: int = 128
    """Channels of the separate network that predicts pitch and energy."""
    contour_dilations: tuple[int, ...] = (1, 2, 4, 8)
    """Wider than the encoder's: intonation depends on where the sentence ends."""
    decoder_width: int = 192
    decoder_taps: int = 3
    decoder_dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 1)
    frames_per_step: int = 2
    """Mel frames that the decoder makes at once."""
    lookahead: int = 2
    """Decoder steps, realised as a delay of its output."""

    @property
    def frame_features(self) -> int:
        """Channels of one regulated frame."""
        return self.width + POSITION_FEATURES

    @property
    def encoder_reach(self) -> int:
        """Tokens to each side on which ``hidden`` and ``prosody`` can depend."""
        side = self.encoder_taps // 2
        hidden = side * sum(self.encoder_dilations)
        duration = hidden + self.duration_taps // 2 * self.duration_layers
        return max(duration, side * sum(self.contour_dilations))

    @property
    def receptive_field(self) -> int:
        """Tokens on which one encoder output can depend."""
        return 2 * self.encoder_reach + 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> AcousticConfig:
        """Inverse of ``to_dict``; sequences may have become lists."""
        return cls(
            **{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        )
