"""What Sopro makes of a reference recording: names of stages, tables and values."""

from __future__ import annotations

from typing import Final

from edge_tts.models.mimi import ANALYSIS, DOWNSAMPLE, ENCODER

SPEAKER: Final = "speaker"
"""Mixed rows of the speaker table -> rows and their scores."""
SPEAKER_OUT: Final = "speaker_out"
"""Pooled rows -> speaker vector."""
REFERENCE: Final = "reference"
"""Mixed rows of the code table -> keys and values ``k0 v0 k1 v1 ...``."""
REFERENCE_STAGES: Final = (
    ANALYSIS,
    ENCODER,
    DOWNSAMPLE,
    SPEAKER,
    SPEAKER_OUT,
    REFERENCE,
)
"""Stages that cloning opens and speaking does not."""

SPEAKER_TABLE: Final = "speaker_table"
"""Row ``q * codebook size + code``."""
SPEAKER_WEIGHTS: Final = "speaker_weights"
"""Share of each codebook in the speaker's rows."""
CODE_TABLE: Final = "code_table"
"""Row ``q * codebook size + code``, and one row more for the beginning."""
REFERENCE_WEIGHTS: Final = "reference_weights"
"""Share of each codebook in the reference's rows."""
NUM_CODEBOOKS: Final = "num_codebooks"
CODEBOOK_SIZE: Final = "codebook_size"


def is_for_cloning(constant: str) -> bool:
    """Whether a constant is read by cloning alone, which speech need not load."""
    name = constant.removesuffix("_scale")
    return name in (SPEAKER_TABLE, SPEAKER_WEIGHTS, REFERENCE_WEIGHTS)
