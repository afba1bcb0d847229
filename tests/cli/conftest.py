from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_tts.cli import main
from edge_tts.errors import PackError
from edge_tts.packs.voice_library import VoiceLibrary

PROGRAM = [sys.executable, "-m", "edge_tts"]
Edgetts = Callable[..., "subprocess.CompletedProcess[bytes]"]

# A card that does not exist: no test may make a noise.
ABSENT_CARD = "pcm.default { type hw card 99 }\nctl.default { type hw card 99 }\n"


@pytest.fixture(scope="session")
def voice() -> Path:
    """Folder of the pack that holds the default voice."""
    try:
        return VoiceLibrary().resolve("kathleen").path
    except PackError as error:
        pytest.skip(f"the default voice is not here: {error}")


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A user without files, without a sound card."""
    home = tmp_path_factory.mktemp("home")
    (home / "alsa.conf").write_text(ABSENT_CARD)
    return {
        **os.environ,
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "ALSA_CONFIG_PATH": str(home / "alsa.conf"),
        # No test may speak through a daemon that happens to run.
        "EDGE_TTS_SOCKET": str(home / "no-daemon"),
    }


@pytest.fixture
def edgetts_process(environment: dict[str, str]) -> Edgetts:
    """Run the command in a process of its own and return what it did, in bytes."""

    def run(
        *arguments: object, env: dict[str, str] | None = None, input: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            env={**environment, **(env or {})},
            input=input,
            capture_output=True,
            timeout=120,
        )

    return run


@pytest.fixture
def edgetts(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Edgetts:
    """Run the command inside the tests' process: saves seconds where that is enough."""
    for name in ("HOME", "XDG_DATA_HOME", "EDGE_TTS_SOCKET"):
        monkeypatch.setenv(name, environment[name])

    def run(*arguments: object) -> subprocess.CompletedProcess[bytes]:
        capfd.readouterr()
        code = main([*map(str, arguments)])
        out, error = capfd.readouterr()
        return subprocess.CompletedProcess([], code, out.encode(), error.encode())

    return run


def assert_one_line_error(
    done: subprocess.CompletedProcess[bytes], *parts: str, code: int = 1
) -> None:
    error = done.stderr.decode()
    assert done.returncode == code, error
    assert done.stdout == b""
    assert error.startswith("edgetts"), error
    assert ": error: " in error
    assert error.count("\n") == 1 and error.endswith("\n"), error
    assert "Traceback" not in error
    for part in parts:
        assert part in error
