"""Figures: what is said for numbers, money, units, dates and times."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Say = Callable[[str], str]
TABLE = """
0 | zero
7 people | seven people
21 | twenty one
100 | one hundred
342 | three hundred forty two
1,234 | one thousand two hundred thirty four
1,234,567 | one million two hundred thirty four thousand five hundred sixty seven
1 000 000 | one million
3.14159 | three point one four one five nine
.5 | point five
0.0 | zero point zero
-5 | minus five
+7 | plus seven
±2 | plus or minus two
~40 | about forty
007 | zero zero seven
1st 2nd 3rd 21st 100th | first second third twenty first one hundredth
1,000th | one thousandth
1/2 | one half
3/4 | three quarters
2/3 | two thirds
2 1/2 cups | two and a half cups
2½ cups | two and a half cups
5/128 | five over one hundred twenty eight
24/7 | twenty four seven
10-20 | ten to twenty
5–7 | five to seven
1914-1918 | nineteen fourteen to nineteen eighteen
1914–18 | nineteen fourteen to eighteen
12345678901234 | one two three four five six seven eight nine zero one two three four
2bn people | two billion people
10^-6 | ten to the power of minus six
6.02e23 | six point zero two times ten to the power of twenty three
x² | X squared
1920x1080 | nineteen twenty by ten eighty
3 × 4 | three by four
16:9 | sixteen to nine
3.11.7 | three point eleven point seven
192.168.0.1 | one hundred ninety two dot one hundred sixty eight dot zero dot one
555-1234 | five five five one two three four
(555) 123-4567 | five five five one two three four five six seven
+1 555 123 4567 | plus one five five five one two three four five six seven
1-800-555-0199 | one eight zero zero five five five zero one nine nine
1066 | one thousand sixty six
1812 | eighteen twelve
1900 | nineteen hundred
1905 | nineteen oh five
2000 | two thousand
2007 | two thousand seven
2024 | twenty twenty four
1990s | nineteen nineties
'90s | nineties
the 20s | the twenties
30s timeout | thirty seconds timeout
2 + 2 = 4 | two plus two equals four
5 < 6 | five is less than six
3*4 | three times four
#5 | number five
No. 7 | number seven
$1 | one dollar
$1.50 | one dollar and fifty cents
$0.99 | ninety nine cents
$1,234.56 | one thousand two hundred thirty four dollars and fifty six cents
£3m | three million pounds
€20 million | twenty million euros
$3.5 billion | three point five billion dollars
€1.2m | one point two million euros
20€ | twenty euros
50¢ | fifty cents
5 USD | five US dollars
US$20 | twenty US dollars
$5-10 | five to ten dollars
50% | fifty percent
3.5 % | three point five percent
5-10% | five to ten percent
5 km | five kilometers
1 km | one kilometer
20 km/h | twenty kilometers per hour
60 mph | sixty miles per hour
20°C | twenty degrees celsius
98.6 °F | ninety eight point six degrees fahrenheit
1.5 GB | one point five gigabytes
100 Mbps | one hundred megabits per second
5 m² | five square meters
3 kWh | three kilowatt hours
5 mg/L | five milligrams per liter
10 ms | ten milliseconds
5'10" | five foot ten
6 ft | six feet
10:30 | ten thirty
9:05 | nine oh five
12:00 | twelve o'clock
14:00 | fourteen hundred
00:00 | midnight
10:30 a.m. today | ten thirty AM today
5pm | five PM
3.30pm | three thirty PM
10:30:15 | ten thirty and fifteen seconds
2024-03-15 | march fifteenth twenty twenty four
3/15/2024 | march fifteenth twenty twenty four
15.03.2024 | march fifteenth twenty twenty four
March 3, 2024 | march third twenty twenty four
3 March 2024 | the third of march twenty twenty four
the 4th of July | the fourth of july
July 4th | july fourth
Dec. 25th | december twenty fifth
May 1945 | may nineteen forty five
Mon. 5 May | monday the fifth of may
MP3 | MP three
x86 | X eighty six
A380 | a three eighty
COVID-19 | covid nineteen
k8s | K eight S
4K and 5G | four K and five G
20-year-old | twenty year old
"""
ROWS = [row.split(" | ") for row in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("written", "spoken"), ROWS)
def test_spoken_form(say: Say, written: str, spoken: str) -> None:
    assert say(written) == spoken


def test_figures_beyond_any_name_are_read_digit_by_digit(say: Say) -> None:
    assert say("1" * 50) == " ".join(["one"] * 50)


@pytest.mark.parametrize(
    "text", ["13/13/2020", "2024-13-45", "25:00", "12:60", "1.2.3.4.5"]
)
def test_impossible_dates_and_times_are_still_read(say: Say, text: str) -> None:
    assert len(say(text).split()) >= 3
