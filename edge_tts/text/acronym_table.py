"""Capitals: which are read as words, which are named letter by letter."""

from __future__ import annotations

from typing import Final

from edge_tts.text.word_list import word_set

SPOKEN_AS_WORDS: Final = word_set(
    "nasa nato unesco unicef opec nafta fifa ikea laser radar scuba sonar aids sars "
    "covid swat darpa potus scotus nascar moma noaa osha ram rom lan wan nand cad "
    "raid gif sim pin spam captcha ascii unix linux basic cobol fortran lisp ajax "
    "cern hamas asean brexit mensa nimby yolo lol"
)
SPELLED: Final = word_set(
    "us it is am an as at be by do go he if in me my no of on or so to up we id ip "
    "ai et ad ed pm tv pc cd dc la ny uk eu un ok ac dj md ma ba who pa pr hr er "
    "vat"
) - word_set("as at be by do go he if in is me my no of on or so to up we")
"""Words of the lexicon that in capitals stand for their letters."""

SHORT_WORDS: Final = word_set(
    "a i an am as at be by do go he if in is it me my no of on or so to up us we oh "
    "ok the and for are but not you all any can had her was one our out day get has "
    "him his how man new now old see two way who boy did its let put say she too "
    "use yes yet far off own red big end few got bad ask why try men war law god "
    "sir die sea sun top car buy cut eye run set sit win ten six act add age ago "
    "air arm art bed box cry dog eat fly fun gun hit hot ice job key kid lay leg "
    "lie lot low map mom dad may met net oil pay per pop raw row sad sky son tax "
    "tea tie toy van via wet won zoo ever free stop love sale open help wait stay "
    "good real must note part page"
)
"""Short words that stay words when a text shouts."""

SPECIAL: Final = {
    "ieee": "I triple E.",
    "jpeg": "jay peg",
    "jpg": "jay peg",
    "mpeg": "M. peg",
    "phd": "phd.",
    "sql": "S Q L.",
    "www": "W W W.",
    "covid": "covid",
    "wifi": "why fie",
    "ios": "I O S.",
    "ok": "okay",
    "usb": "usb.",
    "aka": "aka.",
    "faq": "faq.",
    "asap": "asap.",
    "diy": "diy.",
    "suv": "suv.",
    "iphone": "I. phone",
    "ipad": "I. pad",
    "ebay": "E. bay",
    "macos": "mack O. S.",
}
"""Read in their own way, whatever their case."""
