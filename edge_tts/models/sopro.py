"""Families ``sopro1.5`` and ``sopro1``: voices cloned from seconds of a recording.

Text tokens pass a convolutional encoder. A generator of dilated causal convolutions,
with attention to the text, writes the first of 32 codebooks frame by frame, at 12.5 Hz;
refinement fills in the others in four passes; the decoder of the Mimi codec turns codes
into sound. The speaker enters as a vector and as keys and values.

v1.5 refines with convolutions that look 90 frames ahead, v1 with causal ones.
"""

from __future__ import annotations

from typing import Final

from edge_tts.models.base import MORE, ModelFamily, StageNeed

PASSES: Final = ("b", "c", "d", "e")
"""Refinement passes, as in the ids of stages."""
CODE_WIDTH: Final = 512
"""Channels between the parts of the codec's decoder."""
_BEFORE: Final = (
    StageNeed("text", ("x",), ("hidden", MORE), streamed=False),
    StageNeed("style", ("speaker",), ("style",), streamed=False),
    StageNeed("cond", ("x", "style", MORE), ("cond",), streamed=False),
    StageNeed("ar", ("x", MORE), ("logits",), streamed=True),
)
_AFTER: Final = (
    StageNeed("mimi_decoder", ("latents",), ("hidden",), streamed=True),
    StageNeed("mimi_synthesis", ("hidden",), ("wave",), streamed=True),
)
_CONSTANTS: Final = (
    "num_codebooks",
    "codebook_size",
    "min_frames",
    "max_frames",
    "style_strength",
    "text_table",
    "code_table",
    "text_positions",
    "frame_positions",
    "code_weights",
    "mixes",
    "history_weights",
    "mimi_codebooks",
)

SOPRO_1_5: Final = ModelFamily(
    id="sopro1.5",
    stages=(
        *_BEFORE,
        StageNeed("nar", ("x", "style"), ("code",), streamed=False),
        *(
            StageNeed(f"heads_{name}", ("x",), ("logits",), streamed=False)
            for name in PASSES
        ),
        *_AFTER,
    ),
    constants=(*_CONSTANTS, "nar_styles"),
)
SOPRO_1: Final = ModelFamily(
    id="sopro1",
    stages=(
        *_BEFORE,
        *(
            StageNeed(f"nar_{name}", ("x",), ("logits",), streamed=True)
            for name in PASSES
        ),
        *_AFTER,
    ),
    constants=(*_CONSTANTS, "stop_threshold", "stop_patience", "prompt_frames"),
)


def family_of(version: str) -> ModelFamily:
    """The family of a published version, ``1.5`` or ``1``."""
    return {"1.5": SOPRO_1_5, "1": SOPRO_1}[version]
