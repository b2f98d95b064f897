"""„Dann lasse ich es“: the eight rules of fairness, and that ViA never touches an application in any other way."""

from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.apps import apps

from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Outbox
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits import queries as benefits_reads
from hilfefrei.apps.benefits import tasks
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, Declaration
from hilfefrei.apps.benefits.workflows import Channel, Outcome, UrgentKind
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import conversation
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.domain import leave as verbs
from hilfefrei.apps.intake.models import Entry, Leave
from hilfefrei.apps.intake.workflows import EndKind, EntryState, LeaveAct
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.workflows import AttendantKind
from tests import desk
from tests.world import TODAY, World, at


def record(world: World, entry: Entry, act: LeaveAct = LeaveAct.STAYS_OPEN, **more: object) -> Leave:
    given = {
        "words": "Ich fange am 1. Dezember an.",
        "rights": list(verbs.RIGHTS),
        "call_at": at(10, 0, days=2),
    } | more
    return verbs.record_leave(actor=world.actor(), at=at(10, 2), entry_id=entry.pk, act=act, **given)


def outcomes() -> list[str]:
    return list(ApplicationOutcome.objects.filter(revoked_at=None).order_by("pk").values_list("kind", flat=True))


def granted(world: World, entry: Entry) -> None:
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 50), application_id=entry.application_id, kind=Outcome.GRANTED,
        decided_on=TODAY, source="Bescheid", granted_from=date(2026, 11, 1), granted_to=date(2027, 10, 31),
    )  # fmt: skip


def test_staying_open_changes_nothing_but_is_written_down(world: World) -> None:
    entry = desk.applicant(world)
    before = Application.objects.values().get()
    made = record(world, entry)
    assert (made.act, made.application_id, made.signed, made.estimate_cents) == (LeaveAct.STAYS_OPEN, entry.application_id, False, None)
    assert Application.objects.values().get() == before
    assert outcomes() == []
    entry.refresh_from_db()
    assert entry.state == EntryState.WAITING


def test_only_asked_is_for_those_who_did_not_apply(world: World) -> None:
    with pytest.raises(Refused, match="haben einen Antrag gestellt") as refusal:
        record(world, desk.applicant(world), LeaveAct.ONLY_ASKED)
    assert refusal.value.code == "act_impossible"
    asked = desk.applicant(world, "Kim", "Schachtelhalm", wishes=("information",))
    assert record(world, asked, LeaveAct.ONLY_ASKED).application_id is None


@pytest.mark.parametrize("act", [LeaveAct.STAYS_OPEN, LeaveAct.WITHDRAWN, LeaveAct.WAIVER])
def test_without_an_application_there_is_nothing_to_leave_open_withdraw_or_waive(world: World, act: LeaveAct) -> None:
    asked = desk.applicant(world, wishes=("information",))
    with pytest.raises(Refused) as refusal:
        record(world, asked, act, signed=True)
    assert refusal.value.code == "act_impossible"


def test_withdrawing_needs_a_signature_all_rights_and_words(world: World) -> None:
    entry = desk.applicant(world)
    for bad, code in (
        ({"signed": False}, "unsigned"),
        ({"signed": True, "rights": ["counsel"]}, "rights"),
        ({"signed": True, "words": "  "}, "words"),
        ({"signed": True, "signed_on": TODAY + timedelta(days=1)}, "future"),
    ):
        with pytest.raises(Refused) as refusal:
            record(world, entry, LeaveAct.WITHDRAWN, **bad)
        assert refusal.value.code == code
    assert outcomes() == []
    assert not Leave.objects.exists()
    made = record(world, entry, LeaveAct.WITHDRAWN, signed=True)
    assert (made.signed_on, made.second_due_on, outcomes()) == (TODAY, TODAY + timedelta(days=2), [Outcome.WITHDRAWN])


def test_a_guardian_has_to_consent(world: World) -> None:
    entry = desk.applicant(world)
    people.add_attendant(actor=world.actor(), at=at(), person_id=entry.person_id, kind=AttendantKind.GUARDIAN, name="Hanna Weide")
    with pytest.raises(Refused, match=r"§ 36 Abs\. 2 SGB I") as refusal:
        record(world, entry, LeaveAct.WITHDRAWN, signed=True)
    assert refusal.value.code == "representative"
    assert outcomes() == []
    assert record(world, entry, LeaveAct.WITHDRAWN, signed=True, representative="Hanna Weide").representative == "Hanna Weide"
    assert outcomes() == [Outcome.WITHDRAWN]


