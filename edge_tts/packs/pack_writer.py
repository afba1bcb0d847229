"""Builds a pack: files into a folder beside the target, then one rename."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from numpy.typing import NDArray

from edge_tts.errors import PackError
from edge_tts.packs.json_fields import text
from edge_tts.packs.limits import READ_BLOCK_BYTES
from edge_tts.packs.pack import Pack
from edge_tts.packs.pack_file import MANIFEST_NAME, NAME_PATTERN
from edge_tts.packs.tensor_writer import encode_tensors

_FILE_NAME = text(NAME_PATTERN)
_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest date a zip file can hold: the bytes must not depend on the clock."""


class PackWriter:
    """Writes a pack directory, or a zip file if the target ends in ``.zip``.

    Use it as a context manager: until ``finish`` nothing is visible at the target, and
    leaving the block without it removes what was written.

    Args:
        target: Directory or zip file to make.
        replace: Whether an existing target may be replaced.

    Raises:
        PackError: The target exists and ``replace`` is false, or cannot be written.
    """

    def __init__(self, target: Path | str, *, replace: bool = False) -> None:
        self._target = Path(target)
        self._replace = replace
        self._files: dict[str, dict[str, object]] = {}
        if self._target.exists() and not replace:
            raise PackError(f"{self._target}: exists already; remove or replace it")
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            # Beside the target, because only within one file system a rename is atomic.
            self._folder = Path(
                tempfile.mkdtemp(prefix=".edge_tts-", dir=self._target.parent)
            )
        except OSError as error:
            raise PackError(f"{self._target}: {error.strerror}") from error
        self._content = self._folder / "pack"
        self._content.mkdir()

    def add_bytes(self, name: str, data: bytes | memoryview) -> None:
        """Add one file.

        Args:
            name: Relative path with forward slashes.
            data: Its bytes.
        """
        _FILE_NAME(name, "file name")
        if name in self._files or name == MANIFEST_NAME:
            raise PackError(f"{self._target}: file {name!r} added twice")
        path = self._content / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            raise PackError(f"{self._target}: {name}: {error.strerror}") from error
        digest = hashlib.sha256(data).hexdigest()
        self._files[name] = {"sha256": digest, "size": len(data)}

    def add_file(self, name: str, source: Path | str) -> None:
        """Add a copy of a file."""
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise PackError(f"{source}: cannot be read: {error.strerror}") from error
        self.add_bytes(name, data)

    def add_tensors(
        self,
        name: str,
        tensors: Mapping[str, NDArray[Any]],
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Add a safetensors file."""
        self.add_bytes(name, encode_tensors(tensors, metadata))

    def finish(self, manifest: Mapping[str, object]) -> Path:
        """Write the manifest, read all of it back, and move the pack into place.

        Args:
            manifest: JSON form of the manifest; ``format`` and ``files`` are filled in.

        Returns:
            The target.

        Raises:
            PackError: The manifest is not valid or does not fit the files.
        """
        complete = {"format": 1, **manifest, "files": dict(sorted(self._files.items()))}
        data = json.dumps(complete, indent=1, ensure_ascii=False, allow_nan=False)
        try:
            (self._content / MANIFEST_NAME).write_text(data + "\n", encoding="utf-8")
            with Pack.open(self._content) as pack:
                pack.verify()
            made = self._content
            if self._target.suffix == ".zip":
                made = self._folder / "pack.zip"
                write_zip(self._content, made)
            move_into_place(made, self._target, replace=self._replace)
        except OSError as error:
            raise PackError(f"{self._target}: {error.strerror}") from error
        finally:
            self.discard()
        return self._target

    def discard(self) -> None:
        """Remove everything not finished."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> PackWriter:
        """Return the writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Discard what was not finished."""
        self.discard()


def write_zip(folder: Path, target: Path) -> None:
    """Pack a directory into a zip file whose bytes depend on its files only.

    Members are stored: they can be mapped in place, INT8 weights hardly shrink, and
    deflated bytes would differ between zlib builds.
    """
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    )
    with ZipFile(target, "w", ZIP_STORED) as archive:
        for name in names:
            entry = ZipInfo(name, _ZIP_DATE)
            entry.file_size = (folder / name).stat().st_size
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            with (
                (folder / name).open("rb") as source,
                archive.open(entry, "w") as sink,
            ):
                shutil.copyfileobj(source, sink, READ_BLOCK_BYTES)


def move_into_place(made: Path, target: Path, *, replace: bool) -> None:
    """Rename ``made`` to ``target``; an old target is away for the shortest moment.

    Raises:
        PackError: The target exists and must not be replaced.
    """
    if made.is_dir():
        made.chmod(0o755)
    if not target.exists():
        os.rename(made, target)
        return
    if not replace:
        raise PackError(f"{target}: exists already; remove or replace it")
    if made.is_file() and target.is_file():
        os.replace(made, target)
        return
    old = made.parent / "replaced"
    os.rename(target, old)
    os.rename(made, target)
