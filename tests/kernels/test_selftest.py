"""One C program, the same checksums everywhere: each ISA, arm64, under sanitizers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edge_tts.cpu.features import cpu_features
from edge_tts.cpu.isa import Isa
from edge_tts.cpu.select import supported_isas
from scripts.build_kernels import COMMON_FLAGS, Compiler, translation_units

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests" / "kernels" / "selftest.c"
BUILD = ROOT / "build" / "kernels_selftest"
ARM_COMPILER = "aarch64-linux-gnu-gcc"
ARM_EMULATOR = "qemu-aarch64-static"
ARM_ROOT = Path("/usr/aarch64-linux-gnu")
SANITIZERS = ("-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'kernels'}")

# Emulated core and what it has: Pi 4; Pi 5; a current server or phone core.
ARM_RUNS = [
    ("cortex-a72", "generic"),
    ("cortex-a72", "neon"),
    ("cortex-a76", "neon"),
    ("cortex-a76", "neon_dotprod"),
    ("max", "neon_i8mm"),
]


def build(name: str, compiler: str, *options: str) -> Path:
    """Build library and program; objects stay for the next run."""
    folder = BUILD / name
    library = folder / "libedge_kernels.so"
    command = [sys.executable, "scripts/build_kernels.py", *options]
    command += ["--output", str(library), "--objects", str(folder / "objects")]
    environment = {**os.environ, "CC": compiler}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    program = folder / "selftest"
    link = [str(library), f"-Wl,-rpath,{folder}", "-lm"]
    subprocess.run([compiler, *WARNINGS, str(SOURCE), "-o", program, *link], check=True)
    return program


def build_sanitized() -> Path:
    """One program of all sources; -O1, because sanitized -O3 takes minutes."""
    folder = BUILD / "sanitized"
    folder.mkdir(parents=True, exist_ok=True)
    common = [flag for flag in COMMON_FLAGS if flag != "-O3"]
    flags = ["-O1", *SANITIZERS, "-I", str(ROOT / "kernels")]
    objects = []
    for source, isa_flags in translation_units(Compiler.find().isa_flags(False)):
        target = folder / "-".join(source.with_suffix(".o").parts[-2:])
        command = ["gcc", *common, *flags, *isa_flags, "-c", source, "-o", target]
        objects.append((command, target))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda job: subprocess.run(job[0], check=True), objects))
    program = folder / "selftest"
    parts = [str(SOURCE), *(target for _, target in objects), "-o", program, "-lm"]
    subprocess.run(["gcc", *WARNINGS, *SANITIZERS, *parts], check=True)
    return program


def checksums(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def x86_isas() -> list[str]:
    names = [isa.value for isa in supported_isas(cpu_features())]
    return names[1:]


@pytest.fixture(scope="module")
def native() -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    return build("native", "gcc")


@pytest.fixture(scope="module")
def wanted(native: Path) -> str:
    """What the definitions give on this machine."""
    return checksums(native, "generic")


def test_every_isa_here(native: Path, wanted: str) -> None:
    for isa in x86_isas():
        assert checksums(native, isa) == wanted, isa


def test_avx_vnni_as_evex(wanted: str) -> None:
    if Isa.AVX512_VNNI not in supported_isas(cpu_features()):
        pytest.skip("needs AVX-512 VNNI")
    assert checksums(build("evex", "gcc", "--evex"), "avx_vnni") == wanted


@pytest.fixture(scope="module")
def arm() -> Path:
    for tool in (ARM_COMPILER, ARM_EMULATOR):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    return build("arm64", ARM_COMPILER)


@pytest.mark.parametrize(("core", "isa"), ARM_RUNS, ids="-".join)
def test_arm64(arm: Path, wanted: str, core: str, isa: str) -> None:
    emulated = (ARM_EMULATOR, "-cpu", core, "-L", str(ARM_ROOT), arm, isa)
    assert checksums(*emulated) == wanted


@pytest.mark.timeout(1200)
def test_sanitizers(wanted: str) -> None:
    program = build_sanitized()
    for isa in ("generic", *x86_isas()):
        assert checksums(program, isa) == wanted, isa
