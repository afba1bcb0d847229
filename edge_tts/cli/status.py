"""Owns ``edgetts status``: what the daemon does."""

from __future__ import annotations

from argparse import Namespace

from edge_tts.cli.daemon_connection import ask_daemon
from edge_tts.cli.json_output import write_json


def run(options: Namespace) -> int:
    """Print the daemon's state; an error where none runs."""
    status = ask_daemon(options.socket, "status")
    if options.json:
        write_json("-", status)
        return 0
    print(
        f"daemon {status['version']}, process {status['pid']}: {status['state']} "
        f"for {status['uptime_s']:.0f} s"
    )
    for name in ("active", "waiting"):
        counts = ", ".join(f"{count} {kind}" for kind, count in status[name].items())
        print(f"jobs {name}: {counts}")
    print(
        f"workers: {status['num_busy']} of {status['num_workers']} busy, "
        f"backlog {status['backlog_s']:.1f} s, RTF {status['rtf']:.4f}"
    )
    print(
        f"phrases: {status['cache_entries']} kept, "
        f"{status['cache_nbytes'] / 1e6:.1f} MB, {status['cache_hits']} found, "
        f"{status['cache_misses']} not"
    )
    for voice in status["voices"]:
        variants = ", ".join(
            f"{key} {value}" for key, value in voice["variants"].items()
        )
        print(
            f"voice pack {voice['pack']}: {voice['nbytes'] / 1e6:.0f} MB, "
            f"{voice['num_jobs']} jobs, {voice['isa']}: {variants}"
        )
    return 0
