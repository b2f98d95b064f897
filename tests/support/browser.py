"""Chromium of the system, driven without a screen; axe looks at its pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.missing import missing

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The first is the engine alone, without the window around it: every page costs half.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AXE_OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    # Every place of every finding; of what was in order no lists, which would take as long as the check.
    "resultTypes": ["violations"],
}

# What floats over the page covers a target only until one scrolls: sizes are measured as if nothing lay over them.
UNCOVER = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".hf-banner, .hf-actionbar, .hf-toasts, .hf-toast { position: static !important; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""


def executable() -> str:
    """Where Chromium lies; skips the test (fails in CI) when there is none."""
    found = os.environ.get("HILFEFREI_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        missing("Browser-Tests (Chromium fehlt)", "apt-get install chromium")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser process."""
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS), headless=True)
        yield browser
        browser.close()


class Watch:
    """Notes what a page did that it must not do: script errors, CSP refusals, requests to other machines."""

    def __init__(self, context: BrowserContext, ours: str) -> None:
        self.problems: list[str] = []
        self._ours = ours
        context.on("page", self._watch)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"script error on {page.url}: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        # An answer of 4xx is written as an error too; the test that provoked it checks it itself.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        # What the page of a log-in of the house fetches is not ours to say.
        if not request.is_navigation_request() and request.frame.url.startswith("http") and not request.frame.url.startswith(self._ours):
            return
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in {"127.0.0.1", "localhost"}:
            self.problems.append(f"request to {parts.hostname}")


def axe_findings(page: Page) -> list[str]:
    """WCAG 2.0 to 2.2 A/AA and best practice: one line per finding, with the places."""
    page.evaluate(UNCOVER)
    try:
        result = Axe().run(page, options=AXE_OPTIONS)
    finally:
        page.evaluate("document.adoptedStyleSheets = document.adoptedStyleSheets.slice(0, -1)")
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: "
        + "; ".join(" ".join(map(str, node["target"])) for node in found["nodes"][:4])
        for found in result.response["violations"]
    ]
