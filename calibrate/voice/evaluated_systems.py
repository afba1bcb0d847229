"""Who speaks in an evaluation: recordings, this voice, vocoders, other programs."""

from __future__ import annotations

import importlib.util
import logging
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.peers import PEERS, Peer
from calibrate.voice.dataset import Clip
from calibrate.voice.mel import log_mel
from calibrate.voice.recordings import SAMPLE_RATE, load_recording
from edge_tts.mel_vocoder import MelVocoder
from edge_tts.synthesizer import Synthesizer

Sound = NDArray[np.float32]
Speech = dict[str, Sound]
"""Samples at 22,050 Hz by name of the sentence."""
Speaker = Callable[[Sequence[Clip]], Speech]

RECORDINGS: Final = "recordings"
COPIES: Final = ("vocoder copy", "HiFi-GAN V2 copy")
"""Systems that say a recording again, sample beside sample."""
_LOG = logging.getLogger(__name__)


def evaluated_systems(
    speaker: str, twin: Path, vocoder: Path, hifigan: Path
) -> dict[str, Speaker]:
    """Every system that can run here, by name; what cannot is said.

    Args:
        speaker: Of the voice.
        twin: Float pack of the voice.
        vocoder: ``vocoder.pt`` of the shipped weights; needs torch.
        hifigan: Converted pack of HiFi-GAN V2.
    """
    systems: dict[str, Speaker] = {
        RECORDINGS: lambda clips: {c.uid: load_recording(c)[0] for c in clips},
        "voice INT8": lambda clips: spoken(speaker, texts_of(clips)),
    }
    if (twin / "pack.json").is_file():
        systems["voice float"] = lambda clips: spoken(
            f"{twin}/{speaker}", texts_of(clips)
        )
    else:
        _LOG.warning("no float twin at %s", twin)
    if vocoder.is_file() and importlib.util.find_spec("torch"):
        systems[COPIES[0]] = lambda clips: _vocoder_copies(vocoder, clips)
    else:
        _LOG.warning("no weights at %s, or no torch: no copy synthesis", vocoder)
    if hifigan.exists():
        systems[COPIES[1]] = lambda clips: _hifigan_copies(hifigan, clips)
    else:
        _LOG.warning("no HiFi-GAN pack at %s", hifigan)
    return systems | peer_systems()


def peer_systems() -> dict[str, Speaker]:
    """The programs that are installed here."""
    return {
        peer.name: lambda clips, peer=peer: peer_speech(peer, texts_of(clips))  # type: ignore[misc]
        for peer in PEERS
        if peer.available()
    }


def texts_of(clips: Sequence[Clip]) -> dict[str, str]:
    """What is said in each clip."""
    return {clip.uid: clip.text for clip in clips}


def spoken(voice: str, texts: dict[str, str]) -> Speech:
    """Texts spoken by a voice of this project."""
    with Synthesizer(voice) as synthesizer:
        return {
            name: np.concatenate([chunk.samples for chunk in synthesizer.stream(text)])
            for name, text in texts.items()
        }


def peer_speech(peer: Peer, texts: dict[str, str]) -> Speech:
    """Texts spoken by another program."""
    speech = {}
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder, "peer.wav")
        for name, text in texts.items():
            peer.speak(text, wav)
            samples, rate = soundfile.read(wav, dtype="float32", always_2d=True)
            resampled = soxr.resample(samples.mean(axis=1), rate, SAMPLE_RATE)
            speech[name] = np.asarray(resampled, np.float32)
    return speech


def _vocoder_copies(weights: Path, clips: Sequence[Clip]) -> Speech:
    from calibrate.voice.pitch import fill_f0, track_f0
    from calibrate.voice.vocoder_infer import load_vocoder, vocode

    network = load_vocoder(weights)
    speech = {}
    for clip in clips:
        samples, _ = load_recording(clip)
        mel = log_mel(samples)
        f0 = track_f0(samples, clip.speaker, len(mel))
        voiced = (f0 > 0).astype(np.float32)
        speech[clip.uid] = vocode(network, mel, fill_f0(f0), voiced)
    return speech


def _hifigan_copies(pack: Path, clips: Sequence[Clip]) -> Speech:
    speech = {}
    with MelVocoder(str(pack)) as vocoder:
        for clip in clips:
            mel = log_mel(load_recording(clip)[0])
            chunks = [chunk.samples for chunk in vocoder.stream([mel])]
            speech[clip.uid] = np.concatenate(chunks)
    return speech
