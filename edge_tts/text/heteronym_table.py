"""Spellings with two sounds. First reading: noun or adjective; second: verb."""

from __future__ import annotations

from typing import Final

from edge_tts.text.word_list import word_set

Phonemes = tuple[str, ...]

_STRESS_PAIRS: Final = """
abstract AE1 B S T R AE2 K T | AE0 B S T R AE1 K T
addict AE1 D IH2 K T | AH0 D IH1 K T
address AE1 D R EH2 S | AH0 D R EH1 S
affect AE1 F EH0 K T | AH0 F EH1 K T
ally AE1 L AY0 | AH0 L AY1
annex AE1 N EH2 K S | AH0 N EH1 K S
attribute AE1 T R AH0 B Y UW2 T | AH0 T R IH1 B Y UW2 T
combat K AA1 M B AE0 T | K AH0 M B AE1 T
combine K AA1 M B AY0 N | K AH0 M B AY1 N
commune K AA1 M Y UW0 N | K AH0 M Y UW1 N
compound K AA1 M P AW0 N D | K AH0 M P AW1 N D
compress K AA1 M P R EH0 S | K AH0 M P R EH1 S
concert K AA1 N S ER0 T | K AH0 N S ER1 T
conduct K AA1 N D AH0 K T | K AH0 N D AH1 K T
confine K AA1 N F AY2 N | K AH0 N F AY1 N
conflict K AA1 N F L IH0 K T | K AH0 N F L IH1 K T
conscript K AA1 N S K R IH2 P T | K AH0 N S K R IH1 P T
console K AA1 N S OW0 L | K AH0 N S OW1 L
consort K AA1 N S AO2 R T | K AH0 N S AO1 R T
construct K AA1 N S T R AH0 K T | K AH0 N S T R AH1 K T
contest K AA1 N T EH0 S T | K AH0 N T EH1 S T
contract K AA1 N T R AE2 K T | K AH0 N T R AE1 K T
contrast K AA1 N T R AE0 S T | K AH0 N T R AE1 S T
converse K AA1 N V ER0 S | K AH0 N V ER1 S
convert K AA1 N V ER0 T | K AH0 N V ER1 T
convict K AA1 N V IH0 K T | K AH0 N V IH1 K T
decrease D IY1 K R IY2 S | D IH0 K R IY1 S
defect D IY1 F EH0 K T | D IH0 F EH1 K T
desert D EH1 Z ER0 T | D IH0 Z ER1 T
digest D AY1 JH EH0 S T | D AY0 JH EH1 S T
discharge D IH1 S CH AA2 R JH | D IH0 S CH AA1 R JH
discount D IH1 S K AW0 N T | D IH0 S K AW1 N T
entrance EH1 N T R AH0 N S | EH0 N T R AE1 N S
escort EH1 S K AO0 R T | EH0 S K AO1 R T
excerpt EH1 K S ER0 P T | EH0 K S ER1 P T
exploit EH1 K S P L OY2 T | EH2 K S P L OY1 T
export EH1 K S P AO0 R T | IH0 K S P AO1 R T
extract EH1 K S T R AE2 K T | IH0 K S T R AE1 K T
ferment F ER1 M EH0 N T | F ER0 M EH1 N T
frequent F R IY1 K W AH0 N T | F R IY0 K W EH1 N T
implant IH1 M P L AE2 N T | IH2 M P L AE1 N T
import IH1 M P AO2 R T | IH2 M P AO1 R T
impact IH1 M P AE0 K T | IH2 M P AE1 K T
imprint IH1 M P R IH0 N T | IH2 M P R IH1 N T
incense IH1 N S EH2 N S | IH2 N S EH1 N S
incline IH1 N K L AY0 N | IH2 N K L AY1 N
increase IH1 N K R IY2 S | IH2 N K R IY1 S
insert IH1 N S ER2 T | IH2 N S ER1 T
insult IH1 N S AH2 L T | IH2 N S AH1 L T
object AA1 B JH EH0 K T | AH0 B JH EH1 K T
overlap OW1 V ER0 L AE2 P | OW2 V ER0 L AE1 P
perfect P ER1 F IH2 K T | P ER0 F EH1 K T
perfume P ER1 F Y UW2 M | P ER0 F Y UW1 M
permit P ER1 M IH2 T | P ER0 M IH1 T
pervert P ER1 V ER0 T | P ER0 V ER1 T
present P R EH1 Z AH0 N T | P R IY0 Z EH1 N T
proceed P R OW1 S IY0 D | P R AH0 S IY1 D
produce P R OW1 D UW0 S | P R AH0 D UW1 S
progress P R AA1 G R EH2 S | P R AH0 G R EH1 S
project P R AA1 JH EH0 K T | P R AH0 JH EH1 K T
protest P R OW1 T EH2 S T | P R AH0 T EH1 S T
rebel R EH1 B AH0 L | R IH0 B EH1 L
recall R IY1 K AO2 L | R IH0 K AO1 L
record R EH1 K ER0 D | R IH0 K AO1 R D
recount R IY1 K AW2 N T | R IH0 K AW1 N T
refill R IY1 F IH0 L | R IY0 F IH1 L
refund R IY1 F AH2 N D | R IH0 F AH1 N D
refuse R EH1 F Y UW2 Z | R IH0 F Y UW1 Z
reject R IY1 JH EH0 K T | R IH0 JH EH1 K T
reprint R IY1 P R IH2 N T | R IY0 P R IH1 N T
research R IY1 S ER0 CH | R IY0 S ER1 CH
rewrite R IY1 R AY2 T | R IY0 R AY1 T
segment S EH1 G M AH0 N T | S EH2 G M EH1 N T
subject S AH1 B JH IH0 K T | S AH0 B JH EH1 K T
survey S ER1 V EY2 | S ER0 V EY1
suspect S AH1 S P EH2 K T | S AH0 S P EH1 K T
torment T AO1 R M EH2 N T | T AO0 R M EH1 N T
transfer T R AE1 N S F ER0 | T R AE0 N S F ER1
transplant T R AE1 N S P L AE2 N T | T R AE0 N S P L AE1 N T
transport T R AE1 N S P AO0 R T | T R AE0 N S P AO1 R T
traverse T R AE1 V ER0 S | T R AH0 V ER1 S
update AH1 P D EY2 T | AH0 P D EY1 T
upgrade AH1 P G R EY2 D | AH0 P G R EY1 D
upset AH1 P S EH2 T | AH0 P S EH1 T
"""

