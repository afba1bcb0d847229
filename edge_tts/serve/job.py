"""Owns SpeechJob: the client's side of one request; used from the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from types import TracebackType

from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.errors import DeadlineExceeded, StreamStateError, SynthesisFailed
from edge_tts.serve.job_report import JobReport, Outcome
from edge_tts.serve.scheduler import Scheduler
from edge_tts.serve.task import Task

ReportMaker = Callable[[Outcome], JobReport]


class SpeechJob:
    """Chunks of one request as they are made: ``async for chunk in job``.

    Leaving the loop, or the ``async with`` around it, cancels what is left. Made by
    the broker.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        task: Task,
        audio_format: AudioFormat,
        voice: str,
        make_report: ReportMaker,
        stall_timeout_s: float,
    ) -> None:
        self._scheduler = scheduler
        self._task = task
        self._format = audio_format
        self.voice = voice
        """Who speaks, ``PACK/SPEAKER``."""
        self._make_report = make_report
        self._stall_timeout_s = stall_timeout_s
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._chunks: deque[AudioChunk] = deque()
        self._taken_at = self._loop.time()
        self._error: BaseException | None = None
        self._outcome: Outcome | None = None
        self._is_over = False
        self._is_iterated = False
        self._is_heard = False
        """Whether somebody is in the loop over the chunks."""
        self._done = self._loop.create_future()
        self._done.add_done_callback(_retrieved)
        self.left: asyncio.Future[None] = self._loop.create_future()
        """Done when no worker has anything to do with it and its speech was taken, or
        is not wanted; for the broker."""
        self._timers: list[asyncio.TimerHandle] = []
        self.report: JobReport | None = None
        """Figures, once the last chunk is made or the job was given up."""
        # The worker's thread only ever rings the loop's bell.
        task.deliver = lambda chunk: self._call(self._add, chunk)
        task.finish = lambda error: self._call(self._end, error)

    @property
    def audio_format(self) -> AudioFormat:
        """Of every chunk."""
        return self._format

    @property
    def num_held_chars(self) -> int:
        """Text that was fed and that no worker has begun with."""
        return 0 if self._task.live is None else self._task.live.num_held

    def cancel(self) -> None:
        """Stop within one chunk; from any thread. Iteration ends without an error."""
        self._call(self._stop, "cancelled", None)

    async def feed(self, text: str) -> None:
        """Add text to a job that ``Broker.open`` returned.

        An empty text asks for all to be spoken that is known, finished or not.

        Raises:
            StreamStateError: The text was finished, or the job has it all already.
        """
        live = self._task.live
        if live is None or live.is_finished:
            raise StreamStateError("this job takes no more text; submit another")
        live.feed(text)
        self._taken_at = self._loop.time()
        self._scheduler.wake()

    async def finish(self) -> None:
        """Nothing follows: speak what is left."""
        if self._task.live is not None:
            self._task.live.finish()
            self._scheduler.wake()

    async def started(self) -> None:
        """Return when the first chunk is there, or the speech ended without any.

        Raises:
            EdgeTTSError: What iterating would raise; nothing was spoken yet.
        """
        while not self._chunks and not self._is_over:
            self._changed.clear()
            await self._changed.wait()
        if not self._chunks and self._error is not None:
            raise self._error

    async def ended(self) -> JobReport:
        """Wait until no worker has anything to do with it and return the figures."""
        await asyncio.shield(self._done)
        assert self.report is not None
        return self.report

    async def __aiter__(self) -> AsyncIterator[AudioChunk]:
        if self._is_iterated:
            raise StreamStateError("a job can be listened to once; submit another")
        self._is_iterated = self._is_heard = True
        try:
            while True:
                await self.started()
                if not self._chunks:
                    if self._error is not None:
                        raise self._error
                    return
                chunk = self._chunks.popleft()
                self._taken_at = self._loop.time()
                self._scheduler.taken(self._task, chunk.seconds)
                yield chunk
        finally:
            self._is_heard = False
            self.cancel()

    async def __aenter__(self) -> SpeechJob:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()

    def expire_after(self, seconds: float) -> None:
        """Give the job up when it is not finished by then; for the broker."""

        def expire() -> None:
            error = DeadlineExceeded(f"not finished after the {seconds:g} s allowed")
            self._stop("deadline", error)

        self._timers.append(self._loop.call_later(seconds, expire))

    def watch(self) -> None:
        """Give the job up when its client neither takes nor sends; for the broker."""
        left_s = self._taken_at + self._stall_timeout_s - self._loop.time()
        live = self._task.live
        waits = live is not None and live.is_waiting
        idle = not waits and not self._chunks
        if left_s <= 0.0 and not idle:
            what = "sent no text" if not self._chunks else "took no speech"
            error = DeadlineExceeded(
                f"the client {what} for {self._stall_timeout_s:g} s"
            )
            self._stop("deadline", error)
            return
        self._timers[:] = [t for t in self._timers if t.when() > self._loop.time()]
        pause = left_s if left_s > 0.0 else self._stall_timeout_s
        self._timers.append(self._loop.call_later(pause, self.watch))

    def give_up(self, error: BaseException) -> None:
        """End with an error; for the broker that shuts down."""
        self._stop("cancelled", error)

    def _stop(self, outcome: Outcome, error: BaseException | None) -> None:
        if self._is_over:
            if self._chunks:
                # Made, and not wanted or not taken in time: never a silent end.
                self._chunks.clear()
                self._error = error
                self._changed.set()
            self._is_heard = False
            self._leave()
            return
        self._outcome, self._error = outcome, error
        self._is_over = True
        self._chunks.clear()
        self._changed.set()
        self._scheduler.close_task(self._task)

    def _add(self, chunk: AudioChunk) -> None:
        if not self._is_over:
            if not self._chunks:
                self._taken_at = self._loop.time()
            self._chunks.append(chunk)
            self._changed.set()

    def _end(self, error: BaseException | None) -> None:
        """The worker is done with the task."""
        if not self._is_over:
            self._is_over = True
            self._error = error
            self._outcome = "done" if error is None else _outcome_of(error)
        self._stop_timers()
        assert self._outcome is not None
        self.report = self._make_report(self._outcome)
        self._changed.set()
        if not self._done.done():
            self._done.set_result(None)
        self._leave()
        if not self.left.done():
            self.watch()

    def _leave(self) -> None:
        is_taken = not self._chunks and not self._is_heard
        if self._done.done() and is_taken and not self.left.done():
            self._stop_timers()
            self.left.set_result(None)

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _call(self, callback: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            # The loop is closed: nobody listens, the scheduler is about to close.
            self._task.is_closing = True


def _outcome_of(error: BaseException) -> Outcome:
    return "failed" if isinstance(error, SynthesisFailed) else "refused"


def _retrieved(future: asyncio.Future[None]) -> None:
    if not future.cancelled():
        future.exception()
