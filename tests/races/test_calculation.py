"""Facts of one household handed in twice in the same second: two people, and a double click."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.benefits.models import Basis, Calculation
from tests import desk
from tests.support.http import Desk, together
from tests.world import World

ROUNDS = 3


def _facts(number: int) -> dict[str, Any]:
    return {
        "op": uuid4(), "version": number, "count": 1, "p0-birth": "12.04.1992", "p0-wage": f"{500 + number}", "rent": "400", "valid_from": "01.11.2026",
        "source": "person",
    }  # fmt: skip


def test_of_two_who_hand_in_facts_one_sees_the_other(served: World, at_desk: Callable[[str], Desk]) -> None:
    person = desk.applicant(served).person
    mine, hers, path = at_desk("entrance"), at_desk("colleague"), f"/rechnung/{person.pk}/uebernehmen/"
    for n in range(ROUNDS):
        one, other = _facts(n), _facts(n)
        answers = together(lambda f=one: mine.post(path, **f), lambda f=other: hers.post(path, **f))
        assert sorted(answer.status for answer in answers) == [302, 422]
        assert "Gerade hat jemand andere Angaben" in next(answer.text for answer in answers if answer.status == 422)
    assert [row.number for row in Basis.objects.order_by("number")] == [1, 2, 3]
    assert [row.number for row in Calculation.objects.order_by("number")] == [1, 2, 3]
    assert not audit.verify(served.id).problems


def test_a_double_click_keeps_facts_once(served: World, at_desk: Callable[[str], Desk]) -> None:
    person = desk.applicant(served).person
    mine, path = at_desk("entrance"), f"/rechnung/{person.pk}/uebernehmen/"
    for n in range(ROUNDS):
        facts = _facts(n)
        first, second = together(*[lambda f=facts: mine.post(path, **f)] * 2)
        assert (first.status, second.status) == (302, 302)
        assert first.location == second.location
    assert Basis.objects.count() == Event.objects.filter(verb="basis.kept").count() == ROUNDS
