"""The folders voices are looked for in, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from edge_tts import env
from edge_tts.packs.pack_file import MANIFEST_NAME

CLONE_SUFFIX: Final = ".voice.safetensors"
"""Of a cloned voice in a folder of voices."""
EMBEDDED_FOLDER: Final = Path(__file__).resolve().parent.parent / "voices"
"""Packs that the wheel brings along."""
SYSTEM_FOLDERS: Final = (
    Path("/usr/local/share/edge_tts/voices"),
    Path("/usr/share/edge_tts/voices"),
)


class VoiceFolder(NamedTuple):
    """A folder whose entries are packs, or one pack by itself."""

    path: Path
    origin: str
    """``environment``, ``user``, ``system`` or ``embedded``."""

    def clone_paths(self) -> Iterator[Path]:
        """Files in it that are cloned voices, by name; nothing is opened."""
        try:
            entries = sorted(self.path.iterdir())
        except OSError:
            return
        for entry in entries:
            if entry.name.endswith(CLONE_SUFFIX) and not entry.name.startswith("."):
                yield entry

    def pack_paths(self) -> Iterator[Path]:
        """Whatever in it looks like a pack, by name; nothing is opened."""
        if _looks_like_pack(self.path):
            yield self.path
            return
        try:
            entries = sorted(self.path.iterdir())
        except OSError:
            return
        for entry in entries:
            # A leading dot marks what a writer has not finished.
            if not entry.name.startswith(".") and _looks_like_pack(entry):
                yield entry


def user_folder() -> Path:
    """Where ``edgetts voices add`` puts packs."""
    return env.data_home() / "voices"


def search_path() -> tuple[VoiceFolder, ...]:
    """All folders, first match wins.

    What is closer to the user comes first, so that a newer pack of the same name can be
    put in front of an installed one.
    """
    return (
        *(VoiceFolder(path, "environment") for path in env.voices_path()),
        VoiceFolder(user_folder(), "user"),
        *(VoiceFolder(path, "system") for path in SYSTEM_FOLDERS),
        VoiceFolder(EMBEDDED_FOLDER, "embedded"),
    )


def _looks_like_pack(path: Path) -> bool:
    if path.suffix == ".zip":
        return path.is_file()
    return (path / MANIFEST_NAME).is_file()
