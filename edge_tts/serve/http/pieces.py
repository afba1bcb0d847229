"""The bodies of speech answers, piece by piece: audio, events, words, subtitles."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

from edge_tts.audio import WordMark
from edge_tts.audio.subtitle_cues import SubtitleCues
from edge_tts.serve.http.encoding_thread import EncodingThread
from edge_tts.serve.job import SpeechJob


async def audio_pieces(job: SpeechJob, encoder: EncodingThread) -> AsyncIterator[bytes]:
    """The bytes of an audio file."""
    try:
        async for chunk in job:
            if piece := await encoder.feed(chunk.samples):
                yield piece
        if piece := await encoder.finish():
            yield piece
    finally:
        encoder.close()


async def event_pieces(
    job: SpeechJob, encoder: EncodingThread, num_chars: int, *, with_words: bool
) -> AsyncIterator[bytes]:
    """Server-sent events: ``speech.audio.delta`` with audio, ``speech.audio.done``.

    Args:
        job: What is spoken.
        encoder: For its audio.
        num_chars: Characters of the text: tokens, for those who count them.
        with_words: Whether ``speech.audio.words`` tell when words are spoken.
    """
    rate = job.audio_format.sample_rate
    try:
        async for chunk in job:
            if with_words and (words := _words(chunk.marks, rate)):
                yield _event({"type": "speech.audio.words", "words": words})
            if piece := await encoder.feed(chunk.samples):
                yield _audio_event(piece)
        if piece := await encoder.finish():
            yield _audio_event(piece)
        usage = {"input_tokens": num_chars, "output_tokens": 0}
        usage["total_tokens"] = num_chars
        yield _event({"type": "speech.audio.done", "usage": usage})
    finally:
        encoder.close()


async def timestamp_pieces(
    job: SpeechJob, encoder: EncodingThread, head: dict[str, Any]
) -> AsyncIterator[bytes]:
    """One JSON object: ``head``, then ``audio`` in base64, ``words``, ``duration``.

    The object is sent as it grows: audio of any length takes no memory.
    """
    rate = job.audio_format.sample_rate
    words: list[dict[str, Any]] = []
    num_samples = 0
    held = b""
    try:
        # Before it nothing is sent: an error still gets a status.
        await job.started()
        yield json.dumps(head)[:-1].encode() + b', "audio": "'
        async for chunk in job:
            words += _words(chunk.marks, rate)
            num_samples += chunk.num_samples
            held += await encoder.feed(chunk.samples)
            # Groups of three bytes: base64 pads the last one only.
            whole = len(held) - len(held) % 3
            if whole:
                yield base64.b64encode(held[:whole])
                held = held[whole:]
        yield base64.b64encode(held + await encoder.finish())
        tail = {"words": words, "duration": round(num_samples / rate, 4)}
        yield b'", ' + json.dumps(tail)[1:].encode()
    finally:
        encoder.close()


async def subtitle_pieces(job: SpeechJob, format_name: str) -> AsyncIterator[bytes]:
    """SubRip or WebVTT text; the audio is not sent."""
    cues = SubtitleCues(format_name, job.audio_format.sample_rate)
    text = cues.header
    async for chunk in job:
        text += cues.add(chunk.marks)
        if text and chunk.num_samples:
            yield text.encode("utf-8", "replace")
            text = ""
    yield (text + cues.finish()).encode("utf-8", "replace")


def _words(marks: Iterable[WordMark], rate: int) -> list[dict[str, Any]]:
    return [
        {
            "word": mark.text,
            "start": round(mark.start_sample / rate, 4),
            "end": round(mark.end_sample / rate, 4),
        }
        for mark in marks
    ]


def _audio_event(piece: bytes) -> bytes:
    audio = base64.b64encode(piece).decode()
    return _event({"type": "speech.audio.delta", "audio": audio})


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"
