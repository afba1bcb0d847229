from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the extra calibrate is not installed")

from calibrate.bundle import command as bundle
from calibrate.convert.errors import ConversionError
from calibrate.dataset.stored_dataset import StoredDataset
from calibrate.dataset.texts import language_warning, read_sentences
from calibrate.pack_arguments import TWIN
from calibrate.quantize.candidate import Candidate, load_candidates
from calibrate.quantize.float_stacks import FloatStack, float_stacks
from calibrate.quantize.ranges import ESTIMATORS, estimate_ranges
from calibrate.quantize.recipes import RECIPES, Settings, quantized
from calibrate.quantize.smoothing import smooth
from calibrate.sensitivity.pareto_plot import pareto_svg
from calibrate.sensitivity.stored_result import (
    LayerResult,
    Point,
    StageResult,
    StoredResult,
    read_float_layers,
)
from edge_tts.backends.native_session import NativeSession
from edge_tts.backends.registry import open_executor
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.normalization import LayerNorm
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackInput, StackSpec
from edge_tts.packs import Manifest, Pack
from edge_tts.packs.voice_library import VoiceLibrary

SPEC = StackSpec(
    "tiny",
    (StackInput("x", 32),),
    (
        LayerNorm(name="norm", inputs=("x",)),
        Linear(name="y", inputs=("norm",), channels=32),
    ),
    ("y",),
)


def _stack(outlier: float = 1.0) -> FloatStack:
    generator = np.random.default_rng(0)
    tensors: dict[str, Any] = {
        name: generator.standard_normal(shape).astype(np.float32)
        for name, shape in SPEC.tensors.items()
    }
    tensors["norm.gain"] = np.ones(32, np.float32)
    tensors["norm.gain"][3] = outlier
    tensors["norm.bias"] = np.zeros(32, np.float32)
    return FloatStack(SPEC, tensors)


def _samples() -> list[dict[str, Any]]:
    rows = np.random.default_rng(1).standard_normal((400, 32)).astype(np.float32)
    return [{"x": rows}]


def _sqnr(stack: FloatStack, made: FloatStack) -> float:
    (sample,) = _samples()
    expected = run_reference(SPEC, stack.tensors, sample)[0]["y"]
    found = run_reference(made.spec, made.tensors, sample)[0]["y"]
    noise = np.square(found - expected).mean()
    return float(10 * np.log10(np.square(expected).mean() / noise))


@pytest.mark.parametrize("estimator", list(ESTIMATORS))
def test_ranges_hold_zero_and_no_more_than_the_extremes(estimator: str) -> None:
    stack = _stack()
    found = estimate_ranges(SPEC, stack.tensors, _samples(), estimator)["y"]
    whole = estimate_ranges(SPEC, stack.tensors, _samples(), "minmax")["y"]
    assert whole.low <= found.low < 0 < found.high <= whole.high


def test_mse_cuts_outliers_that_minmax_keeps() -> None:
    rows = np.random.default_rng(2).standard_normal((4000, 32)).astype(np.float32)
    spec = StackSpec(
        "t", SPEC.inputs, (Linear(name="y", inputs=("x",), channels=4),), ("y",)
    )
    tensors = {name: np.ones(shape, np.float32) for name, shape in spec.tensors.items()}
    rows[0, 0] = 40.0
    highs = {
        name: estimate_ranges(spec, tensors, [{"x": rows}], name)["y"].high
        for name in ESTIMATORS
    }
    assert highs["minmax"] == 40.0
    assert highs["percentile"] < 8.0
    assert highs["mse"] < 36.0
    with pytest.raises(ValueError, match="unknown range estimator 'best'"):
        estimate_ranges(spec, tensors, [{"x": rows}], "best")
    with pytest.raises(ValueError, match="no calibration samples"):
        estimate_ranges(spec, tensors, [], "mse")


def test_smoothing_changes_nothing_but_the_spread() -> None:
    stack = _stack(outlier=60.0)
    smoothed = FloatStack(SPEC, smooth(SPEC, stack.tensors, _samples()))
    assert _sqnr(stack, smoothed) > 100
    gains = np.abs(smoothed.tensors["norm.gain"])
    assert gains.max() / np.median(gains) < 20


