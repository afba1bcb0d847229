"""Writes the small Sopro of the default tests, and what the reference makes of it.

    python -m tests.parity.sopro_tiny --reference CHECKOUT --version 1.5|1

Needs what ``sopro_parity`` needs.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge_tts.packs.tensor_writer import encode_tensors
from tests.parity.random_mimi import TINY
from tests.parity.sopro_case import REPOSITORY, Original, build_original
from tests.parity.sopro_parity import conditioning, reference_logits

VOCABULARY = 300
FRAMES = 40
STRENGTH = 1.2
TEXT = "It isn't 3 o'clock."
SETTINGS: dict[str, Any] = {
    "num_codebooks": 6,
    "codebook_size": 32,
    "mimi_fps": 2000.0,  # The codec's frames have 12 samples.
    "max_frames": 60,
    "d_model": 16,
    "max_text_len": 64,
    "pos_emb_max": 64,
    "nar_head_dim": 8,
    "stage_B": (2, 2),
    "stage_C": (3, 3),
    "stage_D": (4, 4),
    "stage_E": (5, 6),
    "sv_student_dim": 12,
}


def folder_of(version: str) -> Path:
    """Where the files of a version lie."""
    return REPOSITORY / "tests" / "data" / f"sopro_tiny_{version.replace('.', '_')}"


@torch.inference_mode()
def vectors(original: Original) -> dict[str, np.ndarray]:
    """Inputs and the reference's answers."""
    from tokenizers import Tokenizer

    model = original.model
    tokenizer = Tokenizer.from_file(str(original.sources / "tokenizer.json"))
    middle = tokenizer.encode(TEXT, add_special_tokens=False).ids
    ends = [tokenizer.token_to_id(f"<|{name}_of_text|>") for name in ("begin", "end")]
    ids = np.array([ends[0], *middle, ends[1]], np.int64)
    generator = torch.Generator().manual_seed(5)
    books = model.cfg.num_codebooks
    codes = torch.randint(0, 32, (25, books), generator=generator)
    drawn = torch.randint(0, 32, (FRAMES,), generator=generator).numpy()
    prep, cond = conditioning(original, torch.from_numpy(ids), codes, FRAMES)
    logits = reference_logits(original, prep, cond, drawn, codes)
    refined = model.nar_refine(cond[:, :FRAMES], torch.from_numpy(drawn)[None])[0]
    sound = original.mimi.decode(refined.T[None]).audio_values[0, 0]
    return {
        "ids": ids,
        "reference_codes": codes.numpy().astype(np.int32),
        "pooled": prep["txt_pool"][0].numpy(),
        "speaker": prep["sv_ref"][0].numpy(),
        "cond": cond[0, :FRAMES].numpy(),
        "drawn": drawn,
        "logits": logits,
        "refined": refined.numpy().astype(np.int32),
        "sound": sound.numpy(),
    }


def main() -> None:
    """Write one version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--version", choices=("1.5", "1"), required=True)
    arguments = parser.parse_args()
    folder = folder_of(arguments.version)
    shutil.rmtree(folder, ignore_errors=True)
    codec = {**TINY, "num_hidden_layers": 1}
    original = build_original(
        arguments.reference,
        arguments.version,
        folder,
        VOCABULARY,
        codec_settings=codec,
        **SETTINGS,
        **({"n_layers_text": 1} if arguments.version == "1" else {}),
    )
    found = {k: np.ascontiguousarray(v) for k, v in vectors(original).items()}
    (folder / "vectors.safetensors").write_bytes(encode_tensors(found))


if __name__ == "__main__":
    main()
