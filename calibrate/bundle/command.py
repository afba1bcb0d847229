"""Put judged candidates into a pack; refuses what misses its gate.

The pack's own variants stay, but for those of the same backend, precision and scheme.
A candidate needs figures (`evaluate --candidates`), must pass the gates of
edge_tts/backends/gates.py, and must not be slower than float on its backend.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from calibrate.convert.errors import ConversionError
from calibrate.quantize.candidate import Candidate, load_candidates
from edge_tts.backends.gates import MEASURES, gate_problem
from edge_tts.packs import Pack, PackWriter
from edge_tts.packs.pack_file import MANIFEST_NAME
from edge_tts.packs.voice_library import VoiceLibrary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("pack", help="id or path of the pack to start from")
    parser.add_argument("candidates", type=Path, help="folder")
    parser.add_argument("-o", "--output", type=Path, required=True, help="pack to make")
    parser.add_argument("--name", help="id of the pack; default: name of the output")
    parser.add_argument("--replace", action="store_true", help="replace the pack")
    parser.add_argument(
        "--leave-out", action="store_true", help="what fails, instead of refusing"
    )


def run(arguments: argparse.Namespace) -> None:
    """Check and write.

    Raises:
        ConversionError: A candidate misses its gate, is slower than float, or was not
            judged.
        PackError: The pack exists or cannot be written; nothing is left behind.
    """
    with VoiceLibrary().resolve(arguments.pack).open() as pack:
        admitted = []
        lines = []
        for folder, candidate in load_candidates(arguments.candidates):
            kind = pack.manifest.stage(candidate.stage).kind
            for backend in candidate.backends:
                problem = candidate_problem(candidate, backend, kind)
                name = f"{folder.name} {backend}"
                lines.append(f"{name:44}{problem or 'taken'}")
                if not problem:
                    admitted.append((folder, candidate, backend))
                elif not arguments.leave_out:
                    raise ConversionError(
                        f"{name}: {problem}; remove it or add --leave-out"
                    )
        name = arguments.name or arguments.output.name.removesuffix(".zip")
        write_bundle(
            arguments.output, pack, admitted, name.lower(), replace=arguments.replace
        )
    print("\n".join(lines))
    print(arguments.output)


def candidate_problem(candidate: Candidate, backend: str, kind: str) -> str:
    """Why a candidate must not go into a pack; empty if it may."""
    figures = candidate.quality.get(backend)
    if not figures:
        return "not judged: run `python -m calibrate evaluate --candidates`"
    if figures.keys().isdisjoint(MEASURES[kind]):
        return f"records none of {', '.join(MEASURES[kind])}"
    problem = gate_problem(candidate.variant(backend), kind)
    if problem:
        return problem
    ratio = figures.get("time_ratio", 0.0)
    return f"takes {ratio:.2f} times the time of float" if ratio > 1 else ""


def write_bundle(
    target: Path,
    pack: Pack,
    admitted: list[tuple[Path, Candidate, str]],
    name: str,
    *,
    replace: bool = False,
) -> Path:
    """Write a pack with these candidates, whatever their figures.

    Raises:
        PackError: The pack exists or cannot be written; nothing is left behind.
    """
    raw = _raw_manifest(pack)
    new: dict[str, list[dict[str, Any]]] = {}
    contents: dict[str, bytes] = {}
    for folder, candidate, backend in admitted:
        variant = candidate.variant(backend)
        new.setdefault(candidate.stage, []).append(
            {
                "backend": backend,
                "precision": variant.precision,
                "scheme": variant.scheme,
                "files": dict(variant.files),
                "quality": dict(variant.quality),
                "gate": "pass" if variant.quality else "unmeasured",
            }
        )
        for file in variant.files.values():
            contents[file] = (folder / file).read_bytes()
    for stage in raw["stages"]:
        made = new.get(stage["id"], [])
        taken = {_key(variant) for variant in made}
        kept = [v for v in stage.get("variants", []) if _key(v) not in taken]
        if made:
            stage["variants"] = [*made, *kept]
    used = {
        file
        for stage in raw["stages"]
        for variant in stage.get("variants", [])
        for file in variant["files"].values()
    }
    was = {
        file
        for stage in pack.manifest.stages
        for variant in stage.variants
        for file in variant.files.values()
    }
    raw["id"] = name
    with PackWriter(target, replace=replace) as writer:
        for file in pack.manifest.files:
            if file in contents or (file in was and file not in used):
                continue
            writer.add_bytes(file, pack.read_bytes(file))
        for file, data in contents.items():
            writer.add_bytes(file, data)
        del raw["files"], raw["format"]
        writer.finish(raw)
    return target


def _key(variant: dict[str, Any]) -> tuple[str, str, str]:
    return variant["backend"], variant["precision"], variant.get("scheme", "none")


def _raw_manifest(pack: Pack) -> dict[str, Any]:
    path = Path(pack.location)
    if path.is_dir():
        found = json.loads((path / MANIFEST_NAME).read_text(encoding="utf-8"))
    else:
        with ZipFile(path) as archive:
            found = json.loads(archive.read(MANIFEST_NAME))
    assert isinstance(found, dict)
    return found
