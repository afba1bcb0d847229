"""Sentences of every kind that a voice meets: made from parts, the same every time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

BOOK_LINES: Final = (
    Path(__file__).parents[2] / "benchmarks" / "data" / "book_sentences.txt"
)
"""One sentence of a public-domain book per line."""

_NAMES: Final = [
    "Margaret",
    "Katherine",
    "Oliver",
    "Siobhan",
    "Dmitri",
    "Yolanda",
    "Hiroshi",
    "Beatrice",
    "Xavier",
    "Fatima",
    "Gwendolyn",
    "Rashid",
    "Ingrid",
    "Thaddeus",
    "Priya",
    "Leopold",
]
_SURNAMES: Final = [
    "Whitfield",
    "Kowalski",
    "O'Brien",
    "Nakamura",
    "Featherstone",
    "Rodriguez",
    "MacGregor",
    "Abernathy",
    "Schwartz",
    "Delacroix",
    "Okonkwo",
    "Lindqvist",
]
_PLACES: Final = [
    "Edinburgh",
    "New Orleans",
    "the old harbour",
    "Reykjavik",
    "Wolverhampton",
    "the railway station",
    "Massachusetts",
    "the north field",
    "Copenhagen",
    "the third floor",
    "Albuquerque",
    "the library",
]
_THINGS: Final = [
    "a broken umbrella",
    "seven red apples",
    "the morning newspaper",
    "an unusual telescope",
    "three wooden chairs",
    "the garden gate",
    "a thermometer",
    "fresh bread",
    "the spare keys",
    "an orange balloon",
    "the water pump",
    "two pairs of scissors",
    "a rhythm machine",
]
_DEEDS: Final = [
    "carried",
    "repaired",
    "photographed",
    "forgot",
    "painted",
    "measured",
    "borrowed",
    "hid",
    "described",
    "weighed",
    "exchanged",
    "polished",
]
_MANNERS: Final = [
    "without a sound",
    "as quickly as possible",
    "before the storm",
    "with great patience",
    "twice a year",
    "for no particular reason",
    "in spite of the cold",
    "while nobody watched",
]
_ADJECTIVES: Final = [
    "thorough",
    "peculiar",
    "quiet",
    "enormous",
    "judicious",
    "fragile",
    "extraordinary",
    "sleepy",
    "vague",
    "mischievous",
    "plain",
    "sixth",
]
_NOUNS: Final = [
    "valley",
    "engine",
    "squirrel",
    "argument",
    "orchestra",
    "neighbour",
    "staircase",
    "measurement",
    "shadow",
    "physicist",
    "village",
    "breakfast",
    "wharf",
    "garage",
]
_ABBREVIATED: Final = [
    "Dr. {surname} lives at 221 Baker St. near Mt. Pleasant.",
    "Prof. {surname}, Ph.D., met Mrs. {surname} at 9 a.m. on Fri.",
    "See fig. 3, vol. 12, pp. 40-48, etc.",
    "The U.S. Navy and NASA asked the FBI, not the E.U., about the USB port.",
    "Henry VIII read chapter XIV of World War II history, vs. volume IX.",
    "Approx. {number} members of the A.S.P.C.A. came, i.e. most of them.",
]
_CODE: Final = [
    "Set max_rows to {small} and call open_stream() again.",
    "The file config.v{small}.json is in /usr/local/share.",
    "Press Ctrl+Alt+Delete, then type B{number}X-{small}.",
    "Version {small}.{small}.{small} fixes issue #{number}.",
    "Write to {name}.{surname}@example.org or visit www.example.com/page{small}.",
    "The password is x7Q, dash, K9, then the letters W, Y and Z.",
]
_SHORT: Final = [
    "Yes.",
    "No!",
    "Why?",
    "Perhaps.",
    "Stop!",
    "Thursday.",
    "Indeed?",
    "Thanks.",
    "Hello there.",
    "One.",
    "Ouch!",
    "Sixteenth.",
    "Goodbye.",
    "Never again.",
    "Strengths.",
    "A.",
    "Please wait.",
    "Oh dear!",
]

_Maker = Callable[[random.Random], str]


def diverse_sentences(count: int, seed: int = 1) -> list[str]:
    """Different sentences: of books, then statements, questions, numbers, codes, names.

    Args:
        count: How many; the first are the same for every count.
        seed: Of the choice of parts.
    """
    sentences = dict.fromkeys(BOOK_LINES.read_text(encoding="utf-8").splitlines())
    made = _endless(random.Random(seed))
    while len(sentences) < count:
        sentences[next(made)] = None
    return list(sentences)[:count]


def _endless(random_: random.Random) -> Iterator[str]:
    while True:
        for kind in _KINDS:
            yield kind(random_)


def _fill(template: str, random_: random.Random) -> str:
    parts: dict[str, Callable[[], object]] = {
        "{name}": lambda: random_.choice(_NAMES),
        "{surname}": lambda: random_.choice(_SURNAMES),
        "{place}": lambda: random_.choice(_PLACES),
        "{thing}": lambda: random_.choice(_THINGS),
        "{did}": lambda: random_.choice(_DEEDS),
        "{how}": lambda: random_.choice(_MANNERS),
        "{adjective}": lambda: random_.choice(_ADJECTIVES),
        "{noun}": lambda: random_.choice(_NOUNS),
        "{small}": lambda: random_.randint(2, 19),
        "{number}": lambda: random_.choice((random_.randint(20, 9999), 1066, 1_000)),
        "{big}": lambda: f"{random_.randint(10_000, 99_999_999):,}",
        "{year}": lambda: random_.randint(1605, 2035),
        "{cents}": lambda: f"{random_.randint(1, 400)}.{random_.randint(10, 99)}",
    }
    for mark, part in parts.items():
        while mark in template:
            template = template.replace(mark, str(part()), 1)
    return template[0].upper() + template[1:]


def _made_from(templates: str) -> _Maker:
    choices = templates.split("|")
    return lambda random_: _fill(random_.choice(choices), random_)


def _long(random_: random.Random) -> str:
    # About eighty words: what people write who never lift the pen.
    clauses = [
        _fill("{name} {did} {thing} in {place} {how}", random_) for _ in range(7)
    ]
    joints = (", and ", "; meanwhile ", ", although ", ", because ", " \u2014 then ")
    text = clauses[0]
    for clause in clauses[1:]:
        text += random_.choice(joints) + clause
    return text + "."


_KINDS: Final[tuple[_Maker, ...]] = (
    _made_from("{name} {did} {thing} {how}.|The {adjective} {noun} {did} {thing}."),
    _made_from(
        "Did {name} really see {thing} in {place}?|"
        "Where is the {adjective} {noun} from {place}?|"
        "Who {did} {thing}, {name} or {name}?"
    ),
    _made_from(
        "What {adjective} {noun}s!|Don't touch the {adjective} {noun}, {name}!|"
        "At last, {place}!"
    ),
    _made_from(
        "We packed {thing}, {thing}, {thing} and {thing}.|"
        "{name}, {name}, {name}, and {name} went to {place}."
    ),
    _made_from(
        "\u201cThe {noun} is {adjective},\u201d said {name}, "
        "\u201cand I like it.\u201d|"
        '"Have you seen {thing}?" asked {name} {surname}.'
    ),
    _made_from(
        "The {noun} (a rather {adjective} one) stood in {place}.|"
        "{name} \u2014 whom nobody knew \u2014 {did} {thing}."
    ),
    _made_from(
        "In {year}, {big} people lived in {place}.|"
        "It costs ${cents}, or \u20ac{small}.|"
        "The {noun} weighs {small}.5 kg and is {number} mm long.|"
        "The train leaves at {small}:45 on March {small}, {year}.|"
        "Only {small}/20 of {big} votes, or {small}%, were counted.|"
        "Call 555-0{number} between 9:30 a.m. and 17:15.|"
        "It was -{small} degrees on 2024-11-0{small}."
    ),
    lambda random_: _fill(random_.choice(_ABBREVIATED), random_),
    lambda random_: _fill(random_.choice(_CODE), random_),
    lambda random_: (
        random_.choice(_SHORT)
        if random_.random() < 0.5
        else _fill("{adjective} {noun}.", random_)
    ),
    _made_from(
        "If the {noun} were {adjective}, {name} would have {did} {thing} {how}.|"
        "Neither {name} {surname} nor the {adjective} {noun} {did} {thing}.|"
        "However {adjective} it seems, the {noun} in {place} is {adjective}: "
        "{name} {did} it {how}."
    ),
    _long,
)
