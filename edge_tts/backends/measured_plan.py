"""What ``edgetts tune`` measured for a pack on a machine, and its form as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from edge_tts.backends.plan_key import MachineKey
from edge_tts.errors import PackError
from edge_tts.packs.json_fields import (
    Fields,
    Parser,
    T,
    integer,
    list_of,
    number,
    table_of,
    text,
)
from edge_tts.packs.pack_file import NAME_PATTERN
from edge_tts.packs.variant import Variant

FORMAT_VERSION: Final = 1
_CPUS: Final = r"^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$"
_MAX_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class StageTime:
    """One variant of a stage, with some threads on some CPUs."""

    stage: str
    variant: str
    """See ``variant_key``."""
    num_threads: int
    cpus: str | None
    """CPUs it was pinned to, as the kernel lists them; None for any."""
    rows: int
    """Rows per call."""
    seconds: float
    """Median of a call."""


@dataclass(frozen=True, slots=True)
class SpeechTime:
    """The whole pack at work, with the best variant of every stage."""

    num_threads: int
    cpus: str | None
    first_frames: int
    max_frames: int
    rtf: float
    """Seconds per second of sound."""
    first_seconds: float
    """Until the first samples."""


@dataclass(frozen=True, slots=True)
class MeasuredPlan:
    """Times, and the threads, CPUs and chunk sizes chosen by them."""

    machine: MachineKey
    pack_id: str
    pack_digest: str
    created: str
    """UTC, ISO 8601."""
    num_threads: int
    cpus: str | None
    """CPUs to pin to; None for any."""
    first_frames: int
    max_frames: int
    growth: float
    stages: tuple[StageTime, ...]
    speech: tuple[SpeechTime, ...]

    def times(self, stage: str, num_threads: int) -> dict[str, float]:
        """Seconds per row of a stage by variant, over all chunk sizes.

        Args:
            stage: Id of the stage.
            num_threads: The nearest number that was measured counts.
        """
        here = [item for item in self.stages if item.stage == stage]
        if not here:
            return {}
        counts = {item.num_threads for item in here}
        nearest = min(counts, key=lambda count: (abs(count - num_threads), count))
        cpus = self.cpus if nearest == self.num_threads else None
        used = [i for i in here if i.num_threads == nearest and i.cpus == cpus]
        sums: dict[str, list[float]] = {}
        for item in used:
            sums.setdefault(item.variant, []).append(item.seconds / item.rows)
        return {name: sum(values) / len(values) for name, values in sums.items()}

    def to_json(self) -> dict[str, Any]:
        """JSON values that ``parse`` reads."""
        return {
            "format": FORMAT_VERSION,
            "created": self.created,
            "machine": self.machine.to_json(),
            "pack": {"id": self.pack_id, "digest": self.pack_digest},
            "choice": {
                "threads": self.num_threads,
                "cpus": self.cpus,
                "first_frames": self.first_frames,
                "max_frames": self.max_frames,
                "growth": self.growth,
            },
            "stages": [
                {
                    "stage": item.stage,
                    "variant": item.variant,
                    "threads": item.num_threads,
                    "cpus": item.cpus,
                    "rows": item.rows,
                    "seconds": float(f"{item.seconds:.4g}"),
                }
                for item in self.stages
            ],
            "speech": [
                {
                    "threads": item.num_threads,
                    "cpus": item.cpus,
                    "first_frames": item.first_frames,
                    "max_frames": item.max_frames,
                    "rtf": float(f"{item.rtf:.4g}"),
                    "first_seconds": float(f"{item.first_seconds:.4g}"),
                }
                for item in self.speech
            ],
        }

    @classmethod
    def parse(cls, value: object) -> MeasuredPlan:
        """Read the JSON form.

        Raises:
            PackError: The value is no plan; the message names the key.
        """
        fields = Fields(value, "plan")
        fields.required("format", integer(FORMAT_VERSION, FORMAT_VERSION))
        created = fields.required("created", text(max_length=40))
        machine = fields.required("machine", _machine)
        pack = Fields(fields.required("pack", _object), "plan.pack")
        pack_id = pack.required("id", text(max_length=200))
        digest = pack.required("digest", text(r"^[0-9a-f]{32}$"))
        pack.close()
        choice = Fields(fields.required("choice", _object), "plan.choice")
        plan = cls(
            machine=machine,
            pack_id=pack_id,
            pack_digest=digest,
            created=created,
            num_threads=choice.required("threads", integer(1, 1024)),
            cpus=choice.required("cpus", _or_null(text(_CPUS))),
            first_frames=choice.required("first_frames", integer(1, 100_000)),
            max_frames=choice.required("max_frames", integer(1, 100_000)),
            growth=choice.required("growth", number(1, 16)),
            stages=fields.required("stages", list_of(_stage_time, 0, 10_000)),
            speech=fields.required("speech", list_of(_speech_time, 0, 10_000)),
        )
        choice.close()
        fields.close()
        if plan.first_frames > plan.max_frames:
            raise PackError("plan.choice: first_frames is larger than max_frames")
        return plan


def variant_key(variant: Variant) -> str:
    """Name of a variant within its stage, such as ``ort:int8:static:enc.onnx``."""
    return f"{variant.label}:{variant.scheme}:{min(variant.files.values(), default='')}"


def fastest(times: Mapping[str, float], candidates: Sequence[str]) -> str | None:
    """The candidate with the least time; None if none of them was measured."""
    known = [name for name in candidates if name in times]
    return min(known, key=lambda name: times[name], default=None)


def _machine(value: object, where: str) -> MachineKey:
    fields = Fields(value, where)
    machine = MachineKey(
        cpu=fields.required("cpu", text(max_length=1000)),
        isa=fields.required("isa", text(max_length=40)),
        cpus=fields.required("cpus", text(max_length=4000)),
        cpu_quota=fields.required("cpu_quota", _or_null(number(0, 1e6))),
        versions=fields.required(
            "versions", table_of(r"^[a-z_]{1,40}$", text(max_length=100), 32)
        ),
    )
    fields.close()
    return machine


def _stage_time(value: object, where: str) -> StageTime:
    fields = Fields(value, where)
    item = StageTime(
        stage=fields.required("stage", text(max_length=100)),
        variant=fields.required("variant", text(_VARIANT)),
        num_threads=fields.required("threads", integer(1, 1024)),
        cpus=fields.required("cpus", _or_null(text(_CPUS))),
        rows=fields.required("rows", integer(1, 1_000_000)),
        seconds=fields.required("seconds", number(1e-9, _MAX_SECONDS)),
    )
    fields.close()
    return item


def _speech_time(value: object, where: str) -> SpeechTime:
    fields = Fields(value, where)
    item = SpeechTime(
        num_threads=fields.required("threads", integer(1, 1024)),
        cpus=fields.required("cpus", _or_null(text(_CPUS))),
        first_frames=fields.required("first_frames", integer(1, 100_000)),
        max_frames=fields.required("max_frames", integer(1, 100_000)),
        rtf=fields.required("rtf", number(1e-9, 1e6)),
        first_seconds=fields.required("first_seconds", number(0, _MAX_SECONDS)),
    )
    fields.close()
    return item


def _object(value: object, where: str) -> Mapping[str, object]:
    Fields(value, where)
    assert isinstance(value, dict)
    return value


def _or_null(parser: Parser[T]) -> Parser[T | None]:
    def parse(value: object, where: str) -> T | None:
        return None if value is None else parser(value, where)

    return parse


_VARIANT: Final = r"^[a-z0-9]+:[a-z0-9]+:[a-z_]+:(" + NAME_PATTERN[1:-1] + r")?$"
