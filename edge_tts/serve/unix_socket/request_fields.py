"""Turns the JSON of a client into a SpeechRequest; believes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from edge_tts.errors import ConfigError
from edge_tts.options import SamplingOptions, SynthesisOptions
from edge_tts.serve.request import Priority, SpeechRequest

_KNOWN: Final = {
    "protocol",
    "do",
    "text",
    "voice",
    "options",
    "ssml",
    "priority",
    "deadline_s",
    "client",
    "cache",
}
_OPTIONS: Final = {field.name for field in fields(SynthesisOptions)}
_SAMPLING: Final = {field.name for field in fields(SamplingOptions)}


def speech_request(message: Mapping[str, Any], peer: str) -> SpeechRequest:
    """Check every field.

    Args:
        message: Of ``speak`` or ``open``.
        peer: Whose share it is where the message names no client.

    Raises:
        ConfigError: A field is unknown or has an unusable value.
    """
    _refuse_unknown("field", set(message) - _KNOWN)
    options = dict(_field(message, "options", dict, {}))
    _refuse_unknown("option", set(options) - _OPTIONS)
    sampling = _field(options, "sampling", dict, {})
    _refuse_unknown("sampling option", set(sampling) - _SAMPLING)
    options["sampling"] = SamplingOptions(**sampling)
    deadline = message.get("deadline_s")
    if deadline is not None and (
        isinstance(deadline, bool) or not isinstance(deadline, (int, float))
    ):
        raise ConfigError("deadline_s must be a number of seconds")
    client = _name_of(_field(message, "client", str, ""))
    voice = message.get("voice")
    if voice is not None and not isinstance(voice, str):
        raise ConfigError("voice must be a name")
    return SpeechRequest(
        text=_field(message, "text", str, ""),
        voice=voice,
        options=SynthesisOptions(**options),
        ssml=_field(message, "ssml", bool, False),
        priority=Priority.parse(_field(message, "priority", str, "interactive")),
        client=f"socket:{client or peer}",
        deadline_s=deadline,
        use_cache=_field(message, "cache", bool, True),
    )


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a piece.

    Raises:
        ConfigError: There is none.
    """
    text = message.get("text")
    if not isinstance(text, str):
        raise ConfigError("text must be a string")
    return text


def _name_of(client: str) -> str:
    """A client's name, fit for a line of the log and for UTF-8."""
    return "".join(c if c.isprintable() and c != " " else "_" for c in client[:64])


def _field(message: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:
    value = message.get(name, default)
    if not isinstance(value, kind):
        raise ConfigError(f"{name} must be a {kind.__name__}, got {value!r:.80}")
    return value


def _refuse_unknown(what: str, names: set[str]) -> None:
    if names:
        listed = ", ".join(sorted(repr(name)[:40] for name in names)[:5])
        raise ConfigError(f"unknown {what} {listed}")
