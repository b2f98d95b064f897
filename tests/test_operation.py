"""What watches the operation: probes, figures in OpenMetrics, the nightly walk along the chain, alarms on the operator's page."""

import json
import os
import re
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hilfefrei import condition, logs, meter, secrets, worker
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.models import ChainHead, Outbox
from hilfefrei.apps.benefits.models import Delivery
from hilfefrei.apps.benefits.workflows import DeliveryKind, DeliveryState
from hilfefrei.www import operation
from tests.support.http import Desk
from tests.support.server import Server
from tests.world import World, at


@pytest.fixture
def data(settings: Any, tmp_path: Path) -> Path:
    """A data folder in which a worker has just been."""
    settings.DATA = tmp_path
    condition.alive_file().touch()
    return tmp_path


def _ready(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/anmelden/", "/konto/"])
@pytest.mark.parametrize("method", ["TRACE", "PUT", "SPRING"])
def test_only_known_methods_are_answered(client: Client, path: str, method: str) -> None:
    answer = client.generic(method, path, headers={"X-Probe": "Silberdistel"})
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert b"Silberdistel" not in answer.content
    assert answer["X-Frame-Options"], "a refusal has the headers of every answer"


# --- probes
@pytest.mark.django_db
def test_it_lives_whatever_the_host_is_called(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz", headers={"Host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "no-store"
    assert client.get("/anmelden/", headers={"Host": "10.1.2.3:8000"}).status_code == 400


def test_ready_with_database_worker_and_room(world: World, client: Client, data: Path) -> None:
    assert _ready(client) == (200, {"ready": True, "reasons": [], "hints": ["chain_late"]})


def test_not_ready_without_a_worker(world: World, client: Client, data: Path) -> None:
    os.utime(condition.alive_file(), (time.time() - 3600, time.time() - 3600))
    assert _ready(client)[1]["reasons"] == ["worker"]
    condition.alive_file().unlink()
    status, told = _ready(client)
    assert (status, told["reasons"]) == (503, ["worker"])


def test_not_ready_without_room_or_with_an_older_database(world: World, client: Client, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(condition, "free_bytes", lambda: 1)
    assert _ready(client)[1]["reasons"] == ["disk"]
    monkeypatch.undo()
    condition.alive_file().touch()
    MigrationRecorder.Migration.objects.filter(app="audit").delete()
    assert "migrations" in _ready(client)[1]["reasons"]


def test_a_database_that_is_away_is_told_and_not_suffered(world: World, client: Client, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise DatabaseError("Silberdistel")

    monkeypatch.setattr(condition, "missing_migrations", away)
    monkeypatch.setattr(condition, "_database_bytes", away)
    assert _ready(client) == (503, {"ready": False, "reasons": ["database"], "hints": []})
    text = client.get("/metrics").content.decode()
    assert "hilfefrei_database_up 0\n" in text
    assert text.endswith("# EOF\n")


# --- figures
LINE = re.compile(r'(?P<name>[a-z_]+)(?:\{(?P<labels>[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*)\})? (?P<value>-?[0-9.e+-]+)')
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "info": ("_info",), "histogram": ("_bucket", "_count", "_sum")}


def read(text: str) -> dict[str, float]:
    """Figures of an exposition, as a strict reader of OpenMetrics 1.0 takes them: declared first, families together, one end."""
    assert text.endswith("# EOF\n")
    found: dict[str, float] = {}
    families: dict[str, str] = {}
    family = ""
    for line in text.removesuffix("# EOF\n").splitlines():
        if line.startswith("# "):
            _, what, name, rest = line.split(" ", 3)
            if what == "TYPE":
                assert name not in families, f"{name} twice"
                families[name], family = rest, name
            assert name == family
            if what == "UNIT":
                assert name.endswith(f"_{rest}")
            continue
        match = LINE.fullmatch(line)
        assert match, line
        assert match["name"].removeprefix(family) in SUFFIXES[families[family]], line
        key = match["name"] + (f"{{{match['labels']}}}" if match["labels"] else "")
        assert key not in found, f"{key} twice"
        found[key] = float(match["value"])
    return found


def test_figures_of_what_waits(world: World, client: Client, data: Path) -> None:
    Outbox.objects.bulk_create(
        Outbox(jobcenter_id=world.id, kind="application.sheet", key=str(n), created_at=at(9, 0), tries=20 if n else 0) for n in range(3)
    )
    Delivery.objects.create(
        jobcenter=world.jobcenter, file_name="x", sha256="", kind=DeliveryKind.NIGHTLY, state=DeliveryState.APPLIED,
        uploaded_at=at(2, days=-1), applied_at=at(2, 42, days=-1),
    )  # fmt: skip
    same = {"rows": 7, "new": 0, "changed": 0, "gone": 0, "rejected": 0}
    Delivery.objects.create(
        jobcenter=world.jobcenter, file_name="y", sha256="", kind=DeliveryKind.NIGHTLY, state=DeliveryState.DISCARDED, uploaded_at=at(2, 42), counts=same
    )
    condition.keep_chain_check(world.id, condition.ChainCheck(at(3, 42), 12, 0, 0.5))
    found = read(client.get("/metrics").content.decode())
    assert found['hilfefrei_outbox_waiting{kind="application.sheet"}'] == 3
    assert found['hilfefrei_outbox_given_up{kind="application.sheet"}'] == 2
    assert found['hilfefrei_outbox_age_seconds{kind="application.sheet"}'] == 42 * 60
    assert found['hilfefrei_queue_age_seconds{queue="outbox"}'] == 42 * 60
    assert found['hilfefrei_import_age_seconds{kind="nightly"}'] == 7 * 3600, "it came, though it changed nothing"
    assert (found["hilfefrei_chain_ok"], found["hilfefrei_chain_check_age_seconds"]) == (1, 6 * 3600)
    assert found["hilfefrei_database_size_bytes"] > 100_000
    assert found["hilfefrei_worker_age_seconds"] < 60


def test_sessions_are_counted_and_nobody_is_named(world: World, login: Callable[[str], Client], data: Path) -> None:
    client = login("entrance")
    text = client.get("/metrics").content.decode()
    assert read(text)["hilfefrei_sessions"] == 1
    for user in world.users.values():
        assert user.last_name not in text
        # Views of others' tests stand there too: a login is a word of its own or a value, no part of a view's name.
        assert not re.search(rf'(?<![:\w"]){user.username}(?![:\w])|"{user.username}"', text)
        assert str(user.pk) not in text


def test_answers_are_counted_by_view(world: World, login: Callable[[str], Client], data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def numbers() -> dict[str, float]:
        return read(client.get("/metrics").content.decode())

    client = login("entrance")
    before = numbers()
    person = world.person()
    client.get(reverse("entrance:board"))
    client.get(reverse("people:detail", args=[person.pk]))
    client.get("/gibt/es/nicht")
    after = numbers()

    def more(key: str) -> float:
        return after.get(key, 0) - before.get(key, 0)

    assert more('hilfefrei_http_answers_total{view="entrance:board",status="2xx"}') == 1
    assert more('hilfefrei_http_answers_total{view="people:detail",status="2xx"}') == 1
    assert more('hilfefrei_http_answers_total{view="",status="3xx"}') + more('hilfefrei_http_answers_total{view="",status="4xx"}') == 1
    assert more('hilfefrei_http_answer_seconds_bucket{view="entrance:board",le="+Inf"}') == 1
    assert more('hilfefrei_http_answer_seconds_count{view="entrance:board"}') == 1
    assert more('hilfefrei_http_answer_seconds_sum{view="entrance:board"}') > 0
    assert str(person.pk) not in "".join(after)


@pytest.mark.django_db
def test_only_this_machine_or_the_token(client: Client, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 401
    assert client.get("/metrics", **far).status_code == 401
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 401, "the proxy asks for somebody"
    assert client.get("/metrics", headers={"Authorization": "Bearer "}, **far).status_code == 401, "no token lets nobody in"
    held = secrets.Secrets(secret_key=("x",), audit_key=("y",), metrics_token="geheim-123")
    monkeypatch.setattr(secrets, "_current", held)
    assert client.get("/metrics", headers={"Authorization": "Bearer geheim-124"}, **far).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer geheim-123"}, **far).status_code == 200


def test_the_token_survives_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "secret.toml"
    fresh = secrets.new()
    secrets.store(file, secrets.Secrets(fresh.secret_key, fresh.audit_key, metrics_token='a"b'))
    secrets.rotate(file, "secret_key")
    assert secrets.load(file).metrics_token == 'a"b'


def test_processes_count_into_the_same_numbers() -> None:
    shared = meter.Meter(["a", "b"])
    children = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            for _ in range(500):
                shared.count("a", 200, 0.03)
            os._exit(0)
        children.append(pid)
    for pid in children:
        assert os.waitpid(pid, 0)[1] == 0
    shared.count("unbekannt", 404, 9.0)
    [elsewhere, a] = list(shared.read())
    assert (elsewhere.view, elsewhere.by_class, elsewhere.by_time[-1]) == ("", (0, 0, 0, 1, 0), 1)
    assert (a.view, a.count, a.by_class[1], a.by_time[1]) == ("a", 2000, 2000, 2000)
    assert a.seconds == pytest.approx(60)


def test_a_killed_process_leaves_no_lock_behind() -> None:
    shared = meter.Meter(["a"])
    pid = os.fork()
    if pid == 0:
        import fcntl

        fcntl.lockf(shared._file, fcntl.LOCK_EX)
        os.kill(os.getpid(), 9)
    os.waitpid(pid, 0)
    shared.count("a", 200, 0.1)
    assert next(shared.read()).count == 1


def test_every_address_has_a_row_of_its_own() -> None:
    counter = operation.counter()
    assert {"entrance:board", "people:detail", "healthz", ""} <= counter._rows.keys()


def test_the_real_server_counts_over_its_processes(served: World, server: Server) -> None:
    nobody = Desk(server.url)
    for _ in range(5):
        nobody.get("/anmelden/")
    answer = nobody.get("/metrics")
    assert answer.status == 200
    assert read(answer.text)['hilfefrei_http_answers_total{view="account_login",status="2xx"}'] >= 5


# --- numbers of requests
@pytest.mark.django_db
def test_each_request_has_a_number_that_the_log_knows(client: Client, data: Path, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/anmelden/", {"next": "//"}, headers={"Host": "fremd.example"})
    number = answer["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", number)
    lines = [json.loads(logs.JsonFormatter().format(record)) for record in caplog.records]
    assert number in {line.get("request") for line in lines}
    assert client.get("/healthz")["X-Request-ID"] != number
    assert logs.request_id.get() == ""


@pytest.mark.django_db
def test_the_number_of_the_proxy_counts_unless_it_could_say_something(client: Client) -> None:
    given = "0123456789abcdef0123456789abcdef"
    assert client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] == given
    for odd in ("Silberdistel", f"{given}\n", given.upper(), "", given * 2):
        assert client.get("/healthz", headers={"X-Request-ID": odd})["X-Request-ID"] != odd


def test_the_page_of_a_failure_says_its_number(world: World, login: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch) -> None:
    client = login("entrance")
    client.raise_request_exception = False

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Silberdistel")

    monkeypatch.setattr("hilfefrei.apps.intake.queries.waiting_count", fail)
    monkeypatch.setattr("hilfefrei.www.shared.views.org.positions_of", fail)
    answer = client.get(reverse("shared:profile"))
    assert answer.status_code == 500
    assert answer["X-Request-ID"] in answer.content.decode()
    assert "Silberdistel" not in answer.content.decode()


# --- the nightly walk
def _berlin(day: int, hour: int) -> datetime:
    return at(hour, 0, days=day)


def test_the_chain_is_walked_once_a_night(world: World, data: Path) -> None:
    due = worker.Night.is_due
    assert not due(_berlin(0, 9)), "never walked: it waits for the night"
    assert due(_berlin(1, 2))
    condition.keep_chain_check(world.id, condition.ChainCheck(_berlin(1, 2), 5, 0, 0.1))
    assert not due(_berlin(1, 4))
    assert not due(_berlin(1, 23))
    assert due(_berlin(2, 1))
    assert due(_berlin(2, 9)), "off all night: late, so at once"


def test_the_walk_is_begun_in_its_own_process_and_not_twice(world: World, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []

    class Child:
        code: int | None = None

        def __init__(self, command: list[str], **_: Any) -> None:
            begun.append(command)

        def poll(self) -> int | None:
            return self.code

        def terminate(self) -> None:
            Child.code = -15

        def wait(self) -> None:
            assert self.code == -15

    monkeypatch.setattr(worker.subprocess, "Popen", Child)
    night = worker.Night()
    night.look(_berlin(0, 9))
    assert begun == []
    night.look(_berlin(1, 1))
    night.look(_berlin(1, 1))
    night.look(_berlin(1, 2))
    assert [command[-2:] for command in begun] == [["audit", "verify"]]
    night.stop()
    Child.code = 1
    night.look(_berlin(1, 3))
    night.look(_berlin(1, 3))
    assert len(begun) == 2, "what failed is tried again after an hour, not at once"


def test_a_broken_chain_is_told_everywhere(world: World, client: Client, login: Callable[[str], Client], data: Path) -> None:
    condition.keep_chain_check(world.id, condition.ChainCheck(at(3), 12, 1, 0.5))
    status, told = _ready(client)
    assert (status, told["hints"]) == (200, ["chain"]), "who works goes on working; who operates must look"
    assert read(client.get("/metrics").content.decode())["hilfefrei_chain_ok"] == 0
    assert "Die Kette des Protokolls stimmt nicht." in login("operator").get(reverse("operator:dates")).content.decode()
    assert "Kette" not in login("entrance").get(reverse("operator:dates")).content.decode()
    condition.chain_file(world.id).write_text("{", encoding="utf-8")
    assert condition.chain_check(world.id) is None


# --- alarms
@pytest.mark.parametrize(
    ("last", "today", "late"),
    [
        ((2026, 11, 24), (2026, 11, 24), False),
        ((2026, 11, 23), (2026, 11, 24), False),
        ((2026, 11, 20), (2026, 11, 24), True),
        ((2026, 11, 20), (2026, 11, 23), False),  # Friday's, on Monday
        ((2026, 11, 19), (2026, 11, 23), True),
        ((2026, 12, 24), (2026, 12, 28), False),  # Christmas lies between
        ((2026, 12, 23), (2026, 12, 28), True),
    ],
)
def test_a_night_without_a_delivery_is_no_alarm_yet(last: tuple[int, int, int], today: tuple[int, int, int], late: bool) -> None:
    came = datetime(*last, 2, 0, tzinfo=timezone.get_default_timezone())
    assert condition.nightly_is_late(came, date(*today), "NI") is late


def test_the_operator_sees_what_is_late_and_nobody_else(world: World, login: Callable[[str], Client], data: Path) -> None:
    page = reverse("operator:dates")
    assert "Betrieb: bitte nachsehen" not in login("operator").get(page).content.decode()
    Delivery.objects.create(
        jobcenter=world.jobcenter, file_name="x", sha256="", kind=DeliveryKind.NIGHTLY, state=DeliveryState.APPLIED,
        uploaded_at=at(2, days=-5), applied_at=at(2, days=-5),
    )  # fmt: skip
    Outbox.objects.create(jobcenter_id=world.id, kind="application.sheet", key="1", created_at=at(9, 0))
    waiting = data / "lieferungen" / "eingang"
    waiting.mkdir(parents=True)
    (waiting / "lieferung.zip").touch()
    os.utime(waiting / "lieferung.zip", (time.time() - 7200, time.time() - 7200))
    os.utime(condition.alive_file(), (time.time() - 600, time.time() - 600))
    shown = login("operator").get(page).content.decode()
    assert "Die letzte nächtliche Lieferung des zahlenden Verfahrens ist vor 5 Tagen gekommen." in shown
    assert "Seit 42 Minuten wartet etwas auf Zustellung (1)." in shown
    assert "liegt seit 2 Stunden eine Datei" in shown
    assert "Der Hintergrunddienst steht seit 10 Minuten." in shown
    for who in ("entrance", "via_lead"):
        assert "Betrieb: bitte nachsehen" not in login(who).get(page).content.decode()


def test_what_was_given_up_is_told_once(world: World, data: Path) -> None:
    Outbox.objects.create(jobcenter_id=world.id, kind="application.sheet", key="1", created_at=at(8, 0), tries=20)
    assert [alarm.code for alarm in condition.alarms(world.jobcenter, at())] == [], "it has a panel of its own"
    assert ChainHead.objects.filter(jobcenter_id=world.id).count() <= 1
    assert audit.verify(world.id).problems == ()
