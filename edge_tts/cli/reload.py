"""Owns ``edgetts reload``: new configuration, voices and lexicon for the daemon."""

from __future__ import annotations

from argparse import Namespace

from edge_tts.cli.daemon_connection import ask_daemon


def run(options: Namespace) -> int:
    """Ask the daemon to read its files again; its objection is an error."""
    ask_daemon(options.socket, "reload")
    return 0
