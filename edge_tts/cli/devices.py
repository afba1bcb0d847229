"""Owns ``edgetts devices``: the loudspeakers that ``--device`` can name."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from edge_tts.audio.portaudio import output_devices
from edge_tts.cli.json_output import write_json


def run(options: Namespace) -> int:
    """List the output devices; the default one carries a star."""
    devices = output_devices()
    if options.json:
        write_json("-", [asdict(device) for device in devices])
        return 0
    if not devices:
        print("no audio output device found")
    for device in devices:
        star = "*" if device.is_default else " "
        print(
            f"{star} {device.index:3d}  {device.name}  ({device.host_api}, "
            f"{device.num_channels} channels, {device.sample_rate} Hz)"
        )
    return 0
