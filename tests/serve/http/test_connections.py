"""Clients that are slow, silent, many or gone."""

from __future__ import annotations

import os
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from edge_tts.serve.http import HttpDoor, HttpSettings
from tests.serve.http.conftest import SENTENCE, body, url_of
from tests.serve.running_door import Daemon

SPEECH = "/v1/audio/speech"


@contextmanager
def strict_door(daemon: Daemon, **limits: float) -> Iterator[HttpDoor]:
    settings = HttpSettings(port=0, **limits)  # type: ignore[arg-type]
    with daemon.door(lambda broker: HttpDoor(broker, settings)) as door:
        yield door


def connect(door: HttpDoor) -> socket.socket:
    return socket.create_connection(door.addresses[0], 20)


def read_all(connection: socket.socket) -> bytes:
    data = b""
    try:
        while part := connection.recv(1 << 16):
            data += part
    except ConnectionError:
        pass
    return data


def test_a_head_that_comes_byte_by_byte_is_given_up(daemon: Daemon) -> None:
    with strict_door(daemon, header_timeout_s=0.4) as door, connect(door) as slow:
        started = time.monotonic()
        try:
            for byte in (
                b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 99
            ):
                slow.sendall(bytes([byte]))
                time.sleep(0.02)
        except ConnectionError:
            pass
        answer = read_all(slow)
        assert time.monotonic() - started < 10
        assert answer.startswith(b"HTTP/1.1 408") or not answer


def test_a_silent_client_is_told_and_let_go(daemon: Daemon) -> None:
    with strict_door(daemon, header_timeout_s=0.3) as door, connect(door) as silent:
        assert read_all(silent).startswith(b"HTTP/1.1 408 ")
        assert door.num_connections == 0


def test_a_second_request_has_its_time_too(daemon: Daemon) -> None:
    with strict_door(daemon, header_timeout_s=0.4) as door, connect(door) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /he")
        answer = read_all(client)
        assert answer.startswith(b"HTTP/1.1 200") and b"HTTP/1.1 408" in answer


def test_a_body_that_does_not_come_is_given_up(daemon: Daemon) -> None:
    with strict_door(daemon, body_timeout_s=0.3) as door, connect(door) as slow:
        slow.sendall(
            b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
        )
        assert read_all(slow).startswith(b"HTTP/1.1 408 ")


def test_a_refused_body_is_not_awaited_for_ever(daemon: Daemon) -> None:
    with strict_door(daemon, header_timeout_s=0.4) as door, connect(door) as slow:
        slow.sendall(
            b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{"
        )
        assert read_all(slow).count(b"HTTP/1.1 404 ") == 1


def test_a_big_head_is_refused(daemon: Daemon) -> None:
    with strict_door(daemon) as door:
        for head in (b"X: " + b"a" * 200_000, b"X: y\r\n" * 50_000, b"x" * 200_000):
            with connect(door) as bomb:
                try:
                    bomb.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + head)
                except ConnectionError:
                    continue
                answer = read_all(bomb)
                assert answer.startswith(b"HTTP/1.1 400 ") or not answer


def test_requests_in_one_packet_are_answered_in_order(daemon: Daemon) -> None:
    with strict_door(daemon) as door, connect(door) as client:
        request = b"GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
        client.sendall(
            request % (b"/healthz", b"")
            + request % (b"/nothing", b"")
            + request % (b"/readyz", b"Connection: close\r\n")
        )
        answer = read_all(client)
        statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
        assert statuses == [b"200", b"404", b"200"]


def test_a_client_that_reads_nothing_loses_its_speech(daemon: Daemon) -> None:
    with strict_door(daemon, stall_timeout_s=0.5) as door:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(door.addresses[0])
        text = f"{SENTENCE} " * 800
        data = httpx.Request("POST", "http://x", json=body(input=text)).content
        client.sendall(
            b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(data), data)
        )
        assert daemon.wait_until_idle()
        assert door.num_connections == 0
        client.close()


def test_idle_crowds_make_room(daemon: Daemon) -> None:
    with strict_door(daemon, max_connections=20) as door:
        crowd = [connect(door) for _ in range(200)]
        try:
            for _ in range(5):
                answer = httpx.post(f"{url_of(door)}{SPEECH}", json=body())
                assert answer.status_code == 200
            assert door.num_connections <= 20
        finally:
            for one in crowd:
                one.close()


def test_nothing_is_left_of_thousands(daemon: Daemon) -> None:
    wanted = 3000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * wanted + 500
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip(f"needs {needed} descriptors, {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    try:
        with strict_door(daemon, max_connections=10_000) as door:
            httpx.get(f"{url_of(door)}/healthz")
            before = len(os.listdir("/proc/self/fd")), threading.active_count()
            crowd = [connect(door) for _ in range(wanted)]
            answer = httpx.post(f"{url_of(door)}{SPEECH}", json=body(), timeout=60)
            assert answer.status_code == 200
            assert door.num_connections >= wanted
            for one in crowd:
                one.close()
            for _ in range(200):
                if door.num_connections == 0:
                    break
                time.sleep(0.05)
            assert door.num_connections == 0
            after = len(os.listdir("/proc/self/fd")), threading.active_count()
            # A thread of a pool may start meanwhile; descriptors may not.
            assert after[0] <= before[0] + 2 and after[1] <= before[1] + 2
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
