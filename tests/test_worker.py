"""The background service in real processes: two at once, killed in the middle, and what it does when time passes."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from hilfefrei import worker
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit import tasks
from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import AccessEvent, AccessSeal, ChainHead, Event, Outbox
from hilfefrei.apps.audit.workflows import DELIVERIES
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.vacancies.workflows import VacancyState
from hilfefrei.core import clock
from tests import desk
from tests.support.server import Process
from tests.world import World, at, make

PATIENCE = 60.0


@pytest.fixture
def office(task_worker: Process) -> Iterator[World]:
    """A committed Jobcenter that worker processes see."""
    with scopes_disabled():
        made = make()
    with scope(jobcenter=made.id):
        yield made


@pytest.fixture
def start(task_worker: Process, tmp_path: Path) -> Iterator[Callable[[], Process]]:
    """Start one more worker, with a log of its own."""
    running: list[Process] = []

    def run() -> Process:
        process = Process(task_worker.command, task_worker.environment, tmp_path / f"worker-{len(running)}.log")
        process.start()
        running.append(process)
        return process

    yield run
    for process in running:
        if process.alive:
            process.stop()


def letters(world: World, count: int) -> None:
    """Outbox rows whose delivery leaves one line in the log."""
    Outbox.objects.bulk_create(
        Outbox(
            jobcenter_id=world.id, kind="vacancies.alarm", key=f"{n:04d}", payload={"delivery": f"nr-{n:04d}."}, created_at=at()
        )
        for n in range(count)
    )


def wait_until(there: Callable[[], bool]) -> None:
    """Wait for the workers."""
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, "the workers did not finish"
        time.sleep(0.05)


def said(folder: Path) -> Counter[str]:
    """How often each delivery was written to a log."""
    found: Counter[str] = Counter()
    for log in folder.glob("worker-*.log"):
        found.update(part.split(".")[0] for part in log.read_text(encoding="utf-8").split("nr-")[1:])
    return found


@pytest.mark.timeout(180)
def test_two_workers_share_the_outbox_and_double_nothing(office: World, start: Callable[[], Process], tmp_path: Path) -> None:
    letters(office, 150)
    start()
    start()
    wait_until(lambda: not Outbox.objects.filter(done_at=None).exists())
    assert set(Outbox.objects.order_by("key").values_list("tries", flat=True)) == {1}
    time.sleep(0.2)
    assert said(tmp_path) == Counter({f"{n:04d}": 1 for n in range(150)})


@pytest.mark.timeout(180)
def test_killed_in_the_middle_everything_is_delivered_and_marked_once(office: World, start: Callable[[], Process], tmp_path: Path) -> None:
    letters(office, 300)
    first = start()
    wait_until(lambda: Outbox.objects.exclude(done_at=None).count() >= 5)
    first.kill()
    done = Outbox.objects.exclude(done_at=None).count()
    assert done >= 5
    start()
    wait_until(lambda: not Outbox.objects.filter(done_at=None).exists())
    assert set(Outbox.objects.order_by("key").values_list("tries", flat=True)) == {1}
    time.sleep(0.2)
    told = said(tmp_path)
    assert len(told) == 300
    # At most the one delivery that was under way when the plug was pulled is told twice.
    assert sum(told.values()) <= 301


@pytest.mark.timeout(180)
def test_an_application_reaches_the_folder_of_benefits_once(office: World, start: Callable[[], Process], tmp_path: Path) -> None:
    desk.applicant(office)
    application = Application.objects.get()
    start()
    start()
    wait_until(lambda: not Outbox.objects.filter(done_at=None).exists())
    [sheet] = (tmp_path / "data" / "ausgang").glob("antrag-*.xml")
    told = ET.fromstring(sheet.read_bytes())
    assert (told.findtext("zeichen"), told.findtext("nachname")) == (application.reference, "Silberdistel")
    assert sheet.stat().st_mode & 0o077 == 0


@pytest.mark.timeout(180)
def test_asked_to_stop_it_stops(office: World, start: Callable[[], Process], tmp_path: Path) -> None:
    process = start()
    wait_until((tmp_path / "data" / "worker.alive").exists)
    assert process.stop() == 0


# --- one round, without processes -----------------------------------------------------------------------------------




def failing(_house: UUID, _payload: dict[str, Any], _now: datetime, _data: Path) -> None:
    raise ValueError("Silberdistel war nicht zu erreichen")


def test_what_fails_is_tried_again_later_and_later_and_tells_no_name(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    letters(world, 1)
    waits = []
    now = at()
    for _ in range(4):
        assert tasks.deliver(world.id, {"vacancies.alarm": failing}, now, tmp_path) == 0
        row = Outbox.objects.get()
        assert row.next_try_at is not None
        waits.append(row.next_try_at - now)
        assert tasks.deliver(world.id, {"vacancies.alarm": failing}, row.next_try_at - timedelta(seconds=1), tmp_path) == 0
        assert Outbox.objects.get().tries == row.tries
        now = row.next_try_at
    assert waits == [timedelta(seconds=s) for s in (20, 40, 80, 160)]
    assert row.last_error == "ValueError"
    assert "Silberdistel" not in caplog.text
    assert tasks.deliver(world.id, worker.HANDLERS, now, tmp_path) == 1
    assert Outbox.objects.get().last_error == ""


def test_given_up_is_counted_and_keeps_nothing_else_waiting(world: World, tmp_path: Path) -> None:
    letters(world, 2)
    Outbox.objects.filter(key="0000").update(tries=tasks.MOST_TRIES)
    assert tasks.deliver(world.id, worker.HANDLERS, at(), tmp_path) == 1
    assert tasks.stuck() == [tasks.Stuck("vacancies.alarm", 1, Outbox.objects.get(key="0000").created_at)]


def test_what_was_given_up_is_tried_again_when_the_operator_says_so(world: World, tmp_path: Path, login: Any) -> None:
    letters(world, 2)
    Outbox.objects.filter(key="0000").update(tries=tasks.MOST_TRIES, last_error="ValueError")
    for role in ("entrance", "director", "benefits"):
        with pytest.raises(Forbidden):
            audit.deliver_again(actor=world.actor(role), at=at(), kind="vacancies.alarm")
    assert "Nicht zugestellt" not in login("entrance").get(reverse("operator:dates")).content.decode()
    page = login("operator").get(reverse("operator:dates")).content.decode()
    assert "1 × Alarm einer Lieferung von Stellen" in page
    sent = login("operator").post(reverse("operator:deliver_again"), {"delivery": "vacancies.alarm", "op": str(uuid4())})
    assert sent.status_code == 302
    assert tasks.stuck() == []
    assert tasks.deliver(world.id, worker.HANDLERS, at(), tmp_path) == 2
    assert Event.objects.filter(verb="outbox.again").count() == 1, "what was not tried yet is no repeat"
    assert "Nicht zugestellt" not in login("operator").get(reverse("operator:dates")).content.decode()
    with pytest.raises(Refused, match="inzwischen zugestellt"):
        audit.deliver_again(actor=world.actor("operator"), at=at(), kind="vacancies.alarm")


def test_everything_that_is_delivered_has_a_word() -> None:
    assert DELIVERIES.keys() == worker.HANDLERS.keys()


def test_every_kind_that_is_written_has_a_handler() -> None:
    """The source names the kinds; a letter nobody delivers would wait for ever."""
    root = Path(worker.__file__).parent / "apps"
    kinds = set()
    for file in sorted(root.rglob("*.py")):
        for part in file.read_text(encoding="utf-8").split("ledger.follow_up(")[1:]:
            kinds.add(part.strip().split('"')[1])
    assert kinds
    assert kinds <= worker.HANDLERS.keys()


def test_one_round_does_all_regular_work(world: World, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    person = world.person()
    audit.log_access(actor=world.actor(), kind="open", page="people:detail", person_ids=[person.pk], at=at(9, 0))
    job = desk.vacancy(world, expires_on=at(days=-1).date())
    worker.run_once(at())
    assert AccessSeal.objects.get().count == 1
    assert Event.objects.filter(verb="access.sealed").exists()
    job.refresh_from_db()
    assert job.state == VacancyState.EXPIRED
    anchor = tasks.read_anchor(tmp_path / "anchors" / f"{world.id}.jsonl")
    head = ChainHead.objects.get()
    assert anchor is not None
    assert audit.verify(world.id, anchor=(anchor["seq"], anchor["hash"])).problems == ()
    worker.run_once(at(9, 50))
    assert AccessSeal.objects.count() == 1
    assert ChainHead.objects.get().seq == head.seq


def test_regular_work_keeps_its_pace(world: World, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    done: dict[tuple[UUID, str], datetime] = {}
    worker.run_once(at(9, 0), done)
    first = dict(done)
    worker.run_once(at(9, 30), done)
    moved = {name for (_, name), moment in done.items() if moment != first[world.id, name]}
    assert moved == {"escalate", "confirmations", "emergency", "seal", "anchor", "read_waiting", "take_in", "retention", "erasure"}


def test_a_delivery_and_the_outbox_are_the_work_of_two_processes(world: World, settings: Any, tmp_path: Path) -> None:
    """What waits for a large delivery is only the next delivery; alone one process does all of it."""
    settings.DATA = tmp_path
    letters(world, 2)
    Outbox.objects.filter(key="0001").update(next_try_at=at(9, 10))
    done: dict[tuple[UUID, str], datetime] = {}
    assert worker.run_once(at(9, 0), done, worker.DELIVERIES) == 0
    assert {name for _, name in done} == {"read_waiting", "take_in", "deliveries"}
    done.clear()
    assert worker.run_once(at(9, 0), done, worker.POST) == 1
    assert {name for _, name in done} == {name for name, *_ in worker.REGULAR}
    assert not {name for name, *_ in worker.REGULAR} & {name for name, *_ in worker.LONG}
    done.clear()
    assert worker.run_once(at(9, 10), done) == 1
    assert {name for _, name in done} == {name for name, *_ in (*worker.REGULAR, *worker.LONG)}


def test_one_job_that_fails_does_not_stop_the_others(
    world: World, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DATA = tmp_path
    ran = []

    def bad(*_: object) -> None:
        raise RuntimeError("Silberdistel")

    monkeypatch.setattr(worker, "REGULAR", (("bad", timedelta(0), bad), ("good", timedelta(0), lambda *_: ran.append(1))))
    worker.run_once(at())
    assert ran == [1]
    assert "RuntimeError" in caplog.text
    assert "Silberdistel" not in caplog.text


def test_an_anchor_is_written_hourly_and_survives_a_line_cut_off(world: World, tmp_path: Path) -> None:
    world.person()
    file = tasks.write_anchor(world.id, at(9, 0), tmp_path)
    assert file is not None
    world.person("Otto", "Hainbuche")
    assert tasks.write_anchor(world.id, at(9, 59), tmp_path) is None
    with file.open("a", encoding="utf-8") as out:
        out.write('{"at": "2026-11-24T09:5')
    assert tasks.write_anchor(world.id, at(10, 1), tmp_path) == file
    anchor = tasks.read_anchor(file)
    assert anchor is not None
    assert anchor["seq"] == ChainHead.objects.get().seq
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3


def test_accesses_go_after_a_year_in_whole_sealed_runs(world: World) -> None:
    # The trigger of the database reads the real clock.
    long_ago = datetime.now(clock.BERLIN) - timedelta(days=400)
    person = world.person()
    actor = system(world.id)
    for moment in (long_ago, long_ago + timedelta(days=300)):
        audit.log_access(actor=world.actor(), kind="open", page="people:detail", person_ids=[person.pk], at=moment)
        audit.seal_access(actor=actor, at=moment, before=moment + timedelta(minutes=1))
    audit.log_access(actor=world.actor(), kind="open", page="people:detail", person_ids=[person.pk], at=long_ago)
    assert tasks.expire_access(datetime.now(clock.BERLIN)) == 1
    assert AccessEvent.objects.count() == 2
    assert audit.verify(world.id).problems == ()
    assert tasks.expire_access(datetime.now(clock.BERLIN)) == 0


def test_sessions_that_are_over_go_and_others_stay(world: World, login: Callable[[str], Client], settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    old = login("entrance")
    old.get("/eingang/")
    over = old.session.session_key
    # Sessions end by the real clock.
    Session.objects.filter(pk=over).update(expire_date=timezone.now() - timedelta(minutes=1))
    running = Client()
    running.force_login(world.users["colleague"])
    assert Session.objects.count() == 2
    worker.run_once(at())
    assert [row.pk for row in Session.objects.all()] == [running.session.session_key]
    assert running.get("/eingang/").status_code == 200


def test_a_letter_of_the_same_key_is_written_once(world: World) -> None:
    key = str(uuid4())
    for _ in range(2):
        with audit.bulk(world.actor(), at()) as ledger:
            ledger.follow_up("vacancies.alarm", key, delivery="x")
    assert Outbox.objects.count() == 1
