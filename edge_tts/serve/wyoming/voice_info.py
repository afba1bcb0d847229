"""What the door says of itself, and which voice a client means."""

from __future__ import annotations

from collections.abc import Sequence

from wyoming.info import Attribution, Info, TtsProgram, TtsVoice
from wyoming.tts import SynthesizeVoice

from edge_tts import __version__
from edge_tts.errors import PackError
from edge_tts.packs import Speaker
from edge_tts.serve.voice_names import VoiceNames

_BY = Attribution(name="edge_tts", url="https://pypi.org/project/edge-tts-runtime/")


def describe(voices: Sequence[tuple[str, Speaker]]) -> Info:
    """Return the answer to ``describe``."""
    program = TtsProgram(
        name="edge_tts",
        description="Speech on this machine, streamed",
        attribution=_BY,
        installed=True,
        version=__version__,
        voices=[
            TtsVoice(
                name=f"{pack}/{speaker.id}",
                description=speaker.name,
                attribution=_BY,
                installed=True,
                version=None,
                languages=[speaker.language],
            )
            for pack, speaker in voices
        ],
        supports_synthesize_streaming=True,
    )
    return Info(tts=[program])


async def voice_meant(wanted: SynthesizeVoice | None, names: VoiceNames) -> str | None:
    """Return a voice for the broker; None for its default.

    Raises:
        PackError: There is no such voice, or none of the language.
    """
    if wanted is None:
        return None
    if wanted.name is not None:
        name = str(wanted.name)
        if wanted.speaker is not None:
            # How clients address speakers of one voice.
            name = f"{name.partition('/')[0]}/{wanted.speaker}"
        return await names.resolve(name)
    if wanted.language is not None:
        return await _of_language(str(wanted.language), names)
    return None


async def _of_language(language: str, names: VoiceNames) -> str | None:
    wanted = _base(language)
    voices = await names.list()
    default = await names.resolve(names.default)
    fitting = [
        f"{pack}/{speaker.id}"
        for pack, speaker in voices
        if _base(speaker.language) == wanted
    ]
    if default in fitting:
        return None
    if fitting:
        return fitting[0]
    known = ", ".join(dict.fromkeys(speaker.language for _, speaker in voices))
    raise PackError(f"no voice speaks that language; there are {known}")


def _base(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()
