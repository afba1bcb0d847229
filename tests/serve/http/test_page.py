"""The page in a real browser: type, choose a voice, listen, stop."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_tts.serve.http import HttpDoor, HttpSettings
from tests.serve.http.conftest import url_of
from tests.serve.running_door import Daemon

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": 480, "height": 900})
    opened.set_default_timeout(60_000)
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type == "error" else None
        ),
    )
    opened.complaints = complaints
    yield opened
    opened.close()


def test_speaks_what_is_typed(page: Any, url: str, tmp_path: Path) -> None:
    page.goto(url)
    page.locator("#voice option").nth(3).wait_for(state="attached")
    page.get_by_label("Text").fill("Short and clear.")
    page.get_by_label("Voice").select_option("edge-en/bdl")
    page.get_by_role("button", name="Speak").click()
    page.get_by_text("Done.", exact=True).wait_for()
    assert page.locator("#first").inner_text().endswith(" ms")
    seconds = float(page.locator("#received").inner_text().split()[0])
    assert 0.8 < seconds < 4.0
    assert float(page.locator("#rtf").inner_text()) < 5.0
    assert page.locator("#gaps").inner_text() == "0"
    assert page.locator("#state").inner_text() == "ready"
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert page.complaints == []


def test_stops_when_told(page: Any, url: str, daemon: Daemon) -> None:
    page.goto(url)
    page.get_by_label("Text").fill("One sentence follows another. " * 300)
    page.get_by_role("button", name="Speak").click()
    page.locator("#first").get_by_text("ms").wait_for()
    page.get_by_role("button", name="Stop").click()
    assert page.locator("#message").inner_text() == "Stopped."
    assert page.get_by_role("button", name="Stop").is_disabled()
    assert daemon.wait_until_idle()
    assert page.complaints == []


def test_works_from_the_keyboard_and_tells_errors(page: Any, url: str) -> None:
    page.goto(url)
    page.get_by_label("Text").fill("...")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#message.error")
    assert "nothing to speak" in page.locator("#message").inner_text()


def test_asks_for_the_token(page: Any, daemon: Daemon) -> None:
    guarded = HttpSettings(port=0, token="0123456789abcdef")
    with daemon.door(lambda broker: HttpDoor(broker, guarded)) as door:
        page.goto(url_of(door))
        page.get_by_label("Token").fill("0123456789abcdef")
        page.get_by_label("Text").click()
        page.locator("#voice option").nth(3).wait_for(state="attached")


def test_loads_nothing_from_elsewhere(client: httpx.Client) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    for path in ("/", "/page.js", "/page.css"):
        text = client.get(path).text
        assert "http://" not in text and "https://" not in text
        assert " style=" not in text and "onclick" not in text
