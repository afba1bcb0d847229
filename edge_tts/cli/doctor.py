"""Owns ``edgetts doctor``: how the diagnosis is shown."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from edge_tts.cli.diagnosis import can_speak, diagnose, problems
from edge_tts.cli.json_output import write_json
from edge_tts.cpu.topology import format_cpus


def run(options: Namespace) -> int:
    """Show the diagnosis; the exit code is 1 when nothing can be spoken."""
    diagnosis = diagnose()
    complaints = problems(diagnosis)
    if options.json:
        write_json("-", {**diagnosis, "problems": complaints})
    else:
        for line in _lines(diagnosis, complaints):
            print(line)
    return 0 if can_speak(diagnosis) else 1


def _lines(diagnosis: dict[str, Any], complaints: list[str]) -> list[str]:
    lines = [
        f"edge_tts {diagnosis['edge_tts']}, Python {diagnosis['python']}, "
        f"{diagnosis['system']}",
        *_cpu_lines(diagnosis),
        *_backend_lines(diagnosis),
        *_voice_lines(diagnosis),
        *_plan_lines(diagnosis["plan"]),
        *_audio_lines(diagnosis["audio"]),
    ]
    if not complaints:
        return [*lines, "", "no problems found"]
    return [*lines, "", "problems", *(f"  {complaint}" for complaint in complaints)]


def _cpu_lines(diagnosis: dict[str, Any]) -> list[str]:
    lines = ["", "cpu"]
    cpu, isa = diagnosis["cpu"], diagnosis["isa"]
    if "model" in cpu:
        clusters = " + ".join(str(count) for count in cpu["clusters"])
        lines += [
            f"  {cpu['model'] or 'unknown model'} ({cpu['machine']}, {cpu['vendor']})",
            f"  {cpu['physical_cores']} cores ({clusters}), {cpu['logical_cpus']} "
            f"logical, allowed: {cpu['allowed_cpus']}",
            f"  features: {' '.join(cpu['features'])} (by {cpu['source']})",
        ]
    threads, memory = diagnosis["threads"], diagnosis["memory"]
    if "available" in threads:
        quota = threads["cpu_quota"]
        limit = "no quota" if quota is None else f"quota of {quota:g} CPUs"
        lines.append(f"  threads: up to {threads['available']} ({limit})")
    if "available_mb" in memory:
        lines.append(f"  memory: {memory['available_mb']} MB available")
        huge = memory["huge_pages"]
        lines.append(
            f"  huge pages: setting {huge['setting']}, asked for {huge['asked_mb']} MB "
            f"on trial, got {huge['granted_mb']} MB"
        )
    if "kernels" in isa:
        forced = " (forced)" if isa["forced"] else ""
        lines.append(f"  instruction set: {isa.get('chosen', 'none')}{forced}")
        lines += [f"    {name:<14}{state}" for name, state in isa["kernels"].items()]
    return lines


def _backend_lines(diagnosis: dict[str, Any]) -> list[str]:
    lines = ["", "backends"]
    for name, backend in diagnosis["backends"].items():
        if not isinstance(backend, dict):
            continue
        state = "usable" if backend["usable"] else backend["reason"]
        lines.append(f"  {name:<10}{backend['version'] or '-':<12}{state}")
    absent = [name for name, found in diagnosis["packages"].items() if found is None]
    if absent:
        lines.append(f"  packages not installed: {', '.join(absent)}")
    return lines


def _voice_lines(diagnosis: dict[str, Any]) -> list[str]:
    lines = ["", "voices"]
    for pack in diagnosis["voices"].get("packs", []):
        if pack["problem"]:
            continue
        speakers = ", ".join(speaker["id"] for speaker in pack["speakers"])
        hidden = ", hidden by another" if pack["shadowed"] else ""
        lines.append(
            f"  {pack['pack']} {pack['version']} ({pack['origin']}{hidden}): {speakers}"
        )
    return lines


def _plan_lines(plan: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for pack_id, choice in plan.get("packs", {}).items():
        if "stages" not in choice:
            continue
        first, largest = choice["chunk_frames"]
        cpus = choice["cpus"]
        place = f" on CPUs {format_cpus(cpus)}" if cpus else ""
        plural = "s" if choice["threads"] != 1 else ""
        lines += [
            "",
            f"plan for {pack_id} ({choice['origin']}): {choice['threads']} thread"
            f"{plural}{place}, chunks of {first} to {largest} frames",
        ]
        if choice["note"]:
            lines.append(f"  {choice['note']}")
        for stage_id, stage in choice["stages"].items():
            lines.append(f"  {stage_id:<14}{stage['variant']:<16}{stage['reason']}")
            lines += [f"    not {rejected}" for rejected in stage["rejected"]]
    return lines


def _audio_lines(audio: dict[str, Any]) -> list[str]:
    lines = ["", "audio devices"]
    for device in audio.get("devices", []):
        star = "*" if device["is_default"] else " "
        lines.append(f"  {star} {device['index']}: {device['name']}")
    return lines if len(lines) > 2 else [*lines, "  none"]
