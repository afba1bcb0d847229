from __future__ import annotations

import copy
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.backends.gates import gate_problem
from edge_tts.backends.measured_plan import MeasuredPlan, StageTime, variant_key
from edge_tts.backends.plan import ChunkPolicy, Plan
from edge_tts.backends.plan_key import MachineKey, pack_digest
from edge_tts.backends.plan_store import FoundPlan
from edge_tts.backends.preferences import PREFERENCES
from edge_tts.backends.registry import BACKENDS
from edge_tts.backends.selection import (
    LARGE_PACK_BYTES,
    Machine,
    plan_for_this_machine,
    select_plan,
)
from edge_tts.cpu import thread_count
from edge_tts.cpu.isa import Isa
from edge_tts.errors import BackendError, PackError
from edge_tts.options import WHOLE_UTTERANCE, RuntimeOptions
from edge_tts.packs import Manifest
from edge_tts.packs.variant import BACKEND_IDS, PRECISIONS, SCHEMES
from tests.packs.example_pack import example_manifest

ALL_HERE = dict.fromkeys(BACKEND_IDS)


def _machine(
    isa: Isa = Isa.AVX512_VNNI, problems: dict[str, str | None] | None = None
) -> Machine:
    supported = (Isa.GENERIC, Isa.AVX2, isa)
    return Machine(isa, supported, ALL_HERE | (problems or {}))


def _variant(label: str, **more: Any) -> dict[str, Any]:
    backend, precision = label.split(":")
    native = backend == "native"
    names = ("spec", "tensors") if native else ("graph",)
    return {
        "backend": backend,
        "precision": precision,
        "gate": "pass",
        "quality": {"pesq_wb": 4.5, "top1_agreement": 0.99},
        "files": dict.fromkeys(names, "LICENSE.txt"),
        **more,
    }


def _manifest(*variants: dict[str, Any], **stage: Any) -> Manifest:
    manifest = example_manifest()
    manifest["stages"][0].update(variants=list(variants), **stage)
    return Manifest.parse(manifest)


def _chosen(manifest: Manifest, machine: Machine | None = None, **options: Any) -> str:
    plan = select_plan(manifest, machine or _machine(), RuntimeOptions(**options))
    return plan.variants["decoder"]


EVERYTHING = [
    _variant(f"{backend}:{precision}")
    for backend in BACKEND_IDS
    for precision in ("fp32", "int8")
]


@pytest.mark.parametrize("isa", Isa)
def test_shipped_table(isa: Isa) -> None:
    best = "ort:int8" if isa is Isa.GENERIC else "native:int8"
    manifest = _manifest(*EVERYTHING)
    assert _chosen(manifest, _machine(isa)) == best
    missing = _machine(isa, {"native": "not built", "ort": "not installed"})
    assert _chosen(manifest, missing) == "openvino:int8"


def test_table_is_complete() -> None:
    assert PREFERENCES.keys() == set(Isa)
    for table in PREFERENCES.values():
        assert len(set(table)) == len(table)
        assert {backend for backend, _ in table} == BACKENDS.keys()
        assert {precision for _, precision in table} == set(PRECISIONS)


def test_order_in_the_pack_does_not_matter_to_the_table() -> None:
    assert _chosen(_manifest(*reversed(EVERYTHING))) == "native:int8"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"backend": "openvino"}, "openvino:int8"),
        ({"backend": "ort", "precision": "fp32"}, "ort:fp32"),
        ({"precision": "fp32"}, "native:fp32"),
        ({"precision": "int8"}, "native:int8"),
    ],
)
def test_forced(options: dict[str, Any], expected: str) -> None:
    assert _chosen(_manifest(*EVERYTHING), **options) == expected


def test_forced_precision_keeps_what_the_pack_has_only_in_higher() -> None:
    manifest = _manifest(_variant("ort:fp32"))
    assert _chosen(manifest, precision="int8") == "ort:fp32"


@pytest.mark.parametrize(
    ("variants", "options", "problems", "message"),
    [
        ([_variant("ort:int8")], {"precision": "fp32"}, {}, "precision fp32 is forced"),
        ([_variant("ort:int8")], {"backend": "openvino"}, {}, "openvino is forced"),
        (
            [_variant("ort:int8")],
            {"backend": "ort"},
            {"ort": "pip install onnxruntime"},
            "backend ort cannot be used: pip install onnxruntime",
        ),
        (
            [_variant("ort:int8"), _variant("native:int8", gate="fail")],
            {},
            {"ort": "not installed"},
            "ort:int8: not installed; native:int8: the pack says it fails",
        ),
        ([_variant("ort:int8", needs=["neon"])], {}, {}, "needs neon"),
    ],
)
def test_no_usable_variant(
    variants: list[dict[str, Any]],
    options: dict[str, Any],
    problems: dict[str, str | None],
    message: str,
) -> None:
    with pytest.raises(BackendError) as caught:
        _chosen(_manifest(*variants), _machine(problems=problems), **options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("quality", "passes"),
    [
        ({}, False),
        ({"pesq_wb": 3.99}, False),
        (
            {"pesq_wb": 4.0, "log_mel_l1": 0.05, "f0_rmse_hz": 2, "vuv_error": 0.01},
            True,
        ),
        ({"log_mel_l1": 0.051}, False),
        ({"f0_rmse_hz": 2.1}, False),
        ({"vuv_error": 0.02}, False),
        ({"top1_agreement": 0.94}, False),
        ({"sqnr_db": 1.0}, False),
        ({"sqnr_db": 1.0, "log_mel_l1": 0.0}, True),
    ],
)
def test_gates(quality: dict[str, float], passes: bool) -> None:
    manifest = _manifest(_variant("ort:int8", quality=quality), _variant("ort:fp32"))
    assert (gate_problem(manifest.stages[0].variants[0]) is None) == passes
    assert _chosen(manifest) == ("ort:int8" if passes else "ort:fp32")
    # A force does not open a gate.
    if not passes:
        assert _chosen(manifest, precision="int8") == "ort:fp32"


