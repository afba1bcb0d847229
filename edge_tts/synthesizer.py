"""Owns Synthesizer: text in, chunks of speech out; knows no file and no terminal."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge_tts.adaptation import Adaptation, FallbackVoices, LeadSeconds
from edge_tts.audio import AudioChunk, AudioFormat, AudioSink, IndexMark
from edge_tts.backends.plan import ChunkSizes
from edge_tts.cast import Cast, Role
from edge_tts.delivery import styled
from edge_tts.engine.elementary import gain_of_decibels
from edge_tts.engine.token_sequence import TokenSequence
from edge_tts.engine.utterance_marks import UtteranceMarks
from edge_tts.errors import StreamStateError
from edge_tts.metrics import SynthesisMetrics
from edge_tts.options import RuntimeOptions, SynthesisOptions
from edge_tts.text import Frontend, Pause, Utterance
from edge_tts.text.passage import (
    MarkPart,
    Passage,
    PassagePart,
    Silence,
    SpokenPart,
)
from edge_tts.text.phonemes import PAUSES, SYMBOL_IDS
from edge_tts.text.span import PLAIN
from edge_tts.text.written_words import written_words
from edge_tts.voice import MAX_STREAMS, Voice

SpeechText: TypeAlias = str | Iterable[str | None] | Passage
"""What can be spoken: a text, its pieces as they arrive, text with directions."""

SENTENCE_PAUSE_MS: Final = 220
"""Silence added between sentences, beside the pause that the voice itself makes."""
PARAGRAPH_PAUSE_MS: Final = 380
"""Silence added at the end of a paragraph, on top of that of a sentence."""


class Synthesizer:
    """Speaks with one voice; open it once, use it many times, from any thread.

    Several texts may be spoken at once: each utterance borrows a stream of the voice,
    and waits for one while ``max_streams`` are in use.

    Args:
        voice: ``SPEAKER``, ``PACK/SPEAKER``, a pack's id or a path to a pack.
        runtime: Backend, precision, threads and chunk size; None leaves it to the plan.
        user_lexicon: File of pronunciations that win over the built-in ones.
        max_streams: Most utterances at once; each takes memory of its own, kept for
            the next.

    Raises:
        ConfigError: ``max_streams`` is below 1.
        PackError: No such voice, or its pack is damaged.
        BackendError: No backend can run the voice here.
    """

    def __init__(
        self,
        voice: str = "kathleen",
        *,
        runtime: RuntimeOptions = RuntimeOptions(),  # noqa: B008 - frozen
        user_lexicon: Path | None = None,
        max_streams: int = MAX_STREAMS,
    ) -> None:
        started = time.perf_counter()
        self._frontend = Frontend(user_lexicon=user_lexicon)
        self._voice = Voice.load(voice, runtime, max_streams)
        self._cast = Cast(self._voice, runtime)
        self._format = AudioFormat(self._voice.sample_rate)
        self._runtime = runtime
        self._fallback_voices: FallbackVoices | None = None
        self._fallbacks_lock = threading.Lock()
        self._closed = False
        self.metrics = self._new_metrics()
        """Figures of the ``stream`` begun last, and what runs here."""
        self._load_ms = (time.perf_counter() - started) * 1e3

    @property
    def voice(self) -> Voice:
        """The loaded voice."""
        return self._voice

    @property
    def format(self) -> AudioFormat:
        """Format of every chunk."""
        return self._format

    @property
    def load_ms(self) -> float:
        """Time that opening the voice took, ms."""
        return self._load_ms

    def stream(
        self,
        text: SpeechText,
        options: SynthesisOptions = SynthesisOptions(),  # noqa: B008 - frozen
        *,
        voice: str | None = None,
        lead_seconds: LeadSeconds | None = None,
    ) -> Iterator[AudioChunk]:
        """Yield speech as soon as it is made; the first chunk comes within a clause.

        Args:
            text: The text, its pieces as they arrive, or a passage with directions.
                A piece None says that no more is known yet: a chunk without samples
                comes out, and the caller's thread is free.
            options: Speed, pitch, volume, pauses, seed.
            voice: Who speaks where the text names nobody; None for the own voice.
                Speakers of one pack share their networks.
            lead_seconds: Tells how much of the speech was not heard yet. With it chunks
                grow, cheaper variants run or a ``-lite`` pack speaks while that runs
                low; without it nothing changes on the way.

        Raises:
            TextError: Nothing in the text can be spoken.
            PackError: The passage asks for a voice that is not here.
            StreamStateError: The object is closed, or all its streams are in use and
                none came back for a minute.
        """
        if self._closed:
            raise StreamStateError(
                "this Synthesizer is closed; open another Synthesizer"
            )
        yield from self._stream(text, options, voice, lead_seconds)

    def say(
        self,
        text: SpeechText,
        options: SynthesisOptions = SynthesisOptions(),  # noqa: B008 - frozen
    ) -> None:
        """Speak through the default speaker and return when all has been heard.

        Raises:
            SinkError: There is no usable audio device.
        """
        from edge_tts.audio.speaker import SpeakerSink

        self._write(SpeakerSink(), text, options)

    def to_file(
        self,
        text: SpeechText,
        path: str | Path,
        options: SynthesisOptions = SynthesisOptions(),  # noqa: B008 - frozen
    ) -> None:
        """Write speech to a WAV, FLAC, Opus or MP3 file, chosen by its suffix.

        Raises:
            SinkError: The file cannot be written; nothing is left behind.
        """
        from edge_tts.audio.file_sink import open_file_sink

        self._write(open_file_sink(Path(path)), text, options)

    def close(self) -> None:
        """Free the networks' memory; the object is of no use afterwards."""
        if not self._closed:
            self._closed = True
            self._cast.close()
            if self._fallback_voices is not None:
                self._fallback_voices.close()

    def __enter__(self) -> Synthesizer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _write(
        self, sink: AudioSink, text: SpeechText, options: SynthesisOptions
    ) -> None:
        try:
            sink.open(self._format)
            for chunk in self.stream(text, options):
                sink.write(chunk)
            sink.drain()
        except BaseException:
            sink.abort()
            raise
        finally:
            sink.close()

    def _stream(
        self,
        text: SpeechText,
        options: SynthesisOptions,
        voice: str | None,
        lead_seconds: LeadSeconds | None,
    ) -> Iterator[AudioChunk]:
        started = time.perf_counter()
        metrics = self.metrics = self._new_metrics()
        adaptation = None
        if lead_seconds is not None:
            adaptation = Adaptation(lead_seconds, self._fallbacks(), metrics)
        for chunk in self._chunks(text, options, voice, adaptation):
            now = time.perf_counter()
            if metrics.ttfa_ms is None and chunk.num_samples:
                metrics.ttfa_ms = (now - started) * 1e3
            metrics.audio_seconds += chunk.seconds
            metrics.synthesis_seconds += now - started
            if adaptation is not None:
                adaptation.observe(chunk.seconds, now - started)
            yield chunk
            # What the consumer does between chunks is not synthesis.
            started = time.perf_counter()

    def _new_metrics(self) -> SynthesisMetrics:
        plan = self._voice.plan
        return SynthesisMetrics(
            variants=plan.variants, threads=plan.num_threads, isa=plan.isa
        )

    def _fallbacks(self) -> FallbackVoices:
        with self._fallbacks_lock:
            if self._fallback_voices is None:
                self._fallback_voices = FallbackVoices(self._voice, self._runtime)
            return self._fallback_voices

    def _chunks(
        self,
        text: SpeechText,
        options: SynthesisOptions,
        voice: str | None,
        adaptation: Adaptation | None,
    ) -> Iterator[AudioChunk]:
        position = index = 0
        pause: Pause | None = None
        default = self._cast.role(voice)
        for part in self._parts(text):
            samples = np.zeros(0, np.float32)
            if part is None:
                yield AudioChunk(samples, self._format, position)
                continue
            if isinstance(part, Utterance):
                part = SpokenPart(part, PLAIN)
            if isinstance(part, Silence):
                samples, pause = self._silence(part.milliseconds), None
            elif isinstance(part, SpokenPart) and pause is not None:
                samples = self._silence(_pause_ms(pause, options))
            if len(samples):
                yield AudioChunk(samples, self._format, position)
                position += len(samples)
            if isinstance(part, MarkPart):
                known = (IndexMark(part.name, position),)
                yield AudioChunk(samples, self._format, position, (), known)
            elif isinstance(part, SpokenPart):
                named = part.style.voice
                role = default if named is None else self._cast.role(named)
                for chunk in self._utterance(
                    part, role, options, index, position, adaptation
                ):
                    yield chunk
                    position += len(chunk.samples)
                pause = part.utterance.pause
                index += 1

    def _parts(self, text: SpeechText) -> Iterator[Utterance | PassagePart | None]:
        if not isinstance(text, Passage):
            pieces = [text] if isinstance(text, str) else text
            return self._frontend.live_utterances(pieces)
        # A voice that is missing is found out before the first word.
        for name in text.voices:
            self._cast.role(name)
        return self._frontend.passage(text)

    def _utterance(
        self,
        part: SpokenPart,
        role: Role,
        options: SynthesisOptions,
        index: int,
        position: int,
        adaptation: Adaptation | None,
    ) -> Iterator[AudioChunk]:
        utterance = part.utterance
        chunks: ChunkSizes = role.voice.plan.chunks
        if adaptation is not None:
            if role.cloned is None:
                role = Role(*adaptation.voice(role.voice, role.speaker))
            chunks = adaptation.chunks(role.voice)
        options = styled(options, part.style)
        # Silent speech still takes its time.
        silent = part.style.volume == -math.inf
        gain = np.float32(0.0) if silent else gain_of_decibels(options.volume)
        marks = UtteranceMarks(
            [
                (written.text, word.first_token, word.last_token + 1, written.joined)
                for word, written in zip(
                    utterance.words, written_words(utterance), strict=True
                )
            ],
            index,
            position,
            role.voice.hop_length,
            part.marks,
        )
        with role.open_stream() as stream:
            for piece in stream.synthesize(token_sequence(utterance), options, chunks):
                samples = piece.samples * gain
                known = marks.advance(piece.token_ends)
                reached = marks.reached()
                if len(samples) or known or reached:
                    yield AudioChunk(samples, self._format, position, known, reached)
                    position += len(samples)

    def _silence(self, milliseconds: int) -> NDArray[np.float32]:
        return np.zeros(self._format.sample_rate * milliseconds // 1000, np.float32)


def _pause_ms(pause: Pause, options: SynthesisOptions) -> int:
    if pause is Pause.CLAUSE:
        return 0
    sentence_ms = options.pause_ms
    milliseconds = SENTENCE_PAUSE_MS if sentence_ms is None else sentence_ms
    return milliseconds + PARAGRAPH_PAUSE_MS * (pause is Pause.PARAGRAPH)


def token_sequence(utterance: Utterance) -> TokenSequence:
    """The numbers of one utterance, as the encoder wants them."""
    tokens = utterance.tokens
    return TokenSequence(
        np.array([SYMBOL_IDS[token.symbol] for token in tokens], np.int64),
        np.array([token.stress for token in tokens], np.int64),
        np.array([token.word_position for token in tokens], np.int64),
        np.array([token.symbol in PAUSES for token in tokens], np.bool_),
        utterance.text,
    )
