"""The JSON Schema and the parser must refuse and accept the same manifests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.errors import PackError
from edge_tts.packs.json_text import parse_json
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.references import check_references
from tests.packs.example_pack import example_manifest
from tests.packs.rich_manifest import rich_manifest

jsonschema = pytest.importorskip("jsonschema")


def _pattern(
    validator: Any, pattern: str, instance: object, schema: Any
) -> Iterator[Any]:
    # ECMA 262, which JSON Schema means, matches $ at the very end only.
    if isinstance(instance, str) and not re.search(pattern[:-1] + r"\Z", instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


SCHEMA = json.loads(
    resources.files("edge_tts.packs").joinpath("pack.schema.json").read_text("utf-8")
)
Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": _pattern}
)
VALIDATOR = Validator(SCHEMA)


def _schema_accepts(value: object) -> bool:
    return bool(VALIDATOR.is_valid(value))


def _parser_accepts(value: object) -> bool:
    try:
        Manifest.parse(value)
    except PackError as error:
        assert "\n" not in str(error)
        return False
    return True


def _paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths(item, (*path, index))


def _get(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


ALL_PATHS = [path for path in _paths(rich_manifest()) if path]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, -1, 1, 1.0, 2.5, 1 << 31, 1 << 33, 1e308, 0.0, -0.0]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(
        ["", ".", "..", "a", "A", "T", "2*T", "en-US", "0" * 64, "a/b", "../a", "a\n"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("manifest", [example_manifest(), rich_manifest()])
def test_good_manifests_pass_both(manifest: dict[str, Any]) -> None:
    VALIDATOR.validate(manifest)
    check_references(Manifest.parse(manifest))


def test_rich_manifest_uses_every_key_of_the_schema() -> None:
    manifest = rich_manifest()
    # Alternatives that exclude each other within one manifest.
    used = {key for path in _paths(manifest) for key in path if isinstance(key, str)}
    used |= {key for path in _paths(example_manifest()) for key in path}
    declared = set(SCHEMA["properties"])
    for definition in SCHEMA["$defs"].values():
        declared |= set(definition.get("properties", ()))
    assert declared <= used


@settings(max_examples=120)
@given(path=st.sampled_from(ALL_PATHS), value=VALUES)
def test_replaced_value(path: tuple[Any, ...], value: object) -> None:
    manifest = rich_manifest()
    _get(manifest, path[:-1])[path[-1]] = value
    assert _parser_accepts(manifest) == _schema_accepts(manifest)


def test_removed_value() -> None:
    for path in ALL_PATHS:
        manifest = rich_manifest()
        del _get(manifest, path[:-1])[path[-1]]
        assert _parser_accepts(manifest) == _schema_accepts(manifest), path


def test_unknown_key_is_refused_and_named() -> None:
    for path in ALL_PATHS:
        manifest = rich_manifest()
        if not isinstance(_get(manifest, path), dict):
            continue
        # A control character, because special tokens may have any other name.
        _get(manifest, path)["such\tkey"] = 1
        assert not _schema_accepts(manifest), path
        with pytest.raises(PackError, match=r"such.*key"):
            Manifest.parse(manifest)


@settings(max_examples=120)
@given(
    source=st.sampled_from(ALL_PATHS),
    target=st.sampled_from(ALL_PATHS),
)
def test_moved_value(source: tuple[Any, ...], target: tuple[Any, ...]) -> None:
    manifest = rich_manifest()
    value = _get(rich_manifest(), source)
    _get(manifest, target[:-1])[target[-1]] = value
    assert _parser_accepts(manifest) == _schema_accepts(manifest)


@given(VALUES)
def test_any_json_is_parsed_or_refused(value: object) -> None:
    assert not _parser_accepts(value)
    assert not _schema_accepts(value)


def test_manifest_survives_its_own_json() -> None:
    manifest = rich_manifest()
    again = parse_json(json.dumps(manifest).encode(), "pack.json")
    assert Manifest.parse(again) == Manifest.parse(manifest)
