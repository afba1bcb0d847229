"""Owns Endpoints: what each path of the HTTP door answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from edge_tts.serve.broker import Broker
from edge_tts.serve.http.api_error import ApiError
from edge_tts.serve.http.encoding_thread import EncodingThread
from edge_tts.serve.http.json_body import Schema, read_object
from edge_tts.serve.http.openapi import openapi_document
from edge_tts.serve.http.pieces import (
    audio_pieces,
    event_pieces,
    subtitle_pieces,
    timestamp_pieces,
)
from edge_tts.serve.http.settings import HttpSettings
from edge_tts.serve.http.speech_body import (
    MEDIA_TYPES,
    SpeechBody,
    speech_properties,
    timestamp_properties,
)
from edge_tts.serve.http.speech_stream import SpeechStream
from edge_tts.serve.job import SpeechJob
from edge_tts.serve.request import SpeechRequest
from edge_tts.serve.voice_names import VoiceNames

if TYPE_CHECKING:
    from edge_tts.serve.metrics import Metrics

OWN_MODEL: Final = "edge-tts"
KNOWN_MODELS: Final = frozenset({OWN_MODEL, "tts-1", "tts-1-hd", "gpt-4o-mini-tts"})
"""Any installed voice; programs written for the OpenAI API name its own models."""
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SUBTITLE_TYPES: Final = {"srt": "application/x-subrip", "vtt": "text/vtt"}


class Endpoints:
    """Answers requests; one for all clients.

    Args:
        broker: Speaks.
        settings: Limits.
        executor: For encoders.
        metrics: Of the whole daemon; None for no ``/metrics``.
    """

    def __init__(
        self,
        broker: Broker,
        settings: HttpSettings,
        executor: Executor,
        metrics: Metrics | None,
    ) -> None:
        self._broker = broker
        self._settings = settings
        self._executor = executor
        self._metrics = metrics
        self._voices = VoiceNames(broker, settings.voice_aliases)
        self._speech = speech_properties(settings.max_text_chars)
        self._timestamps = timestamp_properties(settings.max_text_chars)

    async def speech(self, request: Request) -> Response:
        """``POST /v1/audio/speech``."""
        body = await self._body(request, self._speech)
        job, headers = await self._submit(request, body)
        encoder = self._encoder(job, body)
        pieces: AsyncIterator[bytes]
        if body.is_sse:
            media_type = "text/event-stream"
            pieces = event_pieces(job, encoder, len(body.text), with_words=False)
        else:
            media_type = MEDIA_TYPES[body.format]
            pieces = audio_pieces(job, encoder)
        return self._stream(job, pieces, media_type, headers)

    async def timestamps(self, request: Request) -> Response:
        """``POST /v1/audio/speech/timestamps``."""
        body = await self._body(request, self._timestamps)
        job, headers = await self._submit(request, body)
        kind = body.timestamp_format
        pieces: AsyncIterator[bytes]
        if kind != "json":
            pieces = subtitle_pieces(job, kind)
            return self._stream(job, pieces, _SUBTITLE_TYPES[kind], headers)
        encoder = self._encoder(job, body)
        if body.is_sse:
            pieces = event_pieces(job, encoder, len(body.text), with_words=True)
            return self._stream(job, pieces, "text/event-stream", headers)
        head = {
            "model": body.model,
            "format": body.format,
            "sample_rate": int(headers["x-audio-sample-rate"]),
        }
        pieces = timestamp_pieces(job, encoder, head)
        return self._stream(job, pieces, "application/json", headers)

    async def models(self, request: Request) -> Response:
        """``GET /v1/models``."""
        packs = dict.fromkeys(pack for pack, _ in await self._voices.list())
        return JSONResponse(
            {"object": "list", "data": [_model(name) for name in (OWN_MODEL, *packs)]}
        )

    async def model(self, request: Request) -> Response:
        """``GET /v1/models/{model}``."""
        name = request.path_params["model"]
        await self._check_model(name)
        return JSONResponse(_model(name))

    async def voices(self, request: Request) -> Response:
        """``GET /v1/audio/voices``."""
        voices = [
            {
                "id": f"{pack}/{speaker.id}",
                "name": speaker.name,
                "model": pack,
                "language": speaker.language,
                "gender": speaker.gender,
                "description": speaker.description,
            }
            for pack, speaker in await self._voices.list()
        ]
        return JSONResponse({"object": "list", "voices": voices})

    async def status(self, request: Request) -> Response:
        """``GET /v1/status``."""
        status = self._broker.status()
        return JSONResponse(
            {
                "state": status.state,
                "uptime_s": round(status.uptime_s, 1),
                "workers": status.num_workers,
                "busy": status.num_busy,
                "speaking": sum(status.active.values()),
                "waiting": sum(status.waiting.values()),
                "backlog_s": round(status.backlog_s, 3),
                "rtf": round(status.rtf, 5),
            }
        )

    async def healthz(self, request: Request) -> Response:
        """``GET /healthz``: whether the process gets on."""
        return _state(self._broker.is_healthy)

    async def readyz(self, request: Request) -> Response:
        """``GET /readyz``: whether requests are taken."""
        return _state(self._broker.is_ready)

    async def metrics(self, request: Request) -> Response:
        """``GET /metrics``."""
        if self._metrics is None:
            raise ApiError(404, "this daemon keeps no metrics")
        return Response(self._metrics.render(), media_type=METRICS_TYPE)

    async def openapi(self, request: Request) -> Response:
        """``GET /openapi.json``."""
        found = await self._voices.list()
        names = [f"{pack}/{speaker.id}" for pack, speaker in found]
        packs = dict.fromkeys(pack for pack, _ in found)
        models = [*sorted(KNOWN_MODELS), *packs]
        document = openapi_document(
            self._settings, self._speech, self._timestamps, names, models
        )
        return JSONResponse(document)

    async def _body(
        self, request: Request, properties: dict[str, Schema]
    ) -> SpeechBody:
        value = await read_object(
            request, self._settings.max_body_nbytes, self._settings.body_timeout_s
        )
        return SpeechBody.parse(value, properties)

    async def _submit(
        self, request: Request, body: SpeechBody
    ) -> tuple[SpeechJob, dict[str, str]]:
        await self._check_model(body.model)
        voice = await self._voices.resolve(body.voice)
        if await self._voices.is_pack(body.model):
            voice = await self._voice_of(body.model, voice)
        client = request.client.host if request.client is not None else ""
        job = await self._broker.submit(
            SpeechRequest(
                text=body.text,
                voice=voice,
                options=body.options,
                ssml=body.ssml,
                priority=body.priority,
                client=f"http:{client}",
                deadline_s=body.deadline_s,
            )
        )
        rate = body.sample_rate or job.audio_format.sample_rate
        headers = {
            "x-audio-sample-rate": str(rate),
            "x-edge-tts-voice": job.voice,
        }
        if body.notices:
            headers["x-edge-tts-notice"] = "; ".join(body.notices)
        return job, headers

    async def _voice_of(self, pack: str, voice: str | None) -> str:
        if voice is None:
            return pack
        if voice.partition("/")[0].lower() != pack.lower():
            raise ApiError(
                400,
                f"voice {voice} is not one of model {pack}",
                "voice_not_found",
                param="voice",
            )
        return voice

    async def _check_model(self, name: str) -> None:
        if name not in KNOWN_MODELS and not await self._voices.is_pack(name):
            raise ApiError(
                404,
                f"there is no such model; use {OWN_MODEL}, or see /v1/models",
                "model_not_found",
                param="model",
            )

    def _encoder(self, job: SpeechJob, body: SpeechBody) -> EncodingThread:
        return EncodingThread(
            self._executor, body.encoding, job.audio_format, body.sample_rate
        )

    def _stream(
        self,
        job: SpeechJob,
        pieces: AsyncIterator[bytes],
        media_type: str,
        headers: dict[str, str],
    ) -> Response:
        return SpeechStream(
            job, pieces, media_type, headers, self._settings.stall_timeout_s
        )


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "edge-tts-runtime"}


def _state(is_good: bool) -> Response:
    if is_good:
        return JSONResponse({"status": "ok"})
    return JSONResponse({"status": "not ready"}, 503, {"retry-after": "2"})
