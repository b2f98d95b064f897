"""Everything on one person, and nothing of anybody else; a disputed value keeps its note; a consent ends at once."""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

import hilfefrei
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import AccessEvent, AccessInquiry, Event
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import DeliveryRow, Paper
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.intake.domain import leave as leaves
from hilfefrei.apps.intake.models import Leave
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Address, ForeignError, Number, Person
from hilfefrei.apps.people.workflows import MemberRole, ResponsibilityKind, RestrictionKind
from hilfefrei.apps.privacy import disclosure, holdings, queries
from hilfefrei.apps.privacy.domain import rights, wishes
from hilfefrei.apps.privacy.models import ErasureWish
from hilfefrei.apps.privacy.workflows import Ground
from hilfefrei.core import catalogue
from hilfefrei.core.catalogue import Pii
from hilfefrei.papers.data import Contact, Office
from hilfefrei.www.people.rights import paper_of
from hilfefrei.www.privacy.accesses import PURPOSES
from tests import desk
from tests.apps.privacy.lives import everything, free, mark
from tests.papers.test_papers import text
from tests.support.reading import whole
from tests.world import TODAY, World, at

WORD = "Zaunwicke"
Login = Callable[[str], Client]


def told(world: World, person: Person, who: str = "entrance") -> dict[str, Any]:
    held = disclosure.of(world.actor(who), person, TODAY)
    return disclosure.as_json(held, at(10), "Jobcenter")


def test_every_field_of_every_table_of_a_person_is_in_the_file(world: World) -> None:
    """Every text is marked before; every field that the catalogue knows of these tables is there with what it is for."""
    person = Person.objects.get(pk=everything(world))
    marked = mark(person.pk, WORD)
    given = told(world, person)
    tables = {table["table"]: table for table in given["tables"]}
    assert set(tables) == {label for label in holdings.tables() if holdings.owners(label, person_ids=[person.pk])}
    known = catalogue.load()
    for label, table in tables.items():
        answers = known.models[label].answers
        wanted = {e.field for e in known.models[label].entries if e.field not in {"jobcenter", "version"} and not (answers and "." in e.field)}
        for row in table["rows"]:
            assert wanted <= set(row), label
        for field, said in table["fields"].items():
            entry = known.entry(label, field)
            assert said["purpose"] == entry.purpose
            assert said["kept"]
            assert said["source"]
            assert said["recipients"]
            assert said["basis"] or entry.pii == Pii.NONE
    # Names and remarks of third persons are initialled or left out; every other mark is there.
    third = sum(
        1
        for label, table in tables.items()
        for row in table["rows"]
        for field, value in row.items()
        if known.entry(label, field).pii in {Pii.PERSONAL, Pii.STAFF} and value in ("Z.", disclosure.NOT_GIVEN)
    )
    assert third >= 2
    assert json.dumps(given["tables"]).count(WORD) >= marked - third


def test_a_mark_in_each_personal_field_is_found_in_the_file_and_on_the_paper(world: World) -> None:
    """One mark per field, so that what is missing has a name; days, numbers and choices are compared with the row."""
    person = Person.objects.get(pk=everything(world))
    marks: dict[str, tuple[str, str, str]] = {}
    for label, model in holdings.tables().items():
        for pk in holdings.owners(label, person_ids=[person.pk]):
            changes: dict[str, Any] = {}
            for field in model._meta.concrete_fields:
                if free(model, field) and not isinstance(field, models.JSONField) and (field.max_length or 99) >= 7:
                    word = f"Zk{len(marks):04d}q"
                    marks[word] = (label, str(pk), field.name)
                    changes[field.attname] = word
            model._default_manager.filter(pk=pk).update(**changes)
    assert len(marks) > 70
    person.refresh_from_db()
    held = disclosure.of(world.actor("entrance"), person, TODAY)
    said = json.dumps(disclosure.as_json(held, at(10), "Jobcenter"), ensure_ascii=False)
    paper = paper_of(held, office=Office("Jobcenter"), contact=Contact("Datenschutz"), name="")
    printed = " ".join(row.value for part in paper.parts for row in part.rows)
    known = catalogue.load()
    for word, (label, _, field) in marks.items():
        entry = known.entry(label, field)
        if entry.pii in {Pii.PERSONAL, Pii.STAFF}:
            # Third persons: initialled, or said to be there.
            assert word not in said, (label, field)
            continue
        assert word in said, (label, field)
        assert word in printed, (label, field)
    tables = {table["table"]: {row["id"]: row for row in table["rows"]} for table in json.loads(said)["tables"]}
    compared = 0
    for label, model in holdings.tables().items():
        for pk in holdings.owners(label, person_ids=[person.pk]):
            row = model._default_manager.get(pk=pk)
            for field in model._meta.concrete_fields:
                entry = known.entry(label, field.name)
                if isinstance(field, models.JSONField | models.ForeignKey) or field.name == "version" or entry.pii in {Pii.PERSONAL, Pii.STAFF}:
                    continue
                value = getattr(row, field.attname)
                expected = value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID) else value
                given = tables[label][str(pk)][field.name]
                assert given == (float(expected) if isinstance(value, Decimal) else expected), (label, field.name)
                compared += 1
    assert compared > 250


