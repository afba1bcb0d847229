"""Owns PhraseCache: speech of short texts, kept on disk to be spoken again at once.

An SQLite index says what there is and what was used last; every phrase is a file of
its own. The cache is never needed: whatever fails, speech goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import queue
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np

from edge_tts.audio import AudioChunk, AudioFormat, IndexMark, WordMark
from edge_tts.serve.request import SpeechRequest
from edge_tts.serve.voice_shelf import VoiceLease

_LOG = logging.getLogger(__name__)
_MAGIC: Final = b"edge-phrase-1\n"
_MAX_PENDING: Final = 32
"""Phrases waiting for the disk; more are dropped."""
_MAX_PENDING_NBYTES: Final = 8 << 20
"""Of their samples: a slow disk must not show in the daemon's memory."""
_MAX_SHARE: Final = 8
"""A phrase larger than this fraction of the cache is not kept."""
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS phrases "
    "(key TEXT PRIMARY KEY, nbytes INTEGER NOT NULL, used_at REAL NOT NULL)"
)


def phrase_key(request: SpeechRequest, lease: VoiceLease) -> str:
    """Everything that decides the samples of a phrase, as a digest."""
    facts = {
        "text": request.text,
        "ssml": request.ssml,
        "speaker": lease.speaker,
        "options": asdict(request.options),
        "voice": lease.loaded.digest,
        "clone": lease.clone,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class PhraseCache:
    """Threads may share it; ``get`` reads one file, ``put`` only queues.

    Args:
        folder: Made when needed; None switches the cache off.
        max_nbytes: Size of all phrases; those used longest ago go first.
    """

    def __init__(self, folder: Path | None, max_nbytes: int) -> None:
        self._folder = folder
        self.max_nbytes = max_nbytes
        self._lock = threading.Lock()
        self._index: sqlite3.Connection | None = None
        self._sizes: dict[str, int] = {}
        self._used: dict[str, float] = {}
        self._pending: queue.Queue[tuple[str, list[AudioChunk]] | None] = queue.Queue(
            _MAX_PENDING
        )
        self._pending_nbytes = 0
        self._writer: threading.Thread | None = None
        self._has_complained = False
        self.hits = 0
        self.misses = 0

    @property
    def nbytes(self) -> int:
        """Of all phrases on disk."""
        return sum(list(self._sizes.values()))

    @property
    def num_entries(self) -> int:
        """Phrases on disk."""
        return len(self._sizes)

    def open(self) -> None:
        """Open or rebuild the index; without a usable folder there is no cache."""
        if self._folder is None or self.max_nbytes <= 0:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open_index(self._folder / "index.sqlite")
        except (OSError, sqlite3.Error) as error:
            _LOG.warning("no phrase cache: %s", error)
            self._index = None
            return
        self._writer = threading.Thread(
            target=self._write_all, name="edge-phrase-writer", daemon=True
        )
        self._writer.start()

    def close(self) -> None:
        """Write what is pending and close the index."""
        if self._writer is not None:
            self._pending.put(None)
            self._writer.join(30.0)
            self._writer = None
        with self._lock:
            if self._index is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._save_use()
                    self._index.close()
                self._index = None

    def get(self, key: str) -> list[AudioChunk] | None:
        """Speech of a phrase, or None."""
        if self._index is None:
            return None
        if key not in self._sizes:
            self.misses += 1
            return None
        try:
            data = self._path(key).read_bytes()
            chunks = _unpack(data)
        except (OSError, ValueError, KeyError, TypeError) as error:
            _LOG.warning("a cached phrase is damaged (%s): spoken anew", error)
            self._forget(key)
            self.misses += 1
            return None
        self.hits += 1
        with self._lock:
            self._used[key] = time.time()
        return chunks

    def put(self, key: str, chunks: Sequence[AudioChunk]) -> None:
        """Keep speech, soon; never waits."""
        if self._index is None or key in self._sizes:
            return
        nbytes = sum(chunk.samples.nbytes for chunk in chunks)
        if not nbytes or nbytes > self.max_nbytes // _MAX_SHARE:
            return
        with self._lock:
            waiting = self._pending_nbytes
            if waiting and waiting + nbytes > _MAX_PENDING_NBYTES:
                return
            self._pending_nbytes += nbytes
        try:
            self._pending.put_nowait((key, list(chunks)))
        except queue.Full:
            with self._lock:
                self._pending_nbytes -= nbytes

    def _path(self, key: str) -> Path:
        assert self._folder is not None
        return self._folder / key[:2] / f"{key}.speech"

    def _open_index(self, path: Path) -> None:
        try:
            self._index = _connect(path)
            rows = self._index.execute("SELECT key, nbytes FROM phrases").fetchall()
            self._sizes = {str(key): int(nbytes) for key, nbytes in rows}
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            # A full disk, a read-only folder: no reason to throw the index away.
            operational = isinstance(error, sqlite3.OperationalError)
            if operational and "no such" not in str(error):
                raise
            if self._index is not None:
                self._index.close()
            for suffix in ("", "-wal", "-shm", "-journal"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self._index = _connect(path)
            self._sizes = dict(self._found())
            now = time.time()
            with self._index:
                self._index.executemany(
                    "INSERT OR REPLACE INTO phrases VALUES (?, ?, ?)",
                    [(key, size, now) for key, size in self._sizes.items()],
                )
            _LOG.warning(
                "the index of the phrase cache was damaged (%s): rebuilt, %d phrases",
                error,
                len(self._sizes),
            )
        self._sweep()

    def _found(self) -> Iterator[tuple[str, int]]:
        assert self._folder is not None
        for path in self._folder.glob("??/*.speech"):
            with contextlib.suppress(OSError):
                yield path.stem, path.stat().st_size

    def _sweep(self) -> None:
        """Drop files that no entry knows: a crash may leave some."""
        assert self._folder is not None
        for path in self._folder.glob("??/*"):
            if path.suffix != ".speech" or path.stem not in self._sizes:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _write_all(self) -> None:
        while True:
            item = self._pending.get()
            if item is None:
                return
            try:
                self._write(*item)
            except (OSError, sqlite3.Error) as error:
                if not self._has_complained:
                    self._has_complained = True
                    _LOG.warning(
                        "phrases cannot be kept (%s); said once, speech goes on", error
                    )
            finally:
                with self._lock:
                    self._pending_nbytes -= sum(c.samples.nbytes for c in item[1])
                # Waiting for the next phrase, this one need not stay in memory.
                item = None

    def _write(self, key: str, chunks: list[AudioChunk]) -> None:
        data = _pack(chunks)
        path = self._path(key)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        temporary = path.with_name(f"{key}.part")
        try:
            # No fsync: a phrase lost with the power is found out by its checksum.
            temporary.write_bytes(data)
            os.replace(temporary, path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        with self._lock:
            if self._index is None:
                return
            self._save_use()
            with self._index:
                self._index.execute(
                    "INSERT OR REPLACE INTO phrases VALUES (?, ?, ?)",
                    (key, len(data), time.time()),
                )
            self._sizes[key] = len(data)
            self._evict()

    def _save_use(self) -> None:
        assert self._index is not None
        used, self._used = self._used, {}
        if used:
            with self._index:
                self._index.executemany(
                    "UPDATE phrases SET used_at = ? WHERE key = ?",
                    [(used_at, key) for key, used_at in used.items()],
                )

    def _evict(self) -> None:
        assert self._index is not None
        excess = self.nbytes - self.max_nbytes
        if excess <= 0:
            return
        oldest = self._index.execute(
            "SELECT key, nbytes FROM phrases ORDER BY used_at"
        ).fetchall()
        gone = []
        for key, nbytes in oldest:
            if excess <= 0:
                break
            gone.append((key,))
            excess -= nbytes
        with self._index:
            self._index.executemany("DELETE FROM phrases WHERE key = ?", gone)
        for (key,) in gone:
            self._sizes.pop(key, None)
            with contextlib.suppress(OSError):
                self._path(key).unlink()

    def _forget(self, key: str) -> None:
        with self._lock:
            self._sizes.pop(key, None)
            with contextlib.suppress(OSError):
                self._path(key).unlink()
            if self._index is not None:
                with contextlib.suppress(sqlite3.Error), self._index:
                    self._index.execute("DELETE FROM phrases WHERE key = ?", (key,))


def _connect(path: Path) -> sqlite3.Connection:
    index = sqlite3.connect(path, timeout=5.0, check_same_thread=False)
    try:
        index.execute("PRAGMA journal_mode = WAL")
        index.execute("PRAGMA synchronous = NORMAL")
        index.execute(_SCHEMA)
        found = index.execute("PRAGMA quick_check").fetchone()
        if found != ("ok",):
            raise sqlite3.DatabaseError("its check failed")
    except sqlite3.Error:
        index.close()
        raise
    return index


def _pack(chunks: Sequence[AudioChunk]) -> bytes:
    """Marks and lengths as JSON, samples as they are, a checksum in front."""
    format = chunks[0].format
    head = json.dumps(
        {
            "sample_rate": format.sample_rate,
            "num_channels": format.num_channels,
            "chunks": [
                {
                    "length": len(chunk.samples),
                    "start": chunk.start_sample,
                    "words": [asdict(mark) for mark in chunk.marks],
                    "marks": [asdict(mark) for mark in chunk.index_marks],
                }
                for chunk in chunks
            ],
        }
    ).encode()
    body = len(head).to_bytes(4, "little") + head
    body += b"".join(chunk.samples.astype("<f4").tobytes() for chunk in chunks)
    return _MAGIC + zlib.crc32(body).to_bytes(4, "little") + body


def _unpack(data: bytes) -> list[AudioChunk]:
    start = len(_MAGIC) + 4
    body = memoryview(data)[start:]
    checksum = int.from_bytes(data[len(_MAGIC) : start], "little")
    if not data.startswith(_MAGIC) or zlib.crc32(body) != checksum:
        raise ValueError("wrong checksum")
    head_end = 4 + int.from_bytes(body[:4], "little")
    head = json.loads(bytes(body[4:head_end]))
    format = AudioFormat(head["sample_rate"], head["num_channels"])
    samples = np.frombuffer(body[head_end:], "<f4").astype(np.float32)
    chunks, first = [], 0
    for item in head["chunks"]:
        part = samples[first : first + item["length"]]
        first += item["length"]
        chunks.append(
            AudioChunk(
                part,
                format,
                item["start"],
                tuple(WordMark(**mark) for mark in item["words"]),
                tuple(IndexMark(**mark) for mark in item["marks"]),
            )
        )
    return chunks
