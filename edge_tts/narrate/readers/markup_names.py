"""What the elements of HTML mean for reading aloud."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from edge_tts.text.span import Emphasis
from edge_tts.text.word_list import word_set

VOID: Final = word_set(
    "area base br col embed hr img input link meta param source track wbr"
)
SILENT: Final = word_set(
    "head script style template noscript svg object iframe audio video canvas map "
    "select button datalist progress meter rp rt rtc applet dialog xmp noembed "
    "noframes textarea"
)
"""Their content is not read."""
BLOCKS: Final = word_set(
    "html body p div section article aside main header footer h1 h2 h3 h4 h5 h6 hgroup "
    "ul ol li dl dt dd blockquote pre address figure figcaption table caption thead "
    "tbody tfoot tr center form fieldset legend details summary menu dir nav listing"
)
"""They start and end a paragraph."""
CELLS: Final = word_set("td th")
HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
EMPHASIS: Final = {
    "em": Emphasis.MODERATE,
    "i": Emphasis.MODERATE,
    "cite": Emphasis.MODERATE,
    "dfn": Emphasis.MODERATE,
    "strong": Emphasis.STRONG,
    "b": Emphasis.STRONG,
    "small": Emphasis.REDUCED,
}
NOTE_CALLS: Final = word_set("noteref doc-noteref annoref")
NOTES: Final = word_set(
    "footnote endnote rearnote note doc-footnote doc-endnote annotation"
)
NOTE_SECTIONS: Final = word_set("footnotes endnotes rearnotes doc-endnotes")
BACKLINKS: Final = word_set("backlink doc-backlink referrer")
PAGE_BREAKS: Final = word_set("pagebreak doc-pagebreak")
CONTENTS: Final = word_set(
    "toc page-list landmarks lot loi lov loa doc-toc doc-pagelist"
)
PAGE_WORDS: Final = word_set("pagenum pagenums pageno pagenumber")
VERSE_WORDS: Final = word_set("poem poetry verse stanza lyric lyrics linegroup")
CODE_WORDS: Final = word_set("code highlight programlisting screen sourcecode")
RULE_WORDS: Final = word_set("footnotes endnotes pagebreak pagenum")
"""Of a rule that parts no scenes."""
NOTE_WORDS: Final = word_set("footnotes endnotes")
LICENCE_WORDS: Final = word_set("pgheader pgfooter pgboilerplate")
_LETTERS: Final = re.compile("[a-z]+")


def roles(attributes: Mapping[str, str]) -> frozenset[str]:
    """The words of ``epub:type`` and ``role``."""
    found = attributes.get("role", "")
    for name in ("epub:type", "ops:type"):
        found += " " + attributes.get(name, "")
    return frozenset(found.lower().split())


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether the author hides the element from readers."""
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden", "").strip().lower() == "true"
        or "display:none" in attributes.get("style", "").replace(" ", "").lower()
    )


def has_class(attributes: Mapping[str, str], words: frozenset[str]) -> bool:
    """Whether a class or role of the element has one of ``words`` in it."""
    named = attributes.get("class", "") + " " + attributes.get("epub:type", "")
    return len(named) > 1 and not words.isdisjoint(_LETTERS.findall(named.lower()))
