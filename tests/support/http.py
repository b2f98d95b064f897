"""Somebody who works with the real server over HTTP: logs in, reads pages, posts forms; keeps what was acknowledged."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

T = TypeVar("T")
SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back: status, where it leads (302), the page."""

    status: int
    location: str
    text: str


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class Desk:
    """One login in one browser. Raises URLError or ConnectionError where the server is gone."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._cookies = CookieJar()
        self._open = build_opener(HTTPCookieProcessor(self._cookies), _Stay()).open

    def get(self, path: str) -> Answer:
        """A page."""
        return self._ask(Request(self.url + path))

    def post(self, path: str, **fields: Any) -> Answer:
        """A form with its token; lists are repeated fields."""
        token = next(c.value for c in self._cookies if c.name == "hilfefrei_csrf")
        body = urlencode({"csrfmiddlewaretoken": token, **fields}, doseq=True).encode()
        return self._ask(Request(self.url + path, data=body, headers={"Referer": self.url + "/"}))

    def log_in(self, username: str, password: str) -> "Desk":
        """Get in."""
        self.get("/anmelden/")
        answer = self.post("/anmelden/", login=username, password=password)
        assert answer.status == 302, answer.text[:2000]
        return self

    def _ask(self, request: Request) -> Answer:
        try:
            reply = self._open(request, timeout=SECONDS)
        except HTTPError as error:
            reply = error
        with reply:
            return Answer(reply.status, reply.headers.get("Location", ""), reply.read().decode())


def together(*calls: Callable[[], T]) -> list[T]:
    """Make all calls in the same moment; their results in order. The first error is raised again."""
    start = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []

    def run(n: int, call: Callable[[], T]) -> None:
        start.wait()
        try:
            results[n] = call()
        except BaseException as error:  # noqa: BLE001 - handed on below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS * 2)
    if errors:
        raise errors[0]
    return results
