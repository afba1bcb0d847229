"""Names of the files that a narration writes; safe on every file system."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_MAX_BYTES: Final = 120


def safe_name(title: str, fallback: str) -> str:
    """A file name without suffix.

    Args:
        title: Any text; hostile ones come from books.
        fallback: Taken where nothing is left of it.
    """
    text = unicodedata.normalize("NFC", " ".join(title.split()))
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C")
    text = _FORBIDDEN.sub(" ", text)
    # A leading dot hides a file, a trailing one is lost on some systems.
    text = " ".join(text.split()).strip(". ")
    data = text.encode("utf-8", "ignore")[:_MAX_BYTES]
    return data.decode("utf-8", "ignore").strip(". ") or fallback


def chapter_name(number: int, num_chapters: int, title: str) -> str:
    """``07 The Whale``: files sort as the chapters do."""
    width = max(2, len(str(num_chapters)))
    name = safe_name(title, "")
    return f"{number:0{width}} {name}".strip() if name else f"{number:0{width}}"
