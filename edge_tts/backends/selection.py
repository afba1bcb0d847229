"""Makes the plan: what was measured here comes first, then the shipped table."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from edge_tts import env
from edge_tts.backends.gates import gate_problem, is_measured
from edge_tts.backends.measured_plan import MeasuredPlan, variant_key
from edge_tts.backends.plan import ChunkPolicy, Plan, StageChoice
from edge_tts.backends.plan_store import FoundPlan, find_plan
from edge_tts.backends.preferences import CHUNK_SCHEMES, PREFERENCES, STEP_SCHEMES
from edge_tts.backends.registry import backend_problems
from edge_tts.cpu import cpu_features, current_isa, supported_isas, thread_count
from edge_tts.cpu.isa import Isa
from edge_tts.cpu.topology import parse_cpus
from edge_tts.errors import BackendError
from edge_tts.options import WHOLE_UTTERANCE, RuntimeOptions
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.stage import Stage
from edge_tts.packs.variant import PRECISIONS, Variant

NO_PLAN: Final = FoundPlan(None, "", "")
"""Nothing was measured, or it shall not count."""
EQUAL_SPEED: Final = 1.03
"""Variants this close to the fastest count as equal: the table decides among them."""
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
    found: FoundPlan = NO_PLAN,
) -> Plan:
    """Choose a variant for every stage that has any.

    A forced backend holds for every stage. A forced precision is the lowest allowed: a
    stage that the pack keeps in higher precision stays there. Of the variants that are
    left and pass their gates the fastest by measurement wins, or the first in the
    shipped table where nothing was measured.

    Args:
        manifest: The pack.
        machine: ISA and backends that are here.
        options: Choices forced by the caller.
        num_threads: Threads inside each network.
        found: What ``edgetts tune`` measured, or why it does not count.

    Raises:
        BackendError: A stage has no admissible variant; the message says why for each.
    """
    forced = options.backend
    if forced is not None and machine.backend_problems.get(forced) is not None:
        raise BackendError(
            f"backend {forced} cannot be used: {machine.backend_problems[forced]}"
        )
    measured = found.plan
    choices = {
        stage.id: _choose(
            manifest,
            stage,
            machine,
            options,
            measured.times(stage.id, num_threads) if measured is not None else {},
        )
        for stage in manifest.stages
        if stage.variants
    }
    cpus = None
    if measured is not None and measured.num_threads == num_threads and measured.cpus:
        cpus = parse_cpus(measured.cpus)
    return Plan(
        pack_id=manifest.id,
        isa=machine.isa.value,
        choices=MappingProxyType(choices),
        num_threads=num_threads,
        chunks=_chunk_policy(manifest, options, measured),
        origin="shipped table" if measured is None else f"measured: {found.place}",
        cpus=cpus,
        note=found.reason,
    )


def plan_for_this_machine(manifest: Manifest, options: RuntimeOptions) -> Plan:
    """``select_plan`` with the facts of this machine.

    Raises:
        BackendError: As ``select_plan``.
        ConfigError: An environment variable has an unusable value.
        UnsupportedIsaError: ``EDGE_TTS_ISA`` cannot be had here.
    """
    found = find_plan(manifest) if options.measured_plan else NO_PLAN
    num_threads = _num_threads(manifest, options, found.plan)
    return select_plan(manifest, Machine.current(), options, num_threads, found)


def admissible_variants(
    manifest: Manifest, stage: Stage, machine: Machine
) -> tuple[Variant, ...]:
    """Variants of a stage that run here and pass their gates; any may be chosen."""
    free = RuntimeOptions()
    return tuple(
        variant
        for variant in stage.variants
        if _problem(stage, variant, machine, free) is None
    )


def cheapest_variants(
    manifest: Manifest, machine: Machine, options: RuntimeOptions
) -> dict[str, Variant]:
    """The variants with the least arithmetic that pass their gates, for bad times.

    Where ``edgetts tune`` has measured, its choice already is the cheapest.

    Raises:
        BackendError: As ``select_plan``.
    """
    found = find_plan(manifest) if options.measured_plan else NO_PLAN
    plan = select_plan(manifest, machine, options, 1, found)
    chosen = {name: choice.variant for name, choice in plan.choices.items()}
    if found.plan is not None or options.precision is not None:
        return chosen
    for stage in manifest.stages:
        for variant in admissible_variants(manifest, stage, machine):
            same = variant.backend == chosen[stage.id].backend
            if (
                same
                and is_measured(variant)
                and _is_lower(variant, chosen[stage.id].precision)
            ):
                chosen[stage.id] = variant
    return chosen


def _choose(
    manifest: Manifest,
    stage: Stage,
    machine: Machine,
    options: RuntimeOptions,
    times: Mapping[str, float],
) -> StageChoice:
    rejected: list[str] = []
    admissible: list[Variant] = []
    for variant in stage.variants:
        problem = _problem(stage, variant, machine, options)
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

    known = [times[key] for v in admissible if (key := variant_key(v)) in times]
    limit = min(known, default=math.inf) * EQUAL_SPEED

    def rank(variant: Variant) -> tuple[bool, bool, int, int]:
        pair = (variant.backend, variant.precision)
        place = table.index(pair) if pair in table else len(table)
        is_slow = bool(known) and not times.get(variant_key(variant), math.inf) <= limit
        unknown = not is_measured(variant)
        return unknown, is_slow, place, schemes.index(variant.scheme)

    best = min(admissible, key=rank)
    slower, reason = _comparison(best, admissible, times)
    return StageChoice(
        best,
        reason or _reason(best, admissible, options),
        (*rejected, *slower),
    )


def _comparison(
    best: Variant, admissible: list[Variant], times: Mapping[str, float]
) -> tuple[list[str], str]:
    """Lines for the variants that lost by measurement, and why the best one won."""
    own = times.get(variant_key(best))
    if own is None:
        return [], ""
    floats = {
        v.backend: times[key]
        for v in admissible
        if v.precision == "fp32" and (key := variant_key(v)) in times
    }
    lines = []
    for variant in admissible:
        seconds = times.get(variant_key(variant))
        if variant is best or seconds is None:
            continue
        reference, name = own, best.label
        # Of interest to whoever expected it to be faster.
        if (
            variant.precision != "fp32"
            and floats.get(variant.backend, math.inf) < seconds
        ):
            reference, name = floats[variant.backend], f"{variant.backend}:fp32"
        quality = "" if is_measured(variant) else ", quality not on record"
        lines.append(
            f"{variant.label}: {reference / seconds:.2f}x of {name} here{quality}: "
            "not used"
        )
    others = [times[k] for v in admissible if (k := variant_key(v)) in times]
    if len(others) == 1:
        return lines, f"{own * 1e6:.4g} us a row here, the only one measured"
    return lines, f"{own * 1e6:.4g} us a row here"


def _problem(
    stage: Stage, variant: Variant, machine: Machine, options: RuntimeOptions
) -> str | None:
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
    return gate_problem(variant, stage.kind)


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


def _num_threads(
    manifest: Manifest, options: RuntimeOptions, measured: MeasuredPlan | None
) -> int:
    requested = options.num_threads or env.num_threads()
    if requested is not None:
        return requested
    if measured is not None:
        return measured.num_threads
    size = sum(file.size for file in manifest.files.values())
    # Steps of a small pack take microseconds; waking a second thread takes longer.
    return thread_count() if size > LARGE_PACK_BYTES else 1


def _chunk_policy(
    manifest: Manifest, options: RuntimeOptions, measured: MeasuredPlan | None
) -> ChunkPolicy:
    streaming = manifest.streaming
    frames = options.chunk_frames
    if frames is None or frames == WHOLE_UTTERANCE:
        source = streaming if measured is None else measured
        return ChunkPolicy(
            first_frames=source.first_frames,
            max_frames=source.max_frames,
            growth=source.growth,
            whole=frames is not None or streaming.mode == "sentence",
        )
    return ChunkPolicy(frames, frames, 1.0, whole=False)
