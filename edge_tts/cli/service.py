"""Owns ``edgetts service``: the daemon as a systemd service, step by step in view."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from argparse import Namespace
from importlib import resources
from pathlib import Path

from edge_tts import env
from edge_tts.errors import ConfigError
from edge_tts.serve.service_units import HTTP_SOCKET, SERVICE, SOCKET, ServiceUnits

_SYSTEM_FOLDER = Path("/etc/systemd/system")


def run(options: Namespace) -> int:
    """Do what was asked and say what was done."""
    if options.action == "dashboard":
        data = resources.files("edge_tts.serve") / "data" / "grafana.json"
        sys.stdout.write(data.read_text(encoding="utf-8"))
        return 0
    if not 1 <= options.http_port <= 65535:
        raise ConfigError(f"--http-port must be 1 to 65535, got {options.http_port}")
    if options.memory < 128:
        raise ConfigError(f"--memory must be at least 128 MB, got {options.memory}")
    units = ServiceUnits(
        # Not resolved: a virtual environment is its link.
        python=Path(sys.executable).absolute(),
        is_system=options.system,
        is_lan=options.lan,
        http_port=options.http_port,
        memory_max_mb=options.memory,
        group=options.group,
    )
    folder = _SYSTEM_FOLDER if options.system else _user_folder()
    if options.action == "show":
        for name, text in units.files().items():
            print(f"# {folder / name}\n{text}")
        return 0
    systemctl = ["systemctl"] if options.system else ["systemctl", "--user"]
    if options.action == "install":
        _install(folder, units, systemctl, starts=not options.no_start)
    else:
        _uninstall(folder, systemctl)
    return 0


def _install(
    folder: Path, units: ServiceUnits, systemctl: list[str], *, starts: bool
) -> None:
    files = units.files()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
            print(f"wrote {folder / name}")
        if HTTP_SOCKET not in files and (folder / HTTP_SOCKET).exists():
            # Or systemd would keep the port that the daemon is to open itself.
            _call([*systemctl, "disable", "--now", HTTP_SOCKET])
            _remove(folder / HTTP_SOCKET)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    _call([*systemctl, "daemon-reload"])
    if starts:
        _call([*systemctl, "enable", "--now", *sorted(files, key=_sockets_first)])
    if units.is_lan:
        print(
            "other machines may connect: set http.host and http.token (and "
            "wyoming.uris) in serve.toml"
        )
    if not units.is_system:
        print("to let it run without a login: loginctl enable-linger")


def _uninstall(folder: Path, systemctl: list[str]) -> None:
    names = [
        name for name in (HTTP_SOCKET, SOCKET, SERVICE) if (folder / name).exists()
    ]
    if not names:
        print(f"nothing is installed in {folder}")
        return
    _call([*systemctl, "disable", "--now", *names])
    for name in names:
        try:
            _remove(folder / name)
        except OSError as error:
            raise _cannot_write(folder, error) from error
    _call([*systemctl, "daemon-reload"])
    print("configuration, voices and cache were left where they are")


def _remove(path: Path) -> None:
    if path.exists():
        path.unlink()
        print(f"removed {path}")


def _call(command: list[str]) -> None:
    """Run it, or say that it remains to be done."""
    line = shlex.join(command)
    if shutil.which(command[0]) is None:
        print(f"systemd is not here; where it is, run: {line}")
        return
    print(f"running {line}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise ConfigError(f"`{line}` failed: {reason}")


def _sockets_first(name: str) -> bool:
    return not name.endswith(".socket")


def _user_folder() -> Path:
    return env.config_home().parent / "systemd" / "user"


def _cannot_write(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"cannot change {folder}: {error.strerror}; --system needs root, --user does "
        "not"
    )
