"""Parameters of the stages that run in a loop: ``ar``, ``refine`` and ``ode``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from edge_tts.packs.json_fields import (
    Fields,
    Parser,
    choice,
    integer,
    list_of,
    number,
    text,
)
from edge_tts.packs.tensor_spec import NAME_PATTERN

MAX_STEPS: Final = 1_000_000
MAX_TOKEN: Final = 1 << 31
_TOKENS = list_of(integer(0, MAX_TOKEN), 0, 1024)


class AutoregressiveLoop(NamedTuple):
    """Bounds and stop rules of an ``ar`` stage."""

    sampler: str
    """Key of ``samplers``."""
    stop_tokens: tuple[int, ...]
    stop_on: tuple[str, ...]
    """Which of the sampled and the most likely token ends the loop."""
    min_steps: int
    """Stop tokens are masked before this step."""
    max_steps: int
    min_steps_per_token: float
    """Lower bound that grows with the text, steps per input token; 0 for none."""
    max_steps_per_token: float
    """Upper bound that grows with the text; 0 for none."""

    @classmethod
    def parse(cls, value: object, where: str) -> AutoregressiveLoop:
        """Read the JSON form."""
        fields = Fields(value, where)
        loop = cls(
            sampler=fields.required("sampler", text(NAME_PATTERN)),
            stop_tokens=fields.required("stop_tokens", _TOKENS),
            stop_on=fields.optional(
                "stop_on", list_of(choice("sample", "argmax"), 1, 2), ("sample",)
            ),
            min_steps=fields.optional("min_steps", integer(0, MAX_STEPS), 0),
            max_steps=fields.required("max_steps", integer(1, MAX_STEPS)),
            min_steps_per_token=fields.optional(
                "min_steps_per_token", number(0, 1e6), 0.0
            ),
            max_steps_per_token=fields.optional(
                "max_steps_per_token", number(0, 1e6), 0.0
            ),
        )
        fields.close()
        return loop


class RefineLoop(NamedTuple):
    """Codebooks that a ``refine`` stage fills in, pass by pass."""

    codebooks: tuple[tuple[int, ...], ...]
    """First and last codebook of each pass, 1-based, both included."""
    pick: str
    """How a code is chosen from its logits."""

    @classmethod
    def parse(cls, value: object, where: str) -> RefineLoop:
        """Read the JSON form."""
        fields = Fields(value, where)
        loop = cls(
            codebooks=fields.required(
                "codebooks", list_of(list_of(integer(1, 1024), 2, 2), 1, 64)
            ),
            pick=fields.optional("pick", choice("argmax"), "argmax"),
        )
        fields.close()
        return loop


class OdeLoop(NamedTuple):
    """Solver of an ``ode`` stage."""

    solver: str
    steps: int
    schedule: str
    """Spacing of the time steps."""
    guidance_rate: float
    """Classifier-free guidance; 0 runs the stage once per step."""
    noise: str
    """``random``, or the key of ``constants`` that holds fixed noise."""

    @classmethod
    def parse(cls, value: object, where: str) -> OdeLoop:
        """Read the JSON form."""
        fields = Fields(value, where)
        loop = cls(
            solver=fields.required("solver", choice("euler", "midpoint")),
            steps=fields.required("steps", integer(1, 1000)),
            schedule=fields.optional(
                "schedule", choice("linear", "cosine", "sway"), "linear"
            ),
            guidance_rate=fields.optional("guidance_rate", number(0, 100), 0.0),
            noise=fields.optional("noise", text(NAME_PATTERN), "random"),
        )
        fields.close()
        return loop


Loop = AutoregressiveLoop | RefineLoop | OdeLoop

LOOPS: Final[Mapping[str, Parser[Loop | None]]] = {
    "ar": AutoregressiveLoop.parse,
    "refine": RefineLoop.parse,
    "ode": OdeLoop.parse,
}
"""Kind of stage -> parser of the block of the same name."""
