"""Sopro v1.5 or v1, and the codec it speaks with, to a pack of voices to clone.

SOURCE and --codec are folders as they are published: model.safetensors beside the
tokenizer's files, and the codec's model.safetensors beside its config.json. Which
version it is, and all sizes, are read from the file. Every tensor must be known and
none may be missing. Needs no torch.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from calibrate.convert.checkpoint import Checkpoint
from calibrate.convert.errors import ConversionError
from calibrate.convert.hf_tokenizer import read_tokenizer
from calibrate.convert.hub_download import download
from calibrate.convert.mimi import MimiParts, convert_mimi
from calibrate.convert.mimi_precision import codes_of_recordings, judge_int8
from calibrate.convert.sopro_config import SoproConfig, read_config
from calibrate.convert.sopro_pack import VARIANTS, SoproFacts, write_sopro_pack
from calibrate.convert.sopro_reference import reference_stages
from calibrate.convert.sopro_stages import speaking_stages
from calibrate.convert.sopro_tables import speaking_tables
from calibrate.convert.tables import FORMATS
from edge_tts.errors import BackendError

_WEIGHTS = "model.safetensors"
_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("source", type=Path, help="folder of the voice model")
    parser.add_argument(
        "--download",
        action="store_true",
        help="fetch what is missing in both folders from the hub first",
    )
    parser.add_argument("--repo", default="samuel-vitorino/sopro", help="on the hub")
    parser.add_argument("--revision", default="main", help="of --repo")
    parser.add_argument("--codec-repo", default="kyutai/mimi", help="on the hub")
    parser.add_argument("--codec", type=Path, required=True, help="folder of Mimi")
    parser.add_argument("-o", "--output", type=Path, required=True, help="pack to make")
    parser.add_argument("--replace", action="store_true", help="replace the pack")
    parser.add_argument("--name", help="id of the pack; default: name of the output")
    parser.add_argument(
        "--tables",
        choices=FORMATS,
        default="fp16",
        help="how tables of text and codes are stored; default fp16",
    )
    parser.add_argument(
        "--variants",
        default="native:fp32,native:int8",
        help=f"which of {', '.join(VARIANTS)}; default: %(default)s",
    )
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        metavar="RECORDING",
        help="by their sound int8 of the codec is judged; else it is not chosen",
    )
    parser.add_argument("--licence-file", type=Path, required=True)
    parser.add_argument("--licence", default="Apache-2.0", help="of the voice weights")
    parser.add_argument("--codec-licence", default="CC-BY-4.0", help="of the codec's")
    parser.add_argument("--attribution", default="", help="sentence to print beside")
    parser.add_argument(
        "--commercial", choices=("yes", "no", "ask"), default="ask", help="use"
    )
    parser.add_argument("--origin", default="", help="where the weights come from")


def run(arguments: argparse.Namespace) -> None:
    """Convert and write.

    Raises:
        ConversionError: The sources are not what they should be.
        PackError: The pack exists or cannot be written; nothing is left behind.
    """
    if arguments.output.exists() and not arguments.replace:
        raise ConversionError(f"{arguments.output}: exists already; add --replace")
    variants = _variants(arguments.variants)
    licence_text = _read(arguments.licence_file)
    if arguments.download:
        names = [_WEIGHTS, "tokenizer.json", "tokenizer_config.json"]
        download(arguments.repo, names, arguments.source, arguments.revision)
        download(arguments.codec_repo, [_WEIGHTS, "config.json"], arguments.codec)
    source = Checkpoint(arguments.source / _WEIGHTS)
    config = read_config(source)
    _LOG.info("%s", describe(config))
    stages = speaking_stages(source, config)
    tables = speaking_tables(source, config)
    reading, read = reference_stages(source, config)
    source.check_all_taken()
    codec = convert_mimi(arguments.codec, config.num_codebooks)
    hop = round(config.sample_rate / config.frame_hz)
    made = (codec.config.codebook_size, codec.config.samples_per_frame)
    if made != (config.codebook_size, hop):
        raise ConversionError(
            f"{arguments.codec}: codebooks of {made[0]} and {made[1]} samples a frame, "
            f"the voice needs {config.codebook_size} and {hop}; get the codec that "
            "belongs to it"
        )
    if "native:int8" in variants:
        codec = _judged(codec, arguments.data)
    name = arguments.name or arguments.output.name.removesuffix(".zip")
    facts = SoproFacts(
        pack_id=name.lower(),
        weights_licence=f"{arguments.licence} AND {arguments.codec_licence}",
        licence_text=licence_text,
        attribution=arguments.attribution,
        commercial=arguments.commercial,
        sources=[
            _source(source, arguments.licence, arguments.origin),
            _source(codec.source, arguments.codec_licence, ""),
        ],
        command=f"python -m calibrate convert sopro {arguments.source.name} --codec "
        f"{arguments.codec.name} --tables {arguments.tables} --variants "
        f"{arguments.variants}",
        tables=arguments.tables,
        variants=variants,
    )
    write_sopro_pack(
        arguments.output,
        config,
        [*stages, *codec.stages, *reading],
        {**tables.arrays, **read, **codec.tables},
        tables.numbers,
        read_tokenizer(arguments.source),
        facts,
        replace=arguments.replace,
    )
    _LOG.info("wrote %s", arguments.output)


def _judged(codec: MimiParts, recordings: Sequence[Path] | None) -> MimiParts:
    """The codec with what int8 costs the sound of recordings, if there are any."""
    if not recordings:
        _LOG.info("int8 of the codec is not judged, nor used by itself: no --data")
        return codec
    try:
        return judge_int8(codec, codes_of_recordings(codec, recordings))
    except (ImportError, BackendError) as error:
        _LOG.warning("int8 of the codec is not judged, nor used by itself: %s", error)
        return codec


def describe(config: SoproConfig) -> str:
    """One line about a checkpoint."""
    return (
        f"Sopro v{config.version}: {config.width} channels, {config.num_codebooks} "
        f"codebooks of {config.codebook_size}, {config.vocabulary} text tokens, "
        f"generator {config.ar_kernel} x {config.ar_dilations}, refinement "
        f"{config.nar_kernel} x {config.nar_dilations}"
    )


def _variants(listed: str) -> tuple[str, ...]:
    variants = tuple(part.strip() for part in listed.split(",") if part.strip())
    unknown = sorted(set(variants) - set(VARIANTS))
    if unknown or not variants:
        raise ConversionError(
            f"--variants {listed!r}: expected some of {', '.join(VARIANTS)}"
        )
    return variants


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConversionError(f"{path}: cannot be read: {error.strerror}") from error


def _source(source: Checkpoint, licence: str, origin: str) -> Mapping[str, Any]:
    return {
        "name": source.path.parent.name or "model",
        "file": source.path.name,
        "sha256": source.sha256(),
        "size": source.nbytes,
        "licence": licence,
        **({"repo": origin} if origin else {}),
    }
