from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

import edge_tts
from edge_tts import env
from edge_tts.errors import ConfigError


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("EDGE_TTS_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/home/someone")


def test_defaults() -> None:
    home = Path("/home/someone")
    assert env.forced_isa() is None
    assert env.voices_path() == []
    assert env.plan_path() is None
    assert env.num_threads() is None
    assert env.data_home() == home / ".local/share/edge_tts"
    assert env.cache_home() == home / ".cache/edge_tts"
    assert env.config_home() == home / ".config/edge_tts"
    assert env.runtime_home() is None


def test_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_TTS_ISA", " avx2 ")
    monkeypatch.setenv("EDGE_TTS_VOICES", "/a::~/b")
    monkeypatch.setenv("EDGE_TTS_PLAN", "plan.json")
    monkeypatch.setenv("EDGE_TTS_THREADS", "4")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    assert env.forced_isa() == "avx2"
    assert env.voices_path() == [Path("/a"), Path("/home/someone/b")]
    assert env.plan_path() == Path("plan.json")
    assert env.use_plans()
    monkeypatch.setenv("EDGE_TTS_PLAN", "off")
    assert env.plan_path() is None
    assert not env.use_plans()
    assert env.num_threads() == 4
    assert env.data_home() == Path("/data/edge_tts")
    assert env.cache_home() == Path("/home/someone/.cache/edge_tts")
    assert env.runtime_home() == Path("/run/user/1000/edge_tts")


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "1025", "9" * 5000, "²"])
def test_threads_are_checked(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("EDGE_TTS_THREADS", value)
    with pytest.raises(ConfigError, match="whole number from 1 to 1024"):
        env.num_threads()


def test_nobody_else_reads_the_environment() -> None:
    package = Path(edge_tts.__file__).parent
    readers = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
                readers.add(path.relative_to(package).as_posix())
    assert readers <= {"env.py"}
