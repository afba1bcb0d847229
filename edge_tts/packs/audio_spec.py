"""The signal a pack gives."""

from __future__ import annotations

from typing import NamedTuple

from edge_tts.packs.json_fields import Fields, choice, integer


class AudioSpec(NamedTuple):
    """Sample rate and framing."""

    sample_rate: int
    """Hz."""
    hop_length: int
    """Samples per acoustic frame."""
    num_channels: int
    peak: str
    """What the family does about loud samples: ``none``, ``limit``, or ``maxabs``
    (scale each utterance to full scale)."""

    @classmethod
    def parse(cls, value: object, where: str) -> AudioSpec:
        """Read the JSON form."""
        fields = Fields(value, where)
        audio = cls(
            sample_rate=fields.required("sample_rate", integer(4000, 192_000)),
            hop_length=fields.required("hop_length", integer(1, 65_536)),
            num_channels=fields.optional("num_channels", integer(1, 2), 1),
            peak=fields.optional("peak", choice("none", "limit", "maxabs"), "none"),
        )
        fields.close()
        return audio
