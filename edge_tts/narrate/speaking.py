"""Owns ``speak_missing``: every sentence without audio gets some, safely on disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from edge_tts.errors import SinkError
from edge_tts.narrate.job import Job, explain_disk
from edge_tts.narrate.journal import Planned
from edge_tts.narrate.progress import Progress, ProgressEvent
from edge_tts.narrate.request_runner import RequestRunner
from edge_tts.narrate.sentence_speaker import SpeechRequest
from edge_tts.narrate.take import SpokenMark, Take, audio_hash
from edge_tts.narrate.tempo import CALIBRATION_TEXT, predicted_seconds
from edge_tts.narrate.worker_pool import Answer, Request

FIRST_COMMIT_SECONDS: Final = 0.05
"""Doubles up to ``COMMIT_SECONDS``: a run that is killed soon gets ahead too."""
COMMIT_SECONDS: Final = 1.0
"""Speech that a crash may cost, in time to make it again."""
COMMIT_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class SpeakingFigures:
    """What one run added."""

    num_takes: int
    audio_seconds: float
    wall_seconds: float
    worker_deaths: int


def measure_tempo(
    pool: RequestRunner,
    voices: Mapping[str, None],
    job: Job,
    digests: Mapping[str, str],
) -> dict[str, float]:
    """Speed of each voice against the fitted one; spoken once per job and voice.

    Raises:
        SinkError: A voice cannot speak at all.
    """
    tempos: dict[str, float] = {}
    wanted = []
    for voice in voices:
        known = job.journal.meta(f"tempo.{digests[voice]}")
        if known is not None:
            tempos[voice] = float(known)
            continue
        request = SpeechRequest("", CALIBRATION_TEXT, voice, 1.0, 0.0, 0.0, 0, 1.0)
        wanted.append(Request(voice, "speak", asdict(request)))
    for answer in pool.run(wanted):
        if answer.error:
            raise SinkError(f"voice {answer.id} cannot speak: {answer.error}")
        seconds = len(answer.data) / 2 / _rate(job)
        # Rounded: it decides about suspicion and must not vary in the last digit.
        tempo = round(predicted_seconds(CALIBRATION_TEXT) / max(seconds, 0.1), 3)
        tempos[answer.id] = tempo
        job.journal.set_meta(f"tempo.{digests[answer.id]}", repr(tempo))
    return tempos


def speak_missing(
    job: Job,
    pool: RequestRunner,
    tempos: Mapping[str, float],
    progress: Progress,
    wait: Callable[[], None],
) -> SpeakingFigures:
    """Speak what has no take; return when all of it is on disk and journalled.

    Takes go into the journal in groups, after their samples were synced: whatever
    happens, a row means audio that exists.

    Raises:
        SinkError: The disk is full; what was spoken is kept.
    """
    rate = _rate(job)
    tracker = _Tracker(job, tempos, progress)
    started = last_commit = time.monotonic()
    pending: list[Take] = []
    pending_bytes = num_takes = 0
    interval = FIRST_COMMIT_SECONDS
    deaths = pool.deaths

    def commit() -> None:
        nonlocal pending_bytes, last_commit, interval
        job.store.sync()
        with job.journal.transaction():
            for take in pending:
                job.journal.add_take(take)
        pending.clear()
        pending_bytes = 0
        interval = min(COMMIT_SECONDS, 2.0 * interval)
        last_commit = time.monotonic()

    try:
        for answer in pool.run(_requests(job, tempos), wait):
            if answer.error:
                job.journal.add_failure(answer.id, answer.error)
                progress.note(_failed(job, answer))
                continue
            pending.append(_stored(job, answer))
            pending_bytes += len(answer.data)
            num_takes += 1
            tracker.add(answer, len(answer.data) / 2 / rate)
            if (
                time.monotonic() - last_commit >= interval
                or pending_bytes >= COMMIT_BYTES
            ):
                commit()
        commit()
    except OSError as error:
        raise explain_disk(error, job.folder) from error
    except BaseException as error:
        if not isinstance(error, Exception):
            # Ctrl-C or SIGTERM: what is finished is kept.
            commit()
        raise
    wall = time.monotonic() - started
    return SpeakingFigures(num_takes, tracker.made, wall, pool.deaths - deaths)


def _requests(job: Job, tempos: Mapping[str, float]) -> Iterator[Request]:
    # In slices: a reader over the whole plan would keep the journal from shrinking.
    after = -1
    while True:
        batch = job.journal.missing(after, 256)
        if not batch:
            return
        for planned in batch:
            after = planned.position
            yield Request(planned.key, "speak", asdict(_request(planned, tempos)))


def _request(planned: Planned, tempos: Mapping[str, float]) -> SpeechRequest:
    s = planned.sentence
    return SpeechRequest(
        planned.key,
        s.text,
        s.voice,
        s.speed,
        s.pitch,
        s.volume,
        planned.seed,
        tempos.get(s.voice, 1.0),
        s.spans,
    )


def _stored(job: Job, answer: Answer) -> Take:
    result = answer.result
    return Take(
        key=answer.id,
        extent=job.store.append(answer.data),
        audio_hash=audio_hash(answer.data),
        marks=tuple(SpokenMark(*mark) for mark in result["marks"]),
        seed=result["seed"],
        attempts=result["attempts"],
        problems=tuple(result["problems"]),
        peak=result["peak"],
        rms_db=result["rms_db"],
        num_words=result["num_words"],
        lost_words=tuple(result["lost_words"]),
    )


def _failed(job: Job, answer: Answer) -> str:
    planned = job.journal.planned_by_key(answer.id)
    name = answer.id if planned is None else planned.sentence.id
    text = "" if planned is None else planned.sentence.text[:60]
    return f"sentence {name} could not be spoken: {answer.error}: {text!r}"


def _rate(job: Job) -> int:
    return int(job.journal.meta("sample_rate") or 22050)


class _Tracker:
    """Counts speech done, for the book and for the chapter worked on."""

    def __init__(
        self, job: Job, tempos: Mapping[str, float], progress: Progress
    ) -> None:
        self._job = job
        self._tempos = tempos
        self._progress = progress
        self._started = time.monotonic()
        self.made = 0.0
        self._titles: dict[int, str] = {}
        self._totals: dict[int, float] = {}
        self._dones: dict[int, float] = {}
        self._shown = 0.0
        # Takes that exist count as done from the start.
        for chapter in job.journal.chapters():
            self._titles[chapter.number] = chapter.title
            self._totals[chapter.number] = self._dones[chapter.number] = 0.0
        done_keys = 0.0
        for planned, has_take in job.journal.plan_state():
            seconds = self._predict(planned)
            self._totals[planned.sentence.chapter] += seconds
            if has_take:
                self._dones[planned.sentence.chapter] += seconds
                done_keys += seconds
        self._total = sum(self._totals.values())
        self._done = done_keys
        self._emit(0)

    def add(self, answer: Answer, seconds: float) -> None:
        self.made += seconds
        now = time.monotonic()
        for planned in self._job.journal.all_by_key(answer.id):
            predicted = self._predict(planned)
            chapter = planned.sentence.chapter
            self._dones[chapter] += predicted
            self._done += predicted
        if now - self._shown >= 0.1:
            self._shown = now
            self._emit(chapter)

    def _predict(self, planned: Planned) -> float:
        s = planned.sentence
        tempo = self._tempos.get(s.voice, 1.0) * s.speed
        return predicted_seconds(s.text, tempo=tempo)

    def _emit(self, chapter: int) -> None:
        self._progress.update(
            ProgressEvent(
                "speak",
                self._done,
                self._total,
                chapter,
                self._titles.get(chapter, ""),
                self._dones.get(chapter, 0.0),
                self._totals.get(chapter, 0.0),
                self.made,
                time.monotonic() - self._started,
            )
        )
