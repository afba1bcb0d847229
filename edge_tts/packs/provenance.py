"""Where a pack comes from: its sources and the run that made it."""

from __future__ import annotations

from typing import Final, NamedTuple

from edge_tts.packs.json_fields import Fields, integer, text
from edge_tts.packs.pack_file import DIGEST_PATTERN, MAX_FILE_BYTES

_LINE = text(r"^[^\x00-\x1f\x7f-\x9f]{1,1000}$")
_DIGEST = text(DIGEST_PATTERN)
_CREATED: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$"


class Source(NamedTuple):
    """One checkpoint, corpus or file the pack was made from."""

    name: str
    repo: str
    """Repository or address; empty if there is none."""
    revision: str
    file: str
    sha256: str
    """Digest of ``file``; empty if not recorded."""
    size: int
    """Bytes; 0 if not recorded."""
    licence: str

    @classmethod
    def parse(cls, value: object, where: str) -> Source:
        """Read the JSON form."""
        fields = Fields(value, where)
        source = cls(
            name=fields.required("name", _LINE),
            repo=fields.optional("repo", _LINE, ""),
            revision=fields.optional("revision", _LINE, ""),
            file=fields.optional("file", _LINE, ""),
            sha256=fields.optional("sha256", _DIGEST, ""),
            size=fields.optional("size", integer(0, MAX_FILE_BYTES * 16), 0),
            licence=fields.optional("licence", _LINE, ""),
        )
        fields.close()
        return source


class MadeBy(NamedTuple):
    """What to run to make the pack again."""

    command: str
    commit: str
    """Commit of the project the command was run at."""
    created: str
    """Date, or date and time in UTC, as ISO 8601."""
    converter: str
    """Name and version of the tool."""

    @classmethod
    def parse(cls, value: object, where: str) -> MadeBy:
        """Read the JSON form."""
        fields = Fields(value, where)
        made_by = cls(
            command=fields.required("command", _LINE),
            commit=fields.required("commit", text(r"^[0-9a-f]{7,40}$|^unknown$")),
            created=fields.required("created", text(_CREATED)),
            converter=fields.required("converter", _LINE),
        )
        fields.close()
        return made_by
