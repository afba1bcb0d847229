"""An ONNX graph as a reader of networks wants it: who writes, who reads, constants.

Knows no network. All complaints name the node.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper

from calibrate.convert.errors import ConversionError

MAX_NBYTES = 2 << 30
"""An ONNX file with its weights inside cannot be larger."""


class OnnxGraph:
    """Nodes, constants and the order between them.

    Args:
        path: An ONNX file with its weights inside.

    Raises:
        ConversionError: The file cannot be read, is damaged or is not ONNX.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = _read(path)
        """The bytes of the file."""
        try:
            model = onnx.load_from_string(self.data)
            onnx.checker.check_model(model)
            self._constants = _constants(model.graph)
        # Tensors that lie about their shape, and names that are no UTF-8: ValueError.
        except (DecodeError, onnx.checker.ValidationError, ValueError) as error:
            reason = str(error).strip().split("\n")[0][:200]
            raise ConversionError(
                f"{path}: is no sound ONNX model ({reason}); get the file again"
            ) from error
        graph = model.graph
        self.inputs = [x for x in graph.input if x.name not in self._constants]
        """Data inputs."""
        self.outputs = list(graph.output)
        """Outputs."""
        self.nodes = [node for node in graph.node if not _is_constant(node)]
        """In execution order, constants left out."""
        self._readers: dict[str, list[onnx.NodeProto]] = {}
        for node in self.nodes:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)

    def readers(self, value: str) -> list[onnx.NodeProto]:
        """Nodes that read a value, in execution order."""
        return list(self._readers.get(value, ()))

    def is_constant(self, name: str) -> bool:
        """Whether a value is a constant."""
        return name in self._constants

    def floats(self, node: onnx.NodeProto, index: int) -> NDArray[np.float32]:
        """A constant float input of a node.

        Raises:
            ConversionError: It is no constant, not float32 or not finite.
        """
        name = node.input[index]
        if name not in self._constants:
            self.fail(node, f"its input {name!r} is no constant")
        array = self._constants[name]
        if array.dtype != np.float32:
            self.fail(node, f"{name!r} is {array.dtype}, expected float32")
        if not np.isfinite(array).all():
            self.fail(node, f"{name!r} holds numbers that are not finite")
        return np.asarray(array, np.float32)

    def attributes(self, node: onnx.NodeProto, **known: Any) -> dict[str, Any]:
        """Attributes of a node, with the defaults of those that are absent.

        Raises:
            ConversionError: There is one that ``known`` does not list.
        """
        found = {
            item.name: onnx.helper.get_attribute_value(item) for item in node.attribute
        }
        unknown = sorted(set(found) - set(known))
        if unknown:
            self.fail(node, f"attribute {unknown[0]!r} is not understood")
        return {**known, **found}

    def fail(self, node: onnx.NodeProto, problem: str) -> NoReturn:
        """Raises a ConversionError that starts with file and node."""
        name = node.name or node.output[0]
        raise ConversionError(f"{self.path}: node {name} ({node.op_type}): {problem}")


def _constants(graph: onnx.GraphProto) -> dict[str, NDArray[Any]]:
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    tensors |= {
        node.output[0]: node.attribute[0].t for node in graph.node if _is_constant(node)
    }
    return {name: numpy_helper.to_array(tensor) for name, tensor in tensors.items()}


def _is_constant(node: onnx.NodeProto) -> bool:
    return node.op_type == "Constant" and node.attribute[0].name == "value"


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_NBYTES:
            raise ConversionError(f"{path}: {size} bytes are too many for an ONNX file")
        data = path.read_bytes()
    except OSError as error:
        raise ConversionError(f"{path}: cannot be read: {error.strerror}") from error
    if not data:
        raise ConversionError(f"{path}: is empty; get the file again")
    return data
