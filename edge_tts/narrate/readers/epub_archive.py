"""Owns EpubArchive: the files inside an EPUB, read one by one and bounded."""

from __future__ import annotations

import struct
import zlib
from typing import Final
from urllib.parse import unquote
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from edge_tts.errors import TextError
from edge_tts.narrate.book_source import BookSource
from edge_tts.narrate.limits import (
    MAX_COMPRESSION_RATIO,
    MAX_DIRECTORY_BYTES,
    MAX_DOCUMENT_BYTES,
    MAX_ENTRIES,
    MAX_TEXT_BYTES,
    RATIO_FREE_BYTES,
    READ_BLOCK_BYTES,
)

_END: Final = struct.Struct("<4s4xHHII")
"""Signature, entries on this disk and in all, size and place of the directory."""
_MAX_COMMENT: Final = 0xFFFF
_ENCRYPTED: Final = 0x1


class EpubArchive:
    """Reads members by name; nothing is ever unpacked to the disk.

    Raises:
        TextError: It is no zip archive, is damaged or hostile.
    """

    def __init__(self, source: BookSource) -> None:
        self._source = source
        self._left = MAX_TEXT_BYTES
        self._check_directory()
        try:
            source.file.seek(0)
            self._archive = ZipFile(source.file)
        except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise self._damaged(str(error)) from error
        entries = self._archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise TextError(
                f"{source.name}: expected at most {MAX_ENTRIES} files inside, got "
                f"{len(entries)}; refused as a zip bomb"
            )
        self._members = {
            entry.filename: entry
            for entry in entries
            # Not is_dir: it fails on a file without a name.
            if entry.filename.rstrip("/") and not entry.filename.endswith("/")
        }
        self._by_folded = {name.casefold(): name for name in self._members}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all files, in the order of the archive."""
        return tuple(self._members)

    def find(self, name: str) -> str | None:
        """The file that a link means: as written, unquoted, in another case."""
        for candidate in (name, unquote(name)):
            clean = candidate.removeprefix("/")
            if clean in self._members:
                return clean
            folded = self._by_folded.get(clean.casefold())
            if folded is not None:
                return folded
        return None

    def read(self, name: str, limit: int = MAX_DOCUMENT_BYTES) -> bytes:
        """Content of one file.

        Raises:
            TextError: It is too large, packed too well, damaged or has a password.
        """
        member = self._members[name]
        limit = min(limit, self._left)
        self._check(member, limit)
        content = bytearray()
        try:
            with self._archive.open(member) as stream:
                # One byte more than allowed shows a member that lies about its size.
                while len(content) <= limit:
                    size = min(READ_BLOCK_BYTES, limit + 1 - len(content))
                    block = stream.read(size)
                    if not block:
                        break
                    content += block
        except (BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
            raise self._damaged(f"{name[:120]!r}: {error}") from error
        except (NotImplementedError, RuntimeError) as error:
            raise self._damaged(f"{name[:120]!r}: {error}") from error
        if len(content) > limit:
            raise self._too_large(name, limit)
        self._left -= len(content)
        return bytes(content)

    def _check(self, member: ZipInfo, limit: int) -> None:
        name, size = member.filename, member.file_size
        if member.flag_bits & _ENCRYPTED:
            raise TextError(
                f"{self._source.name}: {name[:120]!r} has a password; remove it first"
            )
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise self._damaged(f"{name[:120]!r} is neither stored nor deflated")
        if size > limit:
            raise self._too_large(name, limit)
        if (
            size > RATIO_FREE_BYTES
            and size > member.compress_size * MAX_COMPRESSION_RATIO
        ):
            raise TextError(
                f"{self._source.name}: {name[:120]!r} inflates "
                f"{size / max(member.compress_size, 1):.0f} times, expected at most "
                f"{MAX_COMPRESSION_RATIO}; refused as a zip bomb"
            )

    def _check_directory(self) -> None:
        """Look at the size of the list of entries before anything reads it."""
        file = self._source.file
        tail_size = min(self._source.num_bytes, _MAX_COMMENT + 22)
        file.seek(self._source.num_bytes - tail_size)
        tail = file.read(tail_size)
        place = tail.rfind(b"PK\x05\x06")
        if place < 0 or place + _END.size > len(tail):
            raise self._damaged("its end is missing, was it cut short?")
        _, _, num_entries, num_bytes, _ = _END.unpack_from(tail, place)
        # 0xffff and 0xffffffff refer to a larger directory: no book needs one.
        if num_entries > MAX_ENTRIES or num_bytes > MAX_DIRECTORY_BYTES:
            raise TextError(
                f"{self._source.name}: lists {num_entries} files in {num_bytes} bytes, "
                f"expected at most {MAX_ENTRIES}; refused as a zip bomb"
            )

    def _too_large(self, name: str, limit: int) -> TextError:
        return TextError(
            f"{self._source.name}: {name[:120]!r} is too large, expected at most "
            f"{limit >> 10} KB; refused as a zip bomb"
        )

    def _damaged(self, problem: str) -> TextError:
        return TextError(
            f"{self._source.name} is a damaged EPUB: {problem}; fetch it again"
        )
