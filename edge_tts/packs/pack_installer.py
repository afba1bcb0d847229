"""Puts packs into the user's folder and takes them out again, each in one step."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from edge_tts.errors import PackError
from edge_tts.packs.pack import Pack
from edge_tts.packs.pack_file import MANIFEST_NAME
from edge_tts.packs.pack_writer import move_into_place
from edge_tts.packs.voice_folder import VoiceFolder, search_path, user_folder
from edge_tts.packs.voice_library import VoiceLibrary

_ABANDONED_SECONDS: Final = 86_400
"""No installation takes a day."""


class PackInstaller:
    """Adds packs to one folder and removes them from it.

    Args:
        folder: The folder; None for that of this user.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self._folder = user_folder() if folder is None else Path(folder)

    def add(self, source: Path | str, *, replace: bool = False) -> Path:
        """Copy a pack directory or unpack a pack zip; every byte is checked first.

        Args:
            source: The directory or zip file.
            replace: Whether a pack of the same id may be replaced.

        Returns:
            Where it is now.

        Raises:
            PackError: It is not a sound pack, is there already, or cannot be written.
        """
        with Pack.open(source) as pack:
            target = self._folder / pack.manifest.id
            if target.exists() and not replace:
                raise PackError(
                    f"{target}: pack {pack.manifest.id} is installed already; "
                    "remove it first, or replace it"
                )
            needed = pack.verify()
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._sweep()
                free = shutil.disk_usage(self._folder).free
                if needed > free:
                    raise PackError(
                        f"{self._folder}: {free >> 20} MB free, pack "
                        f"{pack.manifest.id} needs {(needed >> 20) + 1} MB"
                    )
                self._copy(pack, target, replace=replace)
            except OSError as error:
                raise PackError(f"{target}: {error.strerror}") from error
        return target

    def remove(self, pack_id: str) -> Path:
        """Remove a pack of this folder.

        Returns:
            Where it was.

        Raises:
            PackError: There is none, or it belongs to the system or to edge_tts itself.
        """
        here = VoiceLibrary([VoiceFolder(self._folder, "user")])
        for entry in here.entries():
            name = entry.manifest.id if entry.manifest else entry.path.stem
            if name == pack_id:
                self._delete(entry.path)
                return entry.path
        for entry in VoiceLibrary(search_path()).entries():
            if entry.manifest is not None and entry.manifest.id == pack_id:
                raise PackError(
                    f"pack {pack_id} is in {entry.path.parent} ({entry.origin}); only "
                    f"packs in {self._folder} can be removed"
                )
        raise PackError(f"no pack {pack_id!r} in {self._folder}")

    def _copy(self, pack: Pack, target: Path, *, replace: bool) -> None:
        work = Path(tempfile.mkdtemp(prefix=".edge_tts-", dir=self._folder))
        try:
            made = work / "pack"
            made.mkdir()
            (made / MANIFEST_NAME).write_bytes(pack.manifest_bytes)
            for name in pack.manifest.files:
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(pack.view(name))
            move_into_place(made, target, replace=replace)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what an installation left behind that was killed half-way."""
        for path in self._folder.glob(".edge_tts-*"):
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)

    def _delete(self, path: Path) -> None:
        try:
            if path.is_symlink() or path.is_file():
                path.unlink()
                return
            # Out of sight in one step: a half-removed pack must not be found.
            work = Path(tempfile.mkdtemp(prefix=".edge_tts-", dir=self._folder))
            os.rename(path, work / "removed")
            shutil.rmtree(work)
        except OSError as error:
            raise PackError(f"{path}: {error.strerror}") from error
