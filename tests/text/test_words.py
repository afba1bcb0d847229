"""Words, abbreviations, capitals, addresses and signs: what is said for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Say = Callable[[str], str]
TABLE = """
Mr. Smith and Mrs. Day | mister smith and missus day
Dr. Jones of Mulholland Dr. | doctor jones of mulholland drive .
St. Paul | saint paul
on Baker St. today | on baker street today
221 Baker St. London | two hundred twenty one baker street london
Mount St. Helens | mount saint helens
e.g. this, i.e. that | for example this , that is that
etc. and vs. all | et cetera and versus all
J. R. R. Tolkien | J R R tolkien
the U.S. Army | the US army
a Ph.D. student | a PHD student
Vol. 2, p. 15 | volume two , page fifteen
pp. 3-5, Fig. 3 | pages three to five , figure three
Jan. and Sept. 2020 | january and september twenty twenty
Chapter IV | chapter four
Louis XIV | louis the fourteenth
Elizabeth I, Queen | elizabeth the first , queen
World War II | world war two
act III, scene ii | act three , scene two
XX century | twentieth century
I am | i am
a CD in the MIX | a CD in the MIX
NASA and FBI | nasa and FBI
two CDs | two {S IY2 D IY1 Z}
IT and it, US and us | IT and it , US and us
JPEG | jay peg
STOP THE WAR NOW | stop the war now
foo@example.com | foo at example dot com
https://www.example.com/path | WWW dot example dot com slash path
see example.org. | see example dot org .
@user #HashTag | at user hashtag hash tag
snake_case | snake case
camelCase | camel case
HTTPServer | HTTP server
/usr/bin/env | slash USR slash bin slash env
src/main.py | SRC slash main dot PY
and/or | and or
AT&T, R&B | A T and T , R and B
C++ and C# | C plus plus and C sharp
iPhone | I phone
McDonald's | mcdonald's
rock 'n' roll | rock 'n roll
the boys' toys | the boys toys
well-known | well known
a--b | a - B
yes - no | yes - no
wait… what | wait , what
(so) | , so ,
*bold* _under_ `code` | bold under code
<b>bold</b> | bold
naïve café | naive cafe
Ｆｕｌｌ ｗｉｄｔｈ | full width
so\u200bft hy\u00adphen | soft hyphen
“quoted” ‘one’ | quoted 'one
π and Привет | pi and privet
10 £ & 5 € | ten pounds and five euros
w/o | without
🎉 party | party
"""
ROWS = [row.split(" | ") for row in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("written", "spoken"), ROWS)
def test_spoken_form(say: Say, written: str, spoken: str) -> None:
    written = written.encode().decode("unicode_escape") if "\\u" in written else written
    assert say(written) == spoken
