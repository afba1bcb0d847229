"""Owns how commands write JSON: to standard output or to a complete file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from edge_tts.audio.atomic_file import AtomicFile, cannot_write


def write_json(target: str, value: Any) -> None:
    """Write ``value`` to the file ``target``, or to standard output for ``-``.

    Raises:
        SinkError: The file cannot be written.
    """
    # Imported late: most calls of `edgetts say` write no JSON.
    import json

    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if target == "-":
        print(text, end="")
        return
    path = Path(target)
    file = AtomicFile(path)
    try:
        os.write(file.fd, text.encode("utf-8"))
    except OSError as error:
        file.discard()
        raise cannot_write(path, error) from error
    file.commit()
