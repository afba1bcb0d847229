"""Makes checkpoint, pack and voice of ``benchmarks.sopro``; prints an empty object."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from edge_tts.packs.tensor_writer import encode_tensors
from tests.parity.sopro_case import build_original, clone, convert, open_pack


def main() -> None:
    """Write all into one folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--version", default="1.5")
    parser.add_argument("--vocabulary", type=int, default=128256)
    arguments = parser.parse_args()
    folder = arguments.folder
    original = build_original(
        arguments.checkout, arguments.version, folder, arguments.vocabulary
    )
    variants = "native:fp32,native:int8,graph:fp32"
    pack = convert(original, folder / "pack", tables="fp16", variants=variants)
    generator = torch.Generator().manual_seed(3)
    codes = torch.randint(0, 2048, (150, 32), generator=generator).numpy()
    voice = clone(open_pack(pack, "native", "fp32"), codes.astype(np.int32))
    arrays = {"codes": voice.codes, "speaker": voice.speaker}
    for index, (key, value) in enumerate(zip(voice.keys, voice.values, strict=True)):
        arrays |= {f"key{index}": key, f"value{index}": value}
    path = folder / "voice.safetensors"
    path.write_bytes(
        encode_tensors({k: np.ascontiguousarray(v) for k, v in arrays.items()})
    )
    print("{}")


if __name__ == "__main__":
    main()
