"""Owns NarrationOptions: everything a caller may ask of a narration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edge_tts.errors import ConfigError
from edge_tts.narrate.cluster_address import cluster_address
from edge_tts.narrate.pauses import Pauses
from edge_tts.options import RuntimeOptions, SynthesisOptions

FORMATS: Final = ("wav", "flac", "opus", "mp3", "m4b")
SUBTITLES: Final = ("srt", "vtt")
DEFAULT_LUFS: Final = -19.0
"""Mono speech at -19 LUFS is as loud as stereo at -16, what listeners are used to."""
DEFAULT_PEAK_DB: Final = -3.0
"""Audiobook shops refuse files with peaks above."""


@dataclass(frozen=True)
class NarrationOptions:
    """How to narrate a book.

    Raises:
        ConfigError: A value is outside its range or not a known name.
    """

    output: Path
    """A folder, or a file whose suffix names the format."""
    formats: tuple[str, ...] = ()
    """Some of ``FORMATS``; empty: by the suffix of ``output``, ``mp3`` in a folder."""
    voice: str = "kathleen"
    voice_map: Path | None = None
    lexicon: Path | None = None
    speed: float = 1.0
    pitch: float = 0.0
    seed: int = 0
    pauses: Pauses = field(default_factory=Pauses)
    titles: bool = True
    chapters: str = ""
    """Such as ``3-7,9``; empty: all."""
    preview_seconds: float | None = None
    """Narrate only as much from the beginning."""
    subtitles: tuple[str, ...] = ()
    """``srt`` and ``vtt``."""
    lufs: float | None = DEFAULT_LUFS
    """Integrated loudness of the whole book; None leaves the level alone."""
    peak_db: float = DEFAULT_PEAK_DB
    """Largest true peak, dBTP."""
    jobs: int | None = None
    """Processes; None: one per processor."""
    nice: int = 10
    cluster: str = ""
    """Scheduler ``dask://HOST:PORT`` whose workers speak; empty: processes here."""
    job_folder: Path | None = None
    """Where the job lives; None: beside the output."""
    redo: tuple[str, ...] = ()
    """Sentences to speak again, with another seed."""
    recognise: bool = False
    """Whether a recogniser listens to every new take."""
    verify: bool = False
    repin: bool = False
    """Take what this machine has instead of the variants the job was begun with."""
    pause_on_battery: bool = False
    pause_above_celsius: float | None = None
    runtime: RuntimeOptions = field(default_factory=RuntimeOptions)

    def __post_init__(self) -> None:
        # Checks speed, pitch and seed.
        SynthesisOptions(speed=self.speed, pitch=self.pitch, seed=self.seed)
        _check_names("--format", self.formats, FORMATS)
        _check_names("--subtitles", self.subtitles, SUBTITLES)
        if self.lufs is not None and not -40.0 <= self.lufs <= -9.0:
            raise ConfigError(f"loudness must be -40 to -9 LUFS, got {self.lufs:g}")
        if not -20.0 <= self.peak_db <= -0.1:
            raise ConfigError(f"true peak must be -20 to -0.1 dB, got {self.peak_db:g}")
        if self.recognise and self.cluster:
            raise ConfigError("recognise works on one machine: leave out the cluster")
        if self.jobs is not None and not 1 <= self.jobs <= 1024:
            raise ConfigError(f"jobs must be 1 to 1024, got {self.jobs}")
        if self.cluster:
            cluster_address(self.cluster)
        parse_chapters(self.chapters)
        if self.single_file and len(self.resolved_formats) != 1:
            raise ConfigError(
                f"{self.output.name} is one file: give one format, or a folder as -o"
            )

    @property
    def single_file(self) -> bool:
        """Whether the whole book becomes one file of a given name."""
        return self.output.suffix.lower().removeprefix(".") in FORMATS and not (
            self.output.is_dir()
        )

    @property
    def resolved_formats(self) -> tuple[str, ...]:
        """What is written."""
        if self.formats:
            return tuple(dict.fromkeys(self.formats))
        if self.single_file:
            return (self.output.suffix.lower().removeprefix("."),)
        return ("mp3",)

    @property
    def folder(self) -> Path:
        """Where files are written."""
        return self.output.parent if self.single_file else self.output

    @property
    def job(self) -> Path:
        """Where the journal and the sentences are kept."""
        if self.job_folder is not None:
            return self.job_folder
        name = f".{self.output.name}" if self.single_file else ""
        return self.folder / f"{name}.edgetts-job"

    def wants_chapter(self, number: int) -> bool:
        """Whether a chapter is among ``chapters``."""
        ranges = parse_chapters(self.chapters)
        return not ranges or any(low <= number <= high for low, high in ranges)


def parse_chapters(text: str) -> Sequence[tuple[int, int]]:
    """Ranges of ``3-7,9``; an open end reaches as far as the book.

    Raises:
        ConfigError: It is no such list.
    """
    ranges = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        low, dash, high = (piece.strip() for piece in part.partition("-"))
        first = low or "1"
        last = high or ("999999" if dash else low)
        good = first.isascii() and first.isdigit() and last.isascii() and last.isdigit()
        if not good or not 1 <= int(first) <= int(last):
            raise ConfigError(f"chapters must look like 3-7,9 or 5-, got {text!r}")
        ranges.append((int(first), int(last)))
    return ranges


def _check_names(option: str, names: Sequence[str], choices: Sequence[str]) -> None:
    for name in names:
        if name not in choices:
            raise ConfigError(
                f"{option} must be among {', '.join(choices)}, got {name!r}"
            )
