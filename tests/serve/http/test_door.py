"""What the door counts, and how it ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np

from edge_tts.audio import AudioFormat
from edge_tts.serve import Broker
from edge_tts.serve.http import HttpDoor, HttpSettings
from edge_tts.serve.http.encoding_thread import EncodingThread
from edge_tts.serve.metrics import Metrics
from tests.serve.conftest import SETTINGS, run
from tests.serve.http.conftest import body, url_of


def test_a_refused_request_is_counted_once() -> None:
    async def test() -> None:
        metrics = Metrics()
        starting = Broker(SETTINGS, on_rejected=metrics.rejected)
        door = HttpDoor(starting, HttpSettings(port=0), metrics=metrics)
        await door.start()
        async with httpx.AsyncClient(base_url=url_of(door), trust_env=False) as client:
            answer = await client.post("/v1/audio/speech", json=body())
        assert answer.status_code == 503
        counted = metrics.render().decode()
        assert 'edgetts_rejected_total{reason="not_ready"} 1.0' in counted
        await door.stop()

    run(test)


def test_an_encoder_outlives_its_pool() -> None:
    async def test() -> None:
        pool = ThreadPoolExecutor(1)
        encoder = EncodingThread(pool, "wav", AudioFormat(22_050), None)
        assert await encoder.feed(np.zeros(100, np.float32))
        pool.shutdown()
        encoder.close()
        assert encoder._encoder is None

    run(test)


def test_an_address_of_loopback_may_be_named_as_it_is_set() -> None:
    async def test() -> None:
        door = HttpDoor(Broker(SETTINGS), HttpSettings(host="127.0.0.2", port=0))
        await door.start()
        async with httpx.AsyncClient(base_url=url_of(door), trust_env=False) as client:
            assert (await client.get("/openapi.json")).status_code == 200
            stranger = {"host": "127.0.0.3"}
            answer = await client.get("/openapi.json", headers=stranger)
            assert answer.status_code == 403
        await door.stop()

    run(test)
