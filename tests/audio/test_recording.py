"""Recordings that a voice is cloned from: what is read, cut, warned of and refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from edge_tts.audio.recording import Recording, read_recording
from edge_tts.audio.reference_cut import cut_reference, trim_silence
from edge_tts.errors import RecordingError

RATE = 24000


def speech(seconds: float, rate: int = RATE, level: float = 0.3) -> NDArray[np.float32]:
    """Syllables: a tone that comes and goes, with pauses."""
    time = np.arange(int(seconds * rate)) / rate
    loud = np.clip(np.sin(2 * np.pi * 3 * time), 0, 1)
    return (level * loud * np.sin(2 * np.pi * 180 * time)).astype(np.float32)


def saved(
    folder: Path, samples: NDArray[np.float32], rate: int = RATE, subtype: str = "FLOAT"
) -> Path:
    path = folder / "voice.wav"
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        read_recording(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_reads_what_is_there(tmp_path: Path) -> None:
    sound = speech(2)
    recording = read_recording(saved(tmp_path, sound))
    assert np.array_equal(recording.samples, sound)
    assert recording[1:] == (RATE, ())
    assert recording.seconds == 2


def test_mixes_channels_and_says_so(tmp_path: Path) -> None:
    sound = speech(2)
    both = np.stack([sound, 0.5 * sound], axis=1)
    recording = read_recording(saved(tmp_path, both))
    assert np.allclose(recording.samples, 0.75 * sound, atol=1e-7)
    assert recording.warnings == ("2 channels were mixed to one",)
    opposite = np.stack([sound, -0.99 * sound], axis=1)
    assert "cancel each other out" in refusal(saved(tmp_path, opposite))


def test_refuses_what_holds_no_voice(tmp_path: Path) -> None:
    assert "is silent" in refusal(saved(tmp_path, np.zeros(RATE, np.float32)))
    assert "holds no sound" in refusal(saved(tmp_path, np.zeros(0, np.float32)))
    broken = speech(2)
    broken[700] = np.nan
    assert "not numbers (NaN or infinite)" in refusal(saved(tmp_path, broken))
    telephone = saved(tmp_path, speech(3, 8000), 8000, "PCM_16")
    assert "8000 samples per second, expected 16000" in refusal(telephone)
    long = saved(tmp_path, np.zeros(600 * 16000, np.float32), 16000, "PCM_16")
    assert "600 s long, expected at most 300" in refusal(long)


def test_refuses_what_is_no_sound_file(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("Call me Ishmael.\n" * 100)
    assert "is no sound file that can be read" in refusal(text)
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")
    assert "is no sound file that can be read" in refusal(empty)
    assert "is a folder" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "nowhere.wav")


def test_warns_of_what_makes_a_voice_worse(tmp_path: Path) -> None:
    def warnings(sound: NDArray[np.float32]) -> str:
        return "; ".join(read_recording(saved(tmp_path, sound)).warnings)

    assert "samples are clipped" in warnings(np.clip(speech(2, level=3), -1, 1))
    noise = np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)
    assert "noise, music or echo" in warnings(speech(2) + 0.05 * noise)
    assert "very soft" in warnings(speech(2, level=0.004))
    assert warnings(speech(2)) == ""


def test_trims_silence_at_both_ends() -> None:
    quiet = np.zeros(RATE, np.float32)
    sound = np.concatenate([quiet, speech(2), quiet])
    kept = trim_silence(sound, RATE)
    assert abs(len(kept) - 2 * RATE) < 0.25 * RATE
    assert np.abs(kept).max() == np.abs(sound).max()
    blip = np.concatenate([quiet, speech(0.15), quiet])
    assert np.array_equal(trim_silence(blip, RATE), blip)
    assert len(trim_silence(sound[:100], RATE)) == 100


def cut(recording: Recording, most_samples: int, centre: bool) -> NDArray[np.float32]:
    return cut_reference(
        recording,
        RATE,
        most_samples=most_samples,
        least_seconds=1,
        trim=False,
        centre=centre,
    )


def test_cuts_the_middle_or_the_beginning() -> None:
    sound = speech(3)
    recording = Recording(sound, RATE, ())
    assert np.array_equal(cut(recording, 1000, False), sound[:1000])
    first = (len(sound) - 1000) // 2
    assert np.array_equal(cut(recording, 1000, True), sound[first : first + 1000])
    assert np.array_equal(cut(recording, 10**6, True), sound)
    with pytest.raises(RecordingError, match=r"0\.2 s of sound, expected at least 1 s"):
        cut(Recording(sound[: RATE // 5], RATE, ()), 1000, True)


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000])
def test_converts_the_rate(rate: int) -> None:
    converted = cut(Recording(speech(2, rate), rate, ()), 10**6, True)
    expected = speech(2)
    assert len(converted) == len(expected)
    middle = slice(RATE // 2, RATE)
    error = np.abs(converted[middle] - expected[middle]).max()
    assert error < 0.01


def test_refuses_a_rate_without_common_measure() -> None:
    with pytest.raises(RecordingError, match="23999 samples per second cannot"):
        cut(Recording(speech(2, 23999), 23999, ()), 1000, True)
