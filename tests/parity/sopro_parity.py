"""Compares a converted Sopro with its reference, stage by stage and end to end.

    python -m tests.parity.sopro_parity --reference CHECKOUT [--version 1.5|1]

CHECKOUT is a clone of github.com/samuel-vitorino/sopro (a bare one will do); torch,
transformers, safetensors and tokenizers must be installed. Prints one table and ends
with an error where a figure misses its bound.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge_tts.engine.sopro_refiner import mixed_input
from edge_tts.engine.token_sampler import SamplerSettings
from edge_tts.models.sopro import PASSES
from edge_tts.packs.cloned_voice import ClonedVoice
from tests.parity.sopro_case import (
    Converted,
    Original,
    build_original,
    clone,
    convert,
    open_pack,
)

STAGE_BOUND = 1e-4
"""Largest error of a stage, of the root mean square of what it should give."""
SNR_BOUND_DB = 80.0
NEAR_TIE = 1e-3
"""Difference of two logits below which another choice is no error."""
GREEDY = SamplerSettings(
    temperature=1.05, penalty=1.1, penalty_window=50, top_k=50, top_p=0.0
)
TEXT = (
    "Streams of speech may start before the text is complete, and they should not "
    "sound as if they did."
)
_REFERENCE_FRAMES = 150


class Table:
    """Figures and whether they hold."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, bool]] = []

    def stage(self, name: str, found: Any, expected: Any) -> None:
        """Compare arrays by the largest error."""
        wanted = np.asarray(expected, np.float64).reshape(found.shape)
        level = float(np.sqrt(np.square(wanted).mean()))
        error = float(np.abs(found - wanted).max()) / level
        self.add(name, f"max error {error:.1e} of RMS {level:.3g}", error < STAGE_BOUND)

    def add(self, name: str, figure: str, good: bool) -> None:
        """Any other figure."""
        self.rows.append((name, figure, good))
        print(f"{'ok  ' if good else 'FAIL'} {name:34s} {figure}", flush=True)

    @property
    def failed(self) -> int:
        """Figures that miss their bound."""
        return sum(not good for _, _, good in self.rows)


@torch.inference_mode()
def conditioning(original: Original, ids: Any, codes: Any, frames: int) -> Any:
    """What the reference prepares: text rows, pooled text, frames, keys and values."""
    model = original.model
    common = {"device": torch.device("cpu"), "style_strength": 1.2}
    if original.version == "1":
        prep = model.prepare_conditioning(ids, codes, max_frames=frames, **common)
        return prep, prep["cond_all"]
    ref = model.prepare_reference(codes, device=common["device"])
    prep = model.prepare_conditioning(ids, ref, max_frames=frames - 1, **common)
    return prep, prep["cond_ar"]


@torch.inference_mode()
def compare_stages(
    original: Original, ours: Converted, table: Table, frames: int = 400
) -> tuple[Any, ClonedVoice]:
    """Every stage on the same inputs; returns what later comparisons need."""
    constants = ours.constants
    text = ours.stream._text
    ids = np.array(text._tokenizer.encode(TEXT), np.int64)
    size = constants.codebook_size
    generator = torch.Generator().manual_seed(3)
    shape = (_REFERENCE_FRAMES, constants.num_codebooks)
    codes = torch.randint(0, size, shape, generator=generator)
    prep, cond = conditioning(original, torch.from_numpy(ids), codes, frames)
    encoded = text.encode_ids(ids)
    table.stage("text: pooled", encoded.pooled, prep["txt_pool"])
    rows = constants.text_table.rows(ids) + constants.text_positions[: len(ids)]
    made = ours.run("text", 512, x=rows)
    table.stage("text: rows", made["hidden"], prep["txt_seq"])
    voice = clone(ours, codes.numpy())
    table.stage("reference: speaker vector", voice.speaker, prep["sv_ref"])
    conditioner = ours.stream._conditioner
    conditioner.start(encoded.pooled, voice, 1.2)
    found = conditioner.rows(0, frames).copy()
    table.stage("cond: all frames", found, cond[:, :frames])
    conditioner.start(encoded.pooled, voice, 1.2)
    lazy = np.concatenate([conditioner.rows(t, t + 1) for t in range(frames)])
    table.add("cond: lazy = up front", "bit for bit", np.array_equal(lazy, found))
    drawn = torch.randint(0, size, (frames,), generator=generator).numpy()
    logits = forced_logits(ours, encoded.held, drawn)
    expected = reference_logits(original, prep, cond, drawn, codes)
    table.stage("ar: teacher-forced", logits, expected)
    compare_passes(original, ours, table, cond[0, :frames], drawn)
    return (ids, codes, prep, cond, encoded), voice


