"""Owns ``edgetts voices``: what is installed, what it says, whether it is sound."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_tts.cli.json_output import write_json
from edge_tts.errors import PackError
from edge_tts.models import FAMILIES
from edge_tts.packs.licence import Licence
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.pack import Pack
from edge_tts.packs.pack_installer import PackInstaller
from edge_tts.packs.voice_folder import CLONE_SUFFIX, user_folder
from edge_tts.packs.voice_library import LibraryEntry, VoiceLibrary


def run(options: Namespace) -> int:
    """Run the action that was named."""
    return _ACTIONS[options.action](options)


def describe_entry(entry: LibraryEntry) -> dict[str, Any]:
    """Return what a list shows of one pack, ready for JSON."""
    manifest = entry.manifest
    description: dict[str, Any] = {
        "path": str(entry.path),
        "origin": entry.origin,
        "problem": entry.problem,
        "shadowed": entry.shadowed,
    }
    if manifest is not None:
        description |= {
            "pack": manifest.id,
            "version": manifest.version,
            "family": manifest.family,
            "default_speaker": manifest.default_speaker,
            "speakers": [
                {"id": s.id, "name": s.name, "language": s.language, "gender": s.gender}
                for s in manifest.speakers
            ],
            "megabytes": _megabytes(manifest),
        }
    return description


def _list(options: Namespace) -> int:
    entries = list(VoiceLibrary().entries())
    if options.json:
        write_json("-", [describe_entry(entry) for entry in entries])
        return 0
    if not entries:
        print("no voice pack found; `edgetts voices add PATH` installs one")
    for entry in entries:
        manifest = entry.manifest
        if manifest is None:
            print(f"unusable: {entry.problem}")
            continue
        note = " (hidden by the one above)" if entry.shadowed else ""
        print(
            f"{manifest.id} {manifest.version}, {_megabytes(manifest):.1f} MB, "
            f"{entry.origin}: {entry.path}{note}"
        )
        family = FAMILIES.get(manifest.family)
        if family is not None and family.refusal:
            print(f"    no voice: {family.refusal.partition(';')[0]}")
            continue
        for speaker in manifest.speakers:
            star = "*" if speaker.id == manifest.default_speaker else " "
            print(
                f"  {star} {manifest.id}/{speaker.id}: {speaker.name}, "
                f"{speaker.language}, {speaker.gender}"
            )
    for path in VoiceLibrary().clones():
        print(f"cloned {path.name.removesuffix(CLONE_SUFFIX)}: {path}")
    return 0


def _info(options: Namespace) -> int:
    entry = VoiceLibrary().find_pack(options.pack)
    manifest = entry.manifest
    if manifest is None:
        raise PackError(entry.problem or f"cannot read {entry.path}")
    if options.json:
        write_json("-", describe_entry(entry) | _details(manifest))
        return 0
    print(f"{manifest.id} {manifest.version}: {manifest.description}")
    rows = {
        "where": f"{entry.path} ({entry.origin})",
        "size": f"{_megabytes(manifest):.1f} MB in {len(manifest.files)} files",
        "family": f"{manifest.family}, {manifest.audio.sample_rate} Hz",
        "languages": ", ".join(manifest.languages),
        "speakers": ", ".join(speaker.id for speaker in manifest.speakers),
        "default": manifest.default_speaker,
        "licence": _licence_line(manifest.licence),
        "attribution": manifest.licence.attribution,
        "made by": f"{manifest.made_by.command} at {manifest.made_by.commit}",
    }
    for name, value in rows.items():
        print(f"  {name + ':':<13}{value}")
    for figure, amount in manifest.quality.items():
        print(f"  {figure + ':':<13}{amount:g}")
    for stage in manifest.stages:
        print(f"  stage {stage.id} ({stage.kind})")
        for variant in stage.variants:
            figures = ", ".join(f"{k} {v:g}" for k, v in variant.quality.items())
            print(f"    {variant.label:<16}gate {variant.gate:<11}{figures}")
    return 0


def _verify(options: Namespace) -> int:
    library = VoiceLibrary()
    if options.pack:
        paths = [library.find_pack(name).path for name in options.pack]
    else:
        paths = [entry.path for entry in library.entries()]
    if not paths:
        raise PackError("no voice pack found to verify")
    failures: list[str] = []
    for path in paths:
        try:
            with Pack.open(path) as pack:
                nbytes = pack.verify()
                print(f"sound: {pack.manifest.id}, {nbytes / 1e6:.1f} MB, {path}")
        except PackError as error:
            failures.append(str(error))
    if failures:
        # One error ends the command, so the others are shown before it.
        for failure in failures[:-1]:
            print(f"damaged: {failure}")
        raise PackError(failures[-1])
    return 0


def _add(options: Namespace) -> int:
    target = PackInstaller().add(options.path, replace=options.replace)
    with Pack.open(target) as pack:
        manifest = pack.manifest
    print(f"installed {manifest.id} {manifest.version} in {target}")
    print(f"licence: {_licence_line(manifest.licence)}")
    if manifest.licence.attribution:
        print(f"attribution: {manifest.licence.attribution}")
    return 0


def _remove(options: Namespace) -> int:
    clone = user_folder() / f"{options.pack.lower()}{CLONE_SUFFIX}"
    if Path(clone.name).name == clone.name and clone.is_file():
        clone.unlink()
        print(f"removed {clone}")
        return 0
    print(f"removed {PackInstaller().remove(options.pack)}")
    return 0


def _details(manifest: Manifest) -> dict[str, Any]:
    licence = manifest.licence
    return {
        "family": manifest.family,
        "description": manifest.description,
        "languages": list(manifest.languages),
        "sample_rate": manifest.audio.sample_rate,
        "licence": {
            "code": licence.code,
            "weights": licence.weights,
            "commercial": licence.commercial,
            "attribution": licence.attribution,
        },
        "quality": dict(manifest.quality),
        "stages": {
            stage.id: {
                variant.label: {"gate": variant.gate, "quality": dict(variant.quality)}
                for variant in stage.variants
            }
            for stage in manifest.stages
        },
    }


def _licence_line(licence: Licence) -> str:
    return (
        f"weights {licence.weights}, code {licence.code}, "
        f"commercial use: {licence.commercial}"
    )


def _megabytes(manifest: Manifest) -> float:
    return round(sum(file.size for file in manifest.files.values()) / 1e6, 3)


_ACTIONS: dict[str, Callable[[Namespace], int]] = {
    "list": _list,
    "info": _info,
    "verify": _verify,
    "add": _add,
    "remove": _remove,
}
