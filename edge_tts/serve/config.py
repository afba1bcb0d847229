"""Owns DaemonConfig: everything that a configuration file can say."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from edge_tts import env
from edge_tts.errors import ConfigError
from edge_tts.options import RuntimeOptions
from edge_tts.serve.config_table import read_table
from edge_tts.serve.settings import MIB, BrokerSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOORS: Final[Mapping[str, tuple[str, str, str]]] = {
    "socket": ("edge_tts.serve.unix_socket", "SocketDoor", "SocketSettings"),
    "http": ("edge_tts.serve.http", "HttpDoor", "HttpSettings"),
    "wyoming": ("edge_tts.serve.wyoming", "WyomingDoor", "WyomingSettings"),
}
"""Section -> module, class of the door, class of its settings."""
_ON_BY_DEFAULT: Final = ("socket", "http")
_LOG_LEVELS: Final = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class DaemonSection:
    """``[daemon]``: who speaks, with what, and how it ends."""

    voice: str = "kathleen"
    preload: tuple[str, ...] = ()
    lexicon: Path | None = None
    workers: int | None = None
    """Threads that speak; None for one per processor."""
    threads: int = 1
    """Inside one network."""
    backend: str | None = None
    precision: str | None = None
    chunk_frames: int | None = None
    voice_memory_mb: int = 1024
    drain_timeout_s: float = 20.0
    """For jobs under way when the daemon is told to stop."""
    stuck_after_s: float = 60.0
    log_level: str = "info"
    log_texts: bool = False
    """Write what is spoken to the log: off, it is nobody's business."""

    def __post_init__(self) -> None:
        if self.workers is not None:
            _in_range("daemon.workers", self.workers, 1, 256)
        _in_range("daemon.voice_memory_mb", self.voice_memory_mb, 16, 1 << 20)
        _in_range("daemon.drain_timeout_s", self.drain_timeout_s, 0.0, 3600.0)
        _in_range("daemon.stuck_after_s", self.stuck_after_s, 1.0, 3600.0)
        if self.log_level not in _LOG_LEVELS:
            raise ConfigError(
                f"daemon.log_level must be one of {', '.join(_LOG_LEVELS)}, got "
                f"{self.log_level!r}"
            )


@dataclass(frozen=True)
class LimitsSection:
    """``[limits]``: what is taken on."""

    max_active: int = 16
    max_jobs: int = 128
    max_jobs_per_client: int = 64
    max_text_chars: int = 200_000
    max_wait_interactive_s: float = 10.0
    max_wait_normal_s: float = 30.0
    max_wait_batch_s: float = 600.0
    max_ahead_s: float = 10.0
    stall_timeout_s: float = 120.0

    def __post_init__(self) -> None:
        _in_range("limits.max_active", self.max_active, 1, 1024)
        _in_range("limits.max_jobs", self.max_jobs, 1, 100_000)
        _in_range("limits.max_jobs_per_client", self.max_jobs_per_client, 1, 100_000)
        _in_range("limits.max_text_chars", self.max_text_chars, 1, 1 << 20)
        for name in ("interactive", "normal", "batch"):
            limit = getattr(self, f"max_wait_{name}_s")
            _in_range(f"limits.max_wait_{name}_s", limit, 0.0, 1e6)
        _in_range("limits.max_ahead_s", self.max_ahead_s, 0.5, 3600.0)
        _in_range("limits.stall_timeout_s", self.stall_timeout_s, 1.0, 1e6)


@dataclass(frozen=True)
class CacheSection:
    """``[cache]``: phrases that are said again and again."""

    enabled: bool = True
    folder: Path | None = None
    """None: in the user's cache folder."""
    size_mb: int = 256
    max_chars: int = 400

    def __post_init__(self) -> None:
        _in_range("cache.size_mb", self.size_mb, 1, 1 << 20)
        _in_range("cache.max_chars", self.max_chars, 0, 1 << 20)


