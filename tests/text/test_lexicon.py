"""The packed lexicon, the user's lexicon and inline phonemes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from calibrate.lexicon.pack import pack_lexicon
from edge_tts.errors import ConfigError, TextError
from edge_tts.text import Frontend
from edge_tts.text.inline_phonemes import parse_phonemes
from edge_tts.text.lexicon import Lexicon


def phonemes(frontend: Frontend, text: str) -> str:
    return " ".join(
        token.symbol + (str(token.stress - 1) if token.stress else "")
        for utterance in frontend.utterances(text)
        for token in utterance.tokens[1:-1]
    )


def test_packed_words_come_back(tmp_path: Path) -> None:
    entries = {f"w{n:04}": ("W", "AH0") + ("T",) * (n % 5) for n in range(1000)}
    path = tmp_path / "x.bin"
    path.write_bytes(pack_lexicon(entries))
    lexicon = Lexicon(path)
    assert list(lexicon) == sorted(entries)
    assert {word: lexicon.get(word) for word in entries} == entries
    for missing in ("", "a", "w", "w00000", "w0999a", "zz", "é"):
        assert lexicon.get(missing) is None


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"etlexic1", b"etlexic1" + b"\xff" * 40]
)
def test_a_damaged_lexicon_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(data)
    with pytest.raises(TextError, match=r"x\.bin"):
        Lexicon(path)


def test_user_entries_win_and_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text(
        "# mine\ntomato  T AH0 M AA1 T OW0\ngif = jif  # soft\nk8s\t= cube control\n"
        "US = you ess\nC++ = see plus\n"
    )
    frontend = Frontend(path)
    assert phonemes(frontend, "Tomato") == "T AH0 M AA1 T OW0"
    assert phonemes(frontend, "tomato's") == "T AH0 M AA1 T OW0 Z"
    assert phonemes(frontend, "GIF") == phonemes(Frontend(), "jif")
    assert phonemes(frontend, "k8s") == phonemes(Frontend(), "cube control")
    assert phonemes(frontend, "C++") == phonemes(Frontend(), "see plus")
    assert phonemes(frontend, "us") == "AH1 S"
    path.write_text("tomato  T AH0 M EY1 T OW0\n")
    os.utime(path, (1, 1))
    assert phonemes(frontend, "tomato") == "T AH0 M EY1 T OW0"
    path.write_text("tomato  QQ\n")
    os.utime(path, (2, 2))
    assert phonemes(frontend, "tomato") == "T AH0 M EY1 T OW0"
    path.unlink()
    assert phonemes(frontend, "tomato") == "T AH0 M EY1 T OW0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ok  OW1\nbad  XX1\n", "words.txt:2.*XX1"),
        ("lonely\n", "words.txt:1"),
        ("a = b4\n", "words.txt:1.*b4"),
        ("\x80\x81", "words.txt"),
    ],
)
def test_a_faulty_user_lexicon_is_named(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=message):
        Frontend(path)


def test_a_missing_user_lexicon_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.txt"):
        Frontend(tmp_path / "absent.txt")


def test_inline_phonemes(frontend: Frontend) -> None:
    assert phonemes(frontend, "say [[HH AH0 L OW1]].") == "S EY1 HH AH0 L OW1"
    assert phonemes(frontend, "[[T UW1 | B IY1]]") == "T UW1 B IY1"
    assert parse_phonemes("hh ah l ow1") == ("HH", "AH0", "L", "OW1")
    with pytest.raises(TextError, match="QQ"):
        list(frontend.utterances("[[HH QQ]]"))
    assert phonemes(frontend, "[[see above]]") == phonemes(frontend, "see above")
