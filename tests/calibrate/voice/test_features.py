"""Recordings, mel, pitch and feature files, on signals whose answer is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile")
pytest.importorskip("soxr")
pytest.importorskip("scipy")

from calibrate.voice.dataset import read_manifest  # noqa: E402
from calibrate.voice.errors import DatasetError  # noqa: E402
from calibrate.voice.mel import filterbank, log_mel, mel_frequencies  # noqa: E402
from calibrate.voice.pitch import fill_f0, integrated_phase, phase_deviation  # noqa: E402
from calibrate.voice.recordings import level_and_trim, load_recording  # noqa: E402
from tests.calibrate.voice.made_up_sound import tone  # noqa: E402

MakeData = Callable[..., Path]


def test_level_and_edges() -> None:
    samples, offset = level_and_trim(tone(2.0))
    active = samples[int(0.3 * 22050) : -int(0.3 * 22050)]
    assert 20 * np.log10(np.sqrt(np.mean(active**2))) == pytest.approx(-23, abs=0.5)
    assert len(samples) % 256 == 0
    assert offset == pytest.approx(0.3 - 0.12, abs=0.03)
    assert len(samples) / 22050 == pytest.approx(1.4 + 0.24, abs=0.06)


def test_level_does_not_depend_on_the_recording_level() -> None:
    loud, _ = level_and_trim(tone(1.5))
    quiet, _ = level_and_trim(tone(1.5) * np.float32(0.01))
    assert np.allclose(loud, quiet, atol=1e-5)


def test_silence_is_an_error() -> None:
    with pytest.raises(ValueError, match="silent"):
        level_and_trim(np.zeros(22050, np.float32))


def test_truncated_recording_is_named(make_data: MakeData) -> None:
    def promise_more(rows: list[dict[str, str]]) -> None:
        rows[0]["seconds"] = "9.0"

    clip = read_manifest(make_data(["slt/arctic_a0001.wav"], promise_more))[0]
    with pytest.raises(DatasetError, match=r"truncated: expected 9.00 s, got 1.50 s"):
        load_recording(clip)


def test_undecodable_recording_is_named(make_data: MakeData) -> None:
    data = make_data(["slt/arctic_a0001.wav"])
    (data / "slt/arctic_a0001.wav").write_bytes(b"RIFF but no more")
    with pytest.raises(DatasetError, match=r"cannot decode .*arctic_a0001"):
        load_recording(read_manifest(data)[0])


def test_other_rates_are_resampled(make_data: MakeData) -> None:
    data = make_data(["slt/arctic_a0001.wav"])
    soundfile.write(data / "slt/arctic_a0001.wav", tone(1.5, rate=16000), 16000)
    samples, _ = load_recording(read_manifest(data)[0])
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    assert spectrum.argmax() * 22050 / len(samples) == pytest.approx(180, abs=2)


def test_filters_have_unit_area_and_ordered_peaks() -> None:
    filters = filterbank()
    assert filters.shape == (80, 513)
    peaks = filters.argmax(1) * 22050 / 1024
    assert np.all(np.diff(peaks) >= 0)
    area = filters[40:].sum(1) * 22050 / 1024
    assert np.allclose(area, 1, atol=0.06)


def test_mel_scale_is_linear_below_1_khz() -> None:
    steps = np.diff(mel_frequencies(82))
    below = mel_frequencies(82)[1:] < 1000
    assert np.allclose(steps[below], steps[0])
    assert np.all(np.diff(steps[~below][1:]) > 0)


def test_mel_of_silence_is_the_floor_and_gain_adds() -> None:
    silence = log_mel(np.zeros(2560, np.float32))
    assert silence.shape == (10, 80)
    # The 1e-9 under the root lifts the widest filters a little above the clip.
    assert silence.max() < -9.5
    quiet = tone(1.0)[8000:12096]
    difference = log_mel(quiet * np.float32(np.e)) - log_mel(quiet)
    assert np.median(difference) == pytest.approx(1, abs=1e-3)


def test_mel_frames_are_centred() -> None:
    click = np.zeros(256 * 20, np.float32)
    click[256 * 7 + 128] = 1
    energy = np.exp(log_mel(click)).sum(1)
    assert energy.argmax() == 7
    assert energy[6] == pytest.approx(energy[8], rel=0.02)


def test_filled_f0_is_continuous() -> None:
    f0 = np.array([0, 100, 0, 400, 0], np.float32)
    assert np.allclose(fill_f0(f0), [100, 100, 200, 400, 400])
    assert np.allclose(fill_f0(np.zeros(3, np.float32)), 181)


def test_phase_deviation_finds_the_phase_of_the_fundamental() -> None:
    f0 = np.full(40, 200.0, np.float32)
    carrier = integrated_phase(f0)
    samples = (0.1 * np.cos(carrier + 1.0)).astype(np.float32)
    deviation = phase_deviation(samples, f0)
    assert np.allclose(deviation[20:-20], 1.0, atol=0.02)


def test_extraction_skips_what_is_damaged_and_goes_on(
    make_data: MakeData, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("pyworld")
    from calibrate.voice.features import available, extract_all, load_features

    caplog.set_level("INFO")
    data = make_data([f"slt/arctic_a000{i}.wav" for i in range(1, 4)])
    (data / "slt/arctic_a0002.wav").write_bytes(b"")
    assert extract_all(data, tmp_path, processes=1) == 1
    assert "arctic_a0002" in caplog.text and "1 skipped" in caplog.text
    clips = available(tmp_path, read_manifest(data))
    assert [clip.uid for clip in clips] == ["slt_arctic_a0001", "slt_arctic_a0003"]
    features = load_features(tmp_path, clips[1].uid)
    frames = len(features.mel)
    assert features.samples.shape == (frames * 256,)
    assert features.phase.shape == (frames * 4,)
    voiced = features.f0[features.f0 > 0]
    assert np.median(voiced) == pytest.approx(170, abs=1)
    with pytest.raises(DatasetError, match="no features at"):
        load_features(tmp_path, "slt_arctic_a0002")
