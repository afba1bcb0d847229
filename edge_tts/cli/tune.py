"""Owns ``edgetts tune``: measures packs on this machine and shows what came of it."""

from __future__ import annotations

import contextlib
import sys
from argparse import Namespace
from pathlib import Path

from edge_tts.audio.atomic_file import check_writable
from edge_tts.backends.measured_plan import MeasuredPlan, SpeechTime
from edge_tts.backends.plan_store import FoundPlan, plan_file, write_plan
from edge_tts.backends.selection import Machine, select_plan
from edge_tts.cli.json_output import write_json
from edge_tts.cli.progress_bar import ProgressBar
from edge_tts.engine.check_family import check_family
from edge_tts.errors import PackError
from edge_tts.options import RuntimeOptions
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.voice_library import ResolvedVoice, VoiceLibrary
from edge_tts.tuning import EFFORTS, tune_pack


def run(options: Namespace) -> int:
    """Tune the packs that were named, or all; returns the exit code."""
    packs = _packs(options.pack)
    if options.output is not None and len(packs) != 1:
        options.parser.error(f"-o takes one PACK, got {len(packs)}")
    paths: list[Path] = [
        options.output or plan_file(resolved.manifest.id) for resolved in packs
    ]
    for path in paths:
        _check_writable(path)
    plans = []
    for resolved, path in zip(packs, paths, strict=True):
        bar = ProgressBar(resolved.manifest.id, None if options.quiet else sys.stderr)
        try:
            check_family(resolved.manifest)
            with resolved.open() as pack:
                plan = tune_pack(pack, EFFORTS[options.effort], bar.update)
        finally:
            bar.clear()
        write_plan(plan, path)
        plans.append(plan)
        if not options.quiet and not options.json:
            print("\n".join(_lines(resolved.manifest, plan, path)), flush=True)
    if options.json:
        write_json("-", [plan.to_json() for plan in plans])
    return 0


def _check_writable(path: Path) -> None:
    """Raise SinkError before anything is measured in vain."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    check_writable(path)


def _packs(names: list[str]) -> list[ResolvedVoice]:
    library = VoiceLibrary()
    if names:
        return [library.resolve(name) for name in dict.fromkeys(names)]
    found = [
        library.resolve(entry.manifest.id)
        for entry in library.entries()
        if entry.manifest is not None and not entry.shadowed
    ]
    if not found:
        raise PackError("there is no voice: install one with `edgetts voices add`")
    return found


def _lines(manifest: Manifest, measured: MeasuredPlan, path: Path) -> list[str]:
    plan = select_plan(
        manifest,
        Machine.current(),
        RuntimeOptions(),
        measured.num_threads,
        FoundPlan(measured, str(path), ""),
    )
    lines = [f"{manifest.id}: {path}"]
    for case in measured.speech:
        mark = "*" if _is_chosen(measured, case) else " "
        place = f" on CPUs {case.cpus}" if case.cpus else ""
        threads = f"{case.num_threads} thread{'s' if case.num_threads > 1 else ''}"
        lines.append(
            f" {mark} {threads + place:<24} chunks {case.first_frames:>3} to "
            f"{case.max_frames:>3}: RTF {case.rtf:.4f}, first sound "
            f"{case.first_seconds * 1e3:.1f} ms"
        )
    for stage_id, choice in plan.choices.items():
        lines.append(f"   {stage_id:<14}{choice.variant.label:<16}{choice.reason}")
        lines += [f"     not {rejected}" for rejected in choice.rejected]
    return lines


def _is_chosen(plan: MeasuredPlan, case: SpeechTime) -> bool:
    return (case.num_threads, case.cpus, case.first_frames, case.max_frames) == (
        plan.num_threads,
        plan.cpus,
        plan.first_frames,
        plan.max_frames,
    )
