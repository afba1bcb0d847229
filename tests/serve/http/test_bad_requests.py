"""Requests that nobody should send: the right status in the shape of the API."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.errors import ConfigError
from edge_tts.serve.http import HttpDoor, HttpSettings
from tests.serve.http.conftest import SENTENCE, body, url_of
from tests.serve.running_door import Daemon, running_daemon

SPEECH = "/v1/audio/speech"
JSON = {"content-type": "application/json"}


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """Check the shape of a refusal and return what is in it."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    error: dict[str, Any] = answer.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert "Traceback" not in answer.text and "\n" not in error["message"]
    return error


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"model": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"speed": ' + b"9" * 10_000 + b"}",
    ],
)
def test_no_json_object_is_400(client: httpx.Client, data: bytes) -> None:
    answer = client.post(SPEECH, content=data, headers=JSON)
    assert answer.status_code == 400
    assert error_of(answer)["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", 1),
        ("model", ""),
        ("input", None),
        ("input", ["a"]),
        ("input", ""),
        ("input", "\ud800"),
        ("voice", 7),
        ("voice", {}),
        ("voice", {"id": 7}),
        ("voice", "../../../etc/passwd"),
        ("voice", "/etc/passwd"),
        ("voice", "edge-en/../edge-en"),
        ("voice", "kathleen\n"),
        ("voice", "kathleen\x00"),
        ("voice", "tests/data"),
        ("voice", "."),
        ("voice", "nobody"),
        ("response_format", "exe"),
        ("response_format", None),
        ("speed", "fast"),
        ("speed", True),
        ("speed", 0.1),
        ("speed", 1e300),
        ("stream_format", "websocket"),
        ("pause_ms", 1.5),
        ("pause_ms", -1),
        ("seed", 2**40),
        ("sample_rate", 12345),
        ("ssml", "yes"),
        ("priority", "urgent"),
        ("deadline_s", 0),
        ("instructions", 5),
    ],
)
def test_a_wrong_value_is_named(client: httpx.Client, name: str, value: object) -> None:
    content = json.dumps(body(**{name: value}))
    answer = client.post(SPEECH, content=content, headers=JSON)
    assert answer.status_code == 400
    assert error_of(answer)["param"].split(".")[0] == name


def test_what_is_missing_is_named(client: httpx.Client) -> None:
    for name in ("model", "input"):
        content = body()
        del content[name]
        assert error_of(client.post(SPEECH, json=content))["param"] == name


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", ""]
)
def test_other_types_are_415(client: httpx.Client, kind: str) -> None:
    headers = {"content-type": kind}
    answer = client.post(SPEECH, content=json.dumps(body()), headers=headers)
    assert answer.status_code == 415
    error_of(answer)


def test_too_much_is_413(client: httpx.Client) -> None:
    long_text = client.post(SPEECH, json=body(input="a" * 60_000))
    assert long_text.status_code == 413 and error_of(long_text)["param"] == "input"
    # The answer must be seen although most of the body was never wanted.
    huge = client.post(SPEECH, content=b"x" * (6 << 20), headers=JSON)
    assert huge.status_code == 413
    error_of(huge)


def test_unspeakable_text_is_422(client: httpx.Client) -> None:
    for text in ("...", "   ", "\u200b"):
        answer = client.post(SPEECH, json=body(input=text))
        assert answer.status_code == 422
        assert error_of(answer)["param"] == "input"


def test_paths_and_methods(client: httpx.Client) -> None:
    for path in ("/nothing", "/v1/audio/speech/", "/../etc/passwd", "/page.js/..%2fx"):
        assert client.get(path).status_code == 404
    wrong = client.get(SPEECH)
    assert wrong.status_code == 405 and wrong.headers["allow"] == "POST"
    error_of(wrong)
    assert client.head("/healthz").status_code == 200
    missing = client.get("/v1/models/none")
    assert missing.status_code == 404
    assert error_of(missing)["code"] == "model_not_found"


def test_a_deadline_that_passes_is_408(client: httpx.Client) -> None:
    content = body(input=f"{SENTENCE} " * 600, deadline_s=1, response_format="opus")
    with client.stream("POST", SPEECH, json=content) as answer:
        # Some of it may be there already: then the answer breaks off.
        if answer.status_code == 200:
            with pytest.raises(httpx.RemoteProtocolError):
                answer.read()
        else:
            assert answer.status_code == 408


def test_other_names_of_the_host_are_refused(url: str, client: httpx.Client) -> None:
    port = url.rpartition(":")[2]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", "[::1]", "LOCALHOST"):
        assert client.get("/healthz", headers={"host": host}).status_code == 200
    for host in (f"rebound.example:{port}", "127.0.0.1.example", ""):
        answer = client.get("/v1/status", headers={"host": host})
        assert answer.status_code == 403
        assert error_of(answer)["code"] == "host_not_allowed"


