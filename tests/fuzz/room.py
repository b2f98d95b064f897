"""Everything that can be typed, posted or handed in, tried with generated inputs; nothing of a try stays.

A finding is what nobody should ever see: an error that was not handled, an answer of 500 or more, a try over two seconds.
"""

import contextlib
import io
import json
import math
import re
import shutil
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import psutil
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.forms.forms import BaseForm, DeclarativeFieldsMetaclass
from django.http import Http404, QueryDict
from django.http.cookie import SimpleCookie
from django.test import Client
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.datastructures import MultiValueDict
from hypothesis import HealthCheck, Phase, given, seed, settings

from hilfefrei import cli, secrets, worker
from hilfefrei.apps.audit import tasks
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.models import Outbox
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.workflows import DeliveryKind, DeliveryState
from hilfefrei.apps.reporting.domain import comparison
from hilfefrei.apps.vacancies import domain as vacancies
from hilfefrei.core.deliveries.read import mapping_of
from hilfefrei.core.matching.delivery import BUILT_IN
from tests.fuzz.inputs import POOL, SEEDS, Dice, File, Target, damaged, one_of, payload
from tests.test_permissions import ADDRESSES, EVERYBODY, TABLE, Case, _clients, _keys, _method, case
from tests.world import TODAY, World, at

SLOW = 2.0
WAITED = 20.0
TOKEN = "probe"
# So many other inputs does each form get that a page asks: what stops at the form needs no page of its own.
TRIES = 8
# What a page answers with when it refuses in words.
REFUSALS = (Refused, Http404, PermissionDenied, SuspiciousOperation)
# Each of these hashes a password, a tenth of a second; some must do.
PLAIN_NAMES = frozenset({"op", "version", "next", "x"})
RARE = frozenset({"account_login", "account_change_password", "account_reauthenticate"})
CHUNK = 200
# The parts of one draw: a page with its forms, files, a call of the paying system.
FILES_PER_PAGE = 3


@dataclass
class Finding:
    """What went wrong, where, and the input of the first time."""

    what: str
    where: str
    input: str
    detail: str
    times: int = 1


