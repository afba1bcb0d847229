"""Owns ClusterPool: sentences spoken by the workers of a dask cluster.

dask decides which worker takes what, and gives the sentences of a lost worker to
others. Here is only what it does not know: how much is under way at a time, and that
every worker must have the packs and variants of the job.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edge_tts.errors import BackendError, ConfigError
from edge_tts.narrate.cluster_address import cluster_address
from edge_tts.narrate.job_pins import JobPins
from edge_tts.narrate.worker_pool import IN_FLIGHT, Answer, Request

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS: Final = 15.0
ASK_SECONDS: Final = 120.0
"""For the first answer of a worker: it may have to load everything."""
FETCH_SECONDS: Final = 30.0
"""For the samples of a sentence, before looking whether any worker is left."""
REFRESH_SECONDS: Final = 2.0
"""Between looks at who is there."""
_AGAIN: Final = "everything spoken so far is kept: run the same command again"


class ClusterPool:
    """Runs ``speak`` requests on a cluster; a context manager.

    Args:
        address: ``dask://HOST:PORT`` of the scheduler.
        pins: Of the job; a worker that differs is an error.
        lexicon: A user's pronunciations; its text is sent.
        note: Told when the cluster is empty.
        patience: Seconds to wait for a worker when there is none.

    Raises:
        ConfigError: dask is not installed or the address is none.
        BackendError: Nobody answers, or a worker refuses; on ``with``.
    """

    def __init__(
        self,
        address: str,
        pins: JobPins,
        lexicon: Path | None,
        note: Callable[[str], None],
        patience: float = 300.0,
    ) -> None:
        self._shown = address
        self._address = cluster_address(address)
        self._note = note
        self._patience = patience
        try:
            from edge_tts.narrate.cluster_speaker import ClusterSpeaker
        except ImportError as error:
            raise ConfigError(
                f"--cluster needs dask, which is missing ({error}): "
                "pip install 'edge-tts-runtime[cluster]'"
            ) from error
        text = None if lexicon is None else lexicon.read_text(encoding="utf-8-sig")
        self._plugin = ClusterSpeaker(pins.to_json(), text)
        self._client: Client | None = None
        self._threads: dict[str, int] = {}
        self._next_look = 0.0
        self._empty_since: float | None = None
        self.deaths = 0
        """Workers that went away so far."""

    def __enter__(self) -> ClusterPool:
        from distributed import Client

        try:
            self._client = Client(
                self._address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, TimeoutError) as error:
            raise BackendError(
                f"no dask scheduler answers at {self._shown}: start one with "
                "`dask scheduler`, and `dask worker HOST:PORT` on every machine"
            ) from error
        try:
            self._register()
            self._wait_for_a_worker()
            self._ask_workers()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the speakers off the workers and leave the cluster."""
        client, self._client = self._client, None
        if client is None:
            return
        # The scheduler is gone, or the plugin never arrived: nothing to undo.
        with contextlib.suppress(Exception):
            client.unregister_worker_plugin(self._plugin.name)
        client.close(timeout=CONNECT_SECONDS)

    def run(
        self,
        requests: Iterable[Request],
        pause: Callable[[], None] = lambda: None,
        per_worker: int = IN_FLIGHT,
    ) -> Iterator[Answer]:
        """Yield an answer for every request, each once.

        Args:
            requests: Read only as fast as workers take them.
            pause: Called before a request is handed out; may block.
            per_worker: Requests that a thread of a worker has at hand.

        Raises:
            BackendError: A worker refuses, or none is left, or the scheduler is gone.
        """
        from edge_tts.narrate.cluster_speaker import speak_on_worker

        source = iter(requests)
        flying: dict[str, tuple[Request, Future[Any]]] = {}
        done: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        exhausted = False
        try:
            while True:
                room = self._num_threads() * per_worker
                while not exhausted and len(flying) < room:
                    request = next(source, None)
                    if request is None:
                        exhausted = True
                        break
                    pause()
                    future = self._open.submit(
                        speak_on_worker, self._plugin.name, request.fields, pure=False
                    )
                    flying[str(future.key)] = request, future
                    future.add_done_callback(done.put)
                if not flying:
                    if exhausted:
                        self._next_look = 0.0
                        self._num_threads()
                        return
                    self._wait_for_a_worker()
                    continue
                finished = self._next(done)
                request, _ = flying.pop(str(finished.key))
                yield self._answer(request, finished)
        finally:
            for _, future in flying.values():
                future.cancel()

    @property
    def _open(self) -> Client:
        if self._client is None:
            raise BackendError(f"the cluster {self._shown} was left")
        return self._client

    def _register(self) -> None:
        try:
            self._open.register_plugin(self._plugin)
        except Exception as error:
            raise BackendError(
                f"a worker of {self._shown} cannot load edge_tts ({error}): install "
                "the same version on the scheduler and every worker"
            ) from error

    def _num_threads(self) -> int:
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + REFRESH_SECONDS
            try:
                here = self._open.nthreads()
            except Exception as error:
                raise self._gone(error) from error
            self.deaths += len(self._threads.keys() - here.keys())
            self._threads = dict(here)
        return sum(self._threads.values())

    def _wait_for_a_worker(self) -> None:
        while not self._has_workers():
            time.sleep(0.2)

    def _next(self, done: queue.SimpleQueue[Future[Any]]) -> Future[Any]:
        while True:
            try:
                return done.get(timeout=REFRESH_SECONDS)
            except queue.Empty:
                self._has_workers()

    def _has_workers(self) -> bool:
        if self._num_threads():
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = time.monotonic()
            self._note(f"{self._shown} has no worker; waiting for one")
        elif time.monotonic() - self._empty_since > self._patience:
            raise BackendError(
                f"{self._shown} has had no worker for {self._patience:.0f} s; "
                f"start `dask worker`; {_AGAIN}"
            )
        return self._empty_since is None

    def _ask_workers(self) -> None:
        from distributed import wait

        from edge_tts.narrate.cluster_speaker import ask_worker

        asked = {
            address: self._open.submit(
                ask_worker, self._plugin.name, workers=[address], pure=False
            )
            for address in self._threads
        }
        # A worker that left meanwhile never answers; the others have.
        with self._open.as_current(), contextlib.suppress(TimeoutError):
            wait(list(asked.values()), timeout=ASK_SECONDS)
        for address, future in asked.items():
            if future.status == "error":
                raise self._cannot_load(future.exception())
            if future.status == "finished" and (refusal := future.result()):
                raise self._refused(address, refusal)

    def _answer(self, request: Request, future: Future[Any]) -> Answer:
        from distributed import KilledWorker

        if future.status == "cancelled":
            raise self._gone("lost the connection")
        if future.status == "error":
            error = future.exception()
            if isinstance(error, KilledWorker):
                reason = "it ended its worker again and again"
                return Answer(request.id, {}, b"", reason)
            raise self._cannot_load(error)
        try:
            result, data = self._fetched(future)
        except KilledWorker:
            return Answer(request.id, {}, b"", "it ended its worker again and again")
        except BackendError:
            raise
        except Exception as error:
            raise self._gone(error) from error
        if "refused" in result:
            raise self._refused(result["worker"], result["refused"])
        return Answer(
            request.id,
            result.get("result", {}),
            data,
            result.get("error", ""),
            result.get("errno"),
        )

    def _fetched(self, future: Future[Any]) -> tuple[dict[str, Any], bytes]:
        """The result; if its worker was lost with it, dask has it spoken again."""
        while True:
            try:
                result: tuple[dict[str, Any], bytes] = future.result(FETCH_SECONDS)
                return result
            except asyncio.TimeoutError:
                # Spoken again by whom? Raises when nobody comes.
                self._has_workers()

    def _refused(self, worker: str, why: str) -> BackendError:
        return BackendError(
            f"worker {worker} would not give the samples of this job: {why}; install "
            "the version and the packs of the machine where the job was begun, or "
            "stop that worker"
        )

    def _cannot_load(self, error: object) -> BackendError:
        return BackendError(
            f"a worker of {self._shown} cannot speak ({type(error).__name__}: "
            f"{error}): install the same version of edge_tts on the scheduler and "
            "every worker"
        )

    def _gone(self, error: object) -> BackendError:
        return BackendError(
            f"the dask scheduler {self._shown} is gone ({error}); {_AGAIN}"
        )
