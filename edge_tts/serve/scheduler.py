"""Owns Scheduler: which job gets the next step of a worker, and which is taken on."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from edge_tts.errors import Overloaded
from edge_tts.serve.cost_model import CostModel
from edge_tts.serve.request import Priority
from edge_tts.serve.settings import BrokerSettings
from edge_tts.serve.task import Task

_HEARTBEAT_S = 1.0
_COMFORT_S = 2.0
"""A listener with so much speech ahead can let others go first."""
_STARVED_S = 3.0
"""After so long without a step even the lowest priority gets one."""
_RELIEF_S = 0.5
"""Time between two steps that are given out of turn."""


class Scheduler:
    """Tasks of all clients; a worker asks for one, makes a chunk, asks again.

    A step lasts as long as one chunk, so a request of higher priority starts at the
    next one. Among equals the client who had the least of the workers goes first,
    then the listener who would run dry first.
    """

    def __init__(self, settings: BrokerSettings, cost: CostModel) -> None:
        self.settings = settings
        self._cost = cost
        self._changed = threading.Condition(threading.Lock())
        self._tasks: dict[int, Task] = {}
        self._shares: dict[str, float] = {}
        self._num_given = 0
        self._relieved_at = 0.0
        self._is_closed = False

    @property
    def num_tasks(self) -> int:
        """Jobs taken on and not finished."""
        return len(self._tasks)

    def counts(self) -> tuple[dict[Priority, int], dict[Priority, int], int]:
        """Jobs with a stream, jobs without one, workers in a step."""
        active, waiting = dict.fromkeys(Priority, 0), dict.fromkeys(Priority, 0)
        with self._changed:
            for task in self._tasks.values():
                (active if task.is_started else waiting)[task.priority] += 1
            return active, waiting, sum(t.in_step for t in self._tasks.values())

    def backlog_s(self) -> float:
        """Worker seconds that all jobs still need, predicted."""
        with self._changed:
            return sum(task.remaining_s for task in self._tasks.values())

    def add(self, task: Task, deadline_s: float | None = None) -> None:
        """Take a job on.

        Raises:
            Overloaded: There are too many, or it would wait too long.
        """
        with self._changed:
            self._admit(task, deadline_s)
            same = [t for t in self._tasks.values() if t.client == task.client]
            if not same:
                # Absence earns no credit: a client enters level with the others.
                self._shares[task.client] = min(self._shares.values(), default=0.0)
            self._num_given += 1
            task.number = self._num_given
            self._tasks[task.number] = task
            self._changed.notify()

    def wake(self) -> None:
        """Look again: text has come, speech was taken, a job is wanted no more."""
        with self._changed:
            self._changed.notify()

    def taken(self, task: Task, seconds: float) -> None:
        """The client took so much speech."""
        with self._changed:
            was_full = task.unread_s >= self.settings.max_ahead_s
            task.unread_s -= seconds
            if was_full:
                self._changed.notify()

    def close_task(self, task: Task) -> None:
        """Make the next free worker end a job."""
        with self._changed:
            task.is_closing = True
            self._changed.notify()

    def next(self, beat: Callable[[], None]) -> Task | None:
        """Wait for a task that can make a step; None when closed.

        Args:
            beat: Called about once a second while there is nothing to do.
        """
        with self._changed:
            while not self._is_closed:
                beat()
                now = time.monotonic()
                task, ready_at = self._choose(now)
                if task is not None:
                    task.in_step = task.is_started = True
                    task.last_turn_at = now
                    return task
                self._changed.wait(min(max(ready_at - now, 0.0), _HEARTBEAT_S))
            return None

    def stepped(self, task: Task, worker_s: float, audio_s: float) -> None:
        """A step is over; the task may run again."""
        with self._changed:
            task.in_step = False
            task.unread_s += audio_s
            if task.client in self._shares:
                self._shares[task.client] += worker_s
            self._changed.notify()

    def remove(self, task: Task) -> None:
        """The job has ended."""
        with self._changed:
            self._tasks.pop(task.number, None)
            if all(t.client != task.client for t in self._tasks.values()):
                self._shares.pop(task.client, None)
            self._changed.notify_all()

    def close(self) -> None:
        """Let the workers go."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _admit(self, task: Task, deadline_s: float | None) -> None:
        settings, tasks = self.settings, self._tasks.values()
        workers = settings.num_workers
        backlog_s = sum(t.remaining_s for t in tasks) / workers
        # When about one job will have ended.
        one_s = _bounded(backlog_s / max(len(self._tasks), 1))
        if len(self._tasks) >= settings.max_jobs:
            raise Overloaded(
                f"{len(self._tasks)} jobs are under way, the most this daemon takes; "
                f"try again in {one_s:.0f} s",
                one_s,
            )
        own = sum(t.client == task.client for t in tasks)
        if own >= settings.max_jobs_per_client:
            raise Overloaded(
                f"{own} jobs of this client are under way, the most it may have; "
                f"try again in {one_s:.0f} s",
                one_s,
            )
        wait_s = sum(self._ahead_s(t, task) for t in tasks) / workers
        longest_s = settings.max_wait_s[task.priority]
        if deadline_s is not None:
            longest_s = min(longest_s, max(deadline_s - task.predicted_s, 0.0))
        if wait_s > longest_s:
            retry_s = _bounded(wait_s - longest_s)
            raise Overloaded(
                f"predicted to wait {wait_s:.1f} s, at most {longest_s:.1f} s are "
                f"allowed; try again in {retry_s:.0f} s",
                retry_s,
            )

    def _ahead_s(self, other: Task, task: Task) -> float:
        """Worker seconds that another job will take before this one can end."""
        if other.priority > task.priority:
            return 0.0
        # Who listens takes no more than what is heard meanwhile.
        settings = self.settings
        heard_s = settings.max_ahead_s + settings.max_wait_s[task.priority]
        ahead_s = min(other.remaining_s, self._cost.rtf * heard_s)
        if other.priority == task.priority:
            # Equals share: a longer job takes no more than this one does meanwhile.
            ahead_s = min(ahead_s, max(task.predicted_s, 0.01))
        return ahead_s

    def _choose(self, now: float) -> tuple[Task | None, float]:
        """The task to run, or None and when to look again."""
        best: Task | None = None
        best_key: tuple[float, ...] = ()
        starved: Task | None = None
        ready_at = math.inf
        room = self._room()
        for task in self._tasks.values():
            if task.in_step:
                continue
            at = task.runnable_at(now, self.settings.max_ahead_s)
            if task.is_closing:
                return task, now
            if at > now:
                ready_at = min(ready_at, at)
                continue
            if not task.is_started and not room[task.priority]:
                continue
            if now - task.last_turn_at > _STARVED_S and (
                starved is None or task.last_turn_at < starved.last_turn_at
            ):
                starved = task
            key = self._key(task, now)
            if best is None or key < best_key:
                best, best_key = task, key
        if starved is not None and now - self._relieved_at > _RELIEF_S:
            self._relieved_at = now
            return starved, now
        return best, ready_at

    def _key(self, task: Task, now: float) -> tuple[float, ...]:
        share = self._shares.get(task.client, 0.0)
        if task.priority is Priority.BATCH:
            return (task.priority, 0.0, share, 0.0, task.number)
        lead_s = task.lead_s(now)
        return (task.priority, lead_s > _COMFORT_S, share, lead_s, task.number)

    def _room(self) -> dict[Priority, bool]:
        """Whether a job of each priority may take a stream."""
        room = {}
        started = [t.priority for t in self._tasks.values() if t.is_started]
        for priority in Priority:
            below = sum(other >= priority for other in started)
            room[priority] = len(
                started
            ) < self.settings.max_active and below < self.settings.limit(priority)
        return room


def _bounded(seconds: float) -> float:
    return float(min(max(math.ceil(seconds), 1), 300))
