"""What a pack needs of a recording to clone its voice."""

from __future__ import annotations

from typing import NamedTuple

from edge_tts.packs.json_fields import Fields, choice, list_of, number, text
from edge_tts.packs.tensor_spec import NAME_PATTERN


class ReferenceSpec(NamedTuple):
    """Limits of the recording and the stages that read it."""

    needs_transcript: str
    """``yes``, ``no`` or ``optional``."""
    min_seconds: float
    max_seconds: float
    crop: str
    """Which part of a longer recording is taken."""
    trim: str
    """Whether silence at the ends is cut by energy."""
    stages: tuple[str, ...]
    """Ids of the stages that turn the recording into voice values, in order."""

    @classmethod
    def parse(cls, value: object, where: str) -> ReferenceSpec:
        """Read the JSON form."""
        fields = Fields(value, where)
        reference = cls(
            needs_transcript=fields.required(
                "needs_transcript", choice("yes", "no", "optional")
            ),
            min_seconds=fields.optional("min_seconds", number(0, 600), 0.0),
            max_seconds=fields.required("max_seconds", number(0.1, 600)),
            crop=fields.optional("crop", choice("centre", "head"), "head"),
            trim=fields.optional("trim", choice("energy", "none"), "none"),
            stages=fields.required("stages", list_of(text(NAME_PATTERN), 1, 64)),
        )
        fields.close()
        return reference
