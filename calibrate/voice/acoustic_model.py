"""The stages of the acoustic model joined as in training."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from calibrate.voice.acoustic_config import (
    FRAME_OUTPUTS,
    NUM_MELS,
    AcousticConfig,
)
from calibrate.voice.acoustic_decoder import Decoder
from calibrate.voice.acoustic_encoder import Conditioner, Encoder
from calibrate.voice.acoustic_regulator import regulate
from edge_tts.text.phonemes import PAUSES, SYMBOL_IDS

FIRST_PAUSE = SYMBOL_IDS[PAUSES[0]]
"""Symbol ids from here on are pauses."""
MAX_FRAMES = 150


@dataclass(frozen=True)
class AcousticOutput:
    """What the model says of a batch."""

    prosody: Tensor
    """(batch, N, 3) predicted log(frames + 1), F0 and energy z-scores."""
    mel: Tensor
    """(batch, T, 80) normalised."""
    log_f0: Tensor
    """(batch, T) z-score by speaker."""
    voicing: Tensor
    """(batch, T) logit."""


class AcousticModel(nn.Module):
    """Encoder, conditioner, length regulator and decoder."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.conditioner = Conditioner(config)
        self.decoder = Decoder(config)

    def forward(
        self,
        tokens: Tensor,
        speakers: Tensor,
        mask: Tensor,
        durations: Tensor,
        pitch_energy: Tensor,
        num_frames: int,
    ) -> AcousticOutput:
        """Predict with given durations, pitch and energy.

        Args:
            tokens: (batch, N, 3) int64.
            speakers: (batch, N) int64.
            mask: (batch, N, 1) float32.
            durations: (batch, N) int64 frames.
            pitch_energy: (batch, N, 2) float32 z-scores.
            num_frames: Even number of frames to make.
        """
        hidden, prosody = self.encoder(tokens, speakers, mask)
        frames = self.decode(
            self.conditioner(hidden, pitch_energy, mask), durations, num_frames
        )
        return AcousticOutput(
            prosody,
            frames[..., :NUM_MELS],
            frames[..., NUM_MELS],
            frames[..., NUM_MELS + 1],
        )

    def decode(self, vectors: Tensor, durations: Tensor, num_frames: int) -> Tensor:
        """Regulate and decode: (batch, N, width) to (batch, num_frames, 82)."""
        pair = self.config.frames_per_step
        frames = regulate(vectors, durations, num_frames)
        pairs = frames.reshape(len(frames), num_frames // pair, -1)
        decoded: Tensor = self.decoder(pairs)
        return decoded.reshape(len(frames), num_frames, FRAME_OUTPUTS)

    @torch.no_grad()
    def speak(self, tokens: Tensor, speaker: int) -> tuple[Tensor, AcousticOutput]:
        """Synthesise one sentence with predicted prosody.

        Args:
            tokens: (N, 3) int64.
            speaker: Speaker id.

        Returns:
            (N,) int64 durations and the output, batch of one.
        """
        tokens = tokens[None]
        speakers = torch.full(tokens.shape[:2], speaker)
        mask = torch.ones(*tokens.shape[:2], 1)
        hidden, prosody = self.encoder(tokens, speakers, mask)
        durations = predicted_durations(prosody[..., 0], tokens[..., 0])
        num_frames = int(durations.sum())
        num_frames += -num_frames % self.config.frames_per_step
        frames = self.decode(
            self.conditioner(hidden, prosody[..., 1:], mask), durations, num_frames
        )
        return durations[0], AcousticOutput(
            prosody,
            frames[..., :NUM_MELS],
            frames[..., NUM_MELS],
            frames[..., NUM_MELS + 1],
        )


def predicted_durations(log_frames: Tensor, symbols: Tensor) -> Tensor:
    """Whole frames from the encoder's first output; only a pause may have none."""
    frames = torch.round(torch.exp(log_frames) - 1).clamp(0, MAX_FRAMES).long()
    return torch.maximum(frames, (symbols < FIRST_PAUSE).long())
