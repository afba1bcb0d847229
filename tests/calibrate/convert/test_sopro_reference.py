"""Reference stages compute what the public code does; see ``tests/parity``."""

from __future__ import annotations

import numpy as np
import pytest

from calibrate.convert.sopro_reference import reference_stages
from edge_tts.backends.native_session import NativeSession
from edge_tts.cpu import native_library
from edge_tts.engine.reference_encoder import ReferenceEncoder
from edge_tts.models.sopro_reference import (
    REFERENCE,
    REFERENCE_WEIGHTS,
    SPEAKER,
    SPEAKER_OUT,
    SPEAKER_TABLE,
    SPEAKER_WEIGHTS,
)
from tests.calibrate.convert.small_cloning_pack import (
    checkpoint,
    reference_vectors,
    small_config,
)
from tests.calibrate.convert.small_mimi import FloatRows, relative_error

LIBRARY = native_library()
pytestmark = pytest.mark.skipif(LIBRARY.handle is None, reason=LIBRARY.reason or "-")
BOUND = 1e-5


@pytest.mark.parametrize("version", ["1", "1.5"])
def test_gives_the_voice_of_the_reference(version: str) -> None:
    source = checkpoint(version)
    stages, tables = reference_stages(source, small_config(version))
    known = {stage.id: NativeSession(stage.spec, stage.tensors) for stage in stages}
    encoder = ReferenceEncoder(
        known[SPEAKER],
        known[SPEAKER_OUT],
        known[REFERENCE],
        speaker_table=FloatRows(tables[SPEAKER_TABLE]),
        code_table=FloatRows(source.take("cb_embed.emb.weight")),
        speaker_weights=tables[SPEAKER_WEIGHTS],
        reference_weights=tables[REFERENCE_WEIGHTS],
        codebook_size=small_config(version).codebook_size,
    )
    vectors = reference_vectors(version)
    found = encoder.encode(vectors["codes"])
    assert relative_error(found.speaker, vectors["speaker"]) <= BOUND
    assert np.square(found.speaker).sum() == pytest.approx(1, abs=1e-5)
    assert len(found.keys) == len(found.values) == 3
    for index, (keys, values) in enumerate(zip(found.keys, found.values, strict=True)):
        assert relative_error(keys, vectors[f"key{index}"]) <= BOUND
        assert relative_error(values, vectors[f"value{index}"]) <= BOUND
