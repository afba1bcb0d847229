"""A broker and its doors in a thread of their own, for clients that block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from edge_tts.serve import Broker
from edge_tts.serve.settings import BrokerSettings

Result = TypeVar("Result")


class Door(Protocol):
    async def start(self) -> None: ...

    async def stop(self) -> None: ...


DoorT = TypeVar("DoorT", bound=Door)


class Daemon:
    """Runs coroutines in the loop of the doors."""

    def __init__(self, loop: asyncio.AbstractEventLoop, broker: Broker) -> None:
        self._loop = loop
        self.broker = broker

    def call(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    @contextmanager
    def door(self, make: Callable[[Broker], DoorT]) -> Iterator[DoorT]:
        """Open a door; made in the loop, as the daemon does."""

        async def start() -> DoorT:
            door = make(self.broker)
            await door.start()
            return door

        door = self.call(start())
        try:
            yield door
        finally:
            self.call(_ignore_result(door.stop()))

    def wait_until_idle(self) -> bool:
        """Whether no job is left within some seconds."""

        async def wait() -> bool:
            for _ in range(400):
                status = self.broker.status()
                if not sum(status.active.values()) + sum(status.waiting.values()):
                    return True
                await asyncio.sleep(0.05)
            return False

        return self.call(wait())


async def _ignore_result(awaitable: Awaitable[None]) -> None:
    await awaitable


@contextmanager
def running_daemon(**limits: Any) -> Iterator[Daemon]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> Broker:
        broker = Broker(BrokerSettings(num_workers=2, **limits))
        await broker.start()
        return broker

    broker = asyncio.run_coroutine_threadsafe(start(), loop).result(120)
    daemon = Daemon(loop, broker)
    try:
        yield daemon
    finally:
        daemon.call(broker.drain(1.0))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
