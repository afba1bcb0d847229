from __future__ import annotations

import pytest

from edge_tts.network.record import Record


class Point(Record):
    x: int
    y: int = 2


class Named(Point):
    name: str


def test_fields_of_base_classes_come_first() -> None:
    assert list(Named.fields) == ["x", "y", "name"]
    assert Named.required() == {"x", "name"}


def test_equality_needs_class_and_fields() -> None:
    assert Point(x=1) == Point(x=1, y=2)
    assert hash(Point(x=1)) == hash(Point(x=1, y=2))
    assert Point(x=1) != Point(x=2)
    assert Point(x=1) != Named(x=1, name="a")


def test_records_are_frozen_and_copied_with_changes() -> None:
    point = Point(x=1)
    with pytest.raises(AttributeError, match="Point is frozen"):
        point.x = 5  # type: ignore[misc]
    assert point.replace(y=7) == Point(x=1, y=7)
    assert repr(point) == "Point(x=1, y=2)"


def test_wrong_fields_are_named() -> None:
    with pytest.raises(TypeError, match="unknown field 'z'"):
        Point(x=1, z=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="field 'x' is missing"):
        Point(y=3)  # type: ignore[call-arg]
