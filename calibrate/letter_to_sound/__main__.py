"""Train letter-to-sound: ``python -m calibrate.letter_to_sound cmudict.dict``."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from calibrate.letter_to_sound.dataset import build_dataset, is_held_out
from calibrate.letter_to_sound.evaluate import Score, evaluate
from calibrate.lexicon.cmudict import read_cmudict
from edge_tts.errors import EdgeTTSError
from edge_tts.text.letter_to_sound import DEFAULT_PATH, LetterToSound
from edge_tts.text.morphology import derive

_LOG = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Train, write the weights, and state the errors on words never trained on."""
    parser = argparse.ArgumentParser(prog="python -m calibrate.letter_to_sound")
    parser.add_argument("source", type=Path, help="cmudict.dict")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_PATH)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--score-only", action="store_true")
    arguments = parser.parse_args(argv)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S"
    )
    try:
        if not arguments.score_only:
            _train(arguments)
        _score(arguments.source, arguments.output)
    except (EdgeTTSError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _train(arguments: argparse.Namespace) -> None:
    # Scoring works without torch.
    import torch

    from calibrate.letter_to_sound.export import export
    from calibrate.letter_to_sound.trainer import train

    torch.set_num_threads(arguments.threads)
    dataset = build_dataset(read_cmudict(arguments.source), arguments.seed)
    _LOG.info(
        "%d words to train on, %d held out, %d chunks",
        len(dataset.training),
        len(dataset.held_out),
        len(dataset.chunks),
    )
    network = train(dataset, arguments.epochs, arguments.seed)
    data = export(network, dataset.chunks)
    arguments.output.write_bytes(data)
    _LOG.info("%d bytes: %s", len(data), arguments.output)


def _score(source: Path, weights: Path) -> None:
    entries = read_cmudict(source)
    words = [word for word in entries if word.isalpha() and len(word) > 1]
    held_out = [word for word in words if word.isascii() and is_held_out(word)]
    network = LetterToSound(weights)
    rest = {word: found[0] for word, found in entries.items() if not is_held_out(word)}

    def with_derivatives(word: str) -> tuple[str, ...]:
        return derive(word, rest.get) or network.pronounce(word)

    _report("network alone", evaluate(held_out, entries, network.pronounce))
    _report("derivatives first", evaluate(held_out, entries, with_derivatives))
    derived = [word for word in held_out if derive(word, rest.get)]
    _report("derivatives only", evaluate(derived, entries, with_derivatives))
    _report("network on those", evaluate(derived, entries, network.pronounce))


def _report(name: str, score: Score) -> None:
    print(
        f"{name}: {score.words} words, phoneme errors {score.phoneme_errors:.2f} %, "
        f"word errors {score.word_errors:.1f} % "
        f"({score.word_errors_with_stress:.1f} % with stress)"
    )


if __name__ == "__main__":
    sys.exit(main())
