"""A book spoken by a real dask cluster of processes on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from edge_tts.cli import main
from edge_tts.errors import BackendError, ConfigError
from edge_tts.narrate.cluster_address import cluster_address
from edge_tts.narrate.cluster_pool import ClusterPool
from edge_tts.narrate.job_pins import JobPins, pin_voices
from edge_tts.narrate.narration import narrate
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.open_book import open_book
from edge_tts.narrate.pin_check import pin_differences
from edge_tts.narrate.progress import ProgressEvent, SilentProgress
from edge_tts.narrate.sentence_speaker import SpeechRequest
from edge_tts.narrate.worker_pool import Request
from edge_tts.options import RuntimeOptions
from tests.narrate.conftest import Narrate, digests

VOICE = "edge-en/kathleen"


@pytest.fixture
def pins(speaks: None) -> JobPins:
    return pin_voices({VOICE: None}, RuntimeOptions())


class Cluster:
    """A scheduler and two workers, each a process that can be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        note = folder / "scheduler.json"
        self._start("scheduler", "--port", "0", "--scheduler-file", str(note))
        deadline = time.monotonic() + 60
        while not note.exists() or not note.read_text():
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.05)
        self._note = note
        self.workers = [self._worker(), self._worker()]
        from distributed import Client

        with Client(scheduler_file=str(note), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)

    @property
    def address(self) -> str:
        import json

        found: str = json.loads(self._note.read_text())["address"]
        return found.replace("tcp://", "dask://")

    def _worker(self) -> subprocess.Popen[bytes]:
        # Without a nanny: who is killed stays dead.
        return self._start(
            "worker", "--scheduler-file", str(self._note), "--no-nanny",
            "--nthreads", "1", "--local-directory", str(self._folder),
        )  # fmt: skip

    def _start(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "distributed.cli.dask_" + what, *words),
                *("--no-dashboard", "--host", "127.0.0.1"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / f"{what}.log").open("ab"),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self.processes = [*getattr(self, "processes", []), process]
        return process

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(speaks: None, tmp_path: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    folder = tmp_path / "cluster"
    folder.mkdir()
    running = Cluster(folder)
    try:
        yield running
    finally:
        running.stop()


def requests(count: int) -> list[Request]:
    return [
        Request(
            str(n),
            "speak",
            asdict(
                SpeechRequest(
                    "k", f"Sentence number {n}.", VOICE, 1.0, 0.0, 0.0, 0, 1.0
                )
            ),
        )
        for n in range(count)
    ]


def test_a_cluster_gives_the_same_bits(
    narrated: Narrate, cluster: Cluster, tmp_path: Path
) -> None:
    lexicon = tmp_path / "lexicon.txt"
    lexicon.write_text("harbour = haven\n")
    formats = ("wav", "mp3")
    narrated(output=tmp_path / "here", formats=formats, lexicon=lexicon)
    result = narrated(
        output=tmp_path / "there",
        formats=formats,
        lexicon=lexicon,
        cluster=cluster.address,
    )
    assert result.speaking.num_takes == result.report.num_sentences - 1
    assert digests(tmp_path / "there") == digests(tmp_path / "here")
    # The same journal: nothing is left to speak, with or without the cluster.
    assert narrated(output=tmp_path / "there", formats=formats,
                    lexicon=lexicon).speaking.num_takes == 0  # fmt: skip


def test_a_killed_worker_costs_nothing(
    cluster: Cluster, pins: JobPins, tmp_path: Path
) -> None:
    answers = {}
    with ClusterPool(cluster.address, pins, None, print) as pool:
        taken = 0

        def counted() -> Iterator[Request]:
            nonlocal taken
            for request in requests(40):
                taken += 1
                yield request

        for answer in pool.run(counted(), per_worker=3):
            assert taken - len(answers) <= 6
            assert answer.id not in answers
            answers[answer.id] = answer
            if len(answers) == 10:
                cluster.workers[0].send_signal(signal.SIGKILL)
        deaths = pool.deaths
    assert sorted(map(int, answers)) == list(range(40))
    assert not any(answer.error for answer in answers.values())
    assert all(answer.data for answer in answers.values())
    assert deaths == 1


class KillAWorker(SilentProgress):
    """Ends a worker of a cluster when a tenth of the book is spoken."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster
        self.kills = 0

    def update(self, event: ProgressEvent) -> None:
        if event.phase == "speak" and 0.1 < event.done / event.total < 0.8:
            if not self.kills:
                self._cluster.workers[0].send_signal(signal.SIGKILL)
            self.kills = 1


def test_a_book_is_complete_when_a_worker_was_killed(
    narrated: Narrate, cluster: Cluster, book_file: Path, tmp_path: Path
) -> None:
    lines = [f"This is sentence number {n} of a longer book." for n in range(80)]
    text = f"CHAPTER I\n\n{' '.join(lines[:40])}\n\n\nCHAPTER II\n\n"
    book_file.write_text(text + " ".join(lines[40:]) + "\n")
    quiet = narrated(output=tmp_path / "here")
    progress = KillAWorker(cluster)
    options = NarrationOptions(
        output=tmp_path / "there", formats=("wav",), jobs=1, cluster=cluster.address
    )
    result = narrate(open_book(book_file), options, progress)
    assert progress.kills == 1 and result.speaking.worker_deaths == 1
    assert result.speaking.num_takes == quiet.speaking.num_takes == 82
    assert result.report.words_spoken == quiet.report.words_in_book
    assert digests(tmp_path / "there") == digests(tmp_path / "here")


def test_books_of_one_voice_share_a_cluster(
    cluster: Cluster, pins: JobPins, tmp_path: Path
) -> None:
    lexicon = tmp_path / "lexicon.txt"
    lexicon.write_text("harbour = haven\n")
    with ClusterPool(cluster.address, pins, lexicon, print) as pool:
        with ClusterPool(cluster.address, pins, lexicon, print) as other:
            assert all(answer.data for answer in other.run(requests(2)))
        # The other book is done and has taken its speakers away.
        assert all(answer.data for answer in pool.run(requests(2)))
        pool._open.unregister_worker_plugin(pool._plugin.name)
        with pytest.raises(BackendError, match=r"worker tcp://.* was not told"):
            list(pool.run(requests(1)))


def test_a_worker_that_differs_refuses(cluster: Cluster, pins: JobPins) -> None:
    other = replace(pins, voices={VOICE: {**pins.voices[VOICE], "pack": "0" * 32}})
    with (
        pytest.raises(BackendError, match=r"worker tcp://.* pack hash is [0-9a-f]{32}"),
        ClusterPool(cluster.address, other, None, print),
    ):
        pass


def test_an_empty_cluster_is_said_and_given_up(cluster: Cluster, pins: JobPins) -> None:
    notes: list[str] = []
    with ClusterPool(cluster.address, pins, None, notes.append, 1.0) as pool:
        for worker in cluster.workers:
            worker.kill()
            worker.wait()
        with pytest.raises(BackendError, match="has had no worker for 1 s"):
            list(pool.run(requests(3)))
    assert len(notes) == 1 and "no worker; waiting" in notes[0]


def test_results_that_were_lost_with_their_workers_are_not_waited_for(
    cluster: Cluster, pins: JobPins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_tts.narrate.cluster_pool.FETCH_SECONDS", 0.5)
    with (
        ClusterPool(cluster.address, pins, None, print, 1.0) as pool,
        pytest.raises(BackendError, match="has had no worker for 1 s"),
    ):
        for _ in pool.run(requests(6)):
            # The others are spoken by now and lie with the workers.
            time.sleep(1.0)
            for worker in cluster.workers:
                worker.kill()
                worker.wait()


def test_a_lost_scheduler_is_said(cluster: Cluster, pins: JobPins) -> None:
    with (
        ClusterPool(cluster.address, pins, None, print) as pool,
        pytest.raises(BackendError, match=r"scheduler .* is gone .*run the same"),
    ):
        for _ in pool.run(requests(40)):
            cluster.processes[0].kill()


def test_differences_are_named(pins: JobPins) -> None:
    assert pin_differences(pins) == ""
    assert "the job 0.0.1" in pin_differences(replace(pins, version="0.0.1"))
    stages = dict(pins.voices[VOICE])
    stage = next(name for name in stages if name.startswith("stage."))
    stages[stage] = "abacus:int3"
    assert pin_differences(replace(pins, voices={VOICE: stages})) == (
        f"{VOICE} {stage.removeprefix('stage.')} is {pins.voices[VOICE][stage]}, "
        "in the job abacus:int3"
    )
    missing = replace(pins, voices={"nowhere/nobody": {"pack": "0"}})
    assert "nowhere" in pin_differences(missing)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ray://host:1", "ray is not supported"),
        ("dask://host", "dask://HOST:PORT"),
        ("dask://host:70000", "dask://HOST:PORT"),
        ("tcp://host:8786", "dask://HOST:PORT"),
    ],
)
def test_wrong_addresses(
    book_file: Path, address: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError, match=message):
        cluster_address(address)
    words = ["narrate", str(book_file), "-o", "x.wav", "--cluster", address]
    assert main(words) == 2
    assert message in capsys.readouterr().err


def test_addresses() -> None:
    assert cluster_address("dask://box.local:8786") == "tcp://box.local:8786"
    assert cluster_address("dask://[::1]:8786") == "tcp://[::1]:8786"


def test_nobody_answers(pins: JobPins, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    monkeypatch.setattr("edge_tts.narrate.cluster_pool.CONNECT_SECONDS", 1.0)
    with (
        pytest.raises(BackendError, match="no dask scheduler answers"),
        ClusterPool("dask://127.0.0.1:1", pins, None, print),
    ):
        pass


def test_dask_is_missing(pins: JobPins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "edge_tts.narrate.cluster_speaker", raising=False)
    with pytest.raises(ConfigError, match="edge-tts-runtime\\[cluster\\]"):
        ClusterPool("dask://127.0.0.1:1", pins, None, print)
