"""Heteronyms, articles, derivatives, unknown words."""

from __future__ import annotations

import time

import pytest

from edge_tts.errors import TextError
from edge_tts.text import Frontend
from edge_tts.text.heteronym_table import SPECIAL, noun_verb_pairs
from edge_tts.text.letter_to_sound import LetterToSound
from edge_tts.text.lexicon import Lexicon
from edge_tts.text.morphology import derive

CASES = """
I read it every day | read | R IY D
I read it yesterday | read | R EH D
She has read it | read | R EH D
to read a book | read | R IY D
the lead pipe | lead | L EH D
they lead the way | lead | L IY D
we live here | live | L IH V
a live show | live | L AY V
he lives here | lives | L IH V Z
their lives matter | lives | L AY V Z
the wind blows | wind | W IH N D
wind up the clock | wind | W AY N D
a tear fell | tear | T IH R
tear it down | tear | T EH R
he shot a bow and arrow | bow | B OW
take a bow | bow | B AW
close the door | close | K L OW Z
she is close to me | close | K L OW S
the use of tools | use | Y UW S
use the tools | use | Y UW Z
I used to go | used | Y UW S T
I used the tools | used | Y UW Z D
an object fell | object | AA B JH EH K T
we object to it | object | AH B JH EH K T
the record shows | record | R EH K ER D
to record a song | record | R IH K AO R D
a present for you | present | P R EH Z AH N T
they present a plan | present | P R IY Z EH N T
please separate them | separate | S EH P ER EY T
a separate room | separate | S EH P ER AH T
bass fishing | bass | B AE S
the bass guitar | bass | B EY S
a minute later | minute | M IH N AH T
in minute detail | minute | M AY N UW T
the Polish army | Polish | P OW L IH SH
polish the silver | polish | P AA L IH SH
he wound the rope around it | wound | W AW N D
a deep wound | wound | W UW N D
the desert is hot | desert | D EH Z ER T
do not desert us | desert | D IH Z ER T
the apple | the | DH IY
the pear | the | DH AH
the FBI | the | DH IY
a man | a | AH
vitamin A | A | EY
"""


@pytest.mark.parametrize("row", CASES.strip().splitlines())
def test_context(frontend: Frontend, row: str) -> None:
    text, word, expected = row.split(" | ")
    (utterance,) = frontend.utterances(text)
    (span,) = [span for span in utterance.words if span.text == word]
    tokens = utterance.tokens[span.first_token : span.last_token + 1]
    assert " ".join(token.symbol for token in tokens) == expected


def test_there_are_many_heteronyms() -> None:
    assert len(noun_verb_pairs()) + len(SPECIAL) > 100


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("robots'", "R OW1 B AA2 T S"),
        ("googled", "G UW1 G AH0 L D"),
        ("unhelpfulness", None),
        ("screenwatch", "S K R IY1 N W AA2 CH"),
        ("blorfs", None),
    ],
)
def test_derivatives(word: str, expected: str | None) -> None:
    found = derive(word, Lexicon().get)
    assert expected is None or found == tuple(expected.split())


def test_unknown_words_get_one_main_stress() -> None:
    network = LetterToSound()
    for word in ("kubernetes", "zorblax", "flibbertigibbet", "quokkas", "brillig"):
        phonemes = network.pronounce(word)
        assert sum(phoneme.endswith("1") for phoneme in phonemes) == 1
        assert 0.5 < len(phonemes) / len(word) < 1.5
    assert network.pronounce("") == network.pronounce("12") == ()


def test_cost_grows_with_length_only() -> None:
    network = LetterToSound()
    network.pronounce("warm")

    def seconds(size: int) -> float:
        started = time.process_time()
        network.pronounce("brontosaurus" * size)
        return time.process_time() - started

    small = min(seconds(20) for _ in range(3))
    assert min(seconds(200) for _ in range(3)) < 30 * small


@pytest.mark.parametrize(
    "text", ["", " \n\t ", "...!?", "🎉🎊", "\x00\x1b", "日本語", "—–-", "''"]
)
def test_unspeakable_text_is_one_clear_error(frontend: Frontend, text: str) -> None:
    with pytest.raises(TextError, match="nothing to speak"):
        list(frontend.utterances(text))
    with pytest.raises(TextError, match="nothing to speak"):
        list(frontend.utterances(list(text)))
    assert not frontend.is_speakable(text)
