"""Owns BytePairs: text to the token ids of a language model's byte-pair encoding.

A converter has turned the tokenizer's JSON, ten megabytes of it, into sorted arrays:
they are searched where they lie in the mapped file, and nothing is built at start.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import PackError

ARRAYS: Final[Mapping[str, str]] = {
    "byte_ids": "int32",
    "merge_pairs": "int64",
    "merge_ranks": "int32",
    "merge_results": "int32",
    "token_hashes": "uint64",
    "token_ids": "int32",
    "settings": "int32",
}
"""Name -> type. ``merge_pairs`` (left << 32 | right) and ``token_hashes`` are sorted;
``token_hashes`` is empty where words that are tokens take no short cut; ``settings``
holds the ids before and after a text, -1 for none, and the most digits of a piece."""

_SPACES: Final = frozenset(
    "\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
_ENDINGS: Final = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
# On classes of characters: L letter, N number, R line end, S other space, P the rest.
_PIECES: Final = {
    digits: re.compile(
        rf"[^RLN]?L+|N{{1,{digits}}}| ?P+R*|[ SR]*R+|[ SR]+(?![^ SR])|[ SR]+"
    )
    for digits in (1, 3)
}


class BytePairs:
    """The encoding of one model.

    Args:
        arrays: Those of ``ARRAYS``, as views of a file.
        where: For messages.

    Raises:
        PackError: An array is missing or of another type.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], where: str) -> None:
        for name, kind in ARRAYS.items():
            if name not in arrays or arrays[name].dtype != kind:
                raise PackError(f"{where}: expected an array {name} of {kind}")
        if arrays["byte_ids"].shape != (256,) or arrays["settings"].shape != (3,):
            raise PackError(f"{where}: byte_ids or settings have another length")
        self._arrays = arrays
        self._byte_ids: list[int] = arrays["byte_ids"].tolist()
        before, after, digits = (int(n) for n in arrays["settings"])
        self._before = [before] if before >= 0 else []
        self._after = [after] if after >= 0 else []
        if digits not in _PIECES:
            raise PackError(f"{where}: pieces of {digits} digits, expected 1 or 3")
        self._pieces = _PIECES[digits]
        self._word = lru_cache(4096)(self._encode_word)

    def encode(self, text: str) -> list[int]:
        """Ids of a text, those that mark its ends included.

        Names of special tokens in the text are spelt out like any other text.
        """
        ids = list(self._before)
        for piece in self.pieces(text):
            ids += self._word(piece.encode("utf-8", "replace"))
        return ids + self._after

    def pieces(self, text: str) -> Iterator[str]:
        """Cut a text where no token may cross."""
        classes = "".join([_class_of(sign) for sign in text])
        start = 0
        while start < len(text):
            stop = start + _ending(text, start)
            if stop == start:
                match = self._pieces.match(classes, start)
                assert match is not None
                stop = match.end()
            yield text[start:stop]
            start = stop

    def _encode_word(self, word: bytes) -> tuple[int, ...]:
        whole = self._find_token(word)
        if whole is not None:
            return (whole,)
        ids = [self._byte_ids[byte] for byte in word]
        while len(ids) > 1:
            best = min(
                (self._merge(left, right), place)
                for place, (left, right) in enumerate(pairwise(ids))
            )
            (rank, result), _ = best
            if rank < 0 or result < 0:
                break
            pair = ids[best[1] : best[1] + 2]
            joined, place = [], 0
            while place < len(ids):
                if ids[place : place + 2] == pair:
                    joined.append(result)
                    place += 2
                else:
                    joined.append(ids[place])
                    place += 1
            ids = joined
        return tuple(ids)

    def _merge(self, left: int, right: int) -> tuple[int, int]:
        """Rank and result of joining two tokens; no result where they never join."""
        pairs = self._arrays["merge_pairs"]
        key = left << 32 | right
        place = int(np.searchsorted(pairs, key))
        if place == len(pairs) or int(pairs[place]) != key:
            return 1 << 31, -1
        rank = int(self._arrays["merge_ranks"][place])
        return rank, int(self._arrays["merge_results"][place])

    def _find_token(self, word: bytes) -> int | None:
        hashes = self._arrays["token_hashes"]
        key = np.uint64(token_hash(word))
        place = int(np.searchsorted(hashes, key))
        if place == len(hashes) or hashes[place] != key:
            return None
        return int(self._arrays["token_ids"][place])


def token_hash(word: bytes) -> int:
    """64 bits that stand for the bytes of a token."""
    return int.from_bytes(hashlib.blake2b(word, digest_size=8).digest(), "little")


@lru_cache(4096)
def _class_of(sign: str) -> str:
    if sign in "\r\n":
        return "R"
    if sign == " ":
        return " "
    if sign in _SPACES:
        return "S"
    kind = unicodedata.category(sign)[0]
    return kind if kind in "LN" else "P"


def _ending(text: str, start: int) -> int:
    """Length of an English ending such as 'll; 0 if there is none."""
    if text[start] != "'":
        return 0
    rest = text[start : start + 3].lower()
    return max((len(end) for end in _ENDINGS if rest.startswith(end)), default=0)
