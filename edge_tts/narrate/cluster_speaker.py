"""Owns ClusterSpeaker: what runs in a dask worker; imported only with dask.

dask sends the plugin to every worker, also to those that join later, and decides which
worker speaks what.
"""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from edge_tts.narrate.job_pins import JobPins
from edge_tts.narrate.pin_check import pin_differences
from edge_tts.narrate.sentence_speaker import SentenceSpeaker
from edge_tts.narrate.worker import answer_request

Spoken = tuple[dict[str, Any], bytes]


class ClusterSpeaker(WorkerPlugin):
    """Speakers of one job in one worker, one per thread that speaks at a time.

    Args:
        pins: ``JobPins.to_json`` of the job.
        lexicon: Text of a user's lexicon: its file need not be on the worker.
    """

    def __init__(self, pins: str, lexicon: str | None) -> None:
        # Of this run: one of another book may have the same pins, and ends earlier.
        self.name = f"edgetts-{uuid.uuid4().hex}"
        self._pins = pins
        self._lexicon = lexicon

    def setup(self, worker: Worker) -> None:
        """Called by dask in the worker; costs nothing before the first sentence."""
        self._folder = Path(worker.local_directory)
        self._lock = threading.Lock()
        self._refusal: str | None = None
        self._idle: list[SentenceSpeaker] = []
        self._ended = False

    def teardown(self, worker: Worker) -> None:
        """Free the voices."""
        with self._lock:
            self._ended = True
            while self._idle:
                self._idle.pop().close()
            self._lexicon_file.unlink(missing_ok=True)

    def refusal(self) -> str:
        """Why this worker must not speak for the job; empty where it may."""
        with self._lock:
            if self._refusal is None:
                self._refusal = pin_differences(JobPins.from_json(self._pins))
            return self._refusal

    def answer(self, fields: dict[str, Any]) -> Spoken:
        """Speak a sentence: JSON fields, and samples as 16-bit PCM."""
        refusal = self.refusal()
        if refusal:
            return {"refused": refusal}, b""
        with self._lock:
            speaker = self._idle.pop() if self._idle else self._new_speaker()
        try:
            return answer_request(speaker, {"kind": "speak", "fields": fields})
        finally:
            with self._lock:
                if self._ended:
                    speaker.close()
                else:
                    self._idle.append(speaker)

    @property
    def _lexicon_file(self) -> Path:
        return self._folder / f"{self.name}.lexicon.txt"

    def _new_speaker(self) -> SentenceSpeaker:
        path = None
        if self._lexicon is not None:
            path = self._lexicon_file
            # Once: others speak by it and must never see half of it.
            if not path.exists():
                temporary = path.with_suffix(".part")
                temporary.write_text(self._lexicon, encoding="utf-8")
                temporary.replace(path)
        return SentenceSpeaker(JobPins.from_json(self._pins).runtime, path)


def speak_on_worker(plugin: str, fields: dict[str, Any]) -> Spoken:
    """The task of a sentence."""
    worker = get_worker()
    speaker = worker.plugins.get(plugin)
    if not isinstance(speaker, ClusterSpeaker):
        refusal = "it was not told about the job"
        return {"refused": refusal, "worker": worker.address}, b""
    answer, data = speaker.answer(fields)
    return {**answer, "worker": worker.address}, data


def ask_worker(plugin: str) -> str:
    """The task that asks for ``refusal``, before hours are spent."""
    speaker = get_worker().plugins.get(plugin)
    if not isinstance(speaker, ClusterSpeaker):
        return "it was not told about the job"
    return speaker.refusal()
