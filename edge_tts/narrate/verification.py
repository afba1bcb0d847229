"""Reads every take of a job again and compares it with what the journal says."""

from __future__ import annotations

from edge_tts.errors import SinkError
from edge_tts.narrate.job import Job
from edge_tts.narrate.take import audio_hash


def verify_takes(job: Job) -> list[str]:
    """Keys of the takes whose samples are gone or changed.

    Raises:
        SinkError: SQLite finds its file damaged.
    """
    problems = job.journal.problems()
    if problems:
        raise SinkError(
            f"the journal in {job.folder} is damaged ({problems[0]}); remove the "
            "folder to begin anew"
        )
    damaged = []
    for take in job.journal.takes():
        try:
            samples = job.store.read(take.extent)
        except SinkError:
            damaged.append(take.key)
            continue
        if audio_hash(samples.tobytes()) != take.audio_hash:
            damaged.append(take.key)
    return damaged
