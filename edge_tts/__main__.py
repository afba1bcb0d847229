"""``python -m edge_tts``: the same as the ``edgetts`` command."""

from __future__ import annotations

import sys

from edge_tts.cli import main

if __name__ == "__main__":
    sys.exit(main())
