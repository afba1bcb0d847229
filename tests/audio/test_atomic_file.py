"""Files that appear whole, and what killed writers leave."""

from __future__ import annotations

import os
from pathlib import Path

from edge_tts.audio.atomic_file import AtomicFile, remove_leftovers


def test_leftovers_of_killed_writers_are_removed_and_no_others(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    dead = tmp_path / ".a.json.0123abcd.part"
    others = [tmp_path / name for name in (".b.json.0123abcd.part", ".a.json.part")]
    for path in (dead, *others):
        path.write_bytes(b"half")
    writer = AtomicFile(target)
    os.write(writer.fd, b"whole")
    remove_leftovers([target, tmp_path / "nowhere" / "c.json"])
    assert not dead.exists()
    assert all(path.exists() for path in others)
    writer.commit()
    assert target.read_bytes() == b"whole"
    assert sorted(tmp_path.iterdir()) == sorted([target, *others])
