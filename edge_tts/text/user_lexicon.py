"""A user's own pronunciations, read from a text file and read again when it changes.

One entry a line: ``word  T AH0 M AA1 T OW0`` (ARPAbet) or ``word = other words``;
``#`` starts a comment. An entry in lower case holds for any case, another one for
exactly its spelling. Entries may hold figures and signs (``k8s``, ``C++``), no spaces.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Final

from edge_tts.errors import ConfigError, TextError
from edge_tts.text.inline_phonemes import parse_phonemes
from edge_tts.text.morphology import with_plural
from edge_tts.text.spoken import Item, SpokenWord, plain

_LOG = logging.getLogger(__name__)
_CHUNK: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_COMMENT: Final = re.compile(r"(?:^|\s)#.*")
_REPLACEMENT_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)*\.?")

Entries = dict[str, tuple[SpokenWord, ...]]


class UserLexicon:
    """Pronunciations that win over everything built in.

    Args:
        path: The file.

    Raises:
        ConfigError: It cannot be read or a line is malformed; the message names it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: Entries = {}
        self._signs: re.Pattern[str] | None = None
        self._stamp = self._stat()
        self._load()

    def refresh(self) -> None:
        """Read the file again if it has changed; a faulty one changes nothing."""
        try:
            status = self._path.stat()
        except OSError:
            # Editors replace a file by removing it first: it comes back.
            return
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._load()
        except ConfigError as error:
            _LOG.warning("%s; the entries read before stay in force", error)

    def match(self, text: str, position: int) -> Item | None:
        """The item of an entry that is written at ``position``, or None."""
        if self._signs is not None:
            found = self._signs.match(text, position)
            if found is not None:
                words = self._find(found[0])
                return Item(position, found.end(), words) if words else None
        found = _CHUNK.match(text, position)
        if found is None or (position and text[position - 1].isalnum()):
            return None
        written = found[0]
        words = self._find(written)
        if not words and written.endswith(("'s", "'S")):
            words = _possessive(self._find(written[:-2]))
        return Item(position, found.end(), words) if words else None

    def _find(self, written: str) -> tuple[SpokenWord, ...]:
        return self._entries.get(written) or self._entries.get(written.lower(), ())

    def _stat(self) -> tuple[int, int]:
        try:
            status = self._path.stat()
        except OSError as error:
            raise ConfigError(
                f"expected a user lexicon at {self._path}, got "
                f"{error.strerror or error}; create it or leave the option out"
            ) from error
        return status.st_mtime_ns, status.st_size

    def _load(self) -> None:
        try:
            lines = self._path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"expected UTF-8 text in {self._path}, got {error}; save it as UTF-8"
            ) from error
        entries: Entries = {}
        for number, line in enumerate(lines, 1):
            content = _COMMENT.sub("", line).strip()
            if content:
                word, spoken = self._entry(content, number)
                entries[word] = spoken
        self._entries = entries
        signs = sorted((w for w in entries if not _CHUNK.fullmatch(w)), key=len)
        pattern = "|".join(re.escape(word) for word in reversed(signs))
        self._signs = (
            re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) if signs else None
        )

    def _entry(self, content: str, number: int) -> tuple[str, tuple[SpokenWord, ...]]:
        where = f"{self._path}:{number}"
        word, _, rest = content.partition(" ")
        word, tab, behind = word.partition("\t")
        rest = (behind + " " + rest if tab else rest).strip()
        if word == "=" or not rest or rest == "=":
            raise ConfigError(
                f"{where}: expected 'word PHONEMES' or 'word = other words', "
                f"got {content!r}"
            )
        if rest.startswith("="):
            words = rest[1:].lower().split()
            for other in words:
                if not _REPLACEMENT_WORD.fullmatch(other):
                    raise ConfigError(
                        f"{where}: expected plain words behind '=', got {other!r}"
                    )
            return word, plain(words)
        try:
            phonemes = parse_phonemes(rest)
        except TextError as error:
            raise ConfigError(f"{where}: {error}") from error
        return word, (SpokenWord(word.lower(), phonemes=phonemes),)


def _possessive(words: tuple[SpokenWord, ...]) -> tuple[SpokenWord, ...]:
    if not words or not words[-1].phonemes:
        return ()
    last = words[-1]
    return (*words[:-1], last._replace(phonemes=with_plural(last.phonemes)))
