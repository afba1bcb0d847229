"""Owns LexiconUse: which entries of a user's lexicon touch a sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from edge_tts.errors import ConfigError

_PLAIN: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_CHUNK: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_COMMENT: Final = re.compile(r"(?:^|\s)#.*")


class LexiconUse:
    """Finds entries by the words of a sentence, in any case.

    It may name an entry that the front-end then does not use, never the reverse: a
    sentence too many is redone, none too few.

    Raises:
        ConfigError: The file cannot be read.
    """

    def __init__(self, path: Path | None) -> None:
        self._words: dict[str, list[str]] = {}
        self._signs: dict[str, list[str]] = {}
        if path is None:
            return
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the lexicon {path}: {error}") from error
        for line in lines:
            entry = " ".join(_COMMENT.sub("", line).split())
            word = entry.partition(" ")[0]
            if word:
                table = self._words if _PLAIN.fullmatch(word) else self._signs
                table.setdefault(word.lower(), []).append(entry)

    def entries(self, text: str) -> list[str]:
        """Lines of the file that may change how ``text`` is spoken, in order."""
        if not self._words and not self._signs:
            return []
        lowered = text.lower()
        found: set[str] = set()
        for match in _CHUNK.finditer(lowered):
            word = match[0].replace("\u2019", "'")
            for form in (word, word.removesuffix("'s")):
                found.update(self._words.get(form, ()))
        for sign, entries in self._signs.items():
            if sign in lowered:
                found.update(entries)
        return sorted(found)
