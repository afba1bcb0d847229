"""Owns the M4B file: AAC frames of all chapters, chapter marks, tags and cover.

Written here and not by ffmpeg, which keeps a row per frame in memory: 6 MB per hour
of speech. Chapters are there twice, as a text track (QuickTime, Apple) and as Nero's
list.
"""

from __future__ import annotations

import itertools
import os
import shutil
import struct
import sys
import tempfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from edge_tts.errors import SinkError
from edge_tts.narrate.aac_encoder import FRAME, adts_frames
from edge_tts.narrate.mp4_boxes import (
    aac_entry,
    box,
    full_box,
    media,
    movie_header,
    rows_box,
    shortened,
    text_entry,
    text_header,
    track_header,
    user_data,
)

_HEADER: Final = 7
"""Bytes of ADTS before every frame."""
_CHUNK: Final = 64
"""Frames that lie together and share a row of the table of places: 3 s."""
_UTF8_MARK: Final = bytes.fromhex("0000000c 656e6364 00000100")
"""``encd``: the title before it is UTF-8."""


@dataclass
class _Frames:
    """What is known of all frames without holding them."""

    sizes: IO[bytes]
    """Four bytes each, as ``stsz`` has them."""
    chunks: array[int]
    """Bytes of every chunk."""
    count: int = 0
    nbytes: int = 0
    config: bytes = b""
    """AudioSpecificConfig."""


def write_m4b(
    target: Path,
    parts: Sequence[Path],
    chapters: Sequence[tuple[str, int, int]],
    sample_rate: int,
    tags: Mapping[str, str],
    cover: bytes | None,
) -> None:
    """Join ADTS files into one audiobook, without encoding again.

    Memory does not grow with the book but for 4 bytes per 3 s.

    Args:
        target: Written in place; the caller renames it.
        parts: ADTS files of mono AAC in order.
        chapters: Title, first sample, sample after the last.
        sample_rate: Hz.
        tags: As in ``user_data``.
        cover: JPEG or PNG.

    Raises:
        SinkError: A part is damaged or empty.
        OSError: No room.
    """
    with tempfile.TemporaryFile(dir=target.parent) as sizes:
        frames = _Frames(sizes, array("L"))
        for frame in _all_frames(parts):
            _count(frames, frame)
        if not frames.count:
            raise SinkError(f"cannot write {target}: its chapters hold no audio")
        sizes.flush()
        titles = [_title_sample(title) for title, _, _ in chapters]
        data_bytes = sum(map(len, titles)) + frames.nbytes
        brands = struct.pack(">4sI", b"M4B ", 0x200) + b"M4B M4A mp42isom"
        kind = box(b"ftyp", brands)
        # Its size does not depend on the places that are written in it.
        head, tail = _movie(frames, chapters, titles, sample_rate, tags, cover, 0)
        before = len(kind) + len(head) + 4 * frames.count + len(tail) + 16
        head, tail = _movie(frames, chapters, titles, sample_rate, tags, cover, before)
        with target.open("wb") as out:
            out.write(kind + head)
            sizes.seek(0)
            shutil.copyfileobj(sizes, out, 1 << 20)
            # The 64-bit form of a size, which any book fits.
            out.write(tail + struct.pack(">I4sQ", 1, b"mdat", data_bytes + 16))
            out.writelines(titles)
            out.writelines(frame[_HEADER:] for frame in _all_frames(parts))
            out.flush()
            os.fsync(out.fileno())


def _all_frames(parts: Sequence[Path]) -> Iterator[bytes]:
    for part in parts:
        with part.open("rb") as source:
            yield from adts_frames(source)


def _count(frames: _Frames, frame: bytes) -> None:
    size = len(frame) - _HEADER
    if not frames.config:
        kind, rate, channels = frame[2] >> 6, frame[2] >> 2 & 15, 1
        frames.config = struct.pack(">H", (kind + 1) << 11 | rate << 7 | channels << 3)
    if frames.count % _CHUNK == 0:
        frames.chunks.append(0)
    frames.chunks[-1] += size
    frames.sizes.write(struct.pack(">I", size))
    frames.count += 1
    frames.nbytes += size


def _movie(
    frames: _Frames,
    chapters: Sequence[tuple[str, int, int]],
    titles: Sequence[bytes],
    rate: int,
    tags: Mapping[str, str],
    cover: bytes | None,
    data_start: int,
) -> tuple[bytes, bytes]:
    """``moov`` before and after the sizes of all frames."""
    total, missing = frames.count * FRAME, 4 * frames.count
    starts = list(itertools.accumulate(map(len, titles), initial=data_start))
    audio_starts = itertools.accumulate(frames.chunks[:-1], initial=starts.pop())
    full, rest = divmod(frames.count, _CHUNK)
    runs = [(1, _CHUNK, 1)] if full else []
    runs += [(full + 1, rest, 1)] if rest else []
    # The same at both calls; the tables of a book that large fit into the margin.
    wide = frames.nbytes >= (1 << 32) - (1 << 28)
    places = _places(audio_starts, len(frames.chunks), wide)
    sizes_head = struct.pack(">IIII", 20 + missing, 0, 0, frames.count)
    sizes_head = sizes_head[:4] + b"stsz" + sizes_head[4:]
    bit_rate = frames.nbytes * 8 * rate // total
    table = [
        aac_entry(frames.config, rate, bit_rate),
        rows_box(b"stts", [(frames.count, FRAME)]),
        rows_box(b"stsc", runs),
        sizes_head,
        places,
    ]
    sound = full_box(b"smhd", 0, 0, bytes(4))
    reference = box(b"tref", box(b"chap", struct.pack(">I", 2))) if chapters else b""
    audio = box(
        b"trak",
        track_header(1, total, is_audio=True),
        reference,
        media(total, rate, b"soun", sound, table, missing),
        missing=missing,
    )
    marks = [(title, start / rate) for title, start, _ in chapters]
    last = (
        _title_track(chapters, titles, starts, rate) if chapters else b"",
        user_data(tags, cover, marks),
    )
    movie = box(b"moov", movie_header(total, rate, 3), audio, *last, missing=missing)
    cut = movie.index(sizes_head) + len(sizes_head)
    return movie[:cut], movie[cut:]


def _title_track(
    chapters: Sequence[tuple[str, int, int]],
    titles: Sequence[bytes],
    starts: Sequence[int],
    rate: int,
) -> bytes:
    total = chapters[-1][2]
    sizes = struct.pack(f">II{len(titles)}I", 0, len(titles), *map(len, titles))
    table = [
        text_entry(),
        rows_box(b"stts", [(1, end - start) for _, start, end in chapters]),
        rows_box(b"stsc", [(1, 1, 1)]),
        full_box(b"stsz", 0, 0, sizes),
        _places(iter(starts), len(starts), False),
    ]
    return box(
        b"trak",
        track_header(2, total, is_audio=False),
        media(total, rate, b"text", text_header(), table),
    )


def _places(starts: Iterator[int], count: int, wide: bool) -> bytes:
    packed = array("Q" if wide else "I", starts)
    if sys.byteorder == "little":
        packed.byteswap()
    name = b"co64" if wide else b"stco"
    return full_box(name, 0, 0, struct.pack(">I", count), packed.tobytes())


def _title_sample(title: str) -> bytes:
    data = shortened(title, 1024)
    return struct.pack(">H", len(data)) + data + _UTF8_MARK