def test_a_waiver_needs_an_existing_claim_and_does_not_close_it(world: World) -> None:
    entry = desk.applicant(world)
    with pytest.raises(Refused, match="noch nicht entschieden"):
        record(world, entry, LeaveAct.WAIVER, signed=True)
    granted(world, entry)
    with pytest.raises(Refused) as refusal:
        record(world, entry, LeaveAct.WAIVER)
    assert refusal.value.code == "unsigned"
    made = record(world, entry, LeaveAct.WAIVER, signed=True)
    assert (made.act, outcomes()) == (LeaveAct.WAIVER, [Outcome.GRANTED])


def test_a_decided_application_cannot_be_withdrawn(world: World) -> None:
    entry = desk.applicant(world)
    granted(world, entry)
    with pytest.raises(Refused) as refusal:
        record(world, entry, LeaveAct.WITHDRAWN, signed=True)
    assert refusal.value.code == "act_impossible"
    assert outcomes() == [Outcome.GRANTED]


@pytest.mark.parametrize("who", ["benefits", "case_manager", "via_lead", "operator"])
def test_only_entrance_and_coaches_record_it(world: World, who: str) -> None:
    entry = desk.applicant(world)
    verbs.record_leave(
        actor=world.actor("coach"), at=at(), entry_id=entry.pk, act=LeaveAct.STAYS_OPEN, words="x", rights=list(verbs.RIGHTS)
    )
    with pytest.raises(Forbidden):
        verbs.record_leave(
            actor=world.actor(who), at=at(), entry_id=entry.pk, act=LeaveAct.STAYS_OPEN, words="x", rights=list(verbs.RIGHTS)
        )


def test_a_second_person_looks_within_two_working_days_and_once(world: World) -> None:
    made = record(world, desk.applicant(world))
    assert [row.pk for row in queries.second_looks(world.actor("colleague"), TODAY)] == [made.pk]
    assert list(queries.second_looks(world.actor(), TODAY)) == []
    with pytest.raises(Refused) as refusal:
        verbs.second_look(actor=world.actor(), at=at(11), leave_id=made.pk, ok=True)
    assert refusal.value.code == "same_person"
    with pytest.raises(Refused) as refusal:
        verbs.second_look(actor=world.actor("via_lead"), at=at(11), leave_id=made.pk, ok=False)
    assert refusal.value.code == "note"
    verbs.second_look(actor=world.actor("via_lead"), at=at(11), leave_id=made.pk, ok=False, note="Rechte bitte noch einmal")
    with pytest.raises(Refused) as refusal:
        verbs.second_look(actor=world.actor("colleague"), at=at(12), leave_id=made.pk, ok=True)
    assert refusal.value.code == "seen"
    assert list(queries.second_looks(world.actor("colleague"), TODAY)) == []


def test_what_came_back_is_mended_and_looked_at_anew_by_a_third_person(world: World) -> None:
    made = record(world, desk.applicant(world), rights=["counsel"])
    with pytest.raises(Refused) as refusal:
        verbs.mend_leave(actor=world.actor(), at=at(11), leave_id=made.pk, note="x")
    assert refusal.value.code == "not_returned"
    verbs.second_look(actor=world.actor("via_lead"), at=at(11), leave_id=made.pk, ok=False, note="Rechte fehlen")
    for who in ("entrance", "colleague"):
        assert [row.pk for row in queries.returned_leaves(world.actor(who), TODAY)] == [made.pk]
    assert list(queries.returned_leaves(world.actor("other_team"), TODAY)) == []
    with pytest.raises(Refused) as refusal:
        verbs.mend_leave(actor=world.actor(), at=at(11, 20), leave_id=made.pk, note=" ")
    assert (refusal.value.code, refusal.value.field) == ("note", "note")
    mended = verbs.mend_leave(
        actor=world.actor("colleague"), at=at(11, 30, days=1), leave_id=made.pk, note="am Telefon erklärt", rights=["bridge", "unknown"]
    )
    assert (mended.second_at, mended.second_ok, mended.second_note) == (None, None, "")
    assert mended.second_due_on == TODAY + timedelta(days=3)
    assert mended.rights == ["bridge", "counsel"]
    assert [(look["note"], look["mended"]) for look in mended.looks] == [("Rechte fehlen", "am Telefon erklärt")]
    assert list(queries.returned_leaves(world.actor(), TODAY)) == []
    for who in ("entrance", "colleague"):
        assert list(queries.second_looks(world.actor(who), TODAY)) == []
        with pytest.raises(Refused) as refusal:
            verbs.second_look(actor=world.actor(who), at=at(12, days=1), leave_id=made.pk, ok=True)
        assert refusal.value.code == "same_person"
    assert [row.pk for row in queries.second_looks(world.actor("via_lead"), TODAY)] == [made.pk]
    assert verbs.second_look(actor=world.actor("via_lead"), at=at(12, days=1), leave_id=made.pk, ok=True).second_ok


