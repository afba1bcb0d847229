"""One voice of a pack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge_tts.packs.json_fields import PROSE_PATTERN, Fields, choice, integer, text
from edge_tts.packs.pack_file import NAME_PATTERN as FILE_PATTERN

ID_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,63}$"
LANGUAGE_PATTERN: Final = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$"
"""Shape of a BCP 47 tag."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice within a pack, addressed as ``PACK/SPEAKER``."""

    id: str
    index: int
    """Row of the speaker embedding; also of per-speaker constants."""
    name: str
    language: str
    """BCP 47 tag."""
    gender: str
    licence: str
    """Licence of this voice when it differs from the pack's; may be empty."""
    description: str
    file: str
    """Safetensors file with the values of a cloned voice; empty when it has none."""

    @classmethod
    def parse(cls, value: object, where: str) -> Speaker:
        """Read the JSON form."""
        fields = Fields(value, where)
        speaker = cls(
            id=fields.required("id", text(ID_PATTERN)),
            index=fields.required("index", integer(0, 1_000_000)),
            name=fields.required("name", text(r"^[^\x00-\x1f\x7f-\x9f]{1,200}$")),
            language=fields.required("language", text(LANGUAGE_PATTERN)),
            gender=fields.optional(
                "gender", choice("female", "male", "neutral", "unknown"), "unknown"
            ),
            licence=fields.optional("licence", text(PROSE_PATTERN, 200), ""),
            description=fields.optional("description", text(PROSE_PATTERN, 2000), ""),
            file=fields.optional("file", text(FILE_PATTERN), ""),
        )
        fields.close()
        return speaker
