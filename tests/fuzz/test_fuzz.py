"""The fuzz targets run, find what is there to find, and replay it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge_tts.backends.native_kernels import native_kernels
from edge_tts.backends.native_session import NativeSession
from edge_tts.cpu import cpu_features, native_library, supported_isas
from tests.fuzz.stack_case import StackCase
from tests.network.sample_stacks import STREAMED, random_inputs, random_tensors

ROOT = Path(__file__).resolve().parents[2]
NATIVE = pytest.mark.skipif(
    native_library().handle is None, reason="the kernel library was not built"
)
ISAS = [isa for isa in supported_isas(cpu_features()) if isa in native_library().built]
OVERRUN = """
import ctypes, tests.fuzz.guarded_memory as guard
if not guard.install():
    print("no sanitizer")
    raise SystemExit
from edge_tts.backends import native_session
from tests.fuzz.stack_case import StackCase
from tests.network.sample_stacks import STREAMED, random_tensors
spec = STREAMED["decoder"]
run = native_session.NativeSession(spec, random_tensors(spec)).open(3)
arena = run._arena
ctypes.memset(arena.address("taps."), 0, arena._sizes["taps."])
print("inside", flush=True)
ctypes.memset(arena.address("taps."), 0, arena._sizes["taps."] + 1)
print("outside")
"""


def fuzz(target: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"tests.fuzz.{target}", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@NATIVE
def test_random_stacks(tmp_path: Path) -> None:
    done = fuzz("native_stacks", "--minutes", "0.05", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 findings" in done.stdout
    assert not list(tmp_path.iterdir())


def test_damaged_packs(tmp_path: Path) -> None:
    done = fuzz("parsers", "--minutes", "0.05", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 findings" in done.stdout


@NATIVE
def test_a_case_is_saved_and_replayed(tmp_path: Path) -> None:
    case = StackCase(STREAMED["decoder"], "int8", "generic", (3, 1, 50), 7, True)
    case.save(tmp_path / "case.json")
    assert StackCase.from_json((tmp_path / "case.json").read_text()) == case
    done = fuzz("native_stacks", "--replay", str(tmp_path / "case.json"))
    assert done.stdout == "no finding\n", done.stderr


@NATIVE
def test_a_wrong_result_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    case = StackCase(STREAMED["decoder"], "fp32", "generic", (2, 2), 7, False)
    case.check()
    open_run = NativeSession.open

    def forgetful(self: NativeSession, max_rows: int) -> object:
        run = open_run(self, max_rows)
        take = run.run

        def without_past(inputs: object) -> object:
            run.reset()
            return take(inputs)  # type: ignore[arg-type]

        monkeypatch.setattr(run, "run", without_past)
        return run

    monkeypatch.setattr(NativeSession, "open", forgetful)
    with pytest.raises(AssertionError, match="chunks against whole"):
        case.check()


@NATIVE
def test_a_row_that_is_not_seen_stays_unseen() -> None:
    """A NaN in a key beyond a row's window came through as 0 * NaN."""
    spec = STREAMED["generator"]
    inputs = random_inputs(spec, 90)
    inputs["x"][22] = np.nan
    for isa in ISAS:
        session = NativeSession(spec, random_tensors(spec), kernels=native_kernels(isa))
        raw = session.open(90).run(inputs)["raw"]
        np.testing.assert_array_equal(
            np.isnan(raw).any(axis=1), (np.arange(90) >= 22) & (np.arange(90) < 62)
        )


@NATIVE
@pytest.mark.parametrize("seed", range(4))
def test_wild_numbers_do_not_depend_on_chunks(seed: int) -> None:
    for isa in ISAS:
        chunks = (5, 1, 33, 2)
        StackCase(STREAMED["generator"], "int8", isa.value, chunks, seed, True).check()


@NATIVE
def test_the_guard_sees_one_byte_too_many() -> None:
    command = [sys.executable, "-c", OVERRUN]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.stdout == "no sanitizer\n":
        pytest.skip("scripts/sanitize.py runs this with AddressSanitizer")
    assert done.stdout == "inside\n"
    assert "use-after-poison" in done.stderr
