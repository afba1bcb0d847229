"""Errors of the training recipe; holds no logic."""

from __future__ import annotations

from edge_tts.errors import EdgeTTSError


class DatasetError(EdgeTTSError):
    """A manifest or a recording cannot be used; the message names the file."""


class TrainingError(EdgeTTSError):
    """A training run cannot start, resume or go on; the message says what to do."""
