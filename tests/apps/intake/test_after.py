"""After ViA: somebody is responsible who has said yes, and the entrance no longer looks at former clients."""

from datetime import date, timedelta
from typing import Any

import pytest

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.workflows import Outcome
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import agreement, dates, facts, household, leave
from hilfefrei.apps.intake.domain import entry as verbs
from hilfefrei.apps.intake.models import Booking, Entry, Leave
from hilfefrei.apps.intake.workflows import EndKind, EntryState, FactKind, LeaveAct
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import Person, Responsibility
from hilfefrei.apps.people.workflows import MemberRole, ResponsibilityKind, Stay
from tests import desk
from tests.world import TODAY, World, at

NOBODY_NEEDED = [EndKind.MOVED, EndKind.AGENCY, EndKind.OTHER_BENEFIT, EndKind.MISTAKE]
TOMORROW = TODAY + timedelta(days=1)


def end(world: World, entry: Entry, kind: EndKind, **more: Any) -> Entry:
    given = {"ended_on": TODAY, "note": "so war es", "at": at(12)} | more
    return verbs.end_via(actor=world.actor(), entry_id=entry.pk, kind=kind, **given)


def refused(world: World, entry: Entry, kind: EndKind, **more: Any) -> tuple[str, str | None, str]:
    before = Event.objects.count()
    with pytest.raises(Refused) as refusal:
        end(world, entry, kind, **more)
    assert Event.objects.count() == before
    return refusal.value.code, refusal.value.field, str(refusal.value)


def sees(world: World, entry: Entry, who: str = "entrance", day: date = TOMORROW) -> bool:
    return people_policy.visible_to(world.actor(who), day).filter(pk=entry.person_id).exists()


def entrance(entry: Entry) -> list[tuple[str, date, date | None]]:
    rows = Responsibility.objects.filter(person=entry.person_id, kind=ResponsibilityKind.ENTRANCE).select_related("user")
    return [(r.user.username if r.user else "", r.valid_from, r.valid_to) for r in rows.order_by("valid_from", "id")]


# --- what comes next, by kind of end
def test_handed_over_is_only_who_was_taken_on(world: World) -> None:
    entry = desk.in_via(world)
    code, field, said = refused(world, entry, EndKind.HANDED_OVER)
    assert (code, field) == ("not_accepted", "kind")
    assert "Noch hat niemand die Person angenommen" in said
    sent = desk.hand_over(world, entry, accept=False)
    assert "Paula Steinkauz hat die Übergabe noch nicht angenommen" in refused(world, entry, EndKind.HANDED_OVER)[2]
    agreement.accept_handover(actor=world.actor("case_manager"), at=at(11), handover_id=sent.pk)
    assert refused(world, entry, EndKind.HANDED_OVER, **desk.stays(world))[:2] == ("handed_over", "next")
    end(world, entry, EndKind.HANDED_OVER)
    assert entrance(entry) == [("", TODAY, TODAY)]
    assert [sees(world, entry, who, TODAY) for who in ("entrance", "coach", "via_lead", "case_manager")] == [True] * 4
    assert [sees(world, entry, who) for who in ("entrance", "coach", "via_lead", "case_manager")] == [False, False, False, True]
    assert sees(world, entry, "benefits")


@pytest.mark.parametrize("kind", [EndKind.OWN_WISH, EndKind.NO_CONTACT])
def test_while_an_application_runs_somebody_stays_and_nobody_is_chosen_beforehand(world: World, kind: EndKind) -> None:
    entry = desk.applicant(world)
    code, field, said = refused(world, entry, kind)
    assert (code, field) == ("next", "next")
    assert "Ein Antrag vom Di 24.11.2026 ist noch offen." in said
    assert refused(world, entry, kind, **desk.stays(world, "case_manager", "placement"))[:2] == ("not_accepted", "next")
    assert refused(world, entry, kind, **desk.stays(world, "case_manager", "via"))[:2] == ("not_accepted", "next")
    end(world, entry, kind, **desk.stays(world, "colleague"))
    assert entrance(entry) == [("colleague", TODAY, None)]
    assert sees(world, entry)


@pytest.mark.parametrize("kind", [EndKind.OWN_WISH, EndKind.NO_CONTACT])
def test_whoever_was_taken_on_before_is_enough(world: World, kind: EndKind) -> None:
    entry = desk.in_via(world)
    desk.hand_over(world, entry)
    end(world, entry, kind, **desk.stays(world, "case_manager", "placement"))
    assert entrance(entry) == [("", TODAY, TODAY)]


def test_without_an_application_nobody_has_to_stay(world: World) -> None:
    entry = desk.applicant(world, wishes=("information",))
    end(world, entry, EndKind.OWN_WISH)
    assert not sees(world, entry)
    assert sees(world, entry, day=TODAY)


