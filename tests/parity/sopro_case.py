"""One randomised Sopro: the reference in torch beside our pack of the same weights."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from calibrate.convert import sopro as converter
from edge_tts.backends.base import StageExecutor
from edge_tts.backends.registry import open_executors
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.engine.embedding_table import EmbeddingTable
from edge_tts.engine.open_sopro import open_sopro
from edge_tts.engine.open_stream import read_arrays
from edge_tts.engine.reference_encoder import ReferenceEncoder
from edge_tts.engine.sopro_constants import SoproConstants
from edge_tts.engine.sopro_stream import SoproStream
from edge_tts.models import FAMILIES
from edge_tts.models.sopro_reference import is_for_cloning
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Manifest, Pack
from edge_tts.packs.cloned_voice import ClonedVoice
from tests.parity.random_mimi import random_mimi
from tests.parity.sopro_reference import build_model, import_sopro, save_model
from tests.parity.tokenizer_files import write_tokenizer

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Original:
    """The reference, in memory and as files."""

    version: str
    model: Any
    mimi: Any
    sources: Path
    """Folder of the voice model's files."""
    codec: Path


@dataclass
class Converted:
    """Our side, with stages opened in one precision on one backend."""

    manifest: Manifest
    arrays: Mapping[str, Any]
    constants: SoproConstants
    executors: Mapping[str, StageExecutor]
    runs: tuple[Any, ...]
    stream: SoproStream

    def run(self, stage: str, rows: int, **inputs: Any) -> dict[str, np.ndarray]:
        """Run one stage on arrays or tensors."""
        given = {
            name: np.ascontiguousarray(np.asarray(value), np.float32)
            for name, value in inputs.items()
        }
        run = self.executors[stage].open(rows)
        outputs = {name: rows.copy() for name, rows in run.run(given).items()}
        run.close()
        return outputs

    def close(self) -> None:
        """Give up everything."""
        for run in self.runs:
            run.close()
        for executor in self.executors.values():
            executor.close()


def build_original(
    checkout: Path,
    version: str,
    folder: Path,
    vocabulary: int,
    codec_settings: Mapping[str, Any] = MappingProxyType({}),
    **settings: Any,
) -> Original:
    """Randomise the reference and save it in its own format."""
    module = import_sopro(checkout, version)
    texts = [path.read_text("utf-8") for path in sorted(REPOSITORY.glob("docs/*.md"))]
    sources, codec = folder / "model", folder / "mimi"
    write_tokenizer(sources, texts, min(2000, vocabulary - 2))
    model = build_model(module, vocabulary, **settings)
    save_model(model, sources)
    torch.manual_seed(0)
    books = model.cfg.num_codebooks
    mimi = random_mimi(2, **{**codec_settings, "num_quantizers": books})
    mimi.save_pretrained(codec)
    return Original(version, model, mimi, sources, codec)


def convert(original: Original, target: Path, **options: str) -> Path:
    """Run the converter as its command does."""
    parser = argparse.ArgumentParser()
    converter.add_arguments(parser)
    listed = [str(original.sources), "--codec", str(original.codec)]
    listed += ["-o", str(target), "--replace"]
    listed += ["--licence-file", str(REPOSITORY / "LICENSE")]
    for name, value in options.items():
        listed += [f"--{name}", value]
    converter.run(parser.parse_args(listed))
    return target


def open_pack(path: Path, backend: str, precision: str, threads: int = 1) -> Converted:
    """Open the speaking and the reading stages of a pack."""
    with Pack.open(path) as pack:
        manifest = pack.manifest
        options = RuntimeOptions(
            backend=backend, precision=precision, num_threads=threads
        )
        plan = plan_for_this_machine(manifest, options)
        needed = {need.id for need in FAMILIES[manifest.family].stages}
        needed |= {"speaker", "speaker_out", "reference"}
        executors = open_executors(
            pack,
            {
                stage: choice.variant
                for stage, choice in plan.choices.items()
                if stage in needed
            },
            num_threads=threads,
        )
        arrays = {
            **read_arrays(pack),
            **{n: pack.constant(n) for n in manifest.constants if is_for_cloning(n)},
        }
    runs, stream = open_sopro(manifest, executors, arrays)
    constants = SoproConstants.from_pack(manifest, arrays)
    return Converted(manifest, arrays, constants, executors, runs, stream)


def clone(converted: Converted, codes: np.ndarray) -> ClonedVoice:
    """The voice of a reference that is codes already, made by our stages."""
    arrays = converted.arrays
    scales = arrays.get("speaker_table_scale")
    stages = converted.executors
    encoder = ReferenceEncoder(
        stages["speaker"],
        stages["speaker_out"],
        stages["reference"],
        speaker_table=EmbeddingTable(arrays["speaker_table"], scales, "speaker_table"),
        code_table=converted.constants.code_table,
        speaker_weights=arrays["speaker_weights"],
        reference_weights=arrays["reference_weights"],
        codebook_size=converted.constants.codebook_size,
    )
    made = encoder.encode(codes.astype(np.int32))
    return ClonedVoice(
        "parity", codes.astype(np.int32), made.speaker, made.keys, made.values
    )
