"""Compare the quantised variants of packs with fp32, at the stage and at the ear.

For a mel vocoder recordings are copy-synthesised with every variant. For a voice of
family edge1 its decoder and its vocoder are replaced by themselves in the float twin's
speech, with the same durations and pitch.

  sqnr_db     signal over quantisation noise of the stage's outputs
  log_mel_l1  distance of the sound's log-mels, nat (gate: at most 0.05)
  mcd_db      mel-cepstral distortion of the sound
  pesq_wb     wide-band PESQ of the sound (gate: at least 4.0)
  f0_rmse_hz, vuv_error  pitch and voicing
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from calibrate.convert.errors import ConversionError
from calibrate.evaluate.figures_table import figures_table
from calibrate.evaluate.sound_distance import Figures
from edge_tts.packs import Pack
from edge_tts.packs.voice_library import VoiceLibrary

DEFAULT_VOICE = "edge-en"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "packs", nargs="+", help=f"ids or paths; {DEFAULT_VOICE} is the default voice"
    )
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--clips", type=int, default=8, help="recordings or sentences")
    parser.add_argument("--seed", type=int, default=1, help="of their choice")
    parser.add_argument(
        "--twin",
        type=Path,
        default=Path("calibrate/voice/packs/edge-en-float"),
        help="float twin of a voice",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures here")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print.

    Raises:
        PackError: No such pack.
        ConversionError: A pack of a family that cannot be judged yet.
    """
    tables = {}
    for name in arguments.packs:
        with VoiceLibrary().resolve(name).open() as pack:
            figures = _judge(pack, arguments)
            tables[pack.manifest.id] = figures
        print(f"\n{pack.manifest.id}, {arguments.clips} sounds")
        print(figures_table(figures))
    if arguments.json is not None:
        text = json.dumps(tables, indent=1)
        arguments.json.write_text(text + "\n", encoding="utf-8")


def _judge(pack: Pack, arguments: argparse.Namespace) -> dict[str, Figures]:
    # Imported by need: the families need different packages.
    if pack.manifest.family == "mel_vocoder":
        from calibrate.evaluate.recordings import load_clips
        from calibrate.evaluate.vocoder_variants import evaluate_vocoder

        clips = load_clips(arguments.data, arguments.clips, arguments.seed)
        return evaluate_vocoder(pack, clips)
    if pack.manifest.family == "edge1":
        from calibrate.evaluate.voice_stages import evaluate_voice

        with Pack.open(arguments.twin) as twin:
            return evaluate_voice(
                pack, twin, arguments.data, arguments.clips, arguments.seed
            )
    raise ConversionError(
        f"pack {pack.manifest.id}: family {pack.manifest.family} cannot be judged yet"
    )
