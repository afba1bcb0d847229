"""The README's Python runs, and what it says of the sound is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge_tts import Synthesizer

README = Path(__file__).parents[1] / "README.md"


def _blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("code", _blocks())
def test_python_examples_run(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "hello.wav").stat().st_size > 10_000


def test_audio_facts_are_those_of_the_default_voice() -> None:
    text = README.read_text("utf-8")
    with Synthesizer() as synthesizer:
        voice = synthesizer.voice
        assert f"{voice.sample_rate:,} Hz" in text
        assert f"{voice.hop_length} samples" in text
        for speaker in voice.manifest.speakers:
            assert f"`{speaker.id}`" in text
