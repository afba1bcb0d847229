"""Builds the boxes of an MP4 file (ISO/IEC 14496-12 and -14, QuickTime chapters)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final

_MATRIX: Final = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNDETERMINED: Final = 0x55C4
"""Language "und", five bits per letter."""
_TEXT_TAGS: Final = {
    "title": b"\xa9nam",
    "artist": b"\xa9ART",
    "album": b"\xa9alb",
    "date": b"\xa9day",
    "genre": b"\xa9gen",
}
_TEXT_STYLE: Final = bytes.fromhex(
    "00000001 0000 00000000 0000000000000000"
    "0000 0000 0001 00 00 00000000 0000000d 66746162 0001 0001 00"
)
"""Of chapter titles, which are never drawn: no colour, box 0, font 1 without a name."""
_AUDIOBOOK: Final = 2
"""Of iTunes's media types."""
_UTF8, _JPEG, _PNG, _INTEGER = 1, 13, 14, 21


def box(name: bytes, *parts: bytes, missing: int = 0) -> bytes:
    """A box of less than 4 GB; ``missing`` bytes are put into it later."""
    size = 8 + sum(map(len, parts)) + missing
    return b"".join((struct.pack(">I", size), name, *parts))


def full_box(name: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with a version and flags."""
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def movie_header(duration: int, scale: int, next_track: int) -> bytes:
    """``mvhd``; ``scale`` ticks per second."""
    version, times = _times(duration, scale)
    rest = struct.pack(">IH10x", 0x10000, 0x100) + _MATRIX + bytes(24)
    return full_box(b"mvhd", version, 0, times, rest, struct.pack(">I", next_track))


def track_header(number: int, duration: int, *, is_audio: bool) -> bytes:
    """``tkhd``; a track of chapter titles is not enabled: it is not to be played."""
    version, times = _times(duration, None, number)
    volume = 0x100 if is_audio else 0
    rest = struct.pack(">8xHHH2x", 0, 0, volume) + _MATRIX + bytes(8)
    return full_box(b"tkhd", version, 7 if is_audio else 0, times, rest)


def media(
    duration: int,
    scale: int,
    handler: bytes,
    header: bytes,
    table: Sequence[bytes],
    missing: int = 0,
) -> bytes:
    """``mdia`` of a track whose data are in this file, up to its sample table."""
    version, times = _times(duration, scale)
    place = full_box(b"url ", 0, 1)
    reference = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), place))
    samples = box(b"stbl", *table, missing=missing)
    return box(
        b"mdia",
        full_box(b"mdhd", version, 0, times, struct.pack(">HH", _UNDETERMINED, 0)),
        full_box(b"hdlr", 0, 0, bytes(4), handler, bytes(12), b"edge_tts\0"),
        box(b"minf", header, reference, samples, missing=missing),
        missing=missing,
    )


def aac_entry(config: bytes, sample_rate: int, bit_rate: int) -> bytes:
    """``stsd`` of mono AAC; ``config`` is its AudioSpecificConfig."""
    decoder = struct.pack(">BBBHII", 0x40, 0x15, 0, 6144, bit_rate, bit_rate)
    stream = _descriptor(4, decoder + _descriptor(5, config))
    whole = struct.pack(">HB", 1, 0) + stream + _descriptor(6, b"\x02")
    esds = full_box(b"esds", 0, 0, _descriptor(3, whole))
    fields = struct.pack(">6xH8xHHHHI", 1, 1, 16, 0, 0, sample_rate << 16)
    entry = box(b"mp4a", fields, esds)
    return full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry)


def text_entry() -> bytes:
    """``stsd`` of a QuickTime text track."""
    entry = box(b"text", struct.pack(">6xH", 1), _TEXT_STYLE)
    return full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry)


def text_header() -> bytes:
    """``gmhd``, which stands where an audio track has ``smhd``."""
    info = full_box(
        b"gmin", 0, 0, struct.pack(">HHHHHH", 0x40, 0x8000, 0x8000, 0x8000, 0, 0)
    )
    return box(b"gmhd", info, box(b"text", _MATRIX))


def rows_box(name: bytes, rows: Sequence[tuple[int, ...]]) -> bytes:
    """``stts`` or ``stsc``: a count and rows of numbers."""
    packed = b"".join(struct.pack(f">{len(row)}I", *row) for row in rows)
    return full_box(name, 0, 0, struct.pack(">I", len(rows)), packed)


def user_data(
    tags: Mapping[str, str],
    cover: bytes | None,
    chapters: Sequence[tuple[str, float]],
) -> bytes:
    """``udta``: tags as iTunes writes them, the cover, and chapters as Nero does.

    Args:
        tags: ``title``, ``artist``, ``album``, ``date``, ``genre``.
        cover: JPEG or PNG.
        chapters: Title and start in seconds; players read at most 255 from here.
    """
    items = [
        box(_TEXT_TAGS[name], _value(_UTF8, value.encode("utf-8", "replace")))
        for name, value in tags.items()
        if value and name in _TEXT_TAGS
    ]
    items.append(box(b"stik", _value(_INTEGER, bytes([_AUDIOBOOK]))))
    if cover is not None:
        kind = _PNG if cover.startswith(b"\x89PNG") else _JPEG
        items.append(box(b"covr", _value(kind, cover)))
    handler = full_box(b"hdlr", 0, 0, bytes(4), b"mdirappl", bytes(9))
    meta = full_box(b"meta", 0, 0, handler, box(b"ilst", *items))
    marks = [
        struct.pack(">QB", round(start * 1e7), len(name)) + name
        for name, start in ((shortened(t, 255), s) for t, s in chapters[:255])
    ]
    count = struct.pack(">4xB", len(marks))
    nero = full_box(b"chpl", 1, 0, count, *marks) if marks else b""
    return box(b"udta", meta, nero)


def shortened(text: str, max_bytes: int) -> bytes:
    """UTF-8 of a title on one line, cut between characters."""
    data = " ".join(text.split()).encode("utf-8", "replace")
    return data[:max_bytes].decode("utf-8", "ignore").encode()


def _times(duration: int, scale: int | None, track: int = 0) -> tuple[int, bytes]:
    """Version, and the fields from the date of creation, which stays 0, on."""
    middle = (track, 0) if scale is None else (scale,)
    version = int(duration >= 1 << 32)
    # The long form holds more than 54 hours at 22.05 kHz; not every player knows it.
    kind, count = ("Q", 16) if version else ("I", 8)
    packed = struct.pack(f">{len(middle)}I{kind}", *middle, duration)
    return version, bytes(count) + packed


def _value(kind: int, data: bytes) -> bytes:
    return box(b"data", struct.pack(">II", kind, 0), data)


def _descriptor(tag: int, data: bytes) -> bytes:
    # Four bytes of length, as everybody writes them.
    size = len(data)
    return bytes((tag, 0x80, 0x80, 0x80, size)) + data
