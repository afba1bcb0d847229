"""Rules for money, percentages and units."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.number_words import cardinal
from edge_tts.text.quantities import NUMBER, is_singular, number_words, scale_word
from edge_tts.text.rule import Rule
from edge_tts.text.unit_table import CURRENCIES, CURRENCY_CODES, UNITS

_SYMBOLS: Final = "".join(CURRENCIES)
_SCALE: Final = (
    r"(?P<scale> ?(?:thousand|million|billion|trillion)\b"
    r"|(?:k|K|m|M|mn|MM|bn|B|b|tn|T)\b)"
)
_CODES: Final = "|".join(code for code in CURRENCY_CODES if code.isalpha())
_UNIT_NAMES: Final = "|".join(
    re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True)
)
_RANGE: Final = rf"(?P<low>{NUMBER})(?: ?[-\u2013] ?(?P<high>{NUMBER}))?"
_MINUS: Final = r"(?P<sign>[-+\u00b1~] ?)?"
_SIGN_WORDS: Final = {
    "-": ["minus"],
    "+": ["plus"],
    "\u00b1": ["plus", "or", "minus"],
    "~": ["about"],
}


def _amount(match: re.Match[str]) -> list[str]:
    sign = (match["sign"] or "").strip()
    words = [*_SIGN_WORDS.get(sign, ()), *number_words(match["low"])]
    if match["high"]:
        words += ["to", *number_words(match["high"])]
    return words


def _is_one(match: re.Match[str]) -> bool:
    return is_singular(match["low"]) and not match["high"]


def _money(match: re.Match[str]) -> list[str] | None:
    symbol = match["symbol"].strip()
    one, many, cent, cents = CURRENCIES.get(symbol) or CURRENCY_CODES[symbol]
    scale, low = match["scale"], match["low"]
    whole, _, part = low.partition(".")
    if scale:
        return [*_amount(match), scale_word(scale.strip()), *many.split()]
    if len(part) == 2 and not match["high"] and cent:
        sign = _SIGN_WORDS.get((match["sign"] or "").strip(), [])
        return [*sign, *_coins(whole, part, (one, many, cent, cents))]
    return [*_amount(match), *(one if _is_one(match) else many).split()]


def _coins(whole: str, part: str, names: tuple[str, str, str, str]) -> list[str]:
    one, many, cent, cents = names
    small = [*cardinal(int(part)), cent if part == "01" else cents]
    if whole == "0":
        return small
    large = [*number_words(whole), *(one if whole == "1" else many).split()]
    return large if part == "00" else [*large, "and", *small]


def _percent(match: re.Match[str]) -> list[str]:
    return (
        [*_amount(match), "per", "mille"]
        if match["mark"] == "\u2030"
        else [
            *_amount(match),
            "percent",
        ]
    )


def _unit(match: re.Match[str]) -> list[str] | None:
    one, many = UNITS[match["unit"]]
    words = [*_amount(match), *(one if _is_one(match) else many).split()]
    power = match["power"]
    if power:
        where = len(words) - len(many.split())
        words.insert(where, "square" if power[-1] == "2" else "cubic")
    per = match["per"]
    return [*words, "per", *UNITS[per][0].split()] if per else words


def _feet_inches(match: re.Match[str]) -> list[str]:
    return [*cardinal(int(match[1])), "foot", *cardinal(int(match[2]))]


MEASURE_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        rf"{_MINUS}(?P<symbol>[{_SYMBOLS}]) ?{_RANGE}{_SCALE}?(?![\w.]*\d)",
        _money,
    ),
    Rule(
        rf"{_MINUS}{_RANGE}{_SCALE}? ?(?P<symbol>[{_SYMBOLS}]|(?:{_CODES})\b)", _money
    ),
    Rule(rf"{_MINUS}{_RANGE} ?(?P<mark>[%\u2030])", _percent),
    Rule(r"(\d)'(1[01]|\d)(?:\"|'')", _feet_inches),
    Rule(
        rf"{_MINUS}{_RANGE}[ -]?(?P<unit>{_UNIT_NAMES})"
        r"(?P<power>\^?[23])?"
        rf"(?:/(?P<per>{_UNIT_NAMES}))?(?![\w'\u00b0])",
        _unit,
    ),
)
CURRENCY_RULE: Final = Rule(
    rf"(?P<symbol>(?:{_CODES}) ?|(?:US|A|C|NZ|HK)\$)(?P<sign>)?{_RANGE}{_SCALE}?",
    _money,
)
"""For what starts with the letters of a currency."""
