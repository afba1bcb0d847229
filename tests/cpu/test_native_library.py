from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from edge_tts.cpu.native_library import LIBRARY_PATH, load, native_library


def test_a_machine_with_a_compiler_has_the_library() -> None:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here")
    library = native_library()
    assert library.handle is not None, library.reason
    assert "generic" in {isa.value for isa in library.built}


def test_missing_library_says_what_to_do(tmp_path: Path) -> None:
    library = load(tmp_path / "libedge_kernels.so")
    assert library.handle is None
    assert not library.built
    assert "C compiler" in library.reason


def test_damaged_library_is_a_reason_and_no_crash(tmp_path: Path) -> None:
    damaged = tmp_path / "libedge_kernels.so"
    damaged.write_bytes(b"\x7fELF not really")
    library = load(damaged)
    assert library.handle is None
    assert "does not load" in library.reason
    assert "\n" not in library.reason


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_library_of_other_sources_counts_as_not_built(tmp_path: Path) -> None:
    source, stale = tmp_path / "old.c", tmp_path / "libedge_kernels.so"
    source.write_text('const char *et_built_isas(void) { return "generic"; }\n')
    command = ["cc", "-shared", "-fPIC", str(source), "-o", str(stale)]
    subprocess.run(command, check=True)
    library = load(stale)
    assert library.handle is None
    assert "other sources" in library.reason


@pytest.mark.skipif(native_library().handle is None, reason="kernels not built")
@pytest.mark.skipif(shutil.which("nm") is None, reason="needs nm")
def test_only_our_names_are_exported() -> None:
    listed = subprocess.run(
        ["nm", "-D", "--defined-only", str(LIBRARY_PATH)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    names = [line.split()[-1] for line in listed.stdout.splitlines()]
    assert "et_built_isas" in names
    assert [name for name in names if not name.startswith("et_")] == []
