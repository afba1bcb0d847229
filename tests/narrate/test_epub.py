"""EPUB 2 and 3: order, contents, notes, protection, hostile archives."""

from __future__ import annotations

import io
import zipfile

import pytest

from edge_tts.errors import TextError
from tests.narrate.conftest import OpenBytes, blocks_of, texts_of
from tests.narrate.epub_builder import PNG, archive, epub, nav_point, page

ONE = page("<h1>One</h1><p>First text.</p>")
TWO = page('<h1>Two</h1><p>Second text.</p><h2 id="s">Inner</h2><p>More.</p>')


def test_epub3_chapters_come_from_the_nav(open_bytes: OpenBytes) -> None:
    entries = (
        '<li><a href="a.xhtml">The <em>First</em></a></li>'
        '<li><a href="b.xhtml">Second</a><ol><li><a href="b.xhtml#s">Inside</a>'
        "</li></ol></li>"
    )
    data = epub({"a.xhtml": ONE, "b.xhtml": TWO}, nav_entries=entries)
    book = open_bytes(data, ".epub")
    assert book.metadata.title == "A Book"
    assert book.metadata.author == "A. Writer"
    assert book.metadata.identifier == "urn:isbn:1"
    assert [c.title for c in book.chapters] == ["The First", "Second", "Inside"]
    assert texts_of(book) == [
        "One",
        "First text.",
        "Two",
        "Second text.",
        "Inner",
        "More.",
    ]
    flat = open_bytes(data, ".epub", toc_depth=1)
    assert [c.title for c in flat.chapters] == ["The First", "Second"]


def test_epub2_chapters_come_from_the_ncx(open_bytes: OpenBytes) -> None:
    points = nav_point(
        "Part", "p.xhtml", nav_point("I", "a.xhtml") + nav_point("II", "b.xhtml")
    ) + nav_point("End", "e.xhtml")
    documents = {
        "front.xhtml": page("<p>For you.</p>"),
        "p.xhtml": page("<h1>PART ONE</h1>"),
        "a.xhtml": ONE,
        "rest.xhtml": page("<p>It goes on.</p>"),
        "b.xhtml": TWO,
        "e.xhtml": page("<p>The end.</p>"),
    }
    book = open_bytes(epub(documents, ncx_points=points), ".epub")
    assert [c.title for c in book.chapters] == ["", "Part \u2013 I", "II", "End"]
    first = book.chapters[1].load()
    assert first.blocks[0].text == "PART ONE"
    assert first.blocks[-1].text == "It goes on."


def test_without_contents_each_document_is_a_chapter(open_bytes: OpenBytes) -> None:
    book = open_bytes(epub({"a.xhtml": ONE, "b.xhtml": TWO}), ".epub")
    assert [c.title for c in book.chapters] == ["One", "Two"]


NOTED = page(
    '<p>Text<a epub:type="noteref" href="#n1">1</a> goes on.</p>'
    '<p>Old<sup><a href="notes.xhtml#n2">2</a></sup> style.</p>'
    '<aside epub:type="footnote" id="n1"><p>Note one.</p></aside>'
)
NOTES = page(
    '<section epub:type="endnotes"><h1>Notes</h1><ol><li id="n2"><p>Note two. '
    '<a href="a.xhtml">\u21a9</a></p></li></ol></section>'
)


@pytest.mark.parametrize(
    ("where", "texts"),
    [
        ("skip", ["Text goes on.", "Old style."]),
        ("inline", ["Text goes on.", "Note one.", "Old style.", "Note two.", "Notes"]),
        (
            "chapter_end",
            ["Text goes on.", "Old style.", "Notes", "Note one.", "Note two."],
        ),
    ],
)
def test_footnotes(open_bytes: OpenBytes, where: str, texts: list[str]) -> None:
    entries = '<li><a href="a.xhtml">A</a></li>'
    data = epub({"a.xhtml": NOTED, "notes.xhtml": NOTES}, nav_entries=entries)
    assert texts_of(open_bytes(data, ".epub", footnotes=where)) == texts


