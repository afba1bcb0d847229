"""Units and currencies: how they are written and how they are said."""

from __future__ import annotations

from typing import Final

_PREFIXED: Final = {
    "m": "meter",
    "g": "gram",
    "W": "watt",
    "Wh": "watt hour",
    "Hz": "hertz",
    "V": "volt",
    "A": "amp",
    "Pa": "pascal",
    "J": "joule",
    "L": "liter",
    "l": "liter",
    "s": "second",
    "N": "newton",
    "F": "farad",
    "\u03a9": "ohm",
    "cal": "calorie",
    "B": "byte",
    "bps": "bit per second",
    "bit": "bit",
    "eV": "electron volt",
    "mol": "mole",
    "t": "ton",
}
_PREFIXES: Final = {
    "n": ("nano", "m s F J W g"),
    "\u00b5": ("micro", "m s g F A V W L l"),
    "m": ("milli", "m s g W V A L l Pa F mol"),
    "c": ("centi", "m L l"),
    "d": ("deci", "L l"),
    "h": ("hecto", "Pa"),
    "k": ("kilo", "m g W Wh Hz V Pa J N B bps bit cal eV \u03a9"),
    "K": ("kilo", "B"),
    "M": ("mega", "W Wh Hz V Pa J B bps bit eV \u03a9 t"),
    "G": ("giga", "W Wh Hz Pa J B bps bit eV"),
    "T": ("tera", "W Wh Hz B bps bit eV"),
    "P": ("peta", "B"),
    "Ki": ("kibi", "B"),
    "Mi": ("mebi", "B"),
    "Gi": ("gibi", "B"),
    "Ti": ("tebi", "B"),
}
_UNCHANGED: Final = ("hertz",)


def _plural(name: str) -> str:
    if name.endswith(_UNCHANGED):
        return name
    head, _, tail = name.partition(" per ")
    return f"{head}s per {tail}" if tail else f"{name}s"


def _units() -> dict[str, tuple[str, str]]:
    units = {
        symbol: (name, _plural(name))
        for symbol, name in _PREFIXED.items()
        if symbol in ("m", "W", "Wh", "Hz", "V", "L", "J", "Pa", "\u03a9", "bps", "mol")
    }
    for prefix, (spoken, symbols) in _PREFIXES.items():
        for symbol in symbols.split():
            name = spoken + _PREFIXED[symbol]
            units[prefix + symbol] = (name, _plural(name))
    return units


UNITS: Final[dict[str, tuple[str, str]]] = {
    **_units(),
    "g": ("gram", "grams"),
    "kgs": ("kilogram", "kilograms"),
    "kms": ("kilometer", "kilometers"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "kmh": ("kilometer per hour", "kilometers per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "mpg": ("mile per gallon", "miles per gallon"),
    "rpm": ("rpm.", "rpm."),
    "fps": ("frame per second", "frames per second"),
    "dpi": ("dot per inch", "dots per inch"),
    "ppm": ("part per million", "parts per million"),
    "mi": ("mile", "miles"),
    "ft": ("foot", "feet"),
    "ft.": ("foot", "feet"),
    "sq ft": ("square foot", "square feet"),
    "sq. ft.": ("square foot", "square feet"),
    "sq mi": ("square mile", "square miles"),
    "yd": ("yard", "yards"),
    "yds": ("yard", "yards"),
    "in.": ("inch", "inches"),
    "oz": ("ounce", "ounces"),
    "oz.": ("ounce", "ounces"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "lbs.": ("pound", "pounds"),
    "gal": ("gallon", "gallons"),
    "pt": ("point", "points"),
    "px": ("pixel", "pixels"),
    "h": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"),
    "sec": ("second", "seconds"),
    "secs": ("second", "seconds"),
    "s": ("second", "seconds"),
    "ms": ("millisecond", "milliseconds"),
    "yr": ("year", "years"),
    "yrs": ("year", "years"),
    "ha": ("hectare", "hectares"),
    "hp": ("horsepower", "horsepower"),
    "dB": ("decibel", "decibels"),
    "dBA": ("decibel", "decibels"),
    "mmHg": ("millimeter of mercury", "millimeters of mercury"),
    "\u00b0C": ("degree celsius", "degrees celsius"),
    "\u00b0 C": ("degree celsius", "degrees celsius"),
    "\u00b0F": ("degree fahrenheit", "degrees fahrenheit"),
    "\u00b0 F": ("degree fahrenheit", "degrees fahrenheit"),
    "\u00b0": ("degree", "degrees"),
    "cc": ("cc.", "cc."),
    "b": ("bit", "bits"),
}
"""Symbol -> singular, plural. Case matters."""

CURRENCIES: Final = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "\u00a3": ("pound", "pounds", "penny", "pence"),
    "\u20ac": ("euro", "euros", "cent", "cents"),
    "\u00a5": ("yen", "yen", "", ""),
    "\u20b9": ("rupee", "rupees", "paisa", "paise"),
    "\u20a9": ("won", "won", "", ""),
    "\u20bd": ("ruble", "rubles", "kopek", "kopeks"),
    "\u20bf": ("bitcoin", "bitcoins", "", ""),
    "\u00a2": ("cent", "cents", "", ""),
}
"""Symbol -> singular, plural, singular and plural of the hundredth part."""

CURRENCY_CODES: Final = {
    "USD": ("us. dollar", "us. dollars", "cent", "cents"),
    "US$": ("us. dollar", "us. dollars", "cent", "cents"),
    "A$": ("australian dollar", "australian dollars", "cent", "cents"),
    "C$": ("canadian dollar", "canadian dollars", "cent", "cents"),
    "NZ$": ("new zealand dollar", "new zealand dollars", "cent", "cents"),
    "HK$": ("hong kong dollar", "hong kong dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "CHF": ("swiss franc", "swiss francs", "", ""),
    "JPY": ("yen", "yen", "", ""),
    "CAD": ("canadian dollar", "canadian dollars", "cent", "cents"),
    "AUD": ("australian dollar", "australian dollars", "cent", "cents"),
    "INR": ("rupee", "rupees", "paisa", "paise"),
}
