"""Kills a narration at random moments and compares what comes out with a quiet run.

    python -m benchmarks.narration_kills --kills 200

Every kill is SIGKILL to the narrator alone, or to the narrator and all of its workers
(as when the machine loses power, but for the disk's own cache). One job is killed again
and again while it goes on: lives are random and just long enough that the job is nearly
done at the last kill, on a busy machine too. Its files must in the end be bit for bit
those of a run that nobody disturbed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish

BOOK = Path(__file__).parent / "data" / "book_sentences.txt"
FORMATS = "wav,mp3"
PER_CHAPTER = 10
"""Sentences: what is encoded between two kills must be small."""


def main() -> int:
    """Run and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--copies", type=int, default=4, help="length of the book")
    parser.add_argument("--formats", default=FORMATS)
    parser.add_argument("--book", type=Path, help="a book of your own")
    add_arguments(parser)
    arguments = parser.parse_args()
    machine = Machine.here()
    with tempfile.TemporaryDirectory() as folder:
        rows = run_kills(arguments, Path(folder))
    return publish("narration_kills", rows, arguments, machine)


def run_kills(arguments: argparse.Namespace, folder: Path) -> list[Row]:
    """Narrate once in peace, then with kills, and compare."""
    book = arguments.book or _book(folder / "book.txt", arguments.copies)
    quiet = _Life(_command(book, folder / "quiet", arguments.formats))
    if not quiet.ends_within(None):
        raise SystemExit(f"the quiet run failed: {quiet.errors}")
    expected = _digests(folder / "quiet")
    whole = _steps(folder / "quiet")
    print(f"quiet run {quiet.seconds:.1f} s, {whole.show()}", flush=True)
    generator = random.Random(arguments.seed)
    command = _command(book, folder / "killed", arguments.formats)
    # From the start of a process to its first sentence; nothing is ahead before.
    startup = quiet.first_event_seconds
    longest = startup + 2.0 * (quiet.seconds - startup) / arguments.kills
    kills = lives = finished = 0
    stages: Counter[str] = Counter()
    differing: set[str] = set()
    started = time.monotonic()
    while kills < arguments.kills:
        lives += 1
        life = _Life(command)
        if life.ends_within(generator.uniform(0.0, longest)):
            if life.code:
                raise SystemExit(f"a resumed run failed: {life.errors}")
            finished += 1
            differing |= _differing(expected, _digests(folder / "killed"))
            # Done before the last kill: once more from the beginning.
            shutil.rmtree(folder / "killed")
            continue
        life.kill(with_workers=generator.random() < 0.5)
        kills += 1
        stages[life.stage()] += 1
        # The job is to be as far as the kills are, however busy the machine is.
        done = finished + _steps(folder / "killed").share_of(whole)
        behind = done < kills / arguments.kills
        longest *= 1.1 if behind else 0.9
        longest = min(max(longest, 0.5 * startup), 4.0 * quiet.seconds)
        if kills % 10 == 0:
            shown = ", ".join(f"{n} in {name}" for name, n in stages.items())
            print(
                f"{kills} kills after {time.monotonic() - started:.0f} s, job "
                f"{done:.0%} done, lives up to {longest:.2f} s; {shown}",
                flush=True,
            )
    last = subprocess.run(command, capture_output=True)
    differing |= _differing(expected, _digests(folder / "killed"))
    print(f"{lives + 1} lives, {finished + 1} finished jobs, kills: {dict(stages)}")
    return [
        Row("narration_kills", float(kills), "kills", target=arguments.kills,
            at_least=True),
        Row("narration_kills_files_differing", float(len(differing)), "files",
            target=0.0),
        Row("narration_kills_exit_code", float(last.returncode), "", target=0.0),
        Row("narration_kills_jobs", float(finished + 1), "jobs"),
        *(Row(f"narration_kills_in_{name}", float(count), "kills")
          for name, count in sorted(stages.items())),
        Row("narration_kills_seconds", time.monotonic() - started, "s"),
        Row("narration_quiet_run", quiet.seconds, "s"),
    ]  # fmt: skip


