from __future__ import annotations

import json

import pytest

from edge_tts.errors import StackSpecError
from edge_tts.network.layer import Layer
from edge_tts.network.layers import LAYERS
from edge_tts.network.layers.convolution import Conv, Delay
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.elementwise import Add
from edge_tts.network.layers.rearrange import SplitRows, StackRows
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.stack_spec import StackInput, StackSpec
from tests.network.sample_stacks import ALL_STACKS

X = (StackInput("x", 4),)


def conv(name: str, source: str, **attributes: object) -> Conv:
    defaults = {"channels": 4, "kernel_size": 3}
    return Conv(name=name, inputs=(source,), **{**defaults, **attributes})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ALL_STACKS)
def test_json_round_trip(name: str) -> None:
    spec = ALL_STACKS[name]
    assert StackSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_the_samples_use_every_kind() -> None:
    used = {layer.kind for spec in ALL_STACKS.values() for layer in spec.layers}
    assert used == set(LAYERS)


def test_geometry_of_dilated_convolutions() -> None:
    spec = StackSpec(
        "s",
        X,
        (
            conv("a", "x", lookahead=2),
            conv("b", "a", dilation=4),
            conv("c", "b", channels=7, kernel_size=2),
        ),
        ("c",),
    )
    assert (spec.lookahead, spec.left_context, spec.right_context) == (2, 9, 2)
    assert spec.receptive_field == 12
    assert spec.multiply_adds_per_row == 3 * 16 + 3 * 16 + 2 * 28
    assert spec.states == {"a.state": (2, 4), "b.state": (8, 4), "c.state": (1, 4)}
    assert spec.tensors["c.weight"] == (2, 4, 7)


def test_symmetric_padding_has_no_state_and_no_delay() -> None:
    spec = StackSpec("s", X, (conv("a", "x", padding="same", kernel_size=5),), ("a",))
    assert not spec.streamable
    assert (spec.lookahead, spec.receptive_field, dict(spec.states)) == (0, 5, {})


def test_skip_past_a_lookahead_needs_a_delay() -> None:
    early = (conv("a", "x", lookahead=1), Add(name="sum", inputs=("a", "x")))
    with pytest.raises(StackSpecError, match=r"'sum' \(add\).*lag by 1 and 0 rows"):
        StackSpec("s", X, early, ("sum",))
    late = (early[0], Delay(name="d", inputs=("x",), rows=1))
    StackSpec("s", X, (*late, Add(name="sum", inputs=("a", "d"))), ("sum",))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((Linear(name="a", inputs=("q",), channels=3),), "input 'q' is not defined"),
        ((conv("x", "x"),), "defined twice"),
        ((conv("a", "x", padding="valid"),), "padding must be"),
        ((conv("a", "x", lookahead=3),), "lookahead 3 is not within"),
        (
            (
                Linear(name="b", inputs=("x",), channels=3),
                Add(name="a", inputs=("x", "b")),
            ),
            r"'a' \(add\).*\(T, 4\) float32 and \(T, 3\) float32",
        ),
    ],
)
def test_errors_name_the_layer(layers: tuple[Conv, ...], message: str) -> None:
    with pytest.raises(StackSpecError, match=message):
        StackSpec("s", X, layers, ("a",))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "convolution"}, "unknown kind 'convolution'"),
        ({"stride": 2}, "unknown key 'stride'"),
        ({"kernel_size": "3"}, "expected int"),
        ({"kernel_size": True}, "expected int"),
        ({"inputs": "x"}, "expected a list"),
    ],
)
def test_json_is_read_strictly(change: dict[str, object], message: str) -> None:
    data = StackSpec("s", X, (conv("a", "x"),), ("a",)).to_json()
    data["layers"][0].update(change)
    with pytest.raises(StackSpecError, match=message):
        StackSpec.from_json(data)


@pytest.mark.parametrize(
    "layer",
    [
        conv("a", "x", dilation=1 << 21),
        conv("a", "x", kernel_size=1 << 21),
        conv("a", "x", channels=0),
        conv("a", "x", channels=1 << 17),
        conv("a.b", "x"),
        conv("", "x"),
        Delay(name="a", inputs=("x",), rows=1 << 21),
        SplitRows(name="a", inputs=("x",), factor=0),
        StackRows(name="a", inputs=("x",), factor=1 << 13),
        TransposedConv(
            name="a", inputs=("x",), channels=4, kernel_size=9, stride=1 << 13
        ),
        TransposedConv(
            name="a", inputs=("x",), channels=4, kernel_size=3, stride=1, padding=3
        ),
    ],
)
def test_impossible_sizes_are_refused(layer: Layer) -> None:
    with pytest.raises(StackSpecError, match=f"'{layer.name}'"):
        StackSpec("s", X, (layer,), (layer.name,))


def test_impossible_inputs_are_refused() -> None:
    for given in (
        StackInput("x", 0),
        StackInput("x.y", 4),
        StackInput("x", 4, "float64"),  # type: ignore[arg-type]
    ):
        layer = conv("a", given.name)
        with pytest.raises(StackSpecError, match="input 'x"):
            StackSpec("s", (given,), (layer,), ("a",))


def test_missing_json_key_is_named() -> None:
    data = StackSpec("s", X, (conv("a", "x"),), ("a",)).to_json()
    del data["layers"][0]["channels"]
    with pytest.raises(StackSpecError, match="'a': key 'channels' is missing"):
        StackSpec.from_json(data)


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": 3},
        {"inputs": ["x"]},
        {"layers": 1.5},
        {"layers": [None]},
        {"layers": [{"kind": []}]},
        {"outputs": None},
    ],
    ids=repr,
)
def test_json_of_other_types_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(StackSpecError, match="expected"):
        StackSpec.from_json({**ALL_STACKS["decoder"].to_json(), **change})


def test_a_hostile_name_does_not_flood_the_message() -> None:
    data = ALL_STACKS["decoder"].to_json()
    data["inputs"][0]["dtype"] = "a" * 100_000
    with pytest.raises(StackSpecError) as caught:
        StackSpec.from_json(data)
    assert len(str(caught.value)) < 700
