"""A small reference receiver: what stands at the other end of the interface, for training and tests. No paying system.

Takes sheets by POST as ``docs/neighbour.md`` says, keeps them in a folder, shows them on one page and confirms with an
invented Aktenzeichen, by a button or by itself. Standard library only, so that it can be read as an example.
"""

import argparse
import hmac
import html
import json
import os
import re
import signal
import threading
import time
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

MOST_BYTES: Final = 10 * 1024 * 1024
KEY: Final = re.compile(r"[a-z]+-[0-9A-Za-z-]{1,60}")
ENDINGS: Final = ("pdf", "csv", "xml")
PAGE: Final = """<!doctype html><html lang="de"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Empfänger zum Üben</title><style>body{{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.4rem .6rem;border-top:1px solid #c0c3d5}}</style>
<h1>Empfänger zum Üben</h1><p>Steht für das zahlende Verfahren. Was hier ankommt, hat Hilfefrei gesendet.</p>
<table><thead><tr><th>Blatt</th><th>angekommen</th><th>Bestätigung</th></tr></thead><tbody>{rows}</tbody></table></html>"""


class Receiver:
    """Keeps what came and confirms it. ``confirm_url`` empty: nobody is called."""

    def __init__(self, folder: Path, token: str, confirm_url: str = "", confirm_token: str = "") -> None:
        self.folder = folder
        self.token = token
        self.confirm_url = confirm_url
        self.confirm_token = confirm_token
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, key: str, files: Mapping[str, bytes]) -> bool:
        """Keep a sheet; False when it was here already (the first one stays)."""
        with self._lock:
            target = self.folder / key
            if target.exists():
                return False
            draft = self.folder / f".{key}"
            draft.mkdir(exist_ok=True)
            for ending, content in files.items():
                (draft / f"{key}.{ending}").write_bytes(content)
            (draft / "da.txt").write_text(datetime.now(UTC).isoformat(timespec="seconds"), encoding="ascii")
            draft.rename(target)
            return True

    def sheets(self) -> list[tuple[str, str, str]]:
        """(key, came at, confirmed as) of every sheet, the newest first."""
        found = []
        for path in self.folder.iterdir():
            if path.is_dir() and not path.name.startswith("."):
                done = path / "bestaetigt.txt"
                found.append(
                    (path.name, (path / "da.txt").read_text(encoding="ascii"), done.read_text(encoding="ascii") if done.exists() else "")
                )
        return sorted(found, key=lambda row: (row[1], row[0]), reverse=True)

    def confirm(self, key: str) -> str:
        """Call back; gives the Aktenzeichen, or what went wrong after an exclamation mark."""
        target = self.folder / key
        if not target.is_dir():
            return "!unbekannt"
        number = f"UE{sum(map(ord, key)) * 7919 % 1_000_000:06d}" if key.startswith("antrag-") else ""
        # The receiver has no clock of its own that Hilfefrei would have to believe: it lets the moment be "now".
        body = {"schluessel": key, "aktenzeichen": number}
        request = urllib.request.Request(  # noqa: S310 - the address comes from whoever started us
            self.confirm_url,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.confirm_token}"},
        )
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()
        except OSError as error:
            return f"!{getattr(error, 'code', type(error).__name__)}"
        (target / "bestaetigt.txt").write_text(number or "ja", encoding="ascii")
        return number


def handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    """A request handler for ``receiver``."""

    class Handler(BaseHTTPRequestHandler):
        server_version = "Empfaenger"

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/":
                parts = self.path.strip("/").split("/")
                file = receiver.folder / parts[0] / parts[-1] if len(parts) == 2 and KEY.fullmatch(parts[0]) else None
                if file is None or file.name not in {f"{parts[0]}.{e}" for e in ENDINGS} or not file.is_file():
                    self._answer(404, "nicht da")
                    return
                kind = {"pdf": "application/pdf", "csv": "text/plain; charset=utf-8", "xml": "text/xml"}[file.suffix[1:]]
                self._answer(200, file.read_bytes(), kind)
                return
            self._answer(200, PAGE.format(rows="".join(map(_row, receiver.sheets())) or "<tr><td>Noch nichts angekommen.</td></tr>"), "text/html; charset=utf-8")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= MOST_BYTES:
                self._answer(413, "zu groß oder leer")
                return
            body = self.rfile.read(length)
            if self.path == "/bestaetigen":
                key = parse_qs(body.decode("ascii", "replace")).get("schluessel", [""])[0]
                told = receiver.confirm(key) if KEY.fullmatch(key) else "!unbekannt"
                self.send_response(303 if not told.startswith("!") else 502)
                self.send_header("Location", "/")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            given = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), receiver.token.encode()):
                self._answer(401, "falsches Kennzeichen")
                return
            key = self.headers.get("Idempotency-Key", "")
            files = _files(self.headers.get("Content-Type", ""), body)
            if not KEY.fullmatch(key) or set(files) != set(ENDINGS):
                self._answer(422, "erwartet: Schlüssel und pdf, csv, xml")
                return
            self._answer(201 if receiver.keep(key, files) else 409, "")

        def _answer(self, code: int, content: str | bytes, kind: str = "text/plain; charset=utf-8") -> None:
            held = content.encode() if isinstance(content, str) else content
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(held)))
            self.end_headers()
            self.wfile.write(held)

        def log_message(self, *_args: Any) -> None:
            """Say nothing: addresses carry keys."""

    return Handler


def _files(content_type: str, body: bytes) -> dict[str, bytes]:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body)
    found: dict[str, bytes] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        if isinstance(content, bytes) and isinstance(name, str):
            found[name] = content
    return found


def _row(row: tuple[str, str, str]) -> str:
    key, came, done = (html.escape(part) for part in row)
    links = " ".join(f'<a href="/{key}/{key}.{ending}">{ending.upper()}</a>' for ending in ENDINGS)
    button = f'<form method="post" action="/bestaetigen"><input type="hidden" name="schluessel" value="{key}"><button>bestätigen<span hidden> {key}</span></button></form>'
    return f"<tr><td>{key}<br>{links}</td><td>{came}</td><td>{done or button}</td></tr>"


def main(arguments: list[str] | None = None) -> int:
    """Run until asked to stop."""
    parser = argparse.ArgumentParser(prog="hilfefrei receiver", description="Empfänger zum Üben: nimmt Blätter an und bestätigt sie.")
    parser.add_argument("--port", type=int, default=8124)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--token", default=os.environ.get("HILFEFREI_NEIGHBOUR_TOKEN", ""))
    parser.add_argument("--confirm-url", default="")
    parser.add_argument("--confirm-token", default=os.environ.get("HILFEFREI_CONFIRM_TOKEN", ""))
    parser.add_argument("--confirm-after", type=float, default=0.0, metavar="SEKUNDEN", help="von selbst bestätigen; 0: nur auf Knopfdruck")
    options = parser.parse_args(arguments)
    receiver = Receiver(options.folder, options.token, options.confirm_url, options.confirm_token)
    server = ThreadingHTTPServer(("127.0.0.1", options.port), handler_of(receiver))
    stop = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    parent = int(os.environ.get("HILFEFREI_PARENT", "0"))
    while not stop.wait(0.5):
        if parent and os.getppid() != parent:
            break
        if options.confirm_after:
            for key, came, done in receiver.sheets():
                if not done and time.time() - datetime.fromisoformat(came).timestamp() >= options.confirm_after:
                    receiver.confirm(key)
    server.shutdown()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
