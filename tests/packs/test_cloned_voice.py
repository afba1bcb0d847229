"""Files of cloned voices: what is written is read, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edge_tts.errors import PackError
from edge_tts.packs import VoiceLibrary
from edge_tts.packs.cloned_voice import CONSENT, ClonedVoice, pack_fingerprint
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.tensor_writer import encode_tensors
from edge_tts.packs.voice_folder import CLONE_SUFFIX, VoiceFolder
from tests.packs.example_pack import example_manifest, write_example


def voice(name: str = "my-voice", fingerprint: str = "", rows: int = 5) -> ClonedVoice:
    random = np.random.default_rng(0)

    def floats(*shape: int) -> np.ndarray:
        return random.standard_normal(shape).astype(np.float32)

    return ClonedVoice(
        name=name,
        codes=random.integers(0, 9, (rows, 4), dtype=np.int32),
        speaker=floats(8),
        keys=(floats(rows, 6), floats(rows, 6)),
        values=(floats(rows, 6), floats(rows, 6)),
        pack="tiny",
        fingerprint=fingerprint,
        source="ab" * 32,
        created="2026-01-31T12:00:00Z",
    )


def manifest(pack_id: str = "tiny", digest: str = "") -> dict[str, object]:
    data = example_manifest()
    data["id"] = pack_id
    if digest:
        data["source"] = [{"name": "model", "sha256": digest, "licence": "CC0-1.0"}]
    return data


def test_reloads_bit_for_bit(tmp_path: Path) -> None:
    given, path = voice(), tmp_path / "deep" / f"my-voice{CLONE_SUFFIX}"
    given.save(path)
    found = ClonedVoice.load(path)
    assert found.to_bytes() == given.to_bytes() == path.read_bytes()
    assert np.array_equal(found.codes, given.codes)
    for left, right in zip(
        (found.speaker, *found.keys, *found.values),
        (given.speaker, *given.keys, *given.values),
        strict=True,
    ):
        assert left.tobytes() == right.tobytes()
    assert (found.name, found.pack, found.consent) == ("my-voice", "tiny", CONSENT)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda t, m: m.update(format="edge_tts cloned voice 2"), "clone the voice"),
        (lambda t, m: m.pop("format"), "clone the voice"),
        (lambda t, m: m.update(name="../up"), "is no name of a voice"),
        (lambda t, m: t.pop("speaker"), "other tensors"),
        (lambda t, m: t.update(key9=t["key0"]), "other tensors"),
        (lambda t, m: t.update(key0=t["key0"][:3]), "damaged"),
        (lambda t, m: t.update(key0=t["key0"].astype(np.float64)), "damaged"),
        (lambda t, m: t.update(key0=np.full_like(t["key0"], np.nan)), "damaged"),
        (lambda t, m: t.update(codes=-1 - t["codes"]), "damaged"),
        (lambda t, m: t.update(codes=t["codes"].ravel()), "damaged"),
    ],
)
def test_refuses_other_files(change: object, problem: str) -> None:
    good = voice()
    tensors = {
        "codes": good.codes,
        "speaker": good.speaker,
        "key0": good.keys[0],
        "value0": good.values[0],
        "key1": good.keys[1],
        "value1": good.values[1],
    }
    texts = {"format": "edge_tts cloned voice 1", "name": "my-voice", "pack": "tiny"}
    ClonedVoice.from_bytes(encode_tensors(tensors, texts), "good")
    assert callable(change)
    change(tensors, texts)
    with pytest.raises(PackError, match=problem):
        ClonedVoice.from_bytes(encode_tensors(tensors, texts), "bad")


@pytest.mark.parametrize("length", [0, 7, 100, 1000])
def test_refuses_a_truncated_file(length: int) -> None:
    with pytest.raises(PackError, match="bad"):
        ClonedVoice.from_bytes(voice().to_bytes()[:length], "bad")


def test_fingerprint_is_of_the_checkpoints_alone() -> None:
    def of(**changes: object) -> str:
        data = manifest(digest="ab" * 32) | changes
        return pack_fingerprint(Manifest.parse(data))

    assert of() == of(id="other", version="9.0.0")
    assert of() != of(family="other")
    source = {"name": "model", "sha256": "cd" * 32, "licence": "CC0-1.0"}
    assert of() != of(source=[source])
    plain = Manifest.parse(manifest())
    assert pack_fingerprint(plain) != pack_fingerprint(
        Manifest.parse(manifest() | {"version": "0.2.0"})
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two packs of one checkpoint and one of another, and a voice of the first."""
    for pack_id, digest in (("one", "a"), ("two", "a"), ("three", "b")):
        write_example(tmp_path / pack_id, manifest(pack_id, digest * 64))
    made_with = Manifest.parse(manifest("two", "a" * 64))
    cloned = voice(fingerprint=pack_fingerprint(made_with))
    cloned = ClonedVoice(**{**cloned.__dict__, "pack": "two"})
    cloned.save(tmp_path / f"my-voice{CLONE_SUFFIX}")
    return tmp_path


def test_library_finds_voice_and_pack(folder: Path) -> None:
    library = VoiceLibrary([VoiceFolder(folder, "user")])
    found = library.resolve("My-Voice")
    assert found.cloned is not None
    assert found.cloned.name == "my-voice"
    assert (found.name, found.path) == ("two/my-voice", folder / "two")
    assert library.resolve("one/my-voice").path == folder / "one"
    assert library.resolve("one").cloned is None
    assert [path.name for path in library.clones()] == [f"my-voice{CLONE_SUFFIX}"]
    path = folder / f"my-voice{CLONE_SUFFIX}"
    assert library.resolve(str(path)).name == "two/my-voice"
    with pytest.raises(PackError, match="no voice"):
        library.resolve(str(path), allow_path=False)


def test_any_pack_of_the_checkpoint_will_do(folder: Path) -> None:
    library = VoiceLibrary([VoiceFolder(folder, "user")])
    shutil.rmtree(folder / "two")
    assert library.resolve("my-voice").name == "one/my-voice"
    with pytest.raises(PackError, match="networks are not those of pack three"):
        library.resolve("three/my-voice")
    shutil.rmtree(folder / "one")
    with pytest.raises(PackError, match="needs pack two, or another one of the same"):
        library.resolve("my-voice")


def test_a_wrong_name_gets_a_hint(folder: Path) -> None:
    library = VoiceLibrary([VoiceFolder(folder, "user")])
    with pytest.raises(PackError, match="did you mean my-voice"):
        library.resolve("my-voise")
