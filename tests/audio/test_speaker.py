"""Playback through the real PortAudio into ALSA's file device; needs no sound card.

PortAudio reads its devices once per process, hence the subprocesses. The file device
has no clock: it takes samples as fast as they come.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_tts.audio.portaudio import OutputDevice, load_portaudio
from edge_tts.audio.speaker_stream import stream_settings
from edge_tts.errors import SinkError
from tests.audio.heard import NUM_FADE, is_heard_whole, num_extra

try:
    load_portaudio()
except SinkError as error:
    pytest.skip(str(error), allow_module_level=True)

PREAMBLE = """
import json, sys, time
import numpy as np
from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.audio.portaudio import find_output_device, output_devices
from edge_tts.audio.speaker import SpeakerSink
from edge_tts.errors import SinkError
FORMAT = AudioFormat(22050)
ramp = (np.arange(44100) % 20000 + 1).astype(np.float32) / 32768
def chunks(size=2048):
    for start in range(0, len(ramp), size):
        yield AudioChunk(ramp[start:start + size], FORMAT, start)
"""

ALSA = """
pcm.silent {{ type null }}
pcm.spare {{ type null }}
pcm.default {{ type file slave.pcm "silent" file "{file}" format "raw" }}
ctl.default {{ type hw card 0 }}
"""

ABSENT_CARD = "pcm.default {{ type hw card 99 }}\nctl.default {{ type hw card 99 }}\n"


def run(folder: Path, program: str, devices: str = ALSA) -> Any:
    config = folder / "alsa.conf"
    config.write_text(devices.format(file=folder / "heard.raw"))
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + program],
        env={**os.environ, "ALSA_CONFIG_PATH": str(config), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.fixture(scope="module", autouse=True)
def _file_device(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("probe")
    program = "print(json.dumps([d.name for d in output_devices()]))"
    if "default" not in run(folder, program):
        pytest.skip("this PortAudio has no ALSA with a file device")


def heard(folder: Path) -> np.ndarray:
    return np.fromfile(folder / "heard.raw", "<i2")


RAMP = (np.arange(44_100) % 20_000 + 1).astype(np.int16)


def test_every_sample_arrives_once(tmp_path: Path) -> None:
    program = """
sink = SpeakerSink(prebuffer_seconds=2.5)
sink.open(FORMAT)
for chunk in chunks():
    sink.write(chunk)
sink.drain()
sink.close()
print(json.dumps(sink.underruns))
"""
    assert run(tmp_path, program) == 0
    assert is_heard_whole(heard(tmp_path), RAMP)


def test_more_than_the_ring_holds_arrives_in_order(tmp_path: Path) -> None:
    program = """
sink = SpeakerSink(prebuffer_seconds=2.5)
sink.open(FORMAT)
for repeat in range(5):
    for chunk in chunks(30000):
        sink.write(chunk)
sink.drain()
print(json.dumps(sink.underruns))
"""
    # Without a clock the device outruns any producer: underruns put silence between
    # samples, with a ramp on each side; none may be lost or doubled.
    underruns = run(tmp_path, program)
    samples = heard(tmp_path)
    extra = num_extra(samples[samples != 0], np.tile(RAMP, 5))
    assert extra is not None and extra <= 2 * NUM_FADE * (underruns + 1)


def test_flush_plays_less_than_the_reserve(tmp_path: Path) -> None:
    program = """
sink = SpeakerSink("silent", prebuffer_seconds=5.0)
sink.open(FORMAT)
sink.write(next(chunks()))
before = sink.buffered_seconds
sink.flush()
deadline = time.monotonic() + 5
while sink.buffered_seconds and time.monotonic() < deadline:
    time.sleep(0.01)
print(json.dumps([before, sink.buffered_seconds, sink.underruns]))
sink.close()
"""
    before, after, underruns = run(tmp_path, program)
    assert before == pytest.approx((2048 + 1323) / 22_050)
    assert (after, underruns) == (0.0, 0)


def test_late_samples_are_counted(tmp_path: Path) -> None:
    program = """
sink = SpeakerSink("silent", prebuffer_seconds=0.05)
sink.open(FORMAT)
for number, chunk in enumerate(chunks()):
    if number == 3:
        break
    sink.write(chunk)
    time.sleep(0.1)
sink.drain()
print(json.dumps(sink.underruns))
"""
    assert run(tmp_path, program) >= 1


def test_abort_returns_at_once_and_plays_nothing_more(tmp_path: Path) -> None:
    program = """
sink = SpeakerSink(prebuffer_seconds=5.0)
sink.open(FORMAT)
for chunk in chunks():
    sink.write(chunk)
started = time.perf_counter()
sink.abort()
sink.close()
print(json.dumps(time.perf_counter() - started))
"""
    assert run(tmp_path, program) < 0.5
    assert not heard(tmp_path).any()


def test_nothing_waits_for_a_device_that_is_gone(tmp_path: Path) -> None:
    program = """
sink = SpeakerSink("silent", prebuffer_seconds=0.05)
sink.open(FORMAT)
for chunk in chunks():
    sink.write(chunk)
# As the recovery does, and before it looks for another device.
sink._recovery.stop()
sink.lose(sink._stream)
before = sink.buffered_seconds
started = time.perf_counter()
sink.pause()
sink.resume()
after = sink.buffered_seconds
sink.abort()
print(json.dumps([time.perf_counter() - started, before, after]))
"""
    seconds, before, after = run(tmp_path, program)
    assert seconds < 1.0
    assert before == after


def test_device_is_found_by_number_and_part_of_its_name(tmp_path: Path) -> None:
    program = """
def outcome(wanted):
    try:
        return find_output_device(wanted).name
    except SinkError as error:
        return str(error)
names = [None, "SPA", "0", "s", "nowhere", "99"]
print(json.dumps([outcome(n) for n in names]))
"""
    default, part, number, several, unknown, absent = run(tmp_path, program)
    assert (default, part, number) == ("default", "spare", "silent")
    assert "fits several devices" in several and "0: silent" in several
    assert "is not an output device: choose one of 0: silent" in unknown
    assert "is not an output device" in absent


def test_machine_without_devices_is_told(tmp_path: Path) -> None:
    program = """
try:
    SpeakerSink().open(FORMAT)
except SinkError as error:
    print(json.dumps(str(error)))
"""
    message = run(tmp_path, program, devices=ABSENT_CARD)
    assert message == "no audio output device found: write a file with -o FILE"


def test_what_plain_cards_refuse_is_tried_last() -> None:
    card = OutputDevice(0, "card", "ALSA", 2, 44_100, True)
    assert stream_settings(card, 22_050) == (
        *((22_050, 1), (22_050, 2), (44_100, 1), (44_100, 2)),
        *((48_000, 1), (48_000, 2)),
    )
    mono = OutputDevice(0, "card", "ALSA", 1, 48_000, True)
    assert stream_settings(mono, 48_000) == ((48_000, 1),)
