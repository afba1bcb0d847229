"""One network with everything that decides its run, as JSON and as checks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.native_kernels import native_kernels
from edge_tts.backends.native_session import NativeSession
from edge_tts.backends.native_workers import NativeWorkers
from edge_tts.cpu.isa import Isa
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackSpec
from tests.backends.test_native_session import tensors_of
from tests.network.sample_stacks import random_inputs, rows_of

Tensors = dict[str, NDArray[Any]]
WILD = (np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-40, -0.0, 1e6)
"""Numbers that no sane network sees; they must stay a matter of arithmetic."""


@dataclass(frozen=True)
class StackCase:
    """What to run; equal cases behave equally."""

    spec: StackSpec
    precision: str
    """How weights are stored: one of ``PRECISIONS`` of the session's tests."""
    isa: str
    chunks: tuple[int, ...]
    """Rows per call."""
    seed: int
    wild: bool
    """Whether a few inputs are NaN, infinite, huge or tiny."""
    threads: int = 1
    """Threads that share the run in chunks."""

    def to_json(self) -> str:
        """The case as ``from_json`` reads it."""
        return json.dumps({**asdict(self), "spec": self.spec.to_json()})

    @classmethod
    def from_json(cls, text: str) -> StackCase:
        """Read a saved case."""
        data = json.loads(text)
        data["spec"] = StackSpec.from_json(data["spec"])
        data["chunks"] = tuple(data["chunks"])
        return cls(**data)

    def save(self, path: Path) -> None:
        """Write the case, for ``--replay``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.to_json())

    def check(self) -> None:
        """Raises AssertionError where a chunking or an ISA changes a bit.

        Also where the result is far from the NumPy reference's (not with wild inputs:
        the order of two infinities is nobody's promise).
        """
        tensors = tensors_of(self.spec, self.precision, self.seed)
        inputs = self._inputs()
        rows = sum(self.chunks)
        session = NativeSession(
            self.spec, tensors, kernels=native_kernels(Isa(self.isa))
        )
        run = session.open(max(rows, 1))
        whole = _run(run, self.spec, inputs, (rows,))
        run.reset()
        chunked = _run(run, self.spec, inputs, self.chunks)
        kernels = native_kernels(Isa(self.isa))
        threaded = NativeSession(
            self.spec, tensors, kernels=kernels, workers=_pool(self.isa, self.threads)
        )
        small = threaded.open(max(self.chunks))
        tight = _run(small, self.spec, inputs, self.chunks)
        generic = NativeSession(self.spec, tensors, kernels=native_kernels(Isa.GENERIC))
        plain = _run(generic.open(rows), self.spec, inputs, (rows,))
        for name in self.spec.outputs:
            _equal(chunked[name], whole[name], f"{name}: chunks against whole")
            _equal(tight[name], whole[name], f"{name}: small buffers, threads")
            _equal(plain[name], whole[name], f"{name}: {self.isa} against generic")
        if not self.wild:
            self._compare(tensors, inputs, whole)

    def _compare(self, tensors: Tensors, inputs: Tensors, found: Tensors) -> None:
        expected, _ = run_reference(self.spec, tensors, inputs)
        for name in self.spec.outputs:
            scale = np.abs(expected[name]).max() + 1e-6
            error = float(np.abs(found[name] - expected[name]).max() / scale)
            # Rounding at a tie moves an activation by one step of int8 in rare rows.
            limit = 2e-3 if self.precision in ("fp32", "bf16") else 0.3
            assert error < limit, f"{name}: {error:.3g} of full scale off the reference"

    def _inputs(self) -> Tensors:
        inputs = dict(random_inputs(self.spec, sum(self.chunks), self.seed))
        if self.wild:
            random = np.random.default_rng(self.seed)
            for name, values in inputs.items():
                if values.dtype == np.float32 and name != self.spec.valid:
                    places = random.random(values.shape) < 0.03
                    values[places] = random.choice(WILD, int(places.sum()))
        return inputs


@cache
def _pool(isa: str, threads: int) -> NativeWorkers | None:
    """Threads that split whatever can be split."""
    if threads == 1:
        return None
    return NativeWorkers(native_kernels(Isa(isa)), threads, eager=True)


def _run(
    run: Any, spec: StackSpec, inputs: Tensors, chunks: tuple[int, ...]
) -> Tensors:
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in spec.outputs}
    first = 0
    for length in chunks:
        outputs = run.run(rows_of(spec, inputs, first, first + length))
        for name, rows in outputs.items():
            parts[name].append(rows.copy())
        first += length
    return {name: np.concatenate(rows) for name, rows in parts.items()}


def _equal(found: NDArray[Any], expected: NDArray[Any], what: str) -> None:
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    assert same.all(), f"{what}: {int((~same).sum())} of {same.size} values differ"
