"""One run of ``benchmarks.sopro``: the public reference, in a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("folder", type=Path, help="of the randomised checkpoint")
    parser.add_argument("--version", default="1.5")
    parser.add_argument("--text", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0])
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    started = time.perf_counter()
    import torch

    torch.set_num_threads(arguments.threads)
    from tests.parity.sopro_reference import import_sopro

    module = import_sopro(arguments.checkout, arguments.version)
    tts = _load(module, arguments.folder)
    generator = torch.Generator().manual_seed(3)
    codes = torch.randint(0, 2048, (150, 32), generator=generator)
    given: dict[str, Any] = {"ref_tokens_tq": codes}
    if arguments.version == "1":
        given["use_stop_head"] = False
    else:
        given = {"ref": tts.prepare_reference(ref_tokens_tq=codes)}
    loaded = time.perf_counter() - started
    list(tts.stream(arguments.text, chunk_frames=6, max_frames=12, **given))
    figures: dict[str, float] = {"load_s": loaded}
    for seconds in arguments.seconds:
        frames = int(seconds * 12.5)
        for name, chunk in (("offline", 0), ("stream16", 16), ("stream6", 6)):
            best = float("inf")
            for _ in range(arguments.repeats):
                begun = time.perf_counter()
                first, samples = 0.0, 0
                # Offline it makes one frame more than it is asked for.
                if chunk:
                    pieces = tts.stream(
                        arguments.text,
                        chunk_frames=chunk,
                        max_frames=frames - 1,
                        **given,
                    )
                else:
                    pieces = [
                        tts.synthesize(arguments.text, max_frames=frames - 1, **given)
                    ]
                for piece in pieces:
                    first = first or time.perf_counter() - begun
                    samples += piece.numel()
                whole = time.perf_counter() - begun
                if whole < best:
                    best = whole
                    stem = f"{name}_{seconds:g}s"
                    figures[f"{stem}_rtf"] = whole / (samples / 24_000)
                    figures[f"{stem}_first_ms"] = 1e3 * first
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures["peak_rss_mb"] = peak / 1024
    print(json.dumps(figures))


def _load(module: Any, folder: Path) -> Any:
    """What ``SoproTTS.from_pretrained`` does, from a folder instead of the hub."""
    from sopro.codec.mimi import MimiCodec
    from sopro.hub import load_cfg_from_safetensors, load_state_dict_from_safetensors
    from sopro.tokenizer import TextTokenizer

    path = str(folder / "model" / "model.safetensors")
    config = load_cfg_from_safetensors(path)
    tokenizer = TextTokenizer(str(folder / "model"))
    state = load_state_dict_from_safetensors(path)
    # The embedding has as many rows as the file, whatever the stand-in tokenizer has.
    tokenizer.vocab_size = len(state["text_enc.embed.emb.weight"])
    model = module.SoproTTSModel(config, tokenizer).eval()
    model.load_state_dict(state)
    codec = MimiCodec(config.num_codebooks, "cpu", str(folder / "mimi"))
    return module.SoproTTS(model, config, tokenizer, codec, "cpu")


if __name__ == "__main__":
    main()
