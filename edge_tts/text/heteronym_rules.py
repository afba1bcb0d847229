"""When a special heteronym takes its less usual reading; one predicate a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from edge_tts.text.word_context import (
    BE,
    DETERMINERS,
    HAVE,
    MODALS,
    PREPOSITIONS,
    SINGULAR_SUBJECTS,
    SUBJECTS,
    WordContext,
)
from edge_tts.text.word_list import word_set

_PAST_MARKS: Final = word_set(
    "yesterday ago last was were had did said went came saw sat stood took once "
    "earlier knew told thought found gave wrote"
)
_LEAD_METAL: Final = word_set(
    "pipe pipes paint poisoning pencil pencils acid shot bullet bullets free content "
    "roof weight weights glass mine mines ore coffin crystal"
)
_LIVE_NOUNS: Final = word_set(
    "music show shows broadcast broadcasts concert concerts performance performances "
    "stream streams audience wire wires tv television event events recording "
    "recordings coverage feed ammunition video animals bait oak album chat demo birth "
    "births steam ones today tonight"
)
_BOW_OW: Final = word_set(
    "arrow arrows tie ties string strings cello violin fiddle ribbon ribbons hair "
    "archer quiver knot"
)
_FISH: Final = word_set(
    "fish fishing fishes caught catch lake striped largemouth smallmouth sea trout pike"
)
_PATHS: Final = word_set(
    "up down around through back its his her their along round past between toward "
    "towards across into"
)
_TEARING: Final = word_set("up apart down off out it them away open at through into")
_CLOSE_BEFORE: Final = word_set(
    "very so too as how quite pretty fairly that came come comes coming get gets got "
    "getting stay stayed keep kept stand stood sat sit drew draw draws pulled held "
    "hold up stick remain remained grew become became seemed look looked pressed "
    "huddled more close dangerously equally extremely"
)
_CLOSE_AFTER: Final = word_set(
    "to by friend friends friendship behind beside together call range quarters "
    "attention relationship relationships relative relatives ties tie contact "
    "proximity enough against at race up-close look examination associate associates "
    "second shave resemblance"
)
_MINUTE_AFTER: Final = word_set(
    "detail details particle particles amount amounts quantity quantities trace "
    "traces difference differences examination fraction inspection creatures"
)
_DEGREES: Final = word_set("very so most more extremely too")


def _read(context: WordContext) -> bool:
    before = context.governor()
    if before in MODALS or context.back(1) == "to":
        return False
    if before in HAVE or before in BE or before in ("he", "she", "it", "who"):
        return True
    return context.near(_PAST_MARKS)


def _lead(context: WordContext) -> bool:
    if context.ahead(1) in _LEAD_METAL:
        return True
    return context.back(1) in ("of", "molten", "melted", "like") and (
        not context.ahead(1) or context.ahead(1) in ("and", "or")
    )


def _live(context: WordContext) -> bool:
    before, after = context.governor(), context.ahead(1)
    if before in MODALS or before in SUBJECTS:
        return False
    if after in _LIVE_NOUNS:
        return True
    if before in DETERMINERS or before in BE:
        return before != "that"
    return before in ("go", "goes", "went", "going", "broadcast", "streamed", "aired")


def _lives(context: WordContext) -> bool:
    before, after = context.governor(), context.ahead(1)
    if before in SINGULAR_SUBJECTS and before != "that":
        return False
    if before in DETERMINERS or before in PREPOSITIONS or before.endswith("'s"):
        return True
    if after in ("in", "at", "on", "with", "there", "here", "alone", "for", "by"):
        return before.endswith("s") or before in ("whose", "human", "private", "daily")
    return bool(before) or after in ("were", "are", "of", "have", "had", "matter")


def _wind(context: WordContext) -> bool:
    evidence = context.verb_evidence()
    return evidence > 1 or (evidence >= 0 and context.ahead(1) in ("up", "down"))


def _winds(context: WordContext) -> bool:
    before = context.governor()
    if before in DETERMINERS or before in PREPOSITIONS:
        return False
    return context.ahead(1) in _PATHS and before not in ("strong", "high", "cold", "")


def _tear(context: WordContext) -> bool:
    if context.back(1) == "and" and context.back(2) == "wear":
        return True
    evidence = context.verb_evidence()
    return evidence > 0 or (evidence == 0 and context.ahead(1) in _TEARING)


def _tears(context: WordContext) -> bool:
    if context.governor() in SINGULAR_SUBJECTS:
        return True
    return context.governor() not in DETERMINERS | PREPOSITIONS and context.ahead(
        1
    ) in ("apart", "up", "off", "it", "them", "the", "through")


def _close(context: WordContext) -> bool:
    before, after = context.governor(), context.ahead(1)
    if context.back(1) in _CLOSE_BEFORE or after in _CLOSE_AFTER:
        return before not in MODALS
    if before in MODALS or before in SUBJECTS:
        return False
    return before in BE or before in ("a", "my", "his", "her", "in", "with")


def _content(context: WordContext) -> bool:
    before = context.governor()
    feels = before in BE or before in ("not", "feel", "felt", "seemed", "more", "quite")
    return feels or (context.ahead(1) in ("with", "to") and before not in DETERMINERS)


def _dove(context: WordContext) -> bool:
    subject = context.governor() in SUBJECTS | SINGULAR_SUBJECTS
    return subject or context.ahead(1) in ("into", "in", "under", "off", "for", "down")


def _invalid(context: WordContext) -> bool:
    return context.governor() in DETERMINERS and context.ahead(1) in (
        "",
        "who",
        "and",
        "was",
        "is",
        "in",
        "for",
        "had",
        "mother",
        "wife",
        "father",
        "sister",
    )


def _learned(context: WordContext) -> bool:
    after = context.ahead(1)
    return (
        context.back(1) in DETERMINERS | _DEGREES
        and after not in DETERMINERS
        and after not in PREPOSITIONS
    )


def _minute(context: WordContext) -> bool:
    return context.back(1) in _DEGREES or context.ahead(1) in _MINUTE_AFTER


def _used(context: WordContext) -> bool:
    if context.ahead(1) != "to":
        return False
    if context.governor() in BE and context.ahead(2) not in (
        "it",
        "the",
        "this",
        "being",
    ):
        return context.governor() in ("get", "gets", "got", "getting")
    return True


def _wound(context: WordContext) -> bool:
    before = context.governor()
    if before in SUBJECTS or before in SINGULAR_SUBJECTS:
        return True
    return context.ahead(1) in _PATHS | DETERMINERS and before not in DETERMINERS


def _aged(context: WordContext) -> bool:
    return context.back(1) in DETERMINERS and bool(context.ahead(1))


def _august(context: WordContext) -> bool:
    return not context.written_with_capital and context.back(1) in DETERMINERS


def _name(context: WordContext) -> bool:
    return context.capitalised


RULES: Final[dict[str, Callable[[WordContext], bool]]] = {
    "aged": _aged,
    "august": _august,
    "axes": lambda context: (
        context.ahead(1) in ("of", "are") or context.back(1) == "both"
    ),
    "bases": lambda context: (
        context.back(1) in ("conceptual", "theoretical", "empirical")
    ),
    "bass": lambda context: context.near(_FISH),
    "blessed": lambda context: (
        context.back(1) in DETERMINERS and context.ahead(1) not in ("", "be", "with")
    ),
    "bow": lambda context: context.near(_BOW_OW),
    "close": _close,
    "content": _content,
    "dove": _dove,
    "invalid": _invalid,
    "lead": _lead,
    "learned": _learned,
    "live": _live,
    "lives": _lives,
    "minute": _minute,
    "moped": lambda context: context.governor() in DETERMINERS,
    "nice": lambda context: context.capitalised and context.back(1) in PREPOSITIONS,
    "polish": _name,
    "read": _read,
    "reading": lambda context: (
        context.capitalised and context.back(1) in ("in", "to", "from", "near", "at")
    ),
    "resume": lambda context: context.back(1) in DETERMINERS,
    "row": lambda context: (
        context.back(1) in ("terrible", "awful", "furious", "blazing")
    ),
    "sow": lambda context: context.back(1) in DETERMINERS,
    "tear": _tear,
    "tears": _tears,
    "used": _used,
    "wind": _wind,
    "winds": _winds,
    "wound": _wound,
}
