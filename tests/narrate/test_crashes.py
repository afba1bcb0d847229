"""Nothing lost, nothing twice: kills, full disks, two processes, dying workers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from edge_tts.narrate.job import Job
from edge_tts.narrate.worker_pool import Request, WorkerPool
from edge_tts.options import RuntimeOptions
from tests.narrate.conftest import Narrate, command, digests, run_command


def test_kills_leave_no_trace(
    narrated: Narrate, book_file: Path, tmp_path: Path
) -> None:
    narrated(output=tmp_path / "quiet")
    expected = digests(tmp_path / "quiet")
    generator = random.Random(5)
    for _ in range(6):
        process = subprocess.Popen(
            command(book_file, tmp_path / "killed"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(generator.uniform(0.2, 3.0))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = run_command(book_file, tmp_path / "killed")
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "killed") == expected


def test_an_interrupt_says_how_to_go_on(
    speaks: None, book_file: Path, tmp_path: Path
) -> None:
    # Different sentences: equal ones are spoken once.
    lines = " ".join(f"This is sentence number {n} of many." for n in range(3000))
    book_file.write_text(f"CHAPTER I\n\n{lines}\n")
    process = subprocess.Popen(
        command(book_file, tmp_path / "out"), stderr=subprocess.PIPE, text=True
    )
    journal = tmp_path / "out" / ".edgetts-job" / "journal.sqlite"
    deadline = time.monotonic() + 60
    while not journal.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "run the same command again" in errors


def test_a_second_process_leaves_the_first_alone(
    narrated: Narrate, book_file: Path, tmp_path: Path
) -> None:
    with Job(tmp_path / "out" / ".edgetts-job"):
        done = run_command(book_file, tmp_path / "out")
    assert done.returncode == 1 or "StreamStateError" in done.stderr
    assert f"process {os.getpid()} is narrating" in done.stderr
    assert narrated().report.num_failed == 0


@pytest.mark.parametrize("limit", [150_000, 400_000])
def test_a_full_disk_is_said_and_survived(
    narrated: Narrate, book_file: Path, tmp_path: Path, limit: int
) -> None:
    narrated(output=tmp_path / "quiet")
    # A limit on the size of files gives the same errors as a full disk, without root.
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); "
        "from edge_tts.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    words = [w for w in command(book_file, tmp_path / "out")[3:] if w != "--debug"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "run the same command again" in done.stderr
    assert "Traceback" not in done.stderr
    assert narrated().report.num_failed == 0
    assert digests(tmp_path / "out") == digests(tmp_path / "quiet")


def test_a_full_tmpfs_is_survived(
    narrated: Narrate, book_file: Path, tmp_path: Path
) -> None:
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("mounting a tmpfs is not permitted here")
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    try:
        done = run_command(book_file, place / "out")
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        grow = ["mount", "-o", "remount,size=40m", str(place)]
        subprocess.run(grow, check=True)
        again = run_command(book_file, place / "out")
        assert again.returncode == 0, again.stderr
        narrated(output=tmp_path / "quiet")
        assert digests(place / "out") == digests(tmp_path / "quiet")
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_dying_worker_is_replaced(speaks: None) -> None:
    fields = {
        "key": "k", "voice": "edge-en/kathleen", "speed": 1.0, "pitch": 0.0,
        "volume": 0.0, "seed": 0, "tempo": 1.0,
    }  # fmt: skip
    requests = [
        Request(str(n), "speak", {**fields, "text": f"Sentence number {n}."})
        for n in range(12)
    ]
    with WorkerPool(2, RuntimeOptions(chunk_frames=256), None, nice=0) as pool:
        answers = []
        for answer in pool.run(requests):
            if len(answers) in (2, 5):
                os.kill(pool.pids[0], signal.SIGKILL)
            answers.append(answer)
        deaths = pool.deaths
    assert deaths == 2
    assert sorted(int(a.id) for a in answers) == list(range(12))
    assert not any(a.error for a in answers)
    assert all(a.data for a in answers)


def test_workers_do_not_outlive_a_killed_narrator(speaks: None) -> None:
    script = (
        "import time; from edge_tts.options import RuntimeOptions; "
        "from edge_tts.narrate.worker_pool import Request, WorkerPool\n"
        "with WorkerPool(1, RuntimeOptions(), None, nice=0) as pool:\n"
        "    list(pool.run([Request('1', 'nothing', {})]))\n"
        "    print(*pool.pids, flush=True)\n"
        "    time.sleep(60)\n"
    )
    narrator = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    )
    assert narrator.stdout is not None
    worker = psutil.Process(int(narrator.stdout.readline()))
    # It stands for one that is busy: it cannot see its socket close.
    worker.suspend()
    narrator.kill()
    narrator.communicate()
    psutil.wait_procs([worker], timeout=10)
    assert not worker.is_running()


def test_a_request_that_kills_every_worker_is_reported_not_lost(
    speaks: None, tmp_path: Path
) -> None:
    # A worker's own file limit stands for whatever ends a process.
    fields = {
        "key": "k", "voice": "edge-en/kathleen", "speed": 1.0, "pitch": 0.0,
        "volume": 0.0, "seed": 0, "tempo": 1.0,
    }  # fmt: skip
    requests = [Request(str(n), "speak", {**fields, "text": "Yes."}) for n in range(3)]
    requests.insert(1, Request("poison", "die", {}))
    with WorkerPool(1, RuntimeOptions(chunk_frames=256), None, nice=0) as pool:
        answers = {}
        for answer in _with_poison(pool, requests):
            answers[answer.id] = answer
    assert "ended its worker 3 times" in answers.pop("poison").error
    assert len(answers) == 3 and not any(a.error for a in answers.values())


def _with_poison(pool: WorkerPool, requests: list[Request]):  # type: ignore[no-untyped-def]
    """Kill the worker whenever it is at the poisoned request."""
    import threading

    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for worker in list(pool._workers):
                first = next(iter(worker.pending), None)
                if first is not None and first.request.id == "poison":
                    worker.process.kill()
            time.sleep(0.01)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield from pool.run(requests)
    finally:
        stop.set()
        thread.join()
