from __future__ import annotations

import itertools

from edge_tts.backends.measured_plan import variant_key
from edge_tts.backends.plan_store import FoundPlan
from edge_tts.backends.selection import Machine, select_plan
from edge_tts.cpu import topology
from edge_tts.cpu.topology import affinity
from edge_tts.options import RuntimeOptions
from edge_tts.packs.voice_library import VoiceLibrary
from edge_tts.tuning import Effort, tune_pack

SHORT = Effort(0.05, 1, (16,), (16,), (48,), 2)


def test_every_admissible_variant_is_measured() -> None:
    resolved = VoiceLibrary().resolve("edge-en")
    manifest = resolved.manifest
    shares: list[float] = []
    before = affinity()
    with resolved.open() as pack:
        measured = tune_pack(pack, SHORT, shares.append)
    assert affinity() == before
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(shares))
    assert shares[-1] == 1.0
    machine = Machine.current()
    usable = {name for name, why in machine.backend_problems.items() if why is None}
    one = [t for t in measured.stages if (t.num_threads, t.cpus) == (1, None)]
    assert {(t.stage, t.variant.split(":")[0]) for t in one} == set(
        itertools.product([stage.id for stage in manifest.stages], usable)
    )
    assert {t.num_threads for t in measured.stages} >= {1, len(topology().cores)}
    assert all(case.rtf > 0 for case in measured.speech)
    assert measured.speech[0].num_threads == 1
    plan = select_plan(
        manifest,
        machine,
        RuntimeOptions(),
        measured.num_threads,
        FoundPlan(measured, "here", ""),
    )
    for stage in manifest.stages:
        times = measured.times(stage.id, measured.num_threads)
        chosen = plan.choices[stage.id]
        own = times[variant_key(chosen.variant)]
        assert own <= 1.03 * min(times.values())
        assert len(chosen.rejected) == len(times) - 1
