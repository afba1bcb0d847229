"""Owns the facts behind ``edgetts doctor``; prints nothing and never raises.

Every section is ready for JSON. A section that cannot be found out says why under the
key ``problem``, so that a broken machine still gets the rest.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib import metadata
from typing import Any

import edge_tts
from edge_tts import env
from edge_tts.errors import EdgeTTSError

_DISTRIBUTION = "edge-tts-runtime"
_PACKAGES = (
    *("numpy", "onnxruntime", "openvino"),
    *("sounddevice", "soundfile", "py-cpuinfo", "psutil"),
)


def diagnose() -> dict[str, Any]:
    """Return everything worth knowing about this installation on this machine."""
    return {
        "edge_tts": edge_tts.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _package_version(name) for name in _PACKAGES},
        "name_clash": _section(_name_clash),
        "cpu": _section(_cpu),
        "isa": _section(_isa),
        "threads": _section(_threads),
        "memory": _section(_memory),
        "backends": _section(_backends),
        "voices": _section(_voices),
        "plan": _section(_plan),
        "audio": _section(_audio),
    }


def problems(diagnosis: dict[str, Any]) -> list[str]:
    """Return what keeps this installation from speaking as it should, in sentences."""
    found = [
        f"{name}: {section['problem']}"
        for name, section in diagnosis.items()
        if isinstance(section, dict) and section.get("problem")
    ]
    return [*found, *_voice_problems(diagnosis["voices"])]


def can_speak(diagnosis: dict[str, Any]) -> bool:
    """Return whether speech can be made at all, speaker or not."""
    return not diagnosis["plan"].get("problem")


def _section(collect: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return collect()
    except EdgeTTSError as error:
        return {"problem": str(error)}
    except Exception as error:
        # The doctor is called when things are broken; no organ may stop the others.
        return {"problem": f"unexpected {type(error).__name__}: {error}"}


def _package_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _name_clash() -> dict[str, Any]:
    owners = sorted(set(metadata.packages_distributions().get("edge_tts", [])))
    strangers = [owner for owner in owners if owner != _DISTRIBUTION]
    clash: dict[str, Any] = {"distributions": owners}
    if strangers:
        clash["problem"] = (
            f"{', '.join(strangers)} installs a package of the same name: keep "
            f"{_DISTRIBUTION} in a virtual environment of its own"
        )
    return clash


def _cpu() -> dict[str, Any]:
    from edge_tts.cpu import cpu_features, topology
    from edge_tts.cpu.features import from_procfs, from_py_cpuinfo
    from edge_tts.cpu.topology import format_cpus

    features = cpu_features()
    layout = topology()
    facts: dict[str, Any] = {
        "model": features.model_name,
        "vendor": features.vendor,
        "machine": features.machine,
        "features": sorted(features.flags),
        "source": features.source,
        "logical_cpus": layout.num_online,
        "allowed_cpus": format_cpus(layout.allowed),
        "physical_cores": len(layout.cores),
        "clusters": [len(cluster) for cluster in layout.clusters],
        "agrees_with": {},
    }
    for name, other in (("procfs", from_procfs()), ("py-cpuinfo", from_py_cpuinfo())):
        if other is None:
            continue
        facts["agrees_with"][name] = other.flags == features.flags
        if other.flags != features.flags:
            difference = ", ".join(sorted(other.flags ^ features.flags))
            facts["problem"] = f"{features.source} and {name} differ in {difference}"
    return facts


def _isa() -> dict[str, Any]:
    from edge_tts.cpu import (
        cpu_features,
        current_isa,
        native_library,
        supported_isas,
    )
    from edge_tts.cpu.isa import ladder

    features = cpu_features()
    library = native_library()
    supported = supported_isas(features)
    kernels = {}
    for isa in ladder(features.machine):
        is_built = isa in library.built
        kernels[isa.value] = (
            ("ready" if is_built else "not built")
            if isa in supported
            else ("built, not supported here" if is_built else "not supported here")
        )
    section: dict[str, Any] = {"kernels": kernels, "forced": env.forced_isa()}
    if library.reason:
        section["problem"] = library.reason
    section["chosen"] = current_isa().value
    return section


def _threads() -> dict[str, Any]:
    from edge_tts.cpu import resource_limits, thread_count

    return {
        "available": thread_count(),
        "forced": env.num_threads(),
        "cpu_quota": resource_limits().cpus,
    }


def _memory() -> dict[str, Any]:
    from edge_tts.cpu import resource_limits
    from edge_tts.cpu.limits import available_memory

    limit = resource_limits().memory_bytes
    return {
        "available_mb": round(available_memory() / 1e6),
        "limit_mb": None if limit is None else round(limit / 1e6),
        "huge_pages": _huge_pages(),
    }


def _huge_pages() -> dict[str, Any]:
    """The system's setting, and what a block of ours gets when it asks."""
    import numpy as np

    from edge_tts.memory.arena import HUGE_PAGE_NBYTES, Arena
    from edge_tts.memory.arena_plan import stack_arena
    from edge_tts.memory.huge_pages import huge_page_state

    before = huge_page_state()
    arena = Arena(stack_arena({"probe": 2 * HUGE_PAGE_NBYTES}))
    arena.view("probe", (2 * HUGE_PAGE_NBYTES,), np.uint8).fill(1)
    granted = huge_page_state().granted_nbytes - before.granted_nbytes
    return {
        "setting": before.mode,
        "asked_mb": arena.huge_nbytes >> 20,
        "granted_mb": max(0, granted) >> 20,
    }


