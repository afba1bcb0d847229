"""What no client should send; whatever comes, others are served."""

from __future__ import annotations

import gc
import json
import socket
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.serve.running_door import Daemon

Address = tuple[str, int]


def talk(address: Address, data: bytes, timeout_s: float = 10.0) -> bytes:
    """Send bytes, and return what comes until the door hangs up or falls silent."""
    with socket.create_connection(address, timeout_s) as connection:
        answer = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(1 << 16):
                answer += part
        except ConnectionError:
            pass
        return answer


def is_serving(address: Address) -> bool:
    """Whether an honest client gets its answer."""
    with socket.create_connection(address, 10) as connection:
        connection.sendall(b'{"type": "describe"}\n')
        return b'"info"' in connection.recv(1 << 16)


def line(**members: object) -> bytes:
    return json.dumps(members).encode() + b"\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"[]\n",
        b"{}\n",
        b'{"type": null}\n',
        b"[" * 60_000 + b"\n",
        b'{"type": "' + b"x" * (1 << 17) + b'"}\n',
        b"\xff\xfe\n",
        line(type="synthesize", data_length=-1),
        line(type="synthesize", data_length=1 << 40),
        line(type="synthesize", data_length=True),
        line(type="synthesize", payload_length=10**30),
        line(type="synthesize", data=[1]),
        line(type="synthesize", data={"text": "\ud800"}),
        line(type="synthesize", data_length=3) + b"[1]",
        line(type="synthesize", data_length=3) + b"{{{",
    ],
)
def test_no_event_is_answered_with_an_error(address: Address, data: bytes) -> None:
    # The writing side stays open: it is the door that ends this.
    with socket.create_connection(address, 20) as connection:
        connection.sendall(data)
        answer = b""
        while part := connection.recv(1 << 16):
            answer += part
    assert b'"error"' in answer and b"Traceback" not in answer
    assert is_serving(address)


def test_a_slow_event_is_given_up(address: Address) -> None:
    started = time.monotonic()
    with socket.create_connection(address, 20) as connection:
        connection.sendall(b'{"type": ')
        answer = connection.recv(1 << 16)
    assert b"took more than" in answer
    assert time.monotonic() - started > 0.9


def test_many_silent_clients_keep_nobody_out(address: Address) -> None:
    silent = [socket.create_connection(address, 20) for _ in range(300)]
    try:
        assert is_serving(address)
    finally:
        for connection in silent:
            connection.close()


EVENTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            [
                *("describe", "ping", "synthesize", "synthesize-start"),
                *("synthesize-chunk", "synthesize-stop", "audio-chunk", "x"),
            ]
        )
    },
    optional={
        "data": st.one_of(
            st.none(),
            st.dictionaries(
                st.sampled_from(["text", "voice", "text_format", "context"]),
                st.one_of(
                    st.text(max_size=20),
                    st.integers(),
                    st.none(),
                    st.just("One two."),
                    st.just({"name": "bdl"}),
                    st.just({"language": 3}),
                ),
            ),
        ),
        "data_length": st.one_of(st.integers(-5, 50), st.just(1 << 33), st.text()),
        "payload_length": st.one_of(st.integers(-5, 50), st.floats()),
    },
)


@settings(max_examples=60)
@given(
    events=st.lists(st.tuples(EVENTS, st.binary(max_size=30)), max_size=6),
    cut=st.integers(0, 400),
)
def test_any_sequence_leaves_the_door_open(
    address: Address,
    events: list[tuple[dict[str, object], bytes]],
    cut: int,
) -> None:
    data = b"".join(json.dumps(event).encode() + b"\n" + more for event, more in events)
    answer = talk(address, data[: len(data) - cut % (len(data) + 1)])
    assert b"Traceback" not in answer
    assert b"SynthesisFailed" not in answer


def test_nothing_is_left_of_them(daemon: Daemon, address: Address) -> None:
    assert is_serving(address)
    assert daemon.wait_until_idle()


def test_a_fault_of_ours_is_one_line_of_the_log(
    daemon: Daemon,
    address: Address,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise RuntimeError("nobody thought of it")

    monkeypatch.setattr(daemon.broker, "voices", fail)
    # The writing side stays open: it is the door that ends this.
    with socket.create_connection(address, 20) as connection:
        connection.sendall(line(type="describe"))
        assert connection.recv(1) == b""
    assert "a client of wyoming met RuntimeError" in caplog.text
    gc.collect()
    assert "Traceback" not in caplog.text
