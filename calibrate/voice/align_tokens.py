"""Tokens of a whole transcript, which may hold several sentences."""

from __future__ import annotations

from calibrate.voice.align_units import Token
from edge_tts.text.frontend import Frontend
from edge_tts.text.phonemes import SILENCE


def transcript_tokens(frontend: Frontend, text: str) -> list[Token]:
    """Join all utterances of ``text``: one leading silence, inner stops kept."""
    tokens: list[Token] = []
    for utterance in frontend.utterances(text):
        for token in utterance.tokens:
            if token.symbol == SILENCE and tokens:
                continue
            tokens.append((token.symbol, token.stress, token.word_position))
    return tokens
