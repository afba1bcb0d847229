from __future__ import annotations

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from edge_tts.backends.graph_file import check_self_contained
from edge_tts.errors import BackendError
from tests.backends.stage_graphs import dilated_graph


def _externalize(tensor: onnx.TensorProto) -> None:
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../weights.bin")


def _model() -> onnx.ModelProto:
    return onnx.load_from_string(dilated_graph())


def test_self_contained() -> None:
    model = _model()
    check_self_contained(model.SerializeToString(), "stage")
    # The word alone is no crime.
    model.graph.node[0].name = "location"
    model.metadata_props.add(key="location", value="here")
    check_self_contained(model.SerializeToString(), "stage")


@pytest.mark.parametrize("place", ["initializer", "attribute", "subgraph", "function"])
def test_external_weights(place: str) -> None:
    model = _model()
    tensor = onnx.TensorProto(name="w", dims=[1], data_type=1)
    _externalize(tensor)
    constant = helper.make_node("Constant", [], ["c"], value=tensor)
    if place == "initializer":
        _externalize(model.graph.initializer[0])
    elif place == "attribute":
        model.graph.node.append(constant)
    elif place == "subgraph":
        inner = helper.make_graph([constant], "inner", [], [])
        model.graph.node.append(helper.make_node("If", ["x"], [], then_branch=inner))
    else:
        function = helper.make_function("d", "f", [], ["c"], [constant], [])
        model.functions.append(function)
    with pytest.raises(BackendError, match="weights inside"):
        check_self_contained(model.SerializeToString(), "stage")


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    for graph in (data, data + b"location", b"\x3a\x7flocation" + data):
        try:
            check_self_contained(graph, "stage")
        except BackendError as error:
            assert "\n" not in str(error)


def test_nesting_is_bounded() -> None:
    data = b"location"
    # Graph in attribute in node in graph, from the inside to the outside.
    for tag in [b"\x32", b"\x2a", b"\x0a"] * 60 + [b"\x3a"]:
        length = len(data)
        size = bytes([length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14])
        data = tag + size + data
    with pytest.raises(BackendError):
        check_self_contained(data, "stage")
