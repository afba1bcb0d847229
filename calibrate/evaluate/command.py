"""Compare the quantised variants of packs with fp32, at the stage and at the ear.

For a mel vocoder recordings are copy-synthesised with every variant. For a voice of
family edge1 its decoder and its vocoder are replaced by themselves in the float twin's
speech, with the same durations and pitch.

  sqnr_db     signal over quantisation noise of the stage's outputs
  log_mel_l1  distance of the sound's log-mels, nat (gate: at most 0.05)
  mcd_db      mel-cepstral distortion of the sound
  pesq_wb     wide-band PESQ of the sound (gate: at least 4.0)
  f0_rmse_hz, vuv_error  pitch and voicing

With --candidates the candidates of `quantize` are judged instead, on sentences that
the default voice speaks, and their figures stored beside them; no recordings needed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from calibrate.convert.errors import ConversionError
from calibrate.dataset.texts import DEFAULT_TEXTS, read_sentences
from calibrate.evaluate.figures_table import figures_table
from calibrate.evaluate.sound_distance import Figures
from calibrate.pack_arguments import TWIN, open_packs
from edge_tts.packs import Pack
from edge_tts.packs.voice_library import VoiceLibrary

DEFAULT_VOICE = "edge-en"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "packs", nargs="+", help=f"ids or paths; {DEFAULT_VOICE} is the default voice"
    )
    parser.add_argument("--data", type=Path, help="voice data folder")
    parser.add_argument("--candidates", type=Path, help="folder; one PACK")
    parser.add_argument("--texts", type=Path, default=DEFAULT_TEXTS, help="to judge by")
    parser.add_argument(
        "--skip", type=int, default=24, help="lines of --texts used by `dataset`"
    )
    parser.add_argument("--clips", type=int, default=8, help="recordings or sentences")
    parser.add_argument("--seed", type=int, default=1, help="of their choice")
    parser.add_argument("--twin", type=Path, help="float twin of a voice")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures here")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print.

    Raises:
        PackError: No such pack.
        ConversionError: A pack of a family that cannot be judged yet.
    """
    tables = {}
    if arguments.candidates is not None:
        _judge_candidates(arguments)
        return
    if arguments.data is None:
        raise ConversionError("give --data, or --candidates")
    for name in arguments.packs:
        with VoiceLibrary().resolve(name).open() as pack:
            figures = _judge(pack, arguments)
            tables[pack.manifest.id] = figures
        print(f"\n{pack.manifest.id}, {arguments.clips} sounds")
        print(figures_table(figures))
    if arguments.json is not None:
        text = json.dumps(tables, indent=1)
        arguments.json.write_text(text + "\n", encoding="utf-8")


def _judge_candidates(arguments: argparse.Namespace) -> None:
    from calibrate.evaluate.candidates import judge_candidates
    from calibrate.quantize.float_stacks import float_stacks

    if len(arguments.packs) != 1:
        raise ConversionError("--candidates takes one PACK")
    arguments.pack = arguments.packs[0]
    lines = read_sentences(arguments.texts, arguments.clips, arguments.skip)
    with open_packs(arguments) as (pack, twin):
        speakers = [speaker.id for speaker in pack.manifest.speakers]
        if pack.manifest.family == "mel_vocoder":
            speakers = [
                s.id for s in VoiceLibrary().resolve(DEFAULT_VOICE).manifest.speakers
            ]
        sentences = [
            (speakers[index % len(speakers)], line) for index, line in enumerate(lines)
        ]
        stacks = float_stacks(pack, twin)
        print(
            figures_table(
                judge_candidates(arguments.candidates, pack, stacks, sentences)
            )
        )


def _judge(pack: Pack, arguments: argparse.Namespace) -> dict[str, Figures]:
    # Imported by need: the families need different packages.
    if pack.manifest.family == "mel_vocoder":
        from calibrate.evaluate.recordings import load_clips
        from calibrate.evaluate.vocoder_variants import evaluate_vocoder

        clips = load_clips(arguments.data, arguments.clips, arguments.seed)
        return evaluate_vocoder(pack, clips)
    if pack.manifest.family == "edge1":
        from calibrate.evaluate.voice_stages import evaluate_voice

        with Pack.open(arguments.twin or TWIN) as twin:
            return evaluate_voice(
                pack, twin, arguments.data, arguments.clips, arguments.seed
            )
    raise ConversionError(
        f"pack {pack.manifest.id}: family {pack.manifest.family} cannot be judged yet"
    )