_ATE_PAIRS: Final = """
advocate AE1 D V AH0 K AH0 T | AE1 D V AH0 K EY2 T
affiliate AH0 F IH1 L IY0 AH0 T | AH0 F IH1 L IY0 EY2 T
aggregate AE1 G R AH0 G AH0 T | AE1 G R AH0 G EY2 T
alternate AO1 L T ER0 N AH0 T | AO1 L T ER0 N EY2 T
animate AE1 N AH0 M AH0 T | AE1 N AH0 M EY2 T
appropriate AH0 P R OW1 P R IY0 AH0 T | AH0 P R OW1 P R IY0 EY2 T
approximate AH0 P R AA1 K S AH0 M AH0 T | AH0 P R AA1 K S AH0 M EY2 T
articulate AA0 R T IH1 K Y AH0 L AH0 T | AA0 R T IH1 K Y AH0 L EY2 T
associate AH0 S OW1 S IY0 AH0 T | AH0 S OW1 S IY0 EY2 T
coordinate K OW0 AO1 R D AH0 N AH0 T | K OW0 AO1 R D AH0 N EY2 T
degenerate D IH0 JH EH1 N ER0 AH0 T | D IH0 JH EH1 N ER0 EY2 T
delegate D EH1 L AH0 G AH0 T | D EH1 L AH0 G EY2 T
deliberate D IH0 L IH1 B ER0 AH0 T | D IH0 L IH1 B ER0 EY2 T
designate D EH1 Z IH0 G N AH0 T | D EH1 Z IH0 G N EY2 T
desolate D EH1 S AH0 L AH0 T | D EH1 S AH0 L EY2 T
duplicate D UW1 P L AH0 K AH0 T | D UW1 P L AH0 K EY2 T
elaborate IH0 L AE1 B R AH0 T | IH0 L AE1 B ER0 EY2 T
estimate EH1 S T AH0 M AH0 T | EH1 S T AH0 M EY2 T
graduate G R AE1 JH AH0 W AH0 T | G R AE1 JH AH0 W EY2 T
initiate IH2 N IH1 SH IY0 AH0 T | IH2 N IH1 SH IY0 EY2 T
intimate IH1 N T AH0 M AH0 T | IH1 N T AH0 M EY2 T
laminate L AE1 M AH0 N AH0 T | L AE1 M AH0 N EY2 T
moderate M AA1 D ER0 AH0 T | M AA1 D ER0 EY2 T
postulate P AA1 S CH AH0 L AH0 T | P AA1 S CH AH0 L EY2 T
precipitate P R IH0 S IH1 P IH0 T AH0 T | P R IH0 S IH1 P IH0 T EY2 T
predicate P R EH1 D IH0 K AH0 T | P R EH1 D AH0 K EY2 T
separate S EH1 P ER0 AH0 T | S EH1 P ER0 EY2 T
subordinate S AH0 B AO1 R D AH0 N AH0 T | S AH0 B AO1 R D AH0 N EY2 T
syndicate S IH1 N D IH0 K AH0 T | S IH1 N D AH0 K EY2 T
"""