def forced_logits(
    ours: Converted, held: Any, drawn: np.ndarray, prompt: Sequence[int] = ()
) -> np.ndarray:
    """Logits of our generator when the codes before are given."""
    generator = ours.stream._generator
    generator.start(held, list(prompt), GREEDY, 0, len(drawn), (1.0, 1 << 20))
    found = []
    for code in drawn:
        found.append(generator.step().copy())
        generator.take(int(code))
    return np.stack(found)


def reference_logits(
    original: Original, prep: Any, cond: Any, drawn: np.ndarray, codes: Any
) -> np.ndarray:
    """The same of the reference, in one pass over all frames."""
    model = original.model
    ids = torch.from_numpy(drawn.astype(np.int64))[None]
    frames = ids.shape[1]
    embed = model.cb_embed
    if original.version == "1":
        # Its first frames see fewer earlier codes: only ever while there is no prompt.
        weights = torch.softmax(model.ar_hist_w, 0)
        before = torch.full((1, len(weights)), embed.bos_id)
        rows = torch.cat([before, embed._indices_for(ids, 0)], 1)
        seen = sum(
            weight * embed.emb(rows[:, len(weights) - k : len(weights) - k + frames])
            for k, weight in enumerate(weights, start=1)
        )
    else:
        rows = torch.cat([torch.tensor([[embed.bos_id]]), ids[:, :-1]], 1)
        seen = embed.emb(rows)
    x = cond[:, :frames] + seen
    mask = prep["text_mask"]
    made = model.ar(x, text_emb=prep["txt_seq"], text_mask=mask)
    logits: np.ndarray = made[0].numpy()
    return logits


def compare_passes(
    original: Original, ours: Converted, table: Table, cond: Any, first: np.ndarray
) -> None:
    """Logits of every pass; earlier codebooks are the reference's, or random."""
    model, constants = original.model, ours.constants
    frames = len(cond)
    generator = torch.Generator().manual_seed(4)
    size = constants.codebook_size
    shape = (1, frames, constants.num_codebooks)
    codes = torch.randint(0, size, shape, generator=generator)
    codes[0, :, 0] = torch.from_numpy(first)
    mine = codes[0].numpy().astype(np.int32)

    for index, name in enumerate(PASSES):
        count = constants.passes[index][0]
        known = list(range(count))
        given = codes[:, :, :count]
        letter = name.upper()
        x = mixed_input(constants, index, cond.numpy(), mine)
        if original.version == "1":
            seen = model.cb_embed.sum_embed_subset(given, known)
            stage = model.stages[letter]
            outputs = stage.forward_heads(stage.forward_hidden(cond[None], seen))
            found = ours.run(f"nar_{name}", frames, x=x)["logits"]
        else:
            weights = model.nar_prev_cb_weights
            seen = model.cb_embed.sum_embed_subset(given, known, cb_weights=weights)
            outputs = model.nar.forward_stage(letter, cond[None], seen)
            style = np.tile(constants.nar_styles[index], (frames, 1))
            inner = ours.run("nar", frames, x=x, style=style)["code"]
            found = ours.run(f"heads_{name}", frames, x=inner)["logits"]
        table.stage(f"nar: pass {letter}", found, torch.cat(outputs, -1)[0])


