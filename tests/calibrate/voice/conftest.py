"""Made-up recordings: voiced tones in a folder with a manifest, no data set needed."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.calibrate.voice.made_up_sound import tone

Row = dict[str, str]


@pytest.fixture
def make_data(tmp_path: Path) -> Callable[..., Path]:
    """Write recordings and a manifest; rows may be changed before they are written."""

    def make(
        names: list[str],
        change: Callable[[list[Row]], None] = lambda rows: None,
        seconds: float = 1.5,
    ) -> Path:
        soundfile = pytest.importorskip("soundfile")
        folder = tmp_path / "data"
        rows = []
        for number, name in enumerate(names):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, tone(seconds, 150.0 + 10 * number), 22050)
            rows.append(
                {
                    "file": name,
                    "speaker": name.split("/")[0],
                    "sample_rate": "22050",
                    "seconds": f"{seconds}",
                    "licence": "none",
                    "text": f"Sentence number {name}.",
                }
            )
        change(rows)
        with (folder / "manifest.tsv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), delimiter="\t")
            writer.writeheader()
            writer.writerows(rows)
        return folder

    return make
