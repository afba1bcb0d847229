"""Rows that a benchmark measured, as a table, as JSON, and held against the targets."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.machine import Machine


@dataclass(frozen=True)
class Row:
    """One figure."""

    target_id: str
    """Name of the figure; those in ``Target`` rows are held against the design."""
    value: float | None
    """What was measured; None counts as missed where there is a target."""
    unit: str
    peer: str = ""
    """Who was measured beside us, in the same run, with their figure."""
    ratio: float | None = None
    """Peer's figure over ours: above 1 we are better when less is better."""
    limit_fraction: float | None = None
    """Share of the physical limit that was reached."""
    target: float | None = None
    """Largest value that still passes, or smallest where ``at_least`` is set."""
    at_least: bool = False

    @property
    def passed(self) -> bool | None:
        """Whether the target was met; None where there is none."""
        if self.target is None:
            return None
        if self.value is None:
            return False
        if self.at_least:
            return self.value >= self.target
        return self.value <= self.target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that every benchmark has."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows here")
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit 1 naming every target that was missed",
    )


def publish(
    name: str,
    rows: Sequence[Row],
    arguments: argparse.Namespace,
    machine: Machine,
    details: Sequence[Row] = (),
) -> int:
    """Print the table, write the JSON, return the exit code.

    ``details`` are figures for the JSON file alone.
    """
    print(f"\n{name}\n{machine}\n")
    print(f"{'figure':34} {'value':>11} {'unit':8} {'target':>9} {'':5} peer")
    for row in rows:
        value = "not run" if row.value is None else f"{row.value:.5g}"
        sign = ">=" if row.at_least else "<="
        target = "" if row.target is None else f"{sign} {row.target:g}"
        verdict = {None: "", True: "ok", False: "MISS"}[row.passed]
        peer = row.peer if row.ratio is None else f"{row.peer} ({row.ratio:.2f}x)"
        left = f"{row.target_id:34} {value:>11} {row.unit:8}"
        print(f"{left} {target:>9} {verdict:5} {peer}")
    if arguments.json:
        table = [{**asdict(row), "pass": row.passed} for row in (*rows, *details)]
        text = json.dumps(
            {"benchmark": name, "machine": machine.to_dict(), "rows": table}, indent=1
        )
        arguments.json.write_text(text + "\n", encoding="utf-8")
    missed = [row.target_id for row in rows if row.passed is False]
    if arguments.check and missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
        return 1
    return 0
