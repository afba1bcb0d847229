"""Builds the OpenAPI document from the schemas that requests are checked by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edge_tts import __version__
from edge_tts.serve.http.json_body import Schema
from edge_tts.serve.http.settings import HttpSettings
from edge_tts.serve.http.speech_body import MEDIA_TYPES, REQUIRED, response_formats

_ABOUT = {
    "model": "`edge-tts` for any voice, a pack's id for those of one pack, or one of "
    "the names of OpenAI's models, which all mean the same here.",
    "input": "The text.",
    "voice": "`SPEAKER` or `PACK/SPEAKER`; see `/v1/audio/voices`.",
    "response_format": "`pcm` is 16-bit little-endian mono at 24 kHz.",
    "speed": "Ratio: 2 speaks twice as fast.",
    "instructions": "Has no effect; the header `x-edge-tts-notice` says so.",
    "stream_format": "`sse`: audio in base64 as server-sent events.",
    "pitch": "Shift in semitones.",
    "volume": "Gain in dB.",
    "pause_ms": "Silence after a sentence.",
    "seed": "Start of the noise in the voice.",
    "sample_rate": "Hz; by default 24000 for pcm, else the voice's own where it fits.",
    "ssml": "Whether `input` is an SSML document.",
    "priority": "Who goes first when there is a queue.",
    "deadline_s": "Seconds after which the request is given up.",
    "timestamp_format": "`json` with audio and words, or subtitles as text.",
}
_WHY = {
    "400": "The request is malformed; `param` names the field.",
    "401": "No token, or a wrong one.",
    "403": "The Host header names another machine.",
    "404": "There is no such thing.",
    "408": "The body came too slowly, or `deadline_s` has passed.",
    "413": "The body or the text is too long.",
    "415": "The body is not JSON.",
    "422": "The text cannot be spoken.",
    "429": "Too much to do; `Retry-After` says when to ask again.",
    "503": "Starting, or shutting down.",
}


def openapi_document(
    settings: HttpSettings,
    speech: Mapping[str, Schema],
    timestamps: Mapping[str, Schema],
    voices: Sequence[str],
    models: Sequence[str],
) -> dict[str, Any]:
    """Return the document.

    Args:
        settings: Of the door.
        speech: Members of the body of ``/v1/audio/speech``.
        timestamps: Those of ``/v1/audio/speech/timestamps``.
        voices: Installed ones.
        models: Names that are taken.
    """
    audio = {
        media: {"schema": {"type": "string", "format": "binary"}}
        for name, media in MEDIA_TYPES.items()
        if name in response_formats()
    }
    # Of each event: so this version of the format has it.
    events = {"text/event-stream": {"schema": _object(data={"type": "string"})}}
    subtitles = {
        media: {"schema": {"type": "string"}}
        for media in ("application/x-subrip", "text/vtt")
    }
    with_words = {"application/json": {"schema": _ref("Timestamps")}}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "edge_tts",
            "version": __version__,
            "description": "Speech on this machine; the audio part of the OpenAI API.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/v1/audio/speech": {
                "post": _post(
                    "Speak",
                    _body(speech, voices, models),
                    {**audio, **events},
                )
            },
            "/v1/audio/speech/timestamps": {
                "post": _post(
                    "Speak, and tell when each word is spoken",
                    _body(timestamps, voices, models),
                    {**with_words, **events, **subtitles},
                )
            },
            "/v1/models": {"get": _get("Models", _ref("Models"))},
            "/v1/models/{model}": {
                "get": {
                    **_get("One model", _ref("Model"), ["400", "404"]),
                    "parameters": [
                        {
                            "name": "model",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string", "enum": list(models)},
                        }
                    ],
                }
            },
            "/v1/audio/voices": {"get": _get("Voices", _ref("Voices"))},
            "/v1/status": {"get": _get("Queue and speed", _ref("Status"))},
            "/healthz": {"get": _get("Alive", _ref("State"), ["503"])},
            "/readyz": {"get": _get("Takes requests", _ref("State"), ["503"])},
        },
        "components": {"schemas": _schemas()},
    }
    if settings.token is not None:
        document["components"]["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"}
        }
        document["security"] = [{"token": []}]
    return document


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(
    properties: Mapping[str, Schema], voices: Sequence[str], models: Sequence[str]
) -> dict[str, Any]:
    members = {
        name: {**schema, "description": _ABOUT[name]}
        for name, schema in properties.items()
    }
    # Names of this moment, for those who read the document to fill a form.
    members["model"] |= {"enum": list(models)}
    for choice in members["voice"]["anyOf"]:
        if choice["type"] == "string":
            voice = {"type": "string", "enum": list(voices)}
    members["voice"] = {
        "description": _ABOUT["voice"],
        "anyOf": [
            voice,
            {"type": "object", "properties": {"id": voice}, "required": ["id"]},
        ],
    }
    schema = {"type": "object", "properties": members, "required": list(REQUIRED)}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _post(
    summary: str, body: dict[str, Any], content: dict[str, Any]
) -> dict[str, Any]:
    responses: dict[str, Any] = {
        "200": {
            "description": "As it is spoken",
            "content": content,
            "headers": {
                "x-audio-sample-rate": {
                    "schema": {"type": "integer"},
                    "description": "Hz",
                },
                "x-edge-tts-voice": {
                    "schema": {"type": "string"},
                    "description": "Who speaks",
                },
                "x-edge-tts-notice": {
                    "schema": {"type": "string"},
                    "description": "What of the request has no effect",
                },
            },
        }
    }
    return {
        "summary": summary,
        "requestBody": body,
        "responses": responses | _errors(list(_WHY)),
    }


def _get(
    summary: str, schema: dict[str, Any], codes: Sequence[str] = ()
) -> dict[str, Any]:
    good = {"description": "OK", "content": {"application/json": {"schema": schema}}}
    return {
        "summary": summary,
        "responses": {"200": good} | _errors(["400", "401", "403", *codes]),
    }


def _errors(codes: Sequence[str]) -> dict[str, Any]:
    return {
        code: {
            "description": _WHY[code],
            "content": {
                "application/json": {
                    "schema": _ref("Error")
                    if code != "503"
                    else {"anyOf": [_ref("State"), _ref("Error")]}
                }
            },
        }
        for code in dict.fromkeys(codes)
    }


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": list(members)}


def _schemas() -> dict[str, Any]:
    text, number, integer = ({"type": t} for t in ("string", "number", "integer"))
    maybe = {"type": ["string", "null"]}
    many = {"type": "array"}
    return {
        "Error": _object(
            error=_object(message=text, type=text, param=maybe, code=maybe)
        ),
        "State": _object(status=text),
        "Model": _object(id=text, object=text, created=integer, owned_by=text),
        "Models": _object(object=text, data={**many, "items": _ref("Model")}),
        "Voice": _object(
            id=text,
            name=text,
            model=text,
            language=text,
            gender=text,
            description=text,
        ),
        "Voices": _object(object=text, voices={**many, "items": _ref("Voice")}),
        "Status": _object(
            state=text,
            uptime_s=number,
            workers=integer,
            busy=integer,
            speaking=integer,
            waiting=integer,
            backlog_s=number,
            rtf=number,
        ),
        "Word": _object(word=text, start=number, end=number),
        "Timestamps": _object(
            model=text,
            format=text,
            sample_rate=integer,
            audio={"type": "string", "contentEncoding": "base64"},
            words={**many, "items": _ref("Word")},
            duration=number,
        ),
    }
