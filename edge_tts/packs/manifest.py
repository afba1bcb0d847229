"""The parsed ``pack.json``; the JSON Schema beside this file says the same in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from edge_tts.errors import PackError
from edge_tts.packs.audio_spec import AudioSpec
from edge_tts.packs.constant import Constant, parse_constant
from edge_tts.packs.frontend_spec import FrontendSpec
from edge_tts.packs.json_fields import (
    PROSE_PATTERN,
    Fields,
    integer,
    list_of,
    number,
    table_of,
    text,
)
from edge_tts.packs.licence import Licence
from edge_tts.packs.pack_file import MAX_FILES, PackFile
from edge_tts.packs.pack_file import NAME_PATTERN as FILE_PATTERN
from edge_tts.packs.provenance import MadeBy, Source
from edge_tts.packs.reference_spec import ReferenceSpec
from edge_tts.packs.sampler_step import SamplerStep
from edge_tts.packs.speaker import ID_PATTERN, LANGUAGE_PATTERN, Speaker
from edge_tts.packs.stage import Stage
from edge_tts.packs.streaming_spec import StreamingSpec
from edge_tts.packs.tensor_spec import NAME_PATTERN
from edge_tts.packs.variant import parse_quality

FORMAT_VERSION: Final = 1
FAMILY_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,31}$"
_EMPTY: Mapping[str, float] = MappingProxyType({})
_VERSION = r"^[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}(-[a-z0-9.]{1,32})?$"


class Manifest(NamedTuple):
    """Everything a pack says about itself."""

    format: int
    id: str
    version: str
    family: str
    """Key of ``edge_tts.models.FAMILIES``."""
    description: str
    languages: tuple[str, ...]
    licence: Licence
    sources: tuple[Source, ...]
    made_by: MadeBy
    audio: AudioSpec
    rates: Mapping[str, float]
    """Named rates in Hz, such as ``frame_hz`` and ``token_hz``."""
    frontend: FrontendSpec
    constants: Mapping[str, Constant]
    samplers: Mapping[str, tuple[SamplerStep, ...]]
    stages: tuple[Stage, ...]
    reference: ReferenceSpec | None
    """How to clone a voice; None when the pack cannot."""
    speakers: tuple[Speaker, ...]
    default_speaker: str
    streaming: StreamingSpec
    quality: Mapping[str, float]
    """Figures of the whole voice."""
    files: Mapping[str, PackFile]
    """Every file of the pack but ``pack.json``."""

    @classmethod
    def parse(cls, value: object) -> Manifest:
        """Read the JSON form; ``check_references`` still has to follow.

        Raises:
            PackError: The value is no manifest; the message names the key.
        """
        check_format(value)
        fields = Fields(value, "")
        absent: ReferenceSpec | None = None
        manifest = cls(
            format=fields.required("format", integer(FORMAT_VERSION, FORMAT_VERSION)),
            id=fields.required("id", text(ID_PATTERN)),
            version=fields.required("version", text(_VERSION)),
            family=fields.required("family", text(FAMILY_PATTERN)),
            description=fields.optional("description", text(PROSE_PATTERN, 4000), ""),
            languages=fields.required(
                "languages", list_of(text(LANGUAGE_PATTERN), 1, 64)
            ),
            licence=fields.required("licence", Licence.parse),
            sources=fields.optional("source", list_of(Source.parse, 0, 256), ()),
            made_by=fields.required("made_by", MadeBy.parse),
            audio=fields.required("audio", AudioSpec.parse),
            rates=fields.optional(
                "rates", table_of(NAME_PATTERN, number(1e-3, 1e6), 64), _EMPTY
            ),
            frontend=fields.required("frontend", FrontendSpec.parse),
            constants=fields.optional(
                "constants",
                table_of(NAME_PATTERN, parse_constant, 1024),
                MappingProxyType({}),
            ),
            samplers=fields.optional(
                "samplers",
                table_of(NAME_PATTERN, list_of(SamplerStep.parse, 1, 32), 64),
                MappingProxyType({}),
            ),
            stages=fields.required("stages", list_of(Stage.parse, 1, 64)),
            reference=fields.optional("reference", _reference, absent),
            speakers=fields.required("speakers", list_of(Speaker.parse, 1, 10_000)),
            default_speaker=fields.required("default_speaker", text(ID_PATTERN)),
            streaming=fields.required("streaming", StreamingSpec.parse),
            quality=fields.optional("quality", parse_quality, _EMPTY),
            files=fields.required(
                "files", table_of(FILE_PATTERN, PackFile.parse, MAX_FILES)
            ),
        )
        fields.close()
        return manifest

    def stage(self, stage_id: str) -> Stage:
        """Find a stage.

        Raises:
            PackError: There is none of that id.
        """
        for stage in self.stages:
            if stage.id == stage_id:
                return stage
        raise PackError(
            f"pack {self.id}: no stage {stage_id!r}, it has "
            + ", ".join(stage.id for stage in self.stages)
        )

    def speaker(self, speaker_id: str) -> Speaker:
        """Find a speaker.

        Raises:
            PackError: There is none of that id.
        """
        for speaker in self.speakers:
            if speaker.id == speaker_id:
                return speaker
        raise PackError(
            f"pack {self.id}: no speaker {speaker_id!r}, it has "
            + ", ".join(speaker.id for speaker in self.speakers)
        )


def check_format(value: object) -> None:
    """Say plainly that a pack is of another version before anything else is wrong."""
    found = value.get("format") if isinstance(value, dict) else None
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        if found > FORMAT_VERSION:
            raise PackError(
                f"format: pack format {found}, expected {FORMAT_VERSION}; "
                "update edge_tts to read this pack"
            )
        if found < FORMAT_VERSION:
            raise PackError(
                f"format: pack format {found}, expected {FORMAT_VERSION}; "
                "build the pack again with the current tools"
            )


def _reference(value: object, where: str) -> ReferenceSpec | None:
    return ReferenceSpec.parse(value, where)
