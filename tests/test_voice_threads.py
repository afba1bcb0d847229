"""The native stages of one voice share one pool of threads."""

from __future__ import annotations

import pytest

from edge_tts.cpu.native_library import native_library
from edge_tts.options import RuntimeOptions
from edge_tts.voice import Voice

pytestmark = pytest.mark.skipif(
    native_library().handle is None, reason="no kernel library was built"
)


def _thread_count() -> int:
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Thr"))


def test_three_threads_mean_two_more_and_none_are_left() -> None:
    before = _thread_count()
    options = RuntimeOptions(backend="native", num_threads=3)
    voice = Voice.load("kathleen", options)
    assert len(voice.plan.choices) > 2
    assert _thread_count() == before + 2
    with voice.open_stream():
        assert _thread_count() == before + 2
    voice.close()
    assert _thread_count() == before
