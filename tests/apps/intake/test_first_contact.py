"""First contact: the wish is the application, nobody is refused, and the wrong person is put right without losing a day."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.benefits.workflows import Channel, Outcome, UrgentKind
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.domain import facts
from hilfefrei.apps.intake.domain import first_contact as verbs
from hilfefrei.apps.intake.domain.first_contact import NewPerson
from hilfefrei.apps.intake.models import Entry, Fact, FirstContact
from hilfefrei.apps.intake.workflows import EndKind, EntryState, FactKind
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import Channel as Number
from hilfefrei.apps.people.models import Person, Responsibility
from hilfefrei.apps.people.workflows import ResponsibilityKind, RestrictionKind
from tests import desk
from tests.world import TODAY, World, at

WIEBKE = NewPerson(first_name="Wiebke", last_name="Hainbuche", birth_date=date(1989, 6, 14), sex="w")


def contact(world: World, *, moment=at(8, 18), **more: object) -> FirstContact:  # noqa: B008 - a fixed moment
    given = {"contact_at": at(8, 7), "channel": Channel.IN_PERSON, "wishes": ["money", "work"], "new_person": WIEBKE} | more
    return verbs.record_first_contact(actor=world.actor(), at=moment, **given)


def rows() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (Person, Application, UrgentReport, FirstContact, Entry, Responsibility))


# ---- what one minute makes
def test_one_post_makes_person_application_reports_and_entry(world: World) -> None:
    made = contact(
        world, words="Mein Mann ist ausgezogen.", urgent=[UrgentKind.NO_MONEY, UrgentKind.NO_ROOF], wants_advance=True, money_until=TODAY,
        safe_phone="0171 39200 61", time_source="Zettel vom Empfang",
    )  # fmt: skip
    application = made.application
    assert application is not None
    assert (application.asked_at, application.recorded_at, application.effect_from) == (at(8, 7), at(8, 18), date(2026, 11, 1))
    assert (made.contact_at, made.entered_at) == (at(8, 7), at(8, 18))
    reports = {r.kind: r for r in UrgentReport.objects.all()}
    assert set(reports) == {"no_money", "no_roof", "advance"}
    assert (reports["no_money"].money_until, reports["no_roof"].money_until) == (TODAY, None)
    assert {r.application_id for r in reports.values()} == {application.pk}
    entry = Entry.objects.get()
    assert (entry.state, entry.since, entry.application_id, entry.is_return) == (EntryState.WAITING, at(8, 7), application.pk, False)
    held = {r.kind: r.team_id for r in Responsibility.objects.all()}
    assert held == {ResponsibilityKind.ENTRANCE: world.teams["via"].pk, ResponsibilityKind.BENEFITS: world.teams["benefits"].pk}
    assert Number.objects.get().is_safe
    assert audit.verify(world.id).problems == ()


def test_without_a_name_a_number_keeps_the_day(world: World) -> None:
    made = contact(world, new_person=None)
    assert made.person.full_name == f"Nummer {made.person.callsign}"
    assert made.application is not None
    other = contact(world, new_person=NewPerson())
    assert other.person.callsign != made.person.callsign


def test_asking_is_no_application_and_housing_is(world: World) -> None:
    assert contact(world, wishes=["information"]).application is None
    assert contact(world, wishes=["housing"], new_person=NewPerson(last_name="Esche")).application is not None
    assert Entry.objects.filter(application=None).count() == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"wishes": ["money"]},
        {"wishes": ["housing", "information"]},
        {"wishes": ["information"], "urgent": [UrgentKind.NO_MONEY]},
        {"wishes": ["work"], "wants_advance": True},
    ],
)
def test_nobody_at_the_desk_makes_no_application_of_a_wish_for_money(world: World, wish: dict[str, object]) -> None:
    with pytest.raises(Refused, match=r"§ 20 Abs\. 3 SGB X") as refusal:
        contact(world, **wish, no_application_reason="hat Vermögen")
    assert (refusal.value.code, refusal.value.field) == ("wish_is_application", "no_application_reason")
    assert rows() == (0,) * 6
    assert contact(world, **wish, no_application_reason="  ").application is not None


def test_who_asked_for_no_money_may_have_only_asked(world: World) -> None:
    made = contact(world, wishes=["information"], no_application_reason="wollte nur die Öffnungszeiten wissen")
    assert (made.application, made.no_application_reason) == (None, "wollte nur die Öffnungszeiten wissen")


@pytest.mark.parametrize("need", [{"urgent": [UrgentKind.NO_MONEY]}, {"wants_advance": True}])
def test_no_money_and_a_wished_advance_are_the_wish_for_money(world: World, need: dict[str, object]) -> None:
    made = contact(world, wishes=["work"], **need)
    assert made.application is not None
    assert made.application.asked_at == at(8, 7)
    assert {r.application_id for r in UrgentReport.objects.all()} == {made.application_id}


def test_no_money_while_an_application_runs_is_a_report_and_no_second_application(world: World) -> None:
    first = contact(world)
    later = contact(world, moment=at(9, 0), person_id=first.person_id, new_person=None, wishes=["other"], urgent=[UrgentKind.NO_MONEY])
    assert later.application is None
    assert UrgentReport.objects.get().kind == UrgentKind.NO_MONEY
    more = contact(
        world, moment=at(9, 5), person_id=first.person_id, new_person=None, wishes=["other"], urgent=[UrgentKind.NO_MONEY], anyway=True
    )
    assert more.application is not None


def test_a_double_click_is_one_contact(world: World) -> None:
    op = uuid4()
    first = contact(world, op=op, urgent=[UrgentKind.NO_MONEY])
    before = rows()
    assert contact(world, op=op, urgent=[UrgentKind.NO_MONEY]).pk == first.pk
    assert rows() == before


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"contact_at": at(8, 19)}, "future", "contact_day"),
        ({"contact_at": at(8, 7, days=-367)}, "too_old", "contact_day"),
        ({"wishes": []}, "wish", "wishes"),
        ({"wishes": ["money", "lottery"]}, "wish", "wishes"),
        ({"new_person": NewPerson(last_name="Esche", birth_date=TODAY + timedelta(days=1))}, "birth_future", "birth_date"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_half_written(
    world: World, more: dict[str, object], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        contact(world, **more)
    assert refusal.value.field == field
    assert refusal.value.code == code
    assert rows() == (0,) * 6


def test_a_refusal_late_in_the_transaction_takes_back_all_of_it(world: World) -> None:
    person = contact(world).person
    before = rows()
    with pytest.raises(Refused) as refusal:
        contact(world, moment=at(9, 0), person_id=person.pk, new_person=None, urgent=[UrgentKind.NO_ROOF], safe_phone="0171 39200 61")
    assert (refusal.value.code, refusal.value.field) == ("already_in_benefit", "anyway")
    assert rows() == before
    assert not Number.objects.exists()
    again = contact(world, moment=at(9, 0), person_id=person.pk, new_person=None, urgent=[UrgentKind.NO_ROOF], anyway=True)
    assert again.application is not None
    assert Application.objects.count() == 2


def test_only_who_sits_at_the_entrance_takes_first_contacts(world: World) -> None:
    for who in ("benefits", "case_manager", "operator", "via_lead", "controller"):
        with pytest.raises(Forbidden):
            verbs.record_first_contact(
                actor=world.actor(who), at=at(8, 18), contact_at=at(8, 7), channel=Channel.PHONE, wishes=["money"], new_person=WIEBKE
            )
    assert rows() == (0,) * 6


# ---- people who are known
def test_an_open_way_is_carried_on_and_gets_the_application(world: World) -> None:
    first = contact(world, wishes=["information"])
    second = contact(world, moment=at(9, 0), person_id=first.person_id, new_person=None)
    entry = Entry.objects.get()
    assert (entry.first_contact_id, entry.application_id, entry.since) == (first.pk, second.application_id, at(8, 7))


def test_violence_shields_the_address_so_far(world: World) -> None:
    person = world.person()
    people.set_address(actor=world.actor(), at=at(8, 0), person_id=person.pk, street="Lange Straße 4", valid_from=TODAY, **desk.HERZBERG)
    contact(world, person_id=person.pk, new_person=None, urgent=[UrgentKind.VIOLENCE])
    person.refresh_from_db()
    assert person.safe_contact
    assert person.addresses.get().no_letters


def test_a_protected_person_is_taken_down_and_stays_shut(world: World) -> None:
    person = world.person()
    people.restrict(
        actor=world.actor("colleague"), at=at(7, 0), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", user_ids=[world.users["colleague"].pk]
    )
    made = contact(world, person_id=person.pk, new_person=None)
    assert made.application is not None
    assert not people_policy.visible_to(world.actor(), TODAY).filter(pk=person.pk).exists()
    # To ask back whether a second application is meant would tell that there is one.
    again = contact(world, person_id=person.pk, new_person=None)
    assert again.application_id not in {None, made.application_id}


def test_a_person_who_is_not_there_is_a_plain_refusal(world: World) -> None:
    made, before = contact(world), rows()
    with pytest.raises(Refused, match="gibt es hier nicht") as refusal:
        contact(world, person_id=uuid4(), new_person=None)
    assert refusal.value.code == "unknown_person"
    with pytest.raises(Refused, match="gibt es hier nicht"):
        verbs.correct_person(actor=world.actor(), at=at(9, 0), contact_id=made.pk, person_id=uuid4(), reason="falsch gewählt")
    assert rows() == before


@pytest.mark.parametrize(("days", "back"), [(0, True), (92, True), (93, False)])
def test_who_was_away_longer_than_the_house_says_is_new(world: World, days: int, back: bool) -> None:
    person = world.person()
    old = benefits.record_application(
        actor=world.actor(), at=at(9, 0, days=-200), person_id=person.pk, asked_at=at(9, 0, days=-200), channel=Channel.PHONE
    )
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 0, days=-190), application_id=old.pk, kind=Outcome.GRANTED, decided_on=TODAY - timedelta(days=190),
        source="Bescheid", granted_to=TODAY - timedelta(days=days),
    )  # fmt: skip
    contact(world, person_id=person.pk, new_person=None, wishes=["work"])
    assert Entry.objects.get().is_return is back


def test_a_way_that_was_a_mistake_makes_nobody_a_returner(world: World) -> None:
    first = contact(world, wishes=["information"])
    entry_verbs.end_via(
        actor=world.actor(), at=at(9, 0), entry_id=Entry.objects.get().pk, kind=EndKind.MISTAKE, ended_on=TODAY, note="falsch geklickt"
    )
    contact(world, moment=at(9, 5), person_id=first.person_id, new_person=None, wishes=["information"])
    assert not Entry.objects.get(state=EntryState.WAITING).is_return


# ---- the wrong person
def test_all_of_a_contact_moves_to_the_right_person(world: World) -> None:
    made = contact(
        world, urgent=[UrgentKind.VIOLENCE], safe_phone="0171 39200 61", new_person=None, person_id=world.person("Wiebke", "Hainbuche").pk
    )
    wrong = made.person
    entry = Entry.objects.get()
    facts.add_fact(
        actor=world.actor(), at=at(8, 20), person_id=wrong.pk, entry_id=entry.pk, kind=FactKind.COURSE, since=TODAY, source="sagt sie selbst"
    )
    right = world.person("Wiebke", "Hainbuche", birth_date=date(1961, 11, 2))
    people.set_address(actor=world.actor(), at=at(8, 0), person_id=right.pk, street="Lange Straße 4", valid_from=TODAY, **desk.HERZBERG)
    verbs.correct_person(actor=world.actor(), at=at(9, 0), contact_id=made.pk, person_id=right.pk, reason="Zwei gleichen Namens")
    application = Application.objects.get()
    assert (application.applicant_id, application.asked_at, application.asked_by) == (right.pk, at(8, 7), right.full_name)
    assert UrgentReport.objects.get().person_id == right.pk
    assert Fact.objects.get().person_id == right.pk
    entry.refresh_from_db()
    assert (entry.person_id, entry.application_id, entry.since) == (right.pk, application.pk, at(8, 7))
    assert Number.objects.get().person_id == right.pk
    right.refresh_from_db()
    assert right.safe_contact
    assert right.addresses.get().no_letters
    assert audit.verify(world.id).problems == ()


def test_a_number_that_was_there_before_stays_where_it_is(world: World) -> None:
    person = world.person()
    people.set_channel(actor=world.actor(), at=at(8, 0), person_id=person.pk, kind="phone", value="0171 39200 22", valid_from=TODAY)
    made = contact(world, person_id=person.pk, new_person=None)
    verbs.correct_person(actor=world.actor(), at=at(9, 0), contact_id=made.pk, person_id=world.person("Piet", "Ahornblatt").pk, reason="falsch")
    assert Number.objects.get().person_id == person.pk


def test_reports_without_an_application_move_too(world: World) -> None:
    made = contact(world, wishes=["information"], urgent=[UrgentKind.VIOLENCE])
    right = world.person("Piet", "Ahornblatt")
    verbs.correct_person(actor=world.actor(), at=at(9, 0), contact_id=made.pk, person_id=right.pk, reason="falsch")
    assert UrgentReport.objects.get().person_id == right.pk


def test_a_way_that_was_carried_on_does_not_keep_a_strangers_application(world: World) -> None:
    own = contact(world, wishes=["information"])
    mistaken = contact(world, moment=at(9, 0), person_id=own.person_id, new_person=None)
    right = world.person("Piet", "Ahornblatt")
    verbs.correct_person(actor=world.actor(), at=at(9, 5), contact_id=mistaken.pk, person_id=right.pk, reason="falsch")
    assert Entry.objects.get(person=own.person_id).application_id is None
    assert Entry.objects.get(person=right).application_id == mistaken.application_id


def test_a_running_way_of_the_right_person_is_carried_on(world: World) -> None:
    theirs = contact(world, wishes=["information"], new_person=NewPerson(last_name="Esche"))
    mistaken = contact(world, moment=at(9, 0))
    verbs.correct_person(actor=world.actor(), at=at(9, 5), contact_id=mistaken.pk, person_id=theirs.person_id, reason="verwechselt")
    kept = Entry.objects.get(first_contact=theirs)
    assert (kept.state, kept.application_id) == (EntryState.WAITING, mistaken.application_id)
    ended = Entry.objects.get(first_contact=mistaken)
    assert (ended.state, ended.end_kind, ended.end_note, ended.application_id) == (EntryState.ENDED, EndKind.MISTAKE, "verwechselt", None)
    assert not Responsibility.objects.filter(person=mistaken.person_id, valid_to=None).exists()


def test_two_talks_are_not_thrown_together(world: World) -> None:
    theirs = contact(world, wishes=["information"], new_person=NewPerson(last_name="Esche"))
    mistaken = contact(world, moment=at(9, 0))
    desk.talking(world, Entry.objects.get(first_contact=mistaken))
    before = Application.objects.values().get()
    with pytest.raises(Refused) as refusal:
        verbs.correct_person(actor=world.actor(), at=at(9, 30), contact_id=mistaken.pk, person_id=theirs.person_id, reason="verwechselt")
    assert refusal.value.code == "entry_open"
    assert Application.objects.values().get() == before


def test_a_talk_goes_along_where_the_right_person_has_none(world: World) -> None:
    mistaken = contact(world)
    entry = desk.talking(world, Entry.objects.get())
    desk.answer(world, entry)
    right = world.person("Piet", "Ahornblatt")
    verbs.correct_person(actor=world.actor(), at=at(9, 40), contact_id=mistaken.pk, person_id=right.pk, reason="verwechselt")
    entry.refresh_from_db()
    assert (entry.person_id, entry.state) == (right.pk, EntryState.IN_TALK)
    assert mistaken.person_id not in set(Application.objects.get().papers.values_list("person", flat=True))


@pytest.mark.parametrize(("reason", "same", "code"), [(" ", False, "reason"), ("falsch", True, "same_person")])
def test_a_correction_says_why_and_for_whom(world: World, reason: str, same: bool, code: str) -> None:
    made = contact(world)
    right = made.person if same else world.person("Piet", "Ahornblatt")
    with pytest.raises(Refused) as refusal:
        verbs.correct_person(actor=world.actor(), at=at(9, 0), contact_id=made.pk, person_id=right.pk, reason=reason)
    assert refusal.value.code == code
