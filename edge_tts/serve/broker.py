"""Owns Broker: requests of all doors in, speech out; knows no protocol."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from edge_tts.errors import EdgeTTSError, NotReady, Overloaded, TextError
from edge_tts.packs import Speaker
from edge_tts.packs.voice_library import VoiceLibrary
from edge_tts.serve.cost_model import CostModel
from edge_tts.serve.job import SpeechJob
from edge_tts.serve.job_report import JobReport, Outcome
from edge_tts.serve.live_text import LiveText
from edge_tts.serve.loaded_voice import WARM_UP_TEXT
from edge_tts.serve.phrase_cache import PhraseCache, phrase_key
from edge_tts.serve.request import SpeechRequest
from edge_tts.serve.scheduler import Scheduler
from edge_tts.serve.settings import BrokerSettings
from edge_tts.serve.speaking import Speaking
from edge_tts.serve.status import BrokerStatus
from edge_tts.serve.task import Task
from edge_tts.serve.voice_shelf import VoiceLease, VoiceShelf
from edge_tts.serve.worker import Worker
from edge_tts.synthesizer import SpeechText
from edge_tts.text.passage import Passage

_LOG = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class Broker:
    """Shares voices and workers among requests. All methods belong to one event loop.

    Args:
        settings: Limits; ``reload`` can change most of them.
        on_report: Called in the loop with the figures of every finished job.
        on_rejected: Called with ``overloaded`` or ``not_ready`` for every request that
            is not taken on.
    """

    def __init__(
        self,
        settings: BrokerSettings = BrokerSettings(),  # noqa: B008 - frozen
        on_report: Callable[[JobReport], None] = lambda report: None,
        on_rejected: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self._settings = settings
        self._on_report = on_report
        self._on_rejected = on_rejected
        self._state = "starting"
        self._started_at = time.monotonic()
        self._cost = CostModel()
        self._scheduler = Scheduler(settings, self._cost)
        self._shelf = VoiceShelf(settings)
        self._workers = [
            Worker(self._scheduler, number) for number in range(settings.num_workers)
        ]
        # Its one thread loads voices and parses documents: neither the loop nor the
        # workers wait for a disk.
        self._loader = ThreadPoolExecutor(1, "edge-voice-loader")
        self._cache = PhraseCache(settings.cache_folder, settings.cache_nbytes)
        self._jobs: set[SpeechJob] = set()
        self._is_closed = False

    @property
    def settings(self) -> BrokerSettings:
        """Limits in force."""
        return self._settings

    @property
    def is_ready(self) -> bool:
        """Whether requests are taken."""
        return self._state == "ready"

    @property
    def is_healthy(self) -> bool:
        """Whether every worker gets on: none is dead or stuck in one chunk."""
        return not self._is_closed and all(
            worker.is_alive and worker.silent_s < self._settings.stuck_after_s
            for worker in self._workers
        )

    async def start(self) -> None:
        """Start the workers, load and warm the voices that are always needed.

        Raises:
            EdgeTTSError: The default voice cannot be had.
        """
        for worker in self._workers:
            worker.start()
        await self._run(self._cache.open)
        for name in (None, *self._settings.preload):
            lease = await self._run(self._shelf.load, name)
            warm = lease.loaded
            self._cost.observe(
                len(WARM_UP_TEXT), 1.0, warm.warm_audio_s, warm.warm_worker_s
            )
            lease.release()
        self._state = "ready"

    async def submit(self, request: SpeechRequest) -> SpeechJob:
        """Take a request on; its speech begins as soon as a worker is free.

        Raises:
            Overloaded: Too much to do; says when to ask again.
            NotReady: Starting, draining or stopped.
            PackError: No such voice.
            TextError: Too long, or an SSML document with a mistake.
        """
        self._check(request)
        text: SpeechText = request.text
        notices: tuple[str, ...] = ()
        if request.ssml:
            text, notices = await self._run(self._parse, request.text)
        return await self._begin(request, text, notices, None)

    async def open(self, request: SpeechRequest) -> SpeechJob:
        """Take a request on whose text follows by ``SpeechJob.feed``.

        Raises:
            Overloaded, NotReady, PackError: As ``submit``.
            TextError: SSML cannot come in pieces.
        """
        if request.ssml:
            raise TextError("SSML cannot come in pieces; send the whole document")
        self._check(request)
        live = LiveText()
        if request.text:
            live.feed(request.text)
        return await self._begin(request, live, (), live)

    def voices(self) -> list[tuple[str, Speaker]]:
        """Every voice that can be asked for: the pack's id and its speaker."""
        return [
            (entry.manifest.id, speaker)
            for entry in VoiceLibrary().entries()
            if entry.manifest is not None and not entry.shadowed
            for speaker in entry.manifest.speakers
        ]

    def status(self) -> BrokerStatus:
        """What it does at the moment."""
        active, waiting, num_busy = self._scheduler.counts()
        return BrokerStatus(
            state=self._state,
            uptime_s=time.monotonic() - self._started_at,
            num_workers=len(self._workers),
            num_busy=num_busy,
            active=active,
            waiting=waiting,
            max_jobs=self._settings.max_jobs,
            backlog_s=self._scheduler.backlog_s(),
            rtf=self._cost.rtf,
            voices=self._shelf.status(),
            cache_hits=self._cache.hits,
            cache_misses=self._cache.misses,
            cache_nbytes=self._cache.nbytes,
            cache_entries=self._cache.num_entries,
        )

    async def reload(self, settings: BrokerSettings | None = None) -> None:
        """Look voices and lexicon up again; jobs under way keep what they have.

        Args:
            settings: New limits; the number of workers and the cache's folder stay.

        Raises:
            EdgeTTSError: The default voice cannot be had; the one before speaks on.
        """
        if settings is None:
            settings = self._settings
        # The prediction of waits must count the workers that there are.
        settings = replace(
            settings,
            num_workers=len(self._workers),
            cache_folder=self._settings.cache_folder,
        )
        shelf = VoiceShelf(settings)
        try:
            for name in (None, *settings.preload):
                lease = await self._run(shelf.load, name)
                lease.release()
        except EdgeTTSError:
            await self._run(shelf.close)
            raise
        # Only now: what cannot be had changes nothing.
        self._settings = self._scheduler.settings = settings
        self._cache.max_nbytes = settings.cache_nbytes
        old, self._shelf = self._shelf, shelf
        await self._run(old.close)

    async def drain(self, timeout_s: float) -> None:
        """Take nothing more, finish what is under way, then stop everything.

        A job is under way until its client has taken the last chunk.

        Args:
            timeout_s: After it, jobs still under way end with ``NotReady``.
        """
        self._state = "draining"
        deadline = time.monotonic() + timeout_s
        while self._jobs and time.monotonic() < deadline:
            left_s = deadline - time.monotonic()
            await asyncio.wait(
                {job.left for job in self._jobs}, timeout=max(left_s, 0.0)
            )
        for job in list(self._jobs):
            job.give_up(NotReady("the daemon is shutting down"))
        ends = [asyncio.ensure_future(job.ended()) for job in self._jobs]
        if ends:
            await asyncio.wait(ends, timeout=10.0)
            for end in ends:
                end.cancel()
        await self._close()

    async def _close(self) -> None:
        self._state = "stopped"
        if self._is_closed:
            return
        self._is_closed = True
        self._scheduler.close()
        loop = asyncio.get_running_loop()
        for worker in self._workers:
            if worker.is_alive:
                await loop.run_in_executor(self._loader, worker.join, 10.0)
        await self._run(self._shelf.close)
        await self._run(self._cache.close)
        self._loader.shutdown(wait=True)

    def _check_ready(self) -> None:
        if self._state != "ready":
            self._on_rejected("not_ready")
            raise NotReady(f"the daemon is {self._state}; try again")

    def _check(self, request: SpeechRequest) -> None:
        self._check_ready()
        longest = self._settings.max_text_chars
        if len(request.text) > longest:
            raise TextError(
                f"expected at most {longest} characters, got {len(request.text)}; "
                "send it in parts, or use `edgetts narrate` for a book"
            )

    async def _begin(
        self,
        request: SpeechRequest,
        text: SpeechText,
        notices: tuple[str, ...],
        live: LiveText | None,
    ) -> SpeechJob:
        lease = await self._lease(request.voice)
        try:
            return self._enqueue(request, text, notices, live, lease)
        except Overloaded:
            lease.release()
            self._on_rejected("overloaded")
            raise
        except BaseException:
            lease.release()
            raise

    async def _lease(self, name: str | None) -> VoiceLease:
        lease = self._shelf.find(name)
        if lease is not None:
            return lease
        loop = asyncio.get_running_loop()
        loading = loop.run_in_executor(self._loader, self._shelf.load, name)
        try:
            return await asyncio.shield(loading)
        except asyncio.CancelledError:
            # The client left; the thread will lend the voice all the same.
            loading.add_done_callback(_give_back)
            raise

    def _enqueue(
        self,
        request: SpeechRequest,
        text: SpeechText,
        notices: tuple[str, ...],
        live: LiveText | None,
        lease: VoiceLease,
    ) -> SpeechJob:
        self._check_ready()
        key = None
        num_chars = len(request.text)
        # The key knows nothing of further voices that a document names.
        is_alone = not isinstance(text, Passage) or not text.voices
        if live is None and is_alone and num_chars <= self._settings.cache_max_chars:
            key = phrase_key(request, lease) if request.use_cache else None
        speaking = Speaking(self._cache, key, text, request, lease)
        speed = request.options.speed
        predicted_s = self._cost.worker_seconds(num_chars, speed)
        if self._settings.log_texts:
            _LOG.info("client=%s text=%r", request.client or "-", request.text)
        task = Task(
            request.priority, request.client, speaking.chunks, predicted_s, live
        )

        def report(outcome: Outcome) -> JobReport:
            lease.release()
            spoken = num_chars if live is None else live.num_chars
            if outcome == "done" and not speaking.is_cached:
                self._cost.observe(spoken, speed, task.made_s, task.spent_s)
            made = _report(outcome, request, lease, task, speaking.is_cached, notices)
            self._on_report(made)
            return made

        job = SpeechJob(
            self._scheduler,
            task,
            lease.loaded.synthesizer.format,
            lease.speaker,
            report,
            self._settings.stall_timeout_s,
        )
        self._scheduler.add(task, request.deadline_s)
        self._jobs.add(job)
        job.left.add_done_callback(lambda left: self._jobs.discard(job))
        if request.deadline_s is not None:
            job.expire_after(request.deadline_s)
        job.watch()
        return job

    def _parse(self, text: str) -> tuple[SpeechText, tuple[str, ...]]:
        from edge_tts.text.ssml import parse_ssml

        document = parse_ssml(text)
        self._shelf.check(document.passage.voices)
        return document.passage, document.notices

    async def _run(
        self, function: Callable[..., _Result], *arguments: object
    ) -> _Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._loader, function, *arguments)


def _give_back(loading: asyncio.Future[VoiceLease]) -> None:
    if not loading.cancelled() and loading.exception() is None:
        loading.result().release()


def _report(
    outcome: Outcome,
    request: SpeechRequest,
    lease: VoiceLease,
    task: Task,
    is_cached: bool,
    notices: tuple[str, ...],
) -> JobReport:
    now = time.monotonic()
    first_step = now if task.first_step_at is None else task.first_step_at
    audio_at = task.first_audio_at
    return JobReport(
        outcome=outcome,
        voice=lease.speaker,
        priority=request.priority,
        client=request.client,
        waited_ms=(first_step - task.submitted_at) * 1e3,
        first_audio_ms=None
        if audio_at is None
        else (audio_at - task.submitted_at) * 1e3,
        audio_seconds=task.made_s,
        synthesis_seconds=task.spent_s,
        is_cached=is_cached,
        notices=notices,
        variants=lease.loaded.synthesizer.voice.plan.variants,
    )
