"""Owns Utterance: one message on its way to the server's loudspeaker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from edge_tts.audio import AudioChunk, IndexMark
from edge_tts.errors import EdgeTTSError, TextError
from edge_tts.options import SynthesisOptions
from edge_tts.serve.speechd.protocol_writer import ProtocolWriter, pieces
from edge_tts.serve.speechd.speech_source import SpeechSource
from edge_tts.serve.speechd.wording import plain_text

_LOG = logging.getLogger(__name__)


class Utterance:
    """Speaks in a thread of its own, from BEGIN to END, STOP or PAUSE.

    Args:
        source: Speaks.
        writer: To the server.
        ssml: What to speak.
        voice: Whose.
        options: How.
        on_end: Called before the last event.
    """

    def __init__(
        self,
        source: SpeechSource,
        writer: ProtocolWriter,
        ssml: str,
        voice: str,
        options: SynthesisOptions,
        on_end: Callable[[], None],
    ) -> None:
        self._source = source
        self._writer = writer
        self._ssml = ssml
        self._voice = voice
        self._options = options
        self._on_end = on_end
        self._end_event: str | None = None
        self._marks: list[IndexMark] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End at once with STOP; harmless at the end."""
        self._end_event = "703 STOP"

    def pause(self) -> None:
        """End at once with PAUSE; the server resumes behind the last mark."""
        if self._end_event is None:
            self._end_event = "704 PAUSE"

    def join(self, timeout_s: float) -> None:
        """Wait until its last event is out."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._writer.send("701 BEGIN")
            end = "702 END"
            try:
                self._speak()
            except EdgeTTSError as error:
                _LOG.warning("message not spoken: %s", error)
                end = "703 STOP"
            except OSError:
                raise
            except Exception as error:
                # Without an end the server would never send another message. The
                # error might quote the message, its name cannot.
                _LOG.error("speaking failed with %s", type(error).__name__)
                end = "703 STOP"
            # First: the next message may come as soon as the event is out.
            self._on_end()
            self._writer.send(self._end_event or end)
        except OSError as error:
            _LOG.warning("the server is gone: %s", error)
            self._on_end()

    def _speak(self) -> None:
        try:
            self._speak_document(self._ssml)
        except TextError as error:
            _LOG.info("read without markup: %s", error)
            try:
                self._speak_document(plain_text(self._ssml))
            except TextError:
                # Nothing in it can be spoken: a screen reader goes on.
                return

    def _speak_document(self, ssml: str) -> None:
        with self._source.speech(ssml, self._voice, self._options) as speech:
            for chunk in speech:
                if not self._play(chunk):
                    return
        self._tell_marks(None)

    def _play(self, chunk: AudioChunk) -> bool:
        """Send a chunk with the marks in it; False when it was stopped."""
        self._marks += chunk.index_marks
        self._marks.sort(key=lambda mark: mark.sample)
        rate = chunk.format.sample_rate
        position = chunk.start_sample
        pcm = chunk.pcm16()
        while pcm:
            self._tell_marks(position)
            num_samples = len(pcm) // 2
            if self._marks:
                num_samples = min(num_samples, self._marks[0].sample - position)
            for piece in pieces(pcm[: 2 * num_samples]):
                if self._end_event is not None:
                    return False
                self._writer.audio(piece, rate)
            pcm = pcm[2 * num_samples :]
            position += num_samples
        return self._end_event is None

    def _tell_marks(self, position: int | None) -> None:
        """Tell those at or before a sample; all of them for None."""
        while self._marks and (position is None or self._marks[0].sample <= position):
            self._writer.mark(self._marks.pop(0).name)
