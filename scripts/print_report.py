#!/usr/bin/env python3
"""Prints what ``edgetts say --report`` measured, in one line for people."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> int:
    """Arguments: the audio file and its report."""
    audio, report_file = map(Path, sys.argv[1:])
    report = json.loads(report_file.read_text(encoding="utf-8"))
    print(
        f"{audio.resolve()}: {report['audio_seconds']:.2f} s of speech, "
        f"RTF {report['rtf']:.4f}, first audio {report['ttfa_ms']:.0f} ms after the "
        f"text, {report['cold_start_ms']:.0f} ms after the start"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