@dataclass(frozen=True)
class DaemonConfig:
    """What ``edgetts serve`` does.

    Raises:
        ConfigError: A value is out of range.
    """

    daemon: DaemonSection = field(default_factory=DaemonSection)
    limits: LimitsSection = field(default_factory=LimitsSection)
    cache: CacheSection = field(default_factory=CacheSection)
    doors: Mapping[str, Any] = field(default_factory=dict)
    """Section -> settings of the doors to open."""

    @classmethod
    def load(
        cls, path: Path | None, overrides: Mapping[str, Mapping[str, Any]] | None = None
    ) -> DaemonConfig:
        """Read a file.

        Args:
            path: None for the defaults.
            overrides: Tables from the command line that win over the file's keys.

        Raises:
            ConfigError: It cannot be read or says something unknown; names the key.
        """
        tables = {} if path is None else _read_toml(path)
        for name, keys in (overrides or {}).items():
            known = tables.get(name, {})
            if not isinstance(known, dict):
                raise ConfigError(f"expected a table [{name}], got {known!r:.80}")
            tables[name] = {**known, **keys}
        try:
            return cls._parse(tables)
        except ConfigError as error:
            if path is None:
                raise
            raise ConfigError(f"{path}: {error}") from error

    @classmethod
    def _parse(cls, tables: dict[str, Any]) -> DaemonConfig:
        sections = ("daemon", "limits", "cache", *DOORS)
        for name in tables:
            if name not in sections:
                raise ConfigError(
                    f"unknown table [{name}]; known are {', '.join(sections)}"
                )
        return cls(
            read_table(DaemonSection, tables.get("daemon", {}), "daemon"),
            read_table(LimitsSection, tables.get("limits", {}), "limits"),
            read_table(CacheSection, tables.get("cache", {}), "cache"),
            {
                name: settings
                for name in DOORS
                if (settings := _door(name, tables.get(name))) is not None
            },
        )

    def broker_settings(self) -> BrokerSettings:
        """The limits of the broker.

        Raises:
            ConfigError: Backend, precision, threads or chunk size are unusable.
        """
        daemon, limits, cache = self.daemon, self.limits, self.cache
        given = {} if daemon.workers is None else {"num_workers": daemon.workers}
        return BrokerSettings(
            voice=daemon.voice,
            preload=daemon.preload,
            lexicon=daemon.lexicon,
            runtime=RuntimeOptions(
                backend=daemon.backend,
                precision=daemon.precision,
                num_threads=daemon.threads,
                chunk_frames=daemon.chunk_frames,
            ),
            **given,
            max_active=limits.max_active,
            max_jobs=limits.max_jobs,
            max_jobs_per_client=limits.max_jobs_per_client,
            max_text_chars=limits.max_text_chars,
            max_wait_s=(
                limits.max_wait_interactive_s,
                limits.max_wait_normal_s,
                limits.max_wait_batch_s,
            ),
            max_ahead_s=limits.max_ahead_s,
            stall_timeout_s=limits.stall_timeout_s,
            stuck_after_s=daemon.stuck_after_s,
            voice_budget_nbytes=daemon.voice_memory_mb * MIB,
            cache_folder=_cache_folder(cache),
            cache_nbytes=cache.size_mb * MIB,
            cache_max_chars=cache.max_chars,
            log_texts=daemon.log_texts,
        )


def _cache_folder(cache: CacheSection) -> Path | None:
    if not cache.enabled:
        return None
    return cache.folder or env.cache_home() / "phrases"


def _door(name: str, table: Any) -> Any:
    """The settings of a door, or None when it stays shut."""
    enabled = name in _ON_BY_DEFAULT if table is None else True
    if isinstance(table, Mapping):
        enabled = table.get("enabled", True)
        if not isinstance(enabled, bool):
            raise ConfigError(f"{name}.enabled must be true or false, got {enabled!r}")
    if not enabled:
        return None
    module, _, settings = DOORS[name]
    try:
        if find_spec(module) is None:
            raise ImportError(f"no {module}")
        kind = getattr(importlib.import_module(module), settings)
    except ImportError as error:
        if table is None:
            # Not asked for: the default install has fewer doors.
            return None
        raise ConfigError(
            f"[{name}] needs more packages ({error}): pip install "
            "'edge-tts-runtime[serve]'"
        ) from error
    return read_table(kind, {} if table is None else table, name, ("enabled",))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            tables: dict[str, Any] = tomllib.load(file)
            return tables
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def _in_range(name: str, value: float, lowest: float, highest: float) -> None:
    if not (math.isfinite(value) and lowest <= value <= highest):
        raise ConfigError(f"{name} must be {lowest:g} to {highest:g}, got {value!r}")
