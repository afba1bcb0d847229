"""Gives the pages of an Ogg file a fixed serial number.

libsndfile 1.2.2 draws one anew for every file, in one process and the same second
too, so that two files of the same signal differ.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path
from typing import Final

from edge_tts.errors import SinkError

SERIAL: Final = 0x65645474
_POLYNOMIAL: Final = 0x04C11DB7
_HEADER: Final = 27


def set_serial(path: Path, serial: int = SERIAL) -> None:
    """Change every page in place; checksums are corrected, not computed anew.

    A CRC is linear: what a change of four bytes does to it depends on the change and
    on the number of bytes behind it only.

    Raises:
        SinkError: The file is not Ogg.
    """
    with path.open("r+b") as file:
        position = 0
        while header := file.read(_HEADER):
            if len(header) < _HEADER or header[:4] != b"OggS":
                raise SinkError(f"{path}: not an Ogg page at byte {position}")
            num_segments = header[26]
            body = sum(file.read(num_segments))
            size = _HEADER + num_segments + body
            old_serial, _, old_crc = struct.unpack_from("<III", header, 14)
            change = struct.pack("<I", old_serial ^ serial)
            crc = old_crc ^ _shifted(_crc(change), size - 18)
            file.seek(position + 14)
            file.write(struct.pack("<I", serial))
            file.seek(position + 22)
            file.write(struct.pack("<I", crc))
            position += size
            file.seek(position)


def _crc(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1) ^ (_POLYNOMIAL if value & 0x80000000 else 0)
            value &= 0xFFFFFFFF
    return value


def _shifted(value: int, num_zero_bytes: int) -> int:
    """The CRC after that many zero bytes."""
    power, rest = 0, num_zero_bytes
    while rest:
        if rest & 1:
            value = _multiplied(value, _byte_power(power))
        power, rest = power + 1, rest >> 1
    return value


@lru_cache(maxsize=64)
def _byte_power(power: int) -> int:
    """x to the 8 * 2**power, modulo the polynomial."""
    if power == 0:
        return 0x100
    half = _byte_power(power - 1)
    return _multiplied(half, half)


def _multiplied(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        b >>= 1
        a = (a << 1) ^ (_POLYNOMIAL if a & 0x80000000 else 0)
        a &= 0xFFFFFFFF
    return product
