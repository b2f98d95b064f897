"""What stands in the database after the loader: logins, stories, fences, and nothing that goes out."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.models import Outbox
from hilfefrei.apps.benefits import queries as benefits
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.models import ViaDate
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.queries import actor_of
from hilfefrei.apps.people import policy
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.queries import search
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.queries import hour_range, locate, search_text
from hilfefrei.core import clock
from hilfefrei.demo import load
from hilfefrei.www import practice

DAY = date(2026, 11, 24)
SMALL = {"units": 60, "vacancies": 600, "months": 1, "arrivals": 30}


def _actor(login: str) -> Actor:
    return actor_of(User.objects.get(username=login), DAY)


@pytest.fixture
def house(database: str, settings: Any) -> Iterator[Jobcenter]:
    settings.HILFEFREI_DEMO = True
    settings.HILFEFREI_DEMO_PASSWORD = load.PASSWORD
    load.build(DAY, size=SMALL)
    with scopes_disabled():
        found = Jobcenter.objects.get()
    with scope(jobcenter=found.pk):
        yield found


def test_refused_outside_training_and_where_somebody_is(house: Jobcenter, settings: Any) -> None:
    with pytest.raises(RuntimeError, match="reset"):
        load.build(DAY, size=SMALL)
    settings.HILFEFREI_DEMO = False
    with pytest.raises(RuntimeError, match="Übungsbetrieb"):
        load.build(DAY, size=SMALL)


def test_logins_and_what_is_kept_in_the_house(house: Jobcenter) -> None:
    users = {user.username: user for user in User.objects.filter(jobcenter_id=house.pk)}
    assert {login.username for login in load.LOGINS} <= set(users)
    assert len(users) == 60
    assert len({user.password for user in users.values()}) == 1
    assert check_password(load.PASSWORD, users["eingang"].password)
    assert all(user.is_demo for user in users.values())
    shown = practice.accounts()
    assert (shown[0].name, shown[0].username) == ("Nele Eisvogel", "eingang")
    assert {account.username for account in shown} == {login.username for login in load.LOGINS}
    # Half a year lies behind: no letter of that time may go out today.
    assert not Outbox.objects.exists()


def test_vacancies_are_as_an_own_one_would_be(house: Jobcenter) -> None:
    rows = list(Vacancy.objects.filter(source="demo").order_by("reference"))
    assert len(rows) == SMALL["vacancies"]
    assert [row.search_text for row in rows] == [search_text(row) for row in rows]
    paid = [row for row in rows if hour_range(row)]
    assert paid
    # What is paid in a month fits what is paid in an hour.
    for row in paid:
        low, high = hour_range(row) or (0, 0)
        assert 1300 <= low <= high <= 2700
        if row.hours_min and row.month_low_cents:
            assert abs(row.month_low_cents / float(row.hours_min) / 4.348 - low) < 15
    assert locate("37412") is not None


def test_the_morning_stands_on_the_board(house: Jobcenter) -> None:
    now, nele = clock.now(), _actor("eingang")
    waiting = queries.waiting(nele, now)
    assert len(waiting) == 10
    assert waiting[0].entry.person.full_name == "Kevin Fingerhut"
    assert (waiting[0].attempts, waiting[0].unconfirmed, bool(waiting[0].unanswered)) == (1, True, True)
    by_name = {line.entry.person.full_name: line for line in waiting}
    assert by_name["Nora Sanddorn"].entry.is_return
    assert by_name["Ahmad Lindenhof"].interpreter == "Sprachmittlung Arabisch"
    assert by_name["Marta Kirschbaum"].entry.taken_by == User.objects.get(username="eingang-sperling")
    assert [entry.person.full_name for entry in queries.later(nele, now)] == [
        "Selma Odermennig",
        "Bilal Wiesengrund",
        "Oksana Schneeball",
        "Uwe Moorlilie",
    ]
    assert [note.entry.person.full_name for note in queries.shift_notes(nele, DAY)] == ["Selma Odermennig"]
    assert "Jana Silberdistel" in {talk.entry.person.full_name for talk in queries.open_talks(nele, DAY)}
    assert {look.entry.person.full_name for look in queries.second_looks(nele, DAY)} == {"Anouk Distelfink", "Rolf Ysop"}
    assert {one.entry.person.full_name for one in queries.returned(nele, DAY)} == {"Ines Steindorn"}
    open_reports = [report.person.full_name for report in benefits.urgent(_actor("leistung"), DAY) if report.confirmed_at is None]
    assert sorted(open_reports) == ["Kevin Fingerhut", "Kevin Fingerhut", "Sabine Heidekraut"]
    assert ViaDate.objects.filter(cancelled_at__isnull=False).count() == 1


def test_dirt_is_found_and_the_protected_are_not(house: Jobcenter) -> None:
    nele = _actor("eingang")
    found = search(nele, day=DAY, name="Wiebke Hainbuche")
    assert [hit.name for hit in found.hits[:3]].count("Wiebke Hainbuche") == 2
    assert "Wibke Hainbuch" in {hit.name for hit in found.hits}
    protected = Person.objects.get(last_name="Weißdorn", first_name="Elsbeth")
    assert not policy.visible_to(nele, DAY).filter(pk=protected.pk).exists()
    assert policy.visible_to(_actor("leistung"), DAY).filter(pk=protected.pk).exists()
    assert protected.pk not in {hit.person_id for hit in search(nele, day=DAY, name="Weißdorn").hits}
    assert search(nele, day=DAY, name="Elsbeth Weißdorn", birth_date=date(1985, 3, 9)).hint is not None