def test_brackets_around_a_link_back_are_no_note(open_bytes: OpenBytes) -> None:
    body = (
        '<p>Text<a role="doc-noteref" href="#n">1</a>.</p><aside role="doc-footnote" '
        'id="n"><span>[<a role="doc-backlink" href="#x">1</a>]</span><p>Note.</p>'
        "</aside>"
    )
    book = open_bytes(epub({"a.xhtml": page(body)}), ".epub", footnotes="inline")
    assert texts_of(book) == ["Text.", "Note."]


def test_documents_outside_the_order_are_left_out(open_bytes: OpenBytes) -> None:
    data = epub({"a.xhtml": ONE, "b.xhtml": TWO}, not_linear=("b.xhtml",))
    book = open_bytes(data, ".epub")
    assert texts_of(book) == ["One", "First text."]
    assert any("reading order" in notice for notice in book.notices)


def test_page_numbers_and_pictures(open_bytes: OpenBytes) -> None:
    body = (
        '<p>One <span epub:type="pagebreak" title="12"/>two '
        '<span class="pagenum">[Pg 13]</span>three <img src="x" alt="A ship"/>.</p>'
    )
    data = epub({"a.xhtml": page(body)})
    assert texts_of(open_bytes(data, ".epub")) == ["One two three ."]
    everything = open_bytes(data, ".epub", page_numbers=True, alt_text=True)
    assert texts_of(everything) == ["One (page 12) two [Pg 13]three A ship ."]


def test_cover(open_bytes: OpenBytes) -> None:
    item = '<item id="c" href="c.png" media-type="image/png" properties="cover-image"/>'
    data = epub({"a.xhtml": ONE}, extra_items=item, files={"OEBPS/c.png": PNG})
    cover = open_bytes(data, ".epub").cover
    assert cover is not None
    assert (cover.data, cover.media_type) == (PNG, "image/png")
    broken = epub({"a.xhtml": ONE}, extra_items=item, files={"OEBPS/c.png": b"no"})
    assert open_bytes(broken, ".epub").cover is None


def encryption(method: str) -> str:
    return (
        '<encryption><EncryptedData><EncryptionMethod Algorithm="' + method + '"/>'
        '<CipherData><CipherReference URI="OEBPS/x"/></CipherData></EncryptedData>'
        "</encryption>"
    )


def test_protected_books_are_refused(open_bytes: OpenBytes) -> None:
    files = {
        "META-INF/encryption.xml": encryption(
            "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
        ),
        "META-INF/rights.xml": "<rights/>",
    }
    with pytest.raises(TextError, match="Adobe ADEPT"):
        open_bytes(epub({"a.xhtml": ONE}, files=files), ".epub")


def test_obfuscated_fonts_are_no_protection(open_bytes: OpenBytes) -> None:
    files = {
        "META-INF/encryption.xml": encryption("http://www.idpf.org/2008/embedding")
    }
    book = open_bytes(epub({"a.xhtml": ONE}, files=files), ".epub")
    assert texts_of(book) == ["One", "First text."]


def test_links_are_followed_as_written_or_not(open_bytes: OpenBytes) -> None:
    data = archive(
        {
            "META-INF/container.xml": '<c><rootfile full-path="x/content.opf"/></c>',
            "x/content.opf": '<package><manifest><item id="a" href="T%20ext/A.HTML" '
            'media-type="text/plain"/></manifest><spine><itemref idref="a"/>'
            "</spine></package>",
            "x/t ext/a.html": "<p>Found.",
        }
    )
    assert texts_of(open_bytes(data, ".epub")) == ["Found."]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252", "iso-8859-1"])