def test_smoothing_helps_where_one_channel_is_large() -> None:
    from calibrate.graphs.native_tensors import build_native_int8

    stack = _stack(outlier=60.0)
    # The norm moves into the weights for int8, which undoes the move; so compare with
    # the activations that static graphs quantise.
    plain = estimate_ranges(SPEC, stack.tensors, _samples(), "minmax")["y"]
    tensors = smooth(SPEC, stack.tensors, _samples())
    even = estimate_ranges(SPEC, tensors, _samples(), "minmax")["y"]
    assert even.high - even.low < 0.5 * (plain.high - plain.low)
    made = FloatStack(*build_native_int8(SPEC, tensors))
    assert _sqnr(stack, made) > 25


@pytest.mark.parametrize(
    ("recipe", "least_db"),
    [
        ("native-int8", 35),
        ("native-int4", 12),
        ("native-bf16", 35),
        ("qdq", 25),
        ("dynamic", 25),
        ("blocks8", 30),
        ("blocks4", 12),
        ("weights", 30),
    ],
)
def test_recipes_run_and_keep_the_signal(
    recipe: str, least_db: float, tmp_path: Path
) -> None:
    stack = _stack()
    files = quantized(
        recipe=RECIPES[recipe], stack=stack, samples=_samples(), settings=Settings()
    )
    (sample,) = _samples()
    expected = run_reference(SPEC, stack.tensors, sample)[0]["y"]
    if "spec" in files:
        from edge_tts.packs.tensor_file import TensorFile

        spec = StackSpec.from_json(json.loads(files["spec"]))
        tensors = dict(TensorFile(memoryview(files["tensors"]), "tensors"))
        found = np.array(NativeSession(spec, tensors).open(400).run(sample)["y"])
    elif RECIPES[recipe].backends[0] == "ort":
        ort = pytest.importorskip("onnxruntime")
        session = ort.InferenceSession(
            files["graph"], providers=["CPUExecutionProvider"]
        )
        found = session.run(["y"], sample)[0]
    else:
        ov = pytest.importorskip("openvino")
        path = tmp_path / "graph.onnx"
        path.write_bytes(files["graph"])
        found = ov.Core().compile_model(path, "CPU")(sample)["y"]
    noise = np.square(found - expected).mean()
    assert 10 * np.log10(np.square(expected).mean() / noise) > least_db


def test_the_twin_holds_the_float_networks_of_the_voice() -> None:
    if not TWIN.is_dir():
        pytest.skip("no float twin in this checkout")
    with VoiceLibrary().resolve("edge-en").open() as pack, Pack.open(TWIN) as twin:
        stacks = float_stacks(pack, twin)
        with pytest.raises(ConversionError, match="name the float twin with --twin"):
            float_stacks(pack)
        stage = twin.manifest.stage("vocoder")
        graph = next(v for v in stage.variants if v.backend == "ort")
        expected = open_executor(twin, stage, graph)
    stack = stacks["vocoder"]
    inputs = {"x": np.random.default_rng(0).standard_normal((9, 82)).astype(np.float32)}
    found = (
        NativeSession(stack.spec, stack.tensors, stage.signature).open(9).run(inputs)
    )
    for name, rows in expected.open(9).run(inputs).items():
        np.testing.assert_allclose(found[name], rows, atol=1e-4)


