"""Calibration inputs for a pack: its own front end and stages speak text in float.

Quantisers must see what the stages will see: noise or other people's spectrograms set
ranges that real speech exceeds. A vocoder without a front end is given what the default
voice says. Run again to go on where it stopped.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from calibrate.dataset.recorded_inputs import SPEAKING_VOICE, record_inputs
from calibrate.dataset.stored_dataset import StoredDataset
from calibrate.dataset.texts import DEFAULT_TEXTS, language_warning, read_sentences
from calibrate.pack_arguments import add_pack_arguments, open_packs
from calibrate.progress import progress
from calibrate.quantize.float_stacks import float_stacks
from edge_tts.backends.plan_key import pack_digest
from edge_tts.packs.voice_library import VoiceLibrary

_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_pack_arguments(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder")
    parser.add_argument("--texts", type=Path, default=DEFAULT_TEXTS, help="a line each")
    parser.add_argument("--count", type=int, default=24, help="sentences")


def run(arguments: argparse.Namespace) -> None:
    """Speak and store; what is there already stays.

    Raises:
        ConversionError: No text, no float weights, or a folder of another pack.
    """
    sentences = read_sentences(arguments.texts, arguments.count)
    with open_packs(arguments) as (pack, twin):
        manifest = pack.manifest
        warning = language_warning(manifest, sentences)
        if warning:
            _LOG.warning("%s: %s", arguments.texts, warning)
        stacks = float_stacks(pack, twin)
        speakers = [speaker.id for speaker in manifest.speakers]
        if manifest.family == "mel_vocoder":
            voice = VoiceLibrary().resolve(SPEAKING_VOICE).manifest
            speakers = [speaker.id for speaker in voice.speakers]
        dataset = StoredDataset.create(
            arguments.output, manifest.id, pack_digest(manifest), warning
        )
        for index, text in enumerate(progress("dataset", sentences)):
            sentence = (speakers[index % len(speakers)], text)
            if not dataset.has(index, sentence):
                dataset.add(index, sentence, record_inputs(manifest, stacks, sentence))
    print(f"{arguments.output}: {dataset.num_sentences} sentences")
    for stage, rows in dataset.rows().items():
        print(f"  {stage:<14}{rows:>8} rows")
