"""The byte-pair tokenizer files of a model on the hub -> arrays a pack can map."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError
from edge_tts.text.byte_pairs import token_hash

_PATTERNS: Final = {
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+": 3,
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+": 1,
}
"""Ways of cutting a text, those of Llama 3 and Qwen 2 -> most digits of a piece."""


def read_tokenizer(folder: Path) -> dict[str, NDArray[Any]]:
    """Arrays for ``edge_tts.text.byte_pairs``, ids before and after a text included.

    Args:
        folder: Holds ``tokenizer.json`` and ``tokenizer_config.json``.

    Raises:
        ConversionError: A file is missing, or the tokenizer works in another way.
    """
    path = folder / "tokenizer.json"
    data = _read(path)
    model = data.get("model")
    if not isinstance(model, dict) or model.get("type") != "BPE":
        raise ConversionError(f"{path}: expected a tokenizer of type BPE")
    digits = _digits(data, path)
    for key in ("normalizer",):
        if data.get(key) is not None:
            raise ConversionError(f"{path}: {key} is set, which is not supported")
    for key in ("dropout", "unk_token", "continuing_subword_prefix"):
        if model.get(key):
            raise ConversionError(f"{path}: model.{key} is set; not supported")
    names = {_spelt(name): number for name, number in model["vocab"].items()}
    try:
        single = np.array([names[bytes([byte])] for byte in range(256)], np.int32)
    except KeyError as error:
        raise ConversionError(f"{path}: byte {error} has no token") from error
    merges = _merges(model["merges"], names, path)
    tokens: dict[int, int] = {}
    if model.get("ignore_merges"):
        tokens = {token_hash(name): number for name, number in names.items()}
        if len(tokens) != len(names):
            raise ConversionError(f"{path}: two tokens have one hash")
    hashes = sorted(tokens)
    added = {
        entry["content"]: entry["id"]
        for entry in data.get("added_tokens", [])
        if isinstance(entry, dict)
    }
    before, after = _ends(folder / "tokenizer_config.json", added, names)
    return {
        "byte_ids": single,
        **merges,
        "token_hashes": np.array(hashes, np.uint64),
        "token_ids": np.array([tokens[key] for key in hashes], np.int32),
        "settings": np.array([before, after, digits], np.int32),
    }


def _merges(
    listed: list[Any], names: Mapping[bytes, int], path: Path
) -> dict[str, NDArray[Any]]:
    pairs: dict[int, tuple[int, int]] = {}
    for rank, entry in enumerate(listed):
        left, right = entry.split(" ") if isinstance(entry, str) else entry
        try:
            first, second = _spelt(left), _spelt(right)
            key = names[first] << 32 | names[second]
            result = names[first + second]
        except KeyError as error:
            raise ConversionError(f"{path}: merge {entry} has no token") from error
        pairs.setdefault(key, (rank, result))
    keys = sorted(pairs)
    return {
        "merge_pairs": np.array(keys, np.int64),
        "merge_ranks": np.array([pairs[key][0] for key in keys], np.int32),
        "merge_results": np.array([pairs[key][1] for key in keys], np.int32),
    }


def _digits(data: Mapping[str, Any], path: Path) -> int:
    steps = data.get("pre_tokenizer") or {}
    listed = steps.get("pretokenizers", [steps]) if isinstance(steps, dict) else []
    patterns = [
        step["pattern"].get("Regex")
        for step in listed
        if step.get("type") == "Split" and step.get("behavior") == "Isolated"
    ]
    level = [step for step in listed if step.get("type") == "ByteLevel"]
    plain = level and not level[0].get("use_regex", True)
    if (
        len(listed) != 2
        or not plain
        or level[0].get("add_prefix_space")
        or patterns[0] not in _PATTERNS
    ):
        raise ConversionError(
            f"{path}: its pre_tokenizer cuts text in another way than those of Llama 3 "
            "and Qwen 2; report this model"
        )
    return _PATTERNS[patterns[0]]


def _ends(
    path: Path, added: Mapping[str, int], names: Mapping[bytes, int]
) -> tuple[int, int]:
    """Ids before and after a text; Sopro sets both or none."""
    settings = _read(path)
    found = []
    for role in ("bos_token", "eos_token"):
        entry = settings.get(role)
        content = entry.get("content") if isinstance(entry, dict) else entry
        if content is None:
            return -1, -1
        number = added.get(content, names.get(content.encode()))
        if number is None:
            raise ConversionError(f"{path}: {role} {content!r} is no token")
        found.append(number)
    return found[0], found[1]


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConversionError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"{path}: is no JSON: {error}") from error
    if not isinstance(data, dict):
        raise ConversionError(f"{path}: expected an object")
    return data


def _alphabet() -> dict[str, int]:
    """Sign -> byte: the printable stand-ins that byte-level tokenizers write."""
    printable = [
        *range(ord("!"), ord("~") + 1),
        *range(0xA1, 0xAD),
        *range(0xAE, 0x100),
    ]
    others = [byte for byte in range(256) if byte not in printable]
    signs = {chr(byte): byte for byte in printable}
    return signs | {chr(0x100 + place): byte for place, byte in enumerate(others)}


_BYTES: Final = _alphabet()


def _spelt(name: str) -> bytes:
    """Bytes of a token; a special one that is not byte-level stands for itself."""
    try:
        return bytes(_BYTES[sign] for sign in name)
    except KeyError:
        return name.encode()
