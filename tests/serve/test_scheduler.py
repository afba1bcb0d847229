"""Scheduler without workers: whom it chooses and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.errors import Overloaded
from edge_tts.serve import Priority
from edge_tts.serve.cost_model import CostModel
from edge_tts.serve.scheduler import Scheduler
from edge_tts.serve.settings import BrokerSettings
from edge_tts.serve.task import Task

SECOND = AudioChunk(np.zeros(24_000, np.float32), AudioFormat(24_000), 0)


def _scheduler(rtf: float = 0.1, **changes: object) -> Scheduler:
    cost = CostModel()
    cost.observe(1000, 1.0, 100.0, 100.0 * rtf)
    settings = BrokerSettings(num_workers=1)
    return Scheduler(replace(settings, **changes), cost)  # type: ignore[arg-type]


def _task(
    priority: Priority = Priority.NORMAL, client: str = "a", cost_s: float = 1.0
) -> Task:
    return Task(priority, client, lambda: iter([SECOND] * 100), cost_s)


def _step(scheduler: Scheduler) -> Task:
    """What a worker does for one chunk."""
    task = scheduler.next(lambda: None)
    assert task is not None
    before_s = task.spent_s
    assert task.step() is not None
    task.spent_s = before_s + 0.1
    scheduler.stepped(task, 0.1, 1.0)
    return task


def test_priorities_then_shares_then_leads() -> None:
    scheduler = _scheduler(max_ahead_s=100.0)
    batch, normal, urgent = (_task(priority) for priority in reversed(Priority))
    for task in (batch, normal, urgent):
        scheduler.add(task)
    assert [_step(scheduler) for _ in range(3)] == [urgent] * 3
    scheduler.remove(urgent)
    other = _task(client="b")
    scheduler.add(other)
    chosen = [_step(scheduler) for _ in range(8)]
    assert chosen.count(normal) == chosen.count(other) == 4
    for task in (normal, other):
        scheduler.remove(task)
    assert _step(scheduler) is batch


def test_who_is_far_ahead_rests() -> None:
    scheduler = _scheduler(max_ahead_s=2.0)
    urgent, batch = _task(Priority.INTERACTIVE), _task(Priority.BATCH)
    scheduler.add(urgent)
    scheduler.add(batch)
    assert [_step(scheduler) for _ in range(3)] == [urgent, urgent, batch]
    scheduler.taken(urgent, 1.0)
    assert _step(scheduler) is urgent


def test_streams_are_kept_for_who_is_in_a_hurry() -> None:
    scheduler = _scheduler(max_active=8, max_ahead_s=1.0)
    for _ in range(6):
        scheduler.add(_task(Priority.BATCH))
    assert sum(_step(scheduler).priority is Priority.BATCH for _ in range(4)) == 4
    active, waiting, _ = scheduler.counts()
    scheduler.add(_task(Priority.NORMAL))
    scheduler.add(_task(Priority.INTERACTIVE))
    assert _step(scheduler).priority is Priority.INTERACTIVE
    assert _step(scheduler).priority is Priority.NORMAL
    assert (active[Priority.BATCH], waiting[Priority.BATCH]) == (4, 2)


def test_a_long_job_does_not_shut_short_ones_out() -> None:
    scheduler = _scheduler()
    scheduler.add(_task(cost_s=10_000.0))
    scheduler.add(_task(cost_s=0.5))
    scheduler.add(_task(cost_s=10_000.0))


def test_more_listeners_than_the_machine_can_serve_are_refused() -> None:
    # 0.25: four listeners in real time, if all texts are long.
    scheduler = _scheduler(rtf=0.25)
    with pytest.raises(Overloaded, match="predicted to wait") as refused:
        for _ in range(20):
            scheduler.add(_task(cost_s=1000.0))
    assert refused.value.retry_after_s >= 1.0
    assert 3 <= scheduler.num_tasks <= 5
    scheduler.add(_task(Priority.INTERACTIVE))


def test_a_deadline_that_cannot_be_met_is_refused() -> None:
    scheduler = _scheduler()
    for _ in range(10):
        scheduler.add(_task(cost_s=2.0))
    with pytest.raises(Overloaded):
        scheduler.add(_task(cost_s=2.0), deadline_s=3.0)


def test_one_client_cannot_fill_the_queue() -> None:
    scheduler = _scheduler(max_jobs_per_client=3)
    for _ in range(3):
        scheduler.add(_task(cost_s=0.01))
    with pytest.raises(Overloaded, match="of this client"):
        scheduler.add(_task(cost_s=0.01))
    scheduler.add(_task(client="b", cost_s=0.01))
