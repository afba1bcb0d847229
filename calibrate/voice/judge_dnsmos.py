"""DNSMOS as a judge of sound quality, where its package ``speechmos`` is installed.

C. K. A. Reddy, V. Gopal, R. Cutler: DNSMOS P.835, ICASSP 2022; DNSMOS (P.808), 2021.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from calibrate.voice.judge_nisqa import JUDGING_LEVEL_DBFS
from calibrate.voice.recordings import LEVEL_DBFS, SAMPLE_RATE, level_and_trim

_RATE: Final = 16_000


def sound_quality(
    speech: Mapping[str, NDArray[np.float32]],
) -> dict[str, dict[str, float]] | None:
    """Predicted mean opinion scores, 1 to 5.

    Args:
        speech: Samples at 22,050 Hz by name.

    Returns:
        Name -> ``dnsmos`` (P.835 overall) and ``dnsmos_p808``; None if not installed.
    """
    try:
        judge: Any = importlib.import_module("speechmos.dnsmos")
    except ImportError:
        return None
    gain = np.float32(10 ** ((JUDGING_LEVEL_DBFS - LEVEL_DBFS) / 20))
    scores = {}
    for name, samples in speech.items():
        levelled, _ = level_and_trim(samples)
        narrow = soxr.resample(levelled * gain, SAMPLE_RATE, _RATE)
        result = judge.run(np.clip(narrow, -1.0, 1.0), _RATE)
        scores[name] = {
            "dnsmos": float(result["ovrl_mos"]),
            "dnsmos_p808": float(result["p808_mos"]),
        }
    return scores
