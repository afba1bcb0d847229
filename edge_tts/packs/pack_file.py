"""Name, size and digest of one file of a pack."""

from __future__ import annotations

from typing import Final, NamedTuple

from edge_tts.packs.json_fields import Fields, integer, text

NAME_PATTERN: Final = (
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,7}$"
)
"""Relative, forward slashes, no part that starts with a dot: cannot leave the pack."""
DIGEST_PATTERN: Final = r"^[0-9a-f]{64}$"
MANIFEST_NAME: Final = "pack.json"
MAX_FILES: Final = 1024
MAX_FILE_BYTES: Final = 8 << 30


class PackFile(NamedTuple):
    """What the bytes of a file must be."""

    sha256: str
    """64 lower-case hexadecimal digits."""
    size: int
    """Bytes."""

    @classmethod
    def parse(cls, value: object, where: str) -> PackFile:
        """Read the JSON form."""
        fields = Fields(value, where)
        file = cls(
            sha256=fields.required("sha256", text(DIGEST_PATTERN)),
            size=fields.required("size", integer(0, MAX_FILE_BYTES)),
        )
        fields.close()
        return file