def test_a_running_benefit_counts_and_a_waived_one_does_not(world: World) -> None:
    entry = desk.applicant(world)
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 50), application_id=entry.application_id, kind=Outcome.GRANTED,
        decided_on=TODAY, source="Bescheid", granted_from=date(2026, 11, 1), granted_to=date(2027, 10, 31),
    )  # fmt: skip
    assert "bekommt schon Grundsicherungsgeld bis" in refused(world, entry, EndKind.OWN_WISH)[2]
    leave.record_leave(
        actor=world.actor(), at=at(10), entry_id=entry.pk, act=LeaveAct.WAIVER, words="Meine Eltern helfen.", rights=list(leave.RIGHTS), signed=True
    )
    assert end(world, entry, EndKind.OWN_WISH).state == EntryState.ENDED


@pytest.mark.parametrize("kind", NOBODY_NEEDED)
def test_after_other_ends_nobody_has_to_stay_but_may(world: World, kind: EndKind) -> None:
    entry, other = desk.applicant(world), desk.applicant(world, "Rosa", "Wegwarte")
    end(world, entry, kind)
    assert not sees(world, entry)
    end(world, other, kind, **desk.stays(world))
    assert sees(world, other)


@pytest.mark.parametrize("kind", [EndKind.WORK, EndKind.TRAINING])
def test_into_work_whoever_has_them_in_hand_stays_for_six_months_from_its_beginning(world: World, kind: EndKind) -> None:
    entry = desk.applicant(world)
    verbs.take(actor=world.actor("colleague"), at=at(), entry_id=entry.pk)
    facts.add_fact(
        actor=world.actor(), at=at(), person_id=entry.person_id, entry_id=entry.pk, kind=FactKind(kind.value), since=date(2026, 12, 1),
        what="Lager", source="Vertrag",
    )  # fmt: skip
    end(world, entry, kind)
    assert entrance(entry) == [("colleague", TODAY, date(2027, 5, 31))]
    assert [sees(world, entry, day=day) for day in (date(2027, 5, 31), date(2027, 6, 1))] == [True, False]
    assert [e.pk for e in queries.after_via(world.actor(), TODAY)] == [entry.pk]
    assert not queries.after_via(world.actor("other_team"), TODAY)
    # Whoever is chosen does it, and takes over from who was in hand.
    other = desk.applicant(world, "Rosa", "Wegwarte")
    end(world, other, kind, **desk.stays(world, "coach"))
    assert entrance(other) == [("coach", TODAY, date(2027, 5, 23))]


def test_an_end_that_lies_ahead_keeps_the_file_until_that_day(world: World) -> None:
    entry = desk.in_via(world)
    end(world, entry, EndKind.MOVED, ended_on=TODAY + timedelta(days=4))
    assert [sees(world, entry, day=TODAY + timedelta(days=n)) for n in (4, 5)] == [True, False]
    past = desk.applicant(world, "Rosa", "Wegwarte")
    Entry.objects.filter(pk=past.pk).update(since=at(8, days=-9))
    end(world, past, EndKind.MOVED, ended_on=TODAY - timedelta(days=3))
    assert [sees(world, past, day=day) for day in (TODAY, TOMORROW)] == [True, False]


# --- what is still open keeps the file
def test_a_second_look_and_a_call_keep_the_file_until_they_are_done(world: World) -> None:
    entry = desk.applicant(world, wishes=("information",))
    made = leave.record_leave(
        actor=world.actor(), at=at(10), entry_id=entry.pk, act=LeaveAct.ONLY_ASKED, words="Reicht noch.", rights=list(leave.RIGHTS), call_at=at(10, days=2)
    )
    end(world, entry, EndKind.OWN_WISH)
    assert entrance(entry) == [("", TODAY, None)]
    assert [row.pk for row in queries.second_looks(world.actor("colleague"), TOMORROW)] == [made.pk]
    leave.second_look(actor=world.actor("colleague"), at=at(9, days=1), leave_id=made.pk, ok=True)
    assert sees(world, entry, day=TODAY + timedelta(days=2))
    leave.note_leave_call(actor=world.actor(), at=at(10, days=2), leave_id=made.pk, note="reicht noch")
    assert [sees(world, entry, day=TODAY + timedelta(days=n)) for n in (2, 3)] == [True, False]


def test_a_call_that_is_done_does_not_take_the_file_from_whoever_stays(world: World) -> None:
    entry = desk.applicant(world)
    made = leave.record_leave(actor=world.actor(), at=at(10), entry_id=entry.pk, act=LeaveAct.STAYS_OPEN, words="x", rights=[], call_at=at(10, days=2))
    end(world, entry, EndKind.OWN_WISH, **desk.stays(world))
    leave.second_look(actor=world.actor("colleague"), at=at(9, days=1), leave_id=made.pk, ok=True)
    leave.note_leave_call(actor=world.actor(), at=at(10, days=2), leave_id=made.pk, note="reicht")
    assert entrance(entry) == [("entrance", TODAY, None)]


