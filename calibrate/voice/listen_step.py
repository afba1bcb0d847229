"""Write a blind listening page: recordings, float, INT8, other programs, shuffled."""

from __future__ import annotations

import argparse
import html
import json
import random
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.evaluate_step import held_out_clips
from calibrate.voice.evaluated_systems import evaluated_systems
from calibrate.voice.judge_nisqa import JUDGING_LEVEL_DBFS
from calibrate.voice.plots_step import write_sound
from calibrate.voice.recordings import LEVEL_DBFS, level_and_trim

PAGE: Final = Path(__file__).with_name("listen_page.html")
PAIRS: Final = (
    ("voice INT8", "voice float"),
    ("voice INT8", "recordings"),
    ("voice INT8", "HiFi-GAN V2 copy"),
    ("voice INT8", "flite"),
    ("voice INT8", "espeak-ng"),
)
"""What each ABX trial compares; pairs whose systems do not run here are left out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument("--speaker", default="kathleen")
    parser.add_argument("--sentences", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1, help="of names and order")
    parser.add_argument(
        "--twin", type=Path, default=Path("calibrate/voice/packs/edge-en-float")
    )
    parser.add_argument("--output", type=Path, help="folder, default: WORK/listen")


def run(arguments: argparse.Namespace) -> None:
    """Write ``index.html``, sounds under names that say nothing, and ``key.json``."""
    output = arguments.output or arguments.work / "listen"
    output.mkdir(parents=True, exist_ok=True)
    clips = held_out_clips(arguments.data, arguments.speaker, arguments.sentences)
    systems = evaluated_systems(
        arguments.speaker,
        arguments.twin,
        arguments.work / "blend" / "vocoder.pt",
        arguments.work / "hifigan",
    )
    wanted = {name for pair in PAIRS for name in pair}
    shuffle = random.Random(arguments.seed)
    numbers = list(range(len(wanted) * len(clips)))
    shuffle.shuffle(numbers)
    files: dict[str, dict[str, str]] = {}
    for name, speak in systems.items():
        if name not in wanted:
            continue
        speech = speak(clips)
        files[name] = {}
        for clip in clips:
            file = f"{numbers.pop():03d}.opus"
            write_sound(output / file, at_judging_level(speech[clip.uid]))
            files[name][clip.uid] = file
    trials = [
        {"text": clip.text, "a": files[a][clip.uid], "b": files[b][clip.uid]}
        for a, b in PAIRS
        for clip in clips
        if a in files and b in files
    ]
    shuffle.shuffle(trials)
    for trial in trials:
        if shuffle.random() < 0.5:
            trial["a"], trial["b"] = trial["b"], trial["a"]
    # Nothing of a sentence may end the script element.
    data = json.dumps(trials).replace("<", "\\u003c")
    page = PAGE.read_text(encoding="utf-8").replace("/*TRIALS*/[]", data)
    page = page.replace("SPEAKER", html.escape(arguments.speaker))
    (output / "index.html").write_text(page, encoding="utf-8")
    key = {file: name for name, by_clip in files.items() for file in by_clip.values()}
    (output / "key.json").write_text(json.dumps(key, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {len(trials)} trials to {output / 'index.html'}")


def at_judging_level(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """One level for all, or the louder one wins."""
    levelled, _ = level_and_trim(samples)
    gain = np.float32(10 ** ((JUDGING_LEVEL_DBFS + 6 - LEVEL_DBFS) / 20))
    return np.asarray(np.clip(levelled * gain, -1, 1), np.float32)
