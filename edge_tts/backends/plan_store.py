"""Where measured plans lie, and why one of them does not count."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final, NamedTuple

from edge_tts import env
from edge_tts.backends.measured_plan import MeasuredPlan
from edge_tts.backends.plan_key import MachineKey, pack_digest
from edge_tts.cpu import topology
from edge_tts.errors import EdgeTTSError, PackError
from edge_tts.packs.manifest import Manifest

MAX_BYTES: Final = 4 << 20
"""Largest file that is read; a plan has some ten kilobytes."""
NOT_TUNED: Final = "not tuned here: `edgetts tune` measures"


class FoundPlan(NamedTuple):
    """A plan that holds here, or why there is none."""

    plan: MeasuredPlan | None
    place: str
    """The file, for people."""
    reason: str
    """Why there is no plan, in one line; empty when there is one."""


def plan_file(pack_id: str) -> Path:
    """Where the plan of a pack lies on this machine."""
    return env.cache_home() / "plans" / f"{pack_id}.json"


def find_plan(manifest: Manifest) -> FoundPlan:
    """The plan that ``EDGE_TTS_PLAN`` names, else this machine's; never raises."""
    if not env.use_plans():
        return FoundPlan(None, "", "EDGE_TTS_PLAN is off")
    named = env.plan_path()
    try:
        path = named or plan_file(manifest.id)
        try:
            plan = read_plan(path)
        except PackError as error:
            absent = FileNotFoundError, NotADirectoryError
            if named is None and isinstance(error.__cause__, absent):
                return FoundPlan(None, str(path), NOT_TUNED)
            raise
        reason = _mismatch(plan, manifest)
    except EdgeTTSError as error:
        return FoundPlan(None, str(named or ""), f"plan ignored: {error}")
    if reason:
        return FoundPlan(None, str(path), f"plan {path} ignored: {reason}")
    return FoundPlan(plan, str(path), "")


def read_plan(path: Path) -> MeasuredPlan:
    """Read a plan file.

    Raises:
        PackError: It cannot be read or holds no plan.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PackError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise PackError(f"{path}: more than {MAX_BYTES} bytes are no plan")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PackError(f"{path}: damaged: no JSON") from error
    try:
        return MeasuredPlan.parse(value)
    except PackError as error:
        raise PackError(f"{path}: damaged: {error}") from error


def write_plan(plan: MeasuredPlan, path: Path) -> None:
    """Write a plan whole or not at all.

    Raises:
        SinkError: The file cannot be written.
    """
    # Imported by need: speaking reads plans and writes none.
    from edge_tts.audio.atomic_file import AtomicFile, cannot_write

    data = memoryview((json.dumps(plan.to_json(), indent=1) + "\n").encode())
    file = AtomicFile(path)
    try:
        # On a disk that is nearly full a part may be written.
        while data:
            data = data[os.write(file.fd, data) :]
        file.commit()
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        file.discard()


def _mismatch(plan: MeasuredPlan, manifest: Manifest) -> str:
    if plan.pack_id != manifest.id:
        return f"made for pack {plan.pack_id}, this is {manifest.id}"
    if plan.pack_digest != pack_digest(manifest):
        return "the pack has changed since; run `edgetts tune` again"
    difference = MachineKey.here().difference(plan.machine)
    count = len(topology().allowed)
    if not difference and plan.num_threads > count:
        # Never measured: the file was changed.
        difference = f"asks for {plan.num_threads} threads, here are {count} CPUs"
    return f"{difference}; run `edgetts tune` again" if difference else ""
