"""Rules for dates and times of day."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.abbreviation_table import MONTHS
from edge_tts.text.number_words import DIGITS, cardinal, ordinal, year
from edge_tts.text.rule import Rule
from edge_tts.text.word_list import word_list

MONTH_NAMES: Final = word_list(
    "january february march april may june july august september october november "
    "december"
)
_FULL: Final = "|".join(name.capitalize() for name in MONTH_NAMES)
_SHORT: Final = "|".join(name.capitalize() for name in MONTHS)
MONTH: Final = rf"(?P<month>{_FULL}|(?:{_SHORT})\b\.?)"
_DAY: Final = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_CLOCK: Final = r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)"
_BEFORE_DECADE: Final = re.compile(
    r"(?:\bthe|\b[hH]is|\b[hH]er|their|early|mid|late)[ -]$|'$"
)
_HALF: Final = r"(?P<half>[AaPp])\.?[Mm]\b(?:\.(?=.*\w))?"


def month_word(written: str) -> str:
    """Full lower-case name of a month."""
    key = written.lower().rstrip(".")
    return MONTHS.get(key, key)


def _date(month: int, day: int, written_year: str) -> list[str] | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    words = [MONTH_NAMES[month - 1], *ordinal(day)]
    if len(written_year) == 2:
        short = int(written_year)
        return [*words, *(["oh", DIGITS[short]] if short < 10 else cardinal(short))]
    return [*words, *year(int(written_year))]


def _iso_date(match: re.Match[str]) -> list[str] | None:
    words = _date(int(match[2]), int(match[3]), match[1])
    if words is None or not match["hour"]:
        return words
    return [*words, "at", *clock_words(int(match["hour"]), int(match["minute"]))]


def _slash_date(match: re.Match[str]) -> list[str] | None:
    first, second = int(match[1]), int(match[3])
    if first > 12 or match[2] == ".":
        first, second = second, first
    return _date(first, second, match[4])


def _day_month(match: re.Match[str]) -> list[str]:
    before = match.string[: match.start()].rstrip()
    the = [] if before.endswith(("the", "The")) else ["the"]
    words = [*the, *ordinal(int(match["day"])), "of", month_word(match["month"])]
    return words + (year(int(match["year"])) if match["year"] else [])


def _month_day(match: re.Match[str]) -> list[str]:
    words = [month_word(match["month"]), *ordinal(int(match["day"]))]
    return words + (year(int(match["year"])) if match["year"] else [])


def _month_year(match: re.Match[str]) -> list[str]:
    return [month_word(match["month"]), *year(int(match["year"]))]


def clock_words(hour: int, minute: int) -> list[str]:
    """Words of a time without a.m. or p.m."""
    if minute == 0:
        return [*cardinal(hour), "hundred" if hour > 12 else "o'clock"]
    tail = ["oh", DIGITS[minute]] if minute < 10 else cardinal(minute)
    return [*cardinal(hour), *tail]


def _time(match: re.Match[str]) -> list[str] | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    half = match["half"]
    if half:
        words = cardinal(hour) if minute == 0 else clock_words(hour, minute)
        return [*words, f"{half.lower()}m."]
    if match["second"]:
        words = [*cardinal(hour), *(cardinal(minute) if minute else ["zero"])]
        return [*words, "and", *cardinal(int(match["second"])), "seconds"]
    if hour == 0 and minute == 0:
        return ["midnight"]
    return clock_words(hour, minute)


def _whole_hour(match: re.Match[str]) -> list[str] | None:
    hour = int(match["hour"])
    if not 0 < hour <= 12:
        return None
    return [*cardinal(hour), f"{match['half'].lower()}m."]


def _decade(match: re.Match[str]) -> list[str] | None:
    value = int(match[1])
    if value % 10:
        return None
    if value < 100:
        behind = match.string[max(0, match.start() - 8) : match.start()]
        known = match[2] or value > 40 or _BEFORE_DECADE.search(behind)
        words = cardinal(value) if value and known else []
    else:
        words = year(value)
    if words:
        last = words[-1]
        words[-1] = last[:-1] + "ies" if last.endswith("y") else last + "s"
    return words


def _ratio(match: re.Match[str]) -> list[str]:
    return [*cardinal(int(match[1])), "to", *cardinal(int(match[2]))]


NUMERIC_CALENDAR_RULES: Final[tuple[Rule, ...]] = (
    Rule(r"(\d{4}|\d{2})('?)s\b", _decade),
    Rule(
        r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?!\d)"
        rf"(?:[T ]{_CLOCK}(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?(?![\d:]))?",
        _iso_date,
    ),
    Rule(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/])", _slash_date),
    Rule(
        rf"{_DAY}(?:st|nd|rd|th)? (?:of )?{MONTH}(?:,? (?P<year>\d{{4}})(?!\d))?",
        _day_month,
    ),
    Rule(
        rf"{_CLOCK.replace(':', '[:.]')}(?P<second>)? ?{_HALF}",
        _time,
    ),
    Rule(rf"{_CLOCK}(?::(?P<second>[0-5]\d)) ?{_HALF}", _time),
    Rule(rf"{_CLOCK}(?::(?P<second>[0-5]\d))?(?P<half>)(?![\d:])", _time),
    Rule(rf"(?P<hour>1?\d) ?{_HALF}", _whole_hour),
    Rule(r"(\d{1,6}):(\d{1,6})(?![\d:])", _ratio),
)
"""For what starts with a digit."""

MONTH_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        rf"{MONTH} {_DAY}(?:st|nd|rd|th)?(?![\d:.,/]*\d)"
        r"(?:,? (?P<year>1[1-9]\d\d|20\d\d)(?![\d-]))?",
        _month_day,
    ),
    Rule(rf"{MONTH} {_DAY}, (?P<year>1[1-9]\d\d|20\d\d)(?!\d)", _month_day),
    Rule(rf"{MONTH},? (?P<year>1[1-9]\d\d|20\d\d)(?!\d)", _month_year),
)
"""For what starts with the name of a month."""
