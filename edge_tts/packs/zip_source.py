"""A pack that is one zip file, read in place."""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from edge_tts.errors import PackError
from edge_tts.packs.file_view import map_file
from edge_tts.packs.limits import (
    MAX_COMPRESSION_RATIO,
    MAX_ENTRIES,
    MAX_TOTAL_BYTES,
    RATIO_FREE_BYTES,
    READ_BLOCK_BYTES,
)

_LOCAL_HEADER: Final = struct.Struct("<4s22xHH")
"""Signature, then lengths of name and extra field; the rest repeats the directory."""
_ENCRYPTED: Final = 0x1


class ZipSource:
    """Reads members of a zip file; nothing is ever unpacked to the disk.

    Stored members are mapped, deflated ones inflated into memory. The directory of the
    archive is checked wholly before the first byte of a member is read.
    """

    def __init__(self, location: Path) -> None:
        self._location = location
        try:
            self._archive = ZipFile(location)
        except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise PackError(
                f"{location}: not a readable zip file: {error}; fetch the pack again"
            ) from error
        try:
            self._members = self._checked_members()
        except PackError:
            self._archive.close()
            raise

    @property
    def location(self) -> Path:
        """The zip file."""
        return self._location

    def sizes(self) -> Mapping[str, int]:
        """Every member and its size in bytes when inflated."""
        return {name: member.file_size for name, member in self._members.items()}

    def view(self, name: str, size: int) -> memoryview:
        """Map or inflate one member."""
        member = self._members[name]
        if member.file_size != size:
            raise self._error(name, f"{member.file_size} bytes, expected {size}")
        if member.compress_type == ZIP_STORED:
            offset = self._data_offset(member)
            return map_file(self._location, offset, size, whole=False)
        return self._inflate(member, size)

    def path(self, name: str) -> Path | None:
        """None: members have no file of their own."""
        return None

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()

    def _inflate(self, member: ZipInfo, size: int) -> memoryview:
        blocks = bytearray()
        try:
            with self._archive.open(member) as stream:
                # One byte more than promised shows a member that lies about its size.
                while len(blocks) <= size:
                    block = stream.read(min(READ_BLOCK_BYTES, size + 1 - len(blocks)))
                    if not block:
                        break
                    blocks += block
        except (BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
            raise self._error(
                member.filename, f"cannot be inflated: {error}"
            ) from error
        if len(blocks) != size:
            raise self._error(member.filename, f"{len(blocks)} bytes, expected {size}")
        return memoryview(bytes(blocks))

    def _data_offset(self, member: ZipInfo) -> int:
        header = map_file(
            self._location, member.header_offset, _LOCAL_HEADER.size, whole=False
        )
        signature, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        if signature != b"PK\x03\x04":
            raise self._error(member.filename, "has no local header")
        return int(
            member.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        )

    def _checked_members(self) -> dict[str, ZipInfo]:
        entries = self._archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise PackError(
                f"{self._location}: {len(entries)} members, expected at most "
                f"{MAX_ENTRIES}"
            )
        members: dict[str, ZipInfo] = {}
        seen: set[str] = set()
        for entry in entries:
            name = entry.filename
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if not name:
                # Python's is_dir fails on it.
                raise self._error(name, "has no name")
            if entry.is_dir() and entry.file_size == 0:
                continue
            if kind not in (0, stat.S_IFREG):
                raise self._error(name, "is a link or device, expected a plain file")
            if entry.flag_bits & _ENCRYPTED:
                raise self._error(name, "is encrypted; packs cannot be")
            if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise self._error(name, "is neither stored nor deflated")
            if name.casefold() in seen:
                raise self._error(name, "occurs twice")
            seen.add(name.casefold())
            members[name] = entry
        self._check_sizes(members)
        return members

    def _check_sizes(self, members: Mapping[str, ZipInfo]) -> None:
        total = 0
        for name, member in members.items():
            size, packed = member.file_size, member.compress_size
            if member.compress_type == ZIP_STORED and size != packed:
                raise self._error(name, f"stored as {packed} bytes but says {size}")
            if size > RATIO_FREE_BYTES and size > packed * MAX_COMPRESSION_RATIO:
                raise self._error(
                    name,
                    f"inflates {size / max(packed, 1):.0f} times, expected at most "
                    f"{MAX_COMPRESSION_RATIO}; refused as a zip bomb",
                )
            total += size
        packed_total = sum(member.compress_size for member in members.values())
        # More packed bytes than the file has means that members share them.
        if total > MAX_TOTAL_BYTES or packed_total > self._location.stat().st_size:
            raise PackError(
                f"{self._location}: members of {total} bytes in a file of "
                f"{self._location.stat().st_size}; refused as a zip bomb"
            )

    def _error(self, name: str, problem: str) -> PackError:
        return PackError(f"{self._location}: member {name[:120]!r} {problem}")
