"""Owns Journal: what is to be spoken and what has been, in one SQLite file.

A take enters the journal after its samples have reached the disk, so a row means
audio that exists. Plan rows are rewritten by every run; takes are only added.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edge_tts.errors import SinkError
from edge_tts.narrate.sentence import Sentence
from edge_tts.narrate.take import Extent, Take, record_digest

FORMAT: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS chapter (
  number INTEGER PRIMARY KEY, title TEXT NOT NULL, words INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sentence (
  position INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, chapter INTEGER NOT NULL,
  text TEXT NOT NULL, voice TEXT NOT NULL, speed REAL NOT NULL, pitch REAL NOT NULL,
  volume REAL NOT NULL, pause_ms INTEGER NOT NULL, kind TEXT NOT NULL,
  spans TEXT NOT NULL,
  key TEXT NOT NULL, seed INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS sentence_chapter ON sentence (chapter, position);
CREATE INDEX IF NOT EXISTS sentence_key ON sentence (key);
CREATE TABLE IF NOT EXISTS take (
  key TEXT PRIMARY KEY, segment INTEGER NOT NULL, record TEXT NOT NULL,
  digest TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS take_segment ON take (segment);
CREATE TABLE IF NOT EXISTS seed (id TEXT PRIMARY KEY, seed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS failure (key TEXT PRIMARY KEY, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS product (
  name TEXT PRIMARY KEY, content TEXT NOT NULL, record TEXT NOT NULL);
"""
_COLUMNS: Final = (
    "position, id, chapter, text, voice, speed, pitch, volume, pause_ms, kind, "
    "spans, key, seed"
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A sentence with its place in the book and the key of its audio."""

    position: int
    sentence: Sentence
    key: str
    seed: int


@dataclass(frozen=True, slots=True)
class PlannedChapter:
    """A chapter as the journal keeps it."""

    number: int
    title: str
    words: int


class Journal:
    """The journal in a job's folder; one writer, any number of readers.

    Raises:
        SinkError: It cannot be opened, or an older or newer version wrote it.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        path = folder / "journal.sqlite"
        self._path = path
        with self._explained():
            uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
            # Explicit transactions: a commit is a promise that audio is on the disk.
            self._db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=60)
            # Workers sort nothing; a small cache keeps memory flat.
            self._db.execute("PRAGMA cache_size = -4096")
            if not read_only:
                self._db.execute("PRAGMA journal_mode = WAL")
                # FULL: a commit survives a power cut, not only a killed process.
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.executescript(_SCHEMA)
                if self.meta("format") is None:
                    self.set_meta("format", str(FORMAT))
        found = self.meta("format")
        if found != str(FORMAT):
            raise SinkError(
                f"{path}: journal format {found}, expected {FORMAT}; remove "
                f"{folder} to begin anew"
            )

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside become durable together, or none of them."""
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back already.
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    def meta(self, name: str) -> str | None:
        """A fact of the job, None if it was never set."""
        row = self._one("SELECT value FROM meta WHERE name = ?", name)
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        """Record a fact of the job."""
        self._run("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, value)

    def clear_plan(self) -> None:
        """Forget chapters and sentences, keep every take."""
        self._run("DELETE FROM chapter")
        self._run("DELETE FROM sentence")

    def add_chapter(self, chapter: PlannedChapter) -> None:
        """Add a chapter to the plan."""
        row = (chapter.number, chapter.title, chapter.words)
        self._run("INSERT INTO chapter VALUES (?, ?, ?)", *row)

    def add_sentence(self, planned: Planned) -> None:
        """Add a sentence to the plan."""
        s = planned.sentence
        self._run(
            "INSERT INTO sentence VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            *(planned.position, s.id, s.chapter, s.text, s.voice, s.speed, s.pitch),
            *(s.volume, s.pause_ms, s.kind, s.spans, planned.key, planned.seed),
        )

    def chapters(self) -> list[PlannedChapter]:
        """Chapters in order."""
        rows = self._all("SELECT number, title, words FROM chapter ORDER BY number")
        return [PlannedChapter(*row) for row in rows]

    def sentences(self, chapter: int | None = None) -> Iterator[Planned]:
        """Sentences in order, of one chapter or of all; read in small batches."""
        where = "" if chapter is None else "WHERE chapter = ?"
        values = () if chapter is None else (chapter,)
        yield from self._planned(f"{where} ORDER BY position", values)

    def missing(self, after: int, count: int) -> list[Planned]:
        """The next sentences without a take or a failure, each key once, in order."""
        rows = self._planned(
            "WHERE position > ? AND key NOT IN (SELECT key FROM take) "
            "AND NOT EXISTS (SELECT 1 FROM sentence AS other "
            "WHERE other.key = sentence.key AND other.position < sentence.position) "
            "ORDER BY position LIMIT ?",
            (after, count),
        )
        return list(rows)

    def plan_state(self) -> Iterator[tuple[Planned, bool]]:
        """Every sentence in order, and whether it has a take."""
        with self._explained():
            cursor = self._db.execute(
                f"SELECT {_COLUMNS}, EXISTS (SELECT 1 FROM take WHERE "
                "take.key = sentence.key) FROM sentence ORDER BY position"
            )
            for *row, has_take in cursor:
                yield _planned_row(row), bool(has_take)

    def all_by_key(self, key: str) -> list[Planned]:
        """Every sentence that one take serves."""
        return list(self._planned("WHERE key = ? ORDER BY position", (key,)))

    def planned_by_key(self, key: str) -> Planned | None:
        """The first sentence that a take serves."""
        return next(iter(self.all_by_key(key)), None)

    def sentence(self, sentence_id: str) -> Planned | None:
        """The sentence of an id."""
        return next(self._planned("WHERE id = ?", (sentence_id,)), None)

    def count(self, what: str) -> int:
        """Number of ``sentences``, or of those ``missing`` or ``failed``."""
        absent = "key NOT IN (SELECT key FROM take)"
        query = {
            "sentences": "SELECT COUNT(*) FROM sentence",
            "missing": f"SELECT COUNT(*) FROM sentence WHERE {absent}",
            "failed": f"SELECT COUNT(*) FROM sentence WHERE {absent} AND key IN "
            "(SELECT key FROM failure)",
        }[what]
        row = self._one(query)
        return 0 if row is None else int(row[0])

    def add_take(self, take: Take) -> None:
        """Record a take whose samples are on the disk."""
        record = take.to_json()
        self._run(
            "INSERT OR REPLACE INTO take VALUES (?, ?, ?, ?)",
            *(take.key, take.extent.segment, record, record_digest(take.key, record)),
        )
        self._run("DELETE FROM failure WHERE key = ?", take.key)

    def take(self, key: str) -> Take | None:
        """The take of a key; None if there is none or its record is damaged."""
        row = self._one("SELECT record, digest FROM take WHERE key = ?", key)
        if row is None or record_digest(key, row[0]) != row[1]:
            return None
        try:
            return Take.from_json(key, row[0])
        except (ValueError, KeyError, TypeError):
            return None

    def damaged_keys(self) -> list[str]:
        """Keys of rows whose checksum is wrong."""
        with self._explained():
            rows = self._db.execute("SELECT key, record, digest FROM take")
            return [
                k for k, record, digest in rows if record_digest(k, record) != digest
            ]

    def takes(self) -> Iterator[Take]:
        """Every sound take, in the order of the audio files."""
        with self._explained():
            for key, record in self._db.execute(
                "SELECT key, record FROM take ORDER BY segment"
            ):
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    yield Take.from_json(key, record)

    def drop_take(self, key: str) -> None:
        """Forget a take, so that it is made again."""
        self._run("DELETE FROM take WHERE key = ?", key)

    def used_extent(self) -> Extent | None:
        """Extent that ends last: what an append must not overwrite."""
        row = self._one(
            "SELECT json_extract(record, '$.extent[0]'), "
            "json_extract(record, '$.extent[1]'), json_extract(record, '$.extent[2]') "
            "FROM take WHERE segment = (SELECT MAX(segment) FROM take) "
            "ORDER BY 2 DESC LIMIT 1"
        )
        return None if row is None else Extent(*row)

    def segments(self) -> list[int]:
        """Segments that hold at least one take."""
        rows = self._all("SELECT DISTINCT segment FROM take")
        return [int(row[0]) for row in rows]

    def seeds(self) -> dict[str, int]:
        """Sentence id -> seed, for sentences that were redone on request."""
        return {row[0]: int(row[1]) for row in self._all("SELECT id, seed FROM seed")}

    def set_seed(self, sentence_id: str, seed: int) -> None:
        """Let a sentence be spoken with a seed of its own."""
        self._run("INSERT OR REPLACE INTO seed VALUES (?, ?)", sentence_id, seed)

    def add_failure(self, key: str, reason: str) -> None:
        """Record why a sentence could not be spoken; the next run tries again."""
        self._run("INSERT OR REPLACE INTO failure VALUES (?, ?)", key, reason)

    def failure(self, key: str) -> str | None:
        """Why a sentence could not be spoken."""
        row = self._one("SELECT reason FROM failure WHERE key = ?", key)
        return None if row is None else str(row[0])

    def product(self, name: str) -> tuple[str, str] | None:
        """Content hash and record of something derived, such as a chapter file."""
        row = self._one("SELECT content, record FROM product WHERE name = ?", name)
        return None if row is None else (str(row[0]), str(row[1]))

    def set_product(self, name: str, content: str, record: str) -> None:
        """Record something derived from takes."""
        self._run(
            "INSERT OR REPLACE INTO product VALUES (?,?,?)", name, content, record
        )

    def problems(self) -> list[str]:
        """What SQLite finds wrong with its own file; [] when sound."""
        rows = self._all("PRAGMA quick_check")
        return [str(row[0]) for row in rows if row[0] != "ok"]

    def _planned(self, tail: str, values: tuple[object, ...]) -> Iterator[Planned]:
        with self._explained():
            query = f"SELECT {_COLUMNS} FROM sentence {tail}"
            for row in self._db.execute(query, values):
                yield _planned_row(row)

    def _run(self, query: str, *values: object) -> None:
        with self._explained():
            self._db.execute(query, values)

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        with self._explained():
            row: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
            return row

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        with self._explained():
            return self._db.execute(query).fetchall()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise SinkError(
                f"cannot use the journal {self._path}: {error}; free some space or "
                "mend the disk and run the same command again, nothing is lost"
            ) from error


def _planned_row(row: Sequence[Any]) -> Planned:
    position, *fields, key, seed = row
    return Planned(position, Sentence(*fields), key, seed)
