"""The figures of the month count what is so on the day they are read."""

from datetime import date, timedelta
from typing import Any

import pytest

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.workflows import Channel, Outcome
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import conversation, facts, leave
from hilfefrei.apps.intake.domain import entry as verbs
from hilfefrei.apps.intake.models import Entry, Leave
from hilfefrei.apps.intake.workflows import EndKind, FactKind, LeaveAct
from tests import desk
from tests.world import TODAY, World, at


def steps(world: World, now: Any = None) -> dict[str, int]:
    """The figures above zero of the month of ``now``."""
    return {step.key: step.count for step in queries.month(world.actor(), now or at(17)).steps if step.count and step.key != "contact"}


def work(world: World, entry: Entry, since: date, kind: FactKind = FactKind.WORK, *, at_way: bool = True) -> None:
    facts.add_fact(
        actor=world.actor(), at=at(12), person_id=entry.person_id, entry_id=entry.pk if at_way else None, kind=kind, since=since,
        source="Vertrag gesehen",
    )  # fmt: skip


def test_work_that_is_planned_counts_from_its_first_day_on(world: World) -> None:
    entry = desk.applicant(world)
    work(world, entry, date(2026, 11, 26))
    assert steps(world) == {"open": 1}
    assert steps(world, at(9, days=2)) == {"work": 1}
    assert list(queries.month_entries(world.actor(), at(17), "work")) == []
    assert list(queries.month_entries(world.actor(), at(9, days=2), "work")) == [entry]


@pytest.mark.parametrize("at_way", [True, False])
def test_work_of_long_ago_is_no_work_of_this_contact(world: World, at_way: bool) -> None:
    entry = desk.applicant(world)
    work(world, entry, date(2025, 3, 1), at_way=at_way)
    assert steps(world) == {"open": 1}
    work(world, entry, TODAY, FactKind.TRAINING, at_way=at_way)
    assert steps(world) == {"training": 1}


def test_work_of_a_later_way_does_not_count_for_the_one_before(world: World) -> None:
    first = desk.applicant(world, wishes=("work",))
    verbs.end_via(actor=world.actor(), at=at(10), entry_id=first.pk, kind=EndKind.OWN_WISH, ended_on=TODAY, note="möchte nicht")
    Entry.objects.filter(pk=first.pk).update(since=at(9, days=-5))
    second = Entry.objects.get(pk=first.pk)
    second.pk = None
    second.state, second.since, second.end_kind, second.application = "waiting", at(9, days=-1), "", None
    second.save(force_insert=True)
    work(world, second, TODAY)
    assert steps(world) == {"work": 1, "open": 1}
    work(world, second, TODAY, FactKind.TRAINING, at_way=False)
    assert list(queries.month_entries(world.actor(), at(17), "work")) == [second]


def withdrawn(world: World, entry: Entry) -> Leave:
    return leave.record_leave(
        actor=world.actor(), at=at(10, 2), entry_id=entry.pk, act=LeaveAct.WITHDRAWN, words="Ich lasse es.", rights=list(leave.RIGHTS), signed=True
    )


def test_a_withdrawal_that_benefits_took_back_is_none(world: World, login: Any) -> None:
    entry = desk.applicant(world)
    made = withdrawn(world, entry)
    assert steps(world) == {"withdrawn": 1}
    page = f"/eingang/erklaerung/{made.pk}/"
    assert entry.application is not None
    outcome = entry.application.outcomes.get()
    benefits.revoke_outcome(actor=world.actor("benefits"), at=at(11), outcome_id=outcome.pk, reason="Unterschrift fehlte")
    assert steps(world) == {"open": 1}
    shown = login("entrance").get(page).content.decode()
    assert "Die Leistungsstelle hat die Rücknahme aufgehoben." in shown
    assert "bleibt zurückgenommen" not in shown
    assert "Neuen Antrag aufnehmen" not in shown
    with pytest.raises(Refused, match="Der Antrag gilt wieder"):
        leave.apply_again(actor=world.actor(), at=at(12), leave_id=made.pk, channel=Channel.PHONE)
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(12), application_id=entry.application.pk, kind=Outcome.GRANTED, decided_on=TODAY,
        source="Bescheid", granted_from=date(2026, 11, 1), granted_to=date(2027, 10, 31),
    )  # fmt: skip
    assert steps(world) == {"granted": 1}


def test_a_talk_only_begun_is_not_held(world: World) -> None:
    entry = desk.talking(world, desk.applicant(world, wishes=("work",)))
    assert steps(world) == {"open": 1}
    verbs.back_to_list(actor=world.actor(), at=at(10), entry_id=entry.pk)
    assert steps(world) == {"open": 1}
    # Ending the way shuts the talk; nothing was said in it all the same.
    verbs.end_via(actor=world.actor(), at=at(11), entry_id=entry.pk, kind=EndKind.NO_CONTACT, ended_on=TODAY, note="kam nicht")
    assert steps(world) == {"open": 1}


def test_answers_make_a_talk_and_so_does_its_end(world: World) -> None:
    said = desk.talking(world, desk.applicant(world))
    desk.answer(world, said)
    assert steps(world)["talk"] == 1
    referred = desk.talking(world, desk.applicant(world, "Kim", "Schachtelhalm"))
    assert steps(world)["talk"] == 1
    facts.refer_to_agency(actor=world.actor(), at=at(12), entry_id=referred.pk, claim_until=None, note="Anspruch bis Mai")
    assert steps(world)["talk"] == 2
    closed = desk.talking(world, desk.applicant(world, "Ute", "Wegwarte"))
    conversation.finish_talk(
        actor=world.actor(), at=at(12), entry_id=closed.pk, next_step="Anruf", next_step_at=at(9, days=1), next_step_by_id=world.users["entrance"].pk
    )
    assert steps(world)["talk"] == 3


def test_in_operation_the_house_is_counted_once_a_minute_and_what_may_be_told_for_each_reader(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HILFEFREI_FIGURES_SECONDS = 60
    counted = []
    real = queries.classed
    monkeypatch.setattr(queries, "_kept", {})
    monkeypatch.setattr(queries, "classed", lambda *given: counted.append(given) or real(*given))
    desk.applicant(world)
    first = queries.month(world.actor(), at(12))
    desk.applicant(world, "Binse")
    again = queries.month(world.actor(), at(12) + timedelta(seconds=59))
    assert (first.contacts, again.contacts, again.as_of, len(counted)) == (1, 1, at(12), 1)
    # Somebody of another team must not learn from the same figures what is under ten.
    assert first.all_told
    assert not queries.month(world.actor("other_team"), at(12) + timedelta(seconds=59)).all_told
    assert len(counted) == 1
    later = queries.month(world.actor(), at(12) + timedelta(seconds=60))
    assert (later.contacts, later.as_of, len(counted)) == (2, at(12) + timedelta(seconds=60), 2)
