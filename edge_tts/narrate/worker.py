"""Owns the worker process: requests in through a socket, speech and files out.

Started by ``WorkerPool``; ends when the socket closes, so that a killed narrator
leaves no process behind.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from edge_tts.errors import EdgeTTSError
from edge_tts.narrate.end_with_parent import end_with_parent
from edge_tts.narrate.sentence_speaker import SentenceSpeaker, SpeechRequest
from edge_tts.options import RuntimeOptions


def serve(fd: int, parent: int) -> None:
    """Answer requests on a socket until it closes or ``parent`` is gone."""
    end_with_parent(parent)
    connection = Connection(fd)
    # Ctrl-C reaches the whole terminal group; the narrator decides what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = json.loads(connection.recv_bytes())
    _be_modest(settings["nice"])
    runtime = RuntimeOptions(**settings["runtime"])
    lexicon = settings["lexicon"]
    path = None if lexicon is None else Path(lexicon)
    speaker = SentenceSpeaker(runtime, path, recognise=settings["recognise"])
    try:
        while True:
            request = json.loads(connection.recv_bytes())
            answer, data = answer_request(speaker, request)
            connection.send_bytes(json.dumps(answer).encode())
            connection.send_bytes(data)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    finally:
        speaker.close()


def answer_request(
    speaker: SentenceSpeaker, request: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    """JSON fields and bytes for a request; an error is a field, never raised."""
    kind, fields = request["kind"], request["fields"]
    try:
        if kind == "speak":
            spoken = speaker.speak(SpeechRequest(**fields))
            answer = {k: v for k, v in vars(spoken).items() if k != "pcm"}
            return {"result": answer}, spoken.pcm.tobytes()
        # Imported late: speaking needs none of it.
        from edge_tts.narrate.render import RenderRequest, measure, render

        what = RenderRequest.from_fields(fields)
        result = asdict(measure(what) if kind == "measure" else render(what))
        return {"result": result}, b""
    except EdgeTTSError as error:
        return {"error": str(error), "type": type(error).__name__}, b""
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        text = f"{place}{error.strerror or error}"
        return {"error": text, "type": "SinkError", "errno": error.errno}, b""
    except Exception as error:
        # One sentence must not end a night's work; it is reported by name.
        text = f"unexpected {type(error).__name__}: {error}"
        return {"error": text, "type": type(error).__name__}, b""


def _be_modest(nice: int) -> None:
    """Yield the processor to interactive programs, and memory first of all."""
    if nice:
        os.nice(nice)
    try:
        # The system then ends a worker, which is started again, not the narrator.
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    except OSError:
        return
