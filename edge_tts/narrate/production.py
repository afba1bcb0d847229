"""Owns Production: from takes to files, of which only those are made that changed."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from edge_tts.errors import SinkError
from edge_tts.narrate.book import Book
from edge_tts.narrate.book_loudness import BookLoudness
from edge_tts.narrate.book_tags import book_tags
from edge_tts.narrate.companions import write_companions
from edge_tts.narrate.file_stamp import file_stamp
from edge_tts.narrate.histogram_rows import add_rows
from edge_tts.narrate.id3_tag import id3_tag
from edge_tts.narrate.job import Job, explain_disk
from edge_tts.narrate.journal import PlannedChapter
from edge_tts.narrate.loudness import integrated_loudness
from edge_tts.narrate.m4b_file import write_m4b
from edge_tts.narrate.move_file import move_file
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.output_names import chapter_name, safe_name
from edge_tts.narrate.part_path import part_path
from edge_tts.narrate.product import ProducedFile, Product
from edge_tts.narrate.progress import Progress, ProgressEvent
from edge_tts.narrate.render import RenderRequest
from edge_tts.narrate.worker_pool import Answer, Request, WorkerPool

RENDER_VERSION: Final = 1
GAIN_SLACK_LU: Final = 0.2
"""A changed sentence moves the loudness of a book by less: its gain, and so every
other chapter, stays as it was."""


class Production:
    """Measures, encodes, joins and names; everything it makes can be made again.

    Args:
        job: With a take for every sentence that can be spoken.
        book: For tags and the cover.
        options: Formats, loudness, names.
        pool: Encodes in parallel.
        progress: Told about chapters.
    """

    def __init__(
        self,
        job: Job,
        book: Book,
        options: NarrationOptions,
        pool: WorkerPool,
        progress: Progress,
    ) -> None:
        self._job = job
        self._book = book
        self._options = options
        self._pool = pool
        self._progress = progress
        self._rate = int(job.journal.meta("sample_rate") or 22050)
        self._chapters = job.journal.chapters()
        self._contents = {c.number: self._content(c.number) for c in self._chapters}
        metadata = book.metadata
        self._title = safe_name(metadata.title, "Book")
        if options.preview_seconds is not None:
            self._title += " (preview)"
        self.loudness = BookLoudness(None, 0.0)
        self.final_lufs: float | None = None
        """Loudness of what is in the files, after the limiter."""
        self.largest_peak = 0.0
        self.limited_samples = 0
        self._lengths: dict[int, int] = {}

    def run(self) -> list[ProducedFile]:
        """Make every file; each appears under its name only when all are complete.

        Raises:
            SinkError: A file cannot be written; what is complete is kept for the
                next run.
        """
        try:
            self._options.folder.mkdir(parents=True, exist_ok=True)
            self._measure()
            return self._produce()
        except OSError as error:
            raise explain_disk(error, self._job.folder) from error

    @property
    def name(self) -> str:
        """Title of the book as a file name."""
        return self._title

    @property
    def total_seconds(self) -> float:
        """Length of all chapters."""
        return sum(self._lengths.values()) / self._rate

    def _measure(self) -> None:
        """Loudness of every chapter, of those that changed anew."""
        histogram = np.zeros((2, 900))
        measured: dict[int, dict[str, Any]] = {}
        wanted = []
        for chapter in self._chapters:
            known = self._job.journal.product(f"loudness {chapter.number}")
            if known is not None and known[0] == self._contents[chapter.number]:
                measured[chapter.number] = json.loads(known[1])
            else:
                request = self._request([chapter.number])
                wanted.append(Request(str(chapter.number), "measure", asdict(request)))
        for answer in self._answers(wanted, "measure"):
            number = int(answer.id)
            measured[number] = answer.result
            self._job.journal.set_product(
                f"loudness {number}", self._contents[number], json.dumps(answer.result)
            )
        for number, result in measured.items():
            self._lengths[number] = int(result["num_samples"])
            add_rows(histogram, result["counts"])
        lufs = integrated_loudness(histogram)
        self.loudness = BookLoudness(lufs, self._gain_db(lufs))

    def _gain_db(self, lufs: float | None) -> float:
        wanted = self._options.lufs
        if wanted is None or lufs is None:
            return 0.0
        gain = round(wanted - lufs, 2)
        # Kept with the choice of text: a preview must not decide for the book.
        name = (
            f"gain {wanted:g} {self._options.chapters} {self._options.preview_seconds}"
        )
        known = self._job.journal.meta(name)
        if known is not None and round(abs(float(known) - gain), 2) <= GAIN_SLACK_LU:
            return float(known)
        self._job.journal.set_meta(name, repr(gain))
        return gain

    def _produce(self) -> list[ProducedFile]:
        formats = self._options.resolved_formats
        products: list[Product] = []
        if self._options.single_file and formats[0] != "m4b":
            products.append(self._whole_book(formats[0]))
        else:
            for chapter in self._chapters:
                for name in formats:
                    products.append(self._chapter(chapter, name))
        # All formats of a chapter at once: its samples are read and limited once.
        outdated: dict[str, list[Product]] = {}
        for product in products:
            if not self._is_current(product):
                outdated.setdefault(product.place, []).append(product)
        requests = []
        # The longest first: the last one to end then ends early.
        for place, group in sorted(
            outdated.items(), key=lambda item: -self._num_samples(item[1][0])
        ):
            targets = tuple(product.target(self._job.staging) for product in group)
            request = self._request(group[0].chapters, targets)
            requests.append(Request(place, "render", asdict(request)))
        for answer in self._answers(requests, "encode"):
            for product in outdated[answer.id]:
                path = self._job.staging / product.name
                self._record(product, path, answer.result)
        self._gather(products)
        wanted = {product.name for product in products}
        if "m4b" in formats:
            products = [p for p in products if p.format != "aac"] + [
                self._m4b([p for p in products if p.format == "aac"])
            ]
        self._forget_others(wanted | {product.name for product in products})
        # Only now, when nothing can fail any more but a rename.
        produced = [self._publish(product) for product in products]
        written = write_companions(
            self._job,
            self._options,
            self._title,
            self._rate,
            [(p.name, p.format, p.chapters) for p in products],
        )
        return produced + [ProducedFile(path, 0.0, True) for path in written]

    def _forget_others(self, wanted: set[str]) -> None:
        """Remove what a killed run made that is not asked for: other chapters, and
        files that were complete but not yet recorded, perhaps of another text."""
        for path in self._job.staging.iterdir():
            if path.is_file() and not (
                path.name in wanted and file_stamp(path) == self._stamp(path.name)
            ):
                path.unlink()

    def _gather(self, products: Sequence[Product]) -> None:
        """Peak and loudness of what is in the files, new or kept."""
        histogram = np.zeros((2, 900))
        for record in {p.place: self._record_of(p) for p in products}.values():
            self.largest_peak = max(self.largest_peak, record.get("true_peak", 0.0))
            self.limited_samples += record.get("limited_samples", 0)
            add_rows(histogram, record.get("counts", []))
        self.final_lufs = integrated_loudness(histogram)

    def _answers(self, requests: list[Request], phase: str) -> Iterator[Answer]:
        started = time.monotonic()
        total = sum(self._lengths.values()) / self._rate
        # One at hand each: a chapter takes seconds, and the last ones decide.
        for index, answer in enumerate(self._pool.run(requests, per_worker=1), 1):
            if answer.error:
                raise SinkError(
                    f"cannot {phase} {answer.id}: {answer.error}; everything spoken so "
                    "far is kept: free some space and run the same command again"
                )
            yield answer
            elapsed = time.monotonic() - started
            self._progress.update(
                ProgressEvent(
                    phase,
                    index,
                    len(requests),
                    audio_seconds=total,
                    elapsed_seconds=elapsed,
                )
            )

    def _request(
        self, chapters: list[int], targets: tuple[dict[str, Any], ...] = ()
    ) -> RenderRequest:
        return RenderRequest(
            folder=str(self._job.folder.absolute()),
            sample_rate=self._rate,
            chapters=chapters,
            gain=10.0 ** (self.loudness.gain_db / 20.0),
            ceiling_db=self._options.peak_db,
            targets=targets,
        )

    def _chapter(self, chapter: PlannedChapter, format_name: str) -> Product:
        total = len(self._book.chapters)
        title = chapter.title or f"Chapter {chapter.number}"
        tags = self._tags(title, chapter.number)
        if format_name == "m4b":
            name = f"chapter {chapter.number}.aac"
            content = self._digest([chapter.number], "aac", {}, b"")
            return Product(name, "aac", [chapter.number], content, {}, b"")
        head = b""
        if format_name == "mp3":
            end = self._milliseconds(self._lengths[chapter.number])
            head = id3_tag(tags, [(title, 0, end)], self._cover())
        name = f"{chapter_name(chapter.number, total, chapter.title)}.{format_name}"
        if self._options.preview_seconds is not None:
            name = f"{name.rpartition('.')[0]} (preview).{format_name}"
        content = self._digest([chapter.number], format_name, tags, head)
        return Product(name, format_name, [chapter.number], content, tags, head)

    def _whole_book(self, format_name: str) -> Product:
        tags = self._tags(self._book.metadata.title, None)
        numbers = [chapter.number for chapter in self._chapters]
        head = b""
        if format_name == "mp3":
            marks = [
                (title, self._milliseconds(start), self._milliseconds(end))
                for title, start, end in self._marks()
            ]
            head = id3_tag(tags, marks, self._cover())
        content = self._digest(numbers, format_name, tags, head)
        name = self._options.output.name
        return Product(name, format_name, numbers, content, tags, head)

    def _m4b(self, parts: Sequence[Product]) -> Product:
        tags = self._tags(self._book.metadata.title, None)
        cover = self._cover()
        numbers = [number for part in parts for number in part.chapters]
        head = b"" if cover is None else cover[1]
        content = self._digest(numbers, "m4b", tags, head)
        name = (
            self._options.output.name
            if self._options.single_file
            else f"{self._title}.m4b"
        )
        product = Product(name, "m4b", numbers, content, tags, b"")
        if not self._is_current(product):
            target = part_path(self._job.staging / name)
            paths = [self._job.staging / part.name for part in parts]
            picture = None if cover is None else cover[1]
            write_m4b(target, paths, self._marks(), self._rate, tags, picture)
            os.replace(target, self._job.staging / name)
            self._record(product, self._job.staging / name, {})
        return product

    def _marks(self) -> list[tuple[str, int, int]]:
        """Title, first sample and sample after the last of every chapter."""
        marks, start = [], 0
        for chapter in self._chapters:
            end = start + self._lengths[chapter.number]
            marks.append((chapter.title or f"Chapter {chapter.number}", start, end))
            start = end
        return marks

    def _tags(self, title: str, number: int | None) -> dict[str, str]:
        return book_tags(self._book, title, number)

    def _cover(self) -> tuple[str, bytes] | None:
        cover = self._book.cover
        return None if cover is None else (cover.media_type, cover.data)

    def _publish(self, product: Product) -> ProducedFile:
        staged = self._job.staging / product.name
        target = self._options.folder / product.name
        seconds = self._num_samples(product) / self._rate
        made = staged.exists()
        if made:
            move_file(staged, target)
            self._record(product, target, self._record_of(product))
        return ProducedFile(target, seconds, made)

    def _is_current(self, product: Product) -> bool:
        """Whether the file is there, complete, and made of what it would be made of."""
        known = self._job.journal.product(product.name)
        if known is None or known[0] != product.content:
            return False
        stamp = self._stamp(product.name)
        paths = [f / product.name for f in (self._job.staging, self._options.folder)]
        return any(path.is_file() and file_stamp(path) == stamp for path in paths)

    def _record(self, product: Product, path: Path, result: dict[str, Any]) -> None:
        record = json.dumps({**result, "stamp": file_stamp(path)})
        self._job.journal.set_product(product.name, product.content, record)

    def _record_of(self, product: Product) -> dict[str, Any]:
        return self._known(product.name)

    def _stamp(self, name: str) -> list[int] | None:
        """Of a file when it was recorded; None where it never was."""
        stamp: list[int] | None = self._known(name).get("stamp")
        return stamp

    def _known(self, name: str) -> dict[str, Any]:
        known = self._job.journal.product(name)
        record: dict[str, Any] = {} if known is None else json.loads(known[1])
        return record

    def _content(self, chapter: int) -> str:
        """Hash of all takes and pauses of a chapter."""
        digest = hashlib.blake2b(digest_size=16)
        for planned in self._job.journal.sentences(chapter):
            take = self._job.journal.take(planned.key)
            audio = "missing" if take is None else take.audio_hash
            digest.update(f"{audio} {planned.sentence.pause_ms}\n".encode())
        return digest.hexdigest()

    def _digest(
        self, chapters: list[int], name: str, tags: dict[str, str], head: bytes
    ) -> str:
        facts = [
            RENDER_VERSION,
            name,
            self._rate,
            self.loudness.gain_db,
            self._options.peak_db,
            tags,
            hashlib.blake2b(head).hexdigest(),
            [self._contents[number] for number in chapters],
        ]
        if name == "m4b":
            facts.append([c.title for c in self._chapters])
        value = json.dumps(facts, sort_keys=True).encode()
        return hashlib.blake2b(value, digest_size=16).hexdigest()

    def _num_samples(self, product: Product) -> int:
        return sum(self._lengths[number] for number in product.chapters)

    def _milliseconds(self, sample: int) -> int:
        return sample * 1000 // self._rate
