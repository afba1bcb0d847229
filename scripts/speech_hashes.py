#!/usr/bin/env python3
"""Speaks fixed sentences on the native backend and compares hashes of the PCM.

``scripts/speech_hashes.py`` compares with the file beside the tests; it must match on
every CPU and for every ``EDGE_TTS_ISA``. After a change that is meant to change the
sound (a new voice pack, another kernel definition) renew it and say so in CHANGELOG.md:

    python scripts/speech_hashes.py --renew
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from edge_tts import SynthesisOptions, Synthesizer
from edge_tts.audio.pcm import pcm16_from_float
from edge_tts.cpu import current_isa
from edge_tts.options import RuntimeOptions

GOLDEN = Path(__file__).resolve().parent.parent / "tests/data/speech_hashes.json"
MEANING = (
    "SHA-256 of the 16-bit PCM at 22,050 Hz of the embedded voices on the native "
    "backend: the same on every instruction set and architecture. Renewed by "
    "`python scripts/speech_hashes.py --renew`, only when the sound is meant to change."
)
VOICES = ("kathleen", "lj", "slt", "bdl")
TEXTS = (
    "The lighthouse keeper counted eleven ships before the fog came in.",
    "Why not? On May 3rd, 1997, Dr. Frobisherly paid $12.50; the zylophant agreed!",
)
OPTIONS: dict[str, SynthesisOptions] = {
    "plain": SynthesisOptions(),
    "fast-low": SynthesisOptions(speed=1.37, pitch=-2.5, seed=7),
    "slow-high": SynthesisOptions(speed=0.71, pitch=4.0, volume=-4.3, pause_ms=130),
}


def main() -> int:
    """Returns the exit status: 0 where every hash is the expected one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--renew", action="store_true", help="write the file anew")
    parser.add_argument("--texts", type=Path, help="one sentence per line, instead")
    parser.add_argument("--limit", type=int, default=10_000, help="at most so many")
    parser.add_argument("--golden", type=Path, default=GOLDEN)
    args = parser.parse_args()
    if args.texts is None:
        found = dict(_hashes(VOICES, TEXTS, OPTIONS, args.limit))
    else:
        lines = [line for line in args.texts.read_text().splitlines() if line.strip()]
        plain = {"plain": OPTIONS["plain"]}
        found = dict(_hashes(VOICES[:1], tuple(lines), plain, args.limit))
    if args.renew:
        data = {"meaning": MEANING, "sha256": found}
        args.golden.parent.mkdir(parents=True, exist_ok=True)
        args.golden.write_text(json.dumps(data, indent=1) + "\n")
        return 0
    expected: dict[str, str] = json.loads(args.golden.read_text())["sha256"]
    wrong = [name for name, value in found.items() if expected.get(name) != value]
    print(
        f"{current_isa()}: {len(found) - len(wrong)} of {len(found)} hashes as expected"
    )
    for name in wrong:
        print(f"differs: {name}: {found[name]}, expected {expected.get(name)}")
    return 1 if wrong else 0


def _hashes(
    voices: tuple[str, ...],
    texts: tuple[str, ...],
    options: dict[str, SynthesisOptions],
    limit: int,
) -> Iterator[tuple[str, str]]:
    """Names and hashes, voice by voice; a limit takes the first of each kind."""
    cases = [
        (voice, number, name)
        for number in range(len(texts))
        for name in options
        for voice in voices
    ][:limit]
    for voice in voices:
        wanted = [case for case in cases if case[0] == voice]
        if not wanted:
            continue
        with Synthesizer(voice, runtime=RuntimeOptions(backend="native")) as speaker:
            for _, number, name in wanted:
                digest = hashlib.sha256()
                for chunk in speaker.stream(texts[number], options[name]):
                    digest.update(pcm16_from_float(chunk.samples).tobytes())
                yield f"{voice}/{number}/{name}", digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
