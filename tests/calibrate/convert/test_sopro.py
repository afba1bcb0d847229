"""The converter of Sopro: what it reads, and what it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibrate.convert.checkpoint import Checkpoint
from calibrate.convert.errors import ConversionError
from calibrate.convert.sopro_config import read_config
from calibrate.convert.sopro_tables import positions
from edge_tts.errors import PackError
from edge_tts.packs import Pack
from edge_tts.packs.tensor_file import TensorFile
from edge_tts.packs.tensor_writer import encode_tensors
from tests.sopro_packs import VERSIONS, convert_tiny, folder_of

Tensors = dict[str, np.ndarray]
Settings = dict[str, Any]


@pytest.mark.parametrize("version", VERSIONS)
def test_sizes_come_from_the_file(version: str) -> None:
    config = read_config(Checkpoint(folder_of(version) / "model/model.safetensors"))
    assert (config.version, config.width, config.vocabulary) == (version, 16, 300)
    assert (config.num_codebooks, config.codebook_size) == (6, 32)
    assert config.codebooks == ((2, 2), (3, 3), (4, 4), (5, 6))
    assert config.ar_dilations == (1, 2, 4, 1, 1, 2)
    assert config.nar_dilations == ((1,) * 6 if version == "1" else (1, 2, 4, 8, 1, 2))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pack_is_smaller_in_int8_and_says_where_it_comes_from(
    version: str, tmp_path: Path
) -> None:
    sizes = {}
    for tables, variants in (("fp32", "native:fp32"), ("int8", "native:int8")):
        path = tmp_path / tables
        convert_tiny(version, path, tables=tables, variants=variants)
        with Pack.open(path) as pack:
            manifest = pack.manifest
            sizes[tables] = pack.verify()
        assert manifest.family == f"sopro{version}"
        assert manifest.sources[0].sha256 and manifest.sources[1].file
        assert manifest.licence.weights == "Apache-2.0 AND CC-BY-4.0"
        assert manifest.audio.hop_length == 12
    assert sizes["int8"] < 0.7 * sizes["fp32"]


def edited(
    version: str, tmp_path: Path, edit: Callable[[Tensors, Settings], None]
) -> Path:
    """A copy of the checkpoint with tensors or settings changed."""
    folder = tmp_path / "source"
    shutil.copytree(folder_of(version) / "model", folder)
    path = folder / "model.safetensors"
    file = TensorFile(memoryview(path.read_bytes()), "model")
    tensors = {name: file[name].copy() for name in file}
    settings = json.loads(file.metadata["cfg"])
    edit(tensors, settings)
    path.write_bytes(encode_tensors(tensors, {"cfg": json.dumps(settings)}))
    return folder


def drop(name: str) -> Callable[[Tensors, Settings], None]:
    return lambda tensors, _: tensors.__delitem__(name)


def put(name: str, array: np.ndarray) -> Callable[[Tensors, Settings], None]:
    return lambda tensors, _: tensors.__setitem__(name, array)


def setting(name: str, value: object) -> Callable[[Tensors, Settings], None]:
    return lambda _, settings: settings.__setitem__(name, value)


def unset(name: str) -> Callable[[Tensors, Settings], None]:
    return lambda _, settings: settings.__delitem__(name)


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (drop("ar.norm.weight"), "ar.norm.weight is missing"),
        (drop("nar.mix.B"), "no Sopro v1 or v1.5"),
        (drop("token2sv.proj.bias"), "token2sv.proj.bias is missing"),
        (put("extra.weight", np.zeros(3, np.float32)), "unknown tensors extra.weight"),
        (
            put("ar.norm.weight", np.ones(15, np.float32)),
            r"is \(15,\), expected \(16\)",
        ),
        (put("ar.norm.weight", np.ones(16, np.int32)), "is I32"),
        (put("ar.norm.weight", np.full(16, np.nan, np.float32)), "not finite"),
        (put("ar.blocks.9.norm.weight", np.ones(16, np.float32)), "without gaps"),
        (setting("d_model", 384), "cfg.d_model is 384, its tensors say 16"),
        (setting("num_codebooks", 5), "its tensors say 6"),
        (setting("stage_E", [5, 7]), "the file has 2 heads"),
        (setting("ar_text_attn_freq", 3), "not every 3th of 6"),
        (setting("max_frames", "many"), "expected a whole number"),
        (setting("ar_dilation_cycle", []), "list of whole numbers"),
        (setting("mimi_fps", 12.5), "get the codec that belongs to it"),
        (unset("ref_xattn_gmax"), "cfg.ref_xattn_gmax is missing"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, edit: Callable[[Tensors, Settings], None], problem: str
) -> None:
    source = edited("1.5", tmp_path, edit)
    with pytest.raises(ConversionError, match=problem) as caught:
        convert_tiny("1.5", tmp_path / "pack", source=source)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "pack").exists()


def test_a_file_without_settings_is_refused(tmp_path: Path) -> None:
    folder = edited("1", tmp_path, lambda tensors, settings: None)
    path = folder / "model.safetensors"
    file = TensorFile(memoryview(path.read_bytes()), "model")
    path.write_bytes(encode_tensors({name: file[name] for name in file}))
    with pytest.raises(ConversionError, match="no settings"):
        convert_tiny("1", tmp_path / "pack", source=folder)


def test_damaged_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"model\.safetensors: cannot be read"):
        convert_tiny("1.5", tmp_path / "pack", source=tmp_path)
    folder = edited("1.5", tmp_path, lambda tensors, settings: None)
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(ConversionError, match="download the file again"):
        convert_tiny("1.5", tmp_path / "pack", source=folder)
    path.write_bytes(b"")
    with pytest.raises(ConversionError, match="the file is empty"):
        convert_tiny("1.5", tmp_path / "pack", source=folder)


def test_an_existing_pack_stays(tmp_path: Path) -> None:
    target = tmp_path / "pack"
    target.mkdir()
    with pytest.raises((ConversionError, PackError), match="exists already"):
        convert_tiny("1.5", target)
    with pytest.raises(ConversionError, match="expected some of"):
        convert_tiny("1.5", tmp_path / "other", variants="native:int9")


def test_half_precision_checkpoints_are_read(tmp_path: Path) -> None:
    def halve(tensors: Tensors, _: Settings) -> None:
        for name, array in tensors.items():
            tensors[name] = array.astype(np.float16)

    path = convert_tiny("1", tmp_path / "pack", source=edited("1", tmp_path, halve))
    with Pack.open(path) as pack:
        assert pack.constant("code_table").dtype == np.float32


def test_positions_are_sines_and_cosines() -> None:
    found = positions(50, 6)
    place = np.arange(50)[:, None]
    rates = 10000.0 ** (-np.arange(0, 6, 2) / 6)
    np.testing.assert_allclose(found[:, 0::2], np.sin(place * rates), atol=1e-5)
    np.testing.assert_allclose(found[:, 1::2], np.cos(place * rates), atol=1e-5)
