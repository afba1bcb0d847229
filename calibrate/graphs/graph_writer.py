"""Collects ONNX nodes and constants; knows no layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
IR_VERSION = 9
"""The newest that both onnxruntime and openvino of the runtime's lower bound read."""
TO_END = np.iinfo(np.int64).max
"""End of a Slice that runs to the last row."""


class GraphWriter:
    """One ONNX graph in the making; equal constants are stored once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}
        self._count = 0
        self._domains: set[str] = set()

    def add_input(
        self, name: str, shape: Sequence[int | str], dtype: str = "float32"
    ) -> str:
        """Declares a graph input; a string dimension is dynamic."""
        kind = TensorProto.INT64 if dtype == "int64" else TensorProto.FLOAT
        self._inputs.append(helper.make_tensor_value_info(name, kind, list(shape)))
        return name

    def add_output(self, name: str, shape: Sequence[int | str]) -> None:
        """Declares a graph output that some node writes."""
        self._outputs.append(
            helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
        )

    def tensor(self, name: str, array: NDArray[Any]) -> str:
        """Stores a named constant once and returns its name."""
        if name not in self._initializers:
            self._initializers[name] = numpy_helper.from_array(
                np.ascontiguousarray(array), name
            )
        return name

    def constant(self, value: Any, dtype: str = "float32") -> str:
        """Stores a small constant, shared by value, and returns its name."""
        array = np.asarray(value, dtype)
        listed = "_".join(str(item) for item in array.ravel().tolist())
        return self.tensor(f"const_{dtype}_{array.ndim}_{listed}", array)

    def indices(self, *values: int) -> str:
        """Stores a 1-D int64 constant and returns its name."""
        return self.constant(list(values), "int64")

    def op(
        self,
        op_type: str,
        *inputs: str,
        output: str | None = None,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        """Adds a node with one output and returns the output's name."""
        return self.op_many(
            op_type,
            *inputs,
            outputs=(output or self.fresh(op_type),),
            domain=domain,
            **attributes,
        )[0]

    def op_many(
        self,
        op_type: str,
        *inputs: str,
        outputs: Sequence[str],
        domain: str = "",
        **attributes: Any,
    ) -> Sequence[str]:
        """Adds a node with the outputs named and returns their names."""
        self._count += 1
        self._domains.add(domain)
        self._nodes.append(
            helper.make_node(
                op_type,
                list(inputs),
                list(outputs),
                name=f"{op_type}_{self._count}",
                domain=domain,
                **attributes,
            )
        )
        return outputs

    def fresh(self, stem: str) -> str:
        """Returns a value name not used before."""
        return f"{stem}_{len(self._nodes)}_out"

    def slice_rows(self, rows: str, first: int, stop: int, output: str | None) -> str:
        """Adds a slice along the row axis."""
        return self.op(
            "Slice",
            rows,
            self.indices(first),
            self.indices(stop),
            self.indices(0),
            output=output,
        )

    def model_bytes(self) -> bytes:
        """Returns the finished, checked model."""
        opsets = [helper.make_opsetid("", OPSET)]
        opsets += [helper.make_opsetid(d, 1) for d in sorted(self._domains - {""})]
        graph = helper.make_graph(
            self._nodes,
            self._name,
            self._inputs,
            self._outputs,
            list(self._initializers.values()),
        )
        model = helper.make_model(
            graph, opset_imports=opsets, producer_name="edge_tts.calibrate"
        )
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
