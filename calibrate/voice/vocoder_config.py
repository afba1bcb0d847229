"""Size and framing of the vocoder; holds no weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

SAMPLE_RATE: Final = 22050
HOP_LENGTH: Final = 256
NUM_MELS: Final = 80
MEL_FLOOR: Final = -11.513
"""log(1e-5), the mel value of silence."""
MEL_SCALE: Final = 3.0
LOG_F0_CENTRE: Final = 5.2
LOG_F0_SCALE: Final = 2.0
N_FFT: Final = 512
"""Synthesis transform."""
SUBFRAME: Final = 128
"""Hop of the synthesis transform; two subframes a frame."""
SUBFRAMES: Final = HOP_LENGTH // SUBFRAME
NUM_BINS: Final = N_FFT // 2 + 1
NUM_BANDS: Final = 64
"""Mel-spaced bands of the two noise envelopes."""
NUM_GAINS: Final = 8
"""Noise gains a frame, one per 32 samples."""
MIN_LOG: Final = -12.0
MAX_LOG: Final = 6.0


@dataclass(frozen=True)
class VocoderConfig:
    """Size of the vocoder's network."""

    channels: int = 160
    expansion: int = 2
    num_blocks: int = 8
    kernel_size: int = 7
    lookahead: int = 2
    """Frames after the present one that the network sees."""

    @property
    def num_inputs(self) -> int:
        """Columns of the input: 80 mels, log F0, voicing."""
        return NUM_MELS + 2

    @property
    def num_taps(self) -> int:
        """Frames that the input layer sees at once."""
        return 2 * self.lookahead + 1

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for checkpoints."""
        return asdict(self)
