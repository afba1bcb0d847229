"""What clients of the socket may say of themselves and of their wishes."""

from __future__ import annotations

from typing import Any

import pytest

from edge_tts.errors import ConfigError
from edge_tts.serve.unix_socket.request_fields import speech_request


def message(**fields: Any) -> dict[str, Any]:
    return {"protocol": 1, "do": "speak", "text": "Hi.", **fields}


def test_a_client_cannot_write_lines_into_the_log() -> None:
    named = message(client="kiosk\nspeech outcome=done\x1b[2J\ud800")
    client = speech_request(named, "0.1").client
    assert client == "socket:kiosk_speech_outcome=done_[2J_"
    assert speech_request(message(client="K\u00fcche"), "0.1").client == (
        "socket:K\u00fcche"
    )


@pytest.mark.parametrize("value", [10**400, 1e7, 0, float("nan"), float("inf")])
def test_numbers_of_any_size_are_refused_by_name(value: float) -> None:
    with pytest.raises(ConfigError, match="deadline_s"):
        speech_request(message(deadline_s=value), "0.1")
    with pytest.raises(ConfigError, match="speed"):
        speech_request(message(options={"speed": value}), "0.1")