def test_on_a_friday_two_working_days_end_on_tuesday(world: World) -> None:
    entry = desk.applicant(world)
    friday = at(10, days=3)
    made = verbs.record_leave(
        actor=world.actor(), at=friday, entry_id=entry.pk, act=LeaveAct.STAYS_OPEN, words="x", rights=list(verbs.RIGHTS)
    )
    assert made.second_due_on == date(2026, 12, 1)


def test_calls_go_on_only_as_far_as_the_person_allowed(world: World) -> None:
    made = record(world, desk.applicant(world))
    asked = verbs.note_leave_call(actor=world.actor("colleague"), at=at(10, days=2), leave_id=made.pk, note="Es reicht.")
    assert (asked.call_at, [c["note"] for c in asked.calls]) == (None, ["Es reicht."])

    other = record(world, desk.applicant(world, "Uwe", "Hartriegel"), may_call=True)
    days = []
    moment = at(10, days=2)
    for _ in range(4):
        other = verbs.note_leave_call(actor=world.actor(), at=moment, leave_id=other.pk, note="Es reicht.")
        days.append(other.call_at.astimezone(verbs.BERLIN).date() if other.call_at else None)
        moment = other.call_at + timedelta(minutes=5) if other.call_at else moment
    # One, three and six months after 24 November; the first lies on Christmas Eve, the next two on working days.
    assert days == [date(2026, 12, 24), date(2027, 2, 24), date(2027, 5, 24), None]
    with pytest.raises(Refused) as refusal:
        verbs.note_leave_call(actor=world.actor(), at=moment, leave_id=other.pk, note=" ")
    assert refusal.value.code == "note"


def test_coming_back_after_a_withdrawal_is_a_new_application_and_the_old_date_stays(world: World) -> None:
    entry = desk.applicant(world)
    made = record(world, entry, LeaveAct.WITHDRAWN, signed=True)
    with pytest.raises(Refused) as refusal:
        verbs.revoke_leave(actor=world.actor("colleague"), at=at(9, days=20), leave_id=made.pk)
    assert refusal.value.code == "needs_application"
    back = verbs.apply_again(
        actor=world.actor("colleague"), at=at(9, days=20), leave_id=made.pk, channel=Channel.PHONE, note="Die Werkstatt hat abgesagt."
    )
    assert (back.revoked_at, back.revoked_note, back.at, back.application_id) == (
        at(9, days=20), "Die Werkstatt hat abgesagt.", made.at, entry.application_id,
    )  # fmt: skip
    old, new = Application.objects.order_by("asked_at")
    assert (old.asked_at, new.asked_at, new.channel) == (at(8, 52), at(9, days=20), Channel.PHONE)
    assert outcomes() == [Outcome.WITHDRAWN]
    entry.refresh_from_db()
    assert entry.application_id == new.pk
    # Nothing is decided yet: "is the money enough?" is still asked.
    assert [row.pk for row in queries.leave_calls(world.actor(), TODAY, at(days=60))] == [made.pk]
    verbs.apply_again(actor=world.actor(), at=at(10, days=20), leave_id=made.pk, channel=Channel.PHONE)
    assert Application.objects.count() == 2


def test_who_comes_back_after_the_end_of_via_gets_a_new_way(world: World) -> None:
    entry = desk.applicant(world)
    made = record(world, entry, LeaveAct.WITHDRAWN, signed=True)
    entry_verbs.end_via(actor=world.actor(), at=at(11), entry_id=entry.pk, kind=EndKind.OWN_WISH, ended_on=TODAY, note="zieht um")
    verbs.apply_again(actor=world.actor(), at=at(9, days=20), leave_id=made.pk, channel=Channel.IN_PERSON)
    assert Entry.objects.exclude(pk=entry.pk).get().application == Application.objects.get(asked_at=at(9, days=20))


