from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_tts.backends.measured_plan import MeasuredPlan, StageTime, variant_key
from edge_tts.backends.plan_key import MachineKey, pack_digest
from edge_tts.backends.plan_store import find_plan, plan_file, read_plan, write_plan
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.errors import PackError, SinkError
from edge_tts.narrate.job_pins import pin_voices
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Manifest
from edge_tts.packs.voice_library import VoiceLibrary
from tests.packs.example_pack import example_manifest


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    monkeypatch.delenv("EDGE_TTS_PLAN", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return VoiceLibrary().resolve("edge-en").manifest


def _plan(manifest: Manifest) -> MeasuredPlan:
    """The third variant of every stage is the fastest."""
    times = tuple(
        StageTime(stage.id, variant_key(variant), 1, None, 16, 1e-3 * 0.5**index)
        for stage in manifest.stages
        for index, variant in enumerate(stage.variants)
    )
    return MeasuredPlan(
        *(MachineKey.here(), manifest.id, pack_digest(manifest), "2026-01-31", 1),
        *(None, 12, 24, 1.5, times, ()),
    )


def _write(manifest: Manifest, plan: MeasuredPlan | None = None) -> None:
    path = plan_file(manifest.id)
    path.parent.mkdir(exist_ok=True, parents=True)
    write_plan(plan or _plan(manifest), path)


def test_a_written_plan_decides(manifest: Manifest) -> None:
    pytest.importorskip("openvino")
    plan = _plan(manifest)
    _write(manifest, plan)
    assert read_plan(plan_file(manifest.id)) == plan
    assert find_plan(manifest).plan == plan
    chosen = plan_for_this_machine(manifest, RuntimeOptions())
    assert set(chosen.variants.values()) == {"openvino:int8", "openvino:fp16"}
    assert chosen.origin == f"measured: {plan_file(manifest.id)}"
    assert (chosen.chunks.first_frames, chosen.chunks.max_frames) == (12, 24)
    # Books are to sound the same wherever they go on.
    shipped = plan_for_this_machine(manifest, RuntimeOptions(measured_plan=False))
    assert shipped.origin == "shipped table"
    pins = pin_voices({"edge-en/lj": None}, RuntimeOptions())
    assert pins.voices["edge-en/lj"]["stage.vocoder"] == shipped.variants["vocoder"]
    assert not pins.runtime.measured_plan


def test_without_a_plan_the_table_decides(manifest: Manifest) -> None:
    chosen = plan_for_this_machine(manifest, RuntimeOptions())
    assert chosen.origin == "shipped table"
    assert "`edgetts tune` measures" in chosen.note


def test_environment(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(manifest)
    monkeypatch.setenv("EDGE_TTS_PLAN", "off")
    assert find_plan(manifest).reason == "EDGE_TTS_PLAN is off"
    other = tmp_path / "other.json"
    monkeypatch.setenv("EDGE_TTS_PLAN", str(other))
    assert "other.json: cannot be read: No such file" in find_plan(manifest).reason
    write_plan(replace(_plan(manifest), first_frames=7), other)
    found = find_plan(manifest).plan
    assert found is not None
    assert found.first_frames == 7


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"pack_id": "other"}, "made for pack other, this is edge-en"),
        ({"pack_digest": "0" * 32}, "the pack has changed since"),
        ({"num_threads": 1024}, "asks for 1024 threads, here are "),
        ({"first_frames": 25}, "first_frames is larger than max_frames"),
        ({"cpu": "x86_64 Other"}, "made for CPU x86_64 Other, here it is "),
        ({"isa": "neon"}, "made for instruction set neon, here it is "),
        ({"cpus": "0-127"}, "made for allowed CPUs 0-127, here it is "),
        ({"cpu_quota": 0.5}, "made for CPU quota 0.5, here it is "),
        (
            {"versions": {"edge_tts": "0.0.0"}},
            "made with edge_tts 0.0.0, here it is ",
        ),
    ],
)
def test_stale_and_foreign_plans(
    manifest: Manifest, change: dict[str, Any], reason: str
) -> None:
    plan = _plan(manifest)
    (key,) = change
    if not hasattr(plan.machine, key):
        plan = replace(plan, **change)
    else:
        if key == "versions":
            change = {"versions": {**plan.machine.versions, **change["versions"]}}
        plan = replace(plan, machine=replace(plan.machine, **change))
    _write(manifest, plan)
    found = find_plan(manifest)
    assert found.plan is None
    assert reason in found.reason
    assert "\n" not in found.reason
    chosen = plan_for_this_machine(manifest, RuntimeOptions())
    assert (chosen.origin, chosen.note) == ("shipped table", found.reason)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"format": 2}',
        b'{"format": 1, "created": NaN}',
        b" " * (5 << 20),
    ],
)
def test_damaged_plans_are_ignored(manifest: Manifest, data: bytes) -> None:
    path = plan_file(manifest.id)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    found = find_plan(manifest)
    assert found.plan is None
    assert found.reason.startswith("plan ignored: ")
    assert "\n" not in found.reason
    assert plan_for_this_machine(manifest, RuntimeOptions()).origin == "shipped table"


def test_a_folder_in_place_of_a_plan(manifest: Manifest) -> None:
    plan_file(manifest.id).mkdir(parents=True)
    assert "cannot be read" in find_plan(manifest).reason
    with pytest.raises(SinkError, match="cannot write"):
        _write(manifest)
    assert list(plan_file(manifest.id).parent.iterdir()) == [plan_file(manifest.id)]


def test_a_place_that_cannot_be_looked_at(
    manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a home folder of somebody else: looking fails, not only reading.
    monkeypatch.setenv("XDG_CACHE_HOME", "/" + "x" * 300)
    assert "cannot be read" in find_plan(manifest).reason


def test_a_list_of_cpus_without_end(manifest: Manifest) -> None:
    _write(manifest, replace(_plan(manifest), cpus="0-99999999999999"))
    assert not plan_for_this_machine(manifest, RuntimeOptions()).cpus


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), junk=_JSON)
def test_any_change_is_read_or_refused(data: st.DataObject, junk: Any) -> None:
    manifest = Manifest.parse(example_manifest())
    value = copy.deepcopy(_plan(manifest).to_json())
    place: Any = value
    while True:
        key = data.draw(
            st.sampled_from(sorted(place))
            if isinstance(place, dict)
            else st.integers(0, len(place) - 1)
        )
        if (
            isinstance(place[key], (dict, list))
            and place[key]
            and data.draw(st.booleans())
        ):
            place = place[key]
            continue
        place[key] = junk
        break
    try:
        parsed = MeasuredPlan.parse(json.loads(json.dumps(value)))
    except PackError as error:
        assert "\n" not in str(error)
    else:
        assert MeasuredPlan.parse(parsed.to_json()) == parsed
