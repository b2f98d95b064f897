"""The one gate to a file, and the list of all files one sees."""

from uuid import UUID

import pytest

from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import policy
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import RestrictionKind
from tests.world import TODAY, World, at


@pytest.mark.parametrize("as_given", [UUID, str])
def test_a_shut_file_stays_shut_however_its_id_is_given(world: World, as_given: type) -> None:
    person = world.person("Jana", "Silberdistel")
    assert policy.get_person_for(world.actor(), as_given(str(person.pk)), TODAY) == person
    people.restrict(actor=world.actor("benefits"), at=at(9), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    with pytest.raises(Person.DoesNotExist):
        policy.get_person_for(world.actor(), as_given(str(person.pk)), TODAY)


def test_who_sees_nobody_has_an_empty_list(world: World) -> None:
    world.person("Jana", "Silberdistel")
    assert list(policy.listed(world.actor("operator"), TODAY)) == []
