"""The only reader of the environment; decides nothing and touches no files.

Every function reads its variable anew, so that a test or a program can change it.
"""

from __future__ import annotations

import os
from pathlib import Path

from edge_tts.errors import ConfigError

_FOLDER = "edge_tts"


def forced_isa() -> str | None:
    """Name of the instruction set ``EDGE_TTS_ISA`` asks for; None to choose freely."""
    return _text("EDGE_TTS_ISA")


def voices_path() -> list[Path]:
    """Extra folders of voice packs in ``EDGE_TTS_VOICES``, separated as in ``PATH``."""
    value = _text("EDGE_TTS_VOICES")
    if value is None:
        return []
    return [Path(part).expanduser() for part in value.split(os.pathsep) if part]


def plan_path() -> Path | None:
    """The execution plan ``EDGE_TTS_PLAN`` names; None for the plan of this machine."""
    value = _text("EDGE_TTS_PLAN")
    return None if value in (None, "off") else Path(value).expanduser()


def use_plans() -> bool:
    """Whether measured plans count: ``EDGE_TTS_PLAN=off`` leaves the shipped table."""
    return _text("EDGE_TTS_PLAN") != "off"


def num_threads() -> int | None:
    """Threads inside one network from ``EDGE_TTS_THREADS``; None to choose freely.

    Raises:
        ConfigError: not a whole number from 1 to 1024.
    """
    value = _text("EDGE_TTS_THREADS")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= 1024):
        raise ConfigError(
            f"EDGE_TTS_THREADS: expected a whole number from 1 to 1024, got {value!r}; "
            "unset it to let edge_tts choose"
        )
    return int(value)


def data_home() -> Path:
    """Where this user's voices live: ``$XDG_DATA_HOME/edge_tts``."""
    return _xdg("XDG_DATA_HOME", ".local/share") / _FOLDER


def cache_home() -> Path:
    """Where files live that can be made again: ``$XDG_CACHE_HOME/edge_tts``."""
    return _xdg("XDG_CACHE_HOME", ".cache") / _FOLDER


def config_home() -> Path:
    """Where this user's settings live: ``$XDG_CONFIG_HOME/edge_tts``."""
    return _xdg("XDG_CONFIG_HOME", ".config") / _FOLDER


def runtime_home() -> Path | None:
    """Where sockets of this login live: ``$XDG_RUNTIME_DIR/edge_tts``, if there is one.

    None outside a login session.
    """
    value = _text("XDG_RUNTIME_DIR")
    if value is None or not Path(value).is_absolute():
        return None
    return Path(value) / _FOLDER


def socket_path() -> Path | None:
    """The daemon's socket ``EDGE_TTS_SOCKET`` names; None to look where it belongs."""
    value = _text("EDGE_TTS_SOCKET")
    return None if value is None else Path(value).expanduser()


def notify_socket() -> str | None:
    """Where systemd wants to hear of this service; ``@`` begins an abstract name."""
    return _text("NOTIFY_SOCKET")


def watchdog_seconds() -> float | None:
    """Longest silence that systemd's watchdog allows this process; None: no limit."""
    microseconds = _text("WATCHDOG_USEC")
    if microseconds is None or _text("WATCHDOG_PID") not in (None, str(os.getpid())):
        return None
    return int(microseconds) / 1e6 if microseconds.isdigit() else None


def listen_names() -> list[str]:
    """Names of the sockets that systemd opened for this process, in their order."""
    count = _text("LISTEN_FDS") or ""
    if _text("LISTEN_PID") != str(os.getpid()) or not count.isdigit():
        return []
    names = (_text("LISTEN_FDNAMES") or "").split(":")
    return [names[i] if i < len(names) else "" for i in range(int(count[:4]))]


def _text(name: str) -> str | None:
    """The variable without surrounding blanks; None where it is unset or empty."""
    return os.environ.get(name, "").strip() or None


def _xdg(name: str, below_home: str) -> Path:
    value = _text(name)
    # The XDG specification says that a relative path is to be ignored.
    if value is not None and Path(value).is_absolute():
        return Path(value)
    try:
        return Path.home() / below_home
    except RuntimeError as error:
        raise ConfigError(
            f"no home folder for this user: set {name} or HOME to an absolute path"
        ) from error
