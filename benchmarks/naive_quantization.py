"""What people do to a HiFi-GAN, beside our recipe: the same weights, one thread."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic

from benchmarks.results import Row
from calibrate.dataset.recorded_inputs import spoken_mel
from calibrate.voice.mel import log_mel
from edge_tts.mel_vocoder import MelVocoder
from edge_tts.options import RuntimeOptions

_SENTENCE: Final = ("lj", "Call me when the light has gone from the hills.")
_ROUNDS: Final = 7
Samples = NDArray[np.float32]


def naive_rows(source: Path, pack: Path) -> Iterator[Row]:
    """Time and quality of ``quantize_dynamic`` on all ops, and of the pack's choice.

    Args:
        source: The float graph as its authors' tools exported it.
        pack: The same network converted and quantised by ``calibrate``.
    """
    mel = spoken_mel(_SENTENCE).mel
    with tempfile.TemporaryDirectory() as folder:
        calls: dict[str, Callable[[], Samples]] = {"as exported": _ort(source, mel)}
        for name, weights in (("", QuantType.QInt8), (" u8", QuantType.QUInt8)):
            path = Path(folder, f"dynamic{name}.onnx")
            quantize_dynamic(source, path, weight_type=weights)
            calls[f"quantize_dynamic{name}"] = _ort(path, mel)
        with MelVocoder(str(pack), runtime=RuntimeOptions(num_threads=1)) as vocoder:
            label = ", ".join(vocoder.plan.variants.values())
            calls["ours"] = lambda: vocoder.synthesize(mel)
            times: dict[str, list[float]] = {name: [] for name in calls}
            sounds = {name: call() for name, call in calls.items()}
            for _ in range(_ROUNDS):
                for name, call in calls.items():
                    started = time.perf_counter()
                    call()
                    times[name].append(time.perf_counter() - started)
    reference = sounds["as exported"]
    floats = statistics.median(times["as exported"])
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        note = "hifigan, ORT fp32" if name == "as exported" else ""
        note = label if name == "ours" else note
        row = f"naive.{name.replace(' ', '_')}"
        rtf = middle * 22_050 / len(reference)
        yield Row(f"{row}.rtf", rtf, "s/s", note, floats / middle)
        if name != "as exported":
            distance = np.abs(log_mel(sounds[name]) - log_mel(reference)).mean()
            yield Row(f"{row}.log_mel_l1", float(distance), "nat")


def _ort(path: Path, mel: Samples) -> Callable[[], Samples]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session: Any = ort.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    given = {name: np.ascontiguousarray(mel.T[None])}
    return lambda: np.asarray(session.run(None, given)[0], np.float32).ravel()
