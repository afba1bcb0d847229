"""The module's protocol, spoken with the real program over pipes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_tts import Synthesizer
from edge_tts.errors import ConfigError
from edge_tts.serve.speechd.client_settings import ClientSettings
from edge_tts.serve.speechd.module_settings import ModuleSettings
from edge_tts.serve.speechd.wording import character_ssml, key_ssml, message_ssml
from tests.serve.speechd.conftest import HANDSHAKE, Server

SENTENCE = "The kettle is boiling, and breakfast is almost ready."


def test_a_whole_conversation(server: Server) -> None:
    server.send("LIST VOICES\n")
    voices = server.until("200 OK VOICE LIST SENT")
    assert "200-kathleen\ten-US\tnone" in voices
    # What the voice says, sample for sample.
    server.send("SET\nrate=0\nvolume=100\nvoice=male2\nlanguage=en\n.\n")
    assert server.until("203 OK SETTINGS RECEIVED")[0] == "203 OK RECEIVING SETTINGS"
    assert server.speak("SPEAK", f"<speak>{SENTENCE}</speak>") == [
        "701 BEGIN",
        "702 END",
    ]
    with Synthesizer("bdl") as synthesizer:
        spoken = b"".join(chunk.pcm16() for chunk in synthesizer.stream(SENTENCE))
    assert server.pcm == spoken
    # Faster at once, and quieter.
    usual = server.samples
    server.send("SET\nrate=100\nvolume=0\nsynthesis_voice=NULL\n.\n")
    server.until("203 OK SETTINGS RECEIVED")
    server.speak("SPEAK", f"<speak>{SENTENCE}</speak>")
    assert len(server.samples) < 0.5 * len(usual)
    assert np.abs(server.samples).max() < 0.75 * np.abs(usual).max()
    for command, text in (("CHAR", "A"), ("CHAR", "space"), ("KEY", "control_c")):
        server.speak(command, text)
        assert len(server.samples) > 2000
    server.speak("SOUND_ICON", "new-message")
    # Text without markup, a line that begins with a dot, a mistake in the markup.
    for text in ("Plain text & more.", "One.\n..two", "<speak>No <end>"):
        server.speak("SPEAK", text)
        assert len(server.samples) > 2000
    # Nothing in it can be spoken: a screen reader goes on.
    server.speak("SPEAK", "<speak>...</speak>")
    assert server.pcm == b""
    server.send("QUIT\n")
    assert server.next() == "210 OK QUIT"
    assert server.process.wait(20) == 0


def test_marks_stand_between_their_words(server: Server) -> None:
    text = (
        '<speak><mark name="a"/>One two <mark name="b"/>three.<mark name="c"/></speak>'
    )
    server.pcm = b""
    server.send(f"SPEAK\n{text}\n.\n")
    at: dict[str, int] = {}
    while (line := server.next()) != "702 END":
        if line.startswith("700-"):
            at[line[4:]] = len(server.pcm) // 2
    assert list(at) == ["a", "b", "c"]
    total = len(server.pcm) // 2
    assert at["a"] < 0.1 * total and 0.2 * total < at["b"] < 0.9 * total
    assert at["c"] == total


@pytest.mark.parametrize(
    ("command", "event"), [("STOP", "703 STOP"), ("PAUSE", "704 PAUSE")]
)
def test_stops_and_pauses_at_once(server: Server, command: str, event: str) -> None:
    server.speak("SPEAK", "<speak>Warm.</speak>")
    server.send(f"SPEAK\n<speak>{SENTENCE * 200}</speak>\n.\n")
    server.until("701 BEGIN")
    server.send(f"{command}\n")
    assert server.until(event)[-1] == event
    # It is free for the next message, and asked again it has nothing to stop.
    server.speak("SPEAK", "<speak>Next.</speak>")
    server.send(f"{command}\n")
    assert server.is_silent(0.3)


def test_mistakes_of_the_server(server: Server) -> None:
    server.send("NONSENSE\n")
    assert server.next() == "300 ERR UNKNOWN COMMAND"
    for line in ("rate=fast", "punctuation_mode=loud", "colour=red", "rate"):
        server.send(f"SET\n{line}\n.\n")
        assert server.next() == "203 OK RECEIVING SETTINGS"
        assert server.next().startswith("30")
    server.send("SPEAK\n.\n")
    assert server.until("301 ERROR CANT SPEAK")
    server.send("CHAR\na\nb\n.\n")
    assert server.until("305 DATA MORE THAN ONE LINE")
    server.send("SPEAK\n" + "x" * (1 << 21) + "\n.\n")
    assert server.until("301 ERROR CANT SPEAK")
    server.send("LIST VOICES tlh\n")
    assert server.next() == "304 CANT LIST VOICES"
    server.send("AUDIO\naudio_output_method=pulse\n.\n")
    server.next()
    assert server.next() == "303 ERROR INVALID PARAMETER OR VALUE"
    server.speak("SPEAK", "<speak>Still here.</speak>")


def test_a_server_that_hangs_up_ends_it(environment: dict[str, str]) -> None:
    server = Server(environment)
    try:
        server.send(HANDSHAKE)
        server.until("203 OK AUDIO INITIALIZED")
        server.send(f"SPEAK\n<speak>{SENTENCE * 50}</speak>\n.\n")
        server.until("701 BEGIN")
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.process.wait(20) == 0
    finally:
        server.process.kill()


def test_wording() -> None:
    settings = ClientSettings(ModuleSettings())
    assert message_ssml("a < b", settings) == "<speak>a &lt; b</speak>"
    settings.set("punctuation_mode", "all")
    assert message_ssml('<speak>Hi,<mark name="x,y"/> you!</speak>', settings) == (
        '<speak>Hi comma, <mark name="x,y"/> you exclamation mark! </speak>'
    )
    settings.set("punctuation_mode", "some")
    assert "hash" in message_ssml("#1, 2", settings)
    assert "comma" not in message_ssml("#1, 2", settings)
    settings.set("cap_let_recogn", "spell")
    assert "capital" in character_ssml("A", settings)
    assert "capital" not in character_ssml("a", settings)
    assert character_ssml("&", settings).count("&amp;") == 1
    assert key_ssml("shift_a", settings).startswith("<speak>shift <say-as")
    settings.set("punctuation_mode", "none")
    settings.set("spelling_mode", "on")
    assert message_ssml("ab", settings).count("say-as") == 2


def test_rates_reach_the_ends_and_stay_within() -> None:
    settings = ClientSettings(ModuleSettings())
    speeds = []
    for rate in (-1000, -100, -50, 0, 50, 100, 1000):
        assert settings.set("rate", str(rate))
        assert settings.set("pitch", str(rate))
        assert settings.set("volume", str(rate))
        speeds.append(settings.options.speed)
    assert speeds == sorted(speeds)
    assert speeds[0] == pytest.approx(1 / 3) and speeds[-1] == pytest.approx(4.0)
    assert settings.options.volume == 0.0


def test_the_configuration_file(tmp_path: Path) -> None:
    path = tmp_path / "edgetts.conf"
    path.write_text(
        '# x\nDefaultVoice "bdl"\nAddVoice "en" "MALE3" "lj"\nSocket /a/b\n'
    )
    settings = ModuleSettings.read(path)
    assert (settings.voice, settings.socket) == ("bdl", "/a/b")
    assert settings.voice_types["male3"] == "lj"
    for line in ("Nonsense 1", "FastestSpeed 9", 'DefaultVoice "', "AddVoice en"):
        path.write_text(line)
        with pytest.raises(ConfigError, match="line 1"):
            ModuleSettings.read(path)
    assert ModuleSettings.read(tmp_path / "none").voice == "kathleen"
