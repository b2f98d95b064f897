"""A real OpenID Connect provider in its own process, and somebody who logs in there."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.test import Client

from tests.support.server import Process, free_port

START_SECONDS = 60.0


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


_open = build_opener(_Stay()).open


@dataclass
class Provider:
    """The provider at ``url``."""

    url: str
    process: Process

    def knows(self, subject: str, **claims: object) -> None:
        """Tell it who ``subject`` is from now on."""
        body = json.dumps(claims).encode()
        with _open(Request(f"{self.url}/users/{subject}", data=body, method="PUT", headers={"Content-Type": "application/json"}), timeout=30):
            pass

    def agree(self, address: str, subject: str, **more: str) -> str:
        """Log in there as ``subject`` on the page ``address``; the address it leads back to."""
        try:
            reply = _open(Request(address, data=urlencode({"sub": subject, **more}).encode()), timeout=30)
        except HTTPError as error:
            reply = error
        with reply:
            assert reply.status in {302, 303}, reply.read()[:800]
            return str(reply.headers["Location"])

    def log_in(self, client: Client, subject: str, **more: str) -> object:
        """The whole way: our page, the provider, back; the last answer of ours."""
        away = client.get("/anmelden/haus/")
        assert away.status_code == 302, away.content.decode()[:2000]
        assert away["Location"].startswith(self.url)
        assert re.search(r"[?&]code_challenge=", away["Location"]), "PKCE"
        back = urlsplit(self.agree(away["Location"], subject, **more))
        return client.get(f"{back.path}?{back.query}")


@contextmanager
def provider(log: Path) -> Iterator[Provider]:
    """Start one and wait for its first answer."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = Process(["-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)], {}, log)
    process.start()
    try:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                with _open(f"{url}/.well-known/openid-configuration", timeout=10):
                    break
            except URLError:
                assert process.alive, log.read_text(encoding="utf-8")[-2000:]
                assert time.monotonic() < end, "the provider did not start"
                time.sleep(0.1)
        yield Provider(url, process)
    finally:
        if process.alive:
            process.stop()
