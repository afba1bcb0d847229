"""The listening page is blind, complete and holds nothing that runs by itself."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import pytest

for _package in ("soxr", "scipy"):
    pytest.importorskip(_package, reason="extra calibrate is not installed")

from calibrate.voice import listen_step  # noqa: E402  (the extra may be absent)
from calibrate.voice.dataset import Clip  # noqa: E402

TEXT = "Is </script> <b>bold</b> & 'quoted'?"


def test_page_names_no_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = [Clip(f"c{n}", Path(), "lj", TEXT, 1.0, f"c{n}", True) for n in range(3)]
    noise = np.random.default_rng(0).normal(0, 0.05, 22_050).astype(np.float32)
    names = ("recordings", "voice INT8", "voice float")
    # The sounds come from a folder of recordings that a test machine does not have.
    monkeypatch.setattr(listen_step, "held_out_clips", lambda *_: clips)
    monkeypatch.setattr(
        listen_step,
        "evaluated_systems",
        lambda *_: {n: lambda cs: {c.uid: noise for c in cs} for n in names},
    )
    parser = argparse.ArgumentParser()
    listen_step.add_arguments(parser)
    listen_step.run(
        parser.parse_args(["--data", str(tmp_path), "--work", str(tmp_path)])
    )
    folder = tmp_path / "listen"
    page = (folder / "index.html").read_text(encoding="utf-8")
    trials = json.loads(re.search(r"const trials = (\[.*?\]);\n", page)[1])  # type: ignore[index]
    key = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    assert len(trials) == 6
    assert {trial["text"] for trial in trials} == {TEXT}
    assert {key[t["a"]] for t in trials} | {key[t["b"]] for t in trials} == set(names)
    assert all(key[t["a"]] != key[t["b"]] for t in trials)
    assert all(
        (folder / trial[side]).stat().st_size for trial in trials for side in "ab"
    )
    for name in names[1:]:
        assert name not in page
    assert page.count("</script>") == 1
