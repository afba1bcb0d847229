"""Draw the figures of `evaluate`, training curves and spectrograms; write samples."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.dataset import Clip
from calibrate.voice.evaluate_step import UNSEEN, held_out_clips
from calibrate.voice.evaluated_systems import spoken, texts_of
from calibrate.voice.mel import log_mel
from calibrate.voice.recordings import SAMPLE_RATE, load_recording
from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.audio.file_sink import open_file_sink

SAMPLES: Final = {
    "kathleen": (
        "Hello. I am a voice that fits in eleven megabytes.",
        "Did you really walk all the way from the railway station?",
        "We packed apples, bread, two umbrellas (both broken), and a thermometer.",
        "\u201cNever again!\u201d she said, and closed the garden gate.",
        "On March 3rd, 2024, at 9:30 a.m., it was -12 degrees.",
        "It is a truth universally acknowledged, that a single man in possession of a "
        "good fortune, must be in want of a wife.",
    ),
    "lj": (
        "Hello. I am another voice of the same network.",
        "The quick brown fox jumps over the lazy dog; nobody knows why.",
    ),
    "bdl": (
        "Hello. I was recorded in a quiet room, a long time ago.",
        "Where is the thermometer, and who has taken the spare keys?",
    ),
    "slt": (
        "Hello. I read stories, lists, and numbers such as 1,492.",
        "Please wait; the water pump starts in ten seconds.",
    ),
}
"""Speaker -> what the samples say; a dozen in all."""
_HOP_SECONDS: Final = 256 / SAMPLE_RATE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument("--json", type=Path, help="default: WORK/evaluation.json")
    parser.add_argument("--output", type=Path, default=Path("docs/voice"))
    parser.add_argument(
        "--spectrograms", type=int, default=3, help="sentences, each twice"
    )


def run(arguments: argparse.Namespace) -> None:
    """Write PNG and Opus files; what has no data is said and left out."""
    # Imported by need: nothing else of the recipe draws.
    import matplotlib

    matplotlib.use("agg")
    arguments.output.mkdir(parents=True, exist_ok=True)
    report = arguments.json or arguments.work / "evaluation.json"
    if report.is_file():
        figures = json.loads(report.read_text(encoding="utf-8"))
        _draw_scores(figures, arguments.output / "scores.png")
    else:
        print(f"no figures at {report}: run `python -m calibrate.voice evaluate`")
    _draw_curves(arguments.work, arguments.output / "curves.png")
    clips = held_out_clips(arguments.data, "kathleen", arguments.spectrograms)
    _draw_spectrograms(clips, arguments.output / "spectrograms.png")
    for speaker, texts in SAMPLES.items():
        named = {f"{speaker}-{n}": text for n, text in enumerate(texts, 1)}
        for name, samples in spoken(speaker, named).items():
            write_sound(arguments.output / f"{name}.opus", samples)


def write_sound(path: Path, samples: NDArray[np.float32]) -> None:
    """Write mono samples at 22,050 Hz in the format of the suffix."""
    sink = open_file_sink(path)
    sound = AudioFormat(SAMPLE_RATE)
    sink.open(sound)
    sink.write(AudioChunk(samples, sound, 0))
    sink.drain()
    sink.close()


def _draw_scores(report: Mapping[str, Any], path: Path) -> None:
    from matplotlib import pyplot

    shown = {name: rows for name, rows in report.items() if name != UNSEEN}
    measures = [("nisqa", "NISQA-TTS"), ("dnsmos", "DNSMOS overall")]
    measures.append(("word_errors_percent", "word errors, %"))
    figure, axes = pyplot.subplots(len(measures), 1, figsize=(9, 9), sharex=True)
    systems = list(dict.fromkeys(name for rows in shown.values() for name in rows))
    width = 0.8 / len(systems)
    for axis, (key, title) in zip(axes, measures, strict=True):
        for number, system in enumerate(systems):
            values = [rows.get(system, {}).get(key, np.nan) for rows in shown.values()]
            half = [rows.get(system, {}).get(f"{key}_ci95") for rows in shown.values()]
            places = np.arange(len(shown)) + number * width
            errors = half if all(value is not None for value in half) else None
            axis.bar(places, values, width * 0.92, yerr=errors, label=system)
        axis.set_ylabel(title)
        axis.grid(axis="y", alpha=0.3)
    axes[0].legend(ncol=4, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axes[-1].set_xticks(np.arange(len(shown)) + 0.4, list(shown))
    _save(figure, path)


def _draw_curves(work: Path, path: Path) -> None:
    from matplotlib import pyplot

    runs = {
        "vocoder": work / "voc" / "log.jsonl",
        "fine-tuned vocoder": work / "finetune" / "log.jsonl",
        "acoustic model": work / "acoustic" / "train.log",
    }
    known = {name: log for name, log in runs.items() if log.is_file()}
    if not known:
        print(f"no training logs under {work}: no curves")
        return
    figure, axes = pyplot.subplots(1, len(known), figsize=(4 * len(known), 3))
    for axis, (name, log) in zip(np.atleast_1d(axes), known.items(), strict=True):
        axis.plot(*_mel_curve(log))
        axis.set(title=name, xlabel="step", ylabel="log-mel L1, nepers")
        axis.grid(alpha=0.3)
    _save(figure, path)


def _mel_curve(log: Path) -> tuple[list[int], list[float]]:
    lines = log.read_text(encoding="utf-8").splitlines()
    if log.suffix == ".jsonl":
        rows = [json.loads(line) for line in lines]
        return [row["step"] for row in rows], [row["mel"] for row in rows]
    found = [re.search(r"step (\d+) \(.*\bmel ([0-9.]+)", line) for line in lines]
    pairs = [(int(match[1]), float(match[2])) for match in found if match]
    return [step for step, _ in pairs], [loss for _, loss in pairs]


def _draw_spectrograms(clips: Sequence[Clip], path: Path) -> None:
    from matplotlib import pyplot

    made = spoken("kathleen", texts_of(clips))
    figure, axes = pyplot.subplots(
        2 * len(clips), 1, figsize=(10, 3.4 * len(clips)), squeeze=False
    )
    for row, clip in enumerate(clips):
        sounds = {"recording": load_recording(clip)[0], "voice": made[clip.uid]}
        for place, (name, samples) in enumerate(sounds.items()):
            mel = log_mel(samples)
            axis = axes[2 * row + place][0]
            axis.imshow(
                mel.T,
                origin="lower",
                aspect="auto",
                cmap="magma",
                vmin=-11.5,
                vmax=1.5,
                extent=(0, len(mel) * _HOP_SECONDS, 0, mel.shape[1]),
            )
            axis.set_title(f"{name}: {clip.text}"[:110], fontsize=8, loc="left")
            axis.tick_params(labelsize=6)
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot
    from PIL import Image

    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)
    # A palette is a third of the size and looks the same.
    with Image.open(path) as picture:
        picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=96).save(
            path, optimize=True
        )
    print(f"wrote {path}")
