"""Owns ``pin_differences``: why a machine must not speak for a job."""

from __future__ import annotations

import edge_tts
from edge_tts.errors import EdgeTTSError
from edge_tts.narrate.job_pins import JobPins, pin_voices


def pin_differences(pins: JobPins) -> str:
    """What here differs from the pins, in words; empty where nothing does.

    Version, hash of every pack and variant of every network are compared: where they
    are equal, the samples are.
    """
    if edge_tts.__version__ != pins.version:
        return f"it has edge_tts {edge_tts.__version__}, the job {pins.version}"
    try:
        here = pin_voices(dict.fromkeys(pins.voices), pins.runtime)
    except EdgeTTSError as error:
        return str(error)
    found = []
    for name, wanted in pins.voices.items():
        for key, value in wanted.items():
            got = here.voices[name].get(key, "nothing")
            if got != value:
                what = "pack hash" if key == "pack" else key.removeprefix("stage.")
                found.append(f"{name} {what} is {got}, in the job {value}")
    return "; ".join(found)
