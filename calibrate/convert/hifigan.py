"""A HiFi-GAN generator from ONNX to a pack of family mel_vocoder.

The network's shape is read from the graph. What a graph does not say (sample rate, how
the spectrogram is made) comes from options; their defaults are the recipe of HiFi-GAN
at 22,050 Hz and are refused for graphs with other mel bands or another hop.

With --data the pack also gets int8 variants: layers are chosen by what the ear misses,
every variant is compared with fp32 on recordings, and what misses its gate is left out.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from calibrate.convert.errors import ConversionError
from calibrate.convert.hifigan_check import check_against_original
from calibrate.convert.hifigan_graph import HifiganNetwork, read_hifigan
from calibrate.convert.hifigan_pack import (
    ExtraVariant,
    VocoderFacts,
    write_vocoder_pack,
)
from calibrate.convert.hifigan_stack import hifigan_stack
from calibrate.convert.onnx_graph import OnnxGraph
from calibrate.evaluate.figures_table import figures_table
from edge_tts.packs import Pack

_RECIPE = (80, 256)
"""Mel bands and hop for which the defaults of the options hold."""
_CALIBRATION_CLIPS = 4
"""Recordings that layers and ranges are chosen by; others are judged."""
_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("source", type=Path, help="ONNX file of the generator")
    parser.add_argument("-o", "--output", type=Path, required=True, help="pack to make")
    parser.add_argument("--replace", action="store_true", help="replace the pack")
    parser.add_argument("--name", help="id of the pack; default: name of the output")
    parser.add_argument("--licence-file", type=Path, required=True)
    parser.add_argument("--licence", default="MIT", help="of the weights (SPDX)")
    parser.add_argument("--attribution", default="", help="sentence to print beside")
    parser.add_argument("--origin", default="", help="where the weights come from")
    parser.add_argument("--sample-rate", type=int, help="Hz; default 22050")
    parser.add_argument("--mel-n-fft", type=int, help="default 1024")
    parser.add_argument("--mel-low-hz", type=float, help="default 0")
    parser.add_argument("--mel-high-hz", type=float, help="default 8000")
    parser.add_argument("--data", type=Path, help="recordings to quantise and judge by")
    parser.add_argument("--clips", type=int, default=8, help="recordings judged")
    parser.add_argument("--seed", type=int, default=1, help="of their choice")


def run(arguments: argparse.Namespace) -> None:
    """Convert, check against the original, judge, write.

    Raises:
        ConversionError: The source is no HiFi-GAN generator, or an option is missing.
        PackError: The pack exists or cannot be written; nothing is left behind.
    """
    if arguments.output.exists() and not arguments.replace:
        raise ConversionError(f"{arguments.output}: exists already; add --replace")
    if arguments.clips < 1:
        raise ConversionError(f"--clips {arguments.clips}: expected at least 1")
    facts = _facts(arguments)
    graph = OnnxGraph(arguments.source)
    network = read_hifigan(graph)
    _LOG.info("%s", describe(network))
    facts = _with_recipe(facts, network, arguments)
    spec, tensors = hifigan_stack(network)
    check_against_original(graph, spec, tensors)
    facts = facts.with_source(graph, describe(network))
    write = partial(write_vocoder_pack, spec=spec, tensors=tensors, facts=facts)
    extra: Sequence[ExtraVariant] = ()
    if arguments.data is not None:
        # Imported by need: a plain conversion works without what judging needs.
        from calibrate.convert import judged_variants as judged
        from calibrate.evaluate.recordings import load_clips
        from calibrate.evaluate.vocoder_variants import evaluate_vocoder

        if (network.num_mels, network.hop_length) != _RECIPE:
            raise ConversionError(
                f"{arguments.source}: --data makes spectrograms of {_RECIPE[0]} bands "
                f"every {_RECIPE[1]} samples, this network reads others; leave it out"
            )
        clips = load_clips(arguments.data, arguments.clips, arguments.seed)
        heard = load_clips(arguments.data, _CALIBRATION_CLIPS, arguments.seed + 1)
        candidates, _ = judged.build_candidates(spec, tensors, heard)
        with tempfile.TemporaryDirectory() as folder:
            draft = write(Path(folder, "draft"), extra=judged.as_files(candidates))
            with Pack.open(draft) as pack:
                figures = evaluate_vocoder(pack, clips)
        print(figures_table(figures))
        extra = judged.as_files(judged.admit(candidates, figures))
    write(arguments.output, extra=extra, replace=arguments.replace)
    _LOG.info("wrote %s", arguments.output)


def describe(network: HifiganNetwork) -> str:
    """One line about the shape of a generator."""
    ups = ", ".join(
        f"{stage.up.stride}x{stage.up.weight.shape[2]}" for stage in network.stages
    )
    blocks = network.stages[0].blocks
    kernels = ", ".join(str(units[0].convs[0].weight.shape[0]) for units in blocks)
    dilations = sorted({unit.convs[0].dilation for units in blocks for unit in units})
    kind = 1 if len(blocks[0][0].convs) == 2 else 2
    return (
        f"HiFi-GAN generator, {network.num_parameters} parameters: "
        f"{network.num_mels} bands to {network.first.weight.shape[2]} channels, "
        f"upsampling (stride x channels) {ups}, residual blocks of type {kind} with "
        f"kernels {kernels} and dilations {', '.join(map(str, dilations))}"
    )


def _facts(arguments: argparse.Namespace) -> VocoderFacts:
    try:
        licence_text = arguments.licence_file.read_bytes()
    except OSError as error:
        raise ConversionError(
            f"{arguments.licence_file}: cannot be read: {error.strerror}"
        ) from error
    name = arguments.name or arguments.output.name.removesuffix(".zip")
    return VocoderFacts(
        pack_id=name.lower(),
        licence=arguments.licence,
        licence_text=licence_text,
        attribution=arguments.attribution,
        origin=arguments.origin,
        command=f"python -m calibrate convert hifigan {arguments.source.name}",
    )


def _with_recipe(
    facts: VocoderFacts, network: HifiganNetwork, arguments: argparse.Namespace
) -> VocoderFacts:
    known = (network.num_mels, network.hop_length) == _RECIPE
    defaults = {
        "sample_rate": 22050,
        "mel_n_fft": 1024,
        "mel_low_hz": 0.0,
        "mel_high_hz": 8000.0,
    }
    values = {name: getattr(arguments, name) for name in defaults}
    missing = [name for name, value in values.items() if value is None]
    if missing and not known:
        option = missing[0].replace("_", "-")
        raise ConversionError(
            f"{arguments.source}: {network.num_mels} bands and {network.hop_length} "
            f"samples a frame are not those of the usual recipe; give --{option}"
        )
    for name in missing:
        values[name] = defaults[name]
    _check_recipe(**values)
    return facts.with_recipe(**values)


def _check_recipe(
    sample_rate: int, mel_n_fft: int, mel_low_hz: float, mel_high_hz: float
) -> None:
    if mel_n_fft < 2 or mel_n_fft % 2:
        raise ConversionError(f"--mel-n-fft {mel_n_fft}: expected an even number")
    # Written so that NaN fails as well.
    if not 0.0 <= mel_low_hz < mel_high_hz <= sample_rate / 2:
        raise ConversionError(
            f"--mel-low-hz {mel_low_hz:g} --mel-high-hz {mel_high_hz:g}: expected "
            f"rising frequencies from 0 to {sample_rate / 2:g} Hz, half the sample rate"
        )
