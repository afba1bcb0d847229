"""Owns Module: the protocol of speech-dispatcher's output modules.

Described under "Communication Protocol for Output Modules" in speech-dispatcher's
manual. Audio goes back to the server, which plays it (speech-dispatcher 0.11 and
newer); this process opens no device.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import BinaryIO, Final

from edge_tts.errors import EdgeTTSError
from edge_tts.packs.voice_library import VoiceLibrary
from edge_tts.serve.speechd.client_settings import ClientSettings
from edge_tts.serve.speechd.module_settings import ModuleSettings
from edge_tts.serve.speechd.protocol_writer import ProtocolWriter
from edge_tts.serve.speechd.speech_source import SpeechSource
from edge_tts.serve.speechd.utterance import Utterance
from edge_tts.serve.speechd.wording import (
    character_ssml,
    icon_ssml,
    key_ssml,
    message_ssml,
)

_LOG = logging.getLogger(__name__)
_LINE_NBYTES: Final = 1 << 22
_MESSAGE_CHARS: Final = 1 << 20
_JOIN_S: Final = 5.0
_END: Final = "."


class Module:
    """Obeys a server until it says QUIT or hangs up.

    Args:
        settings: From the module's configuration file.
        reader: From the server.
        writer: To the server.
    """

    def __init__(
        self, settings: ModuleSettings, reader: BinaryIO, writer: BinaryIO
    ) -> None:
        self._reader = reader
        self._writer = ProtocolWriter(writer)
        self._source = SpeechSource(settings)
        self._client = ClientSettings(settings)
        self._utterance: Utterance | None = None
        self._has_audio = False
        self._commands: dict[str, Callable[[str], None]] = {
            "SPEAK": self._speak,
            "CHAR": self._speak,
            "KEY": self._speak,
            "SOUND_ICON": self._speak,
            "STOP": lambda line: self._interrupt(Utterance.stop),
            "PAUSE": lambda line: self._interrupt(Utterance.pause),
            "SET": self._set,
            "AUDIO": self._set_audio,
            "LOGLEVEL": self._set_log_level,
            "LIST": self._list_voices,
            "DEBUG": self._debug,
        }

    def run(self) -> int:
        """Return the exit code."""
        try:
            if self._line() != "INIT":
                _LOG.error("expected INIT from speech-dispatcher")
                return 3
            try:
                message = self._source.open()
            except EdgeTTSError as error:
                self._writer.send(f"399-{error}", "399 ERR CANT INIT MODULE")
                return 1
            self._writer.send(f"299-{message}", "299 OK LOADED SUCCESSFULLY")
            return self._obey()
        except BrokenPipeError:
            return 0
        finally:
            self._interrupt(Utterance.stop)
            utterance = self._utterance
            if utterance is not None:
                utterance.join(_JOIN_S)
            self._source.close()

    def _obey(self) -> int:
        while (line := self._line()) is not None:
            if line == "QUIT":
                self._interrupt(Utterance.stop)
                self._writer.send("210 OK QUIT")
                return 0
            command = self._commands.get(line.partition(" ")[0])
            if command is None:
                self._writer.send("300 ERR UNKNOWN COMMAND")
            else:
                command(line)
        return 0

    def _speak(self, command: str) -> None:
        self._writer.send("202 OK RECEIVING MESSAGE")
        lines = self._data()
        text = "\n".join(line.removeprefix(_END) for line in lines or ())
        if not text or self._utterance is not None or not self._has_audio:
            self._writer.send("301 ERROR CANT SPEAK")
            return
        command = command.partition(" ")[0]
        if command != "SPEAK" and "\n" in text:
            self._writer.send("305 DATA MORE THAN ONE LINE")
            return
        wordings: dict[str, Callable[[], str]] = {
            "SPEAK": lambda: message_ssml(text, self._client),
            "CHAR": lambda: character_ssml(
                " " if text == "space" else text, self._client
            ),
            "KEY": lambda: key_ssml(text, self._client),
            "SOUND_ICON": lambda: icon_ssml(text),
        }
        utterance = self._utterance = Utterance(
            self._source,
            self._writer,
            wordings[command](),
            self._client.voice,
            self._client.options,
            self._forget,
        )
        # Events must not come before it.
        self._writer.send("200 OK SPEAKING")
        utterance.start()

    def _interrupt(self, how: Callable[[Utterance], None]) -> None:
        utterance = self._utterance
        if utterance is not None:
            how(utterance)

    def _forget(self) -> None:
        self._utterance = None

    def _set(self, command: str) -> None:
        self._writer.send("203 OK RECEIVING SETTINGS")
        if self._take_pairs(self._client.set):
            self._writer.send("203 OK SETTINGS RECEIVED")

    def _set_audio(self, command: str) -> None:
        self._writer.send("207 OK RECEIVING AUDIO SETTINGS")

        def take(name: str, value: str) -> bool:
            # The server offers itself first; whatever else it offers comes when it is
            # too old for that.
            return name == "audio_output_method" and value == "server"

        if self._take_pairs(take):
            self._has_audio = True
            self._writer.send("203 OK AUDIO INITIALIZED")

    def _set_log_level(self, command: str) -> None:
        self._writer.send("207 OK RECEIVING LOGLEVEL SETTINGS")

        def take(name: str, value: str) -> bool:
            if name != "log_level" or not value.isdigit():
                return False
            logging.getLogger("edge_tts").setLevel(
                logging.DEBUG if int(value) >= 4 else logging.WARNING
            )
            return True

        if self._take_pairs(take):
            self._writer.send("203 OK LOGLEVEL SET")

    def _take_pairs(self, take: Callable[[str, str], bool]) -> bool:
        """Hand ``name=value`` lines on; False when an error was sent."""
        problem = None
        for line in self._data() or ():
            name, equals, value = line.partition("=")
            if not (name and equals and value):
                problem = "302 ERROR BAD SYNTAX"
            elif not take(name, value):
                problem = "303 ERROR INVALID PARAMETER OR VALUE"
        if problem is not None:
            self._writer.send(problem)
        return problem is None

    def _list_voices(self, line: str) -> None:
        words = line.split()
        wanted = words[2].lower() if len(words) > 2 else None
        rows: dict[str, str] = {}
        for entry in VoiceLibrary().entries():
            if entry.manifest is None or entry.shadowed:
                continue
            for speaker in entry.manifest.speakers:
                language = speaker.language.lower()
                if wanted in (None, language, language.partition("-")[0]):
                    full = f"{entry.manifest.id}/{speaker.id}"
                    name = full if speaker.id in rows else speaker.id
                    rows[name] = f"200-{name}\t{speaker.language}\tnone"
        if words[1:2] != ["VOICES"] or not rows:
            self._writer.send("304 CANT LIST VOICES")
            return
        self._writer.send(*rows.values(), "200 OK VOICE LIST SENT")

    def _debug(self, line: str) -> None:
        state = line.split()[1:2]
        if state not in (["ON"], ["OFF"]):
            self._writer.send("302 ERROR BAD SYNTAX")
            return
        level = logging.DEBUG if state == ["ON"] else logging.WARNING
        logging.getLogger("edge_tts").setLevel(level)
        self._writer.send(f"200 OK DEBUGGING {state[0]}")

    def _data(self) -> list[str] | None:
        """Lines up to the one with a single dot; None for more than is taken."""
        lines: list[str] = []
        num_chars = 0
        while (line := self._line()) is not None and line != _END:
            num_chars += len(line) + 1
            # Read to its end in any case: commands follow behind it.
            if num_chars <= _MESSAGE_CHARS:
                lines.append(line)
        return lines if num_chars <= _MESSAGE_CHARS else None

    def _line(self) -> str | None:
        """The next line without its end; None when the server has hung up."""
        data = self._reader.readline(_LINE_NBYTES)
        if not data:
            return None
        return data.decode("utf-8", "replace").rstrip("\n")
