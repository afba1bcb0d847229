"""Owns ``cluster_address``: what ``--cluster`` may name."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.errors import ConfigError

_DASK: Final = re.compile(r"dask://(\[[0-9A-Fa-f:.]+\]|[^\s:/@]+):(\d{1,5})/?")


def cluster_address(text: str) -> str:
    """``tcp://HOST:PORT`` of ``dask://HOST:PORT``.

    Raises:
        ConfigError: It names something else.
    """
    match = _DASK.fullmatch(text)
    if match is not None and 0 < int(match[2]) < 65536:
        return f"tcp://{match[1]}:{match[2]}"
    if text.startswith("ray:"):
        raise ConfigError(
            f"--cluster takes dask://HOST:PORT, got {text!r}: ray is not supported, "
            "start `dask scheduler` on one machine and `dask worker` on the others"
        )
    raise ConfigError(f"--cluster takes dask://HOST:PORT, got {text!r}")
