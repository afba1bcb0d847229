"""Reads the packed pronouncing dictionary through a memory map; never writes it.

Layout (little endian): magic, u32 number of symbols, u32 number of blocks, the symbols
as newline-joined text padded to 4 bytes (u32 length first), u32 offset of each block,
then blocks of ``BLOCK_WORDS`` sorted words. A word is: u8 letters shared with the word
before (0 for the first of a block), u8 number of own letters, the letters, u8 number of
phonemes, one byte a phoneme.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge_tts.errors import TextError

MAGIC: Final = b"etlexic1"
BLOCK_WORDS: Final = 32
DEFAULT_PATH: Final = Path(__file__).with_name("data") / "english.lexicon.bin"


class Lexicon:
    """Word -> phonemes, about 15 us a look-up and no memory of its own.

    Args:
        path: File written by ``python -m calibrate.lexicon``.

    Raises:
        TextError: The file is missing or is not a lexicon.
    """

    def __init__(self, path: Path = DEFAULT_PATH) -> None:
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise TextError(
                f"expected a lexicon at {path}, got {error}; reinstall the package"
            ) from error
        head = len(MAGIC)
        if self._map[:head] != MAGIC or len(self._map) < head + 12:
            raise TextError(
                f"expected a lexicon at {path}, got another kind of file; "
                "reinstall the package"
            )
        num_symbols, blocks, length = struct.unpack_from("<III", self._map, head)
        start = head + 12
        text = self._map[start : start + length].decode("ascii", "replace")
        names = text.split("\n")
        self._symbols = tuple(names)
        self._num_blocks: int = blocks
        self._index: int = start + (length + 3) // 4 * 4
        self._base: int = self._index + 4 * blocks
        if len(names) != num_symbols or len(self._map) < self._base or not blocks:
            raise TextError(f"the lexicon {path} is cut short; reinstall the package")

    def get(self, word: str) -> tuple[str, ...] | None:
        """Phonemes with stress digits of a lower-case word, or None."""
        try:
            key = word.encode("ascii")
        except UnicodeEncodeError:
            return None
        low, high = 0, self._num_blocks
        while high - low > 1:
            middle = (low + high) // 2
            if self._first_word(middle) <= key:
                low = middle
            else:
                high = middle
        for entry, phonemes in self._block(low):
            if entry == key:
                return tuple(self._symbols[code] for code in phonemes)
        return None

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.get(word) is not None

    def __iter__(self) -> Iterator[str]:
        for block in range(self._num_blocks):
            for word, _ in self._block(block):
                yield word.decode("ascii")

    def close(self) -> None:
        """Unmap the file; the object is of no use afterwards."""
        self._map.close()

    def _offset(self, block: int) -> int:
        place = self._index + 4 * block
        offset: int = int.from_bytes(self._map[place : place + 4], "little")
        base: int = self._base
        return base + offset

    def _first_word(self, block: int) -> bytes:
        start = self._offset(block)
        return self._map[start + 2 : start + 2 + self._map[start + 1]]

    def _block(self, block: int) -> Iterator[tuple[bytes, bytes]]:
        data = self._map
        position = self._offset(block)
        last = block + 1 == self._num_blocks
        end = len(data) if last else self._offset(block + 1)
        word = b""
        while position < end:
            shared, own = data[position], data[position + 1]
            position += 2
            word = word[:shared] + data[position : position + own]
            position += own
            count = data[position]
            yield word, data[position + 1 : position + 1 + count]
            position += 1 + count