class _Forms(HTMLParser):
    """The forms and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, dict[str, list[str]], dict[str, list[str]]]] = []
        self.links: list[str] = []
        self._select = ""
        self._option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append((given.get("method", "get").upper(), given.get("action", ""), {}, {}))
        if not self.forms:
            return
        *_, data, choices = self.forms[-1]
        name, value = given.get("name", ""), given.get("value", "")
        if tag in {"input", "button"} and name:
            kind = given.get("type", "")
            if kind in {"radio", "checkbox", "submit"} or tag == "button":
                choices.setdefault(name, []).append(value or "on")
                if "checked" in given:
                    data.setdefault(name, []).append(value or "on")
            elif kind != "file":
                data.setdefault(name, []).append(value)
        elif tag == "textarea" and name:
            data.setdefault(name, []).append("")
        elif tag == "select":
            self._select = name
            data.setdefault(name, [])
        elif tag == "option" and self._select:
            choices.setdefault(self._select, []).append(value)
            if "selected" in given or not data[self._select]:
                data[self._select] = [value]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


@dataclass
class Room:
    """The small Jobcenter, its logins, every address for everybody who may use it, and what was found."""

    world: World
    targets: list[Target] = field(default_factory=list)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    _pages: dict[str, list[Target]] = field(default_factory=dict)
    _found: dict[tuple[str, str, str], Target] = field(default_factory=dict)
    slowest: float = 0.0
    forms: dict[str, int] = field(default_factory=dict)
    _next: int = 0
    _dice: Dice | None = None
    _target: Target | None = None
    _asked: set[str] = field(default_factory=set)
    _files: set[str] = field(default_factory=set)
    _listening: bool = False
    _posting: bool = False
    _tried: set[str] = field(default_factory=set)
    _back_end: psutil.Process | None = None

    def __post_init__(self) -> None:
        self.given: Case = case(self.world)
        self.ids = [str(value) for value in self.given.ids.values()]
        self.clients = _clients(self.world)
        self._jars = {who: {key: morsel.value for key, morsel in client.cookies.items()} for who, client in self.clients.items()}
        self.nobody = Client()
        self._secrets = secrets.current()
        secrets.use(replace(self._secrets, confirm_token=TOKEN))
        # What the Jobcenter was made with is on its way; what a try makes is delivered within it.
        Outbox.objects.update(done_at=at(9))
        self._folder = Path(tempfile.mkdtemp(prefix="hilfefrei-fuzz-"))
        self._harvest()

    def close(self) -> None:
        """Leave nothing behind."""
        secrets.use(self._secrets)
        shutil.rmtree(self._folder)

    # --- what there is to try ---
    def _url(self, name: str) -> str:
        extra = TABLE[name].get("with", {})
        return reverse(name, kwargs={key: extra.get(key, self.given.ids[key]) for key in dict(ADDRESSES)[name].pattern.converters})

    def _known(self, found: dict[tuple[str, str, str], Target], name: str, who: str, method: str) -> Target:
        key = (name, who, method)
        if key not in found:
            found[key] = Target(name, who, method, [self._url(name)])
        return found[key]

    def _harvest(self) -> None:
        found: dict[tuple[str, str, str], Target] = {}
        for name, row in TABLE.items():
            if row.get("token"):
                continue
            for who in [""] if row.get("open") else sorted(_keys(row, _method(row)) or EVERYBODY):
                for method in ("GET", "POST") if _method(row) == "GET" else ("POST",):
                    target = self._known(found, name, who, method)
                    if method == _method(row) and "data" in row:
                        target.bases.append({key: [str(self.given.ids.get(value, value))] for key, value in row["data"].items()})
        self._found = found
        self._pages = {who: [one for one in found.values() if one.method == "GET" and one.who == who] for who in {one.who for one in found.values()}}
        self.targets = sorted(found.values(), key=lambda one: (one.method, one.name, one.who))

    def _learn(self, page: Target, reply: Any) -> None:
        """The forms and links of a page, for whoever reads it."""
        if reply.status_code != 200 or reply.streaming or not reply.headers["Content-Type"].startswith("text/html"):
            return
        found, html = self._found, reply.content.decode()
        parser = _Forms()
        parser.feed(html)
        forms = [(method, action or page.urls[0], data, choices) for method, action, data, choices in parser.forms]
        forms += [("GET", link, parse_qs(urlsplit(link).query), {}) for link in parser.links if "?" in link]
        for method, action, data, choices in forms:
            parts = urlsplit(action)
            try:
                name = resolve(parts.path).view_name if not parts.netloc and parts.path.startswith("/") else ""
            except Resolver404:
                continue
            key = (name, page.who, method)
            if key not in found:
                continue
            target = found[key]
            if parts.path not in target.urls and len(target.urls) < 20:
                target.urls.append(parts.path)
            if data not in target.bases and len(target.bases) < 20:
                target.bases.append(data)
            target.names |= dict.fromkeys([*data, *choices])
            for field_name, values in choices.items():
                target.choices[field_name] = sorted({*target.choices.get(field_name, []), *values})[:60]

    # --- trying ---
    def client(self, who: str) -> Client:
        """The login as it was in the beginning: a try may have logged it out."""
        client = self.clients[who] if who else self.nobody
        client.cookies = SimpleCookie(self._jars[who] if who else {})
        return client

    @contextlib.contextmanager
    def _listen(self) -> Iterator[None]:
        """Notes which fields a view asks for: these are tried next time, whatever the page shows."""
        room = self

        def noting(original: Callable[..., Any]) -> Callable[..., Any]:
            def ask(held: Any, key: Any, *rest: Any, **more: Any) -> Any:
                if isinstance(key, str) and room._listening and not (room._posting and isinstance(held, QueryDict) and not len(held)):
                    (room._asked if isinstance(held, QueryDict) else room._files).add(key)
                return original(held, key, *rest, **more)

            return ask

        names = ("get", "getlist", "__getitem__")
        kept = {(kind, name): kind.__dict__.get(name) for kind in (QueryDict, MultiValueDict) for name in names}
        for name in names:
            setattr(MultiValueDict, name, noting(getattr(MultiValueDict, name)))
        contains = MultiValueDict.__contains__
        MultiValueDict.__contains__ = noting(contains)  # type: ignore[method-assign]
        clean = BaseForm.full_clean
        kind = DeclarativeFieldsMetaclass

        def build(form: Any, *args: Any, **more: Any) -> Any:
            made = type.__call__(form, *args, **more)
            made.built = (args, more)
            return made

        def full_clean(form: Any) -> None:
            if room._dice is not None and form.is_bound:
                room._forms(form)
            clean(form)

        kind.__call__ = build  # type: ignore[method-assign]
        BaseForm.full_clean = full_clean  # type: ignore[method-assign]
        try:
            yield
        finally:
            del kind.__call__
            BaseForm.full_clean = clean  # type: ignore[method-assign]
            for (kind, name), value in kept.items():
                if value is not None:
                    setattr(kind, name, value)
            del MultiValueDict.__contains__

    def attempt(self, kind: str, where: str, told: str, act: Callable[[], Any]) -> Any:
        """Do it, take it back, write down what should not have been."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        inner = sum(self.seconds.values())
        seconds, reply = self._once(where, told, act)
        # The forms of a page have counted theirs.
        seconds = max(0.0, seconds - (sum(self.seconds.values()) - inner))
        self.seconds[kind] = self.seconds.get(kind, 0.0) + seconds
        if seconds > SLOW:
            # What is loaded for the first time, and what others take: once is chance.
            seconds = min(seconds, *(self._once(where, told, act)[0] for _ in range(2)))
            if seconds > SLOW:
                self.note("slow", where, told, f"{seconds:.1f} s")
        self.slowest = max(self.slowest, seconds)
        return reply

    def _once(self, where: str, told: str, act: Callable[[], Any]) -> tuple[float, Any]:
        reply = None
        started, on_clock = self._busy(), time.perf_counter()
        try:
            with transaction.atomic():
                try:
                    reply = act()
                finally:
                    transaction.set_rollback(True)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/hilfefrei/" in frame.filename]
            last = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
            self.note(f"{type(error).__name__} {Path(last.filename).name}:{last.lineno}", where, told, traceback.format_exc()[-3500:])
        seconds = time.perf_counter() - on_clock
        # On a machine with others on it the clock tells of them; who only waits so long is found nevertheless.
        return (seconds if seconds > WAITED else self._busy() - started), reply

    def _busy(self) -> float:
        """Seconds that this process and its back end have worked."""
        if connection.vendor != "postgresql":
            return time.process_time()
        connection.ensure_connection()
        if self._back_end is None or self._back_end.pid != connection.connection.info.backend_pid:
            self._back_end = psutil.Process(connection.connection.info.backend_pid)
        spent = self._back_end.cpu_times()
        return time.process_time() + float(spent.user + spent.system)

    def note(self, what: str, where: str, told: str, detail: str) -> None:
        """A finding; the same again only counts."""
        key = (what, where if what == "slow" else "")
        if key in self.findings:
            self.findings[key].times += 1
        else:
            self.findings[key] = Finding(what, where, told[:3000], detail)

    def web(self, dice: Dice, target: Target) -> None:
        """One request, and the page it leads to."""
        url = self._some_url(dice, target)
        # The first time as it stands there: its forms say what the next ones are made of.
        data = target.good.pop() if target.good else payload(dice, target, self.ids) if target.met or target.method == "POST" else {}
        headers = {"HX-Request": "true"} if dice.number(0, 5) == 0 else {}
        raw = dice.noise() if target.method == "POST" and dice.number(0, 30) == 0 else None
        follow = dice.number(0, 9) == 0
        other = one_of(dice, self._pages[target.who])
        told = f"{target.method} {url} {target.who} {raw if raw is not None else {k: [v if isinstance(v, str) else (v.name, v.content[:400]) for v in vs] for k, vs in data.items()}!r}"
        self._asked, self._files = set(), set()

        def act() -> Any:
            client = self.client(target.who)
            sent = {key: [_upload(v) if isinstance(v, File) else v for v in values] for key, values in data.items()}
            self._listening, self._posting = True, target.method == "POST"
            self._dice, self._target, self._tried = dice, target, set()
            try:
                if target.method == "GET":
                    reply = client.get(f"{url}?{urlencode(data_texts(data), doseq=True)}", headers=headers)
                elif raw is not None:
                    body = b"&".join([raw, urlencode(data_texts(data), doseq=True).encode()])
                    reply = client.post(url, body, content_type="application/x-www-form-urlencoded", headers=headers)
                else:
                    reply = client.post(url, sent, headers=headers)
            finally:
                self._listening = False
                self._dice = None
            if reply.streaming:
                b"".join(reply.streaming_content)
            if reply.status_code == 302 and follow:
                client.get(reply["Location"])
                self.look(target.who, other.urls[0])
                self._post()
            return reply

        before = self.seconds.get("web", 0.0)
        reply = self.attempt("web", target.name, told, act)
        target.spent += self.seconds["web"] - before
        if len(target.names) < 150:
            target.names |= dict.fromkeys(sorted(name for name in self._asked if len(name) < 80))
        if target.method == "POST":
            target.files |= dict.fromkeys(sorted(self._files & {"file"}))
        if reply is None:
            return
        self.statuses[reply.status_code] = self.statuses.get(reply.status_code, 0) + 1
        if reply.status_code >= 500 and reply.status_code != TABLE[target.name].get("answers"):
            self.note(f"status {reply.status_code}", target.name, told, "")
        if target.met == 0 and target.method == "GET":
            self._learn(target, reply)
        target.met += 1
        if reply.status_code == 302 and target.method == "POST" and len(target.bases) < 40 and not target.files:
            target.bases.append({key: list(values) for key, values in data.items()})

    def _forms(self, form: Any) -> None:
        """A form of the page that is being asked, made again with other inputs. What it lets pass goes to the page in whole, later."""
        dice, target, name = self._dice, self._target, f"{type(form).__module__.removeprefix('hilfefrei.')}.{type(form).__qualname__}"
        if dice is None or target is None or name in self._tried:
            return
        self._tried.add(name)
        self._dice = None
        args, more = form.built
        if not any(value is form.data for value in (*args, *more.values())):
            self._dice = dice
            return
        for _ in range(1 if target.name in RARE else TRIES):
            data = payload(dice, target, self.ids)
            texts = data_texts(data)
            if any("\x00" in text for text in (*texts, *(value for values in texts.values() for value in values))):
                continue  # refused before any form sees it
            posted, files = QueryDict(mutable=True), MultiValueDict()
            for key, values in data.items():
                posted.setlist(key, texts[key])
                files.setlist(key, [SimpleUploadedFile(value.name, value.content) for value in values if isinstance(value, File)])
            swap = {id(form.data): posted, id(form.files): files}
            given = tuple(swap.get(id(value), value) for value in args)
            changed = {key: swap.get(id(value), value) for key, value in more.items()}

            def act(given: tuple[Any, ...] = given, changed: dict[str, Any] = changed) -> Any:
                made = type(form)(*given, **changed)
                for key, asked in made.fields.items():
                    if key in form.fields and hasattr(asked, "choices"):
                        asked.choices = form.fields[key].choices  # set by the view, after it was made
                with contextlib.suppress(*REFUSALS):
                    if made.is_valid():
                        return made
                for field_name in made.fields:
                    made[field_name].value()
                return None

            if self.attempt("form", f"{target.name} {name}", repr(data)[:3000], act) is not None:
                # Counted when it is sent.
                self.counts["form"] -= 1
                if len(target.good) < TRIES:
                    target.good.append(data)
            self.forms[name] = self.forms.get(name, 0) + 1
        self._dice = dice

    def _post(self) -> None:
        """What a verb put into the outbox goes out: sheets, letters, deliveries."""
        tasks.deliver(self.world.id, worker.HANDLERS, at(9), self._folder, ports=worker.PORTS)
        failed = Outbox.objects.exclude(last_error="").order_by("id").first()
        if failed is not None:
            raise RuntimeError(f"outbox {failed.kind}: {failed.last_error} {failed.payload}")

    def untried_forms(self) -> list[str]:
        """The forms of the product that no page has asked."""
        kinds, found = list(BaseForm.__subclasses__()), set()
        while kinds:
            kind = kinds.pop()
            kinds += kind.__subclasses__()
            if kind.__module__.startswith("hilfefrei."):
                found.add(f"{kind.__module__.removeprefix('hilfefrei.')}.{kind.__qualname__}")
        return sorted(found - self.forms.keys())

    def _some_url(self, dice: Dice, target: Target) -> str:
        url = one_of(dice, target.urls)
        converters = dict(ADDRESSES)[target.name].pattern.converters
        if not converters or dice.number(0, 7):
            return str(url)
        kwargs = resolve(url).kwargs
        key = one_of(dice, sorted(kwargs)) if kwargs else ""
        value = one_of(dice, [one_of(dice, self.ids), str(uuid4()), dice.value()])
        try:
            return reverse(target.name, kwargs=kwargs | {key: value})
        except NoReverseMatch:
            return str(url)

    def confirmation(self, dice: Dice) -> None:
        """A call of the paying system."""
        file = damaged(dice, "confirmations")
        keys = [f"{kind}-{self.given.ids[key]}" for kind, key in (("antrag", "application_id"), ("meldung", "report_id"), ("erklaerung", "declaration_id"))]
        content = file.content.replace(b"antrag-1", one_of(dice, keys).encode()) if dice.flag() else file.content
        token = f"Bearer {TOKEN}" if dice.number(0, 9) else dice.value().encode("ascii", "ignore").decode().translate({10: " ", 13: " "})

        def act() -> Any:
            return self.nobody.post(reverse("api:confirmations"), content, content_type="application/json", headers={"Authorization": token})

        reply = self.attempt("api", "api:confirmations", repr((file.name, content[:1500], token)), act)
        if reply is not None and reply.status_code >= 500:
            self.note(f"status {reply.status_code}", "api:confirmations", repr(content[:1500]), "")

    def file(self, dice: Dice) -> None:
        """A file handed in, taken over where it was staged, and looked at."""
        kind = one_of(dice, [one for one in SEEDS if one != "confirmations"])
        file = damaged(dice, kind)
        given, run = FILES[kind](self, dice, file)

        def act() -> Any:
            with contextlib.suppress(Refused):
                return run()

        self.attempt("file", f"file: {kind}", repr((file.name, given, file.content[:1500])), act)

    def look(self, who: str, *addresses: str) -> None:
        """The pages of what was handed in."""
        for url in addresses:
            reply = self.client(who).get(url)
            if reply.streaming:
                b"".join(reply.streaming_content)

    def command(self, dice: Dice) -> None:
        """The same files by the command line."""
        kind, name = one_of(dice, [("vacancies", "vacancies"), ("paying", "delivery"), ("published", "comparison")])
        file = damaged(dice, kind)
        path = self._folder / (re.sub(r"[/\x00]", "_", file.name)[-60:].lstrip(".") or "x")
        arguments = [name, one_of(dice, ["check", "import", "undo"]), str(path)]
        if dice.flag():
            arguments.append("--json")
        if arguments[1] != "undo" and dice.number(0, 3) == 0:
            arguments += one_of(dice, [["--mapping", dice.value()], ["--mapping=?"], ["--jobcenter", dice.value()], ["--as-of", dice.value()], ["--as-of", "2026-11-20"], ["--rejects", str(self._folder / "x" / "y.csv")], ["--column", dice.value()], ["--full"], ["--source", dice.value()]])

        def act() -> Any:
            path.write_bytes(file.content)
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), contextlib.suppress(SystemExit):
                cli.main(arguments)
            path.unlink()
            if "Die Datenbank" in out.getvalue():
                raise RuntimeError(out.getvalue()[:500])

        self.attempt("command", f"command: {name}", repr((arguments, file.content[:1500])), act)

    def run(self, inputs: int, start: int, seconds: float = math.inf) -> None:
        """At least so many inputs, or as many as begin within ``seconds``, in turns: each address with its forms, each kind of file,
        the interface, the commands.
        """
        until = time.monotonic() + seconds
        self._next = start * 7919
        first = start
        with self._listen(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a damaged book openpyxl says what it misses
            while (missing := inputs - sum(self.counts.values())) > 0 and time.monotonic() < until:
                size = min(CHUNK, max(missing // (2 * FILES_PER_PAGE), 1))
                self._chunk(size, first)
                first += size

    def _chunk(self, size: int, first: int) -> None:
        numbers = count(first)

        @seed(first)
        @settings(max_examples=size, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(POOL)
        def one(drawn: tuple[int, list[str], bytes]) -> None:
            number = next(numbers)
            dice = Dice(drawn)
            self.web(dice, self._turn(dice))
            for _ in range(FILES_PER_PAGE):
                self.file(dice)
            self.confirmation(dice)
            if number % 4 == 0:
                self.command(dice)

        one()

    def _turn(self, dice: Dice) -> Target:
        """The next address. One that asks for nothing has little to be tried with, one that is dear is seldom worth it."""
        while True:
            self._next += 1
            target = self.targets[self._next * 7919 % len(self.targets)]
            seldom = 40 if target.name in RARE else 0 if not target.met else 25 if not target.names else 6 if target.names.keys() <= PLAIN_NAMES else 0
            seldom += int(target.spent / target.met / 0.1) if target.met else 0
            if dice.number(0, seldom) == 0:
                return target


def data_texts(data: dict[str, list[Any]]) -> dict[str, list[str]]:
    """The fields that are no files."""
    return {key: [value for value in values if isinstance(value, str)] for key, values in data.items()}


def _upload(file: File) -> io.BytesIO:
    """A file as a browser sends it, whatever it is called."""
    sent = io.BytesIO(file.content)
    sent.name = file.name  # type: ignore[attr-defined]  # what Django's test client reads
    return sent


# --- files by their verbs ---
Run = tuple[Any, Callable[[], Any]]


def _vacancies(room: Room, dice: Dice, file: File) -> Run:
    actor = room.world.actor("operator")
    mapping = one_of(dice, [None, None, *BUILT_IN.values()])
    ask, full, look = dice.number(0, 7) == 0, dice.flag(), dice.number(0, 15) == 0

    def run() -> None:
        staged = vacancies.stage_delivery(actor=actor, at=at(9), file_name=file.name, content=file.content, mapping=mapping, ask=ask, is_full=full)
        if staged.state == "staged":
            with contextlib.suppress(Refused):
                staged = vacancies.apply_delivery(actor=actor, at=at(9), delivery_id=staged.pk)
        if look:
            room.look("operator", *(reverse(f"jobs:{name}", args=[staged.pk]) for name in ("delivery", "delivery_rows", "delivery_columns")), reverse("jobs:deliveries"))
            room.look("entrance", reverse("jobs:list"))

    return (mapping and mapping.name, ask, full), run


def _places(room: Room, dice: Dice, file: File) -> Run:
    return None, lambda: vacancies.import_places(actor=room.world.actor("operator"), at=at(9), content=file.content)


def _paying(room: Room, dice: Dice, file: File) -> Run:
    actor = room.world.actor("benefits")
    as_of = one_of(dice, [None, TODAY, TODAY.replace(year=1), TODAY.replace(year=9999)])
    kind, complete, look = one_of(dice, [None, *DeliveryKind]), one_of(dice, [None, True, False]), dice.number(0, 15) == 0

    def run() -> None:
        staged = benefits.stage_delivery(actor=actor, at=at(9), file_name=file.name, content=file.content, as_of=as_of, kind=kind, is_complete=complete)
        if staged.state == DeliveryState.STAGED:
            with contextlib.suppress(Refused):
                staged = benefits.apply_delivery(actor=actor, at=at(9), delivery_id=staged.pk)
        if look:
            room.look("benefits", *(reverse(f"benefits:{name}", args=[staged.pk]) for name in ("delivery", "delivery_rows", "delivery_rejects")), reverse("benefits:deliveries"))

    return (as_of, kind, complete), run


def _mapping(room: Room, dice: Dice, file: File) -> Run:
    other = one_of(dice, SEEDS["paying"])

    def run() -> None:
        try:
            content = json.loads(file.content.decode("utf-8-sig"))
            benefits.save_mapping(actor=room.world.actor("benefits"), at=at(9), content=content)
            mapping = mapping_of(content)
        except (ValueError, RecursionError):
            return
        benefits.stage_delivery(actor=room.world.actor("benefits"), at=at(9), file_name=other[0], content=other[1], as_of=TODAY, mapping=mapping)

    return other[0], run


def _published(room: Room, dice: Dice, file: File) -> Run:
    actor = room.world.actor("controller")
    ask, look = dice.number(0, 7) == 0, dice.number(0, 15) == 0
    given = {name: dice.value() if dice.number(0, 5) == 0 else "" for name in ("source", "licence", "data_state")}

    def run() -> None:
        staged = comparison.stage_table(actor=actor, at=at(9), file_name=file.name, content=file.content, ask=ask, **given)
        if staged.state == "staged":
            with contextlib.suppress(Refused):
                staged = comparison.apply_table(actor=actor, at=at(9), table_id=staged.pk)
        if look:
            room.look("controller", *(reverse(f"comparison:{name}", args=[staged.pk]) for name in ("table", "rows", "columns")), reverse("comparison:page"), reverse("comparison:tables"))

    return (ask, given), run


FILES: dict[str, Callable[[Room, Dice, File], Run]] = {
    "vacancies": _vacancies, "places": _places, "paying": _paying, "mapping": _mapping, "published": _published,
}  # fmt: skip
