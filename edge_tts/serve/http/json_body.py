"""Reads a JSON object from a request, within limits, and checks it by a schema."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from starlette.requests import ClientDisconnect, Request

from edge_tts.serve.http.api_error import ApiError

Schema = Mapping[str, Any]
"""A JSON Schema that uses the few words ``check_value`` knows."""

_DRAIN_NBYTES: Final = 16 << 20
_DRAIN_S: Final = 2.0


async def read_object(
    request: Request, max_nbytes: int, timeout_s: float
) -> dict[str, Any]:
    """Return the JSON object in the body.

    Raises:
        ApiError: It is too large, too slow, of another type or no JSON object.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        # Also what keeps forms of foreign web pages out: they cannot send this type.
        raise ApiError(
            415, "the body must be JSON: send Content-Type: application/json"
        )
    try:
        data = await asyncio.wait_for(_read(request, max_nbytes), timeout_s)
    except asyncio.TimeoutError:
        raise ApiError(
            408,
            f"the body did not arrive within {timeout_s:g} s",
            "too_slow",
            headers={"connection": "close"},
        ) from None
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ApiError(400, "the body is not valid JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise ApiError(400, "the body must be a JSON object")
    return value


def check_object(
    value: Mapping[str, Any],
    properties: Mapping[str, Schema],
    required: tuple[str, ...],
) -> None:
    """Compare the known members of an object with their schemas.

    Raises:
        ApiError: One is missing or does not fit; names it.
    """
    for name in required:
        if name not in value:
            raise ApiError(400, f"{name} is missing: give it in the body", param=name)
    for name, schema in properties.items():
        if name in value:
            check_value(name, value[name], schema)


def check_value(name: str, value: Any, schema: Schema) -> None:
    """Compare a value with a schema.

    Raises:
        ApiError: It does not fit; says what was expected.
    """
    if "anyOf" in schema:
        choices = schema["anyOf"]
        fitting = [choice for choice in choices if _has_type(value, choice["type"])]
        if not fitting:
            kinds = " or ".join(choice["type"] for choice in choices)
            _refuse(name, f"must be of type {kinds}, got {_kind(value)}")
        check_value(name, value, fitting[0])
        return
    if not _has_type(value, schema["type"]):
        _refuse(name, f"must be of type {schema['type']}, got {_kind(value)}")
    if isinstance(value, str):
        _check_text(name, value, schema)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        lowest = schema.get("minimum", -math.inf)
        highest = schema.get("maximum", math.inf)
        if not lowest <= value <= highest:
            _refuse(name, f"must be from {lowest:g} to {highest:g}")
    elif isinstance(value, dict):
        for key in schema.get("required", ()):
            if key not in value:
                _refuse(name, f"needs a member {key}")
        for key, inner in schema.get("properties", {}).items():
            if key in value:
                check_value(f"{name}.{key}", value[key], inner)
    if "enum" in schema and value not in schema["enum"]:
        choices = ", ".join(str(choice) for choice in schema["enum"])
        _refuse(name, f"must be one of {choices}")


def _check_text(name: str, value: str, schema: Schema) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse(name, "holds half of a surrogate pair")
    if len(value) < schema.get("minLength", 0):
        _refuse(name, "must not be empty")
    if len(value) > schema.get("maxLength", math.inf):
        longest = schema["maxLength"]
        message = f"{name} has {len(value)} characters; at most {longest} are taken"
        # Texts are the one thing whose size is the client's business.
        status = 413 if name == "input" else 400
        raise ApiError(status, message, "too_long", param=name)
    if "pattern" in schema and re.search(schema["pattern"], value) is None:
        _refuse(name, "has characters that no name has")


def _has_type(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (
            isinstance(value, float) and value.is_integer()
        )
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "number": (int, float),
        "object": dict,
    }
    return kind in kinds and isinstance(value, kinds[kind])


def _kind(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", type(None): "null"}
    names |= {bool: "boolean", int: "number", float: "number"}
    return names[type(value)]


def _refuse(name: str, problem: str) -> NoReturn:
    raise ApiError(400, f"{name} {problem}", "invalid_value", param=name)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


async def _read(request: Request, max_nbytes: int) -> bytes:
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > max_nbytes:
                await _discard_rest(request)
                raise ApiError(
                    413, f"the body is larger than {max_nbytes} bytes", "too_large"
                )
    except ClientDisconnect:
        raise ApiError(400, "the client went away in mid-request") from None
    return bytes(body)


async def _discard_rest(request: Request) -> None:
    """Read on for a moment: closing on unread bytes would reset the connection.

    The client would then never see why it was refused.
    """

    async def read() -> None:
        nbytes = 0
        while nbytes < _DRAIN_NBYTES:
            message = await request.receive()
            nbytes += len(message.get("body", b""))
            if not message.get("more_body", False):
                return

    try:
        await asyncio.wait_for(read(), _DRAIN_S)
    except asyncio.TimeoutError:
        return
