"""One network of a pack, or one host operation: its interface and its variants."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from edge_tts.packs.json_fields import Fields, choice, integer, list_of, number, text
from edge_tts.packs.loops import LOOPS, Loop
from edge_tts.packs.stage_signature import StageSignature
from edge_tts.packs.state_spec import StateSpec
from edge_tts.packs.tensor_spec import NAME_PATTERN, TensorSpec
from edge_tts.packs.variant import Variant

KINDS: Final = ("map", "ar", "refine", "ode", "host")
CHUNKINGS: Final = ("exact", "approximate", "whole")
_MAX_TENSORS: Final = 256
_MAX_ROWS: Final = 1_000_000


class Stage(NamedTuple):
    """A stage as the pack declares it; how stages follow each other is the family's."""

    id: str
    kind: str
    """One of ``KINDS``."""
    signature: StageSignature
    lookahead: int
    """Rows of delay: the first ``lookahead`` output rows of an utterance are void."""
    receptive_field: int
    """Input rows that can change one output row; 0 when it is all of them."""
    rate: float
    """Output rows per input row."""
    chunking: str
    """``exact``: any chunking gives the same signal; ``approximate``: nearly so;
    ``whole``: the utterance must come in one call."""
    op: str
    """Name of the host operation; empty for networks."""
    loops: Mapping[str, Loop]
    """Kind -> loop parameters; holds the stage's own kind if that is a loop."""
    variants: tuple[Variant, ...]
    """In the order of preference of whoever built the pack; empty for ``host``."""

    @classmethod
    def parse(cls, value: object, where: str) -> Stage:
        """Read the JSON form."""
        fields = Fields(value, where)
        id_ = fields.required("id", text(NAME_PATTERN))
        kind = fields.required("kind", choice(*KINDS))
        tensors = list_of(TensorSpec.parse, 0, _MAX_TENSORS)
        signature = StageSignature(
            inputs=fields.required("inputs", tensors),
            outputs=fields.required("outputs", tensors),
            states=fields.optional(
                "states", list_of(StateSpec.parse, 0, _MAX_TENSORS), ()
            ),
        )
        lookahead = fields.optional("lookahead", integer(0, _MAX_ROWS), 0)
        receptive_field = fields.optional("receptive_field", integer(0, _MAX_ROWS), 0)
        rate = fields.optional("rate", number(1e-6, 1e6), 1.0)
        chunking = fields.optional("chunking", choice(*CHUNKINGS), "exact")
        op = fields.optional("op", text(NAME_PATTERN), "")
        loops = {
            name: loop
            for name, parser in LOOPS.items()
            if (loop := fields.optional(name, parser, None)) is not None
        }
        none: tuple[Variant, ...] = ()
        variants = fields.optional("variants", list_of(Variant.parse, 0, 64), none)
        fields.close()
        return cls(
            id=id_,
            kind=kind,
            signature=signature,
            lookahead=lookahead,
            receptive_field=receptive_field,
            rate=rate,
            chunking=chunking,
            op=op,
            loops=MappingProxyType(loops),
            variants=variants,
        )
