"""EDGE_TTS_ISA in whole processes, because the choice is made once per process."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys

import pytest

from edge_tts.cpu import Isa, cpu_features, native_library, supported_isas

SCRIPT = """
from edge_tts.cpu import current_isa
from edge_tts.errors import ConfigError, UnsupportedIsaError
try:
    print(current_isa())
except UnsupportedIsaError as error:
    print(error.reason, error)
except ConfigError as error:
    print("config", error)
"""


def answer(forced: str) -> str:
    environment = {**os.environ, "EDGE_TTS_ISA": forced}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.mark.parametrize("isa", list(Isa))
def test_forced_isa_runs_or_says_why_not(isa: Isa) -> None:
    if isa not in supported_isas(cpu_features()):
        assert answer(isa.value).startswith("not_supported ")
    elif isa not in native_library().built:
        assert answer(isa.value).startswith("not_built ")
    else:
        assert answer(isa.value) == isa.value


def test_unknown_and_empty_names() -> None:
    assert answer("pentium").startswith("config EDGE_TTS_ISA")
    assert answer(" ") in {isa.value for isa in Isa}


EMULATOR = shutil.which("qemu-x86_64-static")


@pytest.mark.slow
@pytest.mark.skipif(
    EMULATOR is None or platform.machine() != "x86_64", reason="needs qemu-user-static"
)
@pytest.mark.parametrize("forced", [None, "avx512_vnni"])
def test_an_old_cpu_runs_its_own_rung_and_refuses_others(forced: str | None) -> None:
    """Nehalem has no AVX: the library loads there, and nothing ends in SIGILL."""
    assert EMULATOR is not None
    command = [EMULATOR, "-cpu", "Nehalem", sys.executable, "-c", SCRIPT]
    environment = {**os.environ, "EDGE_TTS_ISA": forced or ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wanted = "generic" if forced is None else "not_supported "
    assert done.stdout.startswith(wanted)
