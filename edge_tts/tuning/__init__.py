"""Measures a pack on this machine and stores what is best: ``edgetts tune``."""

from __future__ import annotations

from edge_tts.tuning.effort import EFFORTS, Effort
from edge_tts.tuning.tune_pack import tune_pack

__all__ = ["EFFORTS", "Effort", "tune_pack"]