def test_foreign_pages_get_no_permission(daemon: Daemon, client: httpx.Client) -> None:
    origin = {"origin": "https://page.example"}
    assert (
        "access-control-allow-origin"
        not in client.get("/healthz", headers=origin).headers
    )
    permitted = HttpSettings(port=0, cors_origins=("https://page.example",))
    with daemon.door(lambda broker: HttpDoor(broker, permitted)) as door:
        answer = httpx.get(f"{url_of(door)}/v1/models", headers=origin)
        assert answer.headers["access-control-allow-origin"] == "https://page.example"
        other = {"origin": "https://other.example"}
        refused = httpx.get(f"{url_of(door)}/v1/models", headers=other)
        assert "access-control-allow-origin" not in refused.headers


def test_a_token_is_asked_for(daemon: Daemon) -> None:
    token = "0123456789abcdef"
    guarded = HttpSettings(port=0, token=token)
    with (
        daemon.door(lambda broker: HttpDoor(broker, guarded)) as door,
        httpx.Client(base_url=url_of(door)) as client,
    ):
        for header in ("", "Bearer", f"Basic {token}", f"Bearer {token}x", "\xff"):
            headers = {"authorization": header.encode("latin-1")}
            answer = client.post(SPEECH, json=body(), headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            error_of(answer)
        for path in ("/v1/models", "/v1/status", "/metrics", "/openapi.json"):
            assert client.get(path).status_code == 401
        for path in ("/healthz", "/readyz", "/"):
            assert client.get(path).status_code == 200
        headers = {"authorization": f"Bearer {token}"}
        answer = client.post(SPEECH, json=body(), headers=headers)
        assert answer.status_code == 200


def test_nobody_listens_to_the_world_without_a_token() -> None:
    for host in ("0.0.0.0", "192.168.1.5", "::", "speaker.local"):
        with pytest.raises(ConfigError, match="token"):
            HttpSettings(host=host)
        assert not HttpSettings(host=host, token="0123456789abcdef").is_loopback
    with pytest.raises(ConfigError, match="16"):
        HttpSettings(token="short")


def test_too_much_work_is_429_and_says_when_to_come_again() -> None:
    with (
        running_daemon(max_jobs=1, max_active=1) as daemon,
        daemon.door(lambda broker: HttpDoor(broker, HttpSettings(port=0))) as door,
        httpx.Client(base_url=url_of(door), timeout=60) as client,
    ):
        long_text = body(input=f"{SENTENCE} " * 500, response_format="pcm")
        with client.stream("POST", SPEECH, json=long_text) as first:
            pieces = first.iter_bytes(1024)
            next(pieces)
            second = client.post(SPEECH, json=body())
        assert second.status_code == 429
        assert int(second.headers["retry-after"]) >= 1
        assert error_of(second)["type"] == "rate_limit_error"
        assert daemon.wait_until_idle()
        daemon.call(daemon.broker.drain(0.0))
        late = client.post(SPEECH, json=body())
        assert late.status_code == 503
        assert int(late.headers["retry-after"]) >= 1
        error_of(late)
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 503


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [*body(), "speed", "ssml", "seed", "stream_format", "x"]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_answered_without_a_5xx(client: httpx.Client, value: Any) -> None:
    answer = client.post(SPEECH, content=json.dumps(value), headers=JSON)
    assert answer.status_code < 500
    if answer.status_code != 200:
        error_of(answer)


@settings(max_examples=60)
@given(
    st.one_of(
        st.binary(min_size=1, max_size=200),
        st.builds(
            lambda method, path, header, rest: (
                method + b" " + path + b" HTTP/1.1\r\n" + header + b"\r\n\r\n" + rest
            ),
            st.sampled_from([b"GET", b"POST", b"HEAD", b"TRACE", b"\x00", b"get"]),
            st.sampled_from([b"/", b"*", b"//x", b"/v1/audio/speech", b"/%00", b""]),
            st.sampled_from(
                [
                    b"Host: localhost",
                    b"Host: localhost\r\nHost: localhost",
                    b"Host: localhost\r\nContent-Length: -1",
                    b"Host: localhost\r\nContent-Length: 5\r\nContent-Length: 6",
                    b"Host: localhost\r\nTransfer-Encoding: chunked",
                    b"Host: localhost\r\nTransfer-Encoding: gzip, chunked",
                    b"Host: localhost\r\nUpgrade: websocket\r\nConnection: upgrade",
                    b"Host: localhost\r\n folded: x",
                    b"X" * 300,
                ]
            ),
            st.binary(max_size=60),
        ),
    )
)
def test_any_bytes_leave_the_door_open(url: str, data: bytes) -> None:
    port = int(url.rpartition(":")[2])
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(1 << 16):
                answer += part
        except ConnectionError:
            pass
    assert not answer.startswith(b"HTTP/1.1 5"), answer
    assert b"Traceback" not in answer
