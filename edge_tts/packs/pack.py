"""An opened pack: its manifest, and its files once their digests are checked."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import PackError
from edge_tts.packs.constant import TensorRef
from edge_tts.packs.directory_source import DirectorySource
from edge_tts.packs.json_text import MAX_JSON_BYTES, parse_json
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.pack_file import MANIFEST_NAME
from edge_tts.packs.pack_source import PackSource
from edge_tts.packs.references import check_references
from edge_tts.packs.tensor_file import TensorFile

_ZIP_SUFFIX: Final = ".zip"


class Pack:
    """Files of one voice pack. Use ``Pack.open``; threads may share it.

    A file's bytes are handed out only after their size and SHA-256 were compared with
    the manifest, each file once.
    """

    def __init__(
        self, source: PackSource, manifest: Manifest, manifest_bytes: bytes
    ) -> None:
        self._source = source
        self._manifest = manifest
        self._manifest_bytes = manifest_bytes
        self._views: dict[str, memoryview] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path | str) -> Pack:
        """Open a directory or a zip file and check everything but file digests.

        Raises:
            PackError: It is no pack, or one that is damaged, hostile or of another
                format; one line that names file and key.
        """
        source = _open_source(Path(path))
        try:
            return cls(source, *_read_manifest(source))
        except BaseException:
            source.close()
            raise

    @property
    def manifest(self) -> Manifest:
        """What ``pack.json`` says."""
        return self._manifest

    @property
    def manifest_bytes(self) -> bytes:
        """``pack.json`` as it is."""
        return self._manifest_bytes

    @property
    def location(self) -> Path:
        """The directory or zip file."""
        return self._source.location

    def view(self, name: str) -> memoryview:
        """Checked bytes of a file, read-only, mapped where possible.

        Raises:
            PackError: There is no such file, or it is not what the manifest says.
        """
        try:
            expected = self._manifest.files[name]
        except KeyError:
            raise PackError(f"{self.location}: no file {name!r} in the pack") from None
        with self._lock:
            if name not in self._views:
                view = self._source.view(name, expected.size)
                found = hashlib.sha256(view).hexdigest()
                if found != expected.sha256:
                    raise PackError(
                        f"{self.location}: {name} has sha256 {found[:16]}..., expected "
                        f"{expected.sha256[:16]}...; it was changed or damaged, fetch "
                        "the pack again"
                    )
                self._views[name] = view
            return self._views[name]

    def read_bytes(self, name: str) -> bytes:
        """Checked copy of a file."""
        return bytes(self.view(name))

    def path(self, name: str) -> Path:
        """Checked file on disk, for libraries that want a path.

        Raises:
            PackError: As ``view``; also for a pack that is one zip file.
        """
        self.view(name)
        path = self._source.path(name)
        if path is None:
            raise PackError(
                f"{self.location}: {name} has no path inside a zip file; unpack it"
            )
        return path

    def tensors(self, name: str) -> TensorFile:
        """Checked arrays of a safetensors file, views of the mapped file."""
        return TensorFile(self.view(name), f"{self.location}: {name}")

    def constant(self, name: str) -> NDArray[Any]:
        """A constant as an array: float32 when written in the manifest.

        Raises:
            PackError: The pack has no such constant, or its file is not right.
        """
        try:
            constant = self._manifest.constants[name]
        except KeyError:
            raise PackError(f"{self.location}: no constant {name!r}") from None
        if isinstance(constant, TensorRef):
            return self.tensors(constant.file)[constant.tensor]
        return np.asarray(constant, np.float32)

    def verify(self) -> int:
        """Check every file now.

        Returns:
            Bytes read.
        """
        for name in self._manifest.files:
            self.view(name)
        return sum(file.size for file in self._manifest.files.values())

    def close(self) -> None:
        """Drop views and handles; arrays already handed out stay valid."""
        with self._lock:
            self._views.clear()
        self._source.close()

    def __enter__(self) -> Pack:
        """Return the pack itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the pack."""
        self.close()


def _open_source(path: Path) -> PackSource:
    if path.is_dir():
        return DirectorySource(path)
    if path.is_file():
        if path.name == MANIFEST_NAME:
            return DirectorySource(path.parent)
        # On demand: zipfile brings three compressors along, 8 ms at start.
        from edge_tts.packs.zip_source import ZipSource

        return ZipSource(path)
    raise PackError(f"{path}: expected a pack directory or a {_ZIP_SUFFIX} file")


def _read_manifest(source: PackSource) -> tuple[Manifest, bytes]:
    sizes = source.sizes()
    if MANIFEST_NAME not in sizes:
        raise PackError(
            f"{source.location}: no {MANIFEST_NAME} at the top; is this a voice pack?"
        )
    where = f"{source.location}: {MANIFEST_NAME}"
    size = sizes[MANIFEST_NAME]
    if size > MAX_JSON_BYTES:
        raise PackError(f"{where}: {size} bytes, expected at most {MAX_JSON_BYTES}")
    data = bytes(source.view(MANIFEST_NAME, size))
    try:
        manifest = Manifest.parse(parse_json(data, MANIFEST_NAME))
        check_references(manifest)
    except PackError as error:
        raise PackError(f"{source.location}: {error}") from error
    for name in sizes:
        if name != MANIFEST_NAME and name not in manifest.files:
            raise PackError(
                f"{source.location}: {name} is not listed in {MANIFEST_NAME}; "
                "remove it or build the pack again"
            )
    for name, file in manifest.files.items():
        if name not in sizes:
            raise PackError(f"{source.location}: {name} is missing; fetch it again")
        if sizes[name] != file.size:
            raise PackError(
                f"{source.location}: {name} has {sizes[name]} bytes, expected "
                f"{file.size}; it is truncated or changed, fetch the pack again"
            )
    return manifest, data
