"""Downloads against a small hub on this machine: redirects, ranges, digests."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from calibrate.convert.errors import ConversionError
from calibrate.convert.hub_download import download

CONTENT = bytes(range(256)) * 5000


class Hub(ThreadingHTTPServer):
    """Serves one large file through a redirect, as the hub does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.digest = hashlib.sha256(CONTENT).hexdigest()
        self.ranges: list[str] = []
        self.break_after = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: object) -> None:
        """Silence."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        if self.path == "/owner/model/resolve/main/model.bin":
            self.send_response(302)
            self.send_header("Location", "/store/model.bin")
            self.send_header("X-Linked-Etag", f'"{self.server.digest}"')
            self.end_headers()
            return
        if self.path != "/store/model.bin":
            self.send_error(404)
            return
        asked = self.headers.get("Range", "")
        self.server.ranges.append(asked)
        first = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(CONTENT) - first))
        self.end_headers()
        if body:
            stop = self.server.break_after or len(CONTENT)
            self.wfile.write(CONTENT[first:stop])


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def fetch(hub: Hub, folder: Path, name: str = "model.bin") -> None:
    download("owner/model", [name], folder, hub=hub.address)


def test_a_file_arrives_and_is_not_fetched_twice(hub: Hub, tmp_path: Path) -> None:
    fetch(hub, tmp_path)
    fetch(hub, tmp_path)
    assert (tmp_path / "model.bin").read_bytes() == CONTENT
    assert hub.ranges == [""] and not list(tmp_path.glob("*.part"))


def test_an_interrupted_file_goes_on_where_it_was(hub: Hub, tmp_path: Path) -> None:
    hub.break_after = 700_001
    with pytest.raises(ConversionError, match="run the command again"):
        fetch(hub, tmp_path)
    assert not (tmp_path / "model.bin").exists()
    hub.break_after = 0
    fetch(hub, tmp_path)
    assert (tmp_path / "model.bin").read_bytes() == CONTENT
    assert hub.ranges == ["", "bytes=700001-"]


def test_a_damaged_file_is_removed(hub: Hub, tmp_path: Path) -> None:
    hub.digest = "0" * 64
    with pytest.raises(ConversionError, match="another SHA-256"):
        fetch(hub, tmp_path)
    assert not list(tmp_path.iterdir())


def test_missing_files_and_networks_are_named(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"other\.bin: 404"):
        fetch(hub, tmp_path, "other.bin")
    hub.server_close()
    with pytest.raises(ConversionError, match="run the command again"):
        download("owner/model", ["model.bin"], tmp_path, hub="http://127.0.0.1:1")