def test_what_is_agreed_after_the_end_is_not_lost_overnight(world: World) -> None:
    entry = desk.applicant(world, wishes=("information",))
    end(world, entry, EndKind.OWN_WISH)
    leave.record_leave(actor=world.actor(), at=at(13), entry_id=entry.pk, act=LeaveAct.ONLY_ASKED, words="x", rights=list(leave.RIGHTS))
    assert entrance(entry) == [("", TODAY, None)]
    leave.second_look(actor=world.actor("colleague"), at=at(14), leave_id=Leave.objects.get().pk, ok=True)
    assert entrance(entry) == [("", TODAY, TODAY)]


def test_our_own_promise_is_kept_first(world: World) -> None:
    entry, taken = desk.in_via(world), desk.in_via(world, desk.applicant(world, "Rosa", "Wegwarte"))
    for who in (entry, taken):
        agreement.add_promise(actor=world.actor(), at=at(), entry_id=who.pk, side="office", text="Rückruf", due_at=at(10, days=3))
    desk.hand_over(world, taken)
    end(world, entry, EndKind.OTHER_BENEFIT)
    end(world, taken, EndKind.HANDED_OVER)
    assert [sees(world, entry, day=TODAY + timedelta(days=n)) for n in (3, 4)] == [True, False]
    # Whoever took the person on has taken the promises on.
    assert not sees(world, taken)


# --- letting go later, and taking back
def test_whoever_stayed_lets_go_when_nothing_runs_any_more(world: World) -> None:
    entry = desk.applicant(world)
    with pytest.raises(Refused) as refusal:
        verbs.let_go(actor=world.actor(), at=at(), entry_id=entry.pk)
    assert refusal.value.code == "not_ended"
    end(world, entry, EndKind.OWN_WISH, **desk.stays(world))
    with pytest.raises(Refused) as refusal:
        verbs.let_go(actor=world.actor(), at=at(13), entry_id=entry.pk)
    assert refusal.value.code == "next"
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(14), application_id=entry.application_id, kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid"
    )
    verbs.let_go(actor=world.actor(), at=at(9, days=5), entry_id=entry.pk)
    assert entrance(entry) == [("entrance", TODAY, TODAY + timedelta(days=5))]


def test_an_acceptance_after_the_end_relieves_whoever_stayed(world: World) -> None:
    entry = desk.applicant(world)
    end(world, entry, EndKind.NO_CONTACT, **desk.stays(world))
    desk.hand_over(world, entry)
    assert not sees(world, entry)
    assert sees(world, entry, "case_manager")


def test_what_is_sent_after_the_end_and_comes_back_is_seen_by_whoever_stayed(world: World) -> None:
    entry = desk.in_via(world)
    first = desk.hand_over(world, entry, accept=False)
    agreement.return_handover(actor=world.actor("case_manager"), at=at(10), handover_id=first.pk, reason="Wohnung zuerst")
    end(world, entry, EndKind.NO_CONTACT, **desk.stays(world))
    # Whoever ended it knew that; what came back afterwards is news.
    assert not queries.returned(world.actor(), TODAY)
    again = agreement.send_handover(
        actor=world.actor(), at=at(13), entry_id=entry.pk, team_id=world.teams["placement"].pk,
        user_id=world.users["case_manager"].pk, summary="Wohnung ist geklärt.", reason="x",
    )  # fmt: skip
    assert not queries.returned(world.actor(), TODAY)
    agreement.return_handover(actor=world.actor("case_manager"), at=at(14), handover_id=again.pk, reason="noch nicht")
    assert [h.pk for h in queries.returned(world.actor(), TODAY)] == [again.pk]


@pytest.mark.parametrize("kind", [EndKind.OTHER_BENEFIT, EndKind.WORK])
def test_taking_an_end_back_opens_the_file_again_without_a_gap(world: World, kind: EndKind) -> None:
    entry = desk.in_via(world)
    end(world, entry, kind)
    verbs.undo_end(actor=world.actor(), at=at(13), entry_id=entry.pk)
    assert entrance(entry) == [("", TODAY, None)]
    assert sees(world, entry)
    end(world, entry, EndKind.MOVED)
    verbs.undo_end(actor=world.actor(), at=at(14), entry_id=entry.pk)
    assert entrance(entry) == [("", TODAY, None)]


def test_taken_back_days_later_a_new_period_begins(world: World) -> None:
    entry = desk.in_via(world)
    end(world, entry, EndKind.MOVED)
    verbs.undo_end(actor=world.actor(), at=at(9, days=3), entry_id=entry.pk)
    assert entrance(entry) == [("", TODAY, TODAY), ("", TODAY + timedelta(days=3), None)]