def test_unmeasured_int8_yields_to_fp32_but_is_better_than_nothing() -> None:
    unmeasured = _variant("ort:int8", gate="unmeasured", quality={})
    assert _chosen(_manifest(unmeasured, _variant("ort:fp32"))) == "ort:fp32"
    assert _chosen(_manifest(unmeasured)) == "ort:int8"
    manifest = _manifest(unmeasured, _variant("ort:fp32"))
    assert _chosen(manifest, precision="int8") == "ort:int8"


def test_a_claim_without_figures_is_named() -> None:
    manifest = _manifest(_variant("ort:int8", quality={"sqnr_db": 40.0}))
    with pytest.raises(BackendError, match="passes its gate but records none of pesq"):
        _chosen(manifest)
    # Loops over tokens are not judged by the sound.
    loop = {"sampler": "s", "stop_tokens": [1], "max_steps": 9}
    manifest = _manifest(
        _variant("ort:int8", quality={"pesq_wb": 4.5}), kind="ar", ar=loop
    )
    with pytest.raises(BackendError, match="records none of top1_agreement"):
        _chosen(manifest)


@pytest.mark.parametrize(
    ("metric", "figure"),
    [("pesq_wb", 9.0), ("pesq_wb", 0.0), ("vuv_error", -0.1), ("log_mel_l1", -1.0)],
)
def test_figures_that_cannot_be_are_named(metric: str, figure: float) -> None:
    with pytest.raises(PackError, match=rf"variants\[0\].quality.{metric}: expected"):
        _manifest(_variant("ort:int8", quality={metric: figure}))


def _measured(manifest: Manifest, **micros: float) -> FoundPlan:
    """A plan with microseconds for ``backend_precision``."""
    times = [
        StageTime("decoder", variant_key(variant), 1, None, 10, 1e-5 * found)
        for variant in manifest.stages[0].variants
        if (found := micros.get(variant.label.replace(":", "_"))) is not None
    ]
    plan = MeasuredPlan(
        *(MachineKey.here(), manifest.id, pack_digest(manifest), "", 1, None),
        *(4, 32, 1.5, tuple(times), ()),
    )
    return FoundPlan(plan, "plan.json", "")


def test_the_fastest_by_measurement_wins() -> None:
    manifest = _manifest(*EVERYTHING)
    found = _measured(
        manifest, native_int8=20, ort_int8=25, ort_fp32=18, openvino_int8=40
    )
    plan = select_plan(manifest, _machine(), RuntimeOptions(), 1, found)
    assert plan.variants == {"decoder": "ort:fp32"}
    assert plan.chunks == ChunkPolicy(4, 32, 1.5, False)
    assert plan.reasons == [
        "measured: plan.json for avx512_vnni, threads: 1",
        "decoder: ort:fp32: 18 us a row here",
        "decoder: not native:int8: 0.90x of ort:fp32 here: not used",
        "decoder: not ort:int8: 0.72x of ort:fp32 here: not used",
        "decoder: not openvino:int8: 0.45x of ort:fp32 here: not used",
    ]
    # Flags are stronger.
    forced = RuntimeOptions(precision="int8", chunk_frames=5)
    plan = select_plan(manifest, _machine(), forced, 1, found)
    assert plan.variants == {"decoder": "native:int8"}
    assert plan.chunks == ChunkPolicy(5, 5, 1.0, False)


def test_the_table_decides_among_equals() -> None:
    manifest = _manifest(*EVERYTHING)
    found = _measured(manifest, native_int8=20.4, openvino_int8=20, ort_int8=30)
    plan = select_plan(manifest, _machine(), RuntimeOptions(), 1, found)
    assert plan.variants == {"decoder": "native:int8"}


