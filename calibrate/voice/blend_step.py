"""Average the vocoder's weights before and after fine-tuning: `blend/vocoder.pt`.

M. Wortsman et al.: Robust fine-tuning of zero-shot models, CVPR 2022. Fine-tuning on
predicted mels gains for the speakers it sees most and loses for the others; half way
between the two sets of weights keeps most of the gain and little of the loss.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from calibrate.voice.checkpoint import load_weights, save_weights
from calibrate.voice.errors import TrainingError

_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument("--base", type=Path, help="default: WORK/voc/vocoder.pt")
    parser.add_argument("--tuned", type=Path, help="default: WORK/finetune/vocoder.pt")
    parser.add_argument(
        "--share", type=float, default=0.5, help="of the tuned weights, 0 to 1"
    )


def run(arguments: argparse.Namespace) -> None:
    """Write the average."""
    share: float = arguments.share
    if not 0.0 <= share <= 1.0:
        raise TrainingError(f"--share: expected 0 to 1, got {share}")
    base = arguments.base or arguments.work / "voc" / "vocoder.pt"
    tuned = arguments.tuned or arguments.work / "finetune" / "vocoder.pt"
    config, first, _ = load_weights(base)
    other_config, second, notes = load_weights(tuned)
    shapes = [{n: t.shape for n, t in state.items()} for state in (first, second)]
    if config != other_config or shapes[0] != shapes[1]:
        raise TrainingError(f"{base} and {tuned} are weights of different networks")
    mixed = {name: first[name].lerp(second[name], share) for name in first}
    path = arguments.work / "blend" / "vocoder.pt"
    save_weights(path, config, mixed, {**notes, "share_of_tuned": share})
    _LOG.info("wrote %s", path)
