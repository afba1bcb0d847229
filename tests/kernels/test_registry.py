"""Every line of kernels.inc stands for a kernel, and every table is complete."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pytest

from edge_tts.cpu.isa import Isa
from edge_tts.cpu.native_library import native_library
from tests.kernels.kernel_table import KERNELS, KernelTable, TableStruct

KERNELS_FOLDER = Path(__file__).resolve().parents[2] / "kernels"
LINES = re.findall(
    r"^ET_KERNEL\((\w+), (\w+), (\w+)\)$",
    (KERNELS_FOLDER / "kernels.inc").read_text(),
    re.MULTILINE,
)


def test_lines_use_the_one_spelling_of_an_isa() -> None:
    assert {isa for _, _, isa in LINES} <= {isa.value for isa in Isa}


def test_each_kernel_has_a_definition() -> None:
    generic = {f"{op}_{dtype}" for op, dtype, isa in LINES if isa == "generic"}
    assert generic >= set(KERNELS)
    assert generic >= {f"{op}_{dtype}" for op, dtype, _ in LINES}


def test_each_variant_has_a_file() -> None:
    sources = {path.stem for path in KERNELS_FOLDER.glob("*/*.c")}
    assert {isa for _, _, isa in LINES} == sources & {isa.value for isa in Isa}


@pytest.fixture
def library() -> ctypes.CDLL:
    native = native_library()
    if native.handle is None:
        pytest.skip(native.reason)
    return native.handle


def names_from(library: ctypes.CDLL, function: str) -> list[str]:
    call = getattr(library, function)
    call.restype = ctypes.c_char_p
    names = []
    while (name := call(len(names))) is not None:
        names.append(name.decode())
    return names


def test_library_lists_its_variants(library: ctypes.CDLL) -> None:
    built = {isa.value for isa in native_library().built}
    wanted = [f"{op}_{dtype}__{isa}" for op, dtype, isa in LINES if isa in built]
    assert names_from(library, "et_kernel_variant_name") == wanted
    assert set(names_from(library, "et_kernel_isa_name")) == built


def test_unknown_isa_has_no_table(library: ctypes.CDLL) -> None:
    library.et_kernel_table_of.restype = ctypes.POINTER(TableStruct)
    assert not library.et_kernel_table_of(b"sse2")


def test_tables_are_complete(table: KernelTable) -> None:
    entries = table.pointer.contents
    assert entries.isa.decode() == table.isa
    assert all(getattr(entries, name) for name in KERNELS)
