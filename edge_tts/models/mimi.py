"""Mimi, the codec of several families: names of its stages and tables."""

from __future__ import annotations

from typing import Final

DECODER: Final = "mimi_decoder"
"""Sums of codebook rows (T, 2 * codebook width) -> hidden rows, some per frame."""
SYNTHESIS: Final = "mimi_synthesis"
"""Hidden rows -> samples."""
ANALYSIS: Final = "mimi_analysis"
"""Samples -> rows, the convolutional half of the encoder."""
ENCODER: Final = "mimi_encoder"
"""Rows -> hidden rows."""
DOWNSAMPLE: Final = "mimi_downsample"
"""Hidden rows -> what the quantisers search for."""
CODEBOOKS: Final = "mimi_codebooks"
"""Table: row ``q * codebook size + code``."""

LATENTS: Final = "latents"
HIDDEN: Final = "hidden"
SAMPLES: Final = "samples"
VALID: Final = "valid"
ROWS: Final = "rows"
WAVE: Final = "wave"
