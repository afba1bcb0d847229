"""Owns the table of file formats: names, suffixes, what libsndfile calls them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_tts.errors import SinkError


@dataclass(frozen=True)
class Encoding:
    """One way to store samples."""

    name: str
    """What users write after ``--format``."""
    suffixes: tuple[str, ...]
    """File name endings that choose it."""
    container: str | None = None
    """libsndfile's major format; None when written without libsndfile."""
    subtype: str | None = None
    """libsndfile's subtype."""
    sample_rates: tuple[int, ...] = ()
    """The only rates it can hold, Hz; empty means any."""

    def nearest_rate(self, sample_rate: int) -> int:
        """Return the rate to store: the same, else the next one above, in Hz."""
        if not self.sample_rates or sample_rate in self.sample_rates:
            return sample_rate
        above = [rate for rate in self.sample_rates if rate > sample_rate]
        return min(above) if above else max(self.sample_rates)


_MPEG_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

ENCODINGS = {
    encoding.name: encoding
    for encoding in (
        Encoding("wav", (".wav", ".wave")),
        Encoding("raw", (".raw", ".pcm")),
        Encoding("flac", (".flac",), "FLAC", "PCM_16"),
        Encoding("mp3", (".mp3",), "MP3", "MPEG_LAYER_III", _MPEG_RATES),
        # RFC 7845 reserves .opus for Opus; .ogg players expect Vorbis.
        Encoding("ogg", (".ogg", ".oga"), "OGG", "VORBIS"),
        Encoding("opus", (".opus",), "OGG", "OPUS", (8000, 12000, 16000, 24000, 48000)),
    )
}


def encoding_for(path: Path | None, name: str | None = None) -> Encoding:
    """Return the encoding called ``name``, else the one of the path's suffix.

    Raises:
        SinkError: The name or suffix is unknown; the message lists those that exist.
    """
    if name is not None:
        if name not in ENCODINGS:
            raise SinkError(
                f"unknown audio format {name!r}: choose one of {', '.join(ENCODINGS)}"
            )
        return ENCODINGS[name]
    suffix = path.suffix.lower() if path is not None else ".wav"
    for encoding in ENCODINGS.values():
        if suffix in encoding.suffixes:
            return encoding
    raise SinkError(
        f"cannot tell the audio format from {path.name if path else suffix!r}: "
        f"use a suffix such as .wav, .flac, .opus, .mp3 or give --format"
    )
