"""Abbreviations: what they stand for and whether a sentence can end with one."""

from __future__ import annotations

from typing import Final

from edge_tts.text.word_list import word_set

TITLES: Final = {
    "mr": "mister",
    "mrs": "missus",
    "ms": "ms",
    "messrs": "messrs",
    "dr": "doctor",
    "prof": "professor",
    "gen": "general",
    "col": "colonel",
    "capt": "captain",
    "cpt": "captain",
    "lt": "lieutenant",
    "sgt": "sergeant",
    "cpl": "corporal",
    "cmdr": "commander",
    "maj": "major",
    "adm": "admiral",
    "gov": "governor",
    "sen": "senator",
    "rep": "representative",
    "pres": "president",
    "rev": "reverend",
    "fr": "father",
    "hon": "honorable",
    "st": "saint",
    "ste": "sainte",
    "mt": "mount",
    "ft": "fort",
}
"""Come before a name, and never end a sentence when one follows."""

PLAIN: Final = {
    "etc": "et cetera",
    "vs": "versus",
    "co": "company",
    "corp": "corporation",
    "inc": "incorporated",
    "ltd": "limited",
    "bros": "brothers",
    "jr": "junior",
    "sr": "senior",
    "esq": "esquire",
    "dept": "department",
    "univ": "university",
    "assn": "association",
    "approx": "approximately",
    "est": "established",
    "ave": "avenue",
    "blvd": "boulevard",
    "rd": "road",
    "hwy": "highway",
    "apt": "apartment",
    "govt": "government",
    "cf": "compare",
    "al": "al",
    "viz": "namely",
}

NUMBERED: Final = {
    "no": "number",
    "nos": "numbers",
    "vol": "volume",
    "vols": "volumes",
    "p": "page",
    "pp": "pages",
    "fig": "figure",
    "figs": "figures",
    "ch": "chapter",
    "sec": "section",
    "eq": "equation",
    "ed": "edition",
    "art": "article",
}
"""Expanded before a number only."""

DOTTED: Final = {
    "e.g": ("for", "example"),
    "i.e": ("that", "is"),
    "a.m": ("am.",),
    "p.m": ("pm.",),
    "ph.d": ("phd.",),
    "n.b": ("note", "well"),
    "w.r.t": ("with", "respect", "to"),
}
"""Written with inner stops; a word that ends with "." here is spelled."""

STREETS: Final = {"st": "street", "dr": "drive", "pl": "place", "sq": "square"}
"""Readings behind a name."""

BARE: Final = {
    "Mr": "mister",
    "Mrs": "missus",
    "Dr": "doctor",
    "Prof": "professor",
    "Mon": "monday",
    "Tue": "tuesday",
    "Wed": "wednesday",
    "Thu": "thursday",
    "Fri": "friday",
    "Feb": "february",
    "Sept": "september",
    "Nov": "november",
    "Dec": "december",
    "vs": "versus",
    "etc": "et cetera",
    "km": "kilometers",
    "kg": "kilograms",
    "mph": "miles per hour",
    "feat": "featuring",
    "approx": "approximately",
    "dept": "department",
    "govt": "government",
    "mgmt": "management",
    "pls": "please",
    "thx": "thanks",
}
"""Read out even without a full stop; case matters."""

MONTHS: Final = {
    "jan": "january",
    "feb": "february",
    "mar": "march",
    "apr": "april",
    "jun": "june",
    "jul": "july",
    "aug": "august",
    "sep": "september",
    "sept": "september",
    "oct": "october",
    "nov": "november",
    "dec": "december",
}
WEEKDAYS: Final = {
    "mon": "monday",
    "tue": "tuesday",
    "tues": "tuesday",
    "wed": "wednesday",
    "thu": "thursday",
    "thur": "thursday",
    "thurs": "thursday",
    "fri": "friday",
    "sat": "saturday",
    "sun": "sunday",
}

NEVER_LAST: Final = word_set(
    "mr mrs ms messrs dr prof gen col capt lt sgt cmdr rev hon fr mme mlle e.g i.e vs "
    "cf viz"
)
BEFORE_NAMES: Final = frozenset(TITLES) - NEVER_LAST
BEFORE_NUMBERS: Final = frozenset(NUMBERED) | frozenset(MONTHS) - {"mar", "sun"}
SOMETIMES_LAST: Final = frozenset(PLAIN) | {
    "a.m",
    "p.m",
    "u.s",
    "u.k",
    "ph.d",
    "b.c",
    "a.d",
    "d.c",
}

SENTENCE_STARTERS: Final = word_set(
    "a an the this that these those he she it they we i you his her its their our my "
    "your who what when where why how which but and or so if in on at for from with "
    "without as by to of after before since while until although though because then "
    "there here now however yet still thus once one some many most all each every no "
    "not nor never perhaps maybe let do did does is are was were have has had can "
    "could will would shall should may might must yes well oh another both such even "
    "only just during under over between nothing everything everyone nobody meanwhile "
    "he's she's it's i'm i've i'd we're they're that's there's don't didn't"
)
