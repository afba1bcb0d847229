"""Recordings become voices: deterministic, complete, and clear about what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_tts.cli import main
from edge_tts.cpu import native_library
from edge_tts.errors import PackError, RecordingError
from edge_tts.options import RuntimeOptions
from edge_tts.packs.cloned_voice import ClonedVoice
from edge_tts.packs.voice_folder import CLONE_SUFFIX
from edge_tts.voice_cloner import VoiceCloner
from tests.audio.test_recording import RATE, speech
from tests.calibrate.convert.small_cloning_pack import write_cloning_pack
from tests.packs.example_pack import write_example

LIBRARY = native_library()
pytestmark = pytest.mark.skipif(LIBRARY.handle is None, reason=LIBRARY.reason or "-")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cloning_pack(tmp_path_factory.mktemp("packs") / "cloner")


@pytest.fixture
def home(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with that pack, and a recording in the folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("EDGE_TTS_VOICES", str(pack.parent))
    soundfile.write(tmp_path / "ref.wav", speech(2, 48000), 48000)
    return tmp_path


def saved(home: Path, name: str) -> Path:
    return home / "edge_tts" / "voices" / f"{name}{CLONE_SUFFIX}"


def test_the_same_recording_gives_the_same_voice(home: Path, pack: Path) -> None:
    with VoiceCloner(str(pack)) as cloner:
        first = cloner.clone(home / "ref.wav", "me", 1.0)
        second = cloner.clone(home / "ref.wav", "me", 1.0)
    assert first.seconds == 1.0
    voice = first.voice
    assert voice.codes.shape == (2000, 4)
    assert len(np.unique(voice.codes[:, 0])) > 3
    assert voice.keys[0].shape == voice.values[2].shape == (2000, 16)
    assert voice.pack == "cloner"
    made = (first.voice, second.voice)
    created = "2026-01-31T12:00:00Z"
    plain = [ClonedVoice(**{**one.__dict__, "created": created}) for one in made]
    assert plain[0].to_bytes() == plain[1].to_bytes()


def test_graphs_give_the_same_voice(home: Path, pack: Path, tmp_path: Path) -> None:
    other = write_cloning_pack(tmp_path / "graphs", backend="ort")
    voices = []
    for path, backend in ((pack, "native"), (other, "ort")):
        runtime = RuntimeOptions(backend=backend)
        with VoiceCloner(str(path), runtime=runtime) as cloner:
            voices.append(cloner.clone(home / "ref.wav", "me", 1.0).voice)
    native, graph = voices
    assert (native.codes == graph.codes).mean() > 0.999
    assert native.fingerprint == graph.fingerprint
    assert np.allclose(native.speaker, graph.speaker, atol=1e-2)


def test_a_shorter_cut_is_the_middle(home: Path, pack: Path) -> None:
    with VoiceCloner(str(pack)) as cloner:
        assert cloner.clone(home / "ref.wav", "me", 1.5).seconds == 1.5
        whole = cloner.clone(home / "ref.wav", "me", 4.0)
        assert 1.5 < whole.seconds <= 2.0
        with pytest.raises(PackError, match="9 seconds of reference, expected 1 to 4"):
            cloner.clone(home / "ref.wav", "me", 9.0)
        with pytest.raises(PackError, match="no name of a voice"):
            cloner.clone(home / "ref.wav", "../me")
        short = home / "short.wav"
        soundfile.write(short, speech(0.2), RATE)
        with pytest.raises(RecordingError, match=r"short.wav: 0\.2 s of sound"):
            cloner.clone(short, "me")


def test_packs_that_cannot_clone(tmp_path: Path, monkeypatch: object) -> None:
    other = write_example(tmp_path / "other")
    with pytest.raises(PackError, match="tiny cannot clone voices"):
        VoiceCloner(str(other))


def test_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = str(home / "ref.wav")
    assert main(["clone", recording, "--name", "Me", "--seconds", "1"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("cloned me from 1.0 s: ")
    assert "only with that person's consent" in shown.out
    assert shown.err == ""
    voice = ClonedVoice.load(saved(home, "me"))
    assert voice.name == "me"
    assert "consent" in voice.consent

    assert main(["clone", recording, "--name", "me"]) == 1
    assert "voice me exists already" in capsys.readouterr().err
    again = ["clone", recording, "--name", "me", "--seconds", "1", "--replace", "-q"]
    assert main(again) == 0
    assert capsys.readouterr().out.count("\n") == 1
    assert main(["clone", recording, "--name", "ann"]) == 1
    assert "ann is a voice of pack cloner" in capsys.readouterr().err

    assert main(["voices", "list"]) == 0
    assert f"cloned me: {saved(home, 'me')}" in capsys.readouterr().out
    assert main(["voices", "remove", "me"]) == 0
    assert not saved(home, "me").exists()


def test_command_with_bad_recordings(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each, and no voice is left behind."""
    stereo = np.stack([speech(2), -speech(2)], axis=1)
    bad = {
        "silent": (np.zeros(2 * RATE, np.float32), RATE, "is silent"),
        "short": (speech(0.2), RATE, "0.2 s of sound"),
        "telephone": (speech(3, 8000), 8000, "8000 samples per second"),
        "nan": (np.full(RATE, np.nan, np.float32), RATE, "not numbers"),
        "cancelled": (stereo, RATE, "cancel each other out"),
        "long": (np.zeros(600 * 16000, np.float32), 16000, "600 s long"),
    }
    for name, (samples, rate, problem) in bad.items():
        path = home / f"{name}.wav"
        subtype = "FLOAT" if name == "nan" else "PCM_16"
        soundfile.write(path, samples, rate, subtype=subtype)
        assert main(["clone", str(path), "--name", "bad"]) == 1, name
        shown = capsys.readouterr().err
        assert shown.count("\n") == 1, name
        assert problem in shown, name
        assert str(path) in shown, name
    (home / "text.wav").write_text("Once upon a time.\n" * 50)
    assert main(["clone", str(home / "text.wav"), "--name", "bad"]) == 1
    assert "is no sound file that can be read" in capsys.readouterr().err
    assert not saved(home, "bad").exists()


def test_warnings_name_the_recording(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = np.stack([speech(2), speech(2)], axis=1)
    soundfile.write(home / "stereo.wav", both, RATE)
    recording = str(home / "stereo.wav")
    assert main(["clone", recording, "--name", "me", "--seconds", "1"]) == 0
    assert f"{recording}: 2 channels were mixed to one" in capsys.readouterr().err
