"""Owns Daemon: the broker, its doors and the signals; one process."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from socket import socket
from typing import TYPE_CHECKING, Any, Final, Protocol

from edge_tts.errors import EdgeTTSError, NotReady
from edge_tts.serve.broker import Broker
from edge_tts.serve.config import DOORS, DaemonConfig
from edge_tts.serve.job_report import JobReport
from edge_tts.serve.logs import set_level
from edge_tts.serve.notifier import NoNotifier, Notifier

if TYPE_CHECKING:
    from edge_tts.serve.metrics import Metrics

_LOG = logging.getLogger(__name__)
_SWITCH_S: Final = 0.001
"""The interpreter's 5 ms would let a worker keep the loop waiting."""


class Door(Protocol):
    """One way in."""

    async def start(self) -> None:
        """Listen."""
        ...

    async def stop(self) -> None:
        """Stop listening and hang up."""
        ...


class Daemon:
    """Runs until it is told to stop.

    Args:
        load_config: Reads the configuration, now and at every reload.
        notifier: Of the service manager.
        sockets: Door -> sockets that already listen.
    """

    def __init__(
        self,
        load_config: Callable[[], DaemonConfig],
        notifier: Notifier | None = None,
        sockets: Mapping[str, Sequence[socket]] | None = None,
    ) -> None:
        self._load_config = load_config
        self._config = load_config()
        self._notifier = notifier or NoNotifier()
        self._sockets = dict(sockets or {})
        self._stopping = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._doors: dict[str, Door] = {}
        self.broker = Broker(
            self._config.broker_settings(), self._observe, self._reject
        )
        """Speaks for all doors."""
        self.metrics = _metrics(self.broker)
        """Counters; None without the packages of the extra ``serve``."""

    @property
    def doors(self) -> Mapping[str, Door]:
        """Those that are open, by the name of their section."""
        return self._doors

    async def run(self) -> None:
        """Speak until SIGTERM, SIGINT or ``stop``; SIGHUP reloads.

        Raises:
            EdgeTTSError: The default voice or a door cannot be opened.
        """
        switch_s = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_S)
        beating: asyncio.Task[None] | None = None
        try:
            with self._signals():
                await self._start()
                beating = asyncio.ensure_future(self._beat())
                await self._stopping.wait()
                self._notifier.stopping()
        finally:
            if beating is not None:
                beating.cancel()
            await self._shut()
            sys.setswitchinterval(switch_s)

    def stop(self) -> None:
        """Finish what is under way and return from ``run``."""
        self._stopping.set()

    async def reload(self) -> None:
        """Read the configuration again; what cannot be used changes nothing.

        Raises:
            EdgeTTSError: The file or what it asks for; everything stays as it was.
        """
        async with self._reloading:
            if self._stopping.is_set():
                raise NotReady("the daemon is shutting down")
            self._notifier.reloading()
            outcome = "failed"
            try:
                config = self._load_config()
                await self.broker.reload(config.broker_settings())
                try:
                    await self._change_doors(config)
                except EdgeTTSError:
                    await self.broker.reload(self._config.broker_settings())
                    raise
                self._config = config
                set_level(config.daemon.log_level)
                outcome = "done"
                _LOG.info("configuration and voices read again")
            finally:
                if self.metrics is not None:
                    self.metrics.reloaded(outcome)
                self._notifier.ready()

    async def _start(self) -> None:
        await self.broker.start()
        await self._open_missing(self._config)
        self._notifier.ready()
        _LOG.info("ready: %s", ", ".join(self._doors) or "no door is open")

    async def _open(self, name: str, settings: Any) -> None:
        module, door, _ = DOORS[name]
        kind = getattr(importlib.import_module(module), door)
        more: dict[str, Any] = {}
        if self._sockets.get(name):
            # A door closes what it is given; a reload opens it again.
            more["sockets"] = [listener.dup() for listener in self._sockets[name]]
        if name == "socket":
            more |= {"on_stop": self.stop, "on_reload": self.reload}
        more["metrics"] = self.metrics
        if name == "wyoming":
            more["on_end"] = self.stop
        opened: Door = kind(self.broker, settings, **more)
        try:
            await opened.start()
        except BaseException:
            # What it listens on already would keep the next attempt out.
            await opened.stop()
            raise
        self._doors[name] = opened

    async def _change_doors(self, config: DaemonConfig) -> None:
        """Open, close and move doors; a client of an unchanged one notices nothing."""
        for name in list(self._doors):
            if config.doors.get(name) != self._config.doors.get(name):
                await self._doors.pop(name).stop()
        try:
            await self._open_missing(config)
        except EdgeTTSError:
            for name in list(self._doors):
                if config.doors.get(name) != self._config.doors.get(name):
                    await self._doors.pop(name).stop()
            await self._open_missing(self._config)
            raise

    async def _open_missing(self, config: DaemonConfig) -> None:
        for name, settings in config.doors.items():
            if name not in self._doors:
                await self._open(name, settings)

    async def _shut(self) -> None:
        # A reload under way would open doors behind our back.
        self._stopping.set()
        async with self._reloading:
            pass
        # Doors last: whoever is inside may finish; the broker takes nothing more.
        await self.broker.drain(self._config.daemon.drain_timeout_s)
        for door in self._doors.values():
            with contextlib.suppress(OSError):
                await door.stop()
        self._doors.clear()
        for task in self._tasks:
            task.cancel()
        _LOG.info("stopped")

    async def _beat(self) -> None:
        """Tell the watchdog as long as every worker gets on."""
        interval_s = self._notifier.interval_s
        was_healthy = True
        while True:
            healthy = self.broker.is_healthy
            if healthy:
                self._notifier.alive()
            elif was_healthy:
                _LOG.error("a worker is stuck or dead")
            was_healthy = healthy
            status = self.broker.status()
            self._notifier.status(
                f"{status.state}: {sum(status.active.values())} jobs speak, "
                f"{sum(status.waiting.values())} wait"
            )
            await asyncio.sleep(5.0 if interval_s is None else interval_s)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        handlers = {
            signal.SIGTERM: self.stop,
            signal.SIGINT: self.stop,
            signal.SIGHUP: self._reload_soon,
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    def _reload_soon(self) -> None:
        async def reload() -> None:
            try:
                await self.reload()
            except EdgeTTSError as error:
                _LOG.error("not reloaded: %s", error)

        task = asyncio.ensure_future(reload())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _reject(self, reason: str) -> None:
        if self.metrics is not None:
            self.metrics.rejected(reason)

    def _observe(self, report: JobReport) -> None:
        if self.metrics is not None:
            self.metrics.finished(report)
        _LOG.info(
            "speech outcome=%s voice=%s priority=%s client=%s waited_ms=%.1f "
            "first_audio_ms=%s audio_s=%.2f rtf=%s cached=%d",
            report.outcome,
            report.voice,
            report.priority.name.lower(),
            report.client or "-",
            report.waited_ms,
            "-" if report.first_audio_ms is None else f"{report.first_audio_ms:.1f}",
            report.audio_seconds,
            "-" if report.rtf is None else f"{report.rtf:.4f}",
            report.is_cached,
        )


def _metrics(broker: Broker) -> Metrics | None:
    try:
        from edge_tts.serve.metrics import Metrics
    except ImportError:
        return None
    return Metrics(broker.status)
