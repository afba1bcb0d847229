"""The OpenAPI document against the door that serves it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from edge_tts.serve.http.speech_body import response_formats
from tests.serve.http.conftest import body


def test_the_document_names_what_is_here(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    operation = document["paths"]["/v1/audio/speech"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    members = schema["properties"]
    assert members["response_format"]["enum"] == list(response_formats())
    for voice in members["voice"]["anyOf"][0]["enum"]:
        answer = client.post("/v1/audio/speech", json=body(voice=voice, input="Yes."))
        assert answer.status_code == 200


def test_schemathesis_finds_nothing(url: str) -> None:
    if importlib.util.find_spec("schemathesis") is None:
        pytest.skip("schemathesis is not installed")
    program = "from schemathesis.cli import schemathesis; schemathesis()"
    settings = Path(__file__).with_name("schemathesis.toml")
    run = subprocess.run(
        [
            *(sys.executable, "-c", program, "--config-file", str(settings)),
            *("run", f"{url}/openapi.json", "--max-examples", "5", "--seed", "7"),
            *("--phases", "coverage,fuzzing"),
            *("--no-color", "--generation-database", "none"),
        ],
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "No issues found" in run.stdout
