from __future__ import annotations

from pathlib import Path

import pytest

from calibrate.lexicon.__main__ import LICENSE_NAME, main
from calibrate.lexicon.cmudict import read_cmudict
from edge_tts.errors import ConfigError
from edge_tts.text.lexicon import Lexicon

SOURCE = "abc EY1 B IY2 # letters\nread R EH1 D\nread(2) R IY1 D\n"


def test_variants_are_kept_in_order(tmp_path: Path) -> None:
    path = tmp_path / "d.dict"
    path.write_text(SOURCE)
    entries = read_cmudict(path)
    assert entries["read"] == (("R", "EH1", "D"), ("R", "IY1", "D"))
    assert entries["abc"] == (("EY1", "B", "IY2"),)


@pytest.mark.parametrize("line", ["word", "word XX1", "word AH", "word B1"])
def test_a_faulty_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "d.dict"
    path.write_text(SOURCE + line + "\n")
    with pytest.raises(ConfigError, match=r"d\.dict:4"):
        read_cmudict(path)


def test_the_packed_lexicon_keeps_its_licence_beside_it(tmp_path: Path) -> None:
    source, output = tmp_path / "d.dict", tmp_path / "out" / "x.bin"
    output.parent.mkdir()
    source.write_text(SOURCE)
    (tmp_path / LICENSE_NAME).write_text("terms")
    assert main([str(source), "-o", str(output)]) == 0
    assert Lexicon(output).get("read") == ("R", "EH1", "D")
    assert Lexicon(output).get("o'clock") is not None
    assert output.with_name(LICENSE_NAME + ".txt").read_text() == "terms"


def test_a_missing_source_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none.dict"), "-o", str(tmp_path / "x")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