def _backends() -> dict[str, Any]:
    from edge_tts.backends import BACKENDS, backend_problems

    reasons = backend_problems()
    return {
        name: {
            "usable": reasons[name] is None,
            "reason": reasons[name],
            "version": (
                _package_version(backend.package)
                if backend.package
                else edge_tts.__version__
            ),
        }
        for name, backend in BACKENDS.items()
    }


def _voices() -> dict[str, Any]:
    from edge_tts.cli.voices import describe_entry
    from edge_tts.packs.voice_library import VoiceLibrary

    library = VoiceLibrary()
    return {
        "folders": [str(folder.path) for folder in library.folders],
        "packs": [describe_entry(entry) for entry in library.entries()],
    }


def _voice_problems(voices: dict[str, Any]) -> list[str]:
    return [
        f"voices: {pack['problem']}"
        for pack in voices.get("packs", [])
        if pack["problem"]
    ]


def _plan() -> dict[str, Any]:
    from edge_tts.backends.selection import plan_for_this_machine
    from edge_tts.options import RuntimeOptions
    from edge_tts.packs.voice_library import VoiceLibrary

    packs = [
        entry.manifest
        for entry in VoiceLibrary().entries()
        if entry.manifest is not None and not entry.shadowed
    ]
    if not packs:
        return {"problem": "there is no voice: install one with `edgetts voices add`"}
    section: dict[str, Any] = {"packs": {}}
    for manifest in packs:
        try:
            plan = plan_for_this_machine(manifest, RuntimeOptions())
        except EdgeTTSError as error:
            section["packs"][manifest.id] = {"problem": str(error)}
            section["problem"] = str(error)
            continue
        section["packs"][manifest.id] = {
            "origin": plan.origin,
            "note": plan.note,
            "threads": plan.num_threads,
            "cpus": None if plan.cpus is None else list(plan.cpus),
            "chunk_frames": [plan.chunks.first_frames, plan.chunks.max_frames],
            "stages": {
                stage_id: {
                    "variant": choice.variant.label,
                    "reason": choice.reason,
                    "rejected": list(choice.rejected),
                }
                for stage_id, choice in plan.choices.items()
            },
        }
    return section


def _audio() -> dict[str, Any]:
    from dataclasses import asdict

    from edge_tts.audio.portaudio import output_devices

    devices = output_devices()
    section: dict[str, Any] = {"devices": [asdict(device) for device in devices]}
    if not devices:
        section["problem"] = "no audio output device; files work"
    return section