def test_what_a_delivery_and_a_wish_say_of_the_person_is_in_the_file_and_nothing_of_others(world: World) -> None:
    """Rows of deliveries lie for 90 days beside the file; of many new ones in one row only the own entry is given out."""
    person = desk.applicant(world).person
    other = world.person("Tarek", "Mondviole")
    received = benefits.stage_delivery(
        actor=world.actor("benefits"), at=at(8), file_name="personen.csv", as_of=TODAY, content=b"kundennummer;vorname;nachname;geburtsdatum\nK1;Ute;Wermut;1.2.1980\n"
    )
    DeliveryRow.objects.all().delete()
    own = {"jobcenter_id": world.id, "delivery": received, "table": "people", "line": 1, "key": "K1", "state": "changed"}
    DeliveryRow.objects.create(
        object_id=person.pk, raw={"nachname": WORD}, data=[["people.Person", str(person.pk), {"last_name": "Neugold"}]], before=[{"last_name": "Altsilber"}], **own
    )
    DeliveryRow.objects.create(
        data=[["people.Number", str(world.id), {"person_id": str(other.pk), "value": "FREMD7"}], ["people.Number", str(world.id), {"person_id": str(person.pk), "value": "MEIN7"}]],
        before=[None, None], **own,
    )  # fmt: skip
    wishes.ask(actor=world.actor(), at=at(10), person_id=person.pk, ground=Ground.OBJECTION, cause="wegen des Nachbarn")
    given = json.dumps(told(world, person), ensure_ascii=False)
    for part in (WORD, "Neugold", "Altsilber", "MEIN7", "wegen des Nachbarn", '"benefits.DeliveryRow"', '"privacy.ErasureWish"'):
        assert part in given, part
    for part in ("FREMD7", str(other.pk)):
        assert part not in given, part
    assert "FREMD7" in json.dumps(told(world, other), ensure_ascii=False)


def test_codes_stand_in_words_on_the_paper(world: World) -> None:
    person = Person.objects.get(pk=everything(world))
    wishes.ask(actor=world.actor(), at=at(10), person_id=person.pk, ground=Ground.OBJECTION)
    ErasureWish.objects.update(goes=["placement", "identity"], stays={"application": "task"})
    Leave.objects.filter(entry__person=person).update(calls=[{"at": at(9).isoformat(), "by": "", "note": "geht gut"}])
    held = disclosure.of(world.actor(), person, TODAY)
    texts = {(sheet.table, value.entry.field): value.text for sheet in held.sheets for row in sheet.rows for value in row.values if value.text}
    assert texts["intake.FirstContact", "wishes"] == "Geld zum Leben, Arbeit finden"
    assert texts["intake.Leave", "rights"].startswith("Sie dürfen den Antrag offen lassen")
    assert texts["intake.Leave", "calls"] == "wann: Di 24.11.2026, 09:42; Notiz: geht gut"
    assert texts["privacy.ErasureWish", "goes"] == "Vermittlung, Name und Nummer"
    assert texts["privacy.ErasureWish", "stays"].startswith("Antrag: Wir brauchen die Daten noch")