# --- the household
def test_a_child_goes_with_the_last_who_was_on_the_way(world: World) -> None:
    entry = desk.in_via(world)
    household.join(actor=world.actor(), at=at(), person_id=entry.person_id, role=MemberRole.CHILD, first_name="Kim", birth_date=date(2019, 3, 1))
    child = Person.objects.get(first_name="Kim")
    people.assign(
        actor=world.actor(), at=at(), person_id=child.pk, kind=ResponsibilityKind.ENTRANCE, team_id=world.teams["via"].pk, valid_from=TODAY, reason="Haushalt"
    )
    sees_child = people_policy.visible_to(world.actor(), TOMORROW).filter(pk=child.pk)
    end(world, entry, EndKind.MOVED)
    assert not sees_child.exists()
    verbs.undo_end(actor=world.actor(), at=at(13), entry_id=entry.pk)
    assert sees_child.exists()


def test_a_child_of_two_households_stays_in_sight_while_one_parent_is_on_the_way(world: World) -> None:
    entry, other = desk.in_via(world), desk.in_via(world, desk.applicant(world, "Emil", "Wegwarte", sex="m"))
    people.add_member(
        actor=world.actor(), at=at(), person_id=entry.person_id, role=MemberRole.CHILD, valid_from=TODAY, first_name="Kim", birth_date=date(2019, 3, 1)
    )
    child = Person.objects.get(first_name="Kim")
    people.add_member(actor=world.actor(), at=at(), person_id=other.person_id, role=MemberRole.CHILD, valid_from=TODAY, member_id=child.pk, stay=Stay.PART)
    sees_child = people_policy.visible_to(world.actor(), TOMORROW).filter(pk=child.pk)
    end(world, entry, EndKind.MOVED)
    assert sees_child.exists()
    end(world, other, EndKind.MOVED)
    assert not sees_child.exists()


# --- acceptance
def test_whoever_is_in_via_stays_in_it_and_is_in_nobodys_hands(world: World) -> None:
    entry = desk.in_via(world)
    dates.book_seat(actor=world.actor(), at=at(), date_id=desk.information(world).pk, entry_id=entry.pk)
    assert queries.goes_on(entry) == "ViA läuft daneben weiter bis 21.12.2026."
    desk.hand_over(world, entry)
    entry.refresh_from_db()
    assert (entry.state, entry.taken_by_id, entry.taken_at) == (EntryState.IN_VIA, None, None)
    assert Booking.objects.filter(undone_at=None).count() == 1
    assert sees(world, entry)


@pytest.mark.parametrize("seat", [False, True])
def test_whoever_never_came_into_via_waits_no_longer_and_keeps_the_seat(world: World, seat: bool) -> None:
    entry = desk.applicant(world)
    verbs.take(actor=world.actor(), at=at(), entry_id=entry.pk)
    last = TODAY + timedelta(days=2 if seat else 0)
    if seat:
        for days in (1, 2):
            dates.book_seat(actor=world.actor(), at=at(), date_id=desk.information(world, days=days).pk, entry_id=entry.pk)
    assert queries.goes_on(entry) == "Der Weg durch ViA endet damit, gebuchte Plätze bleiben."
    desk.hand_over(world, entry)
    entry.refresh_from_db()
    assert (entry.state, entry.end_kind, entry.ended_on, entry.taken_by_id) == (EntryState.ENDED, EndKind.HANDED_OVER, last, None)
    assert Booking.objects.filter(undone_at=None).count() == (2 if seat else 0)
    assert queries.waiting(world.actor(), at(12)) == []
    assert [sees(world, entry, day=last + timedelta(days=n)) for n in (0, 1)] == [True, False]


def test_a_talk_that_is_held_is_not_ended_by_somebody_else(world: World) -> None:
    entry = desk.talking(world)
    desk.hand_over(world, entry)
    entry.refresh_from_db()
    assert (entry.state, entry.taken_by_id) == (EntryState.IN_TALK, world.users["entrance"].pk)


# --- nobody is forgotten
def test_who_reaches_the_last_day_of_via_is_asked_about(world: World) -> None:
    entry, later = desk.in_via(world), desk.in_via(world, desk.applicant(world, "Rosa", "Wegwarte"))
    last = entry.via_to
    assert last is not None
    Entry.objects.filter(pk=later.pk).update(via_to=last + timedelta(days=1))
    assert list(queries.run_out(world.actor(), last - timedelta(days=1))) == []
    assert [e.pk for e in queries.run_out(world.actor(), last)] == [entry.pk]
    assert [e.pk for e in queries.run_out(world.actor(), last + timedelta(days=1))] == [entry.pk, later.pk]
    assert not queries.run_out(world.actor("other_team"), last)
    end(world, entry, EndKind.MOVED)
    assert not queries.run_out(world.actor(), last)
