"""The public Sopro code with every parameter randomised, saved in its own format.

Runs in an environment with torch and transformers. Constructors leave gates, mixing
weights and last layers at zero: half the network would do nothing, and a converter that
lost it would still pass. So every parameter and every persistent buffer is drawn anew.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import types
from dataclasses import asdict
from pathlib import Path
from typing import Any

COMMITS = {"1.5": "5fe20d2", "1": "53a7de2"}
"""Version -> commit of samuel-vitorino/sopro."""
VOCABULARY = 128256
"""Tokens of Llama 3.2, whose tokenizer Sopro uses."""


class Tokens:
    """Stands in for the tokenizer, of which the networks read the size only."""

    def __init__(self, vocab_size: int) -> None:
        self.vocab_size = vocab_size


def import_sopro(checkout: Path, version: str) -> types.ModuleType:
    """Import the sources of a version; one version per process."""
    folder = Path(tempfile.mkdtemp(prefix="sopro-"))
    archive = subprocess.run(
        ["git", "-C", str(checkout), "archive", COMMITS[version], "src"],
        check=True,
        capture_output=True,
    ).stdout
    subprocess.run(["tar", "x", "-C", str(folder)], input=archive, check=True)
    # Before the stub below, which transformers would take for the real thing.
    from transformers import AutoTokenizer, MimiModel  # noqa: F401

    if "torchaudio" not in sys.modules:
        stub = types.ModuleType("torchaudio")
        stub.functional = types.ModuleType("torchaudio.functional")  # type: ignore[attr-defined]
        sys.modules["torchaudio"] = stub
        sys.modules["torchaudio.functional"] = stub.functional  # type: ignore[attr-defined]
    sys.path.insert(0, str(folder / "src"))
    import sopro.model

    return sopro.model


def build_model(
    module: Any, vocabulary: int = VOCABULARY, seed: int = 1, **settings: Any
) -> Any:
    """The network in its real configuration, but for ``settings``, randomised."""
    config = module.SoproTTSConfig(**settings)
    model = module.SoproTTSModel(config, Tokens(vocabulary)).eval()
    randomize(model, seed)
    return model


def randomize(model: Any, seed: int) -> None:
    """Draw every parameter and persistent buffer, at sizes that keep signals alive."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict(keep_vars=True).items():
        noise = torch.randn(tensor.shape, generator=generator)
        with torch.no_grad():
            tensor.copy_(_drawn(name, noise))
            if name == "ar.head.bias" and len(tensor) % 2:
                tensor[-1] = -20.0  # Else a random network stops after some frames.


def _drawn(name: str, noise: Any) -> Any:
    leaf = name.rpartition(".")[2]
    if leaf == "gate":
        return 0.8 + 0.3 * noise
    if leaf in ("B", "C", "D", "E", "mix") or leaf.endswith(("cb_weights", "hist_w")):
        return 0.7 * noise
    if noise.ndim == 1:
        return (1.0 if leaf == "weight" else 0.0) + 0.2 * noise
    if "emb" in name:
        return 0.7 * noise
    gain = 3.0 if "head" in name and "head_id" not in name else 1.0
    return noise * gain / math.sqrt(noise[0].numel())


def save_model(model: Any, folder: Path) -> Path:
    """Write ``model.safetensors`` as published: tensors, and settings in the header."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.safetensors"
    state = {name: t.detach().contiguous() for name, t in model.state_dict().items()}
    save_file(state, path, metadata={"cfg": json.dumps(asdict(model.cfg))})
    return path
