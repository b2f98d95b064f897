"""A wish for money said after the first contact is an application too; a need beside a running one is a report."""

import pytest

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.benefits.workflows import Channel, Outcome, UrgentKind
from hilfefrei.apps.intake.domain import conversation, needs
from hilfefrei.apps.intake.domain.first_contact import MONEY_NEEDS
from hilfefrei.apps.intake.models import Entry
from tests import desk
from tests.world import TODAY, World, at


def asked(world: World) -> Entry:
    return desk.applicant(world, wishes=("information",))


def report(world: World, entry: Entry, kind: UrgentKind, *, minute: int = 20, **more: object) -> UrgentReport:
    return needs.report_need(actor=world.actor(), at=at(9, minute), person_id=entry.person_id, kind=kind, **more)


@pytest.mark.parametrize("kind", UrgentKind)
def test_no_money_and_an_advance_are_the_application_nothing_else_is(world: World, kind: UrgentKind) -> None:
    entry = asked(world)
    made = report(world, entry, kind, happened_at=at(9, 5))
    entry.refresh_from_db()
    application = Application.objects.first()
    assert (application is not None) == (kind in MONEY_NEEDS)
    assert entry.application == made.application == application
    if application is not None:
        assert (application.asked_at, application.recorded_at) == (at(9, 5), at(9, 20))
        assert application.time_source == f"Nachtrag vom Papier, dringend gemeldet: {kind.label}"


def test_the_next_need_hangs_on_the_application_that_the_first_one_made(world: World) -> None:
    entry = asked(world)
    conversation.start_talk(actor=world.actor(), at=at(9, 10), entry_id=entry.pk, how=Channel.PHONE)
    first = report(world, entry, UrgentKind.NO_MONEY)
    second = report(world, entry, UrgentKind.ADVANCE, minute=25)
    assert first.application == second.application == Application.objects.get(channel=Channel.PHONE)


def test_while_an_application_runs_it_is_only_reported_and_after_a_refusal_it_is_a_new_one(world: World) -> None:
    entry = desk.applicant(world)
    first = report(world, entry, UrgentKind.NO_MONEY)
    assert first.application == entry.application == Application.objects.get()
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 25), application_id=entry.application_id, kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid"
    )
    second = report(world, entry, UrgentKind.ADVANCE, minute=30)
    entry.refresh_from_db()
    assert second.application == entry.application == Application.objects.get(asked_at=at(9, 30))


def test_a_lead_may_report_it_and_the_papers_follow(world: World) -> None:
    entry = desk.talking(world, asked(world))
    desk.answer(world, entry)
    made = needs.report_need(actor=world.actor("via_lead"), at=at(9, 35), person_id=entry.person_id, kind=UrgentKind.NO_MONEY)
    assert made.application is not None
    assert made.application.papers.exists()


def test_before_the_contact_or_in_the_future_nothing_is_made(world: World) -> None:
    entry = asked(world)
    for bad, code in ((at(8, 0), "before_contact"), (at(9, 50), "future")):
        with pytest.raises(Refused) as refusal:
            report(world, entry, UrgentKind.NO_MONEY, happened_at=bad)
        assert refusal.value.code == code
    assert not Application.objects.exists()
    assert not UrgentReport.objects.exists()


# ---- the answer "the money is not enough"
def enough(world: World, entry: Entry, said: str, minute: int, **more: object) -> None:
    values = desk.MONEY | {"enough": said} | more
    conversation.save_group(
        actor=world.actor(), at=at(9, minute), entry_id=entry.pk, group="money", values=values, catalogue=desk.CATALOGUE
    )


def test_the_answer_alone_is_no_application_but_its_moment_counts(world: World) -> None:
    entry = desk.talking(world, asked(world))
    enough(world, entry, "no", 20)
    enough(world, entry, "no", 25, income=["child_benefit"])
    assert not Application.objects.exists()
    conversation.apply(actor=world.actor(), at=at(9, 40), entry_id=entry.pk, as_said=True)
    made = Application.objects.get()
    assert (made.asked_at, made.recorded_at, made.time_source) == (at(9, 20), at(9, 40), "im Gespräch gesagt: Das Geld reicht nicht")


def test_an_answer_taken_back_or_from_before_the_decision_proves_nothing(world: World) -> None:
    entry = desk.talking(world, asked(world))
    enough(world, entry, "no", 20)
    enough(world, entry, "scarce", 25)
    with pytest.raises(Refused) as refusal:
        conversation.apply(actor=world.actor(), at=at(9, 30), entry_id=entry.pk, as_said=True)
    assert refusal.value.code == "not_said"
    enough(world, entry, "no", 31)
    conversation.apply(actor=world.actor(), at=at(9, 32), entry_id=entry.pk)
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 35), application_id=Application.objects.get().pk, kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid"
    )
    with pytest.raises(Refused):
        conversation.apply(actor=world.actor(), at=at(9, 38), entry_id=entry.pk, as_said=True)
    enough(world, entry, "no", 39, income=["child_benefit"])
    assert conversation.apply(actor=world.actor(), at=at(9, 41), entry_id=entry.pk, as_said=True).application == Application.objects.get(asked_at=at(9, 39))
