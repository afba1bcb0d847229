"""Reads and writes the records of a StackSpec as JSON data, strictly."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, Final

from edge_tts.errors import StackSpecError
from edge_tts.network.layer import Layer
from edge_tts.network.layers import LAYERS


def write_layer(layer: Layer) -> dict[str, Any]:
    """Returns a layer's kind and fields, those at their default left out."""
    data: dict[str, Any] = {"kind": layer.kind}
    for name in layer.fields:
        value = getattr(layer, name)
        if value != layer.default(name):
            data[name] = list(value) if isinstance(value, tuple) else value
    return data


def read_layer(data: Mapping[str, Any]) -> Layer:
    """Builds one layer from JSON data.

    Raises:
        StackSpecError: its kind is unknown or its attributes are malformed.
    """
    if not isinstance(data, Mapping) or "kind" not in data:
        raise StackSpecError(f"layer: expected an object with a kind, got {data!r}")
    kind = data["kind"]
    if not isinstance(kind, str) or kind not in LAYERS:
        raise StackSpecError(
            f"layer {data.get('name')!r}: unknown kind {kind!r}, expected one of "
            f"{', '.join(LAYERS)}"
        )
    cls = LAYERS[kind]
    what = f"{kind} layer {data.get('name')!r}"
    check_keys(data, cls.required() | {"kind"}, what, optional=cls.fields.keys())
    values = {
        name: read_value(cls.fields[name], value, f"{what}: {name}")
        for name, value in data.items()
        if name != "kind"
    }
    return cls(**values)


def entries(data: Mapping[str, Any], key: str) -> list[Any]:
    """Returns the list under a key.

    Raises:
        StackSpecError: there is something else.
    """
    value = data[key]
    if not isinstance(value, list | tuple):
        raise StackSpecError(f"stack: {key}: expected a list, got {value!r}")
    return list(value)


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


def read_value(hint: str, value: Any, what: str) -> Any:
    """Returns a JSON value as a field of the annotated type.

    Raises:
        StackSpecError: it has another type.
    """
    item = _TUPLES.get(hint)
    if item is not None:
        if not isinstance(value, list | tuple):
            raise StackSpecError(f"{what}: expected a list, got {value!r}")
        return tuple(read_value(item, entry, what) for entry in value)
    # What is not listed is a choice of strings, which the layer itself checks.
    types = _TYPES.get(hint, (str,))
    if not isinstance(value, types) or (hint != "bool" and isinstance(value, bool)):
        raise StackSpecError(f"{what}: expected {types[0].__name__}, got {value!r}")
    result: Any = value
    return float(result) if hint == "float" else result


_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
}
_TUPLES: Final = {"tuple[int, ...]": "int", "tuple[str, ...]": "str"}
