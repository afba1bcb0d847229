"""Owns ``lexicon_copy``: a run speaks by the lexicon as it was when the run began."""

from __future__ import annotations

from pathlib import Path

from edge_tts.audio.atomic_file import cannot_write
from edge_tts.errors import ConfigError
from edge_tts.narrate.job import Job
from edge_tts.narrate.part_path import part_path
from edge_tts.text.user_lexicon import UserLexicon


def lexicon_copy(job: Job, lexicon: Path | None) -> Path | None:
    """Keep a copy of a user's lexicon in the job.

    Workers read a lexicon again when it changes. Edited while they speak, it would
    give audio of the new entries under the keys of the old ones.

    Args:
        job: Begun.
        lexicon: As the user named it; None for none.

    Raises:
        ConfigError: It cannot be read or a line is malformed.
        SinkError: The job's disk is full.
    """
    if lexicon is None:
        return None
    UserLexicon(lexicon)
    try:
        data = lexicon.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read the lexicon {lexicon}: {error}") from error
    copy = job.folder / "lexicon.txt"
    temporary = part_path(job.staging / copy.name)
    try:
        temporary.write_bytes(data)
        temporary.replace(copy)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise cannot_write(copy, error) from error
    return copy
