"""Kills a narration at random moments and compares what comes out with a quiet run.

    python -m benchmarks.narration_kills --kills 200

Every kill is SIGKILL to the narrator alone, or to the narrator and all of its workers
(as when the machine loses power, but for the disk's own cache). The files of the job
must in the end be bit for bit those of a run that nobody disturbed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish

BOOK = Path(__file__).parent / "data" / "book_sentences.txt"
FORMATS = "wav,opus,mp3"


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
    started = time.monotonic()
    quiet = _command(book, folder / "quiet", arguments.formats)
    subprocess.run(quiet, check=True, capture_output=True)
    quiet_seconds = time.monotonic() - started
    expected = _digests(folder / "quiet")
    generator = random.Random(arguments.seed)
    command = _command(book, folder / "killed", arguments.formats)
    kills = finished = runs = 0
    moments: list[float] = []
    while kills < arguments.kills:
        runs += 1
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        # The first moments hold the plan, the last ones the renaming: both count.
        wait = generator.uniform(0.0, max(0.6, quiet_seconds * 0.35))
        if runs % 8 == 0:
            # Short lives finish nothing on a slow machine; the renaming counts too.
            wait = generator.uniform(wait, 2.0 * quiet_seconds)
        try:
            _, errors = process.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            if generator.random() < 0.5:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.communicate()
            kills += 1
            if kills % 20 == 0:
                print(f"{kills} kills, {finished} runs finished", flush=True)
            moments.append(wait)
            continue
        if process.returncode:
            raise SystemExit(f"a resumed run failed: {errors.decode()}")
        finished += 1
        if _digests(folder / "killed") != expected:
            break
        # Begin anew, so that every stage is met; sometimes keep the sentences.
        _forget(folder / "killed", generator)
    last = subprocess.run(command, capture_output=True)
    found = _digests(folder / "killed")
    differing = sum(expected.get(n) != found.get(n) for n in {*expected, *found})
    print(
        f"{runs} runs, {finished} finished between kills, killed after "
        f"{min(moments, default=0.0):.2f} to {max(moments, default=0.0):.2f} s"
    )
    return [
        Row("narration_kills", float(kills), "kills", target=arguments.kills,
            at_least=True),
        Row("narration_kills_files_differing", float(differing), "files", target=0.0),
        Row("narration_kills_exit_code", float(last.returncode), "", target=0.0),
        Row("narration_quiet_run", quiet_seconds, "s"),
    ]  # fmt: skip


def _command(book: Path, output: Path, formats: str) -> list[str]:
    return [
        *(sys.executable, "-m", "edge_tts", "narrate", str(book), "-o", str(output)),
        *("--format", formats, "--subtitles", "srt", "-q", "--nice", "0"),
    ]


def _book(path: Path, copies: int) -> Path:
    sentences = [line for line in BOOK.read_text(encoding="utf-8").splitlines() if line]
    chapters = []
    for copy in range(copies):
        # Different from each other: equal sentences are spoken once.
        text = " ".join(f"{s} That was number {copy}." for s in sentences)
        chapters.append(f"CHAPTER {copy + 1}\n\n{text}\n\n\n")
    path.write_text("\n".join(chapters), encoding="utf-8")
    return path


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        # The report holds the paths and times of nothing, but the seeds of retries.
        if path.is_file()
    }


def _forget(folder: Path, generator: random.Random) -> None:
    import shutil

    choice = generator.randrange(3)
    if choice == 0:
        shutil.rmtree(folder)
    elif choice == 1:
        for path in folder.iterdir():
            if path.is_file():
                path.unlink()
    else:
        shutil.rmtree(folder / ".edgetts-job" / "out")


if __name__ == "__main__":
    sys.exit(main())
