"""The ``edgetts`` command; the only package that ends the process."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; ``sys.argv`` by default."""
    # Imported here, so that an interrupt during loading is already handled.
    try:
        from edge_tts.cli.program import run
    except KeyboardInterrupt:
        return 130
    return run(arguments)