def test_a_dataset_goes_on_and_belongs_to_one_pack(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    dataset = StoredDataset.create(folder, "p", "1")
    runs = {"a": [{"x": np.ones((3, 2))}, {"x": np.zeros((4, 2))}]}
    dataset.add(0, ("ann", "Hello."), runs)
    again = StoredDataset.create(folder, "p", "1")
    assert again.has(0, ("ann", "Hello."))
    assert not again.has(0, ("ann", "Good-bye."))
    assert not again.has(1, ("ann", "Hello."))
    assert again.sentences() == [("ann", "Hello.")]
    assert [run["x"].shape for run in again.inputs("a")] == [(3, 2), (4, 2)]
    assert again.rows() == {"a": 7}
    with pytest.raises(ConversionError, match="no inputs of stage b"):
        again.inputs("b")
    with pytest.raises(ConversionError, match="holds inputs of another pack"):
        StoredDataset.create(folder, "q", "2")
    next(folder.glob("*.npz")).write_bytes(b"no archive")
    with pytest.raises(ConversionError, match="damaged; remove it"):
        again.sentences()
    with pytest.raises(ConversionError, match="python -m calibrate dataset"):
        StoredDataset.open(tmp_path)


def test_text_of_another_language_is_told(tmp_path: Path) -> None:
    manifest: Manifest = VoiceLibrary().resolve("edge-en").manifest
    german = [
        "Habe nun, ach! Philosophie, Juristerei und Medizin durchaus studiert.",
        "Da steh ich nun, ich armer Tor, und bin so klug als wie zuvor, mit Bemühn.",
    ]
    assert "do not look like en" in language_warning(manifest, german)
    english = ["It was the best of times, it was the worst of times."] * 3
    assert language_warning(manifest, english) == ""
    with pytest.raises(ConversionError, match="cannot be read as UTF-8"):
        read_sentences(tmp_path / "none.txt", 3)
    path = tmp_path / "texts.txt"
    path.write_text("One.\n\nTwo.\nThree.\n")
    assert read_sentences(path, 2, skip=1) == ["Two.", "Three."]
    with pytest.raises(ConversionError, match="no sentences after the first 9"):
        read_sentences(path, 2, skip=9)


GOOD = {"pesq_wb": 4.5, "log_mel_l1": 0.01, "time_ratio": 0.5}


def _candidate(quality: dict[str, Any]) -> Candidate:
    files = {"graph": "vocoder.test.onnx"}
    return Candidate(
        *("vocoder", "test", ("ort",), "int4", "weight_only", files),
        quality={"ort": quality},
    )


@pytest.mark.parametrize(
    ("quality", "problem"),
    [
        ({}, "not judged"),
        ({"sqnr_db": 40.0}, "records none of pesq_wb"),
        ({**GOOD, "pesq_wb": 3.9}, "pesq_wb 3.9 is below 4"),
        ({**GOOD, "log_mel_l1": float("nan")}, "log_mel_l1 nan is above 0.05"),
        ({**GOOD, "time_ratio": 1.2}, "takes 1.20 times the time of float"),
    ],
)
def test_bundle_refuses(quality: dict[str, Any], problem: str, tmp_path: Path) -> None:
    folder = tmp_path / "candidates/vocoder.test"
    folder.mkdir(parents=True)
    (folder / "vocoder.test.onnx").write_bytes(b"graph")
    _candidate(quality).save(folder)
    with pytest.raises(ConversionError, match=problem):
        _bundle(tmp_path)
    assert not (tmp_path / "made").exists()
    made = _bundle(tmp_path, "--leave-out")
    with Pack.open(made) as pack:
        labels = [v.label for v in pack.manifest.stage("vocoder").variants]
    assert labels == ["native:int8", "ort:int8", "openvino:int8"]


def test_bundle_takes_what_passes(tmp_path: Path) -> None:
    folder = tmp_path / "candidates/vocoder.test"
    folder.mkdir(parents=True)
    (folder / "vocoder.test.onnx").write_bytes(b"graph")
    _candidate(GOOD).save(folder)
    with Pack.open(_bundle(tmp_path)) as pack:
        first = pack.manifest.stage("vocoder").variants[0]
        assert (first.label, first.gate) == ("ort:int4", "pass")
        assert first.quality == {"pesq_wb": 4.5, "log_mel_l1": 0.01}
        assert pack.read_bytes("vocoder.test.onnx") == b"graph"
        assert pack.manifest.id == "made"


def _bundle(tmp_path: Path, *options: str) -> Path:
    import argparse

    parser = argparse.ArgumentParser()
    bundle.add_arguments(parser)
    target = tmp_path / "made"
    bundle.run(
        parser.parse_args(
            ["edge-en", str(tmp_path / "candidates"), "-o", str(target), *options]
        )
    )
    return target


def test_candidates_are_found_or_missed(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="no candidates"):
        load_candidates(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/candidate.json").write_text("{}")
    with pytest.raises(ConversionError, match="no finished candidate"):
        load_candidates(tmp_path)


def test_sensitivity_is_kept_and_plotted(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    stage = StageResult({"up<1>": LayerResult(0.02, 30.0, 100.0)}, [], None)
    result = StoredResult("p", "d", {"vocoder": stage})
    result.save(path)
    assert StoredResult.load(path) == result
    with pytest.raises(ConversionError, match="nothing final about stage vocoder"):
        read_float_layers(path, "vocoder")
    stage.path = [
        Point(0.0, 0.02, 4000, 0.0, 90.0, ""),
        Point(1.0, 0.01, 1000, 0.02, 30.0, "up<1>"),
    ]
    stage.float_layers = ["up<1>"]
    result.save(path)
    assert read_float_layers(path, "vocoder") == {"up<1>"}
    assert read_float_layers(None, "vocoder") == frozenset()
    from xml.etree import ElementTree

    drawn = ElementTree.fromstring(pareto_svg(StoredResult.load(path)))
    assert len(drawn.findall(".//{*}circle")) == 4
    path.write_text("[]")
    with pytest.raises(ConversionError, match="not what `python -m calibrate"):
        StoredResult.load(path)
