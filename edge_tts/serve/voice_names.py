"""Owns VoiceNames: which names of voices a client may use; paths are none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge_tts.errors import PackError
from edge_tts.packs import Speaker
from edge_tts.serve.broker import Broker

_FRESH_S: Final = 5.0
_MAX_LISTED: Final = 12


class VoiceNames:
    """Answers from memory, and looks at the disk when a name is unknown.

    Args:
        broker: Knows the installed voices.
        aliases: Further names of the user's.
    """

    def __init__(
        self, broker: Broker, aliases: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._broker = broker
        self._aliases = {name.lower(): voice for name, voice in aliases.items()}
        self._names: dict[str, str] = {}
        self._packs: dict[str, str] = {}
        self._listed_at = -_FRESH_S

    @property
    def default(self) -> str:
        """The voice of requests that name none."""
        return self._broker.settings.voice

    async def resolve(self, name: str | None) -> str | None:
        """Return ``PACK/SPEAKER`` or a pack's id; None stands for the default voice.

        Raises:
            PackError: No such voice; names some that exist.
        """
        if name is None:
            return None
        wanted = name.lower()
        wanted = self._aliases.get(wanted, wanted).lower()
        if wanted not in self._names and time.monotonic() - self._listed_at > _FRESH_S:
            await self.list()
        if wanted not in self._names:
            known = sorted({n.rpartition("/")[2] for n in self._names.values()})
            shown = ", ".join(known[:_MAX_LISTED])
            raise PackError(f"there is no such voice; there are {shown}")
        return self._names[wanted]

    async def is_pack(self, name: str) -> bool:
        """Whether ``name`` is the id of an installed pack."""
        if not self._names:
            await self.list()
        return name.lower() in self._packs

    async def list(self) -> list[tuple[str, Speaker]]:
        """Every installed voice: the pack's id and its speaker."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(None, self._broker.voices)
        names: dict[str, str] = {}
        packs: dict[str, str] = {}
        for pack, speaker in found:
            full = f"{pack}/{speaker.id}"
            names[full.lower()] = full
            names.setdefault(speaker.id.lower(), full)
            packs[pack.lower()] = pack
        # As everywhere, a pack is preferred to a speaker of its name.
        self._names, self._packs = names | packs, packs
        self._listed_at = time.monotonic()
        return found
