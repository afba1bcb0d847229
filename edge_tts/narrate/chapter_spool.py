"""Owns ChapterSpool: chapters on disk until they are asked for."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable
from functools import partial

from edge_tts.errors import TextError
from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.block_json import block_from_json, block_to_json
from edge_tts.narrate.chapter import Chapter, ChapterHandle
from edge_tts.narrate.content_id import ContentIds
from edge_tts.narrate.limits import MAX_CHAPTERS
from edge_tts.narrate.raw_chapter import RawChapter
from edge_tts.narrate.shown_text import shown_text
from edge_tts.text.word_count import count_words


class ChapterSpool:
    """An unnamed temporary file of chapters; safe to read from threads and forks.

    Raises:
        TextError: No room for it in the folder of temporary files.
    """

    def __init__(self) -> None:
        # Lives as long as a handle does; the system frees it even after kill -9.
        self._file = tempfile.TemporaryFile(prefix="edge_tts-")  # noqa: SIM115
        self._ids = ContentIds()
        self._size = 0

    def add_all(
        self,
        chapters: Iterable[RawChapter],
        edit: Callable[[Iterable[Block]], Iterable[Block]],
    ) -> tuple[ChapterHandle, ...]:
        """Store the chapters that have something to read.

        Args:
            chapters: What a reader yields.
            edit: Applied to the blocks of each chapter before they are stored.
        """
        handles: list[ChapterHandle] = []
        for chapter in chapters:
            handle = self._add(shown_text(chapter.title), edit(chapter.blocks))
            if handle is not None:
                handles.append(handle)
            if len(handles) > MAX_CHAPTERS:
                raise TextError(
                    f"expected at most {MAX_CHAPTERS} chapters, got more; "
                    "split the book"
                )
        try:
            self._file.flush()
        except OSError as error:
            raise _no_room(error) from error
        return tuple(handles)

    def _add(self, title: str, blocks: Iterable[Block]) -> ChapterHandle | None:
        ids = ContentIds()
        start, num_words, num_blocks = self._size, 0, 0
        for block in blocks:
            # Words of several spans may touch: count the text as a whole.
            num_words += count_words(block.text)
            num_blocks += block.kind is not BlockKind.SCENE_BREAK
            row = [ids.of_block(block), block_to_json(block)]
            line = json.dumps(row, separators=(",", ":")).encode() + b"\n"
            try:
                self._file.write(line)
            except OSError as error:
                raise _no_room(error) from error
            self._size += len(line)
        if not num_blocks:
            return None
        chapter_id = self._ids.of_text(title)
        load = partial(self._load, chapter_id, title, start, self._size)
        return ChapterHandle(chapter_id, title, num_words, load)

    def _load(self, chapter_id: str, title: str, start: int, end: int) -> Chapter:
        data = bytearray()
        while start + len(data) < end:
            # Not seek and read: other threads share the position.
            part = os.pread(
                self._file.fileno(), end - start - len(data), start + len(data)
            )
            if not part:
                raise TextError("the temporary file of the book was cut short")
            data += part
        rows = [json.loads(line) for line in data.splitlines()]
        blocks = tuple([block_from_json(value, name) for name, value in rows])
        return Chapter(chapter_id, title, blocks)


def _no_room(error: OSError) -> TextError:
    return TextError(
        f"cannot keep the book in {tempfile.gettempdir()}: {error.strerror}; "
        "free some space or set TMPDIR"
    )
