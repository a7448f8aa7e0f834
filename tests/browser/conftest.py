"""Pages in a real browser: Debian's Chromium, every word of its console and every request of a page noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import debian_parts

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
)


class Watch:
    """What a page said and asked for."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as Debian has it: playwright's own is not downloaded."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=debian_parts.find("chromium"), args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of a context of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def watch(page: Page) -> Watch:
    """What the page of this test says and asks for."""
    return Watch(page)


@pytest.fixture
def open_file(page: Page, watch: Watch) -> Callable[[Path], Page]:
    """open_file(path): the page of a file, its script run."""

    def open_it(path: Path) -> Page:
        page.goto(path.as_uri())
        page.wait_for_function("document.querySelectorAll('.chart canvas').length > 0")
        return page

    return open_it
