"""One way to run a stage: backend, precision, files and recorded quality."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from edge_tts.packs.json_fields import (
    Fields,
    choice,
    list_of,
    number,
    table_of,
    text,
)
from edge_tts.packs.pack_file import NAME_PATTERN as FILE_PATTERN

BACKEND_IDS: Final = ("native", "ort", "openvino")
PRECISIONS: Final = ("fp32", "fp16", "bf16", "int8", "int4")
SCHEMES: Final = ("none", "weight_only", "dynamic", "static")
GATES: Final = ("pass", "fail", "unmeasured")
METRIC_PATTERN: Final = r"^[a-z][a-z0-9_]{0,47}$"
SANE_FIGURES: Final[Mapping[str, tuple[float, float]]] = {
    "pesq_wb": (1.0, 4.65),
    "stoi": (-1.0, 1.0),
    "log_mel_l1": (0.0, 25.0),
    "mcd_db": (0.0, 200.0),
    "f0_rmse_hz": (0.0, 2000.0),
    "vuv_error": (0.0, 1.0),
    "top1_agreement": (0.0, 1.0),
    "sqnr_db": (-200.0, 200.0),
    "pcm_snr_db": (-200.0, 200.0),
}
"""Metric -> what it can be: a figure outside was not measured."""
_ISA_PATTERN: Final = r"^[a-z][a-z0-9_]{0,31}$"


class Variant(NamedTuple):
    """A stage in one precision for one backend."""

    backend: str
    """One of ``BACKEND_IDS``."""
    precision: str
    """One of ``PRECISIONS``: what the weights are kept in."""
    scheme: str
    """How activations meet quantised weights; ``none`` for floats."""
    files: Mapping[str, str]
    """Role -> file of the pack. Roles: ``graph`` (ONNX, for ort and openvino),
    ``spec`` and ``tensors`` (native)."""
    quality: Mapping[str, float] = MappingProxyType({})
    """Figures against fp32 of the same stage; names as in ``backends/gates.py``."""
    gate: str = "unmeasured"
    """Verdict of whoever built the pack; ``fail`` is never selected."""
    needs: tuple[str, ...] = ()
    """Instruction sets it is meant for; any one suffices, empty means all."""

    @property
    def label(self) -> str:
        """``backend:precision``, the form of plans and reports."""
        return f"{self.backend}:{self.precision}"

    @classmethod
    def parse(cls, value: object, where: str) -> Variant:
        """Read the JSON form."""
        fields = Fields(value, where)
        variant = cls(
            backend=fields.required("backend", choice(*BACKEND_IDS)),
            precision=fields.required("precision", choice(*PRECISIONS)),
            scheme=fields.optional("scheme", choice(*SCHEMES), "none"),
            files=fields.required(
                "files", table_of(r"^(graph|spec|tensors)$", text(FILE_PATTERN))
            ),
            quality=fields.optional("quality", parse_quality, MappingProxyType({})),
            gate=fields.optional("gate", choice(*GATES), "unmeasured"),
            needs=fields.optional("needs", list_of(text(_ISA_PATTERN), 0, 16), ()),
        )
        fields.close()
        return variant


def parse_quality(value: object, where: str) -> Mapping[str, float]:
    """Read figures by metric; those that cannot be are an error that names them."""
    figures = table_of(METRIC_PATTERN, number(), 256)(value, where)
    for metric, figure in figures.items():
        if metric in SANE_FIGURES:
            number(*SANE_FIGURES[metric])(figure, f"{where}.{metric}")
    return figures
