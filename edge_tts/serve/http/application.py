"""Puts endpoints, error shapes and guards together; holds no behaviour of its own."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from edge_tts.errors import EdgeTTSError
from edge_tts.serve.http.api_error import ApiError
from edge_tts.serve.http.endpoints import Endpoints
from edge_tts.serve.http.guard import Guard
from edge_tts.serve.http.settings import HttpSettings

if TYPE_CHECKING:
    from edge_tts.serve.metrics import Metrics

_PAGE_FILES: Final = {
    "/": ("page.html", "text/html"),
    "/page.js": ("page.js", "text/javascript"),
    "/page.css": ("page.css", "text/css"),
}
_PAGE_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def build_application(
    endpoints: Endpoints, settings: HttpSettings, metrics: Metrics | None
) -> ASGIApp:
    """Return the ASGI application of the door."""
    routes = [
        Route("/v1/audio/speech", endpoints.speech, methods=["POST"]),
        Route("/v1/audio/speech/timestamps", endpoints.timestamps, methods=["POST"]),
        Route("/v1/models", endpoints.models),
        Route("/v1/models/{model:path}", endpoints.model),
        Route("/v1/audio/voices", endpoints.voices),
        Route("/v1/status", endpoints.status),
        Route("/healthz", endpoints.healthz),
        Route("/readyz", endpoints.readyz),
        Route("/metrics", endpoints.metrics),
        Route("/openapi.json", endpoints.openapi),
    ]
    if settings.page:
        routes += [Route(path, _page_file(*file)) for path, file in _PAGE_FILES.items()]
    application = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http_error, EdgeTTSError: _known_error},
    )
    # A path with a slash too many is a mistake to be told, not a redirect.
    application.router.redirect_slashes = False
    guarded: ASGIApp = Guard(application, settings, metrics)
    if settings.cors_origins:
        guarded = CORSMiddleware(
            guarded,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
            expose_headers=["x-request-id", "x-audio-sample-rate", "x-edge-tts-notice"],
        )
    return guarded


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses."""
    assert isinstance(error, HTTPException)
    messages = {
        404: "there is nothing at this path; see /openapi.json",
        405: f"this path does not take {request.method[:20]}",
    }
    message = messages.get(error.status_code, str(error.detail))
    return ApiError(
        error.status_code, message, headers=dict(error.headers or {})
    ).response()


async def _known_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, EdgeTTSError)
    failure = ApiError.of(error)
    if failure.status == 500:
        # The guard logs the reason.
        raise error
    return failure.response()


def _page_file(name: str, media_type: str) -> Any:
    data = files("edge_tts.serve.http").joinpath("page").joinpath(name).read_bytes()

    async def answer(request: Request) -> Response:
        return Response(data, 200, _PAGE_HEADERS, media_type)

    return answer
