"""Which backends there are, which of them work here, and how to open a stage on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from edge_tts.backends.base import StageExecutor
from edge_tts.cpu.native_library import native_library
from edge_tts.errors import BackendError
from edge_tts.packs.pack import Pack
from edge_tts.packs.stage import Stage
from edge_tts.packs.variant import Variant


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a backend is implemented."""

    module: str
    """Module with ``open_stage(pack, stage, variant, *, num_threads, beside)``;
    imported when a stage is opened."""
    package: str
    """Top-level package it needs; empty for the project's own kernel library."""
    remedy: str
    """What to do when the package is missing."""


BACKENDS: Final[Mapping[str, Backend]] = {
    "native": Backend(
        "edge_tts.backends.native_session",
        "",
        "install a wheel, or a C compiler before building from source",
    ),
    "ort": Backend(
        "edge_tts.backends.ort_session",
        "onnxruntime",
        "pip install onnxruntime",
    ),
    "openvino": Backend(
        "edge_tts.backends.openvino_session",
        "openvino",
        "pip install openvino",
    ),
}
"""Backend id -> where it is."""


def backend_problems() -> dict[str, str | None]:
    """For each backend why it cannot be used here, or None if it can.

    Packages are looked for, not imported, so that the answer costs next to nothing.
    """
    return {name: _problem(name) for name in BACKENDS}


def open_executors(
    pack: Pack, variants: Mapping[str, Variant], *, num_threads: int = 1
) -> dict[str, StageExecutor]:
    """Compile stages of a pack that run in turns; those of one backend share threads.

    Args:
        pack: Holds the files.
        variants: Variant by stage id.
        num_threads: Threads inside each network.

    Raises:
        BackendError: A backend is not installed, or refuses a network.
        PackError: A file of a variant is damaged.
    """
    executors: dict[str, StageExecutor] = {}
    last: dict[str, StageExecutor] = {}
    for stage_id, variant in variants.items():
        executors[stage_id] = last[variant.backend] = open_executor(
            pack,
            pack.manifest.stage(stage_id),
            variant,
            num_threads=num_threads,
            beside=last.get(variant.backend),
        )
    return executors


def open_executor(
    pack: Pack,
    stage: Stage,
    variant: Variant,
    *,
    num_threads: int = 1,
    beside: StageExecutor | None = None,
) -> StageExecutor:
    """Compile one stage of a pack on the backend of ``variant``.

    Args:
        pack: Holds the files.
        stage: The stage.
        variant: One of its variants.
        num_threads: Threads inside the network.
        beside: A stage on the same backend that never runs at the same time: its
            threads may serve both.

    Raises:
        BackendError: The backend is not installed, or refuses the network.
        PackError: A file of the variant is damaged.
    """
    problem = _problem(variant.backend)
    if problem is not None:
        raise BackendError(f"backend {variant.backend}: {problem}")
    module = import_module(BACKENDS[variant.backend].module)
    executor: StageExecutor = module.open_stage(
        pack, stage, variant, num_threads=num_threads, beside=beside
    )
    return executor


def _problem(name: str) -> str | None:
    backend = BACKENDS[name]
    if backend.package and find_spec(backend.package) is None:
        return f"{backend.package} is not installed; {backend.remedy}"
    if find_spec(backend.module) is None:
        return f"not part of this build; {backend.remedy}"
    if not backend.package:
        return native_library().reason or None
    return None
