"""The configuration file: every mistake is named, nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts.errors import ConfigError
from edge_tts.serve.config import DaemonConfig
from edge_tts.serve.unix_socket import SocketSettings

EVERYTHING = """
[daemon]
voice = "lj"
preload = ["slt"]
workers = 3
threads = 2
backend = "native"
drain_timeout_s = 5
[limits]
max_active = 4
max_wait_batch_s = 9.5
[cache]
enabled = false
[socket]
path = "/tmp/x/socket"
mode = "0660"
[http]
enabled = false
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "serve.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_section_reaches_the_broker(tmp_path: Path) -> None:
    config = DaemonConfig.load(_write(tmp_path, EVERYTHING))
    settings = config.broker_settings()
    assert (settings.voice, settings.preload) == ("lj", ("slt",))
    assert settings.num_workers == 3 and settings.runtime.num_threads == 2
    assert settings.max_active == 4 and settings.max_wait_s == (10.0, 30.0, 9.5)
    assert settings.cache_folder is None
    assert config.doors == {
        "socket": SocketSettings(path=Path("/tmp/x/socket"), mode="0660")
    }


def test_command_line_wins(tmp_path: Path) -> None:
    path = _write(tmp_path, EVERYTHING)
    over = {"daemon": {"voice": "bdl"}, "socket": {"path": "/tmp/y"}}
    config = DaemonConfig.load(path, over)
    assert config.daemon.voice == "bdl" and config.daemon.workers == 3
    assert config.doors["socket"].path == Path("/tmp/y")
    assert config.doors["socket"].mode == "0660"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[deamon]\n", r"unknown table \[deamon\]"),
        ("[daemon]\nvioce = 'lj'\n", "unknown key daemon.vioce; did you mean voice?"),
        ("[daemon]\nworkers = '2'\n", "daemon.workers must be a whole number"),
        ("[daemon]\nworkers = true\n", "daemon.workers must be a whole number"),
        ("[daemon]\nworkers = 0\n", "daemon.workers must be 1 to 256"),
        ("[daemon]\npreload = 'lj'\n", "daemon.preload must be a list of strings"),
        ("[daemon]\nlog_level = 'loud'\n", "daemon.log_level must be one of"),
        ("[limits]\nmax_ahead_s = nan\n", "limits.max_ahead_s must be"),
        ("[cache]\nfolder = ''\n", "cache.folder must be a path"),
        ("[socket]\nmode = '600'\n", "socket.mode must be like"),
        ("[socket]\nenabled = 'no'\n", "socket.enabled must be true or false"),
        ("socket = 3\n", r"expected a table \[socket\]"),
        ("[daemon\n", "not valid TOML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, part: str) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(ConfigError, match=part) as refused:
        DaemonConfig.load(path)
    assert "serve.toml" in str(refused.value)


def test_a_missing_file_is_no_default(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        DaemonConfig.load(tmp_path / "none.toml")
