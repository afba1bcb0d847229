"""Mel, F0 and voicing to sound with trained weights, whole utterances at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from calibrate.voice.checkpoint import load_weights
from calibrate.voice.synthesis_reference import synthesize
from calibrate.voice.vocoder_config import VocoderConfig
from calibrate.voice.vocoder_model import VocoderNetwork, network_input


def load_vocoder(path: Path) -> VocoderNetwork:
    """The network of a ``vocoder.pt``, ready to run.

    Raises:
        TrainingError: Missing or unreadable file.
    """
    config, state, _ = load_weights(path)
    network = VocoderNetwork(VocoderConfig(**config))
    network.load_state_dict(state)
    return network.eval()


@torch.no_grad()
def vocode(
    network: VocoderNetwork,
    mel: NDArray[np.float32],
    f0: NDArray[np.float32],
    voiced: NDArray[np.float32],
    seed: int = 0,
) -> NDArray[np.float32]:
    """Synthesise a whole utterance.

    Args:
        network: From ``load_vocoder``.
        mel: (T, 80) natural log.
        f0: (T,) Hz, continuous.
        voiced: (T,) 0 or 1.
        seed: Of the noise.

    Returns:
        (T * 256,) float32.
    """
    columns = [
        torch.from_numpy(np.asarray(each, np.float32)) for each in (mel, f0, voiced)
    ]
    rows = network_input(*columns)
    lookahead = network.config.lookahead
    flushed = torch.cat([rows, rows.new_zeros(lookahead, rows.shape[1])])
    filters, _ = network(flushed[None])
    arrays = [each[0, lookahead:].numpy() for each in filters]
    harmonic, phase, noise, pulse, excitation = arrays
    sound = synthesize(harmonic, phase, noise, pulse, excitation, f0, voiced, seed=seed)
    return sound.astype(np.float32)