_VOICING_PAIRS: Final = """
abuse AH0 B Y UW1 S | AH0 B Y UW1 Z
diffuse D IH0 F Y UW1 S | D IH0 F Y UW1 Z
excuse IH0 K S K Y UW1 S | IH0 K S K Y UW1 Z
house HH AW1 S | HH AW1 Z
misuse M IH0 S Y UW1 S | M IH0 S Y UW1 Z
mouth M AW1 TH | M AW1 DH
use Y UW1 S | Y UW1 Z
"""

MOSTLY_VERBS: Final = word_set(
    "affect commune confine consort construct convert exploit frequent proceed "
    "produce recall recount refuse traverse upset diffuse alternate articulate "
    "associate degenerate designate initiate animate postulate precipitate coordinate "
    "deliberate use graduate misuse excuse frequent combine reject extract insert "
    "compress conduct"
) - {"frequent", "deliberate", "conduct", "use"}
"""Where the words around say nothing."""

SPECIAL: Final = {
    "bass": ("B EY1 S", "B AE1 S"),
    "bow": ("B AW1", "B OW1"),
    "close": ("K L OW1 Z", "K L OW1 S"),
    "content": ("K AA1 N T EH0 N T", "K AH0 N T EH1 N T"),
    "dove": ("D AH1 V", "D OW1 V"),
    "invalid": ("IH2 N V AE1 L AH0 D", "IH1 N V AH0 L AH0 D"),
    "lead": ("L IY1 D", "L EH1 D"),
    "learned": ("L ER1 N D", "L ER1 N IH0 D"),
    "live": ("L IH1 V", "L AY1 V"),
    "lives": ("L IH1 V Z", "L AY1 V Z"),
    "minute": ("M IH1 N AH0 T", "M AY0 N UW1 T"),
    "moped": ("M OW1 P T", "M OW1 P EH2 D"),
    "nice": ("N AY1 S", "N IY1 S"),
    "polish": ("P AA1 L IH0 SH", "P OW1 L IH0 SH"),
    "read": ("R IY1 D", "R EH1 D"),
    "reading": ("R IY1 D IH0 NG", "R EH1 D IH0 NG"),
    "resume": ("R IH0 Z UW1 M", "R EH1 Z AH0 M EY2"),
    "row": ("R OW1", "R AW1"),
    "sow": ("S OW1", "S AW1"),
    "tear": ("T IH1 R", "T EH1 R"),
    "tears": ("T IH1 R Z", "T EH1 R Z"),
    "used": ("Y UW1 Z D", "Y UW1 S T"),
    "wind": ("W IH1 N D", "W AY1 N D"),
    "winds": ("W IH1 N D Z", "W AY1 N D Z"),
    "wound": ("W UW1 N D", "W AW1 N D"),
    "aged": ("EY1 JH D", "EY1 JH IH0 D"),
    "august": ("AO1 G AH0 S T", "AO0 G AH1 S T"),
    "blessed": ("B L EH1 S T", "B L EH1 S IH0 D"),
    "axes": ("AE1 K S IH0 Z", "AE1 K S IY2 Z"),
    "bases": ("B EY1 S IH0 Z", "B EY1 S IY2 Z"),
}
"""Usual reading, other reading; ``heteronym_rules`` holds when the other one holds."""


def read_pairs(*tables: str) -> dict[str, tuple[Phonemes, Phonemes]]:
    """Parse the tables."""
    pairs: dict[str, tuple[Phonemes, Phonemes]] = {}
    for table in tables:
        for line in table.strip().splitlines():
            word, sounds = line.split(" ", 1)
            noun, verb = sounds.split(" | ")
            pairs[word] = (tuple(noun.split()), tuple(verb.split()))
    return pairs


def noun_verb_pairs() -> dict[str, tuple[Phonemes, Phonemes]]:
    """Word -> (sound as noun or adjective, sound as verb)."""
    return read_pairs(_STRESS_PAIRS, _ATE_PAIRS, _VOICING_PAIRS)
