"""A marked name goes through every address, in every text field, through errors and the worker, and stays out of logs, figures,
titles, addresses, file names and headers. What it is allowed on is the page itself.
"""

import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from hilfefrei import condition, logs, secrets, worker
from hilfefrei.apps.audit import tasks
from hilfefrei.apps.audit.models import Outbox
from hilfefrei.core import clock
from tests.test_permissions import NAME, TABLE, Case, Undo, _keys, _url, case
from tests.world import STAFF, World, at

# Letters only: no encoding of an address changes it. NAME is the person's of the case, MARK what is typed everywhere.
MARK = "Nachtigallenschlag"
BOTH = re.compile(f"{MARK}|{NAME}", re.IGNORECASE)


class Lines(logging.Handler):
    """What production would write."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logs.JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def said() -> Iterator[Lines]:
    """Every log line of the test, as production formats it."""
    lines = Lines()
    loggers = [logging.getLogger(), logging.getLogger("django")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(lines)
        logger.setLevel(logging.DEBUG)
    yield lines
    for logger, level in zip(loggers, before, strict=True):
        logger.removeHandler(lines)
        logger.setLevel(level)


@pytest.fixture
def data(settings: Any, tmp_path: Path) -> Path:
    """A data folder of its own."""
    settings.DATA = tmp_path
    return tmp_path


# --- forms of a page
@dataclass
class Form:
    """Where it posts, and its fields: (name, kind, value)."""

    action: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page that post."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            if self._open is not None:
                self.found.append(self._open)
        if self._open is None:
            return
        name = given.get("name", "")
        if tag == "textarea" and name:
            self._open.fields.append((name, "text", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and given.get("value"):
            self._open.fields.append((self._select, "choice", given["value"]))
            self._select = ""
        elif tag in {"input", "button"} and name:
            self._open.fields.append((name, given.get("type", "text" if tag == "input" else "submit"), given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


KEPT = frozenset({"hidden", "radio", "checkbox", "choice", "submit"})


def typed(form: Form, *, everywhere: bool) -> dict[str, str]:
    """What somebody sends: the mark in each text field; unless ``everywhere`` days, times and numbers are ones that can be."""
    sent: dict[str, str] = {}
    for name, kind, value in form.fields:
        if kind == "file":
            continue
        if kind in KEPT:
            sent.setdefault(name, value)
        elif everywhere:
            sent[name] = MARK
        elif value:
            sent[name] = value
        elif re.search(r"day|date|_on$|_at$|from|until|valid|since|birth", name):
            sent[name] = "25.11.2026"
        elif re.search(r"time|starts|ends|hour", name):
            sent[name] = "10:00"
        elif kind == "number" or re.search(r"seats|hours|count|amount|wage|phone|plz", name):
            sent[name] = "20"
        else:
            sent[name] = f"{MARK}"
    return sent


def betrays(reply: HttpResponse) -> str:
    """Where an answer says the mark or the name outside of its page; empty where nowhere."""
    if BOTH.search(str(reply.headers)) or BOTH.search(reply.cookies.output()):
        return f"headers: {reply.headers}"
    if reply.streaming or not reply.headers.get("Content-Type", "").startswith("text/html"):
        return ""
    page = reply.content.decode()
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    if title and BOTH.search(title[1]):
        return f"title: {title[1]}"
    for address in re.findall(r'(?:href|action|src|hx-[a-z]+)="([^"]*)"', page):
        if BOTH.search(address):
            return f"address: {address}"
    return ""


def _readers(row: dict[str, Any]) -> list[str]:
    wanted = _keys(row, "GET") | _keys(row, "POST")
    ranked = [who for who in ("entrance", "benefits", "operator", "via_lead") if who in wanted] or [who for who in STAFF if who in wanted]
    return ranked[:1]


@dataclass
class Round:
    """One walk through the house."""

    world: World
    given: Case
    wrong: list[str] = field(default_factory=list)
    posted: set[str] = field(default_factory=set)
    done: int = 0

    def ask(self, name: str, call: Callable[[], Any]) -> Any:
        """One request of which nothing stays; what it betrays is noted."""
        found: list[Any] = []
        try:
            with transaction.atomic():
                reply = call()
                found.append(reply)
                if said := betrays(reply):
                    self.wrong.append(f"{name}: {said[:160]}")
                raise Undo
        except Undo:
            return found[0]

    def post_forms(self, name: str, client: Client, url: str, page: Any, names: set[str]) -> None:
        """Send each form of a page twice: with the mark everywhere, and as a form that may be taken."""
        reader = Forms()
        reader.feed(page.content.decode())
        for form in reader.found:
            names.update(one for one, kind, _ in form.fields if kind not in KEPT)
            path = urlsplit(form.action).path or urlsplit(url).path
            for everywhere in (True, False):
                sent = typed(form, everywhere=everywhere)
                target = form.action or path
                reply = self.ask(f"{name} POST {path}", lambda target=target, sent=sent: client.post(target, sent))
                self.done += reply.status_code == 302
            self.posted.add(path)


@pytest.mark.timeout(900)
@pytest.mark.one_database
def test_through_every_address_and_every_text_field(world: World, said: Lines, data: Path) -> None:
    walk = Round(world, case(world))
    clients: dict[str, Client] = {}
    names: set[str] = set()
    rows = sorted(TABLE.items())
    for name, row in rows:
        for who in _readers(row):
            client = clients.setdefault(who, Client())
            client.force_login(world.users[who])
            if "GET" not in row:
                continue
            url = _url(name, walk.given)
            page = walk.ask(name, lambda client=client, url=url: client.get(url))
            if page.status_code == 200 and page.headers["Content-Type"].startswith("text/html"):
                walk.post_forms(name, client, url, page, names)
            # Typed into the address by hand: the page may say it, nothing else may.
            client.get(url, {"q": MARK, "woche": MARK, "s": MARK, "seite": MARK, "monat": MARK})
    assert len(names) > 60, names
    assert walk.done > 60, "forms were taken, not only refused"
    # What has no page of its own, or was reached by no form: every field name of the house at once.
    everything = dict.fromkeys(sorted(names), MARK)
    for name, row in rows:
        if "POST" in row:
            url = _url(name, walk.given)
            for who in _readers(row):
                for sent in (row.get("data", {}) | everything, everything | {k: str(walk.given.ids.get(v, v)) for k, v in row.get("data", {}).items()}):
                    walk.ask(f"{name} POST", lambda who=who, url=url, sent=sent: clients[who].post(url, sent))
    nobody = Client()
    for name, _row in rows:
        walk.ask(f"{name} without login", lambda name=name: nobody.post(_url(name, walk.given), everything))
    assert walk.wrong == [], "\n".join(sorted(set(walk.wrong)))
    assert [line for line in said.lines if BOTH.search(line)] == []
    assert not BOTH.search(nobody.get("/metrics").content.decode())


def test_the_walk_sees_what_it_looks_for() -> None:
    """The instruments of this file, tried on what they must find."""
    assert betrays(HttpResponse(f"<title>{MARK.lower()}</title>"))
    assert betrays(HttpResponse(f'<a href="/x?q={NAME}">x</a>'))
    assert betrays(HttpResponse(headers={"Location": f"/x/{MARK}"}))
    assert not betrays(HttpResponse(f"<title>x</title><p>{MARK}</p>"))
    reader = Forms()
    reader.feed('<form method="post" action="/x"><input name="a" value="1"><textarea name="b"></textarea><select name="c"><option value=""><option value="2"></select></form>')
    assert reader.found == [Form("/x", [("a", "text", "1"), ("b", "text", ""), ("c", "choice", "2")])]
    assert typed(reader.found[0], everywhere=True) == {"a": MARK, "b": MARK, "c": "2"}
    assert typed(reader.found[0], everywhere=False) == {"a": "1", "b": MARK, "c": "2"}


# --- errors
def test_through_every_kind_of_refusal(world: World, said: Lines, data: Path, login: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch) -> None:
    client = login("entrance")
    client.raise_request_exception = False
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.force_login(world.users["entrance"])

    def fail(*_: object, **__: object) -> None:
        raise DatabaseError(f"DETAIL: Key (last_name)=({MARK}) already exists")

    def refuse(*_: object, **__: object) -> None:
        raise ValueError(MARK)

    replies = {
        404: client.get(f"/gibt/es/{MARK}/", {"q": MARK}),
        403: strict.post(reverse("shared:search"), {"q": MARK, "to": f"/{MARK}"}),
        405: client.get(reverse("shared:search"), {"q": MARK}),
        400: client.get("/anmelden/", headers={"Host": f"{MARK}.example"}),
        413: client.generic("POST", reverse("shared:search"), b"q=" + MARK.encode() * 100_000, content_type="application/x-www-form-urlencoded"),
    }
    monkeypatch.setattr("hilfefrei.www.shared.views.org.positions_of", fail)
    replies[500] = client.get(reverse("shared:profile"), {"q": MARK}, headers={"Referer": f"http://testserver/{MARK}", "User-Agent": MARK})
    assert {status: reply.status_code for status, reply in replies.items()} == {status: status for status in replies}
    for status, reply in replies.items():
        assert betrays(reply) == "", status
        assert MARK not in reply.content.decode() or status == 404, status
    monkeypatch.setattr("hilfefrei.www.shared.views.org.positions_of", refuse)
    client.get(reverse("shared:profile"))
    wrong = Client()
    for broken in (
        lambda: wrong.post("/anmelden/", {"login": MARK, "password": MARK}),
        lambda: wrong.get("/anmelden/", headers={"Cookie": f"hilfefrei_session={MARK}; hilfefrei_who={MARK}"}),
        lambda: wrong.get(f"/personen/%ff{MARK}"),
        lambda: wrong.generic("POST", "/anmelden/", f"--x\r\n{MARK}".encode(), content_type="multipart/form-data; boundary=y"),
        lambda: wrong.post("/anmelden/", {f"{MARK}{n}": MARK for n in range(2_100)}),
        lambda: wrong.generic("POST", reverse("api:confirmations"), MARK.encode(), content_type="application/json"),
        lambda: wrong.get("/healthz", headers={"X-Request-ID": MARK}),
        lambda: wrong.get("/metrics", headers={"Authorization": f"Bearer {MARK}", "X-Forwarded-For": MARK}),
    ):
        assert not BOTH.search(str(broken().headers))
    assert len(said.lines) >= 6, "it was logged at all"
    assert [line for line in said.lines if BOTH.search(line)] == []


def test_through_the_interface_of_the_paying_system(world: World, said: Lines, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_current", secrets.Secrets(("s" * 40,), ("a" * 40,), confirm_token="geheim"))
    for body in (f'{{"{MARK}": 1}}', f'{{"bestaetigungen": [{{"schluessel": "{MARK}", "aktenzeichen": "{MARK}", "eingegangen": "{MARK}"}}]}}', f"<x>{MARK}</x>"):
        reply = Client().generic("POST", reverse("api:confirmations"), body.encode(), content_type="application/json", headers={"Authorization": "Bearer geheim"})
        assert reply.status_code in {200, 400, 409}
        assert not BOTH.search(str(reply.headers))
    assert [line for line in said.lines if BOTH.search(line)] == []


# --- the worker
def test_through_the_worker(world: World, said: Lines, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case(world)
    incoming = data / "lieferungen" / "eingang"
    confirmed = data / "eingang"
    for folder in (incoming, confirmed):
        folder.mkdir(parents=True)
    monkeypatch.setattr("hilfefrei.apps.benefits.delivery_tasks.QUIET_SECONDS", 0.0)
    with zipfile.ZipFile(incoming / f"{MARK}.zip", "w") as opened:
        opened.writestr("personen.csv", f"kundennummer;vorname;nachname;geburtsdatum\nK1;{MARK};{NAME};1.2.1980\n")
    (incoming / f"{MARK}.csv").write_text(f"{MARK};{NAME}\n", encoding="utf-8")
    (incoming / f"{NAME}.parquet").write_bytes(MARK.encode())
    (confirmed / f"{MARK}.json").write_text(f'{{"bestaetigungen": [{{"schluessel": "{MARK}"}}]}}', encoding="utf-8")
    (confirmed / f"{MARK}.xml").write_text(f"<{MARK}>", encoding="utf-8")
    worker.run_once(at())
    assert not list(incoming.iterdir()), "the files were read"
    worker.run_once(at(9, 45))
    assert Outbox.objects.exclude(done_at=None).exists()

    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"{MARK} war nicht zu erreichen")

    Outbox.objects.update(done_at=None, tries=0, next_try_at=None)
    monkeypatch.setattr(worker, "HANDLERS", dict.fromkeys(worker.HANDLERS, fail))
    monkeypatch.setattr(worker, "REGULAR", tuple((name, every, fail) for name, every, _ in worker.REGULAR))
    worker.run_once(at(9, 50))
    assert "ValueError" in "\n".join(said.lines)
    assert [line for line in said.lines if BOTH.search(line)] == []
    assert not [row for row in Outbox.objects.all() if BOTH.search(f"{row.key} {row.payload} {row.last_error}")]
    with scope(jobcenter=world.id):
        assert not BOTH.search(str(condition.alarms(world.jobcenter, clock.now())))
        assert not BOTH.search(str(tasks.stuck()))
    assert not BOTH.search(Client().get("/metrics").content.decode())
