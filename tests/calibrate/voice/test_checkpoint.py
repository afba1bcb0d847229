"""Checkpoints: complete or absent, and explicit about what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from calibrate.voice.checkpoint import (  # noqa: E402  (torch may be absent)
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
)
from calibrate.voice.errors import TrainingError  # noqa: E402


def _parts(size: int = 3) -> tuple[dict, dict]:
    module = torch.nn.Linear(size, size)
    optimizer = torch.optim.AdamW(module.parameters(), 0.1)
    return {"network": module}, {"network": optimizer}


def _train(modules: dict, optimizers: dict) -> None:
    loss = modules["network"](torch.rand(2, 3)).square().sum()
    optimizers["network"].zero_grad()
    loss.backward()
    optimizers["network"].step()


def test_resumed_run_goes_on_identically(tmp_path: Path) -> None:
    path = tmp_path / "run" / "checkpoint.pt"
    modules, optimizers = _parts()
    _train(modules, optimizers)
    save_checkpoint(
        path, step=1, config={"a": 1}, modules=modules, optimizers=optimizers
    )
    _train(modules, optimizers)
    again, again_optimizers = _parts()
    step, extra = load_checkpoint(
        path, modules=again, optimizers=again_optimizers, config={"a": 1}
    )
    assert (step, extra) == (1, {})
    _train(again, again_optimizers)
    assert torch.equal(modules["network"].weight, again["network"].weight)


def test_no_checkpoint_is_a_start(tmp_path: Path) -> None:
    modules, optimizers = _parts()
    step, _ = load_checkpoint(
        tmp_path / "no.pt", modules=modules, optimizers=optimizers
    )
    assert step == 0


def test_damaged_and_foreign_checkpoints_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    modules, optimizers = _parts()
    path.write_bytes(b"half a file")
    with pytest.raises(TrainingError, match=r"cannot read .* delete it"):
        load_checkpoint(path, modules=modules, optimizers=optimizers)
    save_checkpoint(
        path, step=1, config={"seed": 1}, modules=modules, optimizers=optimizers
    )
    with pytest.raises(TrainingError, match=r"other settings \(seed\)"):
        load_checkpoint(
            path, modules=modules, optimizers=optimizers, config={"seed": 2}
        )
    others, other_optimizers = _parts(4)
    with pytest.raises(TrainingError, match="does not fit this network"):
        load_checkpoint(path, modules=others, optimizers=other_optimizers)


def test_a_kill_while_saving_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    save_weights(path, {"size": 3}, {"w": torch.ones(2)}, {"step": 5})
    path.with_name("weights.pt.part").write_bytes(b"killed here")
    config, state, notes = load_weights(path)
    assert config == {"size": 3} and notes == {"step": 5}
    assert torch.equal(state["w"], torch.ones(2))


def test_code_in_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"config": Path("x")}, path)
    with pytest.raises(TrainingError, match="cannot read"):
        load_weights(path)


def test_missing_weights_name_the_step(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="run the step before"):
        load_weights(tmp_path / "no.pt")
