"""Entries that replace or complete those of the CMU Pronouncing Dictionary."""

from __future__ import annotations

from typing import Final

CORRECTIONS: Final = {
    # The reading of the letter comes first there.
    "a": "AH0",
    "messrs": "M EH1 S ER0 Z",
    "ms": "M IH1 Z",
    "o'clock": "AH0 K L AA1 K",
    "oh": "OW1",
    "e'er": "EH1 R",
    "ne'er": "N EH1 R",
    "o'er": "AO1 R",
    "'em": "AH0 M",
    "ma'am": "M AE1 M",
    # The first variant there means something else or is rare.
    "putting": "P UH1 T IH0 NG",
    "route": "R UW1 T",
    "whats": "W AH1 T S",
    # Younger than the dictionary.
    "acai": "AA2 S AA2 IY1",
    "alexa": "AH0 L EH1 K S AH0",
    "anime": "AE1 N AH0 M EY2",
    "chatgpt": "CH AE1 T JH IY2 P IY2 T IY1",
    "covid": "K OW1 V IH0 D",
    "crypto": "K R IH1 P T OW0",
    "emoji": "IH0 M OW1 JH IY0",
    "emojis": "IH0 M OW1 JH IY0 Z",
    "gigabyte": "G IH1 G AH0 B AY2 T",
    "gigabytes": "G IH1 G AH0 B AY2 T S",
    "github": "G IH1 T HH AH2 B",
    "jetson": "JH EH1 T S AH0 N",
    "json": "JH EY1 S AH0 N",
    "kilohertz": "K IH1 L AH0 HH ER2 T S",
    "kubernetes": "K UW2 B ER0 N EH1 T IY0 Z",
    "latte": "L AA1 T EY2",
    "linux": "L IH1 N AH0 K S",
    "meme": "M IY1 M",
    "memes": "M IY1 M Z",
    "numpy": "N AH1 M P AY2",
    "podcast": "P AA1 D K AE2 S T",
    "pytorch": "P AY1 T AO2 R CH",
    "quinoa": "K IY1 N W AA2",
    "sudo": "S UW1 D UW0",
    "terabyte": "T EH1 R AH0 B AY2 T",
    "terabytes": "T EH1 R AH0 B AY2 T S",
    "tiktok": "T IH1 K T AA2 K",
    "ubuntu": "UW0 B UW1 N T UW0",
    "vlogger": "V L AO1 G ER0",
    "wikipedia": "W IH2 K IY0 P IY1 D IY0 AH0",
    "youtube": "Y UW1 T UW2 B",
}
