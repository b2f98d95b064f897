"""What a talk leaves behind goes to the e-file; a calendar tells when and where, never who."""

import hashlib
import re
from collections.abc import Callable
from datetime import date, timedelta
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
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.workflows import Outcome
from hilfefrei.apps.intake.domain import agreement, conversation, first_contact
from hilfefrei.apps.intake.domain import leave as leaving
from hilfefrei.apps.intake.models import Conversation, Entry, Leave
from hilfefrei.apps.intake.workflows import LeaveAct
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


def lying(world: World, data: Path) -> dict[str, Path]:
    """Everything that lies in the folder after a round, by its name."""
    deliver(world, data)
    return {path.name: path for path in sorted((data / "akte").glob("*"))}


def told(path: Path) -> dict[str, str]:
    """The metadata beside a document."""
    return {one.tag: one.text or "" for one in ET.fromstring(path.with_suffix(".xml").read_bytes())}


def level(path: Path) -> tuple[str, ...]:
    """Part and conformance that the document claims."""
    metadata = path.read_bytes().partition(b"<x:xmpmeta")[2].partition(b"</x:xmpmeta>")[0].decode()
    return tuple(re.findall(r"<pdfaid:(?:part|conformance)>(\w+)<", metadata))


def leave(world: World, entry: Entry, act: LeaveAct, **more: object) -> Leave:
    return leaving.record_leave(
        actor=world.actor(), at=at(10, 2), entry_id=entry.pk, act=act, words="Ich fange beim Bäcker an.", rights=list(leaving.RIGHTS),
        call_at=at(10, days=desk.ahead(2)), **({"signed": act in leaving.SIGNED} | more),
    )  # fmt: skip


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
    # What is tried first finds nobody; the rest of the round waits with it.
    assert set(Outbox.objects.filter(done_at=None).values_list("kind", flat=True)) == {"efile.receipt", "efile.talk"}
    assert [one.last_error.partition(":")[0] for one in Outbox.objects.exclude(last_error="").order_by("pk")] == ["efile"]
    (tmp_path / "akte").unlink()
    Outbox.objects.update(next_try_at=None)
    assert len(deliver(world, tmp_path)) == 6


def test_an_application_leaves_its_receipt_without_a_talk(world: World, tmp_path: Path) -> None:
    entry = desk.applicant(world)
    assert entry.application is not None
    desk.applicant(world, "Kim", "Schachtelhalm", wishes=("information",))
    held = lying(world, tmp_path)
    assert list(held) == [f"bestaetigung-{entry.application_id}.{end}" for end in ("pdf", "xml")]
    receipt = held[f"bestaetigung-{entry.application_id}.pdf"]
    assert level(receipt) == ("2", "A")
    assert "Silberdistel" in words(receipt)
    assert told(receipt) | {"sha256": ""} == {
        "art": "bestaetigung", "titel": "Bestätigung des Antrags", "zone": "leistung", "datum": entry.application.asked_at.isoformat(timespec="seconds"),
        "zeichen": entry.application.reference, "nummer": str(entry.person.callsign), "format": "PDF/A-2a", "sha256": "",
    }  # fmt: skip


@pytest.mark.parametrize("act", LeaveAct.values)
def test_then_i_leave_it_leaves_its_copy(world: World, tmp_path: Path, act: str) -> None:
    entry = desk.applicant(world, wishes=("information",) if act == LeaveAct.ONLY_ASKED else ("money",))
    if act == LeaveAct.WAIVER:
        granted(world, entry)
    made = leave(world, entry, LeaveAct(act))
    held = lying(world, tmp_path)
    copy = held[f"erklaerung-{made.pk}.pdf"]
    assert level(copy) == ("2", "A")
    assert "Ich fange beim Bäcker an." in words(copy)
    found = told(copy)
    # The reason is nothing for benefits, and no name stands beside the document.
    assert (found["art"], found["zone"], found["nummer"]) == ("erklaerung", "vermittlung", str(entry.person.callsign))
    assert found.get("unterschrieben") == ("2026-11-24" if act in leaving.SIGNED else None)
    assert found["sha256"] == hashlib.sha256(copy.read_bytes()).hexdigest()
    assert "Bäcker" not in copy.with_suffix(".xml").read_text(encoding="utf-8")
    assert "Silberdistel" not in copy.with_suffix(".xml").read_text(encoding="utf-8")


def granted(world: World, entry: Entry) -> None:
    assert entry.application_id is not None
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 50), application_id=entry.application_id, kind=Outcome.GRANTED, decided_on=at().date(),
        source="Bescheid", granted_from=date(2026, 11, 1), granted_to=date(2027, 10, 31),
    )  # fmt: skip


