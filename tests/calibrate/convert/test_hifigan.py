"""Generators of several shapes become packs that stream what the original gives."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import helper

from calibrate.__main__ import main
from calibrate.convert.errors import ConversionError
from calibrate.convert.hifigan_graph import read_hifigan
from calibrate.convert.onnx_graph import OnnxGraph
from edge_tts import MelVocoder, RuntimeOptions
from edge_tts.backends.registry import BACKENDS, backend_problems
from edge_tts.errors import EdgeTTSError
from edge_tts.packs import Pack
from tests.calibrate.convert.small_hifigan import NUM_MELS, SmallHifigan

SHAPES = {
    "two convolutions": SmallHifigan(),
    "one convolution": SmallHifigan((4, 4, 2), (3, 7, 5), convs=1, width=16),
    "own entries": SmallHifigan((2,), (3,), shared=False),
}
RECIPE = ("--sample-rate", "8000", "--mel-n-fft", "64")
RECIPE += ("--mel-low-hz", "0", "--mel-high-hz", "4000")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One converted pack per shape, and its original beside it."""
    folder = tmp_path_factory.mktemp("hifigan")
    (folder / "LICENCE").write_text("Free.\n")
    for name, network in SHAPES.items():
        network.save(folder / f"{name}.onnx")
        assert convert(folder / f"{name}.onnx", folder / _id(name)) == 0
    return folder


def convert(source: Path, target: Path, *options: str) -> int:
    licence = ("--licence-file", str(source.parent / "LICENCE"))
    head = ("convert", "hifigan", str(source), "-o", str(target), *licence)
    return main([*head, *RECIPE, *options])


def _id(name: str) -> str:
    return name.replace(" ", "-")


def original(path: Path, mel: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(
        str(path), providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(None, {"mel": mel.T[None]})[0]).ravel()


def frames(count: int, seed: int = 0) -> NDArray[np.float32]:
    generator = np.random.default_rng(seed)
    return generator.standard_normal((count, NUM_MELS)).astype(np.float32)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_streams_what_the_original_gives(folder: Path, name: str, backend: str) -> None:
    if backend_problems()[backend] is not None:
        pytest.skip(f"backend {backend}: {backend_problems()[backend]}")
    runtime = RuntimeOptions(backend=backend, num_threads=1)
    with MelVocoder(str(folder / _id(name)), runtime=runtime) as vocoder:
        # One frame is all edge; the long one is cut by the stage itself.
        for count in (1, 2, 40, 300):
            mel = frames(count, count)
            expected = original(folder / f"{name}.onnx", mel)
            assert np.abs(expected).max() > 0.05
            found = vocoder.synthesize(mel)
            assert len(found) == count * vocoder.hop_length
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(0, 20), min_size=1, max_size=8))
def test_chunks_change_nothing(folder: Path, cuts: list[int]) -> None:
    mel = frames(sum(cuts))
    with MelVocoder(str(folder / "two-convolutions")) as vocoder:
        whole = vocoder.synthesize(mel)
        ends = np.cumsum(cuts)
        chunks = list(vocoder.stream(np.split(mel, ends[:-1])))
        assert vocoder.plan.choices["vocoder"].variant.precision == "fp32"
    joined = np.concatenate([whole[:0], *(chunk.samples for chunk in chunks)])
    if vocoder.plan.variants["vocoder"].startswith("native"):
        np.testing.assert_array_equal(joined, whole)
    np.testing.assert_allclose(joined, whole, rtol=0, atol=1e-5)
    starts = [chunk.start_sample for chunk in chunks]
    lengths = [chunk.num_samples for chunk in chunks]
    assert starts == [sum(lengths[:index]) for index in range(len(lengths))]


def test_the_shape_comes_from_the_graph(folder: Path) -> None:
    network = read_hifigan(OnnxGraph(folder / "one convolution.onnx"))
    assert network.num_mels == NUM_MELS and network.hop_length == 32
    assert [stage.up.stride for stage in network.stages] == [4, 4, 2]
    assert [stage.up.weight.shape for stage in network.stages] == [
        (8, 16, 8),
        (8, 8, 4),
        (4, 4, 2),
    ]
    for stage in network.stages:
        kernels = [units[0].convs[0].weight.shape[0] for units in stage.blocks]
        assert kernels == [3, 7, 5]
        for units in stage.blocks:
            assert [unit.convs[0].dilation for unit in units] == [1, 3]
            assert all(len(unit.convs) == 1 for unit in units)
    assert network.last_slope == pytest.approx(0.01)


def test_the_pack_says_where_it_comes_from(folder: Path) -> None:
    with Pack.open(folder / "two-convolutions") as pack:
        pack.verify()
        manifest = pack.manifest
    (source,) = manifest.sources
    data = (folder / "two convolutions.onnx").read_bytes()
    assert (source.file, source.size) == ("two convolutions.onnx", len(data))
    assert len(source.sha256) == 64
    assert manifest.licence.weights == "MIT"
    assert manifest.audio.hop_length == 8
    assert "type 1 with kernels 3, 5 and dilations 1, 3" in manifest.description
    stage = manifest.stage("vocoder")
    assert stage.signature.outputs[0].shape == ("8*T", 1)
    assert stage.lookahead > 0


