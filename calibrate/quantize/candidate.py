"""One quantised stage on its way into a pack: files, options, figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from calibrate.convert.errors import ConversionError
from edge_tts.packs import Variant

FILE_NAME: Final = "candidate.json"


@dataclass(frozen=True)
class Candidate:
    """A variant of a stage; kept as a folder."""

    stage: str
    recipe: str
    backends: tuple[str, ...]
    """That run the same files."""
    precision: str
    scheme: str
    files: Mapping[str, str]
    """Role -> file name in the folder and, with the stage before it, in the pack."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """How it was made; other options make it anew."""
    quality: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Backend -> figures against float."""

    def variant(self, backend: str) -> Variant:
        """As the runtime would see it on a backend."""
        quality = {
            k: v for k, v in self.quality.get(backend, {}).items() if k != "time_ratio"
        }
        return Variant(
            backend=backend,
            precision=self.precision,
            scheme=self.scheme,
            files=self.files,
            quality=quality,
        )

    def save(self, folder: Path) -> None:
        """Write the description last: a folder without it is unfinished."""
        text = json.dumps(asdict(self), indent=1)
        partial = folder / f"{FILE_NAME}.part"
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(folder / FILE_NAME)

    @classmethod
    def load(cls, folder: Path) -> Candidate:
        """Undo ``save``.

        Raises:
            ConversionError: The folder holds no finished candidate.
        """
        try:
            data = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
            found = cls(**data)
        except (OSError, ValueError, TypeError) as error:
            raise ConversionError(
                f"{folder}: no finished candidate: {error}"
            ) from error
        return replace(found, backends=tuple(found.backends))


def load_candidates(folder: Path) -> list[tuple[Path, Candidate]]:
    """All finished candidates of a folder, by stage and recipe.

    Raises:
        ConversionError: There is none.
    """
    found = [
        (path.parent, Candidate.load(path.parent))
        for path in sorted(folder.glob(f"*/{FILE_NAME}"))
    ]
    if not found:
        raise ConversionError(
            f"{folder}: no candidates; make some with `python -m calibrate quantize`"
        )
    return found
