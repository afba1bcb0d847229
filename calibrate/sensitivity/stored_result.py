"""What ``sensitivity`` found, as a file that grows layer by layer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from calibrate.convert.errors import ConversionError


@dataclass
class LayerResult:
    """One layer alone in int8."""

    log_mel_l1: float
    sqnr_db: float
    multiply_adds: float


@dataclass
class Point:
    """The layers in int8 so far on the way from none to all."""

    int8_share: float
    """Of the multiply-adds."""
    seconds: float
    """Of the stage per second of sound."""
    nbytes: int
    """Of the weights."""
    log_mel_l1: float
    sqnr_db: float
    layer: str
    """The layer that was added last."""


@dataclass
class StageResult:
    """All that is known of one stage."""

    layers: dict[str, LayerResult] = field(default_factory=dict)
    path: list[Point] = field(default_factory=list)
    float_layers: list[str] | None = None
    """The assignment within the budget; None until the search is over."""
    budget: list[float] = field(default_factory=list)
    """Log-mel L1 (nat) and SQNR (dB) that the search was for."""


@dataclass
class StoredResult:
    """All stages of a pack."""

    pack: str
    digest: str
    stages: dict[str, StageResult] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> StoredResult:
        """Read what ``save`` wrote.

        Raises:
            ConversionError: There is no such file, or it holds something else.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            stages = {
                name: StageResult(
                    {k: LayerResult(**v) for k, v in stage["layers"].items()},
                    [Point(**point) for point in stage["path"]],
                    stage["float_layers"],
                    stage.get("budget", []),
                )
                for name, stage in data["stages"].items()
            }
            return cls(data["pack"], data["digest"], stages)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConversionError(
                f"{path}: not what `python -m calibrate sensitivity` writes: {error}"
            ) from error

    def save(self, path: Path) -> None:
        """Write whole or not at all."""
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        partial.replace(path)


def read_float_layers(path: Path | None, stage: str) -> frozenset[str]:
    """Layers of a stage that stay in float; none without a file.

    Raises:
        ConversionError: The file is damaged or the stage's search is not over.
    """
    if path is None:
        return frozenset()
    result = StoredResult.load(path).stages.get(stage)
    if result is None or result.float_layers is None:
        raise ConversionError(
            f"{path}: nothing final about stage {stage}; run `sensitivity` again"
        )
    return frozenset(result.float_layers)