def test_who_looked_at_a_file_is_told_to_the_person_by_day_and_purpose(world: World, login: Login) -> None:
    person = desk.applicant(world).person
    login("entrance").get(reverse("people:detail", args=[person.pk]))
    ask = {"about": "person", "number": str(person.callsign), "first_day": "1.11.2026", "last_day": "24.11.2026", "cause": "Die Person fragt nach Zugriffen."}
    client = login("data_protection")
    asked = client.post(reverse("privacy:accesses"), ask)
    assert asked.status_code == 302, whole(asked)
    inquiry = AccessInquiry.objects.get()
    sheet = reverse("privacy:inquiry_notice", args=[inquiry.pk])
    assert client.get(sheet).status_code == 404, "one key opens nothing"
    audit.answer_accesses(actor=world.actor("staff_council"), at=at(10), inquiry_id=inquiry.pk, agree=True)
    assert "Blatt für die Person" in whole(client.get(reverse("privacy:inquiry", args=[inquiry.pk])))
    before = Event.objects.filter(object_id=inquiry.pk).count()
    answer = client.get(sheet)
    assert answer["Content-Type"] == "application/pdf"
    words = text(answer.content)
    assert "Ihre Akte: Beratung und Auskunft" in words
    assert str(person.callsign) in words
    for user in world.users.values():
        assert user.last_name not in words or user.pk == world.users["data_protection"].pk
    assert Event.objects.filter(object_id=inquiry.pk).count() == before + 1, "that it was read is written down"


def test_every_page_that_notes_an_access_says_what_for() -> None:
    """A list of the person's own accesses must not fail on a page that somebody adds."""
    source = " ".join(file.read_text(encoding="utf-8") for file in Path(hilfefrei.__file__).parent.rglob("*.py"))
    pages = set(re.findall(r'page="([a-z]+):', source)) | set(re.findall(r'_held\(request, person_id, "([a-z]+):', source))
    assert pages >= {"people", "entrance", "cli"}
    assert pages <= set(PURPOSES)


def test_third_persons_are_initialled_or_left_out(world: World) -> None:
    person = Person.objects.get(pk=everything(world))
    given = json.dumps(told(world, person), ensure_ascii=False)
    for name in ("Eisvogel", "Sperling", "Kleiber", "Steinkauz", "Vera Begleitung"):
        assert name not in given, name
    assert '"N. E."' in given
    for user in world.users.values():
        assert str(user.pk) not in given


def test_of_the_household_only_the_own_rows(world: World) -> None:
    entry = desk.applicant(world)
    other = world.person("Tarek", "Mondviole")
    people.join_unit(
        actor=world.actor(), at=at(9, 5), person_id=other.pk, unit_id=entry.application.benefit_unit_id, role=MemberRole.PARTNER, valid_from=TODAY
    )
    Paper.objects.create(
        jobcenter_id=world.id, application=entry.application, person=other, rule="x", title="Ausweis von Mondviole", why="x", asked_on=TODAY
    )
    given = json.dumps(told(world, entry.person), ensure_ascii=False)
    assert "Mondviole" not in given
    assert str(other.pk) not in given
    assert "Ausweis von Mondviole" in json.dumps(told(world, other), ensure_ascii=False)


def test_the_file_leaves_with_an_access_event(world: World, login: Login) -> None:
    person = desk.applicant(world).person
    client = login("entrance")
    for name, kind in (("people:disclosure", "application/pdf"), ("people:disclosure_json", "application/json"), ("people:data_notice", "application/pdf")):
        before = AccessEvent.objects.filter(kind="export").count()
        answer = client.get(reverse(name, args=[person.pk]))
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith(kind)
        assert "Silberdistel" not in answer["Content-Disposition"]
        assert AccessEvent.objects.filter(kind="export", page=name, person_ids=[str(person.pk)]).count() == 1
        assert AccessEvent.objects.filter(kind="export").count() == before + 1
    assert json.loads(client.get(reverse("people:disclosure_json", args=[person.pk])).content)["number"] == person.callsign


