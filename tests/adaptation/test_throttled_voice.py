"""The real voice on executors that are made slow, heard by a sink with a clock."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edge_tts.voice
from edge_tts.adaptation import Adaptation, FallbackVoices, Rung
from edge_tts.audio import AudioChunk
from edge_tts.backends.base import StageExecutor, StageRun
from edge_tts.backends.registry import open_executors
from edge_tts.metrics import SynthesisMetrics
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Pack
from edge_tts.synthesizer import Synthesizer

TEXT = "We walked along the shore. Then the light was gone. Nobody came."


class Throttle:
    """A stage that takes longer: per call and per row, like a machine in trouble."""

    def __init__(self, executor: StageExecutor, wait: Callable[[int], None]) -> None:
        self._executor = executor
        self._wait = wait
        self.signature = executor.signature

    def open(self, max_rows: int) -> StageRun:
        return ThrottledRun(self._executor.open(max_rows), self._wait)

    def close(self) -> None:
        self._executor.close()


class ThrottledRun:
    def __init__(self, run: StageRun, wait: Callable[[int], None]) -> None:
        self._run = run
        self._wait = wait
        self.reset = run.reset
        self.close = run.close

    def run(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        self._wait(len(next(iter(inputs.values()))))
        return self._run.run(inputs)


class Trouble:
    """Slows down vocoders opened through it."""

    def __init__(self) -> None:
        self.call_s = self.row_s = 0.0
        self.spared: list[str] = []
        """Packs and thread counts that stay quick."""

    def open(self, pack: Pack, variants: Any, *, num_threads: int = 1) -> Any:
        executors = dict(open_executors(pack, variants, num_threads=num_threads))
        names = {pack.manifest.id, f"{num_threads} threads"}
        if names.isdisjoint(self.spared):
            executors["vocoder"] = Throttle(
                executors["vocoder"],
                lambda rows: time.sleep(self.call_s + rows * self.row_s),
            )
        return executors


class Clock:
    """A listener in real time."""

    def __init__(self) -> None:
        self.made_s = 0.0
        self.started: float | None = None

    def lead_seconds(self) -> float | None:
        if self.started is None:
            return None
        return max(0.0, self.made_s - (time.perf_counter() - self.started))

    def hear(self, chunks: Iterator[AudioChunk]) -> np.ndarray[Any, Any]:
        samples = []
        for chunk in chunks:
            samples.append(chunk.samples)
            self.made_s += chunk.seconds
            # A short prebuffer, and a ring of a second.
            if self.started is None and self.made_s > 0.15:
                self.started = time.perf_counter()
            ahead = self.lead_seconds() or 0.0
            if ahead > 1.0:
                time.sleep(ahead - 1.0)
        return np.concatenate(samples)


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch) -> Trouble:
    made = Trouble()
    monkeypatch.setattr(edge_tts.voice, "open_executors", made.open)
    return made


def test_larger_chunks_save_a_voice_that_pays_per_call(trouble: Trouble) -> None:
    # 16 frames are 0.19 s of speech: too slow, but 192 frames are not.
    trouble.call_s = 0.4
    with Synthesizer() as synthesizer:
        clock = Clock()
        adapted = clock.hear(synthesizer.stream(TEXT, lead_seconds=clock.lead_seconds))
        metrics = synthesizer.metrics
        trouble.call_s = 0.0
        plain = np.concatenate([c.samples for c in synthesizer.stream(TEXT)])
    assert metrics.steps_down >= 1
    assert metrics.rungs[0] == "larger chunks"
    assert metrics.as_report()["steps_down"] == metrics.steps_down
    # Chunks never change the signal.
    assert np.array_equal(adapted, plain)


def test_fewer_threads(trouble: Trouble, monkeypatch: pytest.MonkeyPatch) -> None:
    trouble.row_s = 0.016
    trouble.spared = ["1 threads"]
    # Threads from the environment are a choice for good times.
    monkeypatch.setenv("EDGE_TTS_THREADS", "2")
    with Synthesizer() as synthesizer:
        clock = Clock()
        clock.hear(synthesizer.stream(TEXT, lead_seconds=clock.lead_seconds))
        metrics = synthesizer.metrics
    assert metrics.rungs[:2] == ["larger chunks", "cheaper variants"]
    # With one thread it was quick: nothing further had to be given up.
    assert metrics.steps_down == 2


def test_the_lite_voice_comes_last(
    trouble: Trouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Path(edge_tts.voice.__file__).parent / "voices/edge-en"
    target = tmp_path / "edge-en-lite"
    shutil.copytree(source, target)
    manifest = json.loads((target / "pack.json").read_text())
    manifest["id"] = "edge-en-lite"
    (target / "pack.json").write_text(json.dumps(manifest))
    monkeypatch.setenv("EDGE_TTS_VOICES", str(tmp_path))
    trouble.row_s = 0.016
    trouble.spared = ["edge-en-lite"]
    with Synthesizer("edge-en/lj") as synthesizer:
        clock = Clock()
        clock.hear(synthesizer.stream(TEXT, lead_seconds=clock.lead_seconds))
        assert synthesizer.metrics.rungs == ["larger chunks", "lite voice"]


def test_a_speaker_who_is_not_in_the_lite_pack_keeps_the_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Path(edge_tts.voice.__file__).parent / "voices/edge-en"
    target = tmp_path / "edge-en-lite"
    shutil.copytree(source, target)
    manifest = json.loads((target / "pack.json").read_text())
    manifest |= {"id": "edge-en-lite", "default_speaker": "lj"}
    manifest["speakers"] = [s for s in manifest["speakers"] if s["id"] == "lj"]
    (target / "pack.json").write_text(json.dumps(manifest))
    monkeypatch.setenv("EDGE_TTS_VOICES", str(tmp_path))
    voice = edge_tts.voice.Voice.load("edge-en/lj", RuntimeOptions())
    fallbacks = FallbackVoices(voice, RuntimeOptions())
    try:
        adaptation = Adaptation(lambda: 0.0, fallbacks, SynthesisMetrics())
        while adaptation.rung is not Rung.LITE_VOICE:
            adaptation.observe(1.0, 2.0)
        deadline = time.monotonic() + 60
        while fallbacks.voice(Rung.LITE_VOICE) is voice:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        lj, bdl = (voice.manifest.speaker(name) for name in ("lj", "bdl"))
        lite, speaker = adaptation.voice(voice, lj)
        assert lite.manifest.id == "edge-en-lite"
        assert speaker is not None and speaker.id == "lj"
        assert adaptation.voice(voice, bdl) == (voice, bdl)
    finally:
        fallbacks.close()
        voice.close()


def test_without_a_listener_nothing_changes(trouble: Trouble) -> None:
    trouble.row_s = 0.002
    with Synthesizer() as synthesizer:
        for _ in synthesizer.stream("Nobody waits for this."):
            pass
        assert synthesizer.metrics.steps_down == 0
        assert synthesizer.metrics.rungs == []
