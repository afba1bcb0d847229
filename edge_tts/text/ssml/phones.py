"""IPA, X-SAMPA and ARPAbet to the phonemes of the voices."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from edge_tts.errors import TextError
from edge_tts.text.inline_phonemes import parse_phonemes
from edge_tts.text.phonemes import VOWELS
from edge_tts.text.word_list import word_list


def _table(text: str) -> dict[str, str]:
    words = word_list(text)
    return {
        sign: name.replace("+", " ")
        for sign, name in zip(words[::2], words[1::2], strict=True)
    }


_IPA: Final = _table(
    """
    a\u026a AY  \u0251\u026a AY  a\u028a AW  \u0251\u028a AW  \u00e6\u028a AW
    e\u026a EY  \u025b\u026a EY  o\u028a OW  \u0259\u028a OW  \u0254\u026a OY
    o\u026a OY  \u026a\u0259 IH+R  e\u0259 EH+R  \u025b\u0259 EH+R  \u028a\u0259 UH+R
    i IY  \u026a IH  \u0268 IH  e EH  \u025b EH  \u00e6 AE  a AA  \u0251 AA  \u0252 AA
    \u0254 AO  o OW  \u028a UH  u UW  \u0289 UW  y UW  \u028c AH  \u0259 AH  \u0250 AH
    \u025c ER  \u025d ER  \u025a ER  p P  b B  t T  d D  k K  g G  \u0261 G  t\u0283 CH
    \u02a7 CH  d\u0292 JH  \u02a4 JH  f F  v V  \u03b8 TH  \u00f0 DH  s S  z Z
    \u0283 SH  \u0292 ZH  h HH  x K  m M  n N  \u014b NG  l L  \u026b L  r R  \u0279 R
    \u027b R  \u027e T  \u0280 R  \u0281 R  j Y  w W  \u028d W  \u0294 T  \u00e7 SH
    """
)
_XSAMPA: Final = _table(
    """
    aI AY  AI AY  aU AW  AU AW  eI EY  EI EY  oU OW  @U OW  OI OY  oI OY  I@ IH+R
    e@ EH+R  E@ EH+R  U@ UH+R  i IY  I IH  1 IH  e EH  E EH  { AE  a AA  A AA  Q AA
    O AO  o OW  U UH  u UW  } UW  y UW  V AH  @ AH  6 AH  3 ER  3` ER  @` ER  r\\ R
    p P  b B  t T  d D  k K  g G  tS CH  dZ JH  f F  v V  T TH  D DH  s S  z Z  S SH
    Z ZH  h HH  x K  m M  n N  N NG  l L  5 L  r R  4 T  R R  j Y  w W  W W  ? T  C SH
    """
)
_IPA_STRESS: Final = {"\u02c8": 1, "'": 1, "\u02cc": 2, ",": 2}
_XSAMPA_STRESS: Final = {'"': 1, "'": 1, "%": 2}
_IPA_IGNORED: Final = frozenset(
    "\u02d0\u02d1.\u203f\u0361\u035c\u0329\u032f\u02b0\u0303\u02de()[]/"
)
_XSAMPA_IGNORED: Final = frozenset(":.-=_^()[]/")
_SPACE: Final = re.compile(r"\s+")


def arpabet_of(alphabet: str, phones: str) -> str:
    """ARPAbet with stress digits, ``|`` between words.

    Args:
        alphabet: ``ipa``, ``x-sampa`` or ``arpabet``, as SSML names it; empty is IPA.
        phones: In that alphabet.

    Raises:
        TextError: The alphabet or a phone is unknown; the message names it.
    """
    name = alphabet.strip().lower().removeprefix("x-")
    if name in ("arpabet", "cmu", "cmudict"):
        words = [part for part in phones.split("|") if part.strip()]
        return " | ".join([" ".join(parse_phonemes(word)) for word in words])
    if name in ("", "ipa"):
        table, stress, ignored = _IPA, _IPA_STRESS, _IPA_IGNORED
        phones = unicodedata.normalize("NFD", phones).replace("c\u0327", "\u00e7")
    elif name == "sampa":
        table, stress, ignored = _XSAMPA, _XSAMPA_STRESS, _XSAMPA_IGNORED
    else:
        raise TextError(
            f"expected the alphabet ipa, x-sampa or arpabet, got {alphabet!r}"
        )
    words = []
    for word in _SPACE.split(phones.strip()):
        found = _word(word, table, stress, ignored)
        if found:
            words.append(" ".join(found))
    return " | ".join(words)


def _word(
    word: str, table: dict[str, str], stress: dict[str, int], ignored: frozenset[str]
) -> list[str]:
    found: list[str] = []
    mark = 0
    is_marked = any(sign in word for sign in stress)
    position = 0
    # A tie joins two letters to one phone.
    word = word.replace("\u0361", "").replace("\u035c", "")
    while position < len(word):
        sign = word[position]
        if sign in stress:
            mark = stress[sign]
            position += 1
            continue
        for size in (2, 1):
            names = table.get(word[position : position + size])
            if names is not None:
                break
        if names is None:
            if sign not in ignored:
                raise TextError(f"{sign!r} in {word!r} is no known phone")
            position += 1
            continue
        position += size
        for name in names.split():
            if name in VOWELS:
                name, mark = f"{name}{mark}", 0
            # A vowel coloured by r is one phoneme: "ER", not "ER R".
            if not (name == "R" and found and found[-1].startswith("ER")):
                found.append(name)
    if not is_marked:
        _stress_first(found)
    return found


def _stress_first(phonemes: list[str]) -> None:
    """A word without any mark is stressed on its first full vowel."""
    vowels = [i for i, name in enumerate(phonemes) if name[-1].isdigit()]
    full = [i for i in vowels if phonemes[i] != "AH0"] or vowels
    if full:
        phonemes[full[0]] = phonemes[full[0]][:-1] + "1"
