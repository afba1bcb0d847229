"""Runs a stage on the project's own kernels: one C call per chunk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor
from edge_tts.backends.native_kernels import NativeKernels, native_kernels
from edge_tts.backends.native_layout import NativeLayout
from edge_tts.backends.native_network import NativeNetwork
from edge_tts.backends.native_run import NativeRun
from edge_tts.backends.native_workers import NativeWorkers
from edge_tts.cpu.native_library import native_library
from edge_tts.cpu.select import current_isa
from edge_tts.errors import BackendError
from edge_tts.network.stack_spec import StackSpec
from edge_tts.packs.json_text import parse_json
from edge_tts.packs.pack import Pack
from edge_tts.packs.stage import Stage
from edge_tts.packs.stage_signature import StageSignature
from edge_tts.packs.state_spec import StateSpec
from edge_tts.packs.tensor_file import TensorFile
from edge_tts.packs.tensor_spec import TensorSpec
from edge_tts.packs.variant import Variant

_LARGE_NBYTES: Final = 8 << 20
"""Weights from which streams are put on huge pages too: of a step of 200 us that saves
3 %, of a small one nothing, and buffers that are seldom full would take megabytes."""


def problem() -> str | None:
    """Why this backend cannot be used, None if it can."""
    return native_library().reason or None


def open_stage(
    pack: Pack,
    stage: Stage,
    variant: Variant,
    *,
    num_threads: int,
    beside: StageExecutor | None = None,
) -> NativeSession:
    """Pack the weights of a variant for this machine's kernels.

    ``num_threads`` helps with chunks of more than two rows, see ``kernels/op_split.h``.
    The threads are those of ``beside``: a second pool would find the first still
    spinning when its turn comes, and take the machine for busy.
    """
    where = f"{pack.manifest.id}: stage {stage.id} ({variant.label})"
    spec_file, tensor_file = variant.files["spec"], variant.files["tensors"]
    data = parse_json(pack.read_bytes(spec_file), spec_file)
    if not isinstance(data, dict):
        raise BackendError(f"{where}: {spec_file} holds no object")
    # A dict, because a TensorFile answers ``get`` of a missing name with PackError.
    tensors = dict(TensorFile(memoryview(pack.read_bytes(tensor_file)), tensor_file))
    spec = StackSpec.from_json(data)
    workers = beside.workers if isinstance(beside, NativeSession) else None
    return NativeSession(
        spec,
        tensors,
        stage.signature,
        where=where,
        num_threads=num_threads,
        workers=workers,
    )


class NativeSession:
    """One network on the native kernels; a ``StageExecutor``.

    Args:
        spec: the network.
        tensors: as :meth:`StackSpec.check_tensors` accepts them; not kept.
        signature: declared tensors, checked against the spec; None takes the spec's.
        kernels: None takes those of this process's instruction set.
        where: name of the stage, for messages.
        num_threads: threads that share one run, the calling one included; they change
            no bit of the result.
        workers: the threads themselves, in place of ``num_threads``.
        huge_pages: whether to ask for huge pages for weights, and for the streams of
            a large network.

    Raises:
        BackendError: no kernel library, an unsupported layer, another interface.
        StackSpecError: tensors do not fit the spec.
    """

    def __init__(
        self,
        spec: StackSpec,
        tensors: Mapping[str, NDArray[Any]],
        signature: StageSignature | None = None,
        *,
        kernels: NativeKernels | None = None,
        where: str = "stage",
        num_threads: int = 1,
        workers: NativeWorkers | None = None,
        huge_pages: bool = True,
    ) -> None:
        own = signature_of(spec)
        self._signature = own if signature is None else signature
        self._where = where
        for side in ("inputs", "outputs"):
            expected = set(getattr(own, side))
            found = set(getattr(self._signature, side))
            for tensor in sorted(expected ^ found, key=lambda tensor: tensor.name):
                raise BackendError(
                    f"{where}: {side} of network and pack differ in {tensor.name} "
                    f"{tensor.dtype} {tensor.shape}; build the pack again"
                )
        if kernels is None:
            kernels = native_kernels(current_isa())
        self._network: NativeNetwork | None = NativeNetwork(
            spec, tensors, kernels, huge_pages=huge_pages
        )
        self._layouts: dict[int, NativeLayout] = {}
        if workers is None and num_threads > 1:
            workers = NativeWorkers(kernels, num_threads)
        self._workers = workers
        large = self._network.weights_nbytes >= _LARGE_NBYTES
        self._huge_streams = huge_pages and large

    @property
    def signature(self) -> StageSignature:
        """Declared inputs, outputs and states."""
        return self._signature

    @property
    def weights_nbytes(self) -> int:
        """Bytes of the packed weights."""
        return 0 if self._network is None else self._network.weights_nbytes

    @property
    def workers(self) -> NativeWorkers | None:
        """The threads that help runs, None where each works alone."""
        return self._workers

    def open(self, max_rows: int) -> NativeRun:
        """Allocate states and buffers for at most ``max_rows`` rows per run."""
        if self._network is None:
            raise BackendError(f"{self._where}: the session is closed")
        layout = self._layouts.get(max_rows)
        if layout is None:
            layout = NativeLayout(self._network, max_rows, self._where)
            self._layouts[max_rows] = layout
        try:
            return NativeRun(
                self._network,
                layout,
                self._where,
                self._workers,
                huge_pages=self._huge_streams,
            )
        except MemoryError as error:
            raise BackendError(f"{self._where}: {error}") from error

    def close(self) -> None:
        """Drop weights and threads; open runs keep both alive until they are closed."""
        self._network = None
        self._workers = None
        self._layouts.clear()


def signature_of(spec: StackSpec) -> StageSignature:
    """Returns the interface of a stack as a pack declares it."""
    inputs = []
    for given in spec.inputs:
        width = () if given.dtype == "int64" else (given.channels,)
        inputs.append(TensorSpec(given.name, given.dtype, (given.axis, *width)))
    outputs = []
    for name in spec.outputs:
        value = spec.values[name]
        rows = value.axis if value.rate == 1 else f"{value.rate}*{value.axis}"
        outputs.append(TensorSpec(name, value.dtype, (rows, value.channels)))
    states = [StateSpec(name, shape, "float32") for name, shape in spec.states.items()]
    return StageSignature(tuple(inputs), tuple(outputs), tuple(states))
