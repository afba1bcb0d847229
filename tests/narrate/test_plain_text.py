"""Plain texts: wrapping, verse, headings, licence, notes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from edge_tts.errors import TextError
from edge_tts.narrate import Block, BlockKind, Book, ReadOptions, open_book

DATA = Path(__file__).parent / "data"


def book_of(tmp_path: Path, text: str, **options: object) -> Book:
    path = tmp_path / "book.txt"
    path.write_text(text, encoding="utf-8")
    return open_book(path, ReadOptions(**options))  # type: ignore[arg-type]


def blocks_of(book: Book) -> list[Block]:
    return [block for handle in book.chapters for block in handle.load().blocks]


WRAPPED = """\
It was a dark night, and the rain fell in torrents, except at some occa-
sional intervals, when it was checked by a violent gust of wind which
swept up the streets of the well-
known town.

"Halt," he cried. He was _very_ tired and had walked for the whole of the
day without a rest.

    Tyger Tyger, burning bright,
    In the forests of the night;
    What immortal hand or eye,
    Could frame thy fearful symmetry?

       *       *       *       *       *

And so the long day came to its end, and they slept until the morning was
bright again.
"""


def test_wrapped_lines_become_paragraphs(tmp_path: Path) -> None:
    blocks = blocks_of(book_of(tmp_path, WRAPPED))
    assert [block.kind for block in blocks] == [
        BlockKind.PARAGRAPH,
        BlockKind.PARAGRAPH,
        BlockKind.VERSE,
        BlockKind.SCENE_BREAK,
        BlockKind.PARAGRAPH,
    ]
    assert blocks[0].text.startswith("It was a dark night, and the rain fell")
    assert "occasional intervals" in blocks[0].text
    assert "well-known town." in blocks[0].text
    assert "\n" not in blocks[0].text
    assert blocks[1].spans[1].text == "very"
    assert blocks[1].spans[1].style.emphasis.value == "moderate"
    assert blocks[2].text.count("\n") == 3


def test_chapters_start_at_headings(tmp_path: Path) -> None:
    text = """A TALE|CHAPTER I|Down the Rabbit-Hole|She fell.|CHAPTER II.|
        The pool of tears was deep.|EPILOGUE|It was over."""
    book = book_of(tmp_path, text.replace("|", "\n\n"))
    assert [chapter.title for chapter in book.chapters] == [
        "",
        "CHAPTER I \u2013 Down the Rabbit-Hole",
        "CHAPTER II.",
        "EPILOGUE",
    ]
    assert book.chapters[2].load().blocks[1].text == "The pool of tears was deep."


def test_a_table_of_contents_makes_no_chapters(tmp_path: Path) -> None:
    numbers = ["I", "II", "III", "IV", "V"]
    contents = [f"Chapter {number}. Some Title" for number in numbers]
    body = [
        part for entry in contents for part in (entry, "Here is the text of this one.")
    ]
    book = book_of(tmp_path, "\n\n".join(["CONTENTS", *contents, *body]))
    assert [c.title for c in book.chapters][-5:] == contents
    assert len(book.chapters) <= 6
    assert book.num_words == sum(len(line.split()) for line in contents + body) + 1


@pytest.mark.parametrize(
    "line",
    [
        "Chapter and verse were quoted by the old man.",
        "Part of the wall had fallen into the river.",
        "Letter by letter he spelled it out.",
        "I was there.",
        "Book three rooms for the night, he said.",
        "Chapter 3 tells of a storm at sea and of those who lived through it.",
    ],
)
def test_sentences_are_no_headings(tmp_path: Path, line: str) -> None:
    book = book_of(tmp_path, f"First words.\n\n{line}\n\nLast words.")
    assert [len(chapter.load().blocks) for chapter in book.chapters] == [3]


GUTENBERG = """\
The Project Gutenberg eBook of A Small Tale

This eBook is for the use of anyone anywhere in the United States.

Title: A Small Tale

Author: Jane Writer

Release Date: May 1, 1901 [eBook #12345]

Language: English

*** START OF THE PROJECT GUTENBERG EBOOK A SMALL TALE ***

Produced by A. Volunteer and the Online Distributed
Proofreading Team.

The tale itself.[1]

[Footnote 1: A note about
it.]

[Illustration: A ship]

It ends here.

*** END OF THE PROJECT GUTENBERG EBOOK A SMALL TALE ***

Updated editions will replace the previous one.
"""


def test_gutenberg_licence_is_left_out(tmp_path: Path) -> None:
    book = book_of(tmp_path, GUTENBERG)
    assert book.metadata.title == "A Small Tale"
    assert book.metadata.author == "Jane Writer"
    assert book.metadata.language == "en"
    assert [b.text for b in blocks_of(book)] == ["The tale itself.", "It ends here."]
    assert any("licence" in notice for notice in book.notices)
    kept = book_of(tmp_path, GUTENBERG, licence_text=True)
    assert blocks_of(kept)[0].text.startswith("The Project Gutenberg")


def test_notes_and_pictures_on_request(tmp_path: Path) -> None:
    book = book_of(tmp_path, GUTENBERG, footnotes="chapter_end", alt_text=True)
    assert [b.text for b in blocks_of(book)] == [
        "The tale itself.",
        "A ship",
        "It ends here.",
        "A note about it.",
    ]


def test_an_open_bracket_swallows_nothing(tmp_path: Path) -> None:
    text = "\n\n".join(["[Illustration: open", *[f"Paragraph {n}." for n in range(40)]])
    assert len(blocks_of(book_of(tmp_path, text))) == 41


def test_long_lines_are_paragraphs(tmp_path: Path) -> None:
    line = "This goes on and on, far beyond what anybody would wrap. " * 4
    blocks = blocks_of(book_of(tmp_path, f"{line}\n{line}\n{line}\n"))
    assert len(blocks) == 3


def test_editing_one_paragraph_moves_no_other_id(tmp_path: Path) -> None:
    before = book_of(tmp_path, "One.\n\nTwo.\n\nTwo.\n\nThree.").chapters[0].load()
    after = book_of(tmp_path, "One!\n\nTwo.\n\nTwo.\n\nThree.").chapters[0].load()
    old, new = [b.id for b in before.blocks], [b.id for b in after.blocks]
    assert old[1:] == new[1:] and old[0] != new[0]
    assert len(set(old)) == 4


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "mac_roman"]
)
def test_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    text = "He said \u201cna\u00efve\u201d \u2013 and left the caf\u00e9. " * 5
    path = tmp_path / "book.txt"
    path.write_bytes(text.encode(encoding))
    assert blocks_of(open_book(path))[0].text == text.strip()


def test_voice_marks_name_the_speaker(tmp_path: Path) -> None:
    text = "He said: [voice:anna] Go away.\n\nI mean it.[/voice] So he went."
    spans = [span for b in blocks_of(book_of(tmp_path, text)) for span in b.spans]
    assert [(span.text, span.style.voice) for span in spans] == [
        ("He said: ", None),
        (" Go away.", "anna"),
        ("I mean it.", "anna"),
        (" So he went.", None),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\1\2\xff" * 100, "not text"),
        (b" \n \n", "no text"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(data)
    with pytest.raises(TextError, match=message):
        open_book(path)


def test_credits_that_do_not_end_cost_no_time(tmp_path: Path) -> None:
    line = "CHAPTER ONE AND MORE WORDS " * 8 + "\n"
    text = f"{GUTENBERG.partition('***')[0]}"
    text += "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\nProduced by A. B.\n"
    started = time.process_time()
    book = book_of(tmp_path, text + line * 12)
    assert time.process_time() - started < 2.0
    assert book.num_words > 300
