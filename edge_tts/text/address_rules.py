"""Rules for what is no prose: web and mail addresses, paths, identifiers, tags."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from edge_tts.text.identifiers import identifier_words
from edge_tts.text.spoken import Item, SpokenWord, plain

MAX_ADDRESS: Final = 100
"""Characters read as one address; the rest follows as the next one."""
_DOMAINS: Final = (
    "com|org|net|edu|gov|mil|int|info|io|co|uk|us|de|fr|nl|ca|au|nz|jp|cn|eu|ch|at|se|no|"
    "es|it|ru|in|br|tv|me|ai|app|dev|xyz|biz|onion"
)
_FILES: Final = (
    "py|js|ts|json|txt|md|csv|tsv|xml|html|htm|css|yml|yaml|toml|ini|cfg|conf|log|pdf|png|"
    "jpg|jpeg|gif|svg|mp3|mp4|wav|flac|ogg|opus|zip|gz|tar|exe|dll|so|c|h|cpp|hpp|rs|go|"
    "java|rb|php|sh|doc|docx|xls|xlsx|ppt|pptx|epub|db|bin"
)
_TAIL: Final = r"[^\s<>\"'`|]"
_TRAILING: Final = ".,;:!?)]}*_"

Read = Callable[[str], "tuple[SpokenWord, ...]"]


def _url(written: str) -> tuple[SpokenWord, ...]:
    return identifier_words(re.sub(r"^(?:https?|ftp)://", "", written).rstrip("/"))


def _tag(written: str) -> tuple[SpokenWord, ...]:
    return plain(["hashtag"]) + identifier_words(written[1:], signs="")


def _name(written: str) -> tuple[SpokenWord, ...]:
    return identifier_words(written, signs=".")


def _pair(written: str) -> tuple[SpokenWord, ...]:
    known = {"w/": ["with"], "w/o": ["without"], "n/a": ["na."], "c/o": ["care", "of"]}
    words = known.get(written.lower())
    return plain(words) if words else identifier_words(written, signs="")


_RULES: Final[tuple[tuple[str, Read], ...]] = (
    (rf"(?:https?|ftp)://{_TAIL}+", _url),
    (r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", identifier_words),
    (rf"www\.[\w-]+\.{_TAIL}+", _url),
    (
        rf"(?:[A-Za-z\d][\w-]*\.)+(?:{_DOMAINS})(?![\w@-]|\.\w)(?::\d+)?(?:/{_TAIL}*)?",
        _url,
    ),
    (r"@\w{2,}", identifier_words),
    (r"#[A-Za-z]\w*", _tag),
    (r"(?:~|\.{1,2})?(?:/[\w.+@-]+){2,}/?|(?:~|\.{1,2})/[\w.+@/-]+", identifier_words),
    (r"[A-Za-z]:\\[\w\\.+@-]+", identifier_words),
    (rf"[\w-]+(?:/[\w-]+)*(?:\.[\w-]+)*\.(?:{_FILES})(?![\w.]*\w)", identifier_words),
    (r"__\w+__(?:\(\))?|[A-Za-z][A-Za-z\d]*(?:_[A-Za-z\d]+)+(?:\(\))?", _name),
    (r"\.NET\b", lambda written: plain(["dot", "net"])),
    (r"Node\.js\b", identifier_words),
    (r"(?:w/o?|n/a|c/o|N/A)(?!\w)", _pair),
    (r"[Cc]\+\+", lambda written: plain(["c.", "plus", "plus"])),
    (r"[CF]#", lambda written: plain([written[0].lower() + ".", "sharp"])),
    (
        r"[A-Z]&[A-Z](?!\w)",
        lambda w: plain([f"{w[0]}.".lower(), "and", f"{w[2]}.".lower()]),
    ),
    (r"AT&T\b", lambda written: plain(["a.", "t.", "and", "t."])),
)


def address_item(text: str, position: int, stop: int) -> Item | None:
    """The address or identifier at ``position``, or None.

    Args:
        text: Clean text.
        position: Where a word starts.
        stop: Where the white space behind it starts.
    """
    for pattern, read in _rules():
        found = pattern.match(text, position, min(stop, position + MAX_ADDRESS))
        if found is None:
            continue
        written = found[0]
        trimmed = written.rstrip(_TRAILING) if read is _url else written
        words = read(trimmed)
        if words:
            return Item(position, position + len(trimmed), words)
    return None


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[re.Pattern[str], Read], ...]:
    # Compiled at first need: most sentences hold no address.
    return tuple((re.compile(pattern), read) for pattern, read in _RULES)