@torch.inference_mode()
def compare_speech(
    original: Original, ours: Converted, table: Table, prepared: Any, voice: ClonedVoice
) -> None:
    """Greedy codes of 400 frames, all codebooks, and the sound."""
    model = original.model
    ids, codes, _, cond, encoded = prepared
    frames = 400
    wanted = reference_greedy(original, ids, codes, frames)
    generator = ours.stream._generator
    prompt = codes[: ours.constants.prompt_frames, 0].tolist()
    found, ties = np.zeros(frames, np.int64), 0
    generator.start(encoded.held, prompt, GREEDY, 0, frames, (1.0, 1 << 20))
    ours.stream._conditioner.start(encoded.pooled, voice, 1.2)
    for t in range(len(wanted)):
        logits = generator.step().copy()
        ids_, _ = generator._sampler.shares(logits)
        found[t] = ids_[0]
        if found[t] != wanted[t]:
            ties += _is_tie(generator._sampler, logits, int(found[t]), int(wanted[t]))
        generator._sampler.take(int(wanted[t]))
        generator.take(int(wanted[t]))
    equal = int((found[: len(wanted)] == wanted).sum())
    table.add(
        "greedy codes, first codebook",
        f"{equal} of {len(wanted)} equal, {ties} near-ties",
        equal + ties == len(wanted),
    )
    frames = len(wanted)
    cond = cond[:, :frames]
    refined = model.nar_refine(cond, torch.from_numpy(wanted)[None])[0].numpy()
    mine = np.zeros_like(refined, np.int32)
    mine[:, 0] = wanted
    refiner = ours.stream._refiner
    refiner.start()
    refiner.refine(mine, 0, frames, frames)
    share = float((mine == refined).mean())
    table.add(
        "refined codes, same first codes",
        f"{share:.6%} of {mine.size} equal",
        share > 0.999,
    )
    if original.version == "1":
        pieces = mine.copy()
        pieces[:, 1:] = 0
        refiner.start()
        for first in range(0, frames, 7):
            stop = min(first + 7, frames)
            refiner.refine(pieces, first, stop, stop)
        same = np.array_equal(pieces, mine)
        table.add("refined codes, streamed by 7", "equal to whole", same)
    given = torch.from_numpy(refined)
    sound = original.mimi.decode(given.T[None]).audio_values[0, 0].numpy()
    decoder = ours.stream._decoder
    decoder.reset()
    heard = decoder.push(refined.astype(np.int32))
    table.add("sound of the same codes", *_snr(heard, sound))
    decoder.reset()
    parts = [decoder.push(mine[first : first + 7]) for first in range(0, frames, 7)]
    decoder.reset()
    same = np.array_equal(np.concatenate(parts), decoder.push(mine))
    table.add("sound, streamed by 7 frames", "bit for bit", same)


def reference_greedy(
    original: Original, ids: np.ndarray, codes: Any, frames: int
) -> np.ndarray:
    """The reference's own loop, with the likeliest code taken."""
    model = original.model
    prep, _ = conditioning(original, torch.from_numpy(ids), codes, frames)
    common = {"max_frames": frames, "top_p": 0.0, "anti_loop": False}
    if original.version == "1":
        common |= {"use_stop_head": False}
    else:
        common |= {"max_frames": frames - 1}
    drawn = []
    for step in model.ar_stream(prep, **common):
        if original.version != "1" and step[2]:
            break
        drawn.append(step[1])
    return np.array(drawn, np.int64)


def _is_tie(sampler: Any, logits: np.ndarray, found: int, wanted: int) -> bool:
    return abs(float(logits[found] - logits[wanted])) < NEAR_TIE


def _snr(found: np.ndarray, wanted: np.ndarray) -> tuple[str, bool]:
    noise = float(np.square(found.astype(np.float64) - wanted).mean())
    level = float(np.square(wanted.astype(np.float64)).mean())
    ratio = 10 * np.log10(level / max(noise, 1e-30))
    return f"SNR {ratio:.1f} dB", ratio > SNR_BOUND_DB


def main() -> int:
    """Build, convert, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--version", choices=("1.5", "1"), default="1.5")
    parser.add_argument("--folder", type=Path, help="keeps the files there")
    parser.add_argument("--vocabulary", type=int, default=128256)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sopro-") as own:
        folder = arguments.folder or Path(own)
        original = build_original(
            arguments.reference, arguments.version, folder, arguments.vocabulary
        )
        pack = convert(original, folder / "pack", tables="fp32", variants="native:fp32")
        table = Table()
        ours = open_pack(pack, "native", "fp32")
        prepared, voice = compare_stages(original, ours, table)
        compare_speech(original, ours, table, prepared, voice)
        ours.close()
    print(f"{len(table.rows)} figures, {table.failed} out of bounds")
    return int(table.failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