def test_who_had_only_asked_comes_back_by_applying(world: World) -> None:
    entry = desk.applicant(world, wishes=("information",))
    made = record(world, entry, LeaveAct.ONLY_ASKED)
    verbs.apply_again(actor=world.actor(), at=at(9, days=20), leave_id=made.pk, channel=Channel.PHONE)
    entry.refresh_from_db()
    assert entry.application == Application.objects.get()
    other = desk.applicant(world, "Kim", "Schachtelhalm", wishes=("information",))
    asked = record(world, other, LeaveAct.ONLY_ASKED)
    conversation.apply(actor=world.actor(), at=at(11), entry_id=other.pk)
    asked.refresh_from_db()
    assert asked.revoked_at == at(11)
    assert {step.key: step.count for step in queries.month(world.actor(), at(12)).steps}["only_asked"] == 0


def test_a_waiver_is_revoked_without_an_application(world: World) -> None:
    entry = desk.applicant(world)
    granted(world, entry)
    made = record(world, entry, LeaveAct.WAIVER, signed=True)
    with pytest.raises(Refused):
        verbs.apply_again(actor=world.actor(), at=at(11), leave_id=made.pk, channel=Channel.PHONE)
    assert verbs.revoke_leave(actor=world.actor(), at=at(11), leave_id=made.pk).revoked_at == at(11)
    assert Application.objects.count() == 1


def test_what_is_signed_reaches_benefits_and_so_does_the_revocation(world: World, tmp_path: Path) -> None:
    entry = desk.applicant(world)
    record(world, entry)
    granted(world, entry)
    assert not Declaration.objects.exists()
    made = record(world, entry, LeaveAct.WAIVER, signed=True)
    for _ in range(2):
        verbs.revoke_leave(actor=world.actor(), at=at(11), leave_id=made.pk, note="Die Werkstatt hat abgesagt.")
    office = benefits_reads.declarations(world.actor("benefits"), TODAY)
    assert [(d.kind, d.signed_on, d.declared_at) for d in office] == [("waiver", TODAY, at(10, 2)), ("revoked", None, at(11))]
    rows = Outbox.objects.filter(kind="declaration.sheet").order_by("created_at", "id")
    assert len(rows) == 2
    for row in rows:
        tasks.declaration_sheet(world.id, row.payload, at(11), tmp_path)
    sheets = [f.read_text() for f in (tmp_path / "ausgang").glob("erklaerung-*.xml")]
    assert sorted(ET.fromstring(s).findtext("was") or "" for s in sheets) == ["Verzicht auf die Leistung", "Verzicht widerrufen"]
    # Benefits never read why.
    assert not any(word in str(sheets) for word in ("Dezember", "Werkstatt", "Silberdistel"))
    waiver = office[0]
    with pytest.raises(Forbidden):
        benefits.confirm_declaration(actor=world.actor(), at=at(12), declaration_id=waiver.pk)
    for hour in (12, 13):
        benefits.confirm_declaration(actor=world.actor("benefits"), at=at(hour), declaration_id=waiver.pk)
    waiver.refresh_from_db()
    assert (waiver.confirmed_at, waiver.confirmed_by_id) == (at(12), world.users["benefits"].pk)
    assert [d.kind for d in benefits_reads.declarations(world.actor("benefits"), TODAY)] == ["revoked"]


def test_a_signed_withdrawal_reaches_benefits(world: World) -> None:
    entry = desk.applicant(world)
    record(world, entry, LeaveAct.WITHDRAWN, signed=True, representative="Rosa Wegwarte")
    [made] = benefits_reads.declarations(world.actor("benefits"), TODAY)
    assert (made.kind, made.application_id, made.representative) == ("withdrawn", entry.application_id, "Rosa Wegwarte")
    assert benefits_reads.unconfirmed_count(world.actor("benefits"), TODAY) == 1


# 24 November 2026 is the day; who is 18 on it decides alone.
@pytest.mark.parametrize(("birth", "minor"), [(date(2008, 11, 25), True), (date(2008, 11, 24), False), (None, False)])
@pytest.mark.parametrize("act", [LeaveAct.WITHDRAWN, LeaveAct.WAIVER])
def test_under_18_withdrawing_and_waiving_need_the_representative(world: World, act: LeaveAct, birth: date | None, minor: bool) -> None:
    entry = desk.applicant(world, birth=birth)
    if act == LeaveAct.WAIVER:
        granted(world, entry)
    if minor:
        with pytest.raises(Refused, match=r"§ 36 Abs\. 2 SGB I") as refusal:
            record(world, entry, act, signed=True, representative=" ")
        assert (refusal.value.code, refusal.value.field) == ("representative", "representative")
        assert not Leave.objects.exists()
    assert record(world, entry, act, signed=True, representative="Hanna Weide" if minor else "").signed


