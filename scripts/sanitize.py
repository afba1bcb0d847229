#!/usr/bin/env python3
"""Runs Python with the kernel library checked by sanitizers.

usage: scripts/sanitize.py [address|thread] [COMMAND ...]

The default is ``address`` (with undefined behaviour) and the tests of the library's
users. It works on a copy of the sources in build/sanitized, because the library lies
beside them; the interpreter itself is not checked, what it passes to the library is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from build_kernels import LIBRARY, ROOT, SANITIZERS, build_library

COPIED = ("edge_tts", "kernels", "scripts", "tests", "setup.cfg")
RUNTIME = {"address": "libasan.so", "thread": "libtsan.so"}
OPTIONS = {
    # Python itself leaks at exit, and reads what it does not own in its own way.
    "address": {
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    },
    "thread": {"TSAN_OPTIONS": "halt_on_error=1:report_signal_unsafe=0"},
}
TESTS = (
    *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow"),
    *("-p", "tests.fuzz.guarded_memory"),
    *("tests/kernels", "tests/backends/test_native_session.py"),
    *("tests/engine/test_native_source_filter.py", "tests/fuzz/test_fuzz.py"),
)


def main() -> int:
    """Returns the status of the command."""
    given = sys.argv[1:]
    kind = given.pop(0) if given and given[0] in SANITIZERS else "address"
    tree = _tree(ROOT / "build" / "sanitized" / kind, kind)
    compiler = os.environ.get("CC", "cc")
    found = subprocess.check_output(
        [compiler, f"-print-file-name={RUNTIME[kind]}"], text=True
    )
    variables = {
        **os.environ,
        **OPTIONS[kind],
        "LD_PRELOAD": found.strip(),
        "PYTHONPATH": str(tree),
        # Python's own allocator would hide small overruns from the sanitizer.
        "PYTHONMALLOC": "malloc",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = given or [sys.executable, *TESTS]
    return subprocess.run(command, cwd=tree, env=variables).returncode


def _tree(folder: Path, kind: str) -> Path:
    tree = folder / "tree"
    tree.mkdir(parents=True, exist_ok=True)
    skipped = shutil.ignore_patterns("_native", "__pycache__")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.rmtree(tree / name, ignore_errors=True)
            shutil.copytree(source, tree / name, ignore=skipped)
        else:
            shutil.copy2(source, tree / name)
    build_library(tree / LIBRARY, sanitize=kind, objects=folder / "objects")
    return tree


if __name__ == "__main__":
    sys.exit(main())
