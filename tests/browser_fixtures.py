"""A real server on a free port and a real headless Chromium that tells every request and every complaint."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from api.server import serve
from tests.api_fixtures import settings
from tests.broker import PATIENCE_S
from tournee.store import Store

expect.set_options(timeout=PATIENCE_S * 1_000)

# Nothing that the browser itself would like to ask the internet.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Watched:
    """A page, what it asked for and what it complained of."""

    page: Page
    root: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        return [url for url in self.requests if not url.startswith((self.root, "data:", "blob:"))]

    def refuse(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, address: str) -> None:
        self.page.goto(self.root + address, wait_until="networkidle")

    def open_map(self, plan_id: str = "plan-1", query: str = "") -> None:
        """Open a map, and wait until streets and every layer are drawn."""
        self.open(f"/plans/{plan_id}/map{query}")
        self.page.wait_for_selector(".pin-icon")
        self.page.wait_for_function(
            "document.querySelectorAll('.leaflet-tile-loaded').length > 0 || !tournee.source.tiles"
        )


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's Chromium, or skip; where CI=true its absence is a failure."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        reason = "no Chromium on this machine: install the package `chromium`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def served(store: Store) -> Iterator[str]:
    """Serve a store on a free loopback port; give the address."""
    stop, up, address = threading.Event(), threading.Event(), []

    def ready(root: str, key: str) -> None:
        address.append(root)
        up.set()

    thread = threading.Thread(target=serve, args=(settings(), store, ready, stop))
    thread.start()
    try:
        assert up.wait(PATIENCE_S)
        yield address[0]
    finally:
        stop.set()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()


@contextmanager
def watched(browser: Browser, root: str, width: int = 1280) -> Iterator[Watched]:
    """Give a page that is watched."""
    page = browser.new_page(viewport={"width": width, "height": 860}, locale="en-GB")
    page.set_default_timeout(PATIENCE_S * 1_000)
    seen = Watched(page, root)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("dialog", seen.refuse)
    yield seen
    page.close()
