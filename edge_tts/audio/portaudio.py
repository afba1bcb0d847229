"""Owns the import of PortAudio, the list of its output devices and its renewal."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from edge_tts.errors import SinkError


@dataclass(frozen=True)
class OutputDevice:
    """A loudspeaker, sound card or sound server as PortAudio names it."""

    index: int
    """PortAudio's number; changes when devices come and go."""
    name: str
    """Name shown to users; a part of it chooses the device."""
    host_api: str
    """ALSA, JACK Audio Connection Kit ..."""
    num_channels: int
    """Most output channels."""
    sample_rate: int
    """Rate the device prefers, Hz."""
    is_default: bool
    """Whether it is used when none is named."""


class _OpenStreams:
    """Counts the streams of this process, since ``rescan`` would end them all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def add(self) -> None:
        """One more is open."""
        with self._lock:
            self._count += 1

    def remove(self) -> None:
        """One was closed."""
        with self._lock:
            self._count -= 1

    def rescan(self) -> bool:
        """Let PortAudio look for devices anew; False while a stream is open."""
        with self._lock:
            if self._count:
                return False
            portaudio = load_portaudio()
            # The only way: PortAudio reads its devices once, when it is started.
            with quiet_stderr():
                portaudio._terminate()
                portaudio._initialize()
            return True


# PortAudio itself is one per process, and so is the count of its streams.
OPEN_STREAMS = _OpenStreams()


def load_portaudio() -> Any:
    """Import sounddevice, which starts PortAudio, and return the module.

    Raises:
        SinkError: The package or the system library is missing.
    """
    try:
        with quiet_stderr():
            import sounddevice
    except ImportError as error:
        raise SinkError(
            "the speaker needs the sounddevice package: install it, or write a file "
            "with -o FILE"
        ) from error
    except OSError as error:
        raise SinkError(
            "the speaker needs the PortAudio library: install libportaudio2, or write "
            f"a file with -o FILE ({error})"
        ) from error
    return sounddevice


def output_devices() -> list[OutputDevice]:
    """Return every device that can play, in PortAudio's order.

    Raises:
        SinkError: PortAudio is missing or fails.
    """
    portaudio = load_portaudio()
    try:
        host_apis = portaudio.query_hostapis()
        default_index = portaudio.default.device[1]
        return [
            OutputDevice(
                index=index,
                name=str(device["name"]),
                host_api=str(host_apis[device["hostapi"]]["name"]),
                num_channels=int(device["max_output_channels"]),
                sample_rate=int(device["default_samplerate"]),
                is_default=index == default_index,
            )
            for index, device in enumerate(portaudio.query_devices())
            if device["max_output_channels"] > 0
        ]
    except portaudio.PortAudioError as error:
        raise SinkError(f"PortAudio cannot list the audio devices: {error}") from error


def find_output_device(wanted: str | None) -> OutputDevice:
    """Return the device with this number or part of a name, or the default one.

    Raises:
        SinkError: None or several fit; the message names the choices.
    """
    devices = output_devices()
    if not devices:
        raise SinkError("no audio output device found: write a file with -o FILE")
    if wanted is None:
        defaults = [device for device in devices if device.is_default]
        return (defaults or devices)[0]
    if wanted.isdecimal():
        found = [device for device in devices if device.index == int(wanted)]
    else:
        exact = [device for device in devices if device.name == wanted]
        part = wanted.casefold()
        found = exact or [d for d in devices if part in d.name.casefold()]
    if len(found) == 1:
        return found[0]
    problem = "fits several devices" if found else "is not an output device"
    choices = "; ".join(f"{device.index}: {device.name}" for device in found or devices)
    raise SinkError(f"{wanted!r} {problem}: choose one of {choices}")


# Two threads that exchange file descriptor 2 at once would leave it silent.
_STDERR_LOCK = threading.RLock()


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Silence what C libraries print meanwhile."""
    with _STDERR_LOCK, _exchanged_stderr():
        yield


@contextlib.contextmanager
def _exchanged_stderr() -> Iterator[None]:
    # ALSA and JACK report every absent card on stderr while PortAudio looks around, and
    # PortAudio every refused rate; what matters of it comes back as an error code.
    try:
        saved_fd = os.dup(2)
    except OSError:
        yield
        return
    silence_fd = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silence_fd, 2)
        yield
    finally:
        os.dup2(saved_fd, 2)
        os.close(saved_fd)
        os.close(silence_fd)
