"""A voice that was cloned from a recording: its values, and its file.

The file is safetensors, so that reading one can run no code. It holds what the networks
of one checkpoint made of the recording; with any other checkpoint it is noise, hence
the fingerprint.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import PackError
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.speaker import ID_PATTERN
from edge_tts.packs.tensor_file import TensorFile
from edge_tts.packs.tensor_writer import encode_tensors

FORMAT: Final = "edge_tts cloned voice 1"
CONSENT: Final = (
    "This file imitates the voice of a person. Use it only with that person's consent."
)
_MAX_BYTES: Final = 64 << 20
_MAX_ROWS: Final = 1 << 14
_MAX_ATTENTIONS: Final = 64
_TEXTS: Final = ("name", "pack", "fingerprint", "source", "created", "consent")


@dataclass(frozen=True, eq=False)
class ClonedVoice:
    """What the stages of a family need of a reference recording."""

    name: str
    """As a speaker's id."""
    codes: NDArray[np.int32]
    """(R, codebooks): the recording as codes."""
    speaker: NDArray[np.float32]
    """(C,): the speaker's vector, of length 1."""
    keys: tuple[NDArray[np.float32], ...]
    """Per attention to the reference, (R, C)."""
    values: tuple[NDArray[np.float32], ...]
    """Likewise."""
    pack: str = ""
    """Id of the pack it was made with."""
    fingerprint: str = ""
    """Of the checkpoints it belongs to, see :func:`pack_fingerprint`."""
    source: str = ""
    """SHA-256 of the recording."""
    created: str = ""
    """UTC, as 2026-01-31T12:00:00Z."""
    consent: str = CONSENT
    """What users must know."""

    def to_bytes(self) -> bytes:
        """The file; the same voice gives the same bytes."""
        tensors: dict[str, NDArray[Any]] = {
            "codes": np.asarray(self.codes, np.int32),
            "speaker": np.asarray(self.speaker, np.float32),
        }
        for index, (keys, values) in enumerate(
            zip(self.keys, self.values, strict=True)
        ):
            tensors[f"key{index}"] = np.asarray(keys, np.float32)
            tensors[f"value{index}"] = np.asarray(values, np.float32)
        texts = {name: getattr(self, name) for name in _TEXTS}
        return encode_tensors(tensors, {"format": FORMAT, **texts})

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> ClonedVoice:
        """Read a file.

        Raises:
            PackError: It is no cloned voice, damaged, or of another version.
        """
        file = TensorFile(memoryview(data), where)
        found = file.metadata.get("format", "")
        if found != FORMAT:
            raise PackError(
                f"{where}: expected {FORMAT!r}, got {found[:60]!r}; clone the voice "
                "again with this version"
            )
        texts = {name: file.metadata.get(name, "") for name in _TEXTS}
        count = (len(file) - 2) // 2
        expected = {"codes", "speaker"}
        for index in range(min(count, _MAX_ATTENTIONS)):
            expected |= {f"key{index}", f"value{index}"}
        if set(file) != expected:
            raise PackError(f"{where}: other tensors than a cloned voice has")
        pairs = [(file[f"key{i}"], file[f"value{i}"]) for i in range(count)]
        codes, speaker = file["codes"], file["speaker"]
        _check(codes, speaker, [array for pair in pairs for array in pair], where)
        if not re.match(ID_PATTERN, texts["name"]):
            raise PackError(f"{where}: {texts['name'][:60]!r} is no name of a voice")
        return cls(
            codes=codes,
            speaker=speaker,
            keys=tuple(key for key, _ in pairs),
            values=tuple(value for _, value in pairs),
            **texts,
        )

    @classmethod
    def load(cls, path: Path) -> ClonedVoice:
        """Read a file of a folder.

        Raises:
            PackError: It cannot be read or is no cloned voice.
        """
        try:
            if path.stat().st_size > _MAX_BYTES:
                raise PackError(f"{path}: too large for a cloned voice")
            return cls.from_bytes(path.read_bytes(), str(path))
        except OSError as error:
            raise PackError(f"{path}: cannot be read: {error.strerror}") from error

    def save(self, path: Path) -> None:
        """Write the file, wholly or not at all.

        Raises:
            PackError: It cannot be written.
        """
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with part.open("wb") as file:
                    file.write(self.to_bytes())
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise PackError(f"{path}: cannot be written: {error.strerror}") from error


def pack_fingerprint(manifest: Manifest) -> str:
    """Digest of the checkpoints a pack was made from.

    Packs of the same checkpoints in other precisions share it, and with it their cloned
    voices.
    """
    digests = sorted(source.sha256 for source in manifest.sources if source.sha256)
    known = digests or [manifest.id, manifest.version]
    return hashlib.sha256("\n".join([manifest.family, *known]).encode()).hexdigest()


def check_fits(voice: ClonedVoice, manifest: Manifest) -> None:
    """Refuse a voice of other checkpoints.

    Raises:
        PackError: Names both packs.
    """
    if voice.fingerprint != pack_fingerprint(manifest):
        raise PackError(
            f"voice {voice.name} was cloned with pack {voice.pack}, whose networks are "
            f"not those of pack {manifest.id}; clone it again"
        )


def _check(
    codes: NDArray[Any],
    speaker: NDArray[Any],
    arrays: list[NDArray[Any]],
    where: str,
) -> None:
    rows = len(codes) if codes.ndim == 2 else 0
    fits = 1 <= rows <= _MAX_ROWS and codes.dtype == np.int32 and codes.min() >= 0
    fits = fits and speaker.ndim == 1 and speaker.dtype == np.float32
    for array in arrays:
        fits = fits and array.ndim == 2 and len(array) == rows
        fits = fits and array.dtype == np.float32 and array.shape == arrays[0].shape
    if not fits or not all(np.isfinite(array).all() for array in (speaker, *arrays)):
        raise PackError(f"{where}: damaged; clone the voice again")
