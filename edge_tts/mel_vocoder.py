"""Owns MelVocoder: mel spectrograms in, chunks of sound out; knows no text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.backends.plan import Plan
from edge_tts.backends.registry import open_executor
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.engine.check_family import check_family
from edge_tts.engine.mel_stream import MelStream
from edge_tts.errors import PackError, StreamStateError
from edge_tts.models.mel_vocoder import MEL_VOCODER, STAGE
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Manifest
from edge_tts.packs.voice_library import VoiceLibrary


class MelVocoder:
    """Turns log-mel frames into sound as they come; one utterance at a time.

    Args:
        pack: Id of an installed pack of family ``mel_vocoder``, or a path to one.
        runtime: Forced choices; None leaves them to the plan.

    Raises:
        PackError: No such pack, or it is damaged or of another family.
        BackendError: No backend here can run it.
    """

    def __init__(
        self,
        pack: str,
        *,
        runtime: RuntimeOptions = RuntimeOptions(),  # noqa: B008 - frozen
    ) -> None:
        resolved = VoiceLibrary().resolve(pack)
        self._manifest = resolved.manifest
        family = check_family(self._manifest)
        if family is not MEL_VOCODER:
            raise PackError(
                f"pack {self._manifest.id}: expected family {MEL_VOCODER.id}, got "
                f"{family.id}; use edge_tts.Synthesizer for voices"
            )
        stage = self._manifest.stage(STAGE)
        width = stage.signature.inputs[0].shape[-1]
        if not isinstance(width, int):
            raise PackError(f"pack {self._manifest.id}: mel frames without a width")
        self._num_mels = width
        self._lookahead = stage.lookahead
        self._plan = plan_for_this_machine(self._manifest, runtime)
        with resolved.open() as opened:
            self._executor = open_executor(
                opened,
                stage,
                self._plan.choices[STAGE].variant,
                num_threads=self._plan.num_threads,
            )
        self._stream = MelStream(self._executor, stage.lookahead, width)
        self._format = AudioFormat(self._manifest.audio.sample_rate)
        self._busy = False
        self._closed = False

    @property
    def manifest(self) -> Manifest:
        """What the pack says about itself; its constants say how mels are made."""
        return self._manifest

    @property
    def plan(self) -> Plan:
        """Which variant runs, and why."""
        return self._plan

    @property
    def format(self) -> AudioFormat:
        """Format of every chunk."""
        return self._format

    @property
    def num_mels(self) -> int:
        """Bands of a frame."""
        return self._num_mels

    @property
    def hop_length(self) -> int:
        """Samples per frame."""
        return self._manifest.audio.hop_length

    @property
    def lookahead(self) -> int:
        """Frames that must follow one before its samples are final."""
        return self._lookahead

    def stream(self, mels: Iterable[NDArray[np.float32]]) -> Iterator[AudioChunk]:
        """Yield the sound of one utterance; cutting the frames otherwise is no matter.

        Args:
            mels: Log-mel frames (T, ``num_mels``) float32, any T each, in order.

        Raises:
            BackendError: Frames have another shape or type.
            StreamStateError: Another stream of this object is still running.
        """
        if self._closed or self._busy:
            state = "closed" if self._closed else "running already"
            raise StreamStateError(
                f"this MelVocoder is {state}; finish or close the running stream, or "
                "open another MelVocoder"
            )
        self._busy = True
        try:
            self._stream.reset()
            position = 0
            for samples in self._parts(mels):
                if len(samples):
                    yield AudioChunk(samples, self._format, position)
                    position += len(samples)
        finally:
            self._busy = False

    def synthesize(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the samples of a whole utterance, (frames * hop_length,) float32."""
        chunks = [chunk.samples for chunk in self.stream([mel])]
        return np.concatenate(chunks) if chunks else np.zeros(0, np.float32)

    def close(self) -> None:
        """Free the network's memory; the object is of no use afterwards."""
        if not self._closed:
            self._closed = True
            self._stream.close()
            self._executor.close()

    def __enter__(self) -> MelVocoder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _parts(
        self, mels: Iterable[NDArray[np.float32]]
    ) -> Iterator[NDArray[np.float32]]:
        for mel in mels:
            yield self._stream.push(mel)
        yield self._stream.finish()
