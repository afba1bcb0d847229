"""Makes the first plan: from a table, without measuring; ``select_plan`` is pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from edge_tts import env
from edge_tts.backends.gates import gate_problem, is_measured
from edge_tts.backends.plan import ChunkPolicy, Plan, StageChoice
from edge_tts.backends.preferences import CHUNK_SCHEMES, PREFERENCES, STEP_SCHEMES
from edge_tts.backends.registry import backend_problems
from edge_tts.cpu import cpu_features, current_isa, supported_isas, thread_count
from edge_tts.cpu.isa import Isa
from edge_tts.errors import BackendError
from edge_tts.options import WHOLE_UTTERANCE, RuntimeOptions
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.stage import Stage
from edge_tts.packs.variant import PRECISIONS, Variant

LARGE_PACK_BYTES: Final = 64 << 20
"""Above it a pack gets all threads; below, barriers cost more than they gain."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What selection needs to know of the machine."""

    isa: Isa
    """The rung that runs."""
    supported: Collection[Isa]
    """That rung and the ones below it."""
    backend_problems: Mapping[str, str | None]
    """Backend id -> why it cannot be used, None if it can."""

    @classmethod
    def current(cls) -> Machine:
        """The machine this runs on."""
        isa = current_isa()
        rungs = supported_isas(cpu_features())
        below = rungs[: rungs.index(isa) + 1] if isa in rungs else (isa,)
        return cls(isa, below, backend_problems())


def select_plan(
    manifest: Manifest,
    machine: Machine,
    options: RuntimeOptions,
    num_threads: int = 1,
) -> Plan:
    """Choose a variant for every stage that has any.

    A forced backend holds for every stage. A forced precision is the lowest allowed: a
    stage that the pack keeps in higher precision stays there.

    Args:
        manifest: The pack.
        machine: ISA and backends that are here.
        options: Choices forced by the caller.
        num_threads: Threads inside each network.

    Raises:
        BackendError: A stage has no admissible variant; the message says why for each.
    """
    forced = options.backend
    if forced is not None and machine.backend_problems.get(forced) is not None:
        raise BackendError(
            f"backend {forced} cannot be used: {machine.backend_problems[forced]}"
        )
    choices = {
        stage.id: _choose(manifest, stage, machine, options)
        for stage in manifest.stages
        if stage.variants
    }
    return Plan(
        pack_id=manifest.id,
        isa=machine.isa.value,
        choices=MappingProxyType(choices),
        num_threads=num_threads,
        chunks=_chunk_policy(manifest, options),
        origin="shipped table",
    )


def plan_for_this_machine(manifest: Manifest, options: RuntimeOptions) -> Plan:
    """``select_plan`` with the facts of this machine.

    Raises:
        BackendError: As ``select_plan``.
        ConfigError: An environment variable has an unusable value.
        UnsupportedIsaError: ``EDGE_TTS_ISA`` cannot be had here.
    """
    num_threads = _num_threads(manifest, options)
    return select_plan(manifest, Machine.current(), options, num_threads)


def _choose(
    manifest: Manifest, stage: Stage, machine: Machine, options: RuntimeOptions
) -> StageChoice:
    rejected: list[str] = []
    admissible: list[Variant] = []
    for variant in stage.variants:
        problem = _problem(variant, machine, options)
        if problem is None:
            admissible.append(variant)
        else:
            rejected.append(f"{variant.label}: {problem}")
    if options.precision is not None:
        exact = [item for item in admissible if item.precision == options.precision]
        admissible = exact or admissible
    if not admissible:
        raise BackendError(
            f"pack {manifest.id}: no usable variant of stage {stage.id}: "
            + "; ".join(rejected)
        )
    table = PREFERENCES[machine.isa]
    schemes = STEP_SCHEMES if stage.kind == "ar" else CHUNK_SCHEMES

    def rank(variant: Variant) -> tuple[bool, int, int]:
        pair = (variant.backend, variant.precision)
        place = table.index(pair) if pair in table else len(table)
        return not is_measured(variant), place, schemes.index(variant.scheme)

    best = min(admissible, key=rank)
    return StageChoice(best, _reason(best, admissible, options), tuple(rejected))


def _problem(variant: Variant, machine: Machine, options: RuntimeOptions) -> str | None:
    if options.backend is not None and variant.backend != options.backend:
        return f"backend {options.backend} is forced"
    if options.precision is not None and _is_lower(variant, options.precision):
        return f"precision {options.precision} is forced"
    unusable = machine.backend_problems.get(variant.backend, "unknown backend")
    if unusable is not None:
        return unusable
    known = {isa.value for isa in machine.supported}
    if variant.needs and known.isdisjoint(variant.needs):
        return f"needs {' or '.join(variant.needs)}"
    return gate_problem(variant)


def _is_lower(variant: Variant, precision: str) -> bool:
    return PRECISIONS.index(variant.precision) > PRECISIONS.index(precision)


def _reason(best: Variant, admissible: list[Variant], options: RuntimeOptions) -> str:
    forced = [
        value for value in (options.backend, options.precision) if value is not None
    ]
    if forced:
        return f"forced: {', '.join(forced)}"
    if len(admissible) == 1:
        return "the only usable variant"
    if not is_measured(best):
        return "first in the table, but no variant has a quality on record"
    others = {item.label for item in admissible} - {best.label}
    return f"before {', '.join(sorted(others))} in the table" if others else "by scheme"


def _num_threads(manifest: Manifest, options: RuntimeOptions) -> int:
    requested = options.num_threads or env.num_threads()
    if requested is not None:
        return requested
    size = sum(file.size for file in manifest.files.values())
    # Steps of a small pack take microseconds; waking a second thread takes longer.
    return thread_count() if size > LARGE_PACK_BYTES else 1


def _chunk_policy(manifest: Manifest, options: RuntimeOptions) -> ChunkPolicy:
    streaming = manifest.streaming
    frames = options.chunk_frames
    if frames is None or frames == WHOLE_UTTERANCE:
        return ChunkPolicy(
            first_frames=streaming.first_frames,
            max_frames=streaming.max_frames,
            growth=streaming.growth,
            whole=frames is not None or streaming.mode == "sentence",
        )
    return ChunkPolicy(frames, frames, 1.0, whole=False)
