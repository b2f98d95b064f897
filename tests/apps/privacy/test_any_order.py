"""Property: whatever order of deletions, the chain verifies, and of the erased person no text is left anywhere."""

from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Membership, Person
from hilfefrei.apps.people.workflows import MemberRole
from hilfefrei.apps.privacy import due, tasks
from hilfefrei.apps.privacy.domain import erasing
from hilfefrei.apps.privacy.models import Erasure, RetentionItem
from tests.apps.privacy.lives import everything, found, mark, moment, over, rows_of
from tests.apps.privacy.test_runs import released
from tests.world import TODAY, World, at

WORDS = ("Zaunwicke", "Mauerraute")
# Days after the last act on which a run takes place: within a period, at its edge, long after the last.
DAYS = st.lists(st.sampled_from([100, 183, 190, 400, 740, 1200, 2000, 3700, 4100]), min_size=1, max_size=3, unique=True).map(sorted)


class Undo(Exception):
    """The next example begins where this one began."""


@pytest.mark.timeout(600)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=DAYS, order=st.randoms(use_true_random=False), killed=st.booleans())
def test_any_order(world: World, days: list[int], order: Random, killed: bool) -> None:
    with TemporaryDirectory() as folder, pytest.raises(Undo), transaction.atomic():
        people = _two(world)
        for number, person in people.items():
            mark(person, WORDS[number])
        for day in days:
            on = TODAY + timedelta(days=day)
            run = released(world, on)
            items = list(RetentionItem.objects.filter(run=run))
            order.shuffle(items)
            for item in items[: len(items) // 2 if killed else len(items)]:
                erasing.erase_item(actor=system(world.id), at=moment(on), item_id=item.pk, day=on)
            assert audit.verify(world.id).problems == ()
            # What a killed run left goes with the next round.
            tasks.work(world.id, moment(on), Path(folder))
            assert list(due.plans(on)) == [], "a second run the same day finds nothing"
        assert audit.verify(world.id).problems == ()
        for number, person in people.items():
            if not Person.objects.filter(pk=person).exists():
                assert rows_of(person) == set()
                assert found(WORDS[number]) == []
        if max(days) > 4050:
            assert not Person.objects.filter(pk__in=people.values()).exists()
        assert [e.number for e in Erasure.objects.order_by("number")] == list(range(1, Erasure.objects.count() + 1))
        raise Undo


def _two(world: World) -> dict[int, UUID]:
    """Two people of one household, of whom everything is held; the second joined the first."""
    first = everything(world)
    second = world.person("Tarek", "Mondviole")
    unit = Membership.objects.get(person=first, valid_to=None).benefit_unit_id
    people.join_unit(actor=world.actor(), at=at(9, 55), person_id=second.pk, unit_id=unit, role=MemberRole.PARTNER, valid_from=TODAY)
    over(second.pk)
    return {0: first, 1: second.pk}
