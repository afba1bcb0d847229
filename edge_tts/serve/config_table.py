"""Reads a table of a TOML file into a frozen dataclass; every mistake has a name."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from edge_tts.errors import ConfigError

_Settings = TypeVar("_Settings")


def read_table(
    kind: type[_Settings], table: object, where: str, aside: tuple[str, ...] = ()
) -> _Settings:
    """Make a settings object from a table with the same names.

    Args:
        kind: A dataclass of str, int, float, bool, Path, tuples and mappings of str.
        table: As the TOML reader returns it.
        where: Name of the table, for messages.
        aside: Keys that somebody else reads.

    Raises:
        ConfigError: An unknown key, a value of another type or one out of range.
    """
    if not isinstance(table, Mapping):
        raise ConfigError(f"expected a table [{where}], got {table!r:.80}")
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in table:
        if name not in names and name not in aside:
            raise ConfigError(f"unknown key {where}.{name}{_hint(name, names)}")
    values = {
        name: _value(hints[name], table[name], f"{where}.{name}")
        for name in names
        if name in table
    }
    return kind(**values)


def _hint(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known are {', '.join(names)}"


def _value(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        # TOML has no null: a key that is left out is None.
        hint = next(part for part in get_args(hint) if part is not type(None))
        origin = get_origin(hint)
    if origin is tuple:
        if not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
            raise ConfigError(f"{where} must be a list of strings, got {value!r:.80}")
        return tuple(value)
    if origin is not None and issubclass(origin, Mapping):
        if not (
            isinstance(value, Mapping)
            and all(isinstance(item, str) for item in value.values())
        ):
            raise ConfigError(f"{where} must be a table of strings, got {value!r:.80}")
        return dict(value)
    if hint is Path:
        if not isinstance(value, str) or not value or "\0" in value:
            raise ConfigError(f"{where} must be a path, got {value!r:.80}")
        return Path(value).expanduser()
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # To Python a bool is an int; to a user it is a mistake.
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        name = {str: "a string", int: "a whole number", float: "a number"}.get(hint)
        name = name or "true or false"
        raise ConfigError(f"{where} must be {name}, got {value!r:.80}")
    return value
