"""Tables and rows from what was measured: pure functions, no clocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from benchmarks.engine_measure import Measurement
from benchmarks.engine_timing import Figure
from benchmarks.results import Row

LIMIT_TARGETS: Final = {1: 0.85, 8: 0.75, 400: 0.75}
"""Rows per call -> share of the physical limit that the generator shall reach."""
INT8_TARGETS: Final = {1: 2.5, 8: 1.7, 400: 1.1}
"""Rows per call -> how much faster than the best INT8 graph the generator shall be."""
AVX2_TARGETS: Final = {1: 1.5, 8: 1.0}
"""Rows per call -> the same on AVX2, every network, against any graph held to AVX2."""
_GENERATOR: Final = "gen"


def best_graph(
    measurements: Iterable[Measurement],
    figure: Figure,
    *,
    engines: Sequence[str] = ("ort", "openvino"),
    precisions: Sequence[str] = ("fp32", "int8"),
) -> Measurement | None:
    """Returns the fastest graph of one case, None where none was measured."""
    graphs = [
        entry
        for entry in measurements
        if entry.contender.partition(":")[0] in engines
        and entry.precision in precisions
    ]
    return min(graphs, key=lambda entry: _value(entry, figure), default=None)


def case_rows(
    measurements: Sequence[Measurement], own_rung: str, figure: Figure
) -> list[Row]:
    """Returns the comparisons of all cases, those with targets first.

    Args:
        measurements: of any rungs, networks and row counts.
        own_rung: the instruction set that the runtime chooses here.
        figure: which time to compare.
    """
    rows: list[Row] = []
    for (rung, network, num_rows), case in _cases(measurements).items():
        native = next((e for e in case if e.contender == "native"), None)
        if native is None:
            continue
        stem = (
            f"{network}.T{num_rows}"
            if rung == own_rung
            else (f"{rung}.{network}.T{num_rows}")
        )
        own, generator = rung == own_rung, network == _GENERATOR
        rows.append(_limit_row(stem, native, figure, own and generator))
        # onnxruntime chooses its kernels by itself: not a peer on a lower rung.
        engines = ("ort", "openvino") if own else ("openvino",)
        int8 = best_graph(case, figure, engines=engines, precisions=("int8",))
        target = INT8_TARGETS.get(num_rows) if own and generator else None
        rows.append(_ratio_row(f"{stem}.over_int8_graph", native, int8, figure, target))
        every = best_graph(case, figure, engines=engines)
        target = AVX2_TARGETS.get(num_rows) if rung == "avx2" else None
        rows.append(_ratio_row(f"{stem}.over_any_graph", native, every, figure, target))
        if not own:
            free = best_graph(case, figure, engines=("ort",))
            name = f"{stem}.over_unheld_ort"
            rows.append(_ratio_row(name, native, free, figure, None))
    rows += _unmeasured({row.target_id for row in rows})
    return sorted(rows, key=lambda row: row.target is None)


def time_rows(measurements: Iterable[Measurement]) -> list[Row]:
    """Returns median and p99 of everything, for the JSON file."""
    rows = []
    for entry in measurements:
        stem = f"{entry.rung}.{entry.network}.T{entry.num_rows}.{entry.contender}"
        fraction = entry.limit / entry.median if entry.limit else None
        for name in ("median", "p99", "best"):
            value = float(getattr(entry, name)) * 1e6
            share = fraction if name == "median" else None
            rows.append(Row(f"{stem}.{name}", value, "us", limit_fraction=share))
    return rows


def table(measurements: Sequence[Measurement], figure: Figure) -> str:
    """Returns one block per rung and network: contenders by rows, microseconds."""
    lines: list[str] = []
    blocks: dict[tuple[str, str], list[Measurement]] = {}
    for entry in measurements:
        blocks.setdefault((entry.rung, entry.network), []).append(entry)
    for (rung, network), block in blocks.items():
        counts = sorted({entry.num_rows for entry in block})
        names = list(dict.fromkeys(entry.contender for entry in block))
        cells = {(entry.contender, entry.num_rows): entry for entry in block}
        lines.append(
            f"\n{network}, {rung}, us per call, {figure} (p99)"
            f"\n{'':30}" + "".join(f"{f'T={count}':>20}" for count in counts)
        )
        for name in names:
            entries = (cells.get((name, count)) for count in counts)
            lines.append(
                f"{name:30}" + "".join(f"{_cell(e, figure):>20}" for e in entries)
            )
        native = [cells.get(("native", count)) for count in counts]
        lines.append(
            f"{'limit':30}"
            + "".join(
                f"{e.limit * 1e6:13.1f}       " if e else " " * 20 for e in native
            )
        )
        shares = (e.limit / _value(e, figure) if e else None for e in native)
        lines.append(
            f"{'native, share of the limit':30}"
            + "".join(
                f"{s:13.0%}       " if s is not None else " " * 20 for s in shares
            )
        )
        slowest = [
            best_graph((e for e in block if e.num_rows == count), figure)
            for count in counts
        ]
        ratios = (
            _value(peer, figure) / _value(own, figure) if peer and own else None
            for peer, own in zip(slowest, native, strict=True)
        )
        lines.append(
            f"{'best graph / native':30}"
            + "".join(f"{r:13.2f}       " if r else " " * 20 for r in ratios)
        )
    return "\n".join(line.rstrip() for line in lines)


def limits_table(limits: Mapping[str, Mapping[str, float]]) -> str:
    """Returns the physical limits by rung."""
    names = list(dict.fromkeys(name for each in limits.values() for name in each))
    lines = [f"{'limit':14}" + "".join(f"{rung:>16}" for rung in limits)]
    for name in names:
        cells = (each.get(name) for each in limits.values())
        lines.append(
            f"{name:14}"
            + "".join(f"{'' if c is None else f'{c:.1f}':>16}" for c in cells)
        )
    return "\n".join(lines)


def _cases(
    measurements: Iterable[Measurement],
) -> dict[tuple[str, str, int], list[Measurement]]:
    cases: dict[tuple[str, str, int], list[Measurement]] = {}
    for entry in measurements:
        key = (entry.rung, entry.network, entry.num_rows)
        cases.setdefault(key, []).append(entry)
    return cases


def _limit_row(stem: str, native: Measurement, figure: Figure, held: bool) -> Row:
    share = native.limit / _value(native, figure)
    return Row(
        f"{stem}.limit_fraction",
        share,
        "",
        f"{_value(native, figure) * 1e6:.1f} us, limit {native.limit * 1e6:.1f} us",
        limit_fraction=share,
        target=LIMIT_TARGETS.get(native.num_rows) if held else None,
        at_least=True,
    )


def _ratio_row(
    name: str,
    native: Measurement,
    peer: Measurement | None,
    figure: Figure,
    target: float | None,
) -> Row:
    if peer is None:
        return Row(name, None, "x", "no graph was measured", None, None, target, True)
    ratio = _value(peer, figure) / _value(native, figure)
    words = f"{peer.contender} {_value(peer, figure) * 1e6:.1f} us"
    return Row(
        name,
        ratio,
        "x",
        words,
        ratio,
        native.limit / _value(native, figure),
        target,
        at_least=True,
    )


def _unmeasured(known: set[str]) -> list[Row]:
    """Targets whose case did not run at all."""
    wanted = {
        f"{_GENERATOR}.T{count}.limit_fraction": target
        for count, target in LIMIT_TARGETS.items()
    }
    wanted |= {
        f"{_GENERATOR}.T{count}.over_int8_graph": target
        for count, target in INT8_TARGETS.items()
    }
    wanted |= {
        f"avx2.{_GENERATOR}.T{count}.over_any_graph": target
        for count, target in AVX2_TARGETS.items()
    }
    return [
        Row(name, None, "", "not measured", target=target, at_least=True)
        for name, target in wanted.items()
        if name not in known
    ]


def _value(entry: Measurement, figure: Figure) -> float:
    return entry.median if figure == "median" else entry.best


def _cell(entry: Measurement | None, figure: Figure) -> str:
    if entry is None:
        return ""
    return f"{_value(entry, figure) * 1e6:.1f} ({entry.p99 * 1e6:.0f})"
