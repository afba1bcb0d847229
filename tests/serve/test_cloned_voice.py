"""Cloned voices through the daemon: found, and never spoken from an old file."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_tts.cpu import native_library
from edge_tts.packs.cloned_voice import ClonedVoice
from edge_tts.packs.voice_folder import CLONE_SUFFIX
from edge_tts.serve import JobReport, SpeechRequest
from edge_tts.voice_cloner import VoiceCloner
from tests.audio.test_recording import speech
from tests.serve.conftest import broker, run, samples
from tests.sopro_packs import convert_tiny

LIBRARY = native_library()
pytestmark = pytest.mark.skipif(LIBRARY.handle is None, reason=LIBRARY.reason or "-")
NUM_ROWS = 25
"""Of the reference: the small networks take no more than 512."""


def cloned(folder: Path, pack: Path) -> ClonedVoice:
    soundfile.write(folder / "ref.wav", speech(2, 48000), 48000)
    with VoiceCloner(str(pack)) as cloner:
        voice = cloner.clone(folder / "ref.wav", "me", 1.0).voice
    return replace(
        voice,
        codes=voice.codes[:NUM_ROWS],
        keys=tuple(rows[:NUM_ROWS] for rows in voice.keys),
        values=tuple(rows[:NUM_ROWS] for rows in voice.values),
    )


def test_a_voice_that_is_cloned_again_is_spoken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    folder = tmp_path / "voices"
    monkeypatch.setenv("EDGE_TTS_VOICES", str(folder))
    folder.mkdir()
    voice = cloned(tmp_path, convert_tiny("1.5", folder / "tiny"))
    other = replace(voice, speaker=voice.speaker[::-1].copy())
    reports: list[JobReport] = []

    async def test() -> None:
        heard = []
        async with broker(reports, cache_folder=tmp_path / "cache") as opened:
            for file in (voice, voice, other):
                file.save(folder / f"me{CLONE_SUFFIX}")
                opened._shelf._names.clear()
                job = await opened.submit(SpeechRequest("Hi.", voice="me"))
                assert job.voice == "tiny/me"
                heard.append(await samples(job))
                await job.ended()
                while opened._cache._pending_nbytes:
                    await asyncio.sleep(0.01)
        np.testing.assert_array_equal(heard[0], heard[1])
        assert len(heard[0]) != len(heard[2]) or (heard[0] != heard[2]).any()

    run(test)
    assert [report.is_cached for report in reports] == [False, True, False]
