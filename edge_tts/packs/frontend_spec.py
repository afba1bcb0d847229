"""What turns text into the ids a pack was trained on; owns no text processing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from edge_tts.packs.json_fields import (
    Fields,
    choice,
    flag,
    integer,
    list_of,
    table_of,
    text,
)
from edge_tts.packs.pack_file import NAME_PATTERN as FILE_PATTERN

PHONEMIZER_KINDS: Final = ("none", "builtin", "plugin")
TOKENIZER_KINDS: Final = (
    "none",
    "symbols",
    "phoneme_map",
    "unicode_map",
    "hf_bpe",
    "sentencepiece",
    "tiktoken",
)
_NAME = text(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_SYMBOL = text(r"^[^\x00-\x1f\x7f-\x9f]{1,64}$")
_MAX_SYMBOLS: Final = 4096


class Phonemizer(NamedTuple):
    """Which letter-to-sound layer runs, if any."""

    kind: str
    """``builtin`` is edge_tts/text, ``plugin`` an installed extra such as espeak."""
    name: str
    """Name of the builtin language or of the plugin; empty for ``none``."""
    voice: str
    """Voice or language asked of the plugin."""
    optional: bool
    """Whether the pack speaks, less well, without the plugin."""

    @classmethod
    def parse(cls, value: object, where: str) -> Phonemizer:
        """Read the JSON form."""
        fields = Fields(value, where)
        phonemizer = cls(
            kind=fields.required("kind", choice(*PHONEMIZER_KINDS)),
            name=fields.optional("name", _NAME, ""),
            voice=fields.optional("voice", _NAME, ""),
            optional=fields.optional("optional", flag, False),
        )
        fields.close()
        return phonemizer


class Tokenizer(NamedTuple):
    """How phonemes or letters become ids."""

    kind: str
    """``symbols``: the id is the index in ``symbols``; ``none``: the pack reads no
    text; the others read ``file``."""
    file: str
    symbols: tuple[str, ...]
    """Inventory in the order of the trained embedding; the runtime compares."""
    bos: str
    eos: str
    interleave: str
    """Symbol put between any two others; empty for none."""
    nfd: bool
    """Whether text is decomposed (Unicode NFD) first."""
    specials: Mapping[str, int]
    """Role -> token id."""

    @classmethod
    def parse(cls, value: object, where: str) -> Tokenizer:
        """Read the JSON form."""
        fields = Fields(value, where)
        tokenizer = cls(
            kind=fields.required("kind", choice(*TOKENIZER_KINDS)),
            file=fields.optional("file", text(FILE_PATTERN), ""),
            symbols=fields.optional("symbols", list_of(_SYMBOL, 1, _MAX_SYMBOLS), ()),
            bos=fields.optional("bos", _SYMBOL, ""),
            eos=fields.optional("eos", _SYMBOL, ""),
            interleave=fields.optional("interleave", _SYMBOL, ""),
            nfd=fields.optional("nfd", flag, False),
            specials=fields.optional(
                "specials",
                table_of(r"^[^\x00-\x1f\x7f-\x9f]{1,64}$", integer(0, 1 << 31)),
                MappingProxyType({}),
            ),
        )
        fields.close()
        return tokenizer


class FrontendSpec(NamedTuple):
    """Needs of a pack towards the text layer."""

    normalizer: str
    """``english`` spells out numbers and the like, ``none`` passes text through."""
    phonemizer: Phonemizer
    tokenizer: Tokenizer

    @classmethod
    def parse(cls, value: object, where: str) -> FrontendSpec:
        """Read the JSON form."""
        fields = Fields(value, where)
        frontend = cls(
            normalizer=fields.required("normalizer", choice("english", "none")),
            phonemizer=fields.required("phonemizer", Phonemizer.parse),
            tokenizer=fields.required("tokenizer", Tokenizer.parse),
        )
        fields.close()
        return frontend