def test_encodings(open_bytes: OpenBytes, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><html><p>caf\u00e9</p></html>'
    data = epub({"a.xhtml": ""}, files={"OEBPS/a.xhtml": text.encode(encoding)})
    assert texts_of(open_bytes(data, ".epub")) == ["caf\u00e9"]


def test_a_broken_document_is_read_as_far_as_it_goes(open_bytes: OpenBytes) -> None:
    broken = "<html><body><p>One <i>two</p><p>three &nbsp; &bogus; < four</body>"
    book = open_bytes(epub({"a.xhtml": broken}), ".epub")
    assert texts_of(book) == ["One two", "three &bogus; < four"]


def test_entities_are_never_expanded(open_bytes: OpenBytes) -> None:
    hostile = (
        '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
        '<!ENTITY x SYSTEM "file:///etc/passwd">]><html><p>One &b; &x; two.</p></html>'
    )
    book = open_bytes(epub({"a.xhtml": hostile}), ".epub")
    assert texts_of(book) == ["One &b; &x; two."]


def test_paths_out_of_the_book_lead_nowhere(open_bytes: OpenBytes) -> None:
    data = archive(
        {
            "META-INF/container.xml": '<c><rootfile full-path="a.opf"/></c>',
            "a.opf": '<package><manifest><item id="a" href="../../../etc/passwd"/>'
            '<item id="b" href="/etc/passwd"/><item id="c" href="c"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/>'
            "</spine></package>",
            "c": "<p>Here.</p>",
            "../../evil": "x",
        }
    )
    assert texts_of(open_bytes(data, ".epub")) == ["Here."]


def bomb(size: int) -> bytes:
    return epub({"a.xhtml": page("<p>" + " " * size + "</p>")})


def nameless_member() -> bytes:
    data = epub({"a.xhtml": ONE})
    # The length of the name of the first entry, "mimetype", in the directory.
    place = data.index(b"PK\x01\x02")
    size, extra = data[place + 28], data[place + 30]
    assert (size, extra) == (8, 0)
    shorter = data[:place] + data[place : place + 46] + data[place + 54 :]
    changed = bytearray(shorter)
    changed[place + 28] = 0
    end = changed.rindex(b"PK\x05\x06")
    length = int.from_bytes(changed[end + 12 : end + 16], "little") - 8
    changed[end + 12 : end + 16] = length.to_bytes(4, "little")
    return bytes(changed)


def test_a_member_without_a_name_is_passed_over(open_bytes: OpenBytes) -> None:
    # zipfile.ZipInfo.is_dir raises IndexError on it; found by fuzzing.
    assert texts_of(open_bytes(nameless_member(), ".epub")) == ["One", "First text."]


def many_entries() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as book:
        for number in range(20_001):
            book.writestr(str(number), "")
    return target.getvalue()


def with_password() -> bytes:
    data = bytearray(epub({"a.xhtml": ONE}))
    place = data.rindex(b"PK\x01\x02", 0, data.rindex(b"content.opf"))
    data[place + 8] |= 1
    return bytes(data)


def without_package() -> bytes:
    return archive({"word/document.xml": "<w/>"})


def cut_short() -> bytes:
    return epub({"a.xhtml": ONE})[:-30]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bomb(4 << 20), "bomb"),
        (bomb(40 << 20), "too large"),
        (many_entries(), "bomb"),
        (with_password(), "password"),
        (without_package(), "no EPUB"),
        (cut_short(), "cut short"),
        (epub({"a.xhtml": page("")}), "no text"),
        (b"PK\x05\x06" + b"\0" * 18, "no EPUB"),
        (b"plain", "no EPUB"),
    ],
)
def test_hostile_and_damaged_archives(
    open_bytes: OpenBytes, data: bytes, message: str
) -> None:
    with pytest.raises(TextError, match=message):
        open_bytes(data, ".epub")


def test_equal_titles_get_different_ids(open_bytes: OpenBytes) -> None:
    book = open_bytes(epub({"a.xhtml": ONE, "b.xhtml": ONE}), ".epub")
    assert len({chapter.id for chapter in book.chapters}) == 2
    assert book.num_words == 2 * 3
    assert sum(len(block.text.split()) for block in blocks_of(book)) == 6
