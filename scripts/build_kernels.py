#!/usr/bin/env python3
"""Builds kernels/ into one plain shared library; setup.py and the tests call it too.

It owns the list of sources and the compiler flags; it must not import edge_tts.
``CC=aarch64-linux-gnu-gcc scripts/build_kernels.py --output FILE`` cross-compiles:
the instruction sets to build follow from the compiler's own target.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = Path("edge_tts", "_native", "libedge_kernels.so")

COMMON_FLAGS = (
    "-std=c11",
    "-O3",
    "-fPIC",
    "-fvisibility=hidden",
    "-pthread",
    # Every variant must round alike, so no multiply and add may be fused unasked.
    "-ffp-contract=off",
    "-fno-math-errno",
    "-Wall",
    "-Wextra",
)

_AVX2 = ("-mavx2", "-mfma", "-mf16c")
_AVX512 = (*_AVX2, "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512cd")

# The scalar version is the specification: it stays scalar.
_GENERIC = ("-fno-tree-vectorize",)

ISA_FLAGS: dict[str, dict[str, tuple[str, ...]]] = {
    "x86_64": {
        "generic": _GENERIC,
        "avx2": _AVX2,
        "avx_vnni": (*_AVX2, "-mavxvnni"),
        "avx512": _AVX512,
        "avx512_vnni": (*_AVX512, "-mavx512vnni"),
    },
    "aarch64": {
        "generic": _GENERIC,
        "neon": (),
        "neon_dotprod": ("-march=armv8.2-a+dotprod",),
        "neon_i8mm": ("-march=armv8.2-a+dotprod+i8mm",),
    },
}
"""Extra flags per instruction set of each architecture, in ascending order."""

OTHER_MACHINE = {"generic": _GENERIC}
"""What an architecture without a row above gets."""

EVEX_STAND_IN = (*_AVX512, "-mavx512vnni", "-DET_AVX_VNNI_AS_EVEX=1")
"""Flags that build the avx_vnni sources for a CPU that has VNNI only as AVX-512."""


SANITIZERS: dict[str, tuple[str, ...]] = {
    "address": ("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    "thread": ("-fsanitize=thread",),
}
"""Flags of checked builds; -O1 goes with them, because checked -O3 takes minutes."""


class BuildError(Exception):
    """No usable compiler, or it refused a source; the message holds its words."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler and the architecture it produces code for."""

    command: tuple[str, ...]
    machine: str

    @classmethod
    def find(cls) -> Compiler:
        """The compiler of the variable CC, else ``cc``.

        Raises:
            BuildError: there is none, or it does not run.
        """
        command = tuple(shlex.split(os.environ.get("CC", ""))) or ("cc",)
        triplet = _run([*command, "-dumpmachine"]).strip()
        machine = triplet.split("-")[0]
        return cls(
            command, {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
        )

    def accepts(self, flags: tuple[str, ...]) -> bool:
        """Whether an empty file compiles with these flags."""
        command = [*self.command, *flags, "-x", "c", "-c", os.devnull, "-o", os.devnull]
        try:
            _run(command)
        except BuildError:
            return False
        return True

    def isa_flags(self, evex: bool) -> dict[str, tuple[str, ...]]:
        """The instruction sets this compiler can build, with their flags."""
        table = dict(ISA_FLAGS.get(self.machine, OTHER_MACHINE))
        if evex and "avx_vnni" in table:
            table["avx_vnni"] = EVEX_STAND_IN
        return {isa: flags for isa, flags in table.items() if self.accepts(flags)}


def build_library(
    output: Path,
    *,
    evex: bool = False,
    sanitize: str | None = None,
    objects: Path | None = None,
    jobs: int = 0,
) -> tuple[str, ...]:
    """Compile kernels/ and link them into the shared library ``output``.

    Args:
        output: file to write; it is replaced in one step.
        evex: build the avx_vnni sources with EVEX encodings, for tests.
        sanitize: a key of ``SANITIZERS``, to find errors, or None to run fast.
        objects: folder that keeps object files between calls, None to keep none.
        jobs: compilers at once, 0 for one per core.

    Returns:
        The instruction sets that were built, in ascending order.

    Raises:
        BuildError: no compiler, or a source does not compile.
    """
    if objects is None:
        with tempfile.TemporaryDirectory(prefix="edge_kernels_") as folder:
            return build_library(
                output, evex=evex, sanitize=sanitize, objects=Path(folder), jobs=jobs
            )
    compiler = Compiler.find()
    isa_flags = compiler.isa_flags(evex)
    checks = ("-O1", "-g1", *SANITIZERS[sanitize]) if sanitize else ()
    units = [(path, (*flags, *checks)) for path, flags in translation_units(isa_flags)]
    objects.mkdir(parents=True, exist_ok=True)
    workers = jobs or os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        compiled = list(pool.map(partial(_compile, compiler, objects), units))
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = output.with_name(f".{output.name}.{os.getpid()}")
    link = [*checks, "-shared", "-pthread", "-Wl,--no-undefined", "-o", str(fresh)]
    try:
        _run([*compiler.command, *link, *map(str, compiled), "-lm"])
        # A running process may have the old file mapped: replace it, never write it.
        fresh.replace(output)
    finally:
        fresh.unlink(missing_ok=True)
    return tuple(isa_flags)


def translation_units(
    isa_flags: dict[str, tuple[str, ...]],
) -> list[tuple[Path, tuple[str, ...]]]:
    """Every source to compile with its flags.

    ``kernels/<operation>/<isa>.c`` gets the flags of its instruction set and is left
    out where that is not in ``isa_flags``; every other source gets baseline flags and
    one ``ET_HAVE_<ISA>`` for each instruction set that is built.
    """
    every_isa = {isa for table in ISA_FLAGS.values() for isa in table}
    have = tuple(f"-DET_HAVE_{isa.upper()}=1" for isa in isa_flags)
    units: list[tuple[Path, tuple[str, ...]]] = []
    folder = ROOT / "kernels"
    for source in sorted([*folder.glob("*.c"), *folder.glob("*/*.c")]):
        isa = source.stem
        if source.parent == folder or isa not in every_isa:
            units.append((source, have))
        elif isa in isa_flags:
            units.append((source, isa_flags[isa]))
    return units


def _compile(
    compiler: Compiler, objects: Path, unit: tuple[Path, tuple[str, ...]]
) -> Path:
    source, flags = unit
    kernels = ROOT / "kernels"
    name = "-".join(source.relative_to(kernels).with_suffix(".o").parts)
    target = objects / name
    command = [*compiler.command, *COMMON_FLAGS, *flags, "-I", str(kernels)]
    command += ["-c", str(source), "-o", str(target)]
    # The command is part of what the object depends on, as every header is.
    record = target.with_suffix(".cmd")
    text = shlex.join(command)
    inputs = [source, *kernels.rglob("*.h"), *kernels.rglob("*.inc")]
    newest = max(path.stat().st_mtime for path in inputs)
    same_command = record.exists() and record.read_text() == text
    if same_command and target.exists() and target.stat().st_mtime > newest:
        return target
    warnings = _run(command)
    if warnings:
        print(warnings, file=sys.stderr)
    record.write_text(text)
    return target


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except OSError as error:
        raise BuildError(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise BuildError(f"{shlex.join(command)}\n{done.stdout}".rstrip())
    return done.stdout


def main() -> int:
    """Build from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Build the native kernel library.")
    parser.add_argument("--output", type=Path, default=ROOT / LIBRARY)
    parser.add_argument("--objects", type=Path, help="folder for object files")
    parser.add_argument("--evex", action="store_true", help="avx_vnni as AVX-512 code")
    parser.add_argument("--sanitize", choices=SANITIZERS, help="a checked build")
    parser.add_argument("--jobs", type=int, default=0)
    args = parser.parse_args()
    try:
        built = build_library(
            args.output,
            evex=args.evex,
            sanitize=args.sanitize,
            objects=args.objects,
            jobs=args.jobs,
        )
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{args.output}: {', '.join(built)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
