"""A folder of calibration inputs: one file per sentence."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class StoredDataset:
    """Inputs of all stages, and the sentences they come from."""

    folder: Path
    pack_id: str
    pack_digest: str

    @classmethod
    def create(
        cls, folder: Path, pack_id: str, pack_digest: str, warning: str = ""
    ) -> StoredDataset:
        """Make a folder, or go on with one of the same pack.

        Raises:
            ConversionError: The folder belongs to another pack.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "dataset.json"
        if path.exists():
            found = cls.open(folder)
            if found.pack_digest != pack_digest:
                raise ConversionError(
                    f"{folder}: holds inputs of another pack ({found.pack_id}); give "
                    "another folder or remove it"
                )
            return found
        facts = {"pack": pack_id, "digest": pack_digest, "warning": warning}
        path.write_text(json.dumps(facts) + "\n", encoding="utf-8")
        return cls(folder, pack_id, pack_digest)

    @classmethod
    def open(cls, folder: Path) -> StoredDataset:
        """Read what ``create`` wrote.

        Raises:
            ConversionError: There is no data set.
        """
        try:
            facts = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
            return cls(folder, facts["pack"], facts["digest"])
        except (OSError, ValueError, KeyError) as error:
            raise ConversionError(
                f"{folder}: no data set; make one with `python -m calibrate dataset`"
            ) from error

    @property
    def num_sentences(self) -> int:
        """Sentences that are complete."""
        return len(self._files())

    def has(self, index: int, sentence: tuple[str, str]) -> bool:
        """Whether a sentence is there."""
        path = self._file(index)
        return path.exists() and self._sentence(path) == sentence

    def add(
        self,
        index: int,
        sentence: tuple[str, str],
        stages: Mapping[str, Sequence[Mapping[str, NDArray[Any]]]],
    ) -> None:
        """Store the inputs of a sentence, whole or not at all."""
        arrays = {
            f"{stage}/{run}/{name}": array
            for stage, runs in stages.items()
            for run, inputs in enumerate(runs)
            for name, array in inputs.items()
        }
        partial = self._file(index).with_suffix(".part.npz")
        np.savez(partial, sentence=np.array(sentence), **arrays)  # type: ignore[arg-type]
        partial.replace(self._file(index))

    def sentences(self) -> list[tuple[str, str]]:
        """Speakers and texts."""
        return [self._sentence(path) for path in self._files()]

    def inputs(self, stage: str) -> list[Arrays]:
        """Inputs of a stage's runs, over all sentences.

        Raises:
            ConversionError: There are none.
        """
        runs: list[Arrays] = []
        for path in self._files():
            with np.load(path) as stored:
                found: dict[int, Arrays] = {}
                for key in stored.files:
                    name, _, rest = key.partition("/")
                    if name == stage and rest:
                        run, _, value = rest.partition("/")
                        found.setdefault(int(run), {})[value] = stored[key]
                runs += [found[run] for run in sorted(found)]
        if not runs:
            raise ConversionError(f"{self.folder}: no inputs of stage {stage}")
        return runs

    def rows(self) -> dict[str, int]:
        """Stage -> rows over all its runs."""
        counts: dict[str, int] = {}
        for path in self._files():
            with np.load(path) as stored:
                longest: dict[tuple[str, str], int] = {}
                for key in stored.files:
                    stage, _, rest = key.partition("/")
                    if rest:
                        run = (stage, rest.partition("/")[0])
                        longest[run] = max(longest.get(run, 0), len(stored[key]))
                for (stage, _), rows in longest.items():
                    counts[stage] = counts.get(stage, 0) + rows
        return counts

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("sentence_[0-9][0-9][0-9][0-9].npz"))

    def _file(self, index: int) -> Path:
        return self.folder / f"sentence_{index:04}.npz"

    def _sentence(self, path: Path) -> tuple[str, str]:
        try:
            with np.load(path) as stored:
                speaker, text = stored["sentence"].tolist()
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ConversionError(f"{path}: damaged; remove it") from error
        return str(speaker), str(text)
