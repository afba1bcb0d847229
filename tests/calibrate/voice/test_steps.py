"""The command line of the recipe."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import pytest

from calibrate.voice.__main__ import STEPS, main
from calibrate.voice.all_step import ORDER, step_arguments


@pytest.mark.parametrize("step", sorted(STEPS))
def test_every_step_has_options_and_a_description(step: str) -> None:
    try:
        module = importlib.import_module(STEPS[step])
    except ImportError as error:
        pytest.skip(f"needs {error.name}")
    assert module.__doc__
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    assert callable(module.run)


class _Step:
    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, required=True)
        parser.add_argument("--regression-steps", type=int, default=7)


def test_all_passes_on_what_a_step_knows() -> None:
    arguments = step_arguments(_Step, {"data": Path("d"), "seed": 3})
    assert vars(arguments) == {"data": Path("d"), "regression_steps": 7}


def test_all_runs_the_steps_in_an_order_that_can_work() -> None:
    assert ORDER.index("features") == 0
    assert ORDER.index("acoustic-predict") < ORDER.index("finetune")
    assert ORDER.index("vocoder") < ORDER.index("finetune") < ORDER.index("blend")
    assert ORDER.index("blend") < ORDER.index("export")


def test_errors_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("soxr", "scipy", "soundfile"):
        pytest.importorskip(name)
    assert main(["features", "--data", str(tmp_path), "--work", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("error: no manifest at")
