"""How the daemon writes its log: one line per event, for people and journald."""

from __future__ import annotations

import logging
import sys
from typing import Final

_SEVERITY: Final = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


class LineFormatter(logging.Formatter):
    """``key=value`` words behind the time, or behind journald's severity."""

    def __init__(self, for_journal: bool) -> None:
        super().__init__("%(message)s" if for_journal else "%(asctime)s %(message)s")
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        """One record, one line: what would break it is written as an escape."""
        level = record.levelname.lower()
        text = super().format(record).rstrip().replace("\r", "\\r")
        if not self._for_journal:
            stamp, _, rest = text.partition(" ")
            return f"{stamp} {level} {rest}".replace("\n", "\n  ")
        head = f"<{_SEVERITY.get(record.levelno, 6)}>"
        return "\n".join(f"{head}{line}" for line in text.split("\n"))


def start_logging(level: str, *, for_journal: bool) -> None:
    """Send everything of this package to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = LineFormatter(for_journal)
    formatter.default_time_format = "%Y-%m-%dT%H:%M:%S"
    formatter.default_msec_format = "%s.%03d"
    handler.setFormatter(formatter)
    logger = logging.getLogger("edge_tts")
    logger.handlers[:] = [handler]
    logger.propagate = False
    set_level(level)


def set_level(level: str) -> None:
    """Change from which level on this package's lines are written."""
    logging.getLogger("edge_tts").setLevel(level.upper())
