"""`edgetts speechd install`, and spd-say through what it installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sound_server import Recording, SoundServer


def edgetts(environment: dict[str, str], *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "edge_tts", "speechd", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_installs_and_uninstalls(environment: dict[str, str]) -> None:
    home = Path(environment["HOME"])
    script = home / ".local/libexec/speech-dispatcher-modules/sd_edgetts"
    settings = home / ".config/speech-dispatcher/modules/edgetts.conf"
    said = edgetts(environment, "install")
    assert f"wrote   {script}" in said and f"wrote   {settings}" in said
    assert os.access(script, os.X_OK)
    assert f"kept    {settings}" in edgetts(environment, "install")
    assert f"removed {script}" in edgetts(environment, "uninstall")
    assert not script.exists() and not settings.exists()
    assert edgetts(environment, "uninstall") == ""
    edgetts(environment, "install")
    settings.write_text('DefaultVoice "bdl"\n')
    assert "it was changed" in edgetts(environment, "uninstall")
    settings.unlink()


class Dispatcher:
    """A speech-dispatcher of its own that plays into a null sink."""

    def __init__(self, sound: SoundServer, folder: Path) -> None:
        self._socket = folder / "speechd.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.env = {
            **sound.env,
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "SPEECHD_ADDRESS": f"unix_socket:{self._socket}",
        }
        edgetts(self.env, "install")
        settings = folder / ".config/speech-dispatcher/speechd.conf"
        settings.write_text(
            'DefaultModule "edgetts"\nAudioOutputMethod "pulse"\n'
            'SymbolsPreproc "none"\nLogLevel 3\nLogDir "default"\n'
        )
        self._log = (folder / "speechd.log").open("wb")

    def __enter__(self) -> Dispatcher:
        self._process = subprocess.Popen(
            [
                *("speech-dispatcher", "-s", "-t", "0", "-c", "unix_socket"),
                *("-S", str(self._socket), "-P", f"{self._socket}.pid"),
            ],
            env=self.env,
            stdout=self._log,
            stderr=self._log,
        )
        deadline = time.monotonic() + 60
        while not self._socket.exists():
            assert self._process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def say(self, *arguments: str) -> str:
        run = subprocess.run(
            ["spd-say", *arguments], env=self.env, capture_output=True, timeout=60
        )
        assert run.returncode == 0, run.stderr
        return run.stdout.decode()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    for program in ("speech-dispatcher", "spd-say"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    try:
        with SoundServer(tmp_path_factory.mktemp("sound")) as server:
            yield server
    except (FileNotFoundError, TimeoutError) as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def dispatcher(sound: SoundServer) -> Iterator[Dispatcher]:
    with Dispatcher(sound, Path(sound.env["HOME"])) as running:
        yield running


def heard_seconds(samples: np.ndarray) -> float:
    loud = np.flatnonzero(np.abs(samples) > 100)
    return 0.0 if len(loud) == 0 else float(loud[-1] - loud[0]) / 22050


def test_spd_say_is_heard(dispatcher: Dispatcher, sound: SoundServer) -> None:
    assert "edgetts" in dispatcher.say("-O")
    assert "kathleen" in dispatcher.say("-L")
    recording = Recording(sound)
    dispatcher.say("-w", "Hello from a screen reader.")
    time.sleep(0.3)
    assert 1.0 < heard_seconds(recording.stop()) < 4.0


def test_spd_say_stops_at_once(dispatcher: Dispatcher, sound: SoundServer) -> None:
    recording = Recording(sound)
    dispatcher.say("One sentence, and then another one. " * 20)
    recording.wait_for_sound()
    time.sleep(0.5)
    dispatcher.say("-S")
    stopped_at = time.monotonic()
    time.sleep(1.5)
    recording.stop()
    assert recording.last_sound_at is not None
    assert recording.last_sound_at - stopped_at < 1.0
