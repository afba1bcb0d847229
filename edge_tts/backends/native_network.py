"""A network ready for the kernels: packed weights and op list, shared by runs."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from edge_tts.backends.native_kernels import NativeKernels
from edge_tts.backends.native_layers import lower
from edge_tts.backends.native_ops import OpPlan
from edge_tts.backends.native_structs import Linear, Op
from edge_tts.memory.arena import Arena
from edge_tts.memory.arena_plan import stack_arena
from edge_tts.network.stack_spec import StackSpec


class NativeNetwork:
    """Weights in execution order in one block, as the kernels of one ISA want them.

    Args:
        spec: the network.
        tensors: as :meth:`StackSpec.check_tensors` accepts them; not kept.
        kernels: the kernels that will run it.
        huge_pages: whether to ask for huge pages for the weights.

    Raises:
        StackSpecError: tensors do not fit the spec.
        BackendError: a layer kind has no native form.
    """

    def __init__(
        self,
        spec: StackSpec,
        tensors: Mapping[str, NDArray[Any]],
        kernels: NativeKernels,
        *,
        huge_pages: bool = True,
    ) -> None:
        spec.check_tensors(tensors)
        self.spec = spec
        self.kernels = kernels
        self.list = lower(spec, tensors)
        ops = self.list.ops
        linears = [_linear(op) for op in ops]
        sizes: dict[str, int] = {}
        for index, (op, linear) in enumerate(zip(ops, linears, strict=True)):
            if op.weights is not None:
                format_ = op.weights.format
                sizes[f"{index}.packed"] = kernels.packed_nbytes(linear, format_)
            for role, tensor in _tensors(op).items():
                sizes[f"{index}.{role}"] = tensor.nbytes
        self._arena = Arena(stack_arena(sizes), huge_pages=huge_pages)
        self.ops = (Op * len(ops))()
        """The op list as ``et_op``; views are indices, so any layout of memory fits."""
        for index, (op, linear) in enumerate(zip(ops, linears, strict=True)):
            self._fill(index, op, linear)
        for op in ops:  # The arena holds them now.
            op.weights = op.tensor = op.tensor2 = None

    @property
    def weights_nbytes(self) -> int:
        """Bytes of all packed weights and tensors."""
        return self._arena.nbytes

    def _fill(self, index: int, op: OpPlan, linear: Linear) -> None:
        target = self.ops[index]
        for name in ("kind", "out", "residual", "activation", "gate", "num_taps"):
            setattr(target, name, int(getattr(op, name)))
        for name in ("num_heads", "num_kv_heads", "window", "shift"):
            setattr(target, name, getattr(op, name))
        for name in ("dilation", "centred", "absmax"):
            setattr(target, name, int(getattr(op, name)))
        target.alpha, target.beta = op.alpha, op.beta
        target.in_[:] = [*op.inputs, *[-1] * (3 - len(op.inputs))]
        addresses = {}
        for role, tensor in _tensors(op).items():
            name = f"{index}.{role}"
            self._arena.view(name, tensor.shape, tensor.dtype)[...] = tensor
            addresses[role] = self._arena.address(name)
        target.tensor = addresses.get("tensor")
        target.tensor2 = addresses.get("tensor2")
        if op.tensor is not None:
            target.num_entries = len(op.tensor)
        if op.weights is not None:
            weights = op.weights
            packed = self._arena.address(f"{index}.packed")
            self.kernels.pack(linear, weights, packed)
            linear.packed = packed
            target.linear = linear


def _linear(op: OpPlan) -> Linear:
    linear = Linear()
    if op.weights is not None:
        rows, taps, inputs = op.weights.weight.shape
        linear.gated = int(op.gate != 0)
        linear.num_outputs = rows // (1 + linear.gated)
        linear.num_taps, linear.num_inputs = taps, inputs
    return linear


def _tensors(op: OpPlan) -> dict[str, NDArray[Any]]:
    named = {"tensor": op.tensor, "tensor2": op.tensor2}
    return {role: tensor for role, tensor in named.items() if tensor is not None}


def struct_array(kind: type[Any], count: int) -> ctypes.Array[Any]:
    """Returns an array of C structs, with room for one where there is none."""
    array: ctypes.Array[Any] = (kind * max(count, 1))()
    return array
