"""Times a book from text to files: scaling, memory, an edit, espeak-ng and flite.

    python -m benchmarks.narration --json narration.json

Synthesis, joining, loudness, limiter and MP3 are all in the times; the peers write
plain WAV files, one process per sentence, as scripts around them do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import Machine
from benchmarks.peers import PEERS
from benchmarks.results import Row, add_arguments, publish

SENTENCES = Path(__file__).parent / "data" / "book_sentences.txt"
PEER_SENTENCES = 20


@dataclass(frozen=True)
class Run:
    """One call of ``edgetts narrate``."""

    seconds: float
    audio_seconds: float
    sentences: int
    peak_mb: float
    """Largest resident memory of the narrator or any of its workers, MB."""


def main() -> int:
    """Measure, print, return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", type=int, default=10, help="of 50 sentences")
    parser.add_argument("--long", type=int, default=10, help="times as long a book")
    parser.add_argument("--formats", default="mp3")
    add_arguments(parser)
    arguments = parser.parse_args()
    machine = Machine.here()
    with tempfile.TemporaryDirectory() as folder:
        rows = _rows(Path(folder), arguments)
    return publish("narration", rows, arguments, machine)


def _rows(folder: Path, arguments: argparse.Namespace) -> list[Row]:
    copies, formats = arguments.copies, arguments.formats
    book = folder / "book.txt"
    _write_book(book, copies)
    one = narrate_once(book, folder / "one", formats, jobs=1)
    two = narrate_once(book, folder / "two", formats, jobs=2)
    text = book.read_text(encoding="utf-8")
    book.write_text(text.replace("Number 0.0:", "Number nought:", 1), encoding="utf-8")
    edit = narrate_once(book, folder / "two", formats, jobs=2)
    _write_book(book, arguments.long * copies)
    long = narrate_once(book, folder / "long", formats, jobs=2)
    rtf = one.seconds / one.audio_seconds
    rows = [
        Row("narration_rtf_1_job", rtf, "ratio"),
        Row("narration_rtf_2_jobs", two.seconds / two.audio_seconds, "ratio"),
        Row("narration_scaling_2_jobs", one.seconds / two.seconds, "x"),
        Row("narration_peak_memory", two.peak_mb, "MB"),
        Row(f"narration_peak_memory_{arguments.long}x_book", long.peak_mb, "MB",
            target=1.1 * two.peak_mb + 5.0),
        Row("narration_edit_sentences", float(edit.sentences), "", target=1.0),
        Row("narration_edit_seconds", edit.seconds, "s"),
        Row("narration_audio", long.audio_seconds / 3600.0, "h"),
    ]  # fmt: skip
    return rows + [_peer_row(peer_rtf, name, rtf) for name, peer_rtf in _peers(folder)]


def narrate_once(book: Path, output: Path, formats: str, jobs: int) -> Run:
    """Narrate in a process of its own.

    Raises:
        SystemExit: It failed.
    """
    words = [
        *(sys.executable, "-m", "edge_tts", "narrate", str(book), "-o", str(output)),
        *("--format", formats, "--jobs", str(jobs), "--nice", "0", "--json-progress"),
    ]
    started = time.perf_counter()
    log = output.with_suffix(".log")
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"edgetts narrate failed: {status}")
    done = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    run = Run(
        seconds,
        done["audio_seconds"],
        done["sentences_spoken"],
        usage.ru_maxrss * 1024 / 1e6,
    )
    # Long runs deserve a sign of life.
    print(f"{output.name}, {jobs} jobs: {run}", file=sys.stderr, flush=True)
    return run


def _write_book(path: Path, copies: int) -> None:
    sentences = [s for s in SENTENCES.read_text(encoding="utf-8").splitlines() if s]
    chapters = []
    for copy in range(copies):
        # Different from each other: equal sentences are spoken once.
        text = " ".join(f"Number {copy}.{n}: {s}" for n, s in enumerate(sentences))
        chapters.append(f"CHAPTER {copy + 1}\n\n{text}\n\n\n")
    path.write_text("\n".join(chapters), encoding="utf-8")


def _peers(folder: Path) -> list[tuple[str, float]]:
    import soundfile

    sentences = SENTENCES.read_text(encoding="utf-8").splitlines()[:PEER_SENTENCES]
    found = []
    for peer in PEERS:
        if not peer.available():
            continue
        spent = audio = 0.0
        for sentence in sentences:
            wav = folder / "peer.wav"
            spent += peer.speak(sentence, wav)
            audio += soundfile.info(wav).duration
        found.append((peer.name, spent / audio))
    return found


def _peer_row(peer_rtf: float, name: str, ours: float) -> Row:
    return Row(
        f"narration_against_{name}", peer_rtf, "ratio", peer=f"us {ours:.4f}",
        ratio=peer_rtf / ours,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
