"""Owns ``edgetts speechd``: the module of speech-dispatcher, and its installation."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from pathlib import Path

from edge_tts.serve.speechd.installation import Installation


def run(options: Namespace) -> int:
    """Install, uninstall, or serve a speech-dispatcher on standard input."""
    if options.action == "module":
        return _serve(options.settings)
    place = Installation.for_system() if options.system else Installation.for_user()
    steps = place.install() if options.action == "install" else place.uninstall()
    for step in steps:
        print(step)
    return 0


def _serve(path: Path | None) -> int:
    from edge_tts.serve.speechd.module import Module
    from edge_tts.serve.speechd.module_settings import ModuleSettings

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    settings = ModuleSettings.read(path)
    return Module(settings, sys.stdin.buffer, sys.stdout.buffer).run()
