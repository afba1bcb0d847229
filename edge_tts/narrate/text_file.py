"""Writes small text files whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from edge_tts.audio.atomic_file import AtomicFile, cannot_write


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text under a temporary name and rename it.

    Raises:
        SinkError: The file cannot be written.
    """
    file = AtomicFile(path)
    try:
        data = memoryview(text.encode("utf-8", "replace"))
        while data:
            data = data[os.write(file.fd, data) :]
        file.commit()
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        file.discard()
