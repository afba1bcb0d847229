"""Errors of the converters; holds no logic."""

from __future__ import annotations

from edge_tts.errors import EdgeTTSError


class ConversionError(EdgeTTSError):
    """A source cannot be converted; names the file or the node that is wrong."""
