"""Turns messages of speech-dispatcher into SSML that the text layer reads."""

from __future__ import annotations

import re
from typing import Final
from xml.sax.saxutils import escape, unescape

from edge_tts.serve.speechd.client_settings import ClientSettings
from edge_tts.text.symbol_names import spelled

_PARTS: Final = re.compile(r"<[^>]*>|[^<]+|<")
_TAGS: Final = re.compile(r"<[^>]*>")
_SOME: Final = frozenset("#$%&*+/<=>@^_|~\\{}[]`")
_MOST: Final = _SOME | frozenset('()-:;"\u2013\u2014')
_SPOKEN: Final = {
    "none": frozenset[str](),
    "some": _SOME,
    "most": _MOST,
    "all": _MOST | frozenset(".,!?'"),
}
# Beside their names they still part the sentence.
_PAUSING: Final = frozenset(".,;:!?")


def message_ssml(text: str, settings: ClientSettings) -> str:
    """A message: SSML already, whose text may be spelled or have its signs named."""
    if "<speak" not in text:
        text = f"<speak>{escape(text)}</speak>"
    signs = _SPOKEN[settings.punctuation]
    if not signs and not settings.spells:
        return text

    def changed(part: str) -> str:
        if part.startswith("<"):
            return part
        words = unescape(part, {"&quot;": '"', "&apos;": "'"})
        if settings.spells and words.strip():
            return _characters(words)
        return escape(_with_names(words, signs))

    return "".join(changed(match.group()) for match in _PARTS.finditer(text))


def plain_text(text: str) -> str:
    """What is left of a message whose markup cannot be understood."""
    without = unescape(_TAGS.sub(" ", text), {"&quot;": '"', "&apos;": "'"})
    return f"<speak>{escape(without)}</speak>"


def character_ssml(text: str, settings: ClientSettings) -> str:
    """One character by its name."""
    if not text.strip():
        return "<speak>space</speak>"
    prefix = "capital " if settings.tells_capitals and text.isupper() else ""
    return f"<speak>{prefix}{_characters(text)}</speak>"


def key_ssml(name: str, settings: ClientSettings) -> str:
    """A key such as ``control_c``: the names of all that are held."""
    parts = [part for part in name.split("_") if part] or [name]
    return (
        "<speak>"
        + " ".join(
            _characters(part) if len(part) == 1 else escape(part.replace("-", " "))
            for part in parts
        )
        + "</speak>"
    )


def icon_ssml(name: str) -> str:
    """A sound icon by its name."""
    return f"<speak>{escape(re.sub('[-_]+', ' ', name))}</speak>"


def _characters(text: str) -> str:
    return f'<say-as interpret-as="characters">{escape(text)}</say-as>'


def _with_names(text: str, signs: frozenset[str]) -> str:
    named = []
    for character in text:
        if character in signs:
            words = " ".join(word.text for word in spelled(character))
            pause = character if character in _PAUSING else ""
            named.append(f" {words}{pause} ")
        else:
            named.append(character)
    return "".join(named)
