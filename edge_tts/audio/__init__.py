"""Speech as samples and where it goes; imports numpy and nothing heavier."""

from __future__ import annotations

from edge_tts.audio.chunk import AudioChunk
from edge_tts.audio.format import AudioFormat
from edge_tts.audio.index_mark import IndexMark
from edge_tts.audio.pcm import pcm16_from_float
from edge_tts.audio.sink import AudioSink
from edge_tts.audio.word_mark import WordMark

__all__ = [
    "AudioChunk",
    "AudioFormat",
    "AudioSink",
    "IndexMark",
    "WordMark",
    "pcm16_from_float",
]