class _Life:
    """One process, from its start to its end or to the kill."""

    def __init__(self, command: list[str]) -> None:
        # Files, not pipes: an orphan that held a pipe open would stop the benchmark.
        self._out = tempfile.TemporaryFile("w+b")  # noqa: SIM115
        self._log = tempfile.TemporaryFile("w+b")  # noqa: SIM115
        self._started = time.monotonic()
        self.first_event_seconds = 0.0
        self.seconds = 0.0
        self._process = subprocess.Popen(
            command, stdout=self._out, stderr=self._log, start_new_session=True
        )

    def ends_within(self, seconds: float | None) -> bool:
        """Wait for the end, None for ever; return whether it came."""
        end = float("inf") if seconds is None else self._started + seconds
        while self._process.poll() is None:
            now = time.monotonic()
            if now >= end:
                return False
            if not self.first_event_seconds and os.fstat(self._out.fileno()).st_size:
                self.first_event_seconds = now - self._started
            time.sleep(min(0.01, end - now))
        self.seconds = time.monotonic() - self._started
        return True

    def kill(self, *, with_workers: bool) -> None:
        """SIGKILL to the narrator, or to it and all its workers."""
        if with_workers:
            os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()

    def stage(self) -> str:
        """What it was doing last, from the progress that it wrote."""
        self._out.seek(0)
        # The kill may have come in the middle of the last line.
        lines = self._out.read().decode().split("\n")[:-1]
        events = [json.loads(line) for line in lines]
        last = next((e for e in reversed(events) if e["event"] == "progress"), None)
        if last is None:
            return "start"
        if last["phase"] == "encode" and last["done"] >= last["total"]:
            return "naming"
        return str(last["phase"])

    @property
    def code(self) -> int:
        """Exit code."""
        return int(self._process.wait())

    @property
    def errors(self) -> str:
        """What it said."""
        self._log.seek(0)
        return self._log.read().decode()


@dataclass(frozen=True)
class _Steps:
    """What the journal of a job holds."""

    takes: int = 0
    products: int = 0
    """Measurements and files."""

    def share_of(self, whole: _Steps) -> float:
        """How far the job is: the sentences and the files count the same."""
        return 0.5 * (self.takes / whole.takes + self.products / whole.products)

    def show(self) -> str:
        """For people."""
        return f"{self.takes} sentences, {self.products} measurements and files"


def _steps(folder: Path) -> _Steps:
    path = folder / ".edgetts-job" / "journal.sqlite"
    try:
        journal = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        with contextlib.closing(journal):
            rows = [
                journal.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
                for table in ("take", "product")
            ]
            return _Steps(*rows)
    except sqlite3.Error:
        # Killed before there was one.
        return _Steps()


def _command(book: Path, output: Path, formats: str) -> list[str]:
    return [
        *(sys.executable, "-m", "edge_tts", "narrate", str(book), "-o", str(output)),
        *("--format", formats, "--subtitles", "srt", "--nice", "0", "--json-progress"),
    ]


def _book(path: Path, copies: int) -> Path:
    sentences = [line for line in BOOK.read_text(encoding="utf-8").splitlines() if line]
    chapters: list[str] = []
    for copy in range(copies):
        for start in range(0, len(sentences), PER_CHAPTER):
            # Different from each other: equal sentences are spoken once.
            text = " ".join(
                f"Number {copy + 1}: {s}" for s in sentences[start:][:PER_CHAPTER]
            )
            chapters.append(f"CHAPTER {len(chapters) + 1}\n\n{text}\n\n\n")
    path.write_text("\n".join(chapters), encoding="utf-8")
    return path


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        # The report holds the paths and times of nothing, but the seeds of retries.
        if path.is_file()
    }


def _differing(expected: dict[str, str], found: dict[str, str]) -> set[str]:
    return {n for n in {*expected, *found} if expected.get(n) != found.get(n)}


if __name__ == "__main__":
    sys.exit(main())
