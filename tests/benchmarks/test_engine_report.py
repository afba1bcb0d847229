"""Rows and tables of the engine benchmark, from made-up times."""

from __future__ import annotations

import pytest

from benchmarks.engine_measure import Measurement
from benchmarks.engine_report import best_graph, case_rows, table, time_rows

OWN = "avx512_vnni"


def entry(
    contender: str,
    micros: float,
    *,
    rung: str = OWN,
    network: str = "gen",
    num_rows: int = 1,
    precision: str = "int8",
    limit: float = 0.0,
) -> Measurement:
    seconds = micros * 1e-6
    return Measurement(
        rung=rung,
        network=network,
        num_rows=num_rows,
        contender=contender,
        precision=precision,
        median=seconds,
        p99=2 * seconds,
        best=seconds / 2,
        snr_db=30.0,
        limit=limit * 1e-6,
    )


CASE = [
    entry("native", 100, limit=90),
    entry("ort:fp32 rewritten", 200, precision="fp32"),
    entry("ort:int8 dynamic", 300),
    entry("openvino:int8 weights", 260),
    entry("torch", 50, precision="fp32"),
]


def test_best_graph_is_the_fastest_of_the_wanted_kind() -> None:
    best = best_graph(CASE, "median")
    assert best is not None and best.contender == "ort:fp32 rewritten"
    best = best_graph(CASE, "median", precisions=("int8",))
    assert best is not None and best.contender == "openvino:int8 weights"
    best = best_graph(CASE, "median", engines=("ort",), precisions=("int8",))
    assert best is not None and best.contender == "ort:int8 dynamic"
    assert best_graph([CASE[0], CASE[4]], "median") is None


def test_generator_is_held_against_limit_and_int8_graphs() -> None:
    rows = {row.target_id: row for row in case_rows(CASE, OWN, "median")}
    assert rows["gen.T1.limit_fraction"].value == pytest.approx(0.9)
    assert rows["gen.T1.limit_fraction"].passed is True
    assert rows["gen.T1.over_int8_graph"].value == pytest.approx(2.6)
    assert rows["gen.T1.over_int8_graph"].passed is True
    assert rows["gen.T1.over_any_graph"].value == pytest.approx(2.0)
    assert rows["gen.T1.over_any_graph"].passed is None


def test_cases_that_did_not_run_are_missed_and_come_first() -> None:
    rows = case_rows(CASE, OWN, "median")
    missed = [row.target_id for row in rows if row.passed is False]
    assert "gen.T400.limit_fraction" in missed
    assert "avx2.gen.T8.over_any_graph" in missed
    targets = [row.target is not None for row in rows]
    assert targets == sorted(targets, reverse=True)


def test_a_lower_rung_has_only_peers_that_are_held_to_it() -> None:
    case = [
        entry("native", 100, rung="avx2", network="wavenet", limit=80),
        entry("ort:int8 dynamic", 110, rung="avx2", network="wavenet"),
        entry("openvino:int8 weights", 160, rung="avx2", network="wavenet"),
    ]
    rows = {row.target_id: row for row in case_rows(case, OWN, "median")}
    held = rows["avx2.wavenet.T1.over_any_graph"]
    assert held.value == pytest.approx(1.6)
    assert held.target == 1.5 and held.passed is True
    assert rows["avx2.wavenet.T1.over_unheld_ort"].passed is None
    assert rows["avx2.wavenet.T1.limit_fraction"].target is None


def test_a_case_without_graphs_misses_its_target() -> None:
    rows = {row.target_id: row for row in case_rows(CASE[:1], OWN, "median")}
    assert rows["gen.T1.over_int8_graph"].value is None
    assert rows["gen.T1.over_int8_graph"].passed is False


def test_best_times_may_be_compared_instead_of_medians() -> None:
    case = [CASE[0], entry("ort:int8 dynamic", 300)]
    assert table(case, "median").strip().splitlines()[3].split()[-2:] == [
        "300.0",
        "(600)",
    ]
    assert table(case, "best").strip().splitlines()[3].split()[-2:] == [
        "150.0",
        "(600)",
    ]


def test_table_has_a_column_per_row_count_and_gaps_where_none_ran() -> None:
    case = [*CASE, entry("native", 500, num_rows=8, limit=400)]
    lines = table(case, "median").strip().splitlines()
    assert lines[1].split() == ["T=1", "T=8"]
    assert lines[2].split() == ["native", "100.0", "(200)", "500.0", "(1000)"]
    assert lines[3].split() == ["ort:fp32", "rewritten", "200.0", "(400)"]
    assert lines[-2].split()[-2:] == ["90%", "80%"]
    assert lines[-1].split()[-1] == "2.00"


def test_every_time_becomes_three_rows() -> None:
    rows = time_rows(CASE)
    assert len(rows) == 3 * len(CASE)
    assert rows[0].target_id == f"{OWN}.gen.T1.native.median"
    assert rows[0].limit_fraction == pytest.approx(0.9)
    assert rows[1].value == pytest.approx(200.0)
