"""Every row of the decision table, and every reason to refuse one."""

from __future__ import annotations

import pytest

from edge_tts.cpu.features import CpuFeatures
from edge_tts.cpu.isa import LADDERS, Isa, ladder
from edge_tts.cpu.select import (
    REQUIRED_FEATURES,
    default_num_threads,
    select_isa,
    supported_isas,
    thread_count,
)
from edge_tts.cpu.topology import Core, Topology
from edge_tts.errors import ConfigError, UnsupportedIsaError

AVX2 = "avx avx2 fma f16c"
AVX512 = f"{AVX2} avx512f avx512cd avx512bw avx512dq avx512vl"
EVERY_X86 = LADDERS["x86_64"]
EVERY_ARM = LADDERS["aarch64"]


def cpu(machine: str, flags: str) -> CpuFeatures:
    return CpuFeatures(machine, "", "", frozenset(flags.split()), "native")


@pytest.mark.parametrize(
    ("machine", "flags", "expected"),
    [
        pytest.param("x86_64", "", "generic", id="first Atoms"),
        pytest.param("x86_64", "avx", "generic", id="Sandy Bridge"),
        pytest.param("x86_64", "avx avx2 fma", "generic", id="no f16c"),
        pytest.param("x86_64", AVX2, "avx2", id="Haswell, Zen 1-3"),
        pytest.param("x86_64", f"{AVX2} avx_vnni", "avx_vnni", id="N100"),
        pytest.param("x86_64", f"{AVX2} avx512f avx512cd", "avx2", id="Xeon Phi"),
        pytest.param("x86_64", AVX512, "avx512", id="Skylake-X"),
        pytest.param("x86_64", f"{AVX512} avx512_vnni", "avx512_vnni", id="Zen 4"),
        pytest.param(
            "x86_64",
            f"{AVX512} avx512_vnni avx_vnni",
            "avx512_vnni",
            id="Sapphire Rapids, Zen 5",
        ),
        pytest.param("aarch64", "", "generic", id="kernel without asimd"),
        pytest.param("aarch64", "neon", "neon", id="Pi 3, Pi 4, Jetson Nano"),
        pytest.param("aarch64", "neon dotprod", "neon_dotprod", id="Pi 5, Orin"),
        pytest.param("aarch64", "neon dotprod i8mm", "neon_i8mm", id="Graviton 3"),
        pytest.param("aarch64", "neon i8mm", "neon", id="i8mm without dotprod"),
        pytest.param("armv7l", "neon", "generic", id="32-bit Raspberry Pi OS"),
        pytest.param("riscv64", "", "generic", id="RISC-V"),
    ],
)
def test_choice(machine: str, flags: str, expected: str) -> None:
    features = cpu(machine, flags)
    assert select_isa(features, ladder(machine)).value == expected
    # Without a library the choice names the machine for the graph runtimes.
    assert select_isa(features, ()).value == expected


@pytest.mark.parametrize("isa", list(Isa))
def test_every_rung_is_chosen_by_exactly_its_features(isa: Isa) -> None:
    machine = "aarch64" if isa in EVERY_ARM and isa is not Isa.GENERIC else "x86_64"
    needed = REQUIRED_FEATURES[isa]
    assert select_isa(cpu(machine, " ".join(needed)), ladder(machine)) is isa
    for missing in needed:
        poorer = cpu(machine, " ".join(needed - {missing}))
        assert isa not in supported_isas(poorer)


def test_ladders_hold_every_isa_and_ascend() -> None:
    assert set(EVERY_X86) | set(EVERY_ARM) == set(Isa)
    assert EVERY_X86[0] is EVERY_ARM[0] is Isa.GENERIC


def test_a_rung_that_was_not_built_is_passed_over() -> None:
    zen4 = cpu("x86_64", f"{AVX512} avx512_vnni")
    assert select_isa(zen4, {Isa.GENERIC, Isa.AVX2}) is Isa.AVX2
    assert select_isa(zen4, {Isa.GENERIC}) is Isa.GENERIC


@pytest.mark.parametrize("forced", ["generic", "avx2", "avx512", "AVX2"])
def test_lower_rungs_can_be_forced(forced: str) -> None:
    zen4 = cpu("x86_64", f"{AVX512} avx512_vnni")
    assert select_isa(zen4, EVERY_X86, forced).value == forced.lower()


@pytest.mark.parametrize(
    ("forced", "built", "reason", "words"),
    [
        ("avx_vnni", EVERY_X86, "not_supported", "lacks avx_vnni"),
        ("neon", EVERY_X86, "not_supported", "lacks neon"),
        ("neon_i8mm", (), "not_supported", "it can run generic, avx2, avx512"),
        ("avx2", (Isa.GENERIC,), "not_built", "it holds generic"),
        ("generic", (), "not_built", "there is no kernel library"),
    ],
)
def test_impossible_force(
    forced: str, built: tuple[Isa, ...], reason: str, words: str
) -> None:
    zen4 = cpu("x86_64", f"{AVX512} avx512_vnni")
    with pytest.raises(UnsupportedIsaError, match=words) as caught:
        select_isa(zen4, built, forced)
    assert caught.value.reason == reason
    assert caught.value.isa == forced
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("forced", ["avx3", "avx-512", "sse2", "NEON DOTPROD", "0"])
def test_unknown_names_are_refused_with_the_known_ones(forced: str) -> None:
    with pytest.raises(ConfigError, match="generic, neon, neon_dotprod"):
        select_isa(cpu("x86_64", AVX2), EVERY_X86, forced)


def cores(*capacities: int, threads: int = 1) -> Topology:
    built = tuple(
        Core(tuple(range(i * threads, (i + 1) * threads)), capacity)
        for i, capacity in enumerate(capacities)
    )
    logical = tuple(cpu for core in built for cpu in core.cpus)
    return Topology(64, logical, built)


@pytest.mark.parametrize(
    ("topology", "quota", "expected"),
    [
        pytest.param(cores(0, 0, 0, 0), None, 4, id="Pi"),
        pytest.param(cores(0, 0, threads=2), None, 2, id="two cores, four threads"),
        pytest.param(cores(*[530] * 4, *[1024] * 4), None, 4, id="RK3588: big cores"),
        pytest.param(cores(*[5100] * 6, 5300, 5300), None, 8, id="favoured cores"),
        pytest.param(cores(1024), None, 1, id="affinity of one"),
        pytest.param(cores(0, 0, 0, 0), 2.0, 2, id="quota of two"),
        pytest.param(cores(0, 0, 0, 0), 1.5, 1, id="a part of a CPU does not count"),
        pytest.param(cores(0, 0, 0, 0), 0.25, 1, id="quota below one"),
        pytest.param(cores(0, 0), 64.0, 2, id="quota above the machine"),
        pytest.param(Topology(8, (), ()), None, 1, id="nothing known"),
    ],
)
def test_default_num_threads(
    topology: Topology, quota: float | None, expected: int
) -> None:
    assert default_num_threads(topology, quota) == expected


def test_thread_count_prefers_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_TTS_THREADS", "3")
    assert thread_count() == 3
    assert thread_count(2) == 2
    monkeypatch.delenv("EDGE_TTS_THREADS")
    assert thread_count() >= 1
