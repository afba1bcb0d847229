from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_tts.text import Frontend
from edge_tts.text.clean_text import clean_text
from edge_tts.text.normalizer import normalize


def _say(text: str) -> str:
    """Words and pauses that the normaliser finds; letters to be named in capitals."""
    said: list[str] = []
    for item in normalize(clean_text(text, 0).text):
        said += [item.pause] if item.pause else []
        for word in item.words:
            if word.phonemes:
                said.append("{" + " ".join(word.phonemes) + "}")
            else:
                said.append(word.text.upper() if word.spelled else word.text)
    return " ".join(said)


@pytest.fixture(scope="session")
def say() -> Callable[[str], str]:
    return _say


@pytest.fixture(scope="session")
def frontend() -> Frontend:
    return Frontend()
