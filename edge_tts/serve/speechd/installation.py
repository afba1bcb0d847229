"""Owns Installation: the files that make speech-dispatcher find the module."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from edge_tts import env
from edge_tts.errors import ConfigError

_SYSTEM_FOLDERS: Final = (
    "/usr/lib/speech-dispatcher-modules",
    "/usr/libexec/speech-dispatcher-modules",
    *sorted(str(p) for p in Path("/usr/lib").glob("*/speech-dispatcher-modules")),
)
_MARK: Final = "# Made by `edgetts speechd install`."
_DEFAULT: Final = 'DefaultModule "edgetts"'
_IS_DEFAULT: Final = re.compile(r'^\s*DefaultModule\s+"?edgetts', re.MULTILINE)
_ADDS_MODULE: Final = re.compile(r"^\s*AddModule\b", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Installation:
    """Where the files go.

    Args:
        program: Folder of the programs that the server starts.
        configuration: Folder of speech-dispatcher's settings.
    """

    program: Path
    configuration: Path

    @classmethod
    def for_user(cls) -> Installation:
        """Of this user; needs no rights."""
        return cls(
            env.data_home().parent.parent / "libexec" / "speech-dispatcher-modules",
            env.config_home().parent / "speech-dispatcher",
        )

    @classmethod
    def for_system(cls) -> Installation:
        """Of everybody on this machine.

        Raises:
            ConfigError: speech-dispatcher is not installed.
        """
        for folder in _SYSTEM_FOLDERS:
            if Path(folder).is_dir():
                return cls(Path(folder), Path("/etc/speech-dispatcher"))
        raise ConfigError(
            "speech-dispatcher is not installed here: apt install speech-dispatcher"
        )

    def install(self) -> Iterator[str]:
        """Write the files; yield what was done, line by line.

        Raises:
            ConfigError: One cannot be written.
        """
        try:
            yield from self._write_program()
            yield from self._write_configuration()
        except OSError as error:
            raise ConfigError(
                f"cannot write {error.filename}: {error.strerror}"
            ) from error
        yield from self._advice()

    def uninstall(self) -> Iterator[str]:
        """Remove what ``install`` wrote; yield what was done.

        Raises:
            ConfigError: A file cannot be removed.
        """
        try:
            if self._script.exists() and _MARK in self._script.read_text():
                self._script.unlink()
                yield f"removed {self._script}"
            if self._settings.exists():
                if self._settings.read_text() == _default_settings():
                    self._settings.unlink()
                    yield f"removed {self._settings}"
                else:
                    yield f"kept    {self._settings}: it was changed"
        except OSError as error:
            raise ConfigError(
                f"cannot remove {error.filename}: {error.strerror}"
            ) from error

    @property
    def _script(self) -> Path:
        return self.program / "sd_edgetts"

    @property
    def _settings(self) -> Path:
        return self.configuration / "modules" / "edgetts.conf"

    def _write_program(self) -> Iterator[str]:
        self.program.mkdir(parents=True, exist_ok=True)
        # The server finds its way through it: share/../libexec.
        (self.program.parent.parent / "share").mkdir(exist_ok=True)
        program = shlex.quote(sys.executable)
        self._script.write_text(
            f'#!/bin/sh\n{_MARK}\nexec {program} -m edge_tts speechd module "$@"\n'
        )
        self._script.chmod(0o755)
        yield f"wrote   {self._script}"

    def _write_configuration(self) -> Iterator[str]:
        if self._settings.exists():
            yield f"kept    {self._settings}"
            return
        self._settings.parent.mkdir(parents=True, exist_ok=True)
        self._settings.write_text(_default_settings())
        yield f"wrote   {self._settings}"

    def _advice(self) -> Iterator[str]:
        server = self.configuration / "speechd.conf"
        if not server.exists():
            server = Path("/etc/speech-dispatcher/speechd.conf")
        text = server.read_text("utf-8", "replace") if server.exists() else ""
        if "sd_edgetts" not in text and _ADDS_MODULE.search(text):
            # 0.11 looks for named modules in the system's folder only.
            line = f'AddModule "edgetts" "{self._script}" "edgetts.conf"'
            yield f"todo    add to {server}, which names its modules: {line}"
        if not _IS_DEFAULT.search(text):
            yield f"todo    to make it the usual one, in {server}: {_DEFAULT}"
        yield "todo    killall speech-dispatcher; then: spd-say -o edgetts hello"


def _default_settings() -> str:
    return files("edge_tts.serve.speechd").joinpath("edgetts.conf").read_text("utf-8")
