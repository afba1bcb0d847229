"""SSML to passages: what each element does, and that no word is lost."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.errors import TextError
from edge_tts.text import Frontend, Passage, Span
from edge_tts.text.passage import SpokenPart
from edge_tts.text.span import ReadingKind
from edge_tts.text.ssml import looks_like_ssml, parse_ssml
from edge_tts.text.ssml.phones import arpabet_of
from edge_tts.text.word_count import missing_words


def spans(content: str) -> tuple[Span, ...]:
    return parse_ssml(f"<speak>{content}</speak>").passage.spans


def notices(content: str) -> tuple[str, ...]:
    return parse_ssml(f"<speak>{content}</speak>").notices


def utterances(passage: Passage) -> list[SpokenPart]:
    parts = Frontend().passage(passage)
    return [part for part in parts if isinstance(part, SpokenPart)]


def test_white_space_is_that_of_text() -> None:
    assert "".join(s.text for s in spans(" one\n\n  <w>two </w> three ")) == (
        "one two three "
    )


def test_paragraphs_and_sentences_end_without_stops() -> None:
    document = parse_ssml(
        "<speak><p><s>One two</s><s>three</s></p>\n<p>Mr.</p><p>four</p></speak>"
    )
    parts = utterances(document.passage)
    assert [(p.utterance.text, p.utterance.pause.value) for p in parts] == [
        ("One two", "sentence"),
        ("three", "paragraph"),
        ("Mr.", "paragraph"),
        ("four", "paragraph"),
    ]


@pytest.mark.parametrize(
    ("attributes", "ms"),
    [
        ("", 320),
        ('time="250ms"', 250),
        ('time="1.5s"', 1500),
        ('time="+2s"', 2000),
        ('strength="none"', 0),
        ('strength="x-strong"', 1200),
        ('time="999s"', 60_000),
    ],
)
def test_break(attributes: str, ms: int) -> None:
    assert [s.break_ms for s in spans(f"a<break {attributes}/>b")] == [None, ms, None]


@pytest.mark.parametrize(
    ("attributes", "speed", "pitch", "volume"),
    [
        ('rate="slow"', 0.75, 0.0, 0.0),
        ('rate="120%"', 1.2, 0.0, 0.0),
        ('rate="+20%"', 1.2, 0.0, 0.0),
        ('rate="-20%"', 0.8, 0.0, 0.0),
        ('rate="1.5"', 1.5, 0.0, 0.0),
        ('pitch="+2st" volume="-6dB"', 1.0, 2.0, -6.0),
        ('pitch="-3.5st"', 1.0, -3.5, 0.0),
        ('pitch="+100%"', 1.0, 12.0, 0.0),
        ('pitch="x-high" volume="soft"', 1.0, 4.0, -6.0),
        ('volume="silent"', 1.0, 0.0, -math.inf),
        ('volume="100"', 1.0, 0.0, 0.0),
        ('volume="0"', 1.0, 0.0, -math.inf),
    ],
)
def test_prosody(attributes: str, speed: float, pitch: float, volume: float) -> None:
    [span] = spans(f"<prosody {attributes}>a</prosody>")
    assert span.style.speed == pytest.approx(speed)
    assert span.style.pitch == pytest.approx(pitch)
    assert span.style.volume == pytest.approx(volume)


def test_relative_prosody_adds_up_and_ends() -> None:
    inner, outer, plain = spans(
        '<prosody rate="+100%" pitch="+1st"><prosody rate="-50%" pitch="+1st">a'
        "</prosody>b</prosody>c"
    )
    assert (inner.style.speed, inner.style.pitch) == (1.0, 2.0)
    assert (outer.style.speed, outer.style.pitch) == (2.0, 1.0)
    assert plain.style.speed == 1.0


def test_readings() -> None:
    found = spans(
        'a<sub alias="b c">d</sub><say-as interpret-as="date" format="dmy">1.2.2003'
        '</say-as><phoneme alphabet="ipa" ph="h\u0259\u02c8lo\u028a">hi</phoneme>'
    )
    readings = [span.reading for span in found if span.reading]
    assert [(r.kind, r.value) for r in readings] == [
        (ReadingKind.ALIAS, "b c"),
        (ReadingKind.SAY_AS, "date:dmy"),
        (ReadingKind.PHONEMES, "HH AH0 L OW1"),
    ]
    assert "".join(span.text for span in found) == "ad1.2.2003hi"


def test_empty_readings_show_what_is_said() -> None:
    assert spans('<sub alias="so"/>')[0].text == "so"
    [span] = spans('<phoneme alphabet="x-arpabet" ph="S OW1"/>')
    assert span.text == "S OW1" and span.reading is not None


def test_a_long_alias_is_text() -> None:
    [span] = spans(f'<sub alias="{"word " * 50}">x</sub>')
    assert span.reading is None and span.text.split() == ["word"] * 50


def test_a_reading_for_a_whole_page_is_no_reading() -> None:
    # Its words could not be told from those left out; found by fuzzing.
    alias, *_ = spans(f'<sub alias="so">{"word " * 200}</sub>')
    assert alias.text == "so" and alias.reading is None
    written, *_ = spans(f'<phoneme ph="a">{"word " * 200}</phoneme>')
    assert written.reading is None and written.text.startswith("word word")


def test_voice_mark_emphasis_and_language() -> None:
    found = spans(
        '<voice name="lj">a<mark name="m"/><emphasis level="strong">b</emphasis>'
        '</voice><lang xml:lang="fr-FR">c</lang>'
    )
    assert [s.style.voice for s in found] == ["lj", None, "lj", None]
    assert found[1].mark == "m"
    assert found[2].style.emphasis.value == "strong"
    assert found[3].style.language == "fr-FR"


@pytest.mark.parametrize(
    ("content", "notice"),
    [
        ("<foo>a</foo> <foo>b</foo>", "<foo>"),
        ('<audio src="x">a</audio>', "<audio>"),
        ('<prosody rate="quick">a</prosody>', "rate"),
        ('<prosody contour="(0%,+20Hz)">a</prosody>', "contour"),
        ('<break time="soon"/>a', "break"),
        ('<phoneme ph="\u026e">a</phoneme>', "\u026e"),
        ('<phoneme alphabet="x-klingon" ph="a">a</phoneme>', "alphabet"),
        ('<say-as interpret-as="song">a</say-as>', "song"),
        ('<p xml:lang="de">a</p>', "'de'"),
        ('<lexicon uri="x"/>a', "lexicon"),
    ],
)
def test_what_is_not_supported_is_said_once_and_read(content: str, notice: str) -> None:
    [line] = notices(content)
    assert notice in line
    assert "a" in "".join(span.text for span in spans(content))


@pytest.mark.parametrize(
    ("alphabet", "phones", "arpabet"),
    [
        ("ipa", "t\u0259\u02c8me\u026at\u0259\u028a", "T AH0 M EY1 T OW0"),
        ("ipa", "t\u0361\u0283\u025c\u02d0t\u0283", "CH ER1 CH"),
        ("ipa", "\u02c8k\u00e6t \u02c8d\u0252\u0261", "K AE1 T | D AA1 G"),
        ("x-sampa", 't@"meIt@U', "T AH0 M EY1 T OW0"),
        ("x-SAMPA", "dZVdZ", "JH AH1 JH"),
        ("arpabet", "HH AY1 | DH EH1 R", "HH AY1 | DH EH1 R"),
    ],
)
def test_alphabets(alphabet: str, phones: str, arpabet: str) -> None:
    assert arpabet_of(alphabet, phones) == arpabet


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<speak>a", "line 1"),
        ("<speak>a & b</speak>", "&amp;"),
        ("<p>a</p>", "<speak>"),
        ("<speak></p></speak>", "mismatched"),
        ('<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak>', "entity"),
        (
            '<!DOCTYPE speak [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            "<speak>&x;</speak>",
            "entity",
        ),
        ("<speak>" + "<p>" * 300 + "</p>" * 300 + "</speak>", "deeper"),
        ("<speak>\x00</speak>", "line 1"),
        ("", "no element"),
    ],
)
def test_hostile_and_broken_documents(text: str, message: str) -> None:
    with pytest.raises(TextError, match=message):
        parse_ssml(text)


def test_entities_of_html_are_known() -> None:
    assert spans("caf&eacute;&nbsp;&lt;&amp;")[0].text == "caf\u00e9 <&"


@pytest.mark.parametrize(
    ("text", "is_ssml"),
    [
        ("<speak>a</speak>", True),
        (' <?xml version="1.0"?>\n<!-- x --><speak version="1.1">', True),
        ("<ssml:speak>", True),
        ("<speaker>", False),
        ("speak", False),
        ("<p>", False),
    ],
)
def test_recognition(text: str, is_ssml: bool) -> None:
    assert looks_like_ssml(text) is is_ssml


WORDS = st.lists(
    st.sampled_from(["one", "Two.", "3.5", "Dr.", "x@y.z", "<&>", "\u00e9", "NASA"]),
    max_size=6,
).map(" ".join)
OPENERS = (
    ("p", {}),
    ("s", {}),
    ("prosody", {"rate": "slow"}),
    ("emphasis", {}),
    ("voice", {"name": "lj"}),
    ("unknown", {}),
    ("audio", {"src": "x"}),
    ("say-as", {"interpret-as": "characters"}),
    ("say-as", {"interpret-as": "ordinal"}),
    ("phoneme", {"ph": "a"}),
    ("lang", {"xml:lang": "en"}),
)
EMPTY = st.sampled_from(["<break/>", '<mark name="m"/>', '<break time="1ms"/>'])


def element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def wrap(choice: tuple[str, dict[str, str]], inner: list[str]) -> str:
        name, attributes = choice
        # Without content its phonemes would be shown.
        inner = ["word", *inner] if name == "phoneme" else inner
        shown = "".join(f" {key}={quoteattr(v)}" for key, v in attributes.items())
        return f"<{name}{shown}>{' '.join(inner)}</{name}>"

    return st.builds(wrap, st.sampled_from(OPENERS), st.lists(children, max_size=4))


CONTENT = st.recursive(WORDS.map(escape) | EMPTY, element, max_leaves=12)


@settings(max_examples=300, deadline=None)
@given(st.lists(CONTENT, max_size=5))
def test_the_words_of_a_document_are_the_words_spoken(content: list[str]) -> None:
    text = " ".join(content)
    document = parse_ssml(f"<speak>{text}</speak>")
    without_tags = _without_tags(text)
    assert "".join(document.passage.text.split()) == "".join(without_tags.split())
    try:
        parts = utterances(document.passage)
    except TextError:
        parts = []
    found = [part.utterance for part in parts]
    assert missing_words(document.passage.text, found) == []


def _without_tags(text: str) -> str:
    parts, depth = [], False
    for character in text:
        if character == "<":
            depth = True
        elif character == ">":
            depth = False
        elif not depth:
            parts.append(character)
    plain = "".join(parts)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