def test_delivered_again_nothing_is_doubled(world: World, tmp_path: Path) -> None:
    entry = desk.talking(world)
    closed(world, entry)
    leave(world, entry, LeaveAct.STAYS_OPEN)
    first = set(lying(world, tmp_path))
    assert len(first) == 2 * (3 + 1 + 1)
    Outbox.objects.update(done_at=None)
    assert set(lying(world, tmp_path)) == first


def test_what_was_mended_or_taken_back_is_a_further_version(world: World, tmp_path: Path) -> None:
    entry = desk.applicant(world)
    granted(world, entry)
    made = leave(world, entry, LeaveAct.WAIVER)
    first = lying(world, tmp_path)[f"erklaerung-{made.pk}.pdf"]
    was = first.read_bytes()
    leaving.second_look(actor=world.actor("via_lead"), at=at(11), leave_id=made.pk, ok=False, note="Rechte bitte noch einmal")
    leaving.mend_leave(actor=world.actor(), at=at(11, 5), leave_id=made.pk, note="noch einmal erklärt")
    leaving.revoke_leave(actor=world.actor("colleague"), at=at(11, 30), leave_id=made.pk, note="braucht doch Geld")
    copies = {name: path for name, path in lying(world, tmp_path).items() if name.startswith("erklaerung-") and name.endswith(".pdf")}
    versions = sorted(int(told(path).get("berichtigung", 0)) for path in copies.values())
    assert len(versions) == len(set(versions)) == 3
    assert set(copies) == {f"erklaerung-{made.pk}{f'-b{number}' if number else ''}.pdf" for number in versions}
    assert first.read_bytes() == was
    assert "Verzicht widerrufen" not in words(first)
    assert "Verzicht widerrufen am 24. November 2026" in words(copies[f"erklaerung-{made.pk}-b{versions[-1]}.pdf"])


def test_who_comes_back_with_an_application_leaves_copy_and_receipt_anew(world: World, tmp_path: Path) -> None:
    made = leave(world, desk.applicant(world), LeaveAct.WITHDRAWN)
    before = lying(world, tmp_path)
    leaving.apply_again(actor=world.actor(), at=at(11), leave_id=made.pk, channel=first_contact.Channel.IN_PERSON)
    new = {name: path for name, path in lying(world, tmp_path).items() if name not in before and name.endswith(".pdf")}
    assert {name.partition("-")[0] for name in new} == {"erklaerung", "bestaetigung"}
    [copy] = [path for name, path in new.items() if name.startswith("erklaerung")]
    assert "mit einem neuen Antrag" in words(copy)


def test_moved_to_the_right_person_everything_is_filed_anew_under_their_number(world: World, tmp_path: Path) -> None:
    entry = desk.talking(world)
    closed(world, entry)
    made = leave(world, entry, LeaveAct.STAYS_OPEN)
    before = {name: path.read_bytes() for name, path in lying(world, tmp_path).items()}
    right = world.person("Nora", "Silberdistel")
    assert right.callsign != entry.person.callsign
    first_contact.correct_person(actor=world.actor(), at=at(11), contact_id=entry.first_contact_id, person_id=right.pk, reason="Zwei gleichen Namens")
    held = lying(world, tmp_path)
    assert {name: held[name].read_bytes() for name in before} == before
    new = {name: path for name, path in held.items() if name not in before and name.endswith(".pdf")}
    talk = Conversation.objects.get()
    keys = (("handzettel", talk.pk), ("vermerk", talk.pk), ("bestaetigung", talk.pk), ("bestaetigung", entry.application_id), ("erklaerung", made.pk))
    assert {name.rpartition("-b")[0] for name in new} == {f"{kind}-{key}" for kind, key in keys}
    assert {told(path)["nummer"] for path in new.values()} == {str(right.callsign)}
    assert all(told(path)["berichtigung"] for path in new.values())
    assert all("Nora" in words(path) for name, path in new.items() if name.startswith(("vermerk", "erklaerung")))


def test_of_protected_people_neither_receipt_nor_copy_leave_by_themselves(world: World, tmp_path: Path) -> None:
    entry = desk.applicant(world)
    leave(world, entry, LeaveAct.STAYS_OPEN)
    people.restrict(
        actor=world.actor(), at=at(10), person_id=entry.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle",
        user_ids=[world.users["entrance"].pk, world.users["benefits"].pk],
    )  # fmt: skip
    assert lying(world, tmp_path) == {}
    assert not Outbox.objects.filter(kind__startswith="efile.", done_at=None).exists()


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