def test_speed_opens_no_gate() -> None:
    manifest = _manifest(
        _variant("ort:int8", quality={"pesq_wb": 3.0}),
        _variant("native:int8", gate="fail"),
        _variant("openvino:int8", gate="unmeasured", quality={}),
        _variant("ort:fp32"),
    )
    found = _measured(
        manifest, ort_int8=1, native_int8=1, openvino_int8=1, ort_fp32=100
    )
    plan = select_plan(manifest, _machine(), RuntimeOptions(), 1, found)
    assert plan.variants == {"decoder": "ort:fp32"}


def test_needs() -> None:
    manifest = _manifest(
        _variant("ort:int8", needs=["avx512_vnni", "neon_dotprod"]),
        _variant("openvino:int8", needs=["avx2"]),
    )
    assert _chosen(manifest) == "ort:int8"
    assert _chosen(manifest, _machine(Isa.AVX2)) == "openvino:int8"


def test_scheme_by_kind_of_stage() -> None:
    schemes = [
        _variant("ort:int8", scheme="weight_only"),
        _variant("ort:int8", scheme="dynamic"),
    ]
    plan = select_plan(_manifest(*schemes), _machine(), RuntimeOptions())
    assert plan.choices["decoder"].variant.scheme == "dynamic"
    loop = {"sampler": "s", "stop_tokens": [1], "max_steps": 9}
    manifest = _manifest(*schemes, kind="ar", ar=loop)
    plan = select_plan(manifest, _machine(), RuntimeOptions())
    assert plan.choices["decoder"].variant.scheme == "weight_only"


def test_chunks() -> None:
    manifest = _manifest(_variant("ort:fp32"))

    def plan(**options: Any) -> Plan:
        return select_plan(manifest, _machine(), RuntimeOptions(**options))

    assert plan().chunks == ChunkPolicy(8, 48, 2.0, False)
    assert plan(chunk_frames=5).chunks == ChunkPolicy(5, 5, 1.0, False)
    assert plan(chunk_frames=WHOLE_UTTERANCE).chunks.whole


def test_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    small = example_manifest()
    small["stages"][0]["variants"] = [_variant("ort:fp32")]
    large = copy.deepcopy(small)
    large["files"]["LICENSE.txt"]["size"] = LARGE_PACK_BYTES + 1

    def threads(manifest: dict[str, Any], **options: Any) -> int:
        parsed = Manifest.parse(manifest)
        return plan_for_this_machine(parsed, RuntimeOptions(**options)).num_threads

    monkeypatch.delenv("EDGE_TTS_THREADS", raising=False)
    assert threads(small) == 1
    assert threads(large) == thread_count()
    assert threads(small, num_threads=3) == 3
    monkeypatch.setenv("EDGE_TTS_THREADS", "5")
    assert threads(small) == 5
    assert threads(small, num_threads=3) == 3


def test_chunk_sizes_grow_to_the_largest() -> None:
    assert list(islice(ChunkPolicy(6, 40, 2.0, False).sizes(), 5)) == [
        6,
        12,
        24,
        40,
        40,
    ]
    assert list(islice(ChunkPolicy(5, 5, 1.0, False).sizes(), 3)) == [5, 5, 5]
    assert list(islice(ChunkPolicy(3, 7, 1.3, False).sizes(), 6)) == [3, 3, 5, 6, 7, 7]


def test_reasons_are_lines_for_people() -> None:
    manifest = _manifest(_variant("native:int8"), _variant("ort:int8"))
    plan = select_plan(
        manifest, _machine(problems={"native": "not built"}), RuntimeOptions()
    )
    assert plan.reasons == [
        "shipped table for avx512_vnni, threads: 1",
        "decoder: ort:int8: the only usable variant",
        "decoder: not native:int8: not built",
    ]


@given(
    st.lists(
        st.builds(
            lambda backend, precision, scheme, gate: _variant(
                f"{backend}:{precision}", scheme=scheme, gate=gate
            ),
            st.sampled_from(BACKEND_IDS),
            st.sampled_from(PRECISIONS),
            st.sampled_from(SCHEMES),
            st.sampled_from(["pass", "fail", "unmeasured"]),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(Isa),
    st.fixed_dictionaries({}, optional={name: st.just("gone") for name in BACKEND_IDS}),
)
def test_choice_is_always_admissible(
    variants: list[dict[str, Any]], isa: Isa, problems: dict[str, str | None]
) -> None:
    manifest = _manifest(*variants)
    good = [
        item
        for item in manifest.stages[0].variants
        if item.gate != "fail" and item.backend not in problems
    ]
    try:
        plan = select_plan(manifest, _machine(isa, problems), RuntimeOptions())
    except BackendError:
        assert not good
        return
    chosen = plan.choices["decoder"]
    assert chosen.variant in good
    assert len(chosen.rejected) == len(manifest.stages[0].variants) - len(good)


def test_this_machine() -> None:
    manifest = _manifest(_variant("ort:fp32"))
    plan = plan_for_this_machine(manifest, RuntimeOptions(num_threads=2))
    assert plan.isa in {isa.value for isa in Isa}
    assert plan.variants == {"decoder": "ort:fp32"}
    assert plan.num_threads == 2
