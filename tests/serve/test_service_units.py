from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from edge_tts.cli import main
from edge_tts.serve.config import DOORS
from edge_tts.serve.service_units import HTTP_SOCKET, SERVICE, SOCKET, ServiceUnits

PYTHON = Path("/usr/bin/python3")


def parsed(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


@pytest.mark.parametrize("is_system", [True, False])
def test_units_fit_together(is_system: bool) -> None:
    files = ServiceUnits(PYTHON, is_system).files()
    service = parsed(files[SERVICE])["Service"]
    assert service["Type"] == "notify" and int(service["WatchdogSec"]) > 0
    assert service["Sockets"].split() == [SOCKET, HTTP_SOCKET]
    for name in (SOCKET, HTTP_SOCKET):
        section = parsed(files[name])["Socket"]
        assert section["Service"] == SERVICE
        assert section["FileDescriptorName"] in DOORS


def test_only_a_service_of_the_lan_can_be_reached_from_it() -> None:
    closed = ServiceUnits(PYTHON, is_system=True).files()
    assert "IPAddressDeny=any" in closed[SERVICE]
    assert "ListenStream=127.0.0.1:8880" in closed[HTTP_SOCKET]
    opened = ServiceUnits(PYTHON, is_system=True, is_lan=True).files()
    # The door itself listens then, because it asks for a token.
    assert HTTP_SOCKET not in opened and HTTP_SOCKET not in opened[SERVICE]
    assert "IPAddressDeny" not in opened[SERVICE]


def test_home_is_hidden_unless_python_lives_there() -> None:
    text = ServiceUnits(PYTHON, is_system=True).files()[SERVICE]
    assert "ProtectHome=yes" in text
    inside = Path("/home/me/tts/.venv/bin/python")
    text = ServiceUnits(inside, is_system=True).files()[SERVICE]
    assert "ProtectHome=read-only" in text
    assert f"ExecStart={inside} -m edge_tts serve" in text


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    folder.joinpath("run").mkdir(mode=0o700)
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder / "run"),
        },
        timeout=60,
    )


@pytest.mark.parametrize("is_system", [True, False])
@pytest.mark.parametrize("is_lan", [True, False])
def test_systemd_finds_no_mistake(
    is_system: bool, is_lan: bool, tmp_path: Path
) -> None:
    files = ServiceUnits(PYTHON, is_system, is_lan).files()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    scope = [] if is_system else ["--user"]
    paths = [f"./{name}" for name in files]
    done = analyze(tmp_path, "verify", "--man=no", *scope, *paths)
    assert (done.returncode, done.stderr) == (0, "")


def test_exposure_is_low(tmp_path: Path) -> None:
    text = ServiceUnits(PYTHON, is_system=True).files()[SERVICE]
    (tmp_path / SERVICE).write_text(text)
    # 1.1 of 10 when this was written; the threshold is in tenths of it.
    arguments = ("security", "--offline=yes", "--threshold=15", "--no-pager")
    done = analyze(tmp_path, *arguments, f"./{SERVICE}")
    assert done.returncode == 0, done.stdout[-2000:]


def test_install_and_uninstall_say_what_they_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    # No systemctl: the commands are shown instead.
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = tmp_path / "systemd" / "user"
    assert main(["service", "install"]) == 0
    out = capsys.readouterr().out
    for name in (SERVICE, SOCKET, HTTP_SOCKET):
        assert (folder / name).exists() and f"wrote {folder / name}" in out
    assert "systemctl --user daemon-reload" in out
    assert "enable --now" in out and "loginctl enable-linger" in out
    assert main(["service", "install", "--lan", "--no-start"]) == 0
    out = capsys.readouterr().out
    assert (
        f"removed {folder / HTTP_SOCKET}" in out
        and f"disable --now {HTTP_SOCKET}" in out
        and "enable" not in out.split("loginctl")[0]
    )
    assert main(["service", "uninstall"]) == 0
    assert f"removed {folder / SERVICE}" in capsys.readouterr().out
    assert list(folder.iterdir()) == []
    assert main(["service", "uninstall"]) == 0
    assert "nothing is installed" in capsys.readouterr().out


def test_systemctl_that_fails_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    program = tmp_path / "systemctl"
    program.write_text("#!/bin/sh\necho no bus >&2\nexit 1\n")
    program.chmod(0o755)
    assert main(["service", "install"]) == 1
    assert "daemon-reload` failed: no bus" in capsys.readouterr().err


def test_show_prints_every_unit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "show", "--system", "--memory", "700"]) == 0
    out = capsys.readouterr().out
    assert "# /etc/systemd/system/edgetts.service" in out
    assert "MemoryMax=700M" in out and "WatchdogSec=" in out
    assert main(["service", "dashboard"]) == 0
    assert '"title": "edge_tts"' in capsys.readouterr().out
