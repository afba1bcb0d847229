"""Reads and writes the records of a StackSpec as JSON data, strictly."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Set
from typing import Any, TypeVar, get_type_hints

from edge_tts.errors import StackSpecError
from edge_tts.network.layer import Layer
from edge_tts.network.layers import LAYERS

Record = TypeVar("Record")


def write_record(record: Any) -> dict[str, Any]:
    """Returns a dataclass's fields, those at their default left out."""
    data: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if field.default is dataclasses.MISSING or value != field.default:
            data[field.name] = list(value) if isinstance(value, tuple) else value
    return data


def write_layer(layer: Layer) -> dict[str, Any]:
    """Returns a layer's fields and its kind."""
    return {"kind": layer.kind, **write_record(layer)}


def read_record(cls: type[Record], data: Mapping[str, Any], what: str) -> Record:
    """Builds a dataclass from JSON data.

    Raises:
        StackSpecError: a key is unknown or missing, or a value has another type.
    """
    if not isinstance(data, Mapping):
        raise StackSpecError(f"{what}: expected an object, got {data!r}")
    what = f"{what} {data['name']!r}" if "name" in data else what
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    required = {
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    }
    check_keys(data, required, what, optional=set(fields))
    hints = get_type_hints(cls)
    values = {
        name: _convert(hints[name], value, f"{what}: {name}")
        for name, value in data.items()
    }
    return cls(**values)


def read_layer(data: Mapping[str, Any]) -> Layer:
    """Builds one layer from JSON data.

    Raises:
        StackSpecError: its kind is unknown or its attributes are malformed.
    """
    if not isinstance(data, Mapping) or "kind" not in data:
        raise StackSpecError(f"layer: expected an object with a kind, got {data!r}")
    kind = data["kind"]
    if kind not in LAYERS:
        raise StackSpecError(
            f"layer {data.get('name')!r}: unknown kind {kind!r}, expected one of "
            f"{', '.join(LAYERS)}"
        )
    rest = {key: value for key, value in data.items() if key != "kind"}
    return read_record(LAYERS[kind], rest, f"{kind} layer")


def check_keys(
    data: Mapping[str, Any],
    required: Set[str],
    what: str,
    optional: Set[str] = frozenset(),
) -> None:
    """Checks that all required keys are there and no unknown ones.

    Raises:
        StackSpecError: names the first key that is wrong.
    """
    for key in sorted(required - set(data)):
        raise StackSpecError(f"{what}: key {key!r} is missing")
    for key in sorted(set(data) - required - optional):
        raise StackSpecError(f"{what}: unknown key {key!r}")


def _convert(hint: Any, value: Any, what: str) -> Any:
    """Returns ``value`` as the field's type; only what JSON cannot say is changed."""
    origin = getattr(hint, "__origin__", None)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise StackSpecError(f"{what}: expected a list, got {value!r}")
        return tuple(_convert(hint.__args__[0], item, what) for item in value)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    expected = hint if isinstance(hint, type) else str
    if not isinstance(value, expected) or (hint is int and isinstance(value, bool)):
        raise StackSpecError(f"{what}: expected {expected.__name__}, got {value!r}")
    return value
