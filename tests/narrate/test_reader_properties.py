"""Whatever the book: no word is lost, and only errors of this package are raised."""

from __future__ import annotations

import contextlib
import html
import io
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.errors import EdgeTTSError
from edge_tts.narrate import ReadOptions, open_book
from edge_tts.narrate.read_options import BookFormat
from edge_tts.text.word_count import count_words
from tests.fuzz.narration import OPTIONS, damaged, read_wholly
from tests.fuzz.seeds import SEEDS
from tests.narrate.epub_builder import epub, page

WORDS = """
One two. Mr. 3.14 don't NASA "Yes!" 10:30 (x) caf\u00e9 well-known e.g. I V a.b 5% x=y
CHAPTER II III Preface Part * - > # 1. [1] _it_ --- \u201cquoted\u201d
"""
TAGS = "p div h1 h2 li blockquote td em b i span q sup"
PLAIN = st.sampled_from(WORDS.split())
LINES = st.lists(PLAIN, min_size=1, max_size=12).map(" ".join)
PARAGRAPHS = st.lists(LINES, min_size=1, max_size=4).map("\n".join)
TEXTS = st.lists(PARAGRAPHS, min_size=1, max_size=8).map("\n\n".join)


def words_of(data: str | bytes, kind: BookFormat) -> list[str]:
    content = data.encode() if isinstance(data, str) else data
    try:
        book = open_book(io.BytesIO(content), ReadOptions(format=kind))
    except EdgeTTSError:
        return []
    blocks = [block for c in book.chapters for block in c.load().blocks]
    text = "\n".join(block.text for block in blocks)
    assert book.num_words == sum(count_words(block.text) for block in blocks)
    return [word for word in text.split() if count_words(word)]


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_plain_text_keeps_its_words_in_order(text: str) -> None:
    found = "".join("".join(words_of(text, "text")).split("_"))
    wanted = "".join(word for word in text.split() if count_words(word))
    # Bullets, rules and marks of emphasis are no words; hyphens may join lines.
    assert _letters(found) == _letters(wanted)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "p",
                    "div",
                    "h1",
                    "h2",
                    "li",
                    "blockquote",
                    "td",
                    "em",
                    "b",
                    "i",
                    "span",
                    "q",
                    "sup",
                ]
            ),
            LINES,
        ),
        max_size=12,
    )
)
def test_html_and_epub_keep_their_words_in_order(parts: list[tuple[str, str]]) -> None:
    body = " ".join(f"<{tag}>{html.escape(text)}</{tag}>" for tag, text in parts)
    wanted = _letters("".join(text for _, text in parts))
    assert _letters("".join(words_of(f"<html>{body}</html>", "html"))) == wanted
    book = epub({"a.xhtml": page(body)})
    assert _letters("".join(words_of(book, "epub"))) == wanted


@pytest.mark.parametrize("kind", SEEDS)
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_damaged_books_raise_our_errors_only(kind: str, seed: int) -> None:
    rng = random.Random(seed)
    data = damaged(kind, rng.choice(SEEDS[kind]), rng)
    with contextlib.suppress(EdgeTTSError):
        read_wholly(kind, data, rng.choice(OPTIONS), num_spoken=2)


@pytest.mark.parametrize("kind", SEEDS)
@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_noise_raises_our_errors_only(kind: str, data: bytes) -> None:
    options = replace(OPTIONS[0], format=kind)  # type: ignore[arg-type]
    with contextlib.suppress(EdgeTTSError):
        open_book(io.BytesIO(data), options)


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalpha())
