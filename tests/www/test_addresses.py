"""Addresses of ids are looked up once per name and are those of the long way."""

from uuid import uuid4

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, reverse

from hilfefrei.www.addresses import address

ONE, OTHER = uuid4(), uuid4()


@pytest.mark.parametrize("name", ["entrance:board", "account_login"])
def test_without_ids(name: str) -> None:
    assert address(name) == address(name) == reverse(name)


@pytest.mark.parametrize("given", [ONE, OTHER])
def test_with_an_id(given: object) -> None:
    assert address("entrance:conversation", given) == reverse("entrance:conversation", args=[given])  # type: ignore[arg-type]  # ids


def test_what_is_not_known_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(NoReverseMatch):
            address("entrance:nowhere", ONE)


def test_the_tag_takes_ids_and_other_words() -> None:
    page = Template(
        '{% load hilfefrei %}{% url "entrance:conversation" one %} {% url "entrance:month_cases" "talk" %} '
        '{% url "entrance:conversation" entry_id=one %}{% url "people:detail" one as held %} {{ held }}'
    )
    way, month, named, person = page.render(Context({"one": ONE})).split()
    assert way == named == reverse("entrance:conversation", args=[ONE])
    assert month == reverse("entrance:month_cases", args=["talk"])
    assert person == reverse("people:detail", args=[ONE])


def test_another_table_has_its_own_addresses(settings: object) -> None:
    known = address("entrance:board")
    settings.ROOT_URLCONF = "hilfefrei.www.entrance.urls"  # type: ignore[attr-defined]  # pytest-django
    with pytest.raises(NoReverseMatch):
        address("entrance:board")
    settings.ROOT_URLCONF = "hilfefrei.www.urls"  # type: ignore[attr-defined]  # pytest-django
    assert address("entrance:board") == known
