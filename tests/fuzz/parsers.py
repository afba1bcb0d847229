"""Damaged packs at the doors of the parsers, until the time is over.

    python -m tests.fuzz.parsers --minutes 5 --seed 1
    python -m tests.fuzz.parsers --replay build/fuzz/manifest-1.bin

Manifest, network description and tensor file of the embedded voice are mutated as
bytes and as JSON. Allowed answers are an ``EdgeTTSError`` or a parsed value, within
seconds and a gigabyte. The first part of a saved file's name is its parser.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import resource
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import edge_tts
from edge_tts.backends.native_session import NativeSession
from edge_tts.cpu import native_library
from edge_tts.errors import EdgeTTSError, PackError
from edge_tts.network.stack_spec import StackSpec
from edge_tts.packs.json_text import parse_json
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.references import check_references
from edge_tts.packs.tensor_file import TensorFile

FOLDER: Final = Path("build/fuzz")
VOICE: Final = Path(edge_tts.__file__).parent / "voices" / "edge-en"
MAX_SECONDS: Final = 5
MAX_NBYTES: Final = 1 << 30
"""Address space on top of what the process had at the start."""
_LEAVES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 2, 2**31, 2**53, -(2**62), 10**17, 1e-300, 1e300),
    *(-1.5, "", "x", "\x00", "..", "../../etc/passwd", "a" * 5000, "\ud7ff\u202e"),
    *([], {}, [[]], [1] * 300, {"kind": []}, {"name": {}}, [None]),
)
_BYTES: Final = (b"\x00", b"\xff", b'"', b"{", b"[" * 3000, b"1e999", b"9" * 4000)


def parse_manifest(data: bytes) -> None:
    """``pack.json``."""
    manifest = Manifest.parse(parse_json(data, "pack.json"))
    check_references(manifest)


def parse_tensors(data: bytes) -> None:
    """A safetensors file."""
    tensors = TensorFile(memoryview(data), "tensors")
    for name in tensors:
        tensors[name].sum()


def parse_network(data: bytes) -> None:
    """A network description, as far as the memory of a run."""
    value = parse_json(data, "network")
    if not isinstance(value, dict):
        raise PackError("no object")
    spec = StackSpec.from_json(value)
    for name in ("states", "tensors", "lookahead", "receptive_field", "row_multiple"):
        getattr(spec, name)
    spec.check_tensors(_conditioner_tensors())
    if native_library().handle is not None:
        session = NativeSession(spec, _conditioner_tensors())
        session.open(8).close()


PARSERS: Final[dict[str, Callable[[bytes], None]]] = {
    "manifest": parse_manifest,
    "network": parse_network,
    "tensors": parse_tensors,
}


def _conditioner_tensors() -> dict[str, Any]:
    data = (VOICE / "conditioner.safetensors").read_bytes()
    return dict(TensorFile(memoryview(data), "conditioner"))


def seeds() -> dict[str, bytes]:
    """An undamaged file for each parser."""
    return {
        "manifest": (VOICE / "pack.json").read_bytes(),
        "network": (VOICE / "conditioner.json").read_bytes(),
        "tensors": (VOICE / "conditioner.safetensors").read_bytes(),
    }


def mutate(kind: str, data: bytes, draw: random.Random) -> bytes:
    """One damaged version of a file."""
    if kind == "tensors":
        (length,) = struct.unpack_from("<Q", data)
        header, rest = data[8 : 8 + length], data[8 + length :]
        header = _mutate_text(header, draw)
        if draw.random() < 0.8:
            length = len(header)
        if draw.random() < 0.1:
            rest = rest[: draw.randrange(len(rest))]
        return struct.pack("<Q", length) + header + rest
    return _mutate_text(data, draw)


def _mutate_text(data: bytes, draw: random.Random) -> bytes:
    if draw.random() < 0.6:
        value = json.loads(data)
        for _ in range(draw.choice((1, 1, 1, 2, 5))):
            value = _mutate_value(value, draw)
        return json.dumps(value).encode()
    damaged = bytearray(data)
    for _ in range(draw.choice((1, 2, 8))):
        place = draw.randrange(len(damaged) + 1)
        stop = min(place + draw.choice((0, 1, 1, 7, 400)), len(damaged))
        found = draw.choice((*_BYTES, bytes([draw.randrange(256)]), b""))
        damaged[place:stop] = found
    return bytes(damaged)


def _mutate_value(value: Any, draw: random.Random) -> Any:
    """Replace, drop, repeat or add something somewhere below."""
    places: list[tuple[Any, Any]] = []
    _collect(value, places)
    if not places:
        return draw.choice(_LEAVES)
    parent, key = draw.choice(places)
    match draw.randrange(4):
        case 0 if isinstance(parent, dict):
            del parent[key]
        case 1 if isinstance(parent, list):
            parent.insert(key, copy.deepcopy(draw.choice(parent)))
        case 2:
            other, there = draw.choice(places)
            parent[key] = copy.deepcopy(other[there])
        case _:
            parent[key] = copy.deepcopy(draw.choice(_LEAVES))
    return value


def _collect(value: Any, places: list[tuple[Any, Any]]) -> None:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, below in items:
            places.append((value, key))
            _collect(below, places)


def check(kind: str, data: bytes) -> None:
    """Raises whatever is not an answer of the parser's own."""
    signal.alarm(MAX_SECONDS)
    try:
        PARSERS[kind](data)
    except EdgeTTSError as error:
        assert "\n" not in str(error) and len(str(error)) < 2000, repr(error)[:300]
    finally:
        signal.alarm(0)


def limit_resources() -> None:
    """Turn too much time and too much memory into exceptions."""

    def too_slow(*_: object) -> None:
        raise TimeoutError(f"more than {MAX_SECONDS} s")

    signal.signal(signal.SIGALRM, too_slow)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MAX_NBYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def fuzz(seconds: float, seed: int, folder: Path) -> tuple[int, list[str]]:
    """Returns the number of files tried and one line per different finding."""
    draw = random.Random(seed)
    files, deadline = seeds(), time.monotonic() + seconds
    found: dict[str, str] = {}
    count = 0
    while time.monotonic() < deadline:
        kind = draw.choice(list(files))
        data = mutate(kind, files[kind], draw)
        count += 1
        try:
            check(kind, data)
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{kind} {type(error).__name__} {Path(frame.filename).name}"
            place += f":{frame.lineno}"
            if place not in found:
                found[place] = str(error)[:200]
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{kind}-{len(found)}.bin").write_bytes(data)
    return count, [f"{place}: {text}" for place, text in found.items()]


def main() -> int:
    """Returns the exit status: 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for findings")
    parser.add_argument("--replay", type=Path, help="try one saved file")
    args = parser.parse_args()
    limit_resources()
    if args.replay is not None:
        check(args.replay.name.split("-")[0], args.replay.read_bytes())
        print("no finding")
        return 0
    count, findings = fuzz(60.0 * args.minutes, args.seed, args.folder)
    print(*findings, sep="\n")
    print(f"{count} files from seed {args.seed}: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
