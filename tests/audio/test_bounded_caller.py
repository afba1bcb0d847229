from __future__ import annotations

import os
import resource
import threading
import time

import pytest

from edge_tts.audio.bounded_caller import BoundedCaller
from edge_tts.errors import SinkError


def test_result_and_error_come_back() -> None:
    caller = BoundedCaller()
    assert caller.call(lambda: 7, 5.0, "asking") == 7
    with pytest.raises(ZeroDivisionError):
        caller.call(lambda: 1 // 0, 5.0, "dividing")
    caller.close()


def test_what_hangs_is_given_up_and_so_is_what_waits_behind_it() -> None:
    caller = BoundedCaller()
    release = threading.Event()
    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(SinkError, match=r"asking got no answer .* for 0\.05 s"):
            caller.call(lambda: release.wait(60), 0.05, "asking")
    assert time.monotonic() - started < 10
    release.set()
    assert caller.call(lambda: 1, 10.0, "asking") == 1
    caller.close()


def test_closed_caller_leaves_no_thread() -> None:
    before = threading.active_count()
    caller = BoundedCaller()
    assert threading.active_count() == before + 1
    caller.close()
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_calls_and_their_threads_run_first_where_that_is_allowed() -> None:
    def policies() -> list[int]:
        found = [os.sched_getscheduler(0)]
        child = threading.Thread(target=lambda: found.append(os.sched_getscheduler(0)))
        child.start()
        child.join()
        return found

    caller = BoundedCaller()
    found = caller.call(policies, 10.0, "asking")
    caller.close()
    may = os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_RTPRIO)[0] > 0
    if not may or os.SCHED_RR not in found:
        pytest.skip("this system gives nobody real-time priority")
    assert found == [os.SCHED_RR, os.SCHED_RR]
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
