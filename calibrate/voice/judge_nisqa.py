"""NISQA-TTS as a judge of naturalness, run from a checkout of its public repository.

G. Mittag, S. Möller: Deep Learning Based Assessment of Synthetic Speech Naturalness,
Interspeech 2020. The network's scores depend on level: everything is brought to the
same one first. Nothing of that repository is part of this project.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from calibrate.voice.errors import TrainingError
from calibrate.voice.recordings import LEVEL_DBFS, SAMPLE_RATE, level_and_trim

JUDGING_LEVEL_DBFS: Final = -29.0
"""RMS of active speech at which everything is scored."""


def naturalness(
    speech: Mapping[str, NDArray[np.float32]], checkout: Path
) -> dict[str, float]:
    """Predicted mean opinion scores, 1 to 5.

    Args:
        speech: Samples at 22,050 Hz by name; names must be usable as file names.
        checkout: Folder of the NISQA repository, with ``weights/nisqa_tts.tar``.

    Raises:
        TrainingError: The checkout is not there or its program failed.
    """
    program = checkout / "run_predict.py"
    if not program.is_file():
        raise TrainingError(
            f"expected a checkout of gabrielmittag/NISQA at {checkout}; clone it there"
        )
    gain = np.float32(10 ** ((JUDGING_LEVEL_DBFS - LEVEL_DBFS) / 20))
    with tempfile.TemporaryDirectory() as folder:
        for name, samples in speech.items():
            levelled, _ = level_and_trim(samples)
            soundfile.write(Path(folder, f"{name}.wav"), levelled * gain, SAMPLE_RATE)
        command = [sys.executable, program.name, "--mode", "predict_dir"]
        command += ["--pretrained_model", "weights/nisqa_tts.tar", "--bs", "10"]
        command += ["--data_dir", folder, "--output_dir", folder]
        done = subprocess.run(
            command, cwd=checkout, capture_output=True, text=True, check=False
        )
        results = Path(folder, "NISQA_results.csv")
        if done.returncode or not results.is_file():
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise TrainingError(f"NISQA at {checkout} failed: {last}")
        with open(results, encoding="utf-8", newline="") as lines:
            return {
                Path(row["deg"]).stem: float(row["mos_pred"])
                for row in csv.DictReader(lines)
            }
