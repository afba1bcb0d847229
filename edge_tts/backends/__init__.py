"""The runtimes a stage can be executed with; importing this loads none of them."""

from __future__ import annotations

from edge_tts.backends.base import StageExecutor, StageRun
from edge_tts.backends.registry import (
    BACKENDS,
    backend_problems,
    open_executor,
    open_executors,
)

__all__ = [
    "BACKENDS",
    "StageExecutor",
    "StageRun",
    "backend_problems",
    "open_executor",
    "open_executors",
]
