"""How sheets reach the paying system: into a watched folder, or by HTTPS to its receiver. Both may be repeated.

Where to is said in ``secret.toml`` under ``[neighbour]`` (``docs/neighbour.md``). Without it sheets lie in ``ausgang``.
"""

import os
import ssl
import time
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener
from uuid import uuid4

from hilfefrei import secrets
from hilfefrei.apps.audit.ports import Down

PORT: Final = "neighbour"
FOLDER: Final = "ausgang"
# The worker waits no longer: another try comes by itself.
SECONDS: Final = 5.0
TYPES: Final = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "xml": "application/xml"}
# It has it: taken now, or taken before under the same key.
TAKEN: Final = frozenset({200, 201, 202, 204, 409})
# It will not take this one; the next it may.
NOT_THIS: Final = frozenset({400, 413, 415, 422})
LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class WrongAddress(ValueError):
    """The address of the receiver cannot be used; the message says why."""


class NotTaken(Exception):
    """The receiver is there and refuses this sheet; somebody has to look."""


class _NoRedirect(HTTPRedirectHandler):
    """A sheet goes where the operator said, and nowhere else."""

    def redirect_request(self, *_args: object, **_more: object) -> None:
        return None


def send(key: str, files: Mapping[str, bytes], data: Path) -> None:
    """Deliver the ``files`` (ending -> content) of the sheet ``key``.

    Raises:
        Down: the receiver does not answer, or answers that it cannot now, or not for us.
        NotTaken: it refuses this sheet.
        WrongAddress: ``secret.toml`` names something that is no address for names of people.
    """
    held = secrets.current()
    if held.neighbour_url:
        _post(held.neighbour_url, held.neighbour_token, key, files)
    else:
        lay(Path(held.neighbour_folder) if held.neighbour_folder else data / FOLDER, key, files)


def lay(folder: Path, key: str, files: Mapping[str, bytes], port: str = PORT) -> None:
    """Put files down, each in one step; the XML last: who watches the folder begins when it is there."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for ending in sorted(files, key=lambda e: (e == "xml", e)):
            draft = folder / f".{key}.{ending}.{os.getpid()}"
            draft.write_bytes(files[ending])
            draft.chmod(0o600)
            draft.replace(folder / f"{key}.{ending}")
    except OSError as error:
        raise Down(port, type(error).__name__) from error


def is_whole(file: Path, quiet: float) -> bool:
    """Whether ``file``, laid down by the other side, can be read: no draft (``.name``, ``.part``, ``.tmp``), and not grown for ``quiet`` seconds."""
    draft = file.name.startswith(".") or file.suffix in {".part", ".tmp"}
    return not draft and file.is_file() and time.time() - file.stat().st_mtime >= quiet


def check_address(url: str) -> None:
    """Raise WrongAddress unless names of people may go to ``url``: HTTPS, or this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
        raise WrongAddress("Die Adresse des Empfängers muss mit https:// beginnen.")


def _post(url: str, token: str, key: str, files: Mapping[str, bytes]) -> None:
    check_address(url)
    border = uuid4().hex
    body = b"".join(
        f'--{border}\r\nContent-Disposition: form-data; name="{ending}"; filename="{key}.{ending}"\r\nContent-Type: {TYPES[ending]}\r\n\r\n'.encode()
        + content + b"\r\n"
        for ending, content in files.items()
    )  # fmt: skip
    request = Request(  # noqa: S310 - https, or this machine: checked above
        url,
        data=body + f"--{border}--\r\n".encode(),
        method="POST",
        headers={"Content-Type": f"multipart/form-data; boundary={border}", "Idempotency-Key": key, "Authorization": f"Bearer {token}"},
    )
    opener = build_opener(_NoRedirect, ProxyHandler({}), HTTPSHandler(context=ssl.create_default_context()))
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            code = answer.status
    except HTTPError as error:
        code = error.code
        error.close()
    except (URLError, HTTPException, OSError) as error:
        raise Down(PORT, type(error).__name__) from error
    if code in NOT_THIS:
        raise NotTaken(f"HTTP {code}")
    if code not in TAKEN:
        raise Down(PORT, f"HTTP {code}")
