"""Writes the plan of a book into the journal, with the key of every sentence."""

from __future__ import annotations

from dataclasses import dataclass

from edge_tts.errors import ConfigError
from edge_tts.narrate.book import Book
from edge_tts.narrate.book_plan import BookPlan
from edge_tts.narrate.journal import Journal, Planned, PlannedChapter
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.sentence_key import SentenceKeys
from edge_tts.narrate.tempo import predicted_seconds
from edge_tts.text.word_count import count_words


@dataclass(frozen=True)
class PlanFigures:
    """What a plan holds."""

    num_sentences: int
    num_chapters: int
    num_words: int
    """Words of all sentences, announcements included."""
    book_words: int
    """Words of the chosen chapters as the reader counted them."""
    predicted_seconds: float
    """Speech and pauses, at tempo 1 of the voice."""


def write_plan(
    book: Book,
    plan: BookPlan,
    keys: SentenceKeys,
    journal: Journal,
    options: NarrationOptions,
) -> PlanFigures:
    """Replace the journal's plan in one transaction; takes stay.

    Raises:
        ConfigError: No chapter was chosen.
    """
    seeds = journal.seeds()
    position = num_chapters = num_words = book_words = 0
    seconds = 0.0
    limit = options.preview_seconds
    with journal.transaction():
        journal.clear_plan()
        for number, handle in enumerate(book.chapters, 1):
            if not options.wants_chapter(number):
                continue
            if limit is not None and seconds >= limit:
                break
            words = 0
            for sentence in plan.sentences(number, first=num_chapters == 0):
                key, seed = keys.key(sentence, seeds.get(sentence.id))
                journal.add_sentence(Planned(position, sentence, key, seed))
                position += 1
                words += count_words(sentence.text)
                seconds += predicted_seconds(sentence.text, tempo=sentence.speed)
                seconds += max(0, sentence.pause_ms) / 1e3
                if limit is not None and seconds >= limit:
                    break
            journal.add_chapter(
                PlannedChapter(number, " ".join(handle.title.split()), words)
            )
            num_chapters += 1
            num_words += words
            book_words += handle.num_words
    if not position:
        raise ConfigError(
            f"nothing to narrate: the book has {len(book.chapters)} chapters, "
            f"--chapters {options.chapters or 'all'} leaves no text"
        )
    return PlanFigures(position, num_chapters, num_words, book_words, seconds)
