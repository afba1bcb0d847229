"""Owns SentenceSpeaker: one sentence in, checked 16-bit samples and marks out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.audio.pcm import pcm16_from_float
from edge_tts.errors import TextError
from edge_tts.narrate.checks import level_db, take_problems
from edge_tts.narrate.sentence_cutter import passage_of
from edge_tts.narrate.take import SpokenMark
from edge_tts.narrate.tempo import predicted_seconds
from edge_tts.narrate.word_coverage import word_coverage
from edge_tts.options import RuntimeOptions, SynthesisOptions
from edge_tts.synthesizer import Synthesizer
from edge_tts.text.passage import Passage
from edge_tts.text.span import Span

if TYPE_CHECKING:
    from edge_tts.narrate.recogniser import Recogniser

MAX_OPEN_VOICES: Final = 4
"""Voices a worker keeps loaded, 12 MB of weights each."""
LEAST_RECOGNISED: Final = 0.5
"""Of the words of a take. Sound takes reach 0.9; of another text, 0.3 seem heard."""
MAX_ATTEMPTS: Final = 3
"""Seeds that are tried before a suspicious take is kept and reported."""
_SEED_STEP: Final = 1_000_003


@dataclass(frozen=True)
class SpeechRequest:
    """What a worker is asked for; plain values, it travels as JSON."""

    key: str
    text: str
    voice: str
    speed: float
    pitch: float
    volume: float
    seed: int
    tempo: float
    """Of the voice, for the expected length."""
    spans: str = ""
    """As in ``Sentence``."""


@dataclass(frozen=True, eq=False)
class Spoken:
    """A sentence as it was spoken."""

    pcm: NDArray[np.int16]
    marks: tuple[SpokenMark, ...]
    seed: int
    attempts: int
    problems: tuple[str, ...]
    peak: float
    rms_db: float
    num_words: int
    lost_words: tuple[str, ...]


class SentenceSpeaker:
    """Opens voices when they are first needed; the result depends on the request only.

    Args:
        runtime: Pinned variants.
        lexicon: A user's pronunciations.
        recognise: Whether a recogniser listens to every take.
    """

    def __init__(
        self, runtime: RuntimeOptions, lexicon: Path | None, *, recognise: bool = False
    ) -> None:
        self._runtime = runtime
        self._lexicon = lexicon
        self._voices: dict[str, Synthesizer] = {}
        self._recogniser: Recogniser | None = None
        if recognise:
            from edge_tts.narrate.recogniser import Recogniser

            self._recogniser = Recogniser(lexicon)

    def speak(self, request: SpeechRequest) -> Spoken:
        """Speak a sentence; one that fails a check is tried with other seeds.

        Raises:
            EdgeTTSError: The voice cannot be had or the text is malformed.
        """
        best: Spoken | None = None
        seed = request.seed
        for attempt in range(MAX_ATTEMPTS):
            spoken = self._speak_once(request, seed, attempt + 1)
            seed = next_seed(seed)
            if best is None or len(spoken.problems) < len(best.problems):
                best = spoken
            # A seed changes the noise of the voice, not which words it says.
            if all("not spoken" in problem for problem in spoken.problems):
                break
        assert best is not None
        return best

    def sample_rate(self, voice: str) -> int:
        """Of a voice, Hz."""
        return self._voice(voice).format.sample_rate

    def close(self) -> None:
        """Free the voices."""
        while self._voices:
            self._voices.popitem()[1].close()

    def _speak_once(self, request: SpeechRequest, seed: int, attempts: int) -> Spoken:
        synthesizer = self._voice(request.voice)
        options = SynthesisOptions(
            speed=request.speed, pitch=request.pitch, volume=request.volume, seed=seed
        )
        what = passage_of(request.text, request.spans)
        parts: list[NDArray[np.float32]] = []
        marks: list[SpokenMark] = []
        try:
            for chunk in synthesizer.stream(what, options):
                parts.append(chunk.samples)
                for mark in chunk.marks:
                    marks.append(
                        SpokenMark(
                            mark.text, mark.start_sample, mark.num_samples, mark.joined
                        )
                    )
        except TextError as error:
            if "nothing to speak" not in str(error):
                raise
            # A row of dots is documented silence, not a mistake of the user.
            parts, marks = [], []
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        rate = synthesizer.format.sample_rate
        coverage = word_coverage(request.text, [mark.text for mark in marks])
        expected = 0.0
        if marks:
            tempo = request.tempo * request.speed
            expected = predicted_seconds(request.text, tempo=tempo)
        problems = take_problems(samples, rate, expected, len(coverage.lost))
        finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        if self._recogniser is not None and marks:
            spoken = Passage((Span(what),)) if isinstance(what, str) else what
            heard, count = self._recogniser.heard_words(finite, rate, spoken)
            if heard < LEAST_RECOGNISED * count:
                problems.append(f"only {heard} of {count} words recognised")
        return Spoken(
            pcm=pcm16_from_float(samples),
            marks=tuple(marks),
            seed=seed,
            attempts=attempts,
            problems=tuple(problems),
            peak=float(np.abs(finite).max(initial=0.0)),
            rms_db=round(level_db(finite), 2),
            num_words=coverage.num_words,
            lost_words=coverage.lost,
        )

    def _voice(self, name: str) -> Synthesizer:
        synthesizer = self._voices.pop(name, None)
        if synthesizer is None:
            while len(self._voices) >= MAX_OPEN_VOICES:
                oldest = next(iter(self._voices))
                self._voices.pop(oldest).close()
            synthesizer = Synthesizer(
                name, runtime=self._runtime, user_lexicon=self._lexicon
            )
        # Last in, last out: the dict's order is the order of use.
        self._voices[name] = synthesizer
        return synthesizer


def next_seed(seed: int) -> int:
    """The seed that follows a refused one."""
    return (seed + _SEED_STEP) & 0xFFFFFFFF
