"""Owns the M4B file: AAC frames of all chapters, chapter marks, tags and cover."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge_tts.errors import SinkError
from edge_tts.narrate.aac_encoder import ffmpeg_program


def write_m4b(
    target: Path,
    parts: Sequence[Path],
    chapters: Sequence[tuple[str, int, int]],
    sample_rate: int,
    tags: Mapping[str, str],
    cover: bytes | None,
) -> None:
    """Join ADTS files into one audiobook, without encoding again.

    Args:
        target: Written in place; the caller renames it.
        parts: ADTS files in order.
        chapters: Title, first sample, sample after the last.
        sample_rate: Hz.
        tags: ``title``, ``artist``, ``album``, ``date`` ...
        cover: JPEG or PNG.

    Raises:
        SinkError: ffmpeg failed; its own words are in the message.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        metadata = Path(folder) / "metadata.txt"
        metadata.write_text(_metadata(chapters, sample_rate, tags), encoding="utf-8")
        picture: list[str] = []
        if cover is not None:
            path = Path(folder) / "cover"
            path.write_bytes(cover)
            picture = ["-i", str(path)]
        errors = Path(folder) / "errors"
        with errors.open("wb") as log:
            process = subprocess.Popen(
                [
                    *(ffmpeg_program(), "-v", "error", "-y", "-nostdin"),
                    *("-f", "aac", "-i", "pipe:0"),
                    *("-f", "ffmetadata", "-i", str(metadata), *picture),
                    *("-map", "0:a", *(("-map", "2:v") if picture else ())),
                    *("-map_metadata", "1", "-map_chapters", "1", "-c", "copy"),
                    *(("-disposition:v:0", "attached_pic") if picture else ()),
                    *("-bitexact", "-brand", "M4B ", "-movflags", "+faststart"),
                    *("-f", "mp4", str(target)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
            assert process.stdin is not None
            try:
                with process.stdin:
                    for part in parts:
                        with part.open("rb") as source:
                            shutil.copyfileobj(source, process.stdin, 1 << 20)
                code = process.wait()
            except BrokenPipeError:
                # What ffmpeg says is the reason.
                code = process.wait() or 1
            except BaseException:
                process.kill()
                process.wait()
                raise
        if code != 0:
            words = errors.read_text(encoding="utf-8", errors="replace").split()
            raise SinkError(f"ffmpeg could not write {target}: {' '.join(words)[:500]}")
    fd = os.open(target, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _metadata(
    chapters: Sequence[tuple[str, int, int]], sample_rate: int, tags: Mapping[str, str]
) -> str:
    lines = [";FFMETADATA1", "genre=Audiobook", "media_type=2"]
    lines += [f"{name}={_escaped(value)}" for name, value in tags.items() if value]
    for title, start, end in chapters:
        lines += ["[CHAPTER]", f"TIMEBASE=1/{sample_rate}"]
        lines += [f"START={start}", f"END={end}", f"title={_escaped(title)}"]
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    plain = " ".join(value.split())
    return "".join(f"\\{c}" if c in "=;#\\" else c for c in plain)
