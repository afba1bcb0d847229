"""Progress of a narration for people: two bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import json
import shutil
import sys
import time
from typing import IO, Final

from edge_tts.narrate.progress import Progress, ProgressEvent

_PLAIN_SECONDS: Final = 10.0
_PHASES: Final = {
    "speak": "speaking",
    "measure": "measuring",
    "encode": "encoding",
}


def open_progress(*, as_json: bool, quiet: bool) -> Progress:
    """The progress that fits where it is shown."""
    if as_json:
        return JsonProgress(sys.stdout)
    stream = sys.stderr
    if quiet or stream is None:
        return PlainProgress(None)
    return BarProgress(stream) if stream.isatty() else PlainProgress(stream)


class JsonProgress:
    """One JSON object per line."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def update(self, event: ProgressEvent) -> None:
        """Write an event."""
        remaining = event.remaining_seconds
        self._write(
            {
                "event": "progress",
                "phase": event.phase,
                "done": round(event.done, 3),
                "total": round(event.total, 3),
                "chapter": event.chapter,
                "chapter_title": event.chapter_title,
                "chapter_done": round(event.chapter_done, 3),
                "chapter_total": round(event.chapter_total, 3),
                "audio_per_second": round(event.audio_per_second, 2),
                "remaining_seconds": None if remaining is None else round(remaining, 1),
            }
        )

    def note(self, message: str) -> None:
        """Write a note."""
        self._write({"event": "note", "message": message})

    def _write(self, fields: dict[str, object]) -> None:
        print(json.dumps(fields), file=self._stream, flush=True)


class PlainProgress:
    """A line every ten seconds and at the end of a phase."""

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream
        self._next = time.monotonic() + _PLAIN_SECONDS
        self._phase = ""

    def update(self, event: ProgressEvent) -> None:
        """Write a line if one is due."""
        now = time.monotonic()
        ended = event.done >= event.total - 1e-6 and event.phase != self._phase
        if self._stream is not None and (now >= self._next or ended):
            if ended:
                self._phase = event.phase
            self._next = now + _PLAIN_SECONDS
            print(_line(event), file=self._stream, flush=True)

    def note(self, message: str) -> None:
        """Write a note."""
        if self._stream is not None:
            print(message, file=self._stream, flush=True)


class BarProgress:
    """A bar for the book and one for the chapter, drawn over each other's place."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._num_lines = 0
        self._next = 0.0

    def update(self, event: ProgressEvent) -> None:
        """Draw the bars, at most ten times a second."""
        now = time.monotonic()
        ended = event.done >= event.total - 1e-6
        if now < self._next and not ended:
            return
        self._next = now + 0.1
        width = max(40, shutil.get_terminal_size().columns - 1)
        lines = [_bar("book", event.done, event.total, _tail(event), width)]
        if event.chapter:
            name = f"{event.chapter} {event.chapter_title}".strip()
            lines.append(_bar(name, event.chapter_done, event.chapter_total, "", width))
        self._clear()
        self._stream.write("\n".join(lines) + "\n")
        self._stream.flush()
        self._num_lines = len(lines)
        if ended:
            self._num_lines = 0

    def note(self, message: str) -> None:
        """Write a note above the bars."""
        self._clear()
        print(message, file=self._stream, flush=True)

    def _clear(self) -> None:
        self._stream.write("\x1b[1A\x1b[2K" * self._num_lines)
        self._num_lines = 0


def _line(event: ProgressEvent) -> str:
    percent = 100.0 * event.done / max(event.total, 1e-9)
    chapter = f", chapter {event.chapter}" if event.chapter else ""
    return f"{_PHASES.get(event.phase, event.phase)} {percent:.0f} %{chapter}, " + (
        _tail(event)
    )


def _tail(event: ProgressEvent) -> str:
    remaining = event.remaining_seconds
    left = "" if remaining is None else f", {clock(remaining)} left"
    if event.phase == "speak":
        if not event.audio_seconds:
            return "nothing left to speak" if event.done >= event.total else ""
        return f"{event.audio_per_second:.0f}x real time{left}"
    return f"{event.done:.0f} of {event.total:.0f} files{left}"


def _bar(name: str, done: float, total: float, tail: str, width: int) -> str:
    share = min(1.0, done / total) if total > 0 else 1.0
    label = name if len(name) <= 18 else name[:17] + "…"
    room = max(5, width - 18 - 7 - len(tail) - 3)
    filled = int(room * share)
    bar = "█" * filled + "·" * (room - filled)
    return f"{label:18} {bar} {share:4.0%} {tail}".rstrip()


def clock(seconds: float) -> str:
    """``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
