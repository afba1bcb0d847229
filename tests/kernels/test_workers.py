"""The worker pool under the thread sanitizer."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("sanitizer", ["thread", "address,undefined"])
def test_jobs_are_done_once_without_races(tmp_path: Path, sanitizer: str) -> None:
    program = tmp_path / "workers_test"
    kernels = ROOT / "kernels"
    sources = [kernels / "workers.c", Path(__file__).with_name("workers_test.c")]
    flags = ["-std=c11", "-O1", "-g", "-pthread", f"-fsanitize={sanitizer}"]
    command = ["cc", *flags, "-I", str(kernels), *map(str, sources), "-o", str(program)]
    built = subprocess.run(command, capture_output=True, text=True)
    if built.returncode and "sanitize" in built.stderr:
        pytest.skip(f"no {sanitizer} sanitizer here")
    assert built.returncode == 0, built.stderr
    # Tests may run with another sanitizer preloaded.
    clean = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run(
        [str(program)], capture_output=True, text=True, timeout=240, env=clean
    )
    if "unexpected memory mapping" in done.stderr:
        pytest.skip("the thread sanitizer cannot map its shadow here")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "ok\n"
