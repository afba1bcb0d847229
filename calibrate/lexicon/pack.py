"""Writes the packed lexicon; the layout is described in ``edge_tts.text.lexicon``."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from edge_tts.text.lexicon import BLOCK_WORDS, MAGIC


def pack_lexicon(entries: Mapping[str, tuple[str, ...]]) -> bytes:
    """Front-code the sorted words, ``BLOCK_WORDS`` to a block.

    Args:
        entries: ASCII word -> phonemes; words and pronunciations below 256 units.
    """
    symbols = sorted({phoneme for entry in entries.values() for phoneme in entry})
    codes = {symbol: code for code, symbol in enumerate(symbols)}
    body = bytearray()
    offsets: list[int] = []
    previous = b""
    for number, key in enumerate(sorted(word.encode("ascii") for word in entries)):
        if number % BLOCK_WORDS == 0:
            offsets.append(len(body))
            previous = b""
        shared = _shared_prefix(previous, key)
        phonemes = entries[key.decode("ascii")]
        body += bytes((shared, len(key) - shared)) + key[shared:]
        body += bytes((len(phonemes), *(codes[phoneme] for phoneme in phonemes)))
        previous = key
    names = "\n".join(symbols).encode("ascii")
    head = MAGIC + struct.pack("<III", len(symbols), len(offsets), len(names))
    padding = b"\0" * (-len(names) % 4)
    index = struct.pack(f"<{len(offsets)}I", *offsets)
    return head + names + padding + index + bytes(body)


def _shared_prefix(first: bytes, second: bytes) -> int:
    count = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        count += 1
    return count
