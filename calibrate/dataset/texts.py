"""Sentences to speak, and whether they are of the pack's language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from calibrate.convert.errors import ConversionError
from edge_tts.packs import Manifest

DEFAULT_TEXTS: Final = Path("benchmarks/data/book_sentences.txt")
_LEAST_SHARE: Final = 0.15
_WORD: Final = re.compile(r"[^\W\d_]+")
_COMMON: Final = (
    "the of and to a in that is was he for it with as his on be at by i this had not "
    "are but from or have an they which one you were her all she there would their we "
    "him been has when who will no more if out so what up said my me do"
)
"""Two in five words of English prose; hardly any of another language."""


def read_sentences(path: Path, count: int, skip: int = 0) -> list[str]:
    """Lines of a text file, blank ones left out.

    Raises:
        ConversionError: The file cannot be read or has too few lines.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConversionError(f"{path}: cannot be read as UTF-8: {error}") from error
    lines = [line.strip() for line in lines if line.strip()][skip : skip + count]
    if not lines:
        raise ConversionError(f"{path}: no sentences after the first {skip}")
    return lines


def language_warning(manifest: Manifest, sentences: Sequence[str]) -> str:
    """Why these sentences look wrong for a pack; empty where they do not.

    A quantiser that heard another language cuts ranges where this one needs them.
    """
    spoken = [code for code in manifest.languages if code != "und"]
    if spoken and not any(code.lower().startswith("en") for code in spoken):
        return ""  # Nothing is known here of other languages.
    words = [word.lower() for line in sentences for word in _WORD.findall(line)]
    if not words:
        return "the sentences hold no words"
    common = set(_COMMON.split())
    share = sum(word in common for word in words) / len(words)
    if len(words) >= 20 and share < _LEAST_SHARE:
        return (
            f"the sentences do not look like {', '.join(spoken) or 'English'}: only "
            f"{share:.0%} of their words are common English ones (prose has 40 %)"
        )
    return ""
