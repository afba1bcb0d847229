"""Owns BookPlan: a book as chapters of sentences, in the order they are spoken."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.book import Book
from edge_tts.narrate.chapter import ChapterHandle
from edge_tts.narrate.pauses import Pauses
from edge_tts.narrate.sentence import Sentence
from edge_tts.narrate.spoken_form import spoken_form
from edge_tts.narrate.voice_map import TITLES, VoiceMap
from edge_tts.text.segmenter import Segmenter
from edge_tts.text.span import Span
from edge_tts.text.utterance import Pause

_LINE_KINDS = (BlockKind.VERSE, BlockKind.CODE)
_SLICE = 8192
_STOP = re.compile(r"[.!?\u2026][\"'\u2019\u201d\u00bb)\]]*\s*$")


@dataclass(frozen=True)
class PlanOptions:
    """How a book becomes sentences."""

    voices: VoiceMap
    pauses: Pauses = field(default_factory=Pauses)
    speed: float = 1.0
    pitch: float = 0.0
    titles: bool = True
    """Whether the book's title and those of chapters are announced."""


@dataclass(frozen=True)
class _Delivery:
    voice: str
    speed: float
    pitch: float
    volume: float


class BookPlan:
    """Cuts chapters into sentences; reads one chapter at a time.

    Args:
        book: From a reader.
        options: Voices, pauses, speed.
    """

    def __init__(self, book: Book, options: PlanOptions) -> None:
        self._book = book
        self._options = options

    def sentences(self, number: int, *, first: bool = False) -> Iterator[Sentence]:
        """Sentences of a chapter; the last one carries the chapter's pause.

        Args:
            number: Of the chapter, from 1.
            first: Whether the narration begins here, with the title of the book.
        """
        handle = self._book.chapters[number - 1]
        ids: dict[str, int] = {}
        last: Sentence | None = None
        for raw in self._chapter(handle, number, first=first):
            if not raw.text:
                # A silence that was asked for, or that a scene break makes.
                if last is not None:
                    last = replace(last, pause_ms=raw.pause_ms)
                continue
            if last is not None:
                yield last
            last = replace(raw, id=_sentence_id(handle.id, raw.text, ids))
        if last is not None:
            pause = max(last.pause_ms, self._options.pauses.chapter)
            yield replace(last, pause_ms=pause)

    def _chapter(
        self, handle: ChapterHandle, number: int, *, first: bool
    ) -> Iterator[Sentence]:
        chapter = handle.load()
        blocks = chapter.blocks
        options = self._options
        title = " ".join(chapter.title.split())
        has_heading = bool(blocks) and blocks[0].kind is BlockKind.HEADING
        if options.titles:
            opening = _words(" ".join([title, *(block.text for block in blocks[:4])]))
            metadata = self._book.metadata
            if first and metadata.title and _words(metadata.title) not in opening:
                author = f", by {metadata.author}" if metadata.author else ""
                yield from self._title(f"{metadata.title}{author}.", number)
            spoken = _words(blocks[0].text) if has_heading else ""
            wanted = _words(title)
            # A heading may be the first half of a title in two lines.
            announced = bool(spoken) and (spoken in wanted or wanted in spoken)
            if wanted and not announced:
                yield from self._title(title, number)
        elif has_heading:
            blocks = blocks[1:]
        for block in blocks:
            yield from self._block(block, number)

    def _title(self, text: str, number: int) -> Iterator[Sentence]:
        yield from self._block(Block(BlockKind.HEADING, (Span(text),)), number)

    def _block(self, block: Block, number: int) -> Iterator[Sentence]:
        pauses = self._options.pauses
        if block.kind is BlockKind.SCENE_BREAK:
            yield _silence(pauses.scene, number)
            return
        is_heading = block.kind is BlockKind.HEADING
        end_pause = pauses.heading if is_heading else pauses.paragraph
        kind = "title" if is_heading else "text"
        role = TITLES if is_heading else None
        pending: Sentence | None = None
        for delivery, text, break_ms in self._runs(block, role):
            if break_ms is not None:
                if pending is None:
                    yield _silence(break_ms, number)
                else:
                    pending = replace(pending, pause_ms=break_ms)
                continue
            for part, pause_ms in self._cut(text, block.kind):
                if pending is not None:
                    yield pending
                pending = Sentence(
                    "",
                    number,
                    part,
                    delivery.voice,
                    delivery.speed,
                    delivery.pitch,
                    delivery.volume,
                    pause_ms,
                    kind,
                )
        if pending is not None:
            yield replace(pending, pause_ms=max(end_pause, pending.pause_ms))

    def _cut(self, text: str, kind: BlockKind) -> Iterator[tuple[str, int]]:
        """Sentences of a run with the pause behind each."""
        pauses = self._options.pauses
        lines = text.splitlines() if kind in _LINE_KINDS else [text]
        for number, line in enumerate(lines, 1):
            segmenter = Segmenter()
            segments = [
                segment
                for start in range(0, len(line), _SLICE)
                for segment in segmenter.feed(line[start : start + _SLICE])
            ]
            ended = _STOP.search(line) is not None
            segments += segmenter.flush()
            for index, segment in enumerate(segments, 1):
                pause = pauses.sentence
                if segment.pause is Pause.CLAUSE:
                    pause = 0
                elif index == len(segments) and number == len(lines) and not ended:
                    pause = pauses.turn
                if any(map(_may_sound, segment.text)):
                    yield segment.text, pause

    def _runs(
        self, block: Block, role: str | None
    ) -> Iterator[tuple[_Delivery, str, int | None]]:
        """(how, text, None) or (how, "", break in ms); neighbours differ in how."""
        delivery = self._delivery(None, role)
        text = ""
        for span in block.spans:
            if span.mark is not None:
                continue
            if span.break_ms is not None:
                if text.strip():
                    yield delivery, text, None
                text = ""
                yield delivery, "", span.break_ms
                continue
            turns = (
                self._options.voices.turns(span.text)
                if span.style.voice is None and span.reading is None and role is None
                else iter([(role, span.text)])
            )
            for turn, part in turns:
                how = self._delivery(span, turn)
                if how != delivery:
                    if text.strip():
                        yield delivery, text, None
                        text = ""
                    delivery = how
                text += part if span.reading is None else spoken_form(span)
        if text.strip():
            yield delivery, text, None

    def _delivery(self, span: Span | None, role: str | None) -> _Delivery:
        options = self._options
        voice = options.voices.narrator
        if role is not None:
            voice = options.voices.role(role) or voice
        if span is None:
            return _Delivery(voice, options.speed, options.pitch, 0.0)
        style = span.style
        if style.voice is not None:
            voice = options.voices.voice(style.voice)
        return _Delivery(
            voice,
            min(4.0, max(0.25, options.speed * style.speed)),
            min(12.0, max(-12.0, options.pitch + style.pitch)),
            min(20.0, max(-60.0, style.volume)),
        )


def _silence(milliseconds: int, number: int) -> Sentence:
    return Sentence("", number, "", "", pause_ms=milliseconds)


def _sentence_id(chapter_id: str, text: str, seen: dict[str, int]) -> str:
    digest = hashlib.blake2b(
        f"{chapter_id}\0{text}".encode("utf-8", "surrogatepass"), digest_size=7
    ).hexdigest()
    number = seen[digest] = seen.get(digest, 0) + 1
    return digest if number == 1 else f"{digest}-{number}"


def _may_sound(character: str) -> bool:
    # Signs and emoji are read; a row of stops or asterisks is not.
    return character.isalnum() or unicodedata.category(character)[0] == "S"


def _words(text: str) -> str:
    """Letters and digits only, for comparing titles."""
    return "".join(filter(str.isalnum, text.lower()))
