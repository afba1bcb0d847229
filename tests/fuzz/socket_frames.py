"""Frames that are nearly right, for the daemon's socket, until the time is up.

    python -m tests.fuzz.socket_frames [--minutes 10] [--seed N]

Starts a daemon of its own. After every input it must still answer, and at the end have
no error in its log and no job, stream or connection left.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any

from edge_tts.client import wire

VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        1e308,
        float("nan"),
        2**70,
        "",
        "a",
        "\0",
        "\ud800",
        "x" * 70000,
    ),
    *(
        [],
        [[]],
        {},
        {"a": {}},
        "../..",
        "edge-en/kathleen",
        "Hello there.",
        "…",
        "<speak>",
    ),
)
FIELDS = (
    *("protocol", "do", "text", "voice", "options", "ssml", "priority", "deadline_s"),
    *("client", "cache", "speed", "__class__", ""),
)
OPERATIONS = ("speak", "open", "text", "finish", "cancel", "status", "voices", "hello")


def frames(chance: random.Random) -> bytes:
    """One connection's worth of bytes."""
    data = b"".join(_frame(chance) for _ in range(chance.randrange(1, 6)))
    if chance.random() < 0.3 and data:
        mutable = bytearray(data)
        for _ in range(chance.randrange(1, 8)):
            mutable[chance.randrange(len(mutable))] = chance.randrange(256)
        data = bytes(mutable)
    if chance.random() < 0.2:
        data = data[: chance.randrange(len(data) + 1)]
    return data


def check(path: Path, data: bytes, chance: random.Random) -> None:
    """Send bytes, read some of the answer, and see that the daemon lives.

    Raises:
        AssertionError: An answer is malformed, or the daemon does not answer.
    """
    with _connected(path) as raw:
        try:
            raw.sendall(data)
            if chance.random() < 0.5:
                raw.shutdown(socket.SHUT_WR)
            _read(raw, chance)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            pass
    with _connected(path) as raw:
        raw.settimeout(30.0)
        raw.sendall(wire.json_frame({"protocol": wire.PROTOCOL, "do": "hello"}))
        head = raw.recv(5, socket.MSG_WAITALL)
        assert len(head) == 5, "the daemon does not answer any more"


def _frame(chance: random.Random) -> bytes:
    message: dict[str, Any] = {
        "protocol": wire.PROTOCOL,
        "do": chance.choice(OPERATIONS),
        "text": "A few words.",
    }
    for _ in range(chance.randrange(3)):
        message[chance.choice(FIELDS)] = chance.choice(VALUES)
    if chance.random() < 0.2:
        message.pop(chance.choice(list(message)))
    payload = json.dumps(message).encode()
    if chance.random() < 0.1:
        payload = b"[" * 100_000
    if chance.random() < 0.1:
        return struct.pack(">IB", chance.randrange(1 << 32), chance.randrange(4))
    return struct.pack(">IB", len(payload), 1) + payload


def _read(raw: socket.socket, chance: random.Random) -> None:
    raw.settimeout(0.05 + chance.random() * 0.2)
    for _ in range(chance.randrange(8)):
        head = raw.recv(5, socket.MSG_WAITALL)
        if len(head) < 5:
            return
        length, kind = wire.HEADER.unpack(head)
        assert kind in (wire.JSON, wire.CHUNK) and length <= wire.MAX_REPLY_NBYTES
        payload = raw.recv(length, socket.MSG_WAITALL)
        if kind == wire.JSON and len(payload) == length:
            answer = json.loads(payload)
            assert answer["reply"] in (
                *("error", "speech", "end", "status", "voices", "hello"),
            ), answer
            assert answer.get("code") != "failed", answer


def _connected(path: Path) -> socket.socket:
    raw = socket.socket(socket.AF_UNIX)
    raw.settimeout(30.0)
    raw.connect(str(path))
    return raw


def main() -> int:
    """Run until the time is up; 1 when anything was found."""
    from benchmarks.daemon_process import running_daemon

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.socket_frames")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    count = 0
    with running_daemon() as daemon:
        deadline = time.monotonic() + arguments.minutes * 60.0
        while time.monotonic() < deadline:
            seed = arguments.seed + count
            chance = random.Random(seed)
            try:
                check(daemon.socket_path, frames(chance), chance)
            except Exception as error:
                print(f"seed {seed}: {type(error).__name__}: {error}")
                return 1
            count += 1
        ended = time.monotonic() + 60.0
        while True:
            status = daemon.client.status()
            busy = sum(status["active"].values()) + sum(status["waiting"].values())
            if not busy and status["connections"] == 1:
                break
            if time.monotonic() > ended:
                print(f"left behind: {status}")
                return 1
            time.sleep(0.1)
        errors = [line for line in daemon.log.read_text().splitlines() if "<3>" in line]
        if errors:
            print("\n".join(errors[:10]))
            return 1
    print(f"{count} inputs, 0 findings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
