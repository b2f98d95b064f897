"""Applications are facts, what cannot wait is red until benefits answer, and a mistake never costs anybody a day."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event, EventPayload, Outbox
from hilfefrei.apps.benefits import domain, queries, tasks
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, Paper, UrgentReport
from hilfefrei.apps.benefits.workflows import DECIDED_BY_BENEFITS, PAPER_MOVES, Channel, Outcome, PaperState, UrgentKind
from hilfefrei.apps.org.models import Position
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import BenefitUnit, Membership, Number, Person, Responsibility
from hilfefrei.apps.people.workflows import MemberRole, NumberKind, ResponsibilityKind, RestrictionKind
from tests.world import TODAY, World, at


def applied(world: World, person: Person | None = None, **more: object) -> Application:
    person = person or world.person()
    given = {"asked_at": at(8, 7), "channel": Channel.IN_PERSON} | more
    return domain.record_application(actor=world.actor(), at=at(9, 0), person_id=person.pk, **given)


def reported(world: World, application: Application, kind: UrgentKind = UrgentKind.NO_MONEY, **more: object) -> UrgentReport:
    given = {"at": at(8, 10), "application_id": application.pk} | more
    return domain.report_urgent(actor=world.actor(), person_id=application.applicant_id, kind=kind, **given)


def decided(world: World, application: Application, kind: Outcome = Outcome.GRANTED, **more: object) -> ApplicationOutcome:
    given = {"at": at(9, 30), "decided_on": TODAY, "source": "Bescheid", "granted_to": date(2027, 10, 31)} | more
    return domain.record_outcome(actor=world.actor("benefits"), application_id=application.pk, kind=kind, **given)


# ---- the application
def test_the_wish_sets_the_application_back_to_the_first_of_the_month(world: World) -> None:
    made = applied(world, asked_at=at(23, 40, days=-24))
    assert made.effect_from == date(2026, 10, 1)
    assert made.reference == "26-00001"
    assert made.benefit_unit.memberships.get().role == MemberRole.APPLICANT
    assert Outbox.objects.get(kind="application.sheet").payload == {"application": str(made.pk)}
    assert Event.objects.filter(verb="application.recorded", subject_id=made.applicant_id).count() == 1
    held = Responsibility.objects.get(person=made.applicant_id, kind=ResponsibilityKind.BENEFITS)
    assert (held.team_id, held.valid_from) == (world.teams["benefits"].pk, TODAY)


def test_numbers_run_per_year_and_twice_the_same_form_is_one_application(world: World) -> None:
    op, person = uuid4(), world.person()
    first = applied(world, person, op=op)
    assert applied(world, person, op=op).pk == first.pk
    second = applied(world, world.person("Piet", "Ahornblatt"))
    assert second.reference == "26-00002"
    later = domain.record_application(
        actor=world.actor(), at=at(9, 0, days=60), person_id=world.person("Ida", "Linde").pk, asked_at=at(9, 0, days=60), channel=Channel.PHONE
    )
    assert later.reference == "27-00001"
    assert Application.objects.count() == 3


def test_nobody_asks_in_the_future(world: World) -> None:
    with pytest.raises(Refused, match="liegt in der Zukunft") as refusal:
        applied(world, asked_at=at(9, 1))
    assert (refusal.value.code, refusal.value.field) == ("future", "contact_day")
    assert not Application.objects.exists()
    assert not BenefitUnit.objects.exists()


def test_an_open_application_or_a_running_grant_asks_first_but_never_refuses_for_good(world: World) -> None:
    person = world.person()
    first = applied(world, person)
    with pytest.raises(Refused, match=r"Ein Antrag vom Di 24\.11\.2026 ist noch offen") as refusal:
        applied(world, person)
    assert (refusal.value.code, refusal.value.field) == ("already_in_benefit", "anyway")
    decided(world, first, granted_to=date(2027, 10, 31))
    with pytest.raises(Refused, match=r"bekommt schon Grundsicherungsgeld bis So 31\.10\.2027"):
        applied(world, person)
    again = applied(world, person, anyway=True)
    assert again.benefit_unit_id == first.benefit_unit_id
    assert Application.objects.count() == 2


def test_a_grant_that_ended_is_no_reason_to_ask(world: World) -> None:
    person = world.person()
    decided(world, applied(world, person), granted_to=TODAY)
    with pytest.raises(Refused):
        domain.record_application(actor=world.actor(), at=at(23, 0), person_id=person.pk, asked_at=at(22, 0), channel=Channel.PHONE)
    tomorrow = at(9, 0, days=1)
    assert domain.record_application(actor=world.actor(), at=tomorrow, person_id=person.pk, asked_at=tomorrow, channel=Channel.PHONE)


def test_a_household_of_the_paying_system_gets_benefits_already(world: World) -> None:
    person = world.person()
    unit = people.open_unit(actor=world.actor(), at=at(8, 0), applicant_id=person.pk, valid_from=date(2024, 1, 1))
    number = Number.objects.create(
        jobcenter_id=world.id, kind=NumberKind.UNIT, value="23102//0004817", benefit_unit=unit, valid_from=date(2024, 1, 1)
    )
    with pytest.raises(Refused, match="bekommt schon Grundsicherungsgeld"):
        applied(world, person)
    number.valid_to = TODAY - timedelta(days=1)
    number.save()
    assert applied(world, person).benefit_unit_id == unit.pk


def test_who_stands_before_no_people_takes_no_application(world: World) -> None:
    person = world.person()
    for who in ("operator", "controller", "buyer", "employer_service", "staff_council"):
        with pytest.raises(Forbidden):
            domain.record_application(actor=world.actor(who), at=at(9, 0), person_id=person.pk, asked_at=at(8, 0), channel=Channel.PHONE)
    assert domain.record_application(
        actor=world.actor("case_manager"), at=at(9, 0), person_id=person.pk, asked_at=at(8, 0), channel=Channel.PHONE
    )


# ---- confirmation
def test_confirmation_needs_benefits_and_keeps_the_first_moment(world: World) -> None:
    made = applied(world)
    with pytest.raises(Forbidden):
        domain.confirm_application(actor=world.actor(), at=at(9, 1), application_id=made.pk)
    domain.confirm_application(actor=world.actor("benefits"), at=at(9, 4), application_id=made.pk)
    held = domain.confirm_application(actor=world.actor("benefits"), at=at(11, 0), application_id=made.pk, file_number=" 4817//26 ")
    assert (held.confirmed_at, held.file_number) == (at(9, 4), "4817//26")
    assert Number.objects.get(kind=NumberKind.FILE).benefit_unit_id == made.benefit_unit_id


def payload(verb: str) -> dict[str, Any]:
    """What the newest event of a verb carries."""
    newest = Event.objects.filter(verb=verb).order_by("-seq").values_list("pk", flat=True)[0]
    return EventPayload.objects.get(pk=newest).data


def test_a_confirmation_of_the_wrong_line_is_taken_back_and_kept(world: World) -> None:
    made, office = applied(world), world.actor("benefits")
    domain.confirm_application(actor=office, at=at(9, 4), application_id=made.pk, file_number="4817//26")
    with pytest.raises(Forbidden):
        domain.unconfirm_application(actor=world.actor(), at=at(10, 0), application_id=made.pk, reason="falsche Zeile")
    with pytest.raises(Refused) as refusal:
        domain.unconfirm_application(actor=office, at=at(10, 0), application_id=made.pk, reason="  ")
    assert (refusal.value.code, refusal.value.field) == ("reason", "reason")
    held = domain.unconfirm_application(actor=office, at=at(10, 0), application_id=made.pk, reason="falsche Zeile")
    assert (held.confirmed_at, held.confirmed_by_id, held.file_number) == (None, None, "")
    assert queries.standing(held).unconfirmed
    assert list(queries.applications(office, TODAY, state="unbestaetigt")) == [made]
    said = payload("application.unconfirmed")
    assert (said["reason"], said["file_number"]) == ("falsche Zeile", "4817//26")
    assert Event.objects.filter(verb="application.confirmed").count() == 1
    # The number is free for the household that it belongs to.
    other = applied(world, world.person("Piet", "Ahornblatt"))
    assert domain.confirm_application(actor=office, at=at(10, 5, days=1), application_id=other.pk, file_number="4817//26").file_number == "4817//26"
    # Twice taken back is once taken back.
    domain.unconfirm_application(actor=office, at=at(10, 1), application_id=made.pk, reason="noch einmal")
    assert Event.objects.filter(verb="application.unconfirmed").count() == 1


def numbers() -> list[tuple[str, date | None]]:
    return list(Number.objects.filter(kind=NumberKind.FILE).order_by("value").values_list("value", "valid_to"))


def test_of_a_corrected_file_number_only_the_new_one_holds(world: World) -> None:
    made, office = applied(world), world.actor("benefits")
    for number in ("AAA", "BBB"):
        domain.confirm_application(actor=office, at=at(9, 4), application_id=made.pk, file_number=number)
    assert numbers() == [("AAA", TODAY - timedelta(days=1)), ("BBB", None)]
    assert payload("application.confirmed") == {"file_number": "BBB", "before": "AAA"}
    # And back: the first one was right after all.
    domain.confirm_application(actor=office, at=at(9, 5), application_id=made.pk, file_number="AAA")
    assert numbers() == [("AAA", None), ("BBB", TODAY - timedelta(days=1))]


def test_a_number_that_two_applications_of_a_household_share_stays(world: World) -> None:
    person, office = world.person(), world.actor("benefits")
    first = applied(world, person)
    second = applied(world, person, anyway=True)
    for one in (first, second):
        domain.confirm_application(actor=office, at=at(9, 4), application_id=one.pk, file_number="AAA")
    domain.unconfirm_application(actor=office, at=at(9, 5), application_id=second.pk, reason="falsche Zeile")
    assert numbers() == [("AAA", None)]


def test_a_number_that_held_for_no_day_is_gone(world: World) -> None:
    first = at(9, 0, days=7)
    made = domain.record_application(
        actor=world.actor(), at=first, person_id=world.person().pk, asked_at=first, channel=Channel.PHONE
    )
    for number in ("AAA", "BBB"):
        domain.confirm_application(actor=world.actor("benefits"), at=first, application_id=made.pk, file_number=number)
    assert numbers() == [("BBB", None)]


def test_a_file_number_belongs_to_one_household(world: World) -> None:
    office = world.actor("benefits")
    domain.confirm_application(actor=office, at=at(9, 4), application_id=applied(world).pk, file_number="4817//26")
    other = applied(world, world.person("Piet", "Ahornblatt"))
    with pytest.raises(Refused, match="gehört schon zu einem anderen Haushalt") as refusal:
        domain.confirm_application(actor=office, at=at(9, 5), application_id=other.pk, file_number="4817//26")
    assert refusal.value.field == "file_number"
    other.refresh_from_db()
    assert other.confirmed_at is None


# ---- outcome
@pytest.mark.parametrize("kind", DECIDED_BY_BENEFITS)
def test_only_benefits_decides(world: World, kind: Outcome) -> None:
    made = applied(world)
    for who in ("entrance", "coach", "case_manager", "via_lead"):
        with pytest.raises(Forbidden):
            domain.record_outcome(actor=world.actor(who), at=at(9, 30), application_id=made.pk, kind=kind, decided_on=TODAY, source="sagt sie")
        assert queries.outcome_of(made) is None
    assert decided(world, made, kind).kind == kind


def test_an_outcome_is_one_and_can_be_taken_back(world: World) -> None:
    made = applied(world)
    first = decided(world, made, Outcome.REFUSED)
    with pytest.raises(Refused, match="hat schon einen Ausgang: abgelehnt") as refusal:
        decided(world, made)
    assert refusal.value.code == "outcome_exists"
    with pytest.raises(Refused) as refusal:
        domain.revoke_outcome(actor=world.actor("benefits"), at=at(10, 0), outcome_id=first.pk, reason=" ")
    assert refusal.value.code == "reason"
    with pytest.raises(Forbidden):
        domain.revoke_outcome(actor=world.actor(), at=at(10, 0), outcome_id=first.pk, reason="stimmt nicht")
    domain.revoke_outcome(actor=world.actor("benefits"), at=at(10, 0), outcome_id=first.pk, reason="Bescheid war für andere")
    second = decided(world, made)
    assert list(ApplicationOutcome.objects.filter(revoked_at=None).values_list("pk", flat=True)) == [second.pk]
    assert ApplicationOutcome.objects.count() == 2
    made.refresh_from_db()
    assert made.asked_at == at(8, 7)


def test_withdrawn_needs_a_signature_and_nobody_at_the_desk_undoes_it_quietly(world: World) -> None:
    made = applied(world)
    with pytest.raises(Refused, match="nur mit Unterschrift"):
        domain.record_outcome(actor=world.actor(), at=at(9, 30), application_id=made.pk, kind=Outcome.WITHDRAWN, decided_on=TODAY, source="x")
    signed = domain.record_outcome(
        actor=world.actor(), at=at(9, 30), application_id=made.pk, kind=Outcome.WITHDRAWN, decided_on=TODAY, source="unterschrieben", signed_withdrawal=True
    )
    with pytest.raises(Forbidden):
        domain.revoke_outcome(actor=world.actor(), at=at(10, 0), outcome_id=signed.pk, reason="doch nicht")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"decided_on": TODAY + timedelta(days=1)}, "future"),
        ({"decided_on": TODAY - timedelta(days=1)}, "before_application"),
        ({"source": "  "}, "source"),
        ({"granted_from": TODAY, "granted_to": TODAY - timedelta(days=1)}, "period"),
        ({"granted_from": date(2026, 10, 31)}, "before_effect"),
        ({"granted_from": date(2020, 1, 1), "granted_to": None}, "before_effect"),
        ({"granted_from": date(2027, 11, 25), "granted_to": date(2028, 10, 31)}, "grant_too_late"),
        ({"granted_to": None}, "no_end"),
        ({"granted_to": None, "provisional": True}, "no_end"),
        ({"granted_to": date(2027, 11, 1)}, "grant_too_long"),
        ({"granted_to": date(2027, 10, 31), "provisional": True}, "grant_too_long"),
        ({"granted_to": date(2027, 5, 1), "provisional": True}, "grant_too_long"),
    ],
)
def test_impossible_decisions_change_nothing(world: World, more: dict[str, object], code: str) -> None:
    made = applied(world)
    with pytest.raises(Refused) as refusal:
        decided(world, made, **more)
    assert refusal.value.code == code
    assert not ApplicationOutcome.objects.exists()


@pytest.mark.parametrize(
    ("begins", "ends", "provisional"),
    [
        (None, date(2027, 10, 31), False),
        (None, date(2027, 4, 30), True),
        (date(2026, 11, 15), date(2027, 11, 14), False),
        (date(2027, 1, 1), date(2027, 1, 1), True),
    ],
)
def test_a_grant_of_a_year_or_provisionally_of_half_a_year(world: World, begins: date | None, ends: date, provisional: bool) -> None:
    made = decided(world, applied(world), granted_from=begins, granted_to=ends, provisional=provisional)
    assert (made.granted_from, made.granted_to, made.provisional) == (begins or date(2026, 11, 1), ends, provisional)


def test_a_grant_noted_without_an_end_ends_after_a_year(world: World) -> None:
    person = world.person()
    made = decided(world, applied(world, person))
    ApplicationOutcome.objects.filter(pk=made.pk).update(granted_from=date(2025, 12, 1), granted_to=None)
    assert queries.running(person, date(2026, 11, 30)) == "Der Haushalt bekommt schon Grundsicherungsgeld bis Mo 30.11.2026."
    assert queries.running(person, date(2026, 12, 1)) == ""


def test_a_refusal_carries_no_period_and_a_grant_works_from_the_first(world: World) -> None:
    assert decided(world, applied(world)).granted_from == date(2026, 11, 1)
    other = applied(world, world.person("Piet", "Ahornblatt"))
    refused = decided(world, other, Outcome.REFUSED, granted_from=TODAY, granted_to=TODAY, provisional=True)
    assert (refused.granted_from, refused.granted_to, refused.provisional) == (None, None, False)


# ---- what cannot wait
def test_a_report_is_red_until_benefits_confirms(world: World) -> None:
    made = applied(world)
    report = reported(world, made, detail="41 €, vier Personen", money_until=TODAY)
    assert report.due_at == at(9, 10)
    land = world.jobcenter.land
    before = {c.rule.key: c.state.value for c in queries.clocks_of(made, at(9, 0), land)}
    assert before["urgent"] == "red"
    made = Application.objects.get(pk=made.pk)
    assert {c.rule.key: c.state.value for c in queries.clocks_of(made, at(9, 11), land)}["urgent"] == "alarm"
    with pytest.raises(Forbidden):
        domain.confirm_report(actor=world.actor(), at=at(9, 12), report_id=report.pk)
    domain.confirm_report(actor=world.actor("benefits"), at=at(9, 12), report_id=report.pk, result="600 € als Barcode, ab 13:00 Uhr")
    made = Application.objects.get(pk=made.pk)
    assert {c.rule.key: c.state.value for c in queries.clocks_of(made, at(9, 13), land)}["urgent"] == "ok"
    assert Outbox.objects.filter(kind="urgent.sheet").count() == 1


def test_one_unanswered_report_keeps_the_clock_running(world: World) -> None:
    made = applied(world)
    answered = reported(world, made, UrgentKind.VIOLENCE)
    waiting = reported(world, made, UrgentKind.ADVANCE)
    domain.confirm_report(actor=world.actor("benefits"), at=at(8, 31), report_id=answered.pk)

    def state() -> str:
        ticking = queries.clocks_of(Application.objects.get(pk=made.pk), at(9, 42), world.jobcenter.land)
        return next(c.state.value for c in ticking if c.rule.key == "urgent")

    assert state() == "alarm"
    domain.confirm_report(actor=world.actor("benefits"), at=at(9, 41), report_id=waiting.pk)
    assert state() == "ok"


def test_the_same_need_is_reported_once_and_its_detail_grows(world: World) -> None:
    made = applied(world)
    first = reported(world, made, detail="41 €")
    again = reported(world, made, detail="Kühlschrank leer", at=at(8, 30))
    reported(world, made, detail="41 €", at=at(8, 31))
    assert again.pk == first.pk
    assert UrgentReport.objects.get().detail == "41 € Kühlschrank leer"
    assert UrgentReport.objects.get().due_at == at(9, 10)


def test_a_report_that_waits_takes_over_what_is_new(world: World) -> None:
    person = world.person()
    first = domain.report_urgent(
        actor=world.actor(), at=at(8, 10), person_id=person.pk, kind=UrgentKind.NO_MONEY, money_until=TODAY + timedelta(days=3)
    )
    made = applied(world, person)
    reported(world, made, at=at(9, 5), money_until=TODAY + timedelta(days=1), amount_cents=4100)
    reported(world, made, at=at(9, 6), money_until=TODAY + timedelta(days=2))
    held = UrgentReport.objects.get()
    assert (held.pk, held.money_until, held.amount_cents, held.application_id) == (first.pk, TODAY + timedelta(days=1), 4100, made.pk)
    assert (held.due_at, held.version) == (at(9, 10), 2)
    told = Event.objects.get(verb="urgent.extended")
    assert sorted(told.fields) == ["amount_cents", "application_id", "money_until"]


def test_the_same_need_after_the_answer_is_a_new_report_and_red(world: World) -> None:
    made = applied(world)
    first = reported(world, made, money_until=TODAY)
    domain.confirm_report(actor=world.actor("benefits"), at=at(8, 20), report_id=first.pk, result="600 € als Barcode")
    second = reported(world, made, at=at(9, 30), money_until=TODAY + timedelta(days=1))
    assert second.pk != first.pk
    assert (second.confirmed_at, second.due_at, second.money_until) == (None, at(10, 30), TODAY + timedelta(days=1))
    first.refresh_from_db()
    assert (first.money_until, first.result, first.closed_at) == (TODAY, "600 € als Barcode", None)
    assert Outbox.objects.filter(kind="urgent.sheet").count() == 2
    ticking = queries.clocks_of(Application.objects.get(pk=made.pk), at(9, 31), world.jobcenter.land)
    assert next(c.state.value for c in ticking if c.rule.key == "urgent") == "red"
    assert [r.pk for r in queries.newest(UrgentReport.objects.all())] == [second.pk]
    assert queries.urgent(world.actor("benefits"), TODAY).first() == second


def test_a_moved_report_that_waits_stays_beside_an_answered_one(world: World) -> None:
    wrong, right = applied(world), applied(world, world.person("Piet", "Ahornblatt"))
    answered = reported(world, right)
    domain.confirm_report(actor=world.actor("benefits"), at=at(8, 20), report_id=answered.pk)
    waiting = reported(world, wrong, money_until=TODAY)
    domain.correct_applicant(actor=world.actor(), at=at(9, 5), application_id=wrong.pk, person_id=right.applicant_id, reason="Zwilling")
    waiting.refresh_from_db()
    assert (waiting.person_id, waiting.closed_at) == (right.applicant_id, None)


def test_an_answer_to_the_wrong_line_goes_back_step_by_step(world: World) -> None:
    report, office = reported(world, applied(world)), world.actor("benefits")
    domain.confirm_report(actor=office, at=at(9, 20), report_id=report.pk, result="Barcode ab 13 Uhr")
    domain.close_report(actor=office, at=at(9, 30), report_id=report.pk, result="600 € als Barcode")
    with pytest.raises(Forbidden):
        domain.reopen_report(actor=world.actor(), at=at(9, 31), report_id=report.pk, reason="falsche Zeile")
    with pytest.raises(Refused) as refusal:
        domain.reopen_report(actor=office, at=at(9, 31), report_id=report.pk, reason=" ")
    assert (refusal.value.code, refusal.value.field) == ("reason", "reason")
    held = domain.reopen_report(actor=office, at=at(9, 31), report_id=report.pk, reason="noch nicht gezahlt")
    assert (held.confirmed_at, held.closed_at) == (at(9, 20), None)
    held = domain.reopen_report(actor=office, at=at(9, 32), report_id=report.pk, reason="falsche Zeile")
    assert (held.confirmed_at, held.confirmed_by_id, held.result) == (None, None, "")
    assert list(queries.urgent(office, TODAY)) == [report]
    assert queries.unconfirmed_count(office, TODAY) == 2
    said = payload("urgent.reopened")
    assert (said["reason"], said["result"]) == ("falsche Zeile", "600 € als Barcode")
    # It is due as before, so it goes to the lead by itself.
    assert tasks.escalate_overdue(world.id, at(10, 11)) == 1
    domain.reopen_report(actor=office, at=at(9, 33), report_id=report.pk, reason="noch einmal")
    assert Event.objects.filter(verb="urgent.reopened").count() == 2


def test_done_without_a_confirmation_is_red_again_at_once(world: World) -> None:
    report, office = reported(world, applied(world)), world.actor("benefits")
    domain.close_report(actor=office, at=at(9, 30), report_id=report.pk, result="600 € als Barcode")
    assert list(queries.lately_closed(office, at(9, 31))) == [report]
    assert not queries.lately_closed(world.actor("other_team"), at(9, 31)).exists()
    held = domain.reopen_report(actor=office, at=at(9, 31), report_id=report.pk, reason="falsche Zeile")
    assert (held.confirmed_at, held.closed_at) == (None, None)
    assert not queries.lately_closed(office, at(9, 31)).exists()


def test_an_answer_stays_where_the_need_was_reported_anew(world: World) -> None:
    made, office = applied(world), world.actor("benefits")
    first = reported(world, made)
    domain.confirm_report(actor=office, at=at(8, 20), report_id=first.pk, result="Barcode")
    second = reported(world, made, at=at(9, 30))
    with pytest.raises(Refused) as refusal:
        domain.reopen_report(actor=office, at=at(9, 40), report_id=first.pk, reason="falsche Zeile")
    assert refusal.value.code == "reported_anew"
    first.refresh_from_db()
    assert (first.result, second.confirmed_at) == ("Barcode", None)


def test_reminders_are_kept_and_stop_with_the_answer(world: World) -> None:
    report = reported(world, applied(world))
    domain.remind_report(actor=world.actor(), at=at(9, 15), report_id=report.pk, how="anruf")
    domain.remind_report(actor=world.actor(), at=at(9, 20), report_id=report.pk, how="erneut")
    domain.confirm_report(actor=world.actor("benefits"), at=at(9, 21), report_id=report.pk)
    with pytest.raises(Refused) as refusal:
        domain.remind_report(actor=world.actor(), at=at(9, 22), report_id=report.pk, how="anruf")
    assert refusal.value.code == "answered"
    report.refresh_from_db()
    assert [r["how"] for r in report.reminded] == ["anruf", "erneut"]


def test_an_unanswered_report_goes_to_the_lead_by_itself(world: World) -> None:
    made = applied(world)
    report = reported(world, made)
    answered = reported(world, made, UrgentKind.NO_ROOF)
    domain.confirm_report(actor=world.actor("benefits"), at=at(8, 30), report_id=answered.pk)
    assert tasks.escalate_overdue(world.id, at(10, 9)) == 0
    assert tasks.escalate_overdue(world.id, at(10, 10)) == 1
    assert tasks.escalate_overdue(world.id, at(10, 11)) == 0
    report.refresh_from_db()
    answered.refresh_from_db()
    assert (report.escalated_at, answered.escalated_at) == (at(10, 10), None)
    with pytest.raises(Forbidden):
        domain.escalate_report(actor=world.actor("operator"), at=at(10, 12), report_id=report.pk)


def test_a_need_is_closed_by_benefits_with_what_happened(world: World) -> None:
    report = reported(world, applied(world))
    with pytest.raises(Refused) as refusal:
        domain.close_report(actor=world.actor("benefits"), at=at(9, 0), report_id=report.pk, result=" ")
    assert refusal.value.field == "result"
    closed = domain.close_report(actor=world.actor("benefits"), at=at(9, 0), report_id=report.pk, result="600 € als Barcode")
    assert (closed.confirmed_at, closed.closed_at) == (at(9, 0), at(9, 0))
    assert reported(world, Application.objects.get(), at=at(9, 5)).pk != report.pk


def test_the_advance_has_a_clock_of_its_own(world: World) -> None:
    made = applied(world)
    reported(world, made, UrgentKind.ADVANCE)
    clock = next(c for c in queries.clocks_of(made, at(9, 0), world.jobcenter.land) if c.rule.key == "advance")
    assert clock.due_day == date(2026, 12, 24)
    assert queries.clocks_of(Application.objects.get(), at(9, 0, days=31), world.jobcenter.land)[-1].state.value == "red"


def test_unanswered_reports_stand_first_on_both_databases(world: World) -> None:
    made = applied(world)
    kinds = [UrgentKind.NO_MONEY, UrgentKind.NO_ROOF, UrgentKind.VIOLENCE]
    for minute, kind in enumerate(kinds):
        reported(world, made, kind, at=at(8, 10 + minute))
    domain.confirm_report(
        actor=world.actor("benefits"), at=at(8, 40), report_id=UrgentReport.objects.get(kind=UrgentKind.NO_MONEY).pk
    )
    assert [r.kind for r in queries.urgent(world.actor("benefits"), TODAY)] == [kinds[1], kinds[2], kinds[0]]
    domain.close_report(
        actor=world.actor("benefits"), at=at(8, 45), report_id=UrgentReport.objects.get(kind=UrgentKind.NO_ROOF).pk, result="Miete übernommen"
    )
    assert [r.kind for r in queries.reports_of(made.applicant_id)] == [kinds[2], kinds[0], kinds[1]]


# ---- the list
def test_the_list_filters_and_searches(world: World) -> None:
    office = world.actor("benefits")
    old = applied(world, asked_at=at(9, 0, days=-22))
    edge = applied(world, world.person("Ute", "Esche"), asked_at=at(9, 0, days=-21))
    done = applied(world, world.person("Piet", "Ahornblatt"), asked_at=at(9, 0, days=-3))
    decided(world, done)
    domain.confirm_application(actor=office, at=at(9, 1), application_id=edge.pk, file_number="777//26")

    def found(**more: str) -> list[str]:
        return [a.applicant.last_name for a in queries.applications(office, TODAY, **more)]

    assert found() == ["Silberdistel", "Esche"]
    assert found(state="warnung") == ["Silberdistel"]
    assert [line.decision.state.value for line in queries.lines([old, edge], at(9, 42), "NI") if line.decision] == ["warn", "ok"]
    assert found(state="unbestaetigt") == ["Silberdistel"]
    assert found(state="entschieden") == ["Ahornblatt"]
    assert found(state="alle", sort="name") == ["Ahornblatt", "Esche", "Silberdistel"]
    assert found(state="alle", words="silber") == ["Silberdistel"]
    assert found(state="alle", words="777//26") == ["Esche"]
    assert found(state="alle", words=old.reference) == ["Silberdistel"]
    # What is decided needs no confirmation any more.
    assert queries.unconfirmed_count(office, TODAY) == 1


# ---- the wrong person
def household(world: World, application: Application) -> Person:
    return people.add_member(
        actor=world.actor(), at=at(9, 5), person_id=application.applicant_id, role=MemberRole.CHILD, valid_from=TODAY, first_name="Ida",
        birth_date=date(2017, 5, 1),
    ).person  # fmt: skip


def wish(person: Person | None, rule: str = "id") -> domain.PaperWish:
    return domain.PaperWish(rule=rule, title="Ausweis", why="Damit wir wissen, wer Sie sind.", person_id=person.pk if person else None)


def test_the_right_person_gets_everything_and_the_day_stays(world: World) -> None:
    made = applied(world)
    wrong = made.applicant
    child = household(world, made)
    domain.set_papers(actor=world.actor(), at=at(9, 6), application_id=made.pk, wanted=[wish(wrong), wish(child), wish(None, "rent")])
    report = reported(world, made)
    right = world.person("Jana", "Silberdistel-Erle")
    corrected = domain.correct_applicant(actor=world.actor(), at=at(9, 20), application_id=made.pk, person_id=right.pk, reason="Namensgleiche")
    assert (corrected.asked_at, corrected.effect_from, corrected.reference) == (at(8, 7), date(2026, 11, 1), made.reference)
    assert corrected.benefit_unit_id == made.benefit_unit_id
    members = Membership.objects.filter(benefit_unit=made.benefit_unit_id, valid_to=None)
    assert {m.person_id: m.role for m in members} == {right.pk: "applicant", child.pk: "child"}
    assert {p.person_id for p in Paper.objects.all()} == {right.pk, child.pk, None}
    report.refresh_from_db()
    assert report.person_id == right.pk
    open_benefits = Responsibility.objects.filter(kind=ResponsibilityKind.BENEFITS, valid_to=None).values_list("person", flat=True)
    assert set(open_benefits) == {right.pk, child.pk}
    assert queries.running(wrong, TODAY) == ""
    assert audit.verify(world.id).problems == ()


def test_a_right_person_with_a_household_keeps_it(world: World) -> None:
    made = applied(world)
    right = world.person("Piet", "Ahornblatt")
    own = people.open_unit(actor=world.actor(), at=at(8, 0), applicant_id=right.pk, valid_from=date(2024, 1, 1))
    twin = domain.report_urgent(actor=world.actor(), at=at(8, 5), person_id=right.pk, kind=UrgentKind.NO_MONEY, detail="keine Miete")
    reported(world, made, detail="41 €")
    corrected = domain.correct_applicant(actor=world.actor(), at=at(9, 20), application_id=made.pk, person_id=right.pk, reason="Namensgleiche")
    assert corrected.benefit_unit_id == own.pk
    assert not Membership.objects.filter(person=made.applicant_id, valid_to=None).exists()
    twin.refresh_from_db()
    assert (twin.detail, twin.closed_at) == ("keine Miete 41 €", None)
    assert UrgentReport.objects.filter(closed_at=None).count() == 1


def test_a_household_that_was_there_before_stays_whole(world: World) -> None:
    wrong = world.person()
    unit = people.open_unit(actor=world.actor(), at=at(7, 0), applicant_id=wrong.pk, valid_from=date(2024, 1, 1))
    made = applied(world, wrong)
    right = world.person("Piet", "Ahornblatt")
    corrected = domain.correct_applicant(actor=world.actor(), at=at(9, 20), application_id=made.pk, person_id=right.pk, reason="Namensgleiche")
    assert corrected.benefit_unit_id != unit.pk
    assert Membership.objects.get(person=wrong, valid_to=None).benefit_unit_id == unit.pk


def test_a_correction_needs_a_reason_and_another_person(world: World) -> None:
    made = applied(world)
    for person, reason, code in ((world.person("Piet", "Ahornblatt"), " ", "reason"), (made.applicant, "falsch", "same_person")):
        with pytest.raises(Refused) as refusal:
            domain.correct_applicant(actor=world.actor(), at=at(9, 20), application_id=made.pk, person_id=person.pk, reason=reason)
        assert refusal.value.code == code
    made.refresh_from_db()
    assert made.version == 1


# ---- papers
def test_computing_again_keeps_what_was_seen(world: World) -> None:
    made = applied(world)
    both = [wish(made.applicant), wish(None, "rent")]
    domain.set_papers(actor=world.actor(), at=at(9, 6), application_id=made.pk, wanted=both)
    seen = Paper.objects.get(rule="id")
    domain.set_paper_state(actor=world.actor(), at=at(9, 7), paper_id=seen.pk, state=PaperState.SEEN)
    events = Event.objects.filter(verb="papers.computed").count()
    domain.set_papers(actor=world.actor(), at=at(9, 8), application_id=made.pk, wanted=both)
    assert Event.objects.filter(verb="papers.computed").count() == events
    domain.set_papers(actor=world.actor(), at=at(9, 9), application_id=made.pk, wanted=[])
    assert dict(Paper.objects.order_by("rule").values_list("rule", "state")) == {"id": PaperState.SEEN, "rent": PaperState.NOT_NEEDED}
    domain.set_papers(actor=world.actor(), at=at(9, 10), application_id=made.pk, wanted=both)
    assert dict(Paper.objects.order_by("rule").values_list("rule", "state")) == {"id": PaperState.SEEN, "rent": PaperState.MISSING}
    seen.refresh_from_db()
    assert (seen.received_on, seen.seen_by_id) == (TODAY, world.users["entrance"].pk)


@settings(max_examples=30)
@given(moves=st.lists(st.sampled_from(list(PaperState)), max_size=8))
def test_papers_move_only_as_the_workflow_says(moves: list[PaperState]) -> None:
    """Every state is left again, and undo is a move like any other."""
    state = PaperState.MISSING
    for target in moves:
        if target in PAPER_MOVES[state]:
            assert state in PAPER_MOVES[target] or target in PAPER_MOVES[state]
            state = target
    assert state == PaperState.MISSING or PaperState.MISSING in PAPER_MOVES[state]


def test_a_move_that_is_none_is_refused_and_the_way_back_forgets_the_day(world: World) -> None:
    made = applied(world)
    domain.set_papers(actor=world.actor(), at=at(9, 6), application_id=made.pk, wanted=[wish(made.applicant)])
    paper = Paper.objects.get()
    domain.set_paper_state(actor=world.actor(), at=at(9, 7), paper_id=paper.pk, state=PaperState.HERE)
    with pytest.raises(Refused) as refusal:
        domain.set_paper_state(actor=world.actor(), at=at(9, 8), paper_id=paper.pk, state=PaperState.NOT_NEEDED)
    assert refusal.value.code == "paper_move"
    domain.set_paper_state(actor=world.actor(), at=at(9, 9), paper_id=paper.pk, state=PaperState.MISSING)
    paper.refresh_from_db()
    assert (paper.state, paper.received_on, paper.seen_by_id) == (PaperState.MISSING, None, None)


def test_nothing_is_missing_is_said_once_and_taken_back_with_a_reason(world: World) -> None:
    made, office = applied(world), world.actor("benefits")
    with pytest.raises(Forbidden):
        domain.mark_complete(actor=world.actor(), at=at(9, 0), application_id=made.pk, complete=True)
    assert domain.mark_complete(actor=office, at=at(9, 0), application_id=made.pk, complete=True).complete_at == at(9, 0)
    # Interest rests on the day: saying it again moves nothing, and says nothing.
    assert domain.mark_complete(actor=office, at=at(9, 0, days=40), application_id=made.pk, complete=True).complete_at == at(9, 0)
    assert Event.objects.filter(verb="application.complete").count() == 1
    with pytest.raises(Refused) as refusal:
        domain.mark_complete(actor=office, at=at(10, 0), application_id=made.pk, complete=False, reason=" ")
    assert (refusal.value.code, refusal.value.field) == ("reason", "reason")
    made.refresh_from_db()
    assert made.complete_at == at(9, 0)
    assert domain.mark_complete(actor=office, at=at(10, 0), application_id=made.pk, complete=False, reason="Mietvertrag fehlt").complete_at is None
    assert payload("application.complete")["reason"] == "Mietvertrag fehlt"
    assert domain.mark_complete(actor=office, at=at(11, 0), application_id=made.pk, complete=True).complete_at == at(11, 0)


def test_the_receipt_is_handed_once(world: World) -> None:
    made = applied(world)
    domain.hand_receipt(actor=world.actor(), at=at(9, 1), application_id=made.pk)
    assert domain.hand_receipt(actor=world.actor(), at=at(9, 30), application_id=made.pk).receipt_at == at(9, 1)
    assert Event.objects.filter(verb="application.receipt_handed").count() == 1


# ---- protected files
def test_a_case_shut_by_a_linked_record_is_a_number_too(world: World) -> None:
    made = applied(world)
    twin = world.person("Jana", "Silberdiestel")
    people.link_duplicates(
        actor=world.actor(), at=at(9, 0), keep_id=twin.pk, other_id=made.applicant_id, same=True, reason="Ausweis gesehen"
    )
    office, land = world.actor("benefits"), world.jobcenter.land
    assert queries.protected_cases(office, at(9, 10), land) == []
    people.restrict(
        actor=world.actor(), at=at(9, 5), person_id=twin.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", phone="0171 39200 60"
    )
    assert [(c.callsign, c.ask, c.phone, c.late) for c in queries.protected_cases(office, at(9, 10), land)] == [
        (made.applicant.callsign, "Schutzstelle", "0171 39200 60", False)
    ]
    with pytest.raises(Refused) as refusal:
        domain.protect(actor=world.actor(), at=at(9, 20), person_id=twin.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert (refusal.value.code, refusal.value.field) == ("benefits_not_named", "users")


def test_an_empty_benefits_team_hinders_no_protection(world: World) -> None:
    made = applied(world)
    Position.objects.filter(team=world.teams["benefits"]).delete()
    held = domain.protect(actor=world.actor(), at=at(9, 20), person_id=made.applicant_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert [u.pk for u in held.users.all()] == [world.users["entrance"].pk]
