"""Owns SentenceKeys: the name of a sentence's audio, made of all that it depends on."""

from __future__ import annotations

import hashlib
import json

from edge_tts.narrate.job_pins import JobPins, voice_digest
from edge_tts.narrate.lexicon_use import LexiconUse
from edge_tts.narrate.sentence import Sentence

KEY_VERSION = 1
"""Raised when this package makes other samples of the same sentence."""


class SentenceKeys:
    """Computes keys: equal keys have equal samples, on every machine."""

    def __init__(self, pins: JobPins, lexicon: LexiconUse, base_seed: int) -> None:
        self._voices = {name: voice_digest(pins, name) for name in pins.voices}
        self._lexicon = lexicon
        self._base_seed = base_seed

    def key(self, sentence: Sentence, seed: int | None) -> tuple[str, int]:
        """Key and seed of a sentence.

        Args:
            sentence: Its pause is not part of the key: pauses are made when joining.
            seed: A seed of its own, or None.
        """
        chosen = self._base_seed if seed is None else seed
        facts = [
            KEY_VERSION,
            self._voices[sentence.voice],
            sentence.text,
            sentence.spans,
            self._lexicon.entries(f"{sentence.text} {sentence.spans}"),
            round(sentence.speed, 6),
            round(sentence.pitch, 6),
            round(sentence.volume, 6),
            chosen,
        ]
        value = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16)
        return digest.hexdigest(), chosen
