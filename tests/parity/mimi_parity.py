"""Compares a converted Mimi of the real size with the public code, stage by stage.

Needs torch and transformers: ``python -m tests.parity.mimi_parity``. The recording is
longer than the window of the attention, and ends within a frame.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from calibrate.convert.mimi import convert_mimi
from edge_tts.backends.native_session import NativeSession
from edge_tts.engine.embedding_table import EmbeddingTable
from edge_tts.engine.mimi_decoder import MimiDecoder
from edge_tts.engine.mimi_encoder import MimiEncoder
from edge_tts.models.mimi import (
    ANALYSIS,
    CODEBOOKS,
    DECODER,
    DOWNSAMPLE,
    ENCODER,
    SYNTHESIS,
)
from tests.parity.random_mimi import mimi_vectors, random_mimi

FRAMES: Final = 160
SAMPLES: Final = 150 * 1920 + 701
BOUND: Final = 1e-4
"""Largest error as part of the root mean square."""
SNR_DB: Final = 80.0


def compare() -> dict[str, float]:
    """Stage -> largest error as part of the root mean square; codes that differ."""
    model = random_mimi(1, num_quantizers=32)
    vectors = mimi_vectors(model, FRAMES, SAMPLES, 2)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        parts = convert_mimi(Path(folder), 32)
        sessions = {
            stage.id: NativeSession(stage.spec, stage.tensors) for stage in parts.stages
        }
    size = parts.config.codebook_size
    books = (EmbeddingTable(parts.tables[CODEBOOKS], None, CODEBOOKS), 32, size)
    mimi = MimiEncoder(*(sessions[s] for s in (ANALYSIS, ENCODER, DOWNSAMPLE)), *books)
    latents = mimi.latents(vectors["sound"])
    codes = mimi.quantize(latents)
    wave = MimiDecoder(sessions[DECODER], sessions[SYNTHESIS], *books).push(
        vectors["codes"]
    )
    noise = np.square(wave.astype(np.float64) - vectors["wave"]).mean()
    power = np.square(vectors["wave"], dtype=np.float64).mean()
    return {
        "latents": _error(latents, vectors["latents"]),
        "codes that differ": float((codes != vectors["heard"]).mean()),
        "wave": _error(wave, vectors["wave"]),
        "wave snr": float(10 * np.log10(power / noise)),
    }


def _error(found: np.ndarray, expected: np.ndarray) -> float:
    rms = np.sqrt(np.square(expected, dtype=np.float64).mean())
    return float(np.abs(found.astype(np.float64) - expected).max() / rms)


def main() -> int:
    """Print the figures; 1 where one misses its bound."""
    found = compare()
    for name, value in found.items():
        print(f"{name:20} {value:.3g}")
    good = found["latents"] <= BOUND and found["wave"] <= BOUND
    return int(not (good and found["wave snr"] >= SNR_DB))


if __name__ == "__main__":
    raise SystemExit(main())
