"""One signal on every CPU: PCM of the embedded voices, per forced instruction set.

``scripts/arm64_emulation.sh`` compares with the same file on emulated arm64 cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_tts.cpu import Isa, cpu_features, native_library, supported_isas

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "speech_hashes.py"
LIBRARY = native_library()
ISAS = [isa for isa in supported_isas(cpu_features()) if isa in LIBRARY.built]

pytestmark = pytest.mark.skipif(LIBRARY.handle is None, reason=LIBRARY.reason or "-")


def compare(*options: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("isa", ISAS, ids=str)
def test_every_isa_speaks_the_same_signal(isa: Isa) -> None:
    # The scalar definition takes seconds per sentence: one sentence, two voices.
    limit = "2" if isa is Isa.GENERIC else "1000"
    assert compare("--limit", limit, EDGE_TTS_ISA=isa.value).startswith(f"{isa}: ")


def test_numpy_without_its_vector_code_speaks_the_same_signal() -> None:
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    used = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
    if not used:
        pytest.skip("this NumPy has no vector code for this CPU")
    compare("--limit", "8", NPY_DISABLE_CPU_FEATURES=" ".join(used))


def test_another_signal_is_found_and_named(tmp_path: Path) -> None:
    golden = tmp_path / "hashes.json"
    compare("--renew", "--limit", "2", "--golden", str(golden))
    golden.write_text(golden.read_text().replace("lj/0/plain", "lj/0/other"))
    with pytest.raises(AssertionError, match="differs: lj/0/plain"):
        compare("--limit", "2", "--golden", str(golden))