def broken(change: str) -> onnx.ModelProto:
    """The small generator with one thing wrong."""
    network = SmallHifigan()
    nodes = {node.name: node for node in network.nodes}
    if change == "activation":
        nodes["LeakyRelu_1"].op_type = "Elu"
    elif change == "padding":
        (pads,) = (a for a in nodes["Conv_0"].attribute if a.name == "pads")
        pads.ints[:] = [6, 0]
    elif change == "attribute":
        nodes["Conv_0"].attribute.append(helper.make_attribute("group", 2))
    elif change == "mean":
        network.weights["count1"] = np.float32(3)
    elif change == "extra":
        network.nodes.insert(1, helper.make_node("Neg", ["mel"], ["x"], name="neg"))
    elif change == "dilations":
        (gaps,) = (a for a in nodes["Conv_0"].attribute if a.name == "dilations")
        gaps.ints[:] = []
    elif change == "size":
        model = network.model()
        model.graph.initializer[0].dims[0] -= 1
        return model
    elif change == "nan":
        network.weights["pre.w"][0, 0, 0] = np.nan
    else:
        network.weights["post.w"] = network.weights["post.w"].repeat(2, axis=0)
        network.weights["post.b"] = network.weights["post.b"].repeat(2)
    return network.model()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("activation", r"node LeakyRelu_1 \(Elu\): expected one LeakyRelu"),
        ("padding", r"node Conv_0 \(Conv\): pads \[6, 0\] do not centre 7 taps"),
        ("attribute", r"node Conv_0 \(Conv\): expected .* one group"),
        ("dilations", r"node Conv_0 \(Conv\): dilations \[\], expected 1 of it"),
        ("size", r"no sound ONNX model"),
        ("mean", r"\(Div\): expected the mean of 2 residual blocks"),
        ("extra", r"node neg \(Neg\): expected one Conv"),
        ("nan", r"node Conv_0 \(Conv\): 'pre.w' holds numbers that are not finite"),
        ("channels", "last convolution has 2 channels, expected 1"),
    ],
)
def test_other_networks_are_refused_by_node(
    tmp_path: Path, change: str, message: str
) -> None:
    path = tmp_path / "broken.onnx"
    onnx.save(broken(change), str(path))
    with pytest.raises(ConversionError, match=message):
        read_hifigan(OnnxGraph(path))


def test_bad_files_leave_nothing_behind(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(folder / "LICENCE", tmp_path)
    sound = (folder / "two convolutions.onnx").read_bytes()
    contents = {
        "truncated.onnx": sound[: len(sound) // 2],
        "empty.onnx": b"",
        "text.onnx": b"This is no network at all.",
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    before = sorted(path.name for path in tmp_path.iterdir())
    for name in (*contents, "absent.onnx"):
        assert convert(tmp_path / name, tmp_path / "pack") == 1
        assert capsys.readouterr().err.startswith(f"error: {tmp_path / name}: ")
    good = folder / "two convolutions.onnx"
    assert convert(good, folder / "two-convolutions") == 1
    assert "exists already; add --replace" in capsys.readouterr().err
    assert convert(good, folder / "two-convolutions", "--replace") == 0
    head = ["convert", "hifigan", str(good), "-o", str(tmp_path / "pack")]
    assert main([*head, "--licence-file", str(tmp_path / "none")]) == 1
    assert main([*head, "--licence-file", str(tmp_path / "LICENCE")]) == 1
    assert "give --sample-rate" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--mel-low-hz", "nan", "expected rising frequencies from 0 to 4000 Hz"),
        ("--mel-high-hz", "4001", "expected rising frequencies from 0 to 4000 Hz"),
        ("--mel-n-fft", "0", "expected an even number"),
        ("--sample-rate", "-1", "half the sample rate"),
        ("--name", "..", "error: "),
        ("--clips", "0", "expected at least 1"),
    ],
)
def test_impossible_options_are_one_error(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    option: str,
    value: str,
    message: str,
) -> None:
    source, target = folder / "two convolutions.onnx", tmp_path / "pack"
    assert convert(source, target, option, value) == 1
    assert message in capsys.readouterr().err
    assert not target.exists()


def test_a_missing_library_is_one_error(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "soxr", None)
    monkeypatch.delitem(sys.modules, "calibrate.evaluate.recordings", raising=False)
    source = folder / "two convolutions.onnx"
    assert convert(source, tmp_path / "pack", "--data", str(tmp_path)) == 1
    assert "soxr is not installed; pip install -e .[calibrate]" in (
        capsys.readouterr().err
    )


def test_a_full_disk_is_one_error(folder: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    source = folder / "two convolutions.onnx"
    assert convert(source, blocked / "pack") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_wrong_frames_and_wrong_packs(folder: Path) -> None:
    with MelVocoder(str(folder / "two-convolutions")) as vocoder:
        for wrong in (frames(3)[:, :4], frames(3).astype(np.float64)):
            with pytest.raises(EdgeTTSError, match="mel frames must be"):
                vocoder.synthesize(wrong)  # type: ignore[arg-type]
        running = vocoder.stream([frames(40), frames(40)])
        next(running)
        with pytest.raises(EdgeTTSError, match="running already"):
            vocoder.synthesize(frames(3))
        running.close()
        assert len(vocoder.synthesize(frames(3))) == 24
        assert list(vocoder.stream([])) == []
    with pytest.raises(EdgeTTSError, match="closed"):
        vocoder.synthesize(frames(3))
    with pytest.raises(EdgeTTSError, match="expected family mel_vocoder, got edge1"):
        MelVocoder("kathleen")
