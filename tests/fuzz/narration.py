"""Feeds broken books to the readers and looks for crashes, hangs and hunger.

    python -m tests.fuzz.narration --inputs 100000 [--seed N] [--workers N]

Valid books of every format are damaged at random: bytes, tags, entities, nesting, zip
entries. Each input is read wholly and its first sentences go through the front end.
Allowed is a result or an ``EdgeTTSError``, within 5 s of CPU time and a bounded address
space. A finding is written to a file, which ``--replay FILE`` reads again.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import random
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from edge_tts.errors import EdgeTTSError
from edge_tts.narrate import ReadOptions, open_book
from edge_tts.text import Frontend, Passage
from edge_tts.text.passage import SpokenPart
from edge_tts.text.word_count import count_words, missing_words
from tests.fuzz.seeds import SEEDS, TOKENS

LIMIT_S = 5
LIMIT_BYTES = 1 << 30
"""Address space beyond what the process has before the first input."""
SPOKEN_SHARE = 8
"""Of so many inputs one is also sent through the front end, which takes longest."""
OPTIONS = (
    ReadOptions(),
    ReadOptions(footnotes="inline", page_numbers=True, alt_text=True, code_blocks=True),
    ReadOptions(footnotes="chapter_end", tables=False, licence_text=True),
)


class TooSlow(BaseException):
    """The alarm rang; no reader may catch it."""


@dataclass
class Tally:
    """What a worker saw."""

    inputs: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: str = ""
    peak_bytes: int = 0
    num_words: int = 0


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Damage some bytes of a document."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 5, 10))):
        place = rng.randrange(len(out) + 1)
        kind = rng.randrange(8)
        if kind == 0 and out:
            out[place - 1] = rng.randrange(256)
        elif kind == 1:
            out[place:place] = rng.choice(TOKENS)
        elif kind == 2:
            del out[place : place + rng.choice((1, 2, 10, 100))]
        elif kind == 3:
            part = out[place : place + rng.choice((1, 5, 40, 300))]
            other = rng.randrange(len(out) + 1)
            out[other:other] = part * rng.choice((1, 1, 1, 2, 3, 20))
        elif kind == 4:
            out[place:place] = rng.choice(TOKENS) * rng.choice(
                (2, 2, 3, 8, 20, rng.choice((2, 50, 600)))
            )
        elif kind == 5:
            out[place:place] = bytes(rng.randrange(256) for _ in range(8))
        elif kind == 6:
            out[place:place] = chr(rng.choice(_CHARACTERS)).encode()
        elif len(out) > 2:
            del out[place:]
        if len(out) > 300_000:
            del out[300_000:]
    return bytes(out)


_CHARACTERS = (
    0,
    9,
    11,
    12,
    0xA0,
    0xAD,
    0x2028,
    0x2029,
    0x200B,
    0xFEFF,
    0xFFFD,
    0x1F600,
)
_CHARACTERS += (0x301, 0x2018, 0x2014, 0x661, 0x4E00, 0x202E, 0x85, 0x1D, 0xFB01)


def mutate_text(data: bytes, rng: random.Random) -> bytes:
    """Damage what is between tags and in attributes, and keep XML well-formed."""
    parts = re.split(rb"(<[^>]*>)", data)
    for _ in range(rng.choice((1, 2, 4))):
        place = rng.randrange(len(parts))
        if place % 2 == 0:
            text = mutate(parts[place], rng)
            parts[place] = re.sub(
                rb"[<&\x00-\x08\x0b\x0c\x0e-\x1f\x80-\xff]", b"", text
            )
        elif rng.random() < 0.5:
            values = re.split(rb"(\"[^\"]*\")", parts[place])
            chosen = rng.choice((*TOKENS, b"0", b"-1", b"99999999999", b"+%"))
            if len(values) > 1:
                clean = re.sub(rb"[\"<&\x00-\x1f\x80-\xff]", b"", chosen)
                values[rng.randrange(1, len(values), 2)] = b'"' + clean + b'"'
            parts[place] = b"".join(values)
        elif parts[place].endswith(b"/>"):
            parts[place] *= rng.choice((0, 2, 50))
    return b"".join(parts)


def damaged(kind: str, seed: bytes, rng: random.Random) -> bytes:
    """One input of a format."""
    if kind == "ssml" and rng.random() < 0.7:
        return mutate_text(seed, rng)
    if kind != "epub" or rng.random() < 0.3:
        return mutate(seed, rng)
    # Most damage to a zip file only breaks its checksums: damage what is inside.
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(seed)) as book:
        names = book.namelist()
        victim = rng.choice(names)
        with zipfile.ZipFile(target, "w", rng.choice((0, 8))) as copy:
            for name in names:
                content = book.read(name)
                if name == victim or rng.random() < 0.1:
                    content = mutate(content, rng)
                if rng.random() < 0.97:
                    copy.writestr(name, content)
    return target.getvalue()


def read_wholly(
    kind: str, data: bytes, options: ReadOptions, *, num_spoken: int = 10**6
) -> int:
    """Read one input as a user's program would; return its number of words.

    Raises:
        AssertionError: A word of a paragraph would not be spoken.
    """
    book = open_book(io.BytesIO(data), replace(options, format=kind))  # type: ignore
    num_words = 0
    for handle in book.chapters:
        for block in handle.load().blocks:
            text = block.text
            num_words += count_words(text)
            # Phonemes and tags in the text are not words.
            if num_spoken and text.strip() and "[[" not in text and "<" not in text:
                num_spoken -= 1
                check_spoken(text, Passage(block.spans))
    if num_words != book.num_words:
        raise AssertionError(f"{book.num_words} words said, {num_words} read")
    return num_words


def check_spoken(text: str, passage: Passage) -> None:
    """Every word of a paragraph must be in an utterance."""
    try:
        parts = list(FRONTEND.passage(passage))
    except EdgeTTSError:
        parts = []
    spoken = [part.utterance for part in parts if isinstance(part, SpokenPart)]
    missing = missing_words(text, spoken)
    if missing:
        raise AssertionError(f"not spoken: {missing[:5]} of {text[:80]!r}")


FRONTEND = Frontend()


def _ring(number: int, frame: object) -> None:
    raise TooSlow


def work(first: int, count: int, seed: int, folder: str) -> Tally:
    """Try ``count`` inputs in this process."""
    tempfile.tempdir = tempfile.mkdtemp(prefix="edge_tts-fuzz-", dir=folder)
    signal.signal(signal.SIGVTALRM, _ring)
    base = _address_space()
    resource.setrlimit(resource.RLIMIT_AS, (base + LIMIT_BYTES, base + LIMIT_BYTES))
    tally = Tally()
    kinds = tuple(SEEDS)
    for number in range(first, first + count):
        rng = random.Random(f"{seed}-{number}")
        kind = kinds[number % len(kinds)]
        data = damaged(kind, rng.choice(SEEDS[kind]), rng)
        options = OPTIONS[rng.randrange(len(OPTIONS))]
        tally.inputs[kind] += 1
        started = time.process_time()
        problem = ""
        signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
        try:
            tally.num_words += read_wholly(
                kind, data, options, num_spoken=2 * (number % SPOKEN_SHARE == 0)
            )
        except EdgeTTSError as error:
            tally.refused[kind] += 1
            if "\n" in str(error):
                problem = f"error of several lines: {error}"
        except (Exception, TooSlow):
            problem = traceback.format_exc()
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        spent = time.process_time() - started
        if spent > tally.slowest_s:
            tally.slowest_s, tally.slowest = spent, f"{kind} {number}"
        if problem:
            path = Path(folder) / f"finding-{number}.{kind}"
            path.write_bytes(data)
            tally.findings.append(f"{path}\n{problem}")
    tally.peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return tally


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _replay(path: Path) -> int:
    kind = path.suffix.removeprefix(".")
    for options in OPTIONS:
        try:
            print(read_wholly(kind, path.read_bytes(), options), "words")
        except EdgeTTSError as error:
            print(error)
    return 0


def main() -> int:
    """Fuzz and print one line per format; exit 1 if there is a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--replay", type=Path)
    options = parser.parse_args()
    if options.replay is not None:
        return _replay(options.replay)
    started = time.perf_counter()
    share = -(-options.inputs // options.workers)
    tasks = [
        (
            n * share,
            min(share, options.inputs - n * share),
            options.seed,
            options.folder,
        )
        for n in range(options.workers)
    ]
    # A process of its own per share: its address space is limited.
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        tallies = pool.starmap(work, tasks)
    total: Counter[str] = sum((t.inputs for t in tallies), Counter())
    refused: Counter[str] = sum((t.refused for t in tallies), Counter())
    for kind, number in total.items():
        print(f"{kind}: {number} inputs, {refused[kind]} refused with an error")
    slowest = max(tallies, key=lambda tally: tally.slowest_s)
    findings = [finding for tally in tallies for finding in tally.findings]
    print(
        f"{sum(total.values())} inputs, {sum(t.num_words for t in tallies)} words, "
        f"{time.perf_counter() - started:.0f} s; slowest {slowest.slowest_s:.2f} s "
        f"({slowest.slowest}), peak RSS {max(t.peak_bytes for t in tallies) >> 20} MB; "
        f"{len(findings)} findings"
    )
    for finding in findings[:20]:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
