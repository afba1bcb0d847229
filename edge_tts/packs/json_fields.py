"""Checked access to parsed JSON: value parsers and the object reader ``Fields``.

A parser takes a value and the path of that value and returns it typed, or raises a
``PackError`` that names the path. It knows nothing of packs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from edge_tts.errors import PackError

T = TypeVar("T")
Parser = Callable[[object, str], T]

MAX_TEXT_LENGTH: Final = 20_000
PROSE_PATTERN: Final = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
"""Text for people, lines and tabs allowed; escape codes would reach a terminal."""
MAX_ITEMS: Final = 10_000
_SHOWN_LENGTH: Final = 60


class Fields:
    """One JSON object being read: every key must be asked for once, then ``close()``.

    Args:
        value: What should be a JSON object.
        where: Its path, such as ``stages[2]``; empty for the root.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise _unexpected(where, "an object", value)
        self._left: dict[str, object] = dict(value)
        self._where = where

    def required(self, key: str, parser: Parser[T]) -> T:
        """Take a key that must be there."""
        if key not in self._left:
            raise PackError(f"{self._where or 'pack'}: missing key {key!r}")
        return parser(self._left.pop(key), self._path(key))

    def optional(self, key: str, parser: Parser[T], default: T) -> T:
        """Take a key that may be absent; null is not the same as absent."""
        if key not in self._left:
            return default
        return parser(self._left.pop(key), self._path(key))

    def close(self) -> None:
        """Refuse whatever nobody asked for."""
        for key in self._left:
            plain = key.isidentifier() and len(key) <= _SHOWN_LENGTH
            name = key if plain else _shown(key)
            raise PackError(
                f"{self._path(name)}: unknown key; this version of edge_tts "
                "does not know it, so update edge_tts or remove the key"
            )

    def _path(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key


def text(pattern: str | None = None, max_length: int = MAX_TEXT_LENGTH) -> Parser[str]:
    """Parser of a string; ``pattern`` must match all of it."""
    compiled = re.compile(pattern) if pattern is not None else None

    def parse(value: object, where: str) -> str:
        if not isinstance(value, str):
            raise _unexpected(where, "a string", value)
        if len(value) > max_length:
            raise PackError(
                f"{where}: string of {len(value)} characters, expected at most "
                f"{max_length}"
            )
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise PackError(f"{where}: string holds half of a surrogate pair")
        if compiled is not None and not compiled.fullmatch(value):
            raise PackError(
                f"{where}: {_shown(value)} does not match the pattern {pattern}"
            )
        return value

    return parse


def choice(*allowed: str) -> Parser[str]:
    """Parser of one of a closed set of strings."""

    def parse(value: object, where: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise _unexpected(where, "one of " + ", ".join(allowed), value)
        return value

    return parse


def integer(minimum: int, maximum: int) -> Parser[int]:
    """Parser of a whole number; ``1.0`` is one, as in JSON Schema, ``true`` is not."""

    def parse(value: object, where: str) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _unexpected(where, "a whole number", value)
        if not minimum <= value <= maximum:
            raise _unexpected(where, f"{minimum} to {maximum}", value)
        return value

    return parse


def number(minimum: float = -math.inf, maximum: float = math.inf) -> Parser[float]:
    """Parser of a finite number, ends included."""

    def parse(value: object, where: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _unexpected(where, "a number", value)
        if not math.isfinite(value) or not minimum <= value <= maximum:
            raise _unexpected(where, f"{minimum:g} to {maximum:g}", value)
        return float(value)

    return parse


def flag(value: object, where: str) -> bool:
    """Parse true or false."""
    if not isinstance(value, bool):
        raise _unexpected(where, "true or false", value)
    return value


def list_of(
    parser: Parser[T], minimum: int = 0, maximum: int = MAX_ITEMS
) -> Parser[tuple[T, ...]]:
    """Parser of an array whose items all pass ``parser``."""

    def parse(value: object, where: str) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise _unexpected(where, "an array", value)
        if not minimum <= len(value) <= maximum:
            raise PackError(
                f"{where}: {len(value)} items, expected {minimum} to {maximum}"
            )
        return tuple(
            parser(item, f"{where}[{index}]") for index, item in enumerate(value)
        )

    return parse


def table_of(
    key_pattern: str, parser: Parser[T], maximum: int = MAX_ITEMS
) -> Parser[Mapping[str, T]]:
    """Parser of an object with free keys that match ``key_pattern``; order is kept."""
    compiled = re.compile(key_pattern)

    def parse(value: object, where: str) -> Mapping[str, T]:
        if not isinstance(value, dict):
            raise _unexpected(where, "an object", value)
        if len(value) > maximum:
            raise PackError(f"{where}: {len(value)} keys, expected at most {maximum}")
        for key in value:
            if not compiled.fullmatch(key):
                raise PackError(
                    f"{where}: key {_shown(key)} does not match the pattern "
                    f"{key_pattern}"
                )
        return MappingProxyType(
            {key: parser(item, f"{where}.{key}") for key, item in value.items()}
        )

    return parse


def _unexpected(where: str, expected: str, got: object) -> PackError:
    kinds = {dict: "an object", list: "an array", type(None): "null"}
    shown = kinds.get(type(got)) or _shown(got)
    return PackError(f"{where or 'pack'}: expected {expected}, got {shown}")


def _shown(value: object) -> str:
    shown = ascii(value)
    return shown if len(shown) <= _SHOWN_LENGTH else shown[:_SHOWN_LENGTH] + "..."
