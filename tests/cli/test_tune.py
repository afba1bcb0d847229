from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def _edgetts(home: Path, *arguments: str, **more: str) -> Any:
    environment = {
        **{k: v for k, v in os.environ.items() if k != "EDGE_TTS_PLAN"},
        "XDG_CACHE_HOME": str(home),
        **more,
    }
    return subprocess.run(
        [sys.executable, "-m", "edge_tts", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=200,
    )


@pytest.mark.slow
def test_tune_then_doctor_then_say(tmp_path: Path) -> None:
    done = _edgetts(tmp_path, "tune", "--quick")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # No bar in a file.
    assert "edge-en: " in done.stdout
    assert " here: not used" in done.stdout
    plan = tmp_path / "edge_tts/plans/edge-en.json"
    written = json.loads(plan.read_text())
    assert written["pack"]["id"] == "edge-en"

    doctor = _edgetts(tmp_path, "doctor")
    assert f"plan for edge-en (measured: {plan})" in doctor.stdout
    assert " us a row here" in doctor.stdout

    report = tmp_path / "report.json"
    said = _edgetts(
        *(tmp_path, "say", "Hello.", "-o", str(tmp_path / "a.wav")),
        *("--report", str(report)),
    )
    assert said.returncode == 0, said.stderr
    assert json.loads(report.read_text())["threads"] == written["choice"]["threads"]

    plan.write_text(plan.read_text()[:1000])
    doctor = _edgetts(tmp_path, "doctor")
    assert "plan for edge-en (shipped table)" in doctor.stdout
    assert "plan ignored: " in doctor.stdout
    said = _edgetts(tmp_path, "say", "Hello.", "-o", str(tmp_path / "b.wav"))
    assert said.returncode == 0, said.stderr


def test_wrong_use(tmp_path: Path) -> None:
    assert "cannot-be" in _edgetts(tmp_path, "tune", "cannot-be").stderr
    both = _edgetts(tmp_path, "tune", "--quick", "--thorough")
    assert both.returncode == 2
    file = tmp_path / "file"
    file.write_text("")
    done = _edgetts(tmp_path, "tune", "--quick", "-o", str(file / "plan.json"))
    assert done.returncode == 1
    assert done.stderr.startswith("edgetts: error: cannot write ")
