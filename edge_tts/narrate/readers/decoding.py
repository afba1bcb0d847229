"""Bytes to text: marks, declarations, then likelihood."""

from __future__ import annotations

import codecs
import re
from typing import Final

from edge_tts.errors import TextError
from edge_tts.narrate.notices import Notices

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KNOWN: Final = re.compile(
    r"utf-(?:8|16|16-le|16-be|32|32-le|32-be)|ascii|iso8859-\d+|cp\d+|mac-\w+|koi8-\w+|"
    r"gb2312|gbk|gb18030|big5\w*|shift_jis\w*|euc_\w+|iso2022_jp|johab|hz|tis-620"
)
"""Python's names; others, such as ``unicode_escape``, are no encodings of books."""
_ONE_BYTE: Final = ("cp1252", "mac_roman", "cp437", "cp850", "cp1250", "cp1251")
_COMMON: Final = frozenset(
    "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00a0\u00a3\u00b0\u00bd\u00e0\u00e1\u00e2\u00e4\u00e7"
    "\u00e8\u00e9\u00ea\u00eb\u00ed\u00ee\u00ef\u00f1\u00f3\u00f4\u00f6\u00fa\u00fb\u00fc\u00e6\u0153\u00c9"
)
"""Characters beyond ASCII in English books."""
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz \n")
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))
_SAMPLE_NBYTES: Final = 1 << 16
_DAMAGE: Final = 50
"""Valid UTF-8 sequences per broken one above which the text is damaged UTF-8."""


def decode_text(
    data: bytes, name: str, notices: Notices, *, wanted: str | None, declared: str = ""
) -> str:
    """Return the text of ``data`` without its byte order mark.

    Args:
        data: All bytes.
        name: What messages call the text.
        notices: Gets a line if the encoding had to be guessed.
        wanted: The encoding that the user named.
        declared: The encoding that the document names; may be wrong.

    Raises:
        TextError: It is not text, or not in the encoding that was asked for.
    """
    if wanted is not None:
        return _as_wanted(data, name, wanted)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    wide = _wide_encoding(data)
    if wide:
        return data.decode(wide, "replace")
    if _is_binary(data):
        raise TextError(f"{name} is not text; expected EPUB, HTML, Markdown or text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    encoding = _codec_name(declared)
    if encoding and not encoding.startswith("utf"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            notices.add(f"{name} is not in {declared}, whatever it says")
    broken = text.count("\ufffd")
    valid = sum(1 for character in text[:1_000_000] if character > "\x7f") - broken
    if valid > _DAMAGE * broken:
        notices.add(f"{name}: {broken} damaged characters")
        return text
    encoding = _likely_encoding(data)
    notices.add(f"{name} is not UTF-8: read as {encoding}; --encoding names another")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        # Every byte is a character there.
        return data.decode("latin-1")


def _as_wanted(data: bytes, name: str, wanted: str) -> str:
    encoding = _codec_name(wanted)
    if not encoding:
        raise TextError(f"{wanted!r} is no encoding of texts; try utf-8 or cp1252")
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise TextError(
            f"{name} is not in {wanted}: {error.reason} at offset {error.start}; leave "
            "the encoding out to have it detected"
        ) from error


def _codec_name(name: str) -> str:
    """Python's name of an encoding of texts, or empty."""
    try:
        found = codecs.lookup(name.strip()).name if name else ""
    except (LookupError, ValueError):
        return ""
    return found if _KNOWN.fullmatch(found) else ""


def _wide_encoding(data: bytes) -> str:
    sample = data[:_SAMPLE_NBYTES]
    if len(sample) < 4:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    # Two of five characters below U+0100 are enough: spaces, digits, Latin letters.
    if odd > 0.4 * half and even < 0.1 * half:
        encoding = "utf-16-le"
    elif even > 0.4 * half and odd < 0.1 * half:
        encoding = "utf-16-be"
    else:
        return ""
    text = sample[: 2 * half].decode(encoding, "replace")
    return encoding if sum(c in _PLAIN for c in text) > 0.3 * half else ""


def _is_binary(data: bytes) -> bool:
    sample = data[:_SAMPLE_NBYTES]
    return len(sample.translate(None, _CONTROLS)) < 0.95 * len(sample)


def _likely_encoding(data: bytes) -> str:
    """The one-byte encoding whose characters are those of books most often."""
    rare = bytes([byte for byte in data if byte > 127][:_SAMPLE_NBYTES])
    scores = []
    for encoding in _ONE_BYTE:
        characters = rare.decode(encoding, "replace")
        scores.append(sum(c in _COMMON for c in characters) / len(characters))
    return _ONE_BYTE[scores.index(max(scores))]
