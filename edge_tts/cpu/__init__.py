"""What this CPU can do and what this process makes of it."""

from __future__ import annotations

from edge_tts.cpu.features import CpuFeatures, cpu_features
from edge_tts.cpu.isa import Isa
from edge_tts.cpu.limits import ResourceLimits, resource_limits
from edge_tts.cpu.native_library import NativeLibrary, native_library
from edge_tts.cpu.select import (
    current_isa,
    default_num_threads,
    select_isa,
    supported_isas,
    thread_count,
)
from edge_tts.cpu.topology import Topology, pin_to, topology

__all__ = [
    "CpuFeatures",
    "Isa",
    "NativeLibrary",
    "ResourceLimits",
    "Topology",
    "cpu_features",
    "current_isa",
    "default_num_threads",
    "native_library",
    "pin_to",
    "resource_limits",
    "select_isa",
    "supported_isas",
    "thread_count",
    "topology",
]
