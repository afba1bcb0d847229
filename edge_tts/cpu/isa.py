"""The instruction sets kernels are written for, and the one spelling of each."""

from __future__ import annotations

from enum import Enum


class Isa(str, Enum):
    """One rung of the ladder; the value is its name in files, flags and reports."""

    GENERIC = "generic"
    NEON = "neon"
    NEON_DOTPROD = "neon_dotprod"
    NEON_I8MM = "neon_i8mm"
    AVX2 = "avx2"
    AVX_VNNI = "avx_vnni"
    AVX512 = "avx512"
    AVX512_VNNI = "avx512_vnni"

    def __str__(self) -> str:
        return self.value

    @property
    def heading(self) -> str:
        """The family users know it by: AVX-512, AVX2, NEON, or generic."""
        return _HEADINGS[self]


_HEADINGS = {
    Isa.GENERIC: "generic",
    Isa.NEON: "NEON",
    Isa.NEON_DOTPROD: "NEON",
    Isa.NEON_I8MM: "NEON",
    Isa.AVX2: "AVX2",
    Isa.AVX_VNNI: "AVX2",
    Isa.AVX512: "AVX-512",
    Isa.AVX512_VNNI: "AVX-512",
}

LADDERS: dict[str, tuple[Isa, ...]] = {
    "x86_64": (
        Isa.GENERIC,
        Isa.AVX2,
        Isa.AVX_VNNI,
        Isa.AVX512,
        Isa.AVX512_VNNI,
    ),
    "aarch64": (Isa.GENERIC, Isa.NEON, Isa.NEON_DOTPROD, Isa.NEON_I8MM),
}
"""Per architecture the instruction sets from lowest to highest."""

OTHER_LADDER = (Isa.GENERIC,)
"""The ladder of an architecture that has none of its own."""


def ladder(machine: str) -> tuple[Isa, ...]:
    """The instruction sets of an architecture, lowest first.

    Args:
        machine: architecture as ``CpuFeatures.machine`` spells it.
    """
    return LADDERS.get(machine, OTHER_LADDER)
