"""A private PulseAudio or PipeWire with a null sink, and what it plays and when.

The sink has a real clock and no loudspeaker; its monitor gives back every sample.
Needs Debian's pulseaudio, pulseaudio-utils and libasound2-plugins.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import ClassVar

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 22_050

_SERVER = f"""
load-module module-null-sink sink_name=null rate={SAMPLE_RATE} channels=1 format=s16le
load-module module-native-protocol-unix
"""
_DEVICES = "pcm.default { type pulse }\nctl.default { type pulse }\n"
_PIPEWIRE = """
context.properties = { core.daemon = true core.name = pipewire-0 }
context.spa-libs = {
    audio.convert.* = audioconvert/libspa-audioconvert
    support.* = support/libspa-support
}
context.modules = [
    { name = libpipewire-module-protocol-native }
    { name = libpipewire-module-metadata }
    { name = libpipewire-module-client-node }
    { name = libpipewire-module-client-device }
    { name = libpipewire-module-adapter }
    { name = libpipewire-module-link-factory }
    { name = libpipewire-module-spa-node-factory }
    { name = libpipewire-module-session-manager flags = [ ifexists nofail ] }
    { name = libpipewire-module-access }
]
context.objects = [
    { factory = spa-node-factory
      args = { factory.name = support.node.driver node.name = Dummy-Driver
               node.group = pipewire.dummy priority.driver = 20000 } }
    { factory = adapter
      args = { factory.name = support.null-audio-sink node.name = "null"
               media.class = Audio/Sink object.linger = true
               audio.position = [ FL FR ] monitor.channel-volumes = true } }
]
"""
_LIST_DEVICES = "import sounddevice as s; print([d['name'] for d in s.query_devices()])"


class SoundServer:
    """A PulseAudio of its own below ``folder``; ends with the ``with`` block.

    Raises:
        FileNotFoundError: A program is not installed.
        TimeoutError: PortAudio does not see the server.
    """

    programs: ClassVar[tuple[str, ...]] = ("pulseaudio",)
    config_name: ClassVar[str] = "server.pa"
    config: ClassVar[str] = _SERVER

    def __init__(self, folder: Path) -> None:
        for name in (*self.programs, "parec"):
            if shutil.which(name) is None:
                raise FileNotFoundError(f"not installed: {name}")
        self._folder = folder
        (folder / self.config_name).write_text(self.config)
        (folder / "alsa.conf").write_text(_DEVICES)
        (folder / "run").mkdir(mode=0o700)
        self.env = {
            **{key: value for key, value in os.environ.items() if "PULSE" not in key},
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "ALSA_CONFIG_PATH": str(folder / "alsa.conf"),
        }
        """Environment of programs that play through it."""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> SoundServer:
        self.start()
        for _ in range(40):
            found = subprocess.run(
                [sys.executable, "-c", _LIST_DEVICES],
                env=self.env,
                capture_output=True,
                check=False,
            )
            if b"default" in found.stdout:
                return self
            time.sleep(0.25)
        self.kill()
        raise TimeoutError("PortAudio does not see PulseAudio (libasound2-plugins?)")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """Of the server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, also after ``kill``."""
        shutil.rmtree(self._folder / "run" / "pulse", ignore_errors=True)
        self._process = subprocess.Popen(
            self.command(self._folder / self.config_name),
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def command(self, config: Path) -> list[str]:
        """What runs the server."""
        options = ["--daemonize=no", "--exit-idle-time=-1", "--log-target=null"]
        return ["pulseaudio", "-n", "-F", str(config), *options]

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            # The group is the server's own, with what it started.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


class PipeWireServer(SoundServer):
    """The same with PipeWire, its session manager and its PulseAudio side.

    Its sink runs at 48 kHz: what is heard was converted. Needs Debian's pipewire,
    pipewire-pulse, wireplumber and dbus besides.
    """

    programs = ("pipewire", "pipewire-pulse", "wireplumber", "dbus-run-session")
    config_name = "pipewire.conf"
    config = _PIPEWIRE

    def command(self, config: Path) -> list[str]:
        """What runs the server."""
        script = (
            f"pipewire -c {config} & sleep 1; wireplumber & sleep 1; "
            "pipewire-pulse & wait"
        )
        return ["dbus-run-session", "--", "sh", "-c", script]


class Recording:
    """What the null sink plays from now on, until ``stop``."""

    def __init__(self, server: SoundServer, latency_ms: int = 2) -> None:
        # The monitor delivers as soon as it is connected, and silence, too.
        record = ["parec", "-d", "null.monitor", f"--rate={SAMPLE_RATE}"]
        self._process = subprocess.Popen(
            [*record, "--channels=1", "--format=s16le", f"--latency-msec={latency_ms}"],
            env=server.env,
            stdout=subprocess.PIPE,
        )
        self._pieces: list[tuple[float, bytes]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20.0
        while not self._pieces and time.monotonic() < deadline:
            time.sleep(0.01)

    def _read(self) -> None:
        assert self._process.stdout is not None
        fd = self._process.stdout.fileno()
        while piece := os.read(fd, 1 << 16):
            self._pieces.append((time.monotonic(), piece))

    @property
    def samples(self) -> npt.NDArray[np.int16]:
        """Everything heard so far, silence included."""
        pcm = b"".join(piece for _, piece in list(self._pieces))
        return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2")

    @property
    def last_sound_at(self) -> float | None:
        """When the last sample that is no silence arrived, s of the monotonic clock."""
        for at, piece in reversed(list(self._pieces)):
            if piece.strip(b"\0"):
                return at
        return None

    @property
    def num_pieces(self) -> int:
        """Reads so far; grows while the server lives."""
        return len(self._pieces)

    def wait_for_sound(self, seconds: float = 20.0) -> None:
        """Return when something was heard.

        Raises:
            TimeoutError: Nothing was.
        """
        deadline = time.monotonic() + seconds
        while self.last_sound_at is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing was heard for {seconds:g} s")
            time.sleep(0.005)

    def stop(self) -> npt.NDArray[np.int16]:
        """End and return everything heard."""
        self._process.terminate()
        self._process.wait()
        self._thread.join(5.0)
        return self.samples
