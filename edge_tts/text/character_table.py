"""Characters that are replaced before any rule sees the text."""

from __future__ import annotations

from typing import Final

REPLACEMENTS: Final = {
    # Apostrophes and quotation marks.
    **dict.fromkeys(
        "\u2018\u2019\u201b\u02bc\u02b9\u00b4\uff07\u2032\u2039\u203a", "'"
    ),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02\u2033", '"'),
    # Hyphens stay hyphens; dashes become the spelling "--".
    **dict.fromkeys("\u2010\u2011\u2012\u2212\ufe63\uff0d", "-"),
    "\u2013": "\u2013",
    **dict.fromkeys("\u2014\u2015\u2e3a\u2e3b", "\u2014"),
    "\u2026": "\u2026",
    "\u2022": "\u2022",
    # Stops of other scripts.
    **dict.fromkeys("\u3002\uff0e\uff61\u06d4\u0964", "."),
    **dict.fromkeys("\uff0c\u3001\u060c", ","),
    **dict.fromkeys("\uff1b\u061b", ";"),
    **dict.fromkeys("\u061f\uff1f\u037e", "?"),
    "\uff01": "!",
    "\uff1a": ":",
    # Invisible: joiners, marks of direction, soft hyphen, byte order mark, tags.
    **dict.fromkeys(
        "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
        "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff\ufe0e\ufe0f",
        "",
    ),
    # Letters that do not decompose.
    "\u00df": "ss",
    "\u00e6": "ae",
    "\u00c6": "Ae",
    "\u0153": "oe",
    "\u0152": "Oe",
    "\u00f8": "o",
    "\u00d8": "O",
    "\u00f0": "th",
    "\u00d0": "Th",
    "\u00fe": "th",
    "\u00de": "Th",
    "\u0111": "d",
    "\u0110": "D",
    "\u0142": "l",
    "\u0141": "L",
    "\u0131": "i",
    # Kept although Unicode would take them apart.
    "\u00bd": " 1/2",
    "\u00bc": " 1/4",
    "\u00be": " 3/4",
    "\u2153": " 1/3",
    "\u2154": " 2/3",
    "\u215b": " 1/8",
    "\u00b2": "^2",
    "\u00b3": "^3",
    "\u00b5": "\u00b5",
    "\u03bc": "\u00b5",
    "\u2122": " trademark ",
    "\u2116": "No. ",
}
