"""HTML and Markdown: what is read, in which order, as what."""

from __future__ import annotations

import time

import pytest

from edge_tts.narrate import BlockKind
from edge_tts.narrate.readers.markup_tokens import EndTag, MarkupTokens, StartTag
from tests.narrate.conftest import OpenBytes, blocks_of, texts_of


def test_blocks_of_html(open_bytes: OpenBytes) -> None:
    book = open_bytes(
        """<!DOCTYPE html><html lang="en-GB"><head><title>A &amp; B</title>
        <meta name="author" content="Me"><style>p { x: y }</style></head><body>
        <nav><a href="/">Home</a></nav><h1>Title</h1>
        <p>One <em>very</em>&nbsp;long
        day.<script>if (a < b) { x = "<p>no</p>" }</script></p>
        <ul><li>first<ul><li>inner</li></ul></li><li>second</ul>
        <blockquote><p>Quoted.</p></blockquote><hr>
        <div class="poem">Roses are red,<br/>violets are blue</div>
        <p>* * *</p><table><tr><th>A<th>B<tr><td>1<td>2</table>
        <p hidden>not this</p><figure><figcaption>A map.</figcaption></figure>
        <pre><code>x = 1</code></pre><q>So</q> it goes.</body></html>""",
        ".html",
    )
    assert book.metadata.title == "A & B"
    assert book.metadata.author == "Me"
    assert book.metadata.language == "en-GB"
    assert [(b.kind.value, b.level, b.text) for b in blocks_of(book)] == [
        ("heading", 1, "Title"),
        ("paragraph", 0, "One very long day."),
        ("list_item", 0, "first"),
        ("list_item", 1, "inner"),
        ("list_item", 0, "second"),
        ("quote", 0, "Quoted."),
        ("scene_break", 0, ""),
        ("verse", 0, "Roses are red,\nviolets are blue"),
        ("scene_break", 0, ""),
        ("table_row", 0, "A, B"),
        ("table_row", 0, "1, 2"),
        ("caption", 0, "A map."),
        ("paragraph", 0, "\u201cSo\u201d it goes."),
    ]
    emphatic = blocks_of(book)[1].spans[1]
    assert (emphatic.text, emphatic.style.emphasis.value) == ("very", "moderate")


def test_html_chapters_start_at_headings(open_bytes: OpenBytes) -> None:
    html = "<h1>Book</h1><h2>One</h2><p>a</p><h3>x</h3><p>b</p><h2>Two</h2><p>c</p>"
    book = open_bytes(html, ".html")
    assert [c.title for c in book.chapters] == ["Book \u2013 One", "Two"]
    assert [len(c.load().blocks) for c in book.chapters] == [5, 2]


MARKDOWN = """---
title: "The Book"
author: Jane
---

# Chapter One

It is *really* **so**, see [the link](http://x.example/y "title") and `code`.
A line[^1]

- item one
- item two

| a | b |
|---|---|
| 1 | 2 |

```python
print("skipped")
```

***

# Chapter Two

> Quoted text.

![alt text](image.png)

[^1]: The note.
"""


def test_titles_give_no_orders_to_a_terminal(open_bytes: OpenBytes) -> None:
    evil = "A\x1b]0;x\x07\x9b2J\u202e b"
    head = f"<title>{evil}</title><meta name=author content='{evil}'>"
    body = f"<h1>{evil}</h1><p>x</p><h1>B</h1><p>y</p>"
    book = open_bytes(f"<html><head>{head}</head><body>{body}</body></html>", ".html")
    clean = "A]0;x2J b"
    assert [handle.title for handle in book.chapters] == [clean, "B"]
    assert (book.metadata.title, book.metadata.author) == (clean, clean)


def test_markdown(open_bytes: OpenBytes) -> None:
    book = open_bytes(MARKDOWN, ".md")
    assert book.metadata.title == "The Book"
    assert book.metadata.author == "Jane"
    assert [c.title for c in book.chapters] == ["Chapter One", "Chapter Two"]
    assert texts_of(book) == [
        "Chapter One",
        "It is really so, see the link and code. A line",
        "item one",
        "item two",
        "a, b",
        "1, 2",
        "",
        "Chapter Two",
        "Quoted text.",
    ]
    full = open_bytes(
        MARKDOWN, ".md", code_blocks=True, alt_text=True, footnotes="inline"
    )
    assert 'print("skipped")' in texts_of(full)
    assert "alt text" in texts_of(full)
    notes = [b for b in blocks_of(full) if b.kind is BlockKind.FOOTNOTE]
    assert [b.text for b in notes] == ["The note."]
    assert texts_of(full).index("The note.") == 2
    assert "1, 2" not in texts_of(open_bytes(MARKDOWN, ".md", tables=False))


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a < b > c", "a < b > c"),
        ("<p>a<br>b", "ab"),
        ("a &lt; &#x41; &#99999999999999999; &unknown; &", "a < A \ufffd &unknown; &"),
        ("a<!-- no --><!bogus><?pi?>b", "ab"),
        ("a <!-- never closed", "a <!-- never closed"),
        ("<a href='x>y' title=\"'\" b=c d>link</a>", "link"),
        ('<a href="never closed>link</a>', "link"),
        ("<script>a</script >b", "b"),
        ("<![CDATA[a < b]]>", "a < b"),
        ("</ p>a</>b", "ab"),
        ("<tag", "<tag"),
        ("x <3 y", "x <3 y"),
    ],
)
def test_tokens(markup: str, text: str) -> None:
    tokens = list(MarkupTokens(markup, is_xml=False))
    found = []
    silent = False
    for token in tokens:
        if isinstance(token, str):
            found += [token] * (not silent)
        else:
            silent = token.name == "script" and isinstance(token, StartTag)
    assert "".join(found) == text


def test_attributes() -> None:
    [start, end] = MarkupTokens("<X:A B=1 c=\"&amp;\" d e='f' b=2></x:a>", is_xml=True)
    assert start == StartTag("a", {"b": "1", "c": "&", "d": "", "e": "f"})
    assert end == EndTag("a")


UNITS = """
< <a_ <!-- <![CDATA[ <a_b=">" <a_b=' </ <! &# <p> <title> <script> </p <!DOCTYPE_[ <i>
<li> &amp <td> <table> <sup> <a_href=#x> </b> <br> <aside_epub:type="footnote">
"""


@pytest.mark.parametrize("unit", [u.replace("_", " ") for u in UNITS.split()])
def test_repetition_takes_linear_time(open_bytes: OpenBytes, unit: str) -> None:
    started = time.process_time()
    book = open_bytes("<html>words " + unit * (200_000 // len(unit)), ".html")
    assert book.num_words >= 1
    # A second on a slow day; quadratic time would be minutes.
    assert time.process_time() - started < 20
