"""Owns the ID3v2.3 tag of an MP3 file: text frames, picture, chapters.

Written here because the tag is small and the usual library is under the GPL. Layout:
https://id3.org/id3v2.3.0 and https://id3.org/id3v2-chapters-1.0.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final

_FRAMES: Final = {
    "title": "TIT2",
    "album": "TALB",
    "artist": "TPE1",
    "album_artist": "TPE2",
    "track": "TRCK",
    "date": "TYER",
    "genre": "TCON",
    "language": "TLAN",
    "publisher": "TPUB",
    "encoder": "TSSE",
}


def id3_tag(
    tags: Mapping[str, str],
    chapters: Sequence[tuple[str, int, int]] = (),
    cover: tuple[str, bytes] | None = None,
) -> bytes:
    """The bytes that stand before the first MP3 frame.

    Args:
        tags: Names as in ``title``, ``album``, ``artist``; unknown ones are left out.
        chapters: Title, start and end in ms.
        cover: Media type and picture.
    """
    body = b"".join(
        _frame(name, _text(tags[key])) for key, name in _FRAMES.items() if tags.get(key)
    )
    if cover is not None:
        media_type, data = cover
        head = b"\0" + media_type.encode("latin-1", "replace") + b"\0\3\0"
        body += _frame("APIC", head + data)
    if chapters:
        # Players need the list of contents to know the order. It has one byte for its
        # length; the chapters behind stand here without it, in order.
        shown = min(len(chapters), 255)
        names = b"".join(f"chp{i}".encode() + b"\0" for i in range(shown))
        body += _frame("CTOC", b"toc\0" + bytes([3, shown]) + names)
        for index, (title, start, end) in enumerate(chapters):
            # 0xFFFFFFFF: no byte offsets, the times count.
            place = struct.pack(">IIII", start, end, 0xFFFFFFFF, 0xFFFFFFFF)
            name = f"chp{index}".encode() + b"\0"
            body += _frame("CHAP", name + place + _frame("TIT2", _text(title)))
    return b"ID3\3\0\0" + _synchsafe(len(body)) + body


def _frame(name: str, data: bytes) -> bytes:
    return name.encode("ascii") + struct.pack(">IH", len(data), 0) + data


def _text(value: str) -> bytes:
    # UTF-16 with byte order mark: what version 2.3 has beside Latin-1.
    return b"\1" + value.replace("\0", "").encode("utf-16", "replace")


def _synchsafe(size: int) -> bytes:
    if size >= 1 << 28:
        raise ValueError("an ID3 tag holds at most 256 MB")
    return bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
