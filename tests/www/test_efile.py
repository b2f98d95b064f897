"""What a talk leaves behind goes to the e-file; a calendar tells when and where, never who."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from icalendar import Calendar
from pypdf import PdfReader

from hilfefrei import worker
from hilfefrei.apps.audit import tasks as outbox
from hilfefrei.apps.audit.models import Outbox
from hilfefrei.apps.intake.domain import agreement, conversation
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.workflows import RestrictionKind
from tests import desk
from tests.world import World, at

Login = Callable[[str], Client]


def closed(world: World, entry: Entry) -> Entry:
    return conversation.finish_talk(
        actor=world.actor(), at=at(10), entry_id=entry.pk, next_step="Anruf: Wie war die Vorstellung?", next_step_at=at(10, days=desk.ahead(2)),
        next_step_by_id=world.users["entrance"].pk, wish="Früh anfangen, wegen der Kita.",
    )  # fmt: skip


def deliver(world: World, data: Path) -> dict[str, Path]:
    outbox.deliver(world.id, worker.HANDLERS, at(10, 5), data, ports=worker.PORTS)
    return {path.name.partition("-")[0] + path.suffix: path for path in (data / "akte").glob("*")} if (data / "akte").exists() else {}


def words(path: Path) -> str:
    return " ".join(page.extract_text() for page in PdfReader(path).pages)


def test_a_closed_talk_leaves_handout_note_and_receipt_with_metadata(world: World, tmp_path: Path) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work", "time")
    closed(world, entry)
    held = deliver(world, tmp_path)
    assert set(held) == {f"{kind}.{end}" for kind in ("handzettel", "vermerk", "bestaetigung") for end in ("pdf", "xml")}
    for kind, zone in (("handzettel", "vermittlung"), ("vermerk", "vermittlung"), ("bestaetigung", "leistung")):
        told = ET.fromstring(held[f"{kind}.xml"].read_bytes())
        assert entry.application is not None
        assert (told.findtext("zone"), told.findtext("zeichen")) == (zone, entry.application.reference)
        assert told.findtext("sha256") == hashlib.sha256(held[f"{kind}.pdf"].read_bytes()).hexdigest()
        assert entry.person.last_name not in held[f"{kind}.xml"].read_text(encoding="utf-8")
        assert b"pdfaid" in held[f"{kind}.pdf"].read_bytes()
    said = words(held["vermerk.pdf"])
    assert "wegen der Kita" in said
    assert "Wie war die Vorstellung" in said
    assert "Kita" not in words(held["bestaetigung.pdf"])


def test_of_protected_people_nothing_leaves_by_itself(world: World, tmp_path: Path) -> None:
    entry = desk.talking(world)
    closed(world, entry)
    people.restrict(
        actor=world.actor(), at=at(10), person_id=entry.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle",
        user_ids=[world.users["entrance"].pk, world.users["benefits"].pk],
    )  # fmt: skip
    assert deliver(world, tmp_path) == {}
    assert not Outbox.objects.filter(kind="efile.talk", done_at=None).exists()


def test_a_folder_that_is_away_is_asked_again(world: World, tmp_path: Path) -> None:
    closed(world, desk.talking(world))
    (tmp_path / "akte").write_text("im Weg")
    deliver(world, tmp_path)
    assert Outbox.objects.get(kind="efile.talk").last_error.startswith("efile: ")
    (tmp_path / "akte").unlink()
    Outbox.objects.update(next_try_at=None)
    assert len(deliver(world, tmp_path)) == 6


def test_own_dates_say_when_and_where_and_never_who(world: World, login: Login) -> None:
    entry = closed(world, desk.talking(world))
    agreement.add_promise(
        actor=world.actor(), at=at(10), entry_id=entry.pk, side="office", text="Frau Silberdistel anrufen", due_at=at(11, days=desk.ahead(1)),
        user_id=world.users["entrance"].pk,
    )  # fmt: skip
    slot = desk.coaching(world, days=desk.ahead(1))
    answer = login("entrance").get("/konto/termine.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    events: list[Any] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert {str(e["summary"]) for e in events} == {"Termin Jobcenter"}
    assert [e["dtend"].dt - e["dtstart"].dt for e in events] == [timedelta(minutes=15)] * 2
    assert "Silberdistel" not in answer.content.decode()
    [own] = Calendar.from_ical(login("coach").get("/konto/termine.ics").content).walk("VEVENT")
    assert str(own["uid"]) == f"{slot.pk}@hilfefrei"
    assert slot.room is None or str(own["location"]) == slot.room.name


@pytest.mark.usefixtures("world")
def test_nothing_ahead_is_an_empty_calendar(login: Login) -> None:
    assert Calendar.from_ical(login("buyer").get("/konto/termine.ics").content).walk("VEVENT") == []