def test_a_guardian_has_to_consent_to_a_waiver_too(world: World) -> None:
    entry = desk.applicant(world)
    granted(world, entry)
    people.add_attendant(actor=world.actor(), at=at(), person_id=entry.person_id, kind=AttendantKind.GUARDIAN, name="Hanna Weide")
    with pytest.raises(Refused) as refusal:
        record(world, entry, LeaveAct.WAIVER, signed=True)
    assert refusal.value.code == "representative"


def test_what_is_urgent_stays_open(world: World) -> None:
    entry = desk.applicant(world, urgent=(UrgentKind.NO_ROOF,))
    record(world, entry, LeaveAct.WITHDRAWN, signed=True)
    assert entry.person.urgent_reports.get().closed_at is None


@pytest.mark.parametrize(
    ("bad", "code", "field"),
    [
        ({"call_at": at(10, 1)}, "past", "call_day"),
        ({"call_at": at(10, days=400)}, "too_far", "call_day"),
        ({"call_at": at(10, days=5)}, "no_working_day", "call_day"),
        ({"call_at": at(22, days=1)}, "at_night", "call_time"),
        ({"benefits_appointment_at": at(9, days=-1)}, "past", "appointment_day"),
        ({"benefits_appointment_at": at(10, days=3650)}, "too_far", "appointment_day"),
        ({"signed_on": TODAY - timedelta(days=1)}, "before_application", "signed_on"),
    ],
)
def test_dates_that_cannot_be_stand_at_their_field(world: World, bad: dict[str, object], code: str, field: str) -> None:
    entry = desk.applicant(world)
    with pytest.raises(Refused) as refusal:
        record(world, entry, LeaveAct.WITHDRAWN, signed=True, **bad)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert (outcomes(), Leave.objects.count()) == ([], 0)
    assert record(world, entry, call_at=at(10, days=391)).call_at


def test_it_is_never_counted_among_the_good_ends_of_the_month(world: World) -> None:
    record(world, desk.applicant(world), LeaveAct.WITHDRAWN, signed=True)
    record(world, desk.applicant(world, "Kim", "Schachtelhalm", wishes=("information",)), LeaveAct.ONLY_ASKED)
    steps = {step.key: step for step in queries.month(world.actor(), at(11)).steps}
    assert (steps["withdrawn"].count, steps["only_asked"].count) == (1, 1)
    assert not steps["withdrawn"].good
    assert not steps["only_asked"].good
    assert sum(step.count for step in steps.values() if step.good) == 0


# --- what was signed before benefits had a list
def test_declarations_from_before_get_their_row_at_benefits_once(world: World) -> None:
    """The rows are as the verbs write them; a second run, or one after new declarations, adds nothing."""
    withdrawn, waived = desk.applicant(world), desk.applicant(world, "Rosa", "Ahorn")
    granted(world, waived)
    record(world, withdrawn, LeaveAct.WITHDRAWN, signed=True, signed_on=TODAY, representative="Vormund")
    gone = record(world, waived, LeaveAct.WAIVER, signed=True)
    verbs.revoke_leave(actor=world.actor(), at=at(11, 0), leave_id=gone.pk, note="doch")
    record(world, desk.applicant(world, "Emil", "Linde"))
    fields = ("application", "kind", "signed_on", "representative", "declared_at", "confirmed_at", "jobcenter")
    by_verbs = list(Declaration.objects.order_by("declared_at", "kind", "pk").values(*fields))
    assert [d["kind"] for d in by_verbs] == ["waiver", "withdrawn", "revoked"]
    step = import_module("hilfefrei.apps.intake.migrations.0005_earlier_declarations")
    step.bring_to_benefits(apps, None)
    assert Declaration.objects.count() == 3
    Declaration.objects.all().delete()
    for _ in range(2):
        step.bring_to_benefits(apps, None)
        assert list(Declaration.objects.order_by("declared_at", "kind", "pk").values(*fields)) == by_verbs
    assert Declaration.objects.get(kind="withdrawn").declared_by_id == world.users["entrance"].pk
