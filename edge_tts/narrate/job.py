"""Owns Job: the folder of one narration, locked, with journal, audio and pins."""

from __future__ import annotations

import shutil
from pathlib import Path

from edge_tts.audio.atomic_file import cannot_write
from edge_tts.errors import SinkError
from edge_tts.narrate.audio_store import AudioStore
from edge_tts.narrate.job_lock import JobLock
from edge_tts.narrate.job_pins import JobPins, pin_voices, repin
from edge_tts.narrate.journal import Journal
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.part_path import PARTS
from edge_tts.narrate.progress import Progress


class Job:
    """Opens or makes a job; a context manager.

    Raises:
        StreamStateError: Another process works on it.
        SinkError: The folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = JobLock(folder)
        except OSError as error:
            raise cannot_write(folder, error) from error
        try:
            self.journal = Journal(folder)
            self.store = AudioStore(folder / "audio")
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Job:
        return self

    def __exit__(self, *unused: object) -> None:
        self.store.close()
        self.journal.close()
        self._lock.release()

    @property
    def staging(self) -> Path:
        """Folder of files that are complete but not yet under their names."""
        return self.folder / "out"

    def begin(self) -> None:
        """Cut off what a killed run left, and get ready to add."""
        try:
            self.staging.mkdir(exist_ok=True)
            for path in self.staging.glob(PARTS):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            self.store.begin(self.journal.used_extent(), self.journal.segments())
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def pin(
        self, voices: dict[str, None], options: NarrationOptions, progress: Progress
    ) -> JobPins:
        """Fix the variants of a new job, or take those of the one that goes on.

        Raises:
            BackendError: A pinned variant cannot run here.
        """
        recorded = self.journal.meta("pins")
        if recorded is None or options.repin:
            pins = pin_voices(voices, options.runtime)
        else:
            old = JobPins.from_json(recorded)
            pins = repin(old, voices, options.runtime)
            if pins.isa != old.isa:
                progress.note(
                    f"this job was begun on {old.isa} and goes on with {pins.isa}: the "
                    "same variants give the same samples"
                )
            if pins.version != old.version:
                progress.note(
                    f"edge_tts {pins.version} goes on with a job of {old.version}: its "
                    "sentences are spoken again"
                )
            changed = [
                name
                for name, stages in pins.voices.items()
                if name in old.voices and old.voices[name] != stages
            ]
            if changed:
                progress.note(
                    f"sentences of {', '.join(changed)} are spoken again: "
                    "its pack or variants have changed"
                )
        self.journal.set_meta("pins", pins.to_json())
        return pins


def check_space(folder: Path, needed_bytes: int) -> str | None:
    """A warning when the disk will not hold the job; None when it will."""
    free = shutil.disk_usage(folder).free
    if free >= needed_bytes:
        return None
    return (
        f"{folder} has {free / 1e6:.0f} MB free, about {needed_bytes / 1e6:.0f} MB "
        "will be needed; should it fill up, free some and run the same command again"
    )


def explain_disk(error: OSError, folder: Path) -> SinkError:
    """The error for a disk that is full or gone, with what to do next."""
    reason = error.strerror or str(error)
    return SinkError(
        f"cannot write {folder}: {reason}; everything spoken so far is kept: free some "
        "space and run the same command again"
    )
