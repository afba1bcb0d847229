"""Frozen keyword-only records; a dataclass costs ten times as much to define.

Two dozen layer kinds are defined between a command and its first sound, and dataclasses
compile four methods for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        """Stands in for the decorator that only type checkers look at."""
        return lambda cls: cls


_REQUIRED = object()


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """Base of classes whose annotated attributes are their fields.

    Subclasses are written like keyword-only frozen dataclasses. Fields of base classes
    come first. Two records are equal when class and fields are.
    """

    fields: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Name -> type, as annotated."""
    _defaults: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Collects the fields."""
        super().__init_subclass__(**arguments)
        fields, defaults = dict(cls.fields), dict(cls._defaults)
        for name, hint in cls.__annotations__.items():  # those of cls alone
            if not hint.startswith("ClassVar"):
                fields[name] = hint
                if name in cls.__dict__:
                    defaults[name] = cls.__dict__[name]
        cls.fields, cls._defaults = MappingProxyType(fields), MappingProxyType(defaults)

    def __init__(self, **values: Any) -> None:
        """Sets the fields.

        Raises:
            TypeError: a field is missing or unknown.
        """
        merged = {name: self._defaults.get(name, _REQUIRED) for name in self.fields}
        merged.update(values)
        if len(merged) > len(self.fields):
            unknown = sorted(set(values) - set(self.fields))
            raise TypeError(f"{type(self).__name__}: unknown field {unknown[0]!r}")
        for name, value in merged.items():
            if value is _REQUIRED:
                raise TypeError(f"{type(self).__name__}: field {name!r} is missing")
        self.__dict__.update(merged)

    @classmethod
    def required(cls) -> set[str]:
        """Returns the names of the fields without a default."""
        return set(cls.fields) - set(cls._defaults)

    @classmethod
    def default(cls, name: str) -> Any:
        """Returns the default of a field; a value equal to nothing if it has none."""
        return cls._defaults.get(name, _REQUIRED)

    def replace(self, **changes: Any) -> Self:
        """Returns a copy with some fields changed."""
        values = {name: self.__dict__[name] for name in self.fields}
        return type(self)(**{**values, **changes})

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        """Refuses: records are frozen."""
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        """Whether class and fields are equal."""
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        """Hash of the fields."""
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        """Constructor call that makes an equal record."""
        listed = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self.fields)
        return f"{type(self).__name__}({listed})"

    def _values(self) -> tuple[Any, ...]:
        return tuple(self.__dict__[name] for name in self.fields)
