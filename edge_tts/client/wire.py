"""The frames on the daemon's socket; both ends use this file and nothing else.

A frame is the length of its payload (4 bytes, big-endian), its kind (1 byte) and the
payload: a JSON object, or a chunk of speech.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from edge_tts.audio import AudioChunk, AudioFormat, IndexMark, WordMark
from edge_tts.errors import (
    ConfigError,
    DeadlineExceeded,
    EdgeTTSError,
    NotReady,
    Overloaded,
    PackError,
    StreamStateError,
    SynthesisFailed,
    TextError,
)

PROTOCOL: Final = 1
"""Changed when an old client could not speak with a new daemon any more."""
JSON: Final = 1
CHUNK: Final = 2
HEADER: Final = struct.Struct(">IB")
MAX_REQUEST_NBYTES: Final = 4 << 20
"""Of a frame to the daemon."""
MAX_REPLY_NBYTES: Final = 16 << 20
"""Of a frame to the client."""
_CHUNK_HEAD: Final = struct.Struct(">QI")

_ERRORS: Final[Mapping[str, type[EdgeTTSError]]] = {
    "not_ready": NotReady,
    "deadline": DeadlineExceeded,
    "failed": SynthesisFailed,
    "voice": PackError,
    "text": TextError,
    "value": ConfigError,
    "order": StreamStateError,
}


def json_frame(value: Mapping[str, Any]) -> bytes:
    """One JSON object as a frame."""
    payload = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    return HEADER.pack(len(payload), JSON) + payload


def chunk_frame(chunk: AudioChunk) -> bytes:
    """Speech as a frame: first sample, marks, 32-bit samples, little-endian."""
    marks = b""
    if chunk.marks or chunk.index_marks:
        marks = json.dumps(
            {
                "words": [asdict(mark) for mark in chunk.marks],
                "marks": [asdict(mark) for mark in chunk.index_marks],
            }
        ).encode()
    samples = np.ascontiguousarray(chunk.samples, "<f4").tobytes()
    head = _CHUNK_HEAD.pack(chunk.start_sample, len(marks))
    return HEADER.pack(len(head) + len(marks) + len(samples), CHUNK) + b"".join(
        (head, marks, samples)
    )


def parse_json(payload: bytes) -> dict[str, Any]:
    """Read the payload of a JSON frame.

    Raises:
        ConfigError: It is no JSON object in UTF-8.
    """
    try:
        value = json.loads(payload.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConfigError("expected a JSON object in UTF-8, got something else") from (
            error
        )
    if not isinstance(value, dict):
        raise ConfigError(f"expected a JSON object, got {type(value).__name__}")
    return value


def parse_chunk(payload: bytes, format: AudioFormat) -> AudioChunk:
    """Undo ``chunk_frame``."""
    start, marks_nbytes = _CHUNK_HEAD.unpack_from(payload)
    body = _CHUNK_HEAD.size + marks_nbytes
    known = json.loads(payload[_CHUNK_HEAD.size : body] or b"{}")
    return AudioChunk(
        np.frombuffer(payload, "<f4", offset=body).astype(np.float32, copy=False),
        format,
        start,
        tuple(WordMark(**mark) for mark in known.get("words", ())),
        tuple(IndexMark(**mark) for mark in known.get("marks", ())),
    )


def error_reply(error: EdgeTTSError) -> dict[str, Any]:
    """What a client is told of an error."""
    reply: dict[str, Any] = {"reply": "error", "message": str(error)}
    if isinstance(error, Overloaded):
        return {**reply, "code": "overloaded", "retry_after_s": error.retry_after_s}
    for code, kind in _ERRORS.items():
        if isinstance(error, kind):
            return {**reply, "code": code}
    return {**reply, "code": "value"}


def error_of(reply: Mapping[str, Any]) -> EdgeTTSError:
    """Undo ``error_reply``."""
    message = str(reply.get("message", "the daemon reported an error"))
    if reply.get("code") == "overloaded":
        return Overloaded(message, float(reply.get("retry_after_s", 1.0)))
    return _ERRORS.get(str(reply.get("code")), EdgeTTSError)(message)
