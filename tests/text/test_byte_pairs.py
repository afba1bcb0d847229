"""The byte-pair encoding against the arrays of a trained tokenizer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibrate.convert.errors import ConversionError
from calibrate.convert.hf_tokenizer import read_tokenizer
from edge_tts.errors import PackError
from edge_tts.text.byte_pairs import BytePairs
from tests.sopro_packs import folder_of

FILES = folder_of("1.5") / "model"


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    return read_tokenizer(FILES)


# What the tokenizers library finds in the same text with the same pattern.
@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("a  b", ["a", " ", " b"]),
        (
            "It's 12345, isn't it?",
            ["It", "'s", " ", "123", "45", ",", " isn", "'t", " it", "?"],
        ),
        ("WE'LL'D", ["WE", "'LL", "'D"]),
        ("x\r\n\r\n y  ", ["x", "\r\n\r\n", " y", "  "]),
        ("\t\tend", ["\t", "\tend"]),
        ("(so)...\n\nyes", ["(so", ")...\n\n", "yes"]),
        ("naïve Ⅷ½ 漢字", ["naïve", " ", "Ⅷ½", " 漢字"]),
        ("a_b'x", ["a", "_b", "'x"]),
        ("🙂 ok", ["🙂", " ok"]),
    ],
)
def test_text_is_cut_like_the_published_pattern(
    arrays: dict[str, np.ndarray], text: str, pieces: list[str]
) -> None:
    found = list(BytePairs(arrays, "t").pieces(text))
    assert found == pieces and "".join(found) == text


def test_every_byte_comes_back(arrays: dict[str, np.ndarray]) -> None:
    vocabulary = json.loads((FILES / "tokenizer.json").read_text())["model"]["vocab"]
    names = {number: name for name, number in vocabulary.items()}
    alphabet = {
        int(number): bytes([byte]) for byte, number in enumerate(arrays["byte_ids"])
    }
    spelt = {name: alphabet[number] for number, name in names.items() if len(name) == 1}
    text = "The streams are\n not, naïve 漢字 🙂 \x00 12."
    ids = BytePairs(arrays, "t").encode(text)
    body = b"".join(b"".join(spelt[c] for c in names[i]) for i in ids[1:-1])
    assert body.decode() == text
    assert len(ids) - 2 < len(text.encode())  # Some pairs were joined.
    assert [ids[0], ids[-1]] == arrays["settings"][:2].tolist()


def test_a_name_of_a_special_token_is_text(arrays: dict[str, np.ndarray]) -> None:
    ids = BytePairs(arrays, "t").encode("<|end_of_text|>")
    assert ids.count(int(arrays["settings"][1])) == 1


def test_merges_alone_give_the_tokens_of_whole_words(
    arrays: dict[str, np.ndarray],
) -> None:
    none = {
        "token_hashes": np.zeros(0, np.uint64),
        "token_ids": np.zeros(0, np.int32),
    }
    quick, slow = BytePairs(arrays, "t"), BytePairs({**arrays, **none}, "t")
    for word in ("the", " stream", "streams of the daemon", "x" * 40, "ааа"):
        assert quick.encode(word) == slow.encode(word)


def edited(tmp_path: Path, **changes: Any) -> Path:
    folder = tmp_path / "tokens"
    shutil.copytree(FILES, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    data = json.loads((folder / "tokenizer.json").read_text())
    for key, value in changes.items():
        head, _, tail = key.partition("__")
        if tail:
            data[head][tail] = value
        else:
            data[head] = value
    (folder / "tokenizer.json").write_text(json.dumps(data))
    return folder


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"model__type": "Unigram"}, "type BPE"),
        ({"normalizer": {"type": "NFC"}}, "normalizer is set"),
        ({"pre_tokenizer": {"type": "Whitespace"}}, "cuts text in another way"),
        ({"model__merges": [["zz", "qq"]]}, "has no token"),
        ({"model__vocab": {"a": 0}}, "has no token"),
        ({"model__unk_token": "?"}, "unk_token is set"),
    ],
)
def test_other_tokenizers_are_refused(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConversionError, match=problem):
        read_tokenizer(edited(tmp_path, **changes))


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"tokenizer\.json: cannot be read"):
        read_tokenizer(tmp_path)
    folder = edited(tmp_path)
    (folder / "tokenizer_config.json").write_text("{")
    with pytest.raises(ConversionError, match=r"tokenizer_config\.json: is no JSON"):
        read_tokenizer(folder)


@pytest.mark.parametrize("name", ["byte_ids", "settings", "merge_pairs"])
def test_packs_with_other_arrays_are_refused(
    arrays: dict[str, np.ndarray], name: str
) -> None:
    with pytest.raises(PackError):
        BytePairs({k: v for k, v in arrays.items() if k != name}, "t")
    with pytest.raises(PackError):
        BytePairs({**arrays, name: arrays[name].astype(np.float32)}, "t")
