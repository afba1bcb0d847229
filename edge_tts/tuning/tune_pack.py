"""Times every admissible variant of a pack here and picks threads, CPUs and chunks.

All cases are opened once and measured in turns, round by round, so that a disturbance
meets all of them; medians are compared. Affinity, niceness and quota are those of the
process: the plan is for the machine as it is.
"""

from __future__ import annotations

import datetime
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from edge_tts.backends.base import StageExecutor
from edge_tts.backends.measured_plan import (
    MeasuredPlan,
    SpeechTime,
    StageTime,
    variant_key,
)
from edge_tts.backends.plan import ChunkPolicy
from edge_tts.backends.plan_key import MachineKey, pack_digest
from edge_tts.backends.plan_store import FoundPlan
from edge_tts.backends.registry import open_executor
from edge_tts.backends.selection import Machine, admissible_variants, select_plan
from edge_tts.cpu import resource_limits, topology
from edge_tts.cpu.topology import running_on
from edge_tts.errors import BackendError
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Manifest, Pack, Stage, Variant
from edge_tts.tuning.core_sets import CoreSet, core_sets
from edge_tts.tuning.decide import (
    SpokenCase,
    best_chunks,
    best_cores,
    estimate,
    safe_growth,
)
from edge_tts.tuning.effort import Effort
from edge_tts.tuning.speech_probe import PROBED_FAMILIES, SpeechProbe, Spoken
from edge_tts.tuning.stage_probe import StageProbe, rows_of

Report = Callable[[float], None]
"""Takes the share that is done, 0 to 1."""

_STAGE_SHARE: Final = 0.5
"""Of the time goes to single stages, the rest to whole sentences."""
_Executors = dict[tuple[CoreSet, str, str], StageExecutor]


@dataclass(frozen=True)
class _Case:
    """One stage, variant, setting and number of rows."""

    cores: CoreSet
    stage: Stage
    variant: str
    rows: int
    probe: StageProbe
    seconds: list[float] = field(default_factory=list)


def tune_pack(
    pack: Pack, effort: Effort, report: Report = lambda share: None
) -> MeasuredPlan:
    """Measure a pack.

    Args:
        pack: Open; its variants are compiled for every setting.
        effort: How long to measure.
        report: Told about progress.

    Raises:
        BackendError: A stage has no variant that runs here.
        PackError: A file of a variant is damaged.
    """
    manifest = pack.manifest
    machine = Machine.current()
    # A stage without any admissible variant is an error that says why for each.
    select_plan(manifest, machine, RuntimeOptions(measured_plan=False))
    variants = {
        stage.id: admissible_variants(manifest, stage, machine)
        for stage in manifest.stages
        if stage.variants
    }
    executors: _Executors = {}
    try:
        settings = core_sets(topology(), resource_limits().cpus)
        for index, cores in enumerate(settings):
            with running_on(cores.cpus):
                _open_all(pack, variants, cores, executors)
            report(0.2 * (index + 1) / len(settings))
        times = _time_stages(manifest, executors, effort, report)
        spoken = _time_speech(manifest, executors, times, effort, report)
    finally:
        for executor in executors.values():
            executor.close()
    report(1.0)
    return _plan(manifest, times, spoken)


def _open_all(
    pack: Pack,
    variants: Mapping[str, Sequence[Variant]],
    cores: CoreSet,
    executors: _Executors,
) -> None:
    beside: dict[str, StageExecutor] = {}
    for stage_id, candidates in variants.items():
        opened = 0
        problems = []
        for variant in candidates:
            try:
                executor = open_executor(
                    pack,
                    pack.manifest.stage(stage_id),
                    variant,
                    num_threads=cores.num_threads,
                    beside=beside.get(variant.backend),
                )
            except BackendError as error:
                # Another variant may do; the plan will not know this one.
                problems.append(f"{variant.label}: {error}")
                continue
            opened += 1
            beside[variant.backend] = executor
            executors[cores, stage_id, variant_key(variant)] = executor
        if not opened:
            raise BackendError(
                f"pack {pack.manifest.id}: no variant of stage {stage_id} opens: "
                + "; ".join(problems)
            )


def _time_stages(
    manifest: Manifest, executors: _Executors, effort: Effort, report: Report
) -> list[StageTime]:
    cases = []
    for (cores, stage_id, key), executor in executors.items():
        stage = manifest.stage(stage_id)
        sizes = rows_of(stage, effort.rows)
        probe = StageProbe(stage.signature, executor, sizes)
        cases += [_Case(cores, stage, key, rows, probe) for rows in sizes]
    try:
        for case in cases:  # Warms up: first calls choose kernels and touch memory.
            with running_on(case.cores.cpus):
                case.probe.seconds(case.rows)
        started = time.perf_counter()
        budget = effort.seconds * _STAGE_SHARE
        done = 0
        while done < effort.rounds or time.perf_counter() - started < budget:
            for case in cases:
                with running_on(case.cores.cpus):
                    case.seconds.append(case.probe.seconds(case.rows))
            done += 1
            shares = (time.perf_counter() - started) / budget, done / effort.rounds
            report(0.2 + 0.4 * min(1.0, *shares))
    finally:
        for probe in {id(case.probe): case.probe for case in cases}.values():
            probe.close()
    return [
        StageTime(
            case.stage.id,
            case.variant,
            case.cores.num_threads,
            case.cores.cpu_list,
            case.rows,
            statistics.median(case.seconds),
        )
        for case in cases
    ]


