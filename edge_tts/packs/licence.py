"""Under what terms a pack may be used."""

from __future__ import annotations

from typing import NamedTuple

from edge_tts.packs.json_fields import PROSE_PATTERN, Fields, choice, flag, text
from edge_tts.packs.pack_file import NAME_PATTERN as FILE_PATTERN

_SHORT = text(r"^[^\x00-\x1f\x7f-\x9f]{1,200}$")


class Licence(NamedTuple):
    """Licences of code and weights, and what they ask of the user."""

    code: str
    """SPDX expression of the code that made or runs the networks."""
    weights: str
    """SPDX expression, or the licence's own words."""
    attribution: str
    """Sentence to print beside published speech; may be empty."""
    commercial: str
    """``yes``, ``no`` or ``ask``."""
    file: str
    """File of the pack with the full text."""
    frontend_gpl: bool
    """Whether speaking needs a front-end plugin under the GPL."""

    @classmethod
    def parse(cls, value: object, where: str) -> Licence:
        """Read the JSON form."""
        fields = Fields(value, where)
        licence = cls(
            code=fields.required("code", _SHORT),
            weights=fields.required("weights", _SHORT),
            attribution=fields.required("attribution", text(PROSE_PATTERN, 4000)),
            commercial=fields.required("commercial", choice("yes", "no", "ask")),
            file=fields.required("file", text(FILE_PATTERN)),
            frontend_gpl=fields.optional("frontend_gpl", flag, False),
        )
        fields.close()
        return licence
