"""A Mimi of any size with random parameters, none of them inert, and what it computes.

Needs torch and transformers, as nothing else here does. Run it to write the vectors of
the default tests anew: ``python -m tests.parity.random_mimi``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import MimiConfig, MimiModel

from edge_tts.packs.tensor_writer import encode_tensors

TINY = {
    "sampling_rate": 240,
    "hidden_size": 16,
    "num_filters": 4,
    "upsampling_ratios": [3, 2],
    "num_residual_layers": 2,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "intermediate_size": 24,
    "sliding_window": 6,
    "codebook_size": 32,
    "codebook_dim": 8,
    "vector_quantization_hidden_dimension": 8,
    "num_quantizers": 4,
    "upsample_groups": 16,
}
Vectors = dict[str, NDArray[Any]]


def random_mimi(seed: int, **settings: object) -> MimiModel:
    """The reference with every parameter random: as built, its codebooks are zeros and
    most of its scales constant, so that much could be lost without a trace."""
    model = MimiModel(MimiConfig(**settings)).eval()
    generator = torch.Generator().manual_seed(seed)
    state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    with torch.no_grad():
        for name, values in state.items():
            noise = torch.randn(values.shape, generator=generator)
            kind = name.rpartition(".")[2]
            if not values.is_floating_point() or kind in ("inv_freq", "initialized"):
                continue
            if kind == "original_inv_freq":
                continue
            if kind == "cluster_usage":
                values.copy_(3 * torch.rand(values.shape, generator=generator) + 0.5)
                values[::7] = 0  # Codes that were never used.
            elif kind == "embed_sum":
                values.copy_(noise)
                values[::7] *= 1e-5
            elif "layernorm" in name:
                values.copy_(0.3 * noise + (1 if kind == "weight" else 0))
            elif kind == "scale":
                values.copy_(0.3 + 0.2 * noise)
            elif values.dim() < 2:
                values.copy_(0.1 * noise)
            else:
                values.copy_(noise * (1.3 / _fan_in(name, values)) ** 0.5)
    return model


def mimi_vectors(
    model: MimiModel, num_frames: int, num_samples: int, seed: int
) -> Vectors:
    """Inputs and what the reference makes of them, stage by stage, rows first."""
    generator = torch.Generator().manual_seed(seed)
    config = model.config
    shape = (1, config.num_quantizers, num_frames)
    codes = torch.randint(0, config.codebook_size, shape, generator=generator)
    noise = torch.randn((1, 1, num_samples), generator=generator)
    sound = 0.3 * torch.sin(0.05 * noise.cumsum(dim=2)) + 0.03 * noise
    decoder, encoder = model.decoder, model.encoder
    with torch.inference_mode():
        latents = model.quantizer.decode(codes)
        rows = decoder.upsample(latents).transpose(1, 2)
        hidden = decoder.decoder_transformer(rows).last_hidden_state
        wave = model.decode(codes).audio_values
        analysed = encoder.encoder_seanet(sound).transpose(1, 2)
        encoded = encoder.encoder_transformer(analysed).last_hidden_state
        heard = model.encode(sound).audio_codes
        found = encoder(sound).latents
        searched = torch.cat(
            [
                part.input_proj(found)
                for part in (
                    model.quantizer.semantic_residual_vector_quantizer,
                    model.quantizer.acoustic_residual_vector_quantizer,
                )
            ],
            dim=1,
        )
    return {
        "codes": codes[0].T.to(torch.int32).numpy(),
        "hidden": hidden[0].numpy(),
        "wave": wave[0, 0].numpy(),
        "sound": sound[0, 0].numpy(),
        "analysed": analysed[0].numpy(),
        "encoded": encoded[0].numpy(),
        "latents": searched[0].T.numpy(),
        "heard": heard[0].T.to(torch.int32).numpy(),
    }


def _fan_in(name: str, weight: torch.Tensor) -> int:
    inputs, outputs, taps = (*weight.shape, 1)[:3]
    if "upsample" in name:
        return 2
    if "decoder" in name and taps > 1 and taps % 2 == 0:  # transposed, of two rows
        return 2 * inputs
    return outputs * taps  # Stored as (outputs, inputs, taps).


def main() -> None:
    """Write the tiny checkpoint and its vectors."""
    folder = Path(__file__).parents[1] / "data" / "mimi_tiny"
    model = random_mimi(1, **TINY)
    model.save_pretrained(folder)
    vectors = {
        name: np.ascontiguousarray(array)
        for name, array in mimi_vectors(model, 13, 153, 2).items()
    }
    (folder / "vectors.safetensors").write_bytes(encode_tensors(vectors))


if __name__ == "__main__":
    main()
