"""A progress bar for the steps of the toolchain."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from edge_tts.cli.progress_bar import ProgressBar

T = TypeVar("T")


def progress(name: str, items: Iterable[T]) -> Iterator[T]:
    """Yield the items; on a terminal a bar shows how many are done."""
    total = len(items) if isinstance(items, Sized) else 0
    bar = ProgressBar(name, sys.stderr)
    try:
        for done, item in enumerate(items):
            bar.update(done / max(1, total))
            yield item
    finally:
        bar.clear()
