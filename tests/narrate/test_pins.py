"""The variants of a job: kept, refused where they cannot run, replaced when asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_tts.errors import BackendError
from edge_tts.narrate.job import Job
from edge_tts.narrate.job_pins import JobPins
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.progress import SilentProgress
from edge_tts.options import RuntimeOptions
from tests.narrate.conftest import Narrate, digests

VOICE = "edge-en/kathleen"


def _pins(folder: Path) -> JobPins:
    with Job(folder / ".edgetts-job") as job:
        recorded = job.journal.meta("pins")
    assert recorded is not None
    return JobPins.from_json(recorded)


def _begun_elsewhere(folder: Path, variant: str) -> None:
    """Make the job look as if another machine had chosen ``variant``."""
    with Job(folder / ".edgetts-job") as job:
        pins = json.loads(job.journal.meta("pins") or "")
        for stage in [s for s in pins["voices"][VOICE] if s.startswith("stage.")]:
            pins["voices"][VOICE][stage] = variant
        job.journal.set_meta("pins", json.dumps(pins))


def test_a_variant_that_is_not_here_is_refused_until_repin(
    narrated: Narrate, tmp_path: Path
) -> None:
    narrated()
    before, pins = digests(tmp_path / "out"), _pins(tmp_path / "out")
    _begun_elsewhere(tmp_path / "out", "abacus:int8")
    with pytest.raises(BackendError, match=r"cannot run.*--repin"):
        narrated()
    # Nothing was touched, and the pins are still those of the other machine.
    assert digests(tmp_path / "out") == before
    stages = _pins(tmp_path / "out").voices[VOICE]
    assert {v for k, v in stages.items() if k != "pack"} == {"abacus:int8"}
    narrated(repin=True)
    assert _pins(tmp_path / "out") == pins
    assert digests(tmp_path / "out") == before
    assert narrated().speaking.num_takes == 0


def test_repin_speaks_the_whole_book_with_other_variants(
    narrated: Narrate, tmp_path: Path
) -> None:
    first = narrated(runtime=RuntimeOptions(backend="ort"))
    before, takes = digests(tmp_path / "out"), first.speaking.num_takes
    # Without --repin the job goes on with what it was begun with.
    assert narrated().speaking.num_takes == 0
    assert digests(tmp_path / "out") == before
    assert narrated(repin=True).speaking.num_takes == takes
    assert digests(tmp_path / "out") != before
    stages = _pins(tmp_path / "out").voices[VOICE]
    assert all(v.startswith("native:") for k, v in stages.items() if k != "pack")


def test_pins_survive_the_journal(speaks: None, tmp_path: Path) -> None:
    options = NarrationOptions(output=tmp_path)
    with Job(tmp_path / "job") as job:
        pins = job.pin({VOICE: None}, options, SilentProgress())
        assert JobPins.from_json(job.journal.meta("pins") or "") == pins
        assert job.pin({VOICE: None}, options, SilentProgress()) == pins
