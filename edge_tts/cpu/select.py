"""Decides which instruction set runs and with how many threads; reads no hardware.

The decisions are pure functions of facts; ``current_isa`` and ``thread_count`` apply
them to this process.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from edge_tts import env
from edge_tts.cpu.features import CpuFeatures, cpu_features
from edge_tts.cpu.isa import Isa, ladder
from edge_tts.cpu.limits import resource_limits
from edge_tts.cpu.native_library import native_library
from edge_tts.cpu.topology import Topology, topology
from edge_tts.errors import ConfigError, UnsupportedIsaError

_AVX2 = frozenset({"avx", "avx2", "fma", "f16c"})
# One rung means all five: no CPU worth a rung of its own has only some of them.
_AVX512 = _AVX2 | {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}

REQUIRED_FEATURES: dict[Isa, frozenset[str]] = {
    Isa.GENERIC: frozenset(),
    Isa.NEON: frozenset({"neon"}),
    Isa.NEON_DOTPROD: frozenset({"neon", "dotprod"}),
    Isa.NEON_I8MM: frozenset({"neon", "dotprod", "i8mm"}),
    Isa.AVX2: _AVX2,
    Isa.AVX_VNNI: _AVX2 | {"avx_vnni"},
    Isa.AVX512: _AVX512,
    Isa.AVX512_VNNI: _AVX512 | {"avx512_vnni"},
}
"""What a CPU must have to run an instruction set."""


def supported_isas(features: CpuFeatures) -> tuple[Isa, ...]:
    """The instruction sets a CPU can run, lowest first."""
    return tuple(
        isa
        for isa in ladder(features.machine)
        if REQUIRED_FEATURES[isa] <= features.flags
    )


def select_isa(
    features: CpuFeatures, built: Collection[Isa], forced: str | None = None
) -> Isa:
    """The instruction set to run.

    Args:
        features: the CPU.
        built: instruction sets in the kernel library; empty when there is none, and
            then the best of the CPU, because graph runtimes bring their own kernels.
        forced: a name that overrules the choice, as ``EDGE_TTS_ISA`` gives it.

    Raises:
        ConfigError: ``forced`` is no name of an instruction set.
        UnsupportedIsaError: ``forced`` cannot run here, or was not built.
    """
    supported = supported_isas(features)
    if forced is None:
        candidates = [isa for isa in supported if isa in built] or [*supported]
        return candidates[-1]
    isa = _parse(forced)
    if isa not in supported:
        missing = REQUIRED_FEATURES[isa] - features.flags
        raise UnsupportedIsaError(
            isa.value,
            "not_supported",
            f"EDGE_TTS_ISA={isa}: not supported here: this {features.machine} CPU "
            f"lacks {', '.join(sorted(missing)) or 'that architecture'}; it can run "
            f"{_names(supported)}",
        )
    if isa not in built:
        have = f"it holds {_names(built)}" if built else "there is no kernel library"
        raise UnsupportedIsaError(
            isa.value,
            "not_built",
            f"EDGE_TTS_ISA={isa}: not built: {have}; install again with a C compiler "
            "that knows it",
        )
    return isa


def default_num_threads(topology: Topology, cpu_quota: float | None) -> int:
    """Threads for one network: the fast physical cores that are really ours.

    Never the raw core count: two threads of one core share its arithmetic units,
    little cores hold up big ones at every barrier, and a thread above the quota
    spends its time waiting to be scheduled again.

    Args:
        topology: cores within the affinity mask.
        cpu_quota: CPUs the control group grants, None for no limit.
    """
    fast_cores = len(topology.clusters[0]) if topology.clusters else 1
    if cpu_quota is None:
        return fast_cores
    return max(1, min(fast_cores, int(cpu_quota)))


@lru_cache(maxsize=1)
def current_isa() -> Isa:
    """The instruction set of this process, decided once.

    Raises:
        ConfigError: ``EDGE_TTS_ISA`` is no name of an instruction set.
        UnsupportedIsaError: ``EDGE_TTS_ISA`` cannot be had here.
    """
    return select_isa(cpu_features(), native_library().built, env.forced_isa())


def thread_count(requested: int | None = None) -> int:
    """Threads to use: as requested, else ``EDGE_TTS_THREADS``, else the default.

    Raises:
        ConfigError: ``EDGE_TTS_THREADS`` is not a number of threads.
    """
    chosen = requested if requested is not None else env.num_threads()
    if chosen is not None:
        return chosen
    return default_num_threads(topology(), resource_limits().cpus)


def _parse(name: str) -> Isa:
    try:
        return Isa(name.lower())
    except ValueError:
        raise ConfigError(
            f"EDGE_TTS_ISA: expected one of {_names(Isa)}, got {name!r}"
        ) from None


def _names(isas: Collection[Isa] | type[Isa]) -> str:
    return ", ".join(isa.value for isa in Isa if isa in isas)
