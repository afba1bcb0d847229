"""Turns the bytes of a JSON file into values, refusing what JSON readers let slip.

Duplicate keys, NaN, infinities, absurd integers and deep nesting are errors here; what
the values mean is checked elsewhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Final

from edge_tts.errors import PackError

MAX_JSON_BYTES: Final = 8 << 20
"""No manifest or tensor header needs more; parsed, it takes some ten times this."""
_MAX_INTEGER_DIGITS: Final = 18
"""Fits int64; also spares Python 3.10 the quadratic parse of a million digits."""


def parse_json(data: bytes, where: str) -> object:
    """Parse strict JSON.

    Args:
        data: UTF-8 bytes, at most ``MAX_JSON_BYTES``.
        where: Name of the file, for messages.

    Raises:
        PackError: It is not JSON as RFC 8259 has it, or it is beyond the limits above.
    """
    if len(data) > MAX_JSON_BYTES:
        raise PackError(
            f"{where}: {len(data)} bytes of JSON, expected at most {MAX_JSON_BYTES}; "
            "the file is damaged or hostile"
        )
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=lambda pairs: _unique_keys(pairs, where),
            parse_int=lambda digits: _integer(digits, where),
            parse_float=lambda digits: _finite(digits, where),
            parse_constant=lambda word: _no_constant(word, where),
        )
    except UnicodeDecodeError as error:
        raise PackError(
            f"{where}: expected UTF-8, got byte 0x{data[error.start]:02x} at offset "
            f"{error.start}; save the file as UTF-8 without a byte order mark"
        ) from error
    except json.JSONDecodeError as error:
        raise PackError(
            f"{where}: not valid JSON at line {error.lineno} column {error.colno}: "
            f"{error.msg}; fetch or build the pack again"
        ) from error
    except RecursionError as error:
        raise PackError(
            f"{where}: JSON nested too deeply; the file is damaged or hostile"
        ) from error
    return value


def _unique_keys(pairs: Sequence[tuple[str, object]], where: str) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise PackError(f"{where}: key {repeated!r} occurs twice; keep one of them")
    return table


def _integer(digits: str, where: str) -> int:
    if len(digits.lstrip("-")) > _MAX_INTEGER_DIGITS:
        raise PackError(
            f"{where}: integer of {len(digits)} digits, expected at most "
            f"{_MAX_INTEGER_DIGITS}"
        )
    return int(digits)


def _finite(digits: str, where: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise PackError(f"{where}: number {digits[:40]} is out of range")
    return value


def _no_constant(word: str, where: str) -> object:
    raise PackError(f"{where}: {word} is not a JSON number; write a finite one")
