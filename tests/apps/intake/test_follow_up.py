"""Asking how it goes: whom the list shows, what a call leaves behind, what can be put right."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.domain import facts, follow_up
from hilfefrei.apps.intake.models import Entry, Fact, FollowUp
from hilfefrei.apps.intake.workflows import EndKind, FactKind, FollowUpResult
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person, Responsibility
from hilfefrei.apps.people.workflows import RestrictionKind
from tests import desk
from tests.world import TODAY, World, at

MONTH_AGO = date(2026, 10, 24)


def worker(world: World, first: str = "Jana", last: str = "Silberdistel", *, since: date = MONTH_AGO) -> Fact:
    """Somebody who took up work."""
    way = desk.applicant(world, first, last)
    return facts.add_fact(
        actor=world.actor(), at=at(9, 10), person_id=way.person_id, kind=FactKind.WORK, since=since, what="Lager", source="sagt sie selbst", through_us=True
    )


def asked(world: World, fact: Fact, result: FollowUpResult, **more: object) -> FollowUp:
    return follow_up.record_follow_up(actor=world.actor(), at=at(), person_id=fact.person_id, fact_id=fact.pk, result=result, **more)  # type: ignore[arg-type]


def listed(world: World, who: str = "entrance") -> list[tuple[str, int, date]]:
    return [(q.person.last_name, q.due.months, q.due.due_on) for q in queries.questions(world.actor(who), TODAY)]


def test_who_is_due_stands_on_the_list_of_the_team_and_nowhere_else(world: World) -> None:
    worker(world)
    worker(world, "Ole", "Bachkiesel", since=TODAY - timedelta(days=10))
    assert listed(world) == [("Silberdistel", 1, TODAY)]
    assert listed(world, "other_team") == listed(world, "benefits") == listed(world, "via_lead") == []
    assert queries.questions_due(world.actor(), TODAY) == 1


def test_on_the_board_due_questions_are_counted_once_a_minute_for_each_view_and_anew_after_an_act(
    world: World, login: Callable[[str], Client], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HILFEFREI_FIGURES_SECONDS = 60
    monkeypatch.setattr(queries, "_kept", {})
    client, fact = login("entrance"), worker(world)
    assert queries.questions_due_of_late(world.actor(), at(12)) == (1, at(12))
    second = worker(world, "Ole", "Bachkiesel")
    assert queries.questions_due_of_late(world.actor(), at(12) + timedelta(seconds=59)) == (1, at(12))
    # Another team has its own figure; a protected file is one less at once.
    assert queries.questions_due_of_late(world.actor("other_team"), at(12))[0] == 0
    people.restrict(actor=world.actor("colleague"), at=at(), person_id=second.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert queries.questions_due_of_late(world.actor(), at(12) + timedelta(seconds=59)) == (1, at(12) + timedelta(seconds=59))
    asked(world, fact, FollowUpResult.STILL)
    assert queries.questions_due_of_late(world.actor(), at(12) + timedelta(seconds=59))[0] == 1
    client.post(reverse("entrance:take", args=[Entry.objects.get(person=fact.person_id).pk]))
    assert queries.questions_due_of_late(world.actor(), at(12) + timedelta(seconds=59))[0] == 0


def test_a_no_and_a_basis_that_is_gone_take_somebody_off(world: World) -> None:
    fact = worker(world, since=date(2026, 5, 20))
    assert listed(world) == []
    with pytest.raises(Refused, match="§ 16g"):
        asked(world, fact, FollowUpResult.STILL)
    Person.objects.filter(pk=fact.person_id).update(may_follow_up=True)
    assert listed(world) == [("Silberdistel", 6, date(2026, 11, 20))]
    Person.objects.filter(pk=fact.person_id).update(may_follow_up=False)
    assert listed(world) == []


def test_what_came_of_it_and_putting_it_right(world: World) -> None:
    fact = worker(world)
    missed = asked(world, fact, FollowUpResult.NOT_REACHED, next_on=TODAY + timedelta(days=3))
    assert (missed.months, missed.basis) == (1, "after_care")
    assert listed(world) == [("Silberdistel", 1, TODAY + timedelta(days=3))]
    ended = asked(world, fact, FollowUpResult.ENDED, ended_on=date(2026, 11, 15), note="Vertrag lief aus")
    fact.refresh_from_db()
    assert (fact.until, listed(world)) == (date(2026, 11, 15), [])
    follow_up.revoke_follow_up(actor=world.actor("coach"), at=at(), follow_up_id=ended.pk, reason="andere Person")
    fact.refresh_from_db()
    assert fact.until is None
    assert listed(world) == [("Silberdistel", 1, TODAY + timedelta(days=3))]
    assert list(Event.objects.filter(verb__startswith="follow_up.").order_by("seq").values_list("verb", flat=True)) == [
        "follow_up.recorded", "follow_up.recorded", "follow_up.revoked",
    ]  # fmt: skip
    assert Event.objects.filter(verb__in=["fact.ended", "fact.goes_on"]).count() == 2


@pytest.mark.parametrize(
    ("result", "more", "field"),
    [
        (FollowUpResult.NOT_REACHED, {}, "next_on"),
        (FollowUpResult.NOT_REACHED, {"next_on": TODAY + timedelta(days=90)}, "next_on"),
        (FollowUpResult.ENDED, {}, "ended_on"),
        (FollowUpResult.ENDED, {"ended_on": date(2026, 10, 1)}, "ended_on"),
        (FollowUpResult.HELP, {"note": " "}, "note"),
    ],
)
def test_what_is_missing_is_said(world: World, result: FollowUpResult, more: dict[str, object], field: str) -> None:
    fact = worker(world)
    with pytest.raises(Refused) as refused:
        asked(world, fact, result, **more)
    assert refused.value.field == field
    assert not FollowUp.objects.exists()


def test_rights_and_reasons(world: World) -> None:
    fact = worker(world)
    with pytest.raises(Forbidden):
        follow_up.record_follow_up(
            actor=world.actor("benefits"), at=at(), person_id=fact.person_id, fact_id=fact.pk, result=FollowUpResult.STILL
        )
    made = asked(world, fact, FollowUpResult.STILL)
    with pytest.raises(Refused, match="was nicht stimmt"):
        follow_up.revoke_follow_up(actor=world.actor(), at=at(), follow_up_id=made.pk, reason=" ")
    with pytest.raises(Refused, match="noch nicht fällig"):
        asked(world, fact, FollowUpResult.STILL)
    facts.revoke_fact(actor=world.actor(), at=at(), fact_id=fact.pk, reason="falsch")
    with pytest.raises(Refused, match="gilt nicht mehr"):
        asked(world, fact, FollowUpResult.STILL)


def test_a_protected_person_is_a_number(world: World) -> None:
    fact = worker(world)
    people.restrict(
        actor=world.actor("colleague"), at=at(), person_id=fact.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", phone="0171 39200 60"
    )
    assert listed(world) == []
    number = Person.objects.get(pk=fact.person_id).callsign
    assert queries.protected_questions(world.actor(), TODAY) == [(number, "Schutzstelle", "0171 39200 60")]
    assert listed(world, "colleague") == [("Silberdistel", 1, TODAY)]


@pytest.mark.parametrize(("consent", "last"), [(None, None), (True, "2027")])
def test_with_consent_somebody_can_still_be_seen_who_is_to_be_asked(world: World, consent: bool | None, last: str | None) -> None:
    way = desk.talking(world)
    Person.objects.filter(pk=way.person_id).update(may_follow_up=consent)
    entry_verbs.end_via(actor=world.actor(), at=at(), entry_id=way.pk, kind=EndKind.OTHER_BENEFIT, ended_on=TODAY)
    held = Responsibility.objects.get(person=way.person_id, kind="entrance")
    assert held.valid_to is not None
    assert held.valid_to == TODAY if last is None else held.valid_to > date(2027, 11, 24)
    assert Entry.objects.get(pk=way.pk).end_kind == EndKind.OTHER_BENEFIT
    later = queries.questions(world.actor(), date(2026, 12, 22))
    assert len(later) == (1 if consent else 0)
