"""What generated inputs have found: each mended, each with the input that showed it."""

import time
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from hilfefrei.core import days
from tests import desk
from tests.world import World

Login = Callable[[str], Client]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-24T08:00:00", "gestern"])
def test_a_moment_whose_day_does_not_exist_is_none(moment: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - some are Python's own words
        days.parse_moment(moment)
    assert days.parse_moment("2026-11-24T08:00:00+01:00").hour == 8


def test_a_late_entry_in_the_year_one_is_no_error(world: World, login: Login) -> None:
    entry = desk.talking(world)
    answer = login("entrance").post(
        reverse("entrance:answers", args=[entry.pk, "health"]), {"capacity": "yes", "happened": "0001-01-01T00:00:00+14:00"}
    )
    assert answer.status_code == 404


def test_a_time_of_fifty_thousand_blanks_is_refused_at_once() -> None:
    started = time.process_time()
    with pytest.raises(ValueError, match="lesen wir nicht als Uhrzeit"):
        days.parse_time("8" + " " * 50_000 + "x")
    assert time.process_time() - started < 0.5


def test_a_file_number_that_no_field_holds_is_refused(world: World, login: Login) -> None:
    application = desk.applicant(world).application
    assert application is not None
    client = login("benefits")
    answer = client.post(reverse("benefits:confirm", args=[application.pk]), {"file_number": "9" * 31}, follow=True)
    assert "Ein Aktenzeichen hat höchstens 30 Zeichen" in answer.content.decode()
    application.refresh_from_db()
    assert application.confirmed_at is None


def test_a_nul_gets_a_sentence_wherever_it_stands(world: World, login: Login) -> None:
    application = desk.applicant(world).application
    assert application is not None
    client = login("benefits")
    for answer in (
        client.post(reverse("benefits:revoke", args=[application.pk]), {"reason": "war\x00falsch"}),
        client.get(reverse("benefits:list"), {"stand": "a\x00"}),
    ):
        assert answer.status_code == 400
        assert "Nullzeichen" in answer.content.decode()
