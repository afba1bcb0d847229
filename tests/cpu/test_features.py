"""Detection against oracles that do not share its code, as numpy tests its own."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from edge_tts.cpu import features
from edge_tts.cpu.features import FEATURES, from_native, from_procfs, from_py_cpuinfo
from edge_tts.cpu.native_library import LIBRARY_PATH, native_library

CPUINFO = Path("/proc/cpuinfo")

PI_4 = """\
processor\t: 0
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm crc32 cpuid
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: 0xd08
CPU revision\t: 3

Hardware\t: BCM2835
Model\t\t: Raspberry Pi 4 Model B Rev 1.4
"""

RK3588 = "".join(
    f"processor\t: {cpu}\nFeatures\t: fp asimd asimddp{extra}\n"
    f"CPU implementer\t: 0x41\nCPU part\t: {part}\n\n"
    for cpu, part, extra in [(0, "0xd05", ""), (1, "0xd05", ""), (2, "0xd0b", " i8mm")]
)


def words_of_the_kernel() -> set[str]:
    """The flag words of this machine, read with grep and not with our parser."""
    found = subprocess.run(
        ["grep", "-m1", "-iE", r"^(flags|features)\s*:", str(CPUINFO)],
        stdout=subprocess.PIPE,
        text=True,
    )
    return set(found.stdout.partition(":")[2].split())


@pytest.mark.skipif(not CPUINFO.exists(), reason="needs /proc/cpuinfo")
@pytest.mark.skipif(native_library().handle is None, reason="kernels not built")
def test_native_probe_agrees_with_the_kernel() -> None:
    native = from_native()
    assert native is not None
    kernel = words_of_the_kernel()
    arm_words = {"neon": "asimd", "dotprod": "asimddp"}
    expected = {name for name in FEATURES if arm_words.get(name, name) in kernel}
    assert native.flags == expected, f"native {native}\nkernel {sorted(kernel)}"


def test_procfs_agrees_with_native() -> None:
    native, procfs = from_native(), from_procfs()
    if native is None or procfs is None:
        pytest.skip("one of the two sources is missing here")
    assert native.flags == procfs.flags
    assert native.machine == procfs.machine


@pytest.mark.slow
def test_py_cpuinfo_agrees_with_the_rest() -> None:
    third = from_py_cpuinfo()
    if third is None:
        pytest.skip("py-cpuinfo knows no flags here")
    assert third.flags == features.cpu_features().flags


@pytest.mark.skipif(native_library().handle is None, reason="kernels not built")
def test_native_probe_refuses_a_struct_of_another_size() -> None:
    library = ctypes.CDLL(str(LIBRARY_PATH))
    read = library.et_cpu_features_read
    read.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    read.restype = ctypes.c_size_t
    block = ctypes.create_string_buffer(b"\xaa" * 256)
    assert read(block, 8) == ctypes.sizeof(features._NativeFacts)
    assert block.raw == b"\xaa" * 256 + b"\0"


def test_procfs_of_a_raspberry_pi_4(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(PI_4)
    found = from_procfs(path)
    assert found is not None
    assert found.flags == {"neon"}
    assert found.model_name == "1 x Cortex-A72"


def test_procfs_counts_only_what_every_core_has(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(RK3588)
    found = from_procfs(path)
    assert found is not None
    assert found.flags == {"neon", "dotprod"}
    assert found.model_name == "2 x Cortex-A55, 1 x Cortex-A76"


@pytest.mark.parametrize("text", ["", "garbage", "processor : 0\n", "\0\xff\n\n:::"])
def test_procfs_without_flags_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    assert from_procfs(path) is None
    assert from_procfs(tmp_path / "absent") is None


def test_detection_falls_back_to_procfs_without_the_library() -> None:
    script = (
        "import importlib, pathlib;"
        "n = importlib.import_module('edge_tts.cpu.native_library');"
        "n.LIBRARY_PATH = pathlib.Path('/nonexistent/lib.so');"
        "import edge_tts.cpu as c; f = c.cpu_features();"
        "import sys; print(f.source, 'cpuinfo' in sys.modules);"
        "print(','.join(sorted(f.flags)));"
        "print(c.current_isa(), bool(c.native_library().reason))"
    )
    out = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.splitlines()
    assert out[0] == "procfs False"
    assert set(out[1].split(",")) - {""} == features.cpu_features().flags
    assert out[2].endswith("True")


def test_machine_is_the_one_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert features.process_machine() == features.cpu_features().machine
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    assert features.process_machine() not in ("x86_64", "aarch64")