def _time_speech(
    manifest: Manifest,
    executors: _Executors,
    times: Sequence[StageTime],
    effort: Effort,
    report: Report,
) -> list[SpokenCase]:
    """Whole sentences by the most promising settings, then chunk sizes by the best."""
    settings = list(dict.fromkeys(cores for cores, _, _ in executors))
    totals = {cores: estimate(times, cores) for cores in settings}
    streaming = manifest.streaming
    usual = (streaming.first_frames, streaming.max_frames)
    if manifest.family not in PROBED_FAMILIES:
        return [
            SpokenCase(cores, *usual, Spoken(total, 0.0))
            for cores, total in totals.items()
        ]
    # One thread anywhere is what runs without a plan: it must be beaten, not assumed.
    simple = [cores for cores in settings if cores == CoreSet(1, None)]
    ranked = sorted(settings, key=lambda cores: totals[cores])[: effort.finalists]
    finalists = list(dict.fromkeys([*simple, *ranked]))
    probes = {
        cores: SpeechProbe(manifest, _best_executors(manifest, executors, times, cores))
        for cores in finalists
    }
    try:
        cases: _Cases = {(cores, usual): [] for cores in finalists}
        budget = effort.seconds * (1 - _STAGE_SHARE) / 2
        _speak_in_turns(
            probes,
            manifest,
            cases,
            effort.rounds,
            budget,
            lambda s: report(0.6 + 0.2 * s),
        )
        spoken = _medians(cases)
        cores = best_cores(spoken)
        sizes = {usual} | {
            (first, most)
            for first in effort.first_frames
            for most in effort.max_frames
            if first <= most
        }
        cases = {(cores, size): [] for size in sorted(sizes)}
        _speak_in_turns(
            probes,
            manifest,
            cases,
            effort.rounds,
            budget,
            lambda s: report(0.8 + 0.2 * s),
        )
        return [*spoken, *_medians(cases)]
    finally:
        for probe in probes.values():
            probe.close()


_Cases = dict[tuple[CoreSet, tuple[int, int]], list[Spoken]]


def _speak_in_turns(
    probes: Mapping[CoreSet, SpeechProbe],
    manifest: Manifest,
    cases: _Cases,
    rounds: int,
    budget: float,
    report: Report,
) -> None:
    growth = manifest.streaming.growth
    started = time.perf_counter()
    done = -1  # The first round warms up.
    while done < rounds or time.perf_counter() - started < budget:
        for (cores, (first, most)), results in cases.items():
            policy = ChunkPolicy(first, most, growth, whole=False)
            with running_on(cores.cpus):
                result = probes[cores].speak(policy)
            if done >= 0:
                results.append(result)
        done += 1
        report(min(1.0, done / rounds))


def _medians(cases: _Cases) -> list[SpokenCase]:
    return [
        SpokenCase(
            cores,
            first,
            most,
            Spoken(
                statistics.median(item.rtf for item in results),
                statistics.median(item.first_seconds for item in results),
            ),
        )
        for (cores, (first, most)), results in cases.items()
    ]


def _best_executors(
    manifest: Manifest,
    executors: _Executors,
    times: Sequence[StageTime],
    cores: CoreSet,
) -> dict[str, StageExecutor]:
    """Those that a plan with these times would choose."""
    draft = _plan(manifest, times, [SpokenCase(cores, 8, 48, Spoken(1.0, 0.0))])
    plan = select_plan(
        manifest,
        Machine.current(),
        RuntimeOptions(),
        cores.num_threads,
        FoundPlan(draft, "", ""),
    )
    return {
        stage_id: executors[cores, stage_id, variant_key(choice.variant)]
        for stage_id, choice in plan.choices.items()
    }


def _plan(
    manifest: Manifest, times: Sequence[StageTime], spoken: Sequence[SpokenCase]
) -> MeasuredPlan:
    cores = best_cores(spoken)
    own = [case for case in spoken if case.cores == cores]
    chunks = best_chunks(own, manifest.streaming)
    now = datetime.datetime.now(datetime.timezone.utc)
    return MeasuredPlan(
        machine=MachineKey.here(),
        pack_id=manifest.id,
        pack_digest=pack_digest(manifest),
        created=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        num_threads=cores.num_threads,
        cpus=cores.cpu_list,
        first_frames=chunks.first_frames,
        max_frames=chunks.max_frames,
        growth=safe_growth(chunks.spoken.rtf, manifest.streaming.growth),
        stages=tuple(times),
        speech=tuple(
            SpeechTime(
                case.cores.num_threads,
                case.cores.cpu_list,
                case.first_frames,
                case.max_frames,
                case.spoken.rtf,
                case.spoken.first_seconds,
            )
            for case in spoken
        ),
    )
