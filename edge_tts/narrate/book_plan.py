"""Owns BookPlan: a book as chapters of sentences, in the order they are spoken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.book import Book
from edge_tts.narrate.chapter import ChapterHandle
from edge_tts.narrate.pauses import Pauses
from edge_tts.narrate.sentence import JOINT, Sentence
from edge_tts.narrate.sentence_cutter import cut_run
from edge_tts.narrate.voice_map import TITLES, VoiceMap
from edge_tts.text.span import Span


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
            # Without an author the title may be no more than the name of the file.
            known = bool(metadata.title and metadata.author)
            if first and known and _words(metadata.title) not in opening:
                text = f"{metadata.title}, by {metadata.author}."
                yield from self._title(text, number)
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
        is_open = False
        for delivery, run, break_ms in self._runs(block, role):
            if break_ms is not None:
                if pending is None:
                    yield _silence(break_ms, number)
                else:
                    pending = replace(pending, pause_ms=break_ms)
                is_open = False
                continue
            for cut in cut_run(run, block.kind, pauses):
                if pending is not None:
                    if is_open and pending.voice == delivery.voice:
                        # One phrase, in which only tempo, pitch or volume change.
                        pending = replace(pending, pause_ms=JOINT)
                    yield pending
                is_open = cut.is_open
                pending = Sentence(
                    id="",
                    chapter=number,
                    text=cut.text,
                    voice=delivery.voice,
                    speed=delivery.speed,
                    pitch=delivery.pitch,
                    volume=delivery.volume,
                    pause_ms=cut.pause_ms,
                    kind=kind,
                    spans=cut.spans,
                )
        if pending is not None:
            yield replace(pending, pause_ms=max(end_pause, pending.pause_ms))

    def _runs(
        self, block: Block, role: str | None
    ) -> Iterator[tuple[_Delivery, list[Span], int | None]]:
        """(how, spans, None) or (how, [], break in ms); neighbours differ in how."""
        delivery = self._delivery(None, role)
        run: list[Span] = []
        for span in block.spans:
            if span.mark is not None:
                continue
            if span.break_ms is not None:
                yield delivery, run, None
                run = []
                yield delivery, [], span.break_ms
                continue
            for turn, part in self._turns(span, role):
                how = self._delivery(span, turn)
                # White space takes the voice of what stands before it.
                if how != delivery and part.strip():
                    yield delivery, run, None
                    run, delivery = [], how
                run.append(replace(span, text=part))
        yield delivery, run, None

    def _turns(self, span: Span, role: str | None) -> Iterator[tuple[str | None, str]]:
        if span.style.voice is None and span.reading is None and role is None:
            return self._options.voices.turns(span.text)
        return iter([(role, span.text)])

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


def _words(text: str) -> str:
    """Letters and digits only, for comparing titles."""
    return "".join(filter(str.isalnum, text.lower()))
