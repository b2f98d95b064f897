"""Sheets go out in the same minute and name nobody who is protected; what comes back confirms, once, or says why not."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from hilfefrei import secrets, worker
from hilfefrei.apps.audit import tasks as outbox
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event, Outbox
from hilfefrei.apps.audit.ports import Down
from hilfefrei.apps.benefits import domain, queries, sheets, tasks, transport
from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.benefits.workflows import SHEETS, DeclarationKind, UrgentKind
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.workflows import AddressKind, ChannelKind, MemberRole, RestrictionKind
from hilfefrei.core.sheets import Confirmation
from tests import desk
from tests.apps.benefits.test_domain import applied, reported
from tests.support.elsewhere import sending_elsewhere
from tests.world import TODAY, World, at


def deliver(world: World, data: Path, now: datetime | None = None) -> int:
    """How many sheets went out; what goes to the e-file has tests of its own."""
    Outbox.objects.exclude(kind__in=SHEETS).delete()
    return outbox.deliver(world.id, worker.HANDLERS, now or at(9, 1), data, ports=tasks.PORTS)


def inbox(data: Path, name: str, content: Any, *, age: float = 10) -> None:
    (data / "eingang").mkdir(exist_ok=True)
    file = data / "eingang" / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    os.utime(file, (written := time.time() - age, written))


def confirmation(key: str, **more: Any) -> Confirmation:
    return Confirmation(1, key, **more)


# ---- out


def test_the_sheet_has_who_when_how_and_what_eilt(world: World, tmp_path: Path) -> None:
    entry = desk.applicant(world)
    application = Application.objects.get()
    reported(world, application, money_until=TODAY)
    assert deliver(world, tmp_path) == 2
    key = f"antrag-{application.reference}"
    files = {f.suffix: f for f in (tmp_path / "ausgang").glob(f"{key}.*")}
    assert set(files) == {".pdf", ".csv", ".xml"}
    assert all(f.stat().st_mode & 0o077 == 0 for f in files.values())
    root = ET.fromstring(files[".xml"].read_bytes())
    said = {child.tag: child.text for child in root}
    assert (root.get("schluessel"), said["zeichen"], said["nachname"]) == (key, application.reference, entry.person.last_name)
    assert (said["gestellt"], said["dringend"], said["geld_bis"]) == (application.asked_at.isoformat(timespec="seconds"), "kein Geld", TODAY.isoformat())
    assert files[".pdf"].read_bytes().startswith(b"%PDF-1.7")
    assert b"pdfaid" in files[".pdf"].read_bytes()
    [urgent] = (tmp_path / "ausgang").glob("dringend-*.xml")
    assert int(ET.fromstring(urgent.read_bytes()).findtext("minuten") or 0) > 0


def test_a_protected_applicant_is_a_number_and_whom_to_ask(world: World) -> None:
    application = applied(world)
    people.restrict(
        actor=world.actor(), at=at(9), person_id=application.applicant_id, kind=RestrictionKind.PROTECTED,
        ask="Schutzstelle", phone="0171 39200 77", user_ids=[world.users["entrance"].pk, world.users["benefits"].pk],
    )  # fmt: skip
    application.refresh_from_db()
    made = sheets.application_sheet(application, at(10))
    assert made.values["geschuetzt"] == "Schutzstelle, 0171 39200 77"
    assert made.values["nummer"] == application.applicant.callsign
    assert not {"nachname", "vorname", "strasse", "telefon", "geburtsdatum"} & made.values.keys()
    assert "Silberdistel" not in str(made)


def test_a_shelter_and_an_unsafe_number_stay_here(world: World) -> None:
    application = applied(world)
    person = application.applicant
    people.set_address(actor=world.actor(), at=at(9), person_id=person.pk, kind=AddressKind.SHELTER, street="Geheimweg 1", plz="37520", place="Osterode", valid_from=TODAY)
    people.set_channel(actor=world.actor(), at=at(9), person_id=person.pk, kind=ChannelKind.MOBILE, value="0171 39200 88", valid_from=TODAY)
    people.set_contact(actor=world.actor(), at=at(9), person_id=person.pk, safe_contact=True, contact_hint="")
    application.refresh_from_db()
    made = sheets.application_sheet(application, at(10))
    assert "Geheimweg" not in str(made)
    assert not made.values["telefon"]


def test_who_else_is_in_the_unit_is_named_except_who_is_protected(world: World) -> None:
    application = applied(world)
    child, hidden = world.person("Finn", "Silberdistel", birth_date=date(2019, 5, 3)), world.person("Rosa", "Wegwarte")
    for who, role in ((child, MemberRole.CHILD), (hidden, MemberRole.OTHER)):
        people.join_unit(actor=world.actor(), at=at(9), person_id=who.pk, unit_id=application.benefit_unit_id, role=role, valid_from=TODAY)
    people.restrict(
        actor=world.actor(), at=at(9), person_id=hidden.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle",
        user_ids=[world.users["entrance"].pk],
    )  # fmt: skip
    made = sheets.application_sheet(application, at(10))
    assert [(p["rolle"], p.get("vorname"), p.get("geschuetzt")) for p in made.people] == [("weitere Person", None, True), ("Kind", "Finn", None)]


def test_the_right_person_goes_out_as_a_correction(world: World, tmp_path: Path) -> None:
    application = applied(world)
    deliver(world, tmp_path)
    right = world.person("Ida", "Linde")
    domain.correct_applicant(actor=world.actor(), at=at(9, 5), application_id=application.pk, person_id=right.pk, reason="verwechselt")
    deliver(world, tmp_path, at(9, 6))
    [again] = (tmp_path / "ausgang").glob(f"antrag-{application.reference}-b*.xml")
    root = ET.fromstring(again.read_bytes())
    assert (root.findtext("nachname"), root.findtext("berichtigt"), root.findtext("gestellt")) == ("Linde", "ja", application.asked_at.isoformat(timespec="seconds"))


# ---- the other side is away


@pytest.fixture
def elsewhere() -> Iterator[None]:
    held = secrets.current()
    secrets.use(replace(held, neighbour_url="https://empfaenger.example/blaetter", neighbour_token="t"))
    yield
    secrets.use(held)


@pytest.mark.usefixtures("elsewhere")
def test_down_for_a_day_then_everything_goes_out_once(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Ahornblatt", "Linde", "Wegwarte"):
        applied(world, world.person("Ida", name))
    asked: list[str] = []
    there = False

    def post(_url: str, _token: str, key: str, _files: Any) -> None:
        asked.append(key)
        if not there:
            raise Down(transport.PORT, "URLError")

    monkeypatch.setattr(transport, "_post", post)
    now = at(9, 43)
    assert deliver(world, tmp_path, now) == 0
    # One knock a round, not one for each sheet.
    assert len(asked) == 1
    late = queries.undelivered(now + timedelta(minutes=2))
    assert late is not None
    assert (late.count, late.refused) == (3, 0)
    for _ in range(24):
        now += timedelta(hours=1)
        assert deliver(world, tmp_path, now) == 0
    there, asked[:] = True, []
    now += timedelta(minutes=3)
    assert deliver(world, tmp_path, now) == 3
    assert deliver(world, tmp_path, now + timedelta(hours=1)) == 0
    assert len(set(asked)) == len(asked) == 3
    assert queries.undelivered(now + timedelta(hours=1)) is None


@pytest.mark.usefixtures("elsewhere")
def test_one_sheet_that_is_refused_holds_up_nobody(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = applied(world), applied(world, world.person("Ida", "Linde"))
    taken: list[str] = []

    def post(_url: str, _token: str, key: str, _files: Any) -> None:
        if first.reference in key:
            raise transport.NotTaken("HTTP 422")
        taken.append(key)

    monkeypatch.setattr(transport, "_post", post)
    assert deliver(world, tmp_path) == 1
    assert taken == [f"antrag-{second.reference}"]
    late = queries.undelivered(at(9, 50))
    assert late is not None
    assert (late.count, late.refused) == (1, 1)


def test_names_of_people_go_to_no_open_address() -> None:
    for bad in ("http://empfaenger.example/", "ftp://127.0.0.1/", "empfaenger"):
        with pytest.raises(transport.WrongAddress):
            transport.check_address(bad)
    for good in ("https://empfaenger.example/", "http://127.0.0.1:8124/"):
        transport.check_address(good)


def test_a_sheet_goes_nowhere_but_to_the_address_entered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with sending_elsewhere() as (url, asked):
        held = replace(secrets.current(), neighbour_url=url, neighbour_token="t" * 32)
        monkeypatch.setattr(secrets, "current", lambda: held)
        with pytest.raises(Down, match="302"):
            transport.send("antrag-1", {"xml": b"<a/>"}, tmp_path)
    assert asked == ["/"]


def test_a_folder_that_cannot_be_written_is_the_other_side_being_away(world: World, tmp_path: Path) -> None:
    (tmp_path / "ausgang").write_text("im Weg")
    applied(world)
    assert deliver(world, tmp_path) == 0
    assert Outbox.objects.get().last_error.startswith(queries.AWAY)


# ---- back


def test_a_file_confirms_and_the_same_again_changes_nothing(world: World, tmp_path: Path) -> None:
    application, report = applied(world), None
    report = reported(world, application)
    rows = [
        {"schluessel": sheets.key_of(application), "aktenzeichen": "00815/26", "eingegangen": at(9, 2).isoformat()},
        {"schluessel": f"dringend-{report.pk}", "ergebnis": "600 € als Barcode ab 13 Uhr"},
    ]
    for name in ("a.json", "b.json"):
        inbox(tmp_path, name, rows)
        assert tasks.take_confirmations(world.id, at(9, 5), tmp_path) == 2
    application.refresh_from_db()
    report.refresh_from_db()
    assert (application.confirmed_at, application.confirmed_by_id, application.file_number) == (at(9, 2), None, "00815/26")
    assert (report.confirmed_at, report.result) == (at(9, 5), "600 € als Barcode ab 13 Uhr")
    assert Event.objects.filter(verb="application.confirmed").count() == 1
    assert Event.objects.filter(verb="urgent.confirmed").count() == 1
    assert sorted(f.name for f in (tmp_path / "eingang" / "erledigt").iterdir()) == ["a.json", "b.json"]


def test_a_declaration_is_confirmed(world: World, tmp_path: Path) -> None:
    application = applied(world)
    made = domain.declare(actor=world.actor(), at=at(9), application_id=application.pk, kind=DeclarationKind.WITHDRAWN, signed_on=TODAY)
    inbox(tmp_path, "c.xml", f"<bestaetigung><schluessel>erklaerung-{made.pk}</schluessel></bestaetigung>")
    assert tasks.take_confirmations(world.id, at(9, 45), tmp_path) == 1
    made.refresh_from_db()
    assert made.confirmed_at == at(9, 45)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"schluessel": "antrag-99-00001"}, "unknown"),
        ({"schluessel": f"dringend-{UUID(int=7)}"}, "unknown"),
        ({"schluessel": "dringend-keine"}, "unknown"),
        ({"schluessel": "unsinn-1"}, "unknown"),
        ({"schluessel": "antrag-26-00001-b7"}, "unknown"),
        ({"schluessel": "antrag-26-00001-bx"}, "unknown"),
        ({"schluessel": "antrag-26-00001", "eingegangen": at(10, 48).isoformat()}, "moment"),
        ({"schluessel": "antrag-26-00001", "eingegangen": at(11).isoformat()}, "moment"),
        ({"schluessel": "antrag-26-00001", "eingegangen": at(7).isoformat()}, "moment"),
        ({"schluessel": "antrag-26-00001", "aktenzeichen": "T/1"}, "file_number_taken"),
    ],
)
def test_what_cannot_be_is_laid_aside_with_its_reason(world: World, tmp_path: Path, row: dict[str, str], code: str) -> None:
    applied(world)
    taken = applied(world, world.person("Ida", "Linde"))
    domain.confirm_application(actor=world.actor("benefits"), at=at(9), application_id=taken.pk, file_number="T/1")
    inbox(tmp_path, "x.json", row)
    assert tasks.take_confirmations(world.id, at(10), tmp_path) == 0
    told = (tmp_path / "eingang" / "abgelehnt" / "x.json.grund.csv").read_text(encoding="utf-8")
    assert f";{code};" in told
    assert Application.objects.filter(confirmed_at=None).count() == 1


def test_another_number_is_no_overwriting(world: World) -> None:
    application = applied(world)
    domain.take_confirmation(actor=domain.neighbour(world.id), at=at(9, 1), confirmation=confirmation(sheets.key_of(application), file_number="A1"))
    with pytest.raises(Refused) as refusal:
        domain.take_confirmation(actor=domain.neighbour(world.id), at=at(9, 2), confirmation=confirmation(sheets.key_of(application), file_number="A2"))
    assert refusal.value.code == "other_file_number"


def test_a_broken_file_is_laid_aside_whole_and_the_next_is_read(world: World, tmp_path: Path) -> None:
    application = applied(world)
    inbox(tmp_path, "a.json", '{"schluessel": "antr')
    inbox(tmp_path, "b.json", {"schluessel": sheets.key_of(application)})
    assert tasks.take_confirmations(world.id, at(9, 5), tmp_path) == 1
    assert sorted(f.name for f in (tmp_path / "eingang" / "abgelehnt").iterdir()) == ["a.json", "a.json.grund.csv"]


@pytest.mark.parametrize("content", ["<html><body>Bad Gateway</body></html>", "[]", "schluessel;aktenzeichen\n"])
def test_a_file_without_any_confirmation_is_refused(world: World, tmp_path: Path, content: str) -> None:
    inbox(tmp_path, "a.txt", content)
    assert tasks.take_confirmations(world.id, at(9, 5), tmp_path) == 0
    assert (tmp_path / "eingang" / "abgelehnt" / "a.txt").exists()


def test_a_file_that_is_being_written_waits(world: World, tmp_path: Path) -> None:
    row = {"schluessel": sheets.key_of(applied(world))}
    inbox(tmp_path, "a.json", row, age=0)
    inbox(tmp_path, "b.json.part", row)
    assert tasks.take_confirmations(world.id, at(9, 5), tmp_path) == 0
    assert sorted(f.name for f in (tmp_path / "eingang").iterdir()) == ["a.json", "b.json.part"]
    inbox(tmp_path, "a.json", row)
    assert tasks.take_confirmations(world.id, at(9, 5), tmp_path) == 1


def test_a_clock_that_runs_ahead_a_little_holds_up_nothing(world: World) -> None:
    application = applied(world)
    ahead = confirmation(sheets.key_of(application), came_at=at(9, 5))
    domain.take_confirmation(actor=domain.neighbour(world.id), at=at(9, 2), confirmation=ahead)
    application.refresh_from_db()
    assert application.confirmed_at == at(9, 2)


def test_the_paying_system_confirms_and_nothing_else(world: World) -> None:
    application = applied(world)
    with pytest.raises(Forbidden):
        domain.report_urgent(actor=domain.neighbour(world.id), at=at(9), person_id=application.applicant_id, kind=UrgentKind.NO_MONEY)
    assert not UrgentReport.objects.exists()


# ---- by calling


@pytest.fixture
def token() -> Iterator[str]:
    held = secrets.current()
    secrets.use(replace(held, confirm_token="sehr-geheim"))
    yield "sehr-geheim"
    secrets.use(held)


URL = "/api/v1/bestaetigungen"


def test_a_call_confirms(world: World, client: Client, token: str) -> None:
    application = applied(world)
    body = json.dumps({"schluessel": sheets.key_of(application), "aktenzeichen": "A1"})
    for _ in range(2):
        answer = client.post(URL, body, content_type="application/json", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()) == (200, {"bestaetigungen": [{"schluessel": sheets.key_of(application)}]})
    application.refresh_from_db()
    assert application.file_number == "A1"


def test_a_call_for_something_unknown_says_so(world: World, client: Client, token: str) -> None:
    answer = client.post(URL, json.dumps({"schluessel": "antrag-26-09999"}), content_type="application/json", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 409
    assert answer.json()["bestaetigungen"][0]["regel"] == "unknown"
    assert client.post(URL, "kaputt;", content_type="text/csv", headers={"Authorization": f"Bearer {token}"}).status_code == 400


@pytest.mark.usefixtures("world")
def test_without_the_token_nobody_confirms(client: Client, token: str) -> None:
    assert client.post(URL, "{}", content_type="application/json").status_code == 401
    assert client.post(URL, "{}", content_type="application/json", headers={"Authorization": f"Bearer {token}x"}).status_code == 401
    assert client.get(URL).status_code == 405


@pytest.mark.usefixtures("world")
def test_no_token_set_no_calls_at_all(client: Client) -> None:
    assert client.post(URL, "{}", content_type="application/json", headers={"Authorization": "Bearer "}).status_code == 401
