"""A codec in its published layout becomes stages that compute what the reference does.

The vectors come from the reference with every parameter random, see
``tests/parity/random_mimi.py``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError
from calibrate.convert.mimi import convert_mimi
from calibrate.graphs.build_onnx import build_onnx
from edge_tts.cpu import native_library
from edge_tts.models.mimi import CODEBOOKS, SYNTHESIS
from edge_tts.network.reference import run_reference
from edge_tts.packs.tensor_file import TensorFile
from edge_tts.packs.tensor_writer import encode_tensors
from tests.calibrate.convert.small_mimi import (
    CODEBOOK_SIZE,
    FOLDER,
    NUM_CODEBOOKS,
    decoder,
    encoder,
    relative_error,
    small_mimi,
    vectors,
)

LIBRARY = native_library()
needs_kernels = pytest.mark.skipif(LIBRARY.handle is None, reason=LIBRARY.reason or "-")
BOUND = 1e-5


@needs_kernels
def test_decodes_as_the_reference() -> None:
    wave = decoder().push(vectors()["codes"])
    assert relative_error(wave, vectors()["wave"]) <= BOUND


@needs_kernels
def test_finds_the_same_latents_and_codes() -> None:
    """The sound ends within a frame: its last rows depend on how the end is padded."""
    latents = encoder().latents(vectors()["sound"])
    assert relative_error(latents, vectors()["latents"]) <= BOUND
    assert np.array_equal(encoder().quantize(latents), vectors()["heard"])


def test_every_stage_runs_in_numpy_and_as_a_graph() -> None:
    """Two chunks, so that the graph's states matter."""
    for stage in small_mimi().stages:
        model = build_onnx(stage.spec, stage.tensors)
        session = onnxruntime.InferenceSession(
            model, providers=["CPUExecutionProvider"]
        )
        random = np.random.default_rng(0)
        inputs = {
            given.name: random.standard_normal((6, given.channels)).astype(np.float32)
            for given in stage.spec.inputs
        }
        if "valid" in inputs:
            inputs["valid"] = np.ones_like(inputs["valid"])
            inputs["valid"][5, 3:] = 0
        expected, _ = run_reference(stage.spec, stage.tensors, inputs)
        states: dict[str, NDArray[Any]] = dict(stage.spec.zero_states())
        parts = []
        for part in (slice(0, 2), slice(2, 6)):
            feeds = {name: rows[part] for name, rows in inputs.items()}
            names = [*stage.spec.outputs, *(f"{name}_next" for name in states)]
            output, *after = session.run(names, {**feeds, **states})
            states = dict(zip(states, after, strict=True))
            parts.append(output)
        (whole,) = expected.values()
        assert relative_error(np.concatenate(parts), whole) <= BOUND


def test_codebooks_are_means_of_what_used_them() -> None:
    source = TensorFile(
        memoryview((FOLDER / "model.safetensors").read_bytes()), "model"
    )
    path = "quantizer.acoustic_residual_vector_quantizer.layers.1.codebook"
    total, used = source[f"{path}.embed_sum"], source[f"{path}.cluster_usage"]
    table = small_mimi().tables[CODEBOOKS].reshape(NUM_CODEBOOKS, CODEBOOK_SIZE, -1)
    assert used[0] == 0, "the vectors need a code that was never used"
    assert np.array_equal(table[2, 0], total[0] / np.float32(1e-5))
    assert np.array_equal(table[2, 3], total[3] / used[3])


def test_fewer_codebooks_are_the_first_ones() -> None:
    parts = convert_mimi(FOLDER, 3)
    assert len(parts.tables[CODEBOOKS]) == 3 * CODEBOOK_SIZE
    with pytest.raises(ConversionError, match="has 4 codebooks, 5 are needed"):
        convert_mimi(FOLDER, 5)


def test_samples_per_frame() -> None:
    config = small_mimi().config
    (synthesis,) = (item for item in small_mimi().stages if item.id == SYNTHESIS)
    rate = synthesis.spec.values["wave"].rate
    assert config.samples_per_frame == 2 * rate == 12


def test_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    def broken(
        change_settings: Callable[[dict[str, Any]], object] = lambda settings: None,
        change_tensors: Callable[[dict[str, Any]], object] = lambda tensors: None,
    ) -> str:
        folder = tmp_path / "codec"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        settings = json.loads((FOLDER / "config.json").read_text())
        change_settings(settings)
        (folder / "config.json").write_text(json.dumps(settings))
        path = FOLDER / "model.safetensors"
        tensors = dict(TensorFile(memoryview(path.read_bytes()), "model"))
        change_tensors(tensors)
        (folder / path.name).write_bytes(encode_tensors(tensors))
        with pytest.raises(ConversionError) as caught:
            convert_mimi(folder, NUM_CODEBOOKS)
        return str(caught.value)

    lost = "decoder.layers.0.conv.bias"
    assert f"tensor {lost} is missing" in broken(change_tensors=lambda t: t.pop(lost))
    extra = {"decoder.layers.99.conv.bias": np.zeros(3, np.float32)}
    assert "unknown tensors decoder.layers.99" in broken(
        change_tensors=lambda t: t.update(extra)
    )
    assert "use_causal_conv is False" in broken(
        lambda s: s.update(use_causal_conv=False)
    )
    assert "hidden_act is 'relu'" in broken(lambda s: s.update(hidden_act="relu"))
    assert "sliding_window is None" in broken(lambda s: s.pop("sliding_window"))
    assert "hidden_size is 32, its tensors say 16" in broken(
        lambda s: s.update(hidden_size=32)
    )
    yarn = {"rope_type": "yarn", "rope_theta": 1e4}
    assert "rope_type is 'yarn'" in broken(lambda s: s.update(rope_parameters=yarn))


def test_rope_base_at_the_top_of_older_files(tmp_path: Path) -> None:
    settings = json.loads((FOLDER / "config.json").read_text())
    nested = settings.pop("rope_parameters")
    settings["rope_theta"] = nested["rope_theta"]
    (tmp_path / "config.json").write_text(json.dumps(settings))
    shutil.copy(FOLDER / "model.safetensors", tmp_path)
    assert convert_mimi(tmp_path, 4).config == small_mimi().config
