"""The parts of Sopro that read a reference, tiny and random, and what they compute.

Needs torch and a checkout of the public code. Run it to write the vectors of the
default tests anew, once for each version:
``python -m tests.parity.random_reference CHECKOUT VERSION``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from edge_tts.packs.tensor_writer import encode_tensors
from tests.parity.sopro_reference import import_sopro

CODEBOOKS, CODEBOOK_SIZE, WIDTH, SPEAKER_WIDTH, BLOCKS, ATTENTIONS = 4, 32, 16, 8, 2, 3
FRAMES = 11


def build(version: str, seed: int) -> tuple[torch.nn.Module, Any]:
    """The modules under the names of a checkpoint, and their embedding of codes."""
    from sopro.nn.blocks import RMSNorm, SSMLiteBlock
    from sopro.nn.embeddings import CodebookEmbedding
    from sopro.nn.speaker import Token2SV

    model = torch.nn.Module()
    model.cb_embed = CodebookEmbedding(CODEBOOKS, CODEBOOK_SIZE, WIDTH)
    model.token2sv = Token2SV(CODEBOOKS, CODEBOOK_SIZE, SPEAKER_WIDTH, SPEAKER_WIDTH)
    model.ref_enc_blocks = torch.nn.ModuleList(
        SSMLiteBlock(WIDTH, 0.0, causal=False) for _ in range(BLOCKS)
    )
    model.ref_enc_norm = RMSNorm(WIDTH)
    if version == "1":
        from sopro.nn.xattn import RefXAttn

        model.ref_xattn_stack = RefXAttn(WIDTH, 2, ATTENTIONS)
    else:
        from sopro.nn.ref import RefXAttnStack

        model.ref_xattn = RefXAttnStack(WIDTH, 2, ATTENTIONS)
        model.register_buffer("ref_cb_weights", torch.zeros(CODEBOOKS))
    generator = torch.Generator().manual_seed(seed)
    for name, values in model.state_dict(keep_vars=True).items():
        noise = torch.randn(values.shape, generator=generator)
        with torch.no_grad():
            if values.dim() < 2:
                shift = 1 if name.endswith("weight") else 0
                values.copy_(shift + 0.3 * noise)
            else:
                values.copy_(noise / values[0].numel() ** 0.5)
    return model.eval(), model.cb_embed


def compute(model: Any, version: str, codes: torch.Tensor) -> dict[str, torch.Tensor]:
    """The speaker's vector, keys and values, as the public code computes them."""
    weights = torch.full((CODEBOOKS,), 1 / CODEBOOKS)
    if version != "1":
        weights = torch.softmax(model.ref_cb_weights, dim=0)
    x = sum(
        weights[q] * model.cb_embed.embed_tokens(codes[:, q][None], cb_index=q)
        for q in range(CODEBOOKS)
    )
    for block in model.ref_enc_blocks:
        x = block(x)
    x = model.ref_enc_norm(x)
    found = {"speaker": model.token2sv(codes[None])[0]}
    attending = model.ref_xattn_stack if version == "1" else model.ref_xattn
    for index, block in enumerate(attending.blocks):
        rows = block.nkv(x)[0]
        if version == "1":
            weight, bias = block.attn.in_proj_weight, block.attn.in_proj_bias
            _, keys, values = (rows @ weight.T + bias).split(WIDTH, dim=1)
        else:
            keys, values = block.k_proj(rows), block.v_proj(rows)
        found |= {f"key{index}": keys, f"value{index}": values}
    return found


def main() -> None:
    """Write a checkpoint of one version, without what nobody asks for, and vectors."""
    checkout, version = sys.argv[1:]
    import_sopro(Path(checkout), version)
    model, _ = build(version, 1)
    generator = torch.Generator().manual_seed(2)
    shape = (FRAMES, CODEBOOKS)
    codes = torch.randint(0, CODEBOOK_SIZE, shape, generator=generator)
    with torch.no_grad():
        found = compute(model, version, codes)
    folder = Path(__file__).parents[1] / "data" / f"sopro_reference_{version}"
    folder.mkdir(exist_ok=True)
    for file, tensors in (
        ("model", model.state_dict()),
        ("vectors", {"codes": codes.int(), **found}),
    ):
        arrays: dict[str, NDArray[Any]] = {
            name: np.ascontiguousarray(tensor.numpy())
            for name, tensor in tensors.items()
        }
        (folder / f"{file}.safetensors").write_bytes(encode_tensors(arrays))


if __name__ == "__main__":
    main()
