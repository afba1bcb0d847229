"""One operation of a sampler; a sampler is a sequence of them, run in that order."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from edge_tts.packs.json_fields import Fields, Parser, choice, flag, integer, number

_COUNT = integer(0, 1_000_000)
_SHARE = number(0, 1)
_POSITIVE = number(1e-6, 1000)

Parameter = bool | int | float

PARAMETERS: Final[Mapping[str, Mapping[str, Parser[Parameter]]]] = {
    "temperature": {"value": _POSITIVE},
    "repetition_penalty": {
        "value": _POSITIVE,
        "window": _COUNT,
        "include_prompt": flag,
    },
    "top_k": {"value": _COUNT},
    "top_p": {"value": _SHARE},
    "nucleus": {"top_p": _SHARE, "top_k": _COUNT},
    "repetition_aware": {"window": _COUNT, "threshold": _SHARE},
    "anti_loop": {
        "shortest": _COUNT,
        "longest": _COUNT,
        "streak": _COUNT,
        "top_p": _SHARE,
        "temperature": _POSITIVE,
    },
    "mask_stop": {"steps": _COUNT},
    "restrict": {"first": _COUNT, "last": _COUNT},
}
"""Operation -> its parameters, all required; a window of 0 means everything so far."""


class SamplerStep(NamedTuple):
    """An operation on logits with its parameters."""

    op: str
    """Key of ``PARAMETERS``."""
    parameters: Mapping[str, Parameter]

    @classmethod
    def parse(cls, value: object, where: str) -> SamplerStep:
        """Read the JSON form."""
        fields = Fields(value, where)
        op = fields.required("op", choice(*PARAMETERS))
        parameters = {
            name: fields.required(name, parser)
            for name, parser in PARAMETERS[op].items()
        }
        fields.close()
        return cls(op, MappingProxyType(parameters))
