"""The packs in the package are sound, small and free to use."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts.packs import Pack
from edge_tts.packs.voice_folder import EMBEDDED_FOLDER, VoiceFolder

PACKS = list(VoiceFolder(EMBEDDED_FOLDER, "embedded").pack_paths())
MAX_BYTES = 12_000_000


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.name)
def test_embedded_pack(path: Path) -> None:
    with Pack.open(path) as pack:
        total = pack.verify() + len(pack.manifest_bytes)
        assert path.name == pack.manifest.id
        assert pack.manifest.licence.commercial == "yes"
    assert total <= MAX_BYTES