def test_a_protected_file_is_given_out_by_who_is_named_alone(world: World, login: Login) -> None:
    person = desk.applicant(world).person
    people.restrict(actor=world.actor("colleague"), at=at(9, 30), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert login("entrance").get(reverse("people:disclosure_json", args=[person.pk])).status_code == 404
    assert login("colleague").get(reverse("people:disclosure_json", args=[person.pk])).status_code == 200


def test_a_disputed_value_stays_and_the_note_stands_beside_it(world: World, login: Login) -> None:
    person = desk.applicant(world).person
    address = Address.objects.get(person=person)
    client = login("entrance")
    page = client.get(reverse("people:data", args=[person.pk]), {"table": "people.Address", "field": "street", "row": str(address.pk)})
    assert "Vermerk zu „Anschrift: Straße und Hausnummer“" in whole(page)
    sent = {"table": "people.Address", "field": "street", "row": str(address.pk), "says": "Es ist die Lange Straße 14."}
    assert client.post(reverse("people:dispute", args=[person.pk]), sent | {"says": " "}).status_code == 422
    client.post(reverse("people:dispute", args=[person.pk]), sent)
    address.refresh_from_db()
    assert address.street == "Lange Straße 4"
    shown = whole(client.get(reverse("people:detail", args=[person.pk])))
    assert shown.count("Es ist die Lange Straße 14.") == 2, "above, and beside the value"
    note = queries.notes_of(world.actor(), person)[0].note
    client.post(reverse("people:act", args=[person.pk, "vermerk-geklaert"]), {"vermerk": str(note.pk)})
    assert "Lange Straße 14" not in whole(client.get(reverse("people:detail", args=[person.pk])))
    assert Event.objects.filter(verb="field.settled", subject_id=person.pk).exists()


def test_what_the_paying_system_owns_goes_to_benefits_too(world: World) -> None:
    person = desk.applicant(world).person
    given: dict[str, Any] = {"person_id": person.pk, "table": "people.Person", "field": "birth_date", "row_id": person.pk, "says": "12.4.1993"}
    rights.dispute(actor=world.actor(), at=at(10), **given)
    assert not ForeignError.objects.exists(), "nobody but us knows the person yet"
    Number.objects.create(jobcenter_id=world.id, person=person, kind="customer", value="K1", valid_from=TODAY)
    rights.dispute(actor=world.actor(), at=at(10), **given)
    assert ForeignError.objects.get(person=person, settled_at=None).text == "Person bestreitet: 12.4.1993"
    assert len(queries.notes_of(world.actor(), person)) == 1
    with pytest.raises(Refused, match="gibt es in der Akte nicht mehr"):
        rights.dispute(actor=world.actor(), at=at(10), **(given | {"row_id": world.id}))


def test_a_note_on_placement_is_not_for_benefits(world: World) -> None:
    entry = desk.applicant(world)
    given: dict[str, Any] = {"person_id": entry.person_id, "table": "intake.Entry", "field": "wish", "row_id": entry.pk, "says": "habe ich so nie gesagt"}
    with pytest.raises(Forbidden):
        rights.dispute(actor=world.actor("benefits"), at=at(10), **given)
    rights.dispute(actor=world.actor(), at=at(10), **given)
    assert len(queries.notes_of(world.actor(), entry.person)) == 1
    assert queries.notes_of(world.actor("benefits"), entry.person) == []


def test_a_consent_taken_back_ends_at_once(world: World, login: Login) -> None:
    person = Person.objects.get(pk=everything(world))
    people.set_consent(actor=world.actor(), at=at(10), person_id=person.pk, may_remind=True, may_follow_up=True)
    leave = Leave.objects.get(entry__person=person)
    Leave.objects.filter(pk=leave.pk).update(may_call=True, calls=[{"at": at(9).isoformat(), "by": "", "note": "gut"}])
    held = {g.consent.key: g for g in queries.consents_of(Person.objects.get(pk=person.pk), {}) if g.value}
    assert set(held) == {"follow_up", "remind", "leave_calls"}
    client = login("entrance")
    people.assign(actor=world.actor(), at=at(10), person_id=person.pk, kind=ResponsibilityKind.ENTRANCE, team_id=world.teams["via"].pk, valid_from=TODAY, reason="x")
    assert "fragen, ob die Arbeit hält" in whole(client.get(reverse("people:detail", args=[person.pk])))
    for g in held.values():
        answer = client.post(reverse("people:act", args=[person.pk, "einwilligung-zurueck"]), {"was": g.consent.key, "zeile": str(g.row_id)})
        assert answer.status_code == 302
        again = client.post(reverse("people:act", args=[person.pk, "einwilligung-zurueck"]), {"was": g.consent.key, "zeile": str(g.row_id)})
        assert again.status_code == 404
    person.refresh_from_db()
    leave.refresh_from_db()
    assert (person.may_follow_up, person.may_remind, leave.may_call, leave.call_at) == (False, False, False, None)
    assert not intake.leave_calls(world.actor(), TODAY, at(10, days=400)).filter(pk=leave.pk).exists()
    assert Event.objects.filter(subject_id=person.pk, verb__in=["person.consent", "leave.consent"]).count() == 4


def test_the_one_call_that_was_agreed_on_stays(world: World) -> None:
    person = everything(world)
    leave = Leave.objects.get(entry__person=person)
    Leave.objects.filter(pk=leave.pk).update(may_call=True)
    leaves.withdraw_calls(actor=world.actor(), at=at(10), leave_id=leave.pk)
    leave.refresh_from_db()
    assert leave.call_at is not None
    assert not leave.may_call
