"""Command line of the voice recipe: ``python -m calibrate.voice STEP --help``."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from typing import Final

from edge_tts.errors import EdgeTTSError

STEPS: Final = {
    "all": "calibrate.voice.all_step",
    "features": "calibrate.voice.features_step",
    "align": "calibrate.voice.align_step",
    "acoustic": "calibrate.voice.acoustic_train_step",
    "acoustic-predict": "calibrate.voice.acoustic_predict_step",
    "acoustic-evaluate": "calibrate.voice.acoustic_evaluate_step",
    "vocoder": "calibrate.voice.vocoder_step",
    "vocoder-evaluate": "calibrate.voice.vocoder_evaluate_step",
    "finetune": "calibrate.voice.finetune_step",
    "blend": "calibrate.voice.blend_step",
    "export": "calibrate.voice.export_step",
    "naturalness": "calibrate.voice.naturalness_step",
    "sweep": "calibrate.voice.sweep_step",
    "evaluate": "calibrate.voice.evaluate_step",
    "plots": "calibrate.voice.plots_step",
    "listen": "calibrate.voice.listen_step",
}
"""Step -> module with ``add_arguments(parser)`` and ``run(arguments)``.

The module's docstring is the help text."""


def main(argv: list[str] | None = None) -> int:
    """Run one step; returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="python -m calibrate.voice")
    parser.add_argument("step", choices=list(STEPS), help="what to do")
    step = parser.parse_args(argv[:1]).step
    # Imported by need: features must run without torch, export without pyworld.
    module = importlib.import_module(STEPS[step])
    arguments = argparse.ArgumentParser(
        prog=f"python -m calibrate.voice {step}", description=module.__doc__
    )
    module.add_arguments(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S"
    )
    try:
        module.run(arguments.parse_args(argv[1:]))
    except EdgeTTSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
