"""The pack that a step works on, and its float twin."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge_tts.packs import Pack
from edge_tts.packs.voice_library import VoiceLibrary

TWIN: Final = Path(__file__).parent / "voice/packs/edge-en-float"


def add_pack_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare PACK and --twin."""
    parser.add_argument("pack", help="id or path")
    parser.add_argument(
        "--twin", type=Path, help="float twin; default: that of the default voice"
    )


@contextlib.contextmanager
def open_packs(arguments: argparse.Namespace) -> Iterator[tuple[Pack, Pack | None]]:
    """Open both; the twin is None where the pack needs none."""
    with VoiceLibrary().resolve(arguments.pack).open() as pack:
        twin = arguments.twin
        if twin is None and pack.manifest.id == "edge-en":
            twin = TWIN
        if twin is None:
            yield pack, None
            return
        with Pack.open(twin) as opened:
            yield pack, opened
