"""What stands in the database after the loader: logins, stories, fences, and nothing that goes out."""

from collections import Counter
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
from hilfefrei.apps.benefits.models import (
    Application,
    ApplicationOutcome,
    Contradiction,
    Decision,
    Delivery,
    DeliveryRow,
    Receipt,
    UrgentReport,
)
from hilfefrei.apps.benefits.workflows import DeliveryState
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.models import ViaDate
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.queries import actor_of
from hilfefrei.apps.people import policy
from hilfefrei.apps.people.models import Address, Number, Person, Responsibility
from hilfefrei.apps.people.queries import search
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.queries import hour_range, locate, search_text
from hilfefrei.core import clock
from hilfefrei.core.periods import add_months
from hilfefrei.demo import generator, load
from hilfefrei.demo.history import joined
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
    # Of the past half year nothing goes out today but what benefits have not confirmed yet.
    waiting = {str(pk) for pk in Application.objects.filter(confirmed_at=None, outcomes=None).values_list("pk", flat=True)}
    waiting |= {str(pk) for pk in UrgentReport.objects.filter(confirmed_at=None, closed_at=None).values_list("pk", flat=True)}
    assert waiting == set(Outbox.objects.values_list("key", flat=True)) != set()


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


# --- the importer's first customer --------------------------------------------------------------------------------------
def test_every_delivery_was_taken_over_and_refused_only_dirt(house: Jobcenter) -> None:
    told = joined.told(generator.generate(DAY, **SMALL), generator.SEED)
    taken = list(Delivery.objects.order_by("as_of"))
    assert [(one.as_of, one.state) for one in taken] == [(one.as_of, DeliveryState.APPLIED) for one in told]
    for one, delivery in zip(told, taken, strict=True):
        rules: Counter[str] = Counter()
        for (_, rule), count in one.wrong.items():
            rules[rule] += count
        assert delivery.counts["rules"] == rules
        assert delivery.counts["rejected"] + delivery.counts["duplicate"] == sum(rules.values())
    # As every night: rows of deliveries older than a quarter are gone, the others can be taken back.
    rows = DeliveryRow.objects.values_list("delivery__as_of", flat=True).distinct()
    assert max(rows) == told[-1].as_of
    assert min(rows) > add_months(DAY, -4)


def test_the_paying_system_says_of_our_applicants_what_we_say(house: Jobcenter) -> None:
    assert not Contradiction.objects.filter(settled_on=None).exists()
    decided = Decision.objects.exclude(reference="").select_related("application")
    assert decided.count() > 5
    for decision in decided:
        assert decision.application is not None
        assert decision.application.reference == decision.reference
        outcome = decision.application.outcomes.get(revoked_at=None)
        assert (outcome.kind, outcome.decided_on) == (decision.kind, decision.decided_on)
        assert (outcome.granted_from, outcome.granted_to) == (decision.granted_from, decision.granted_to)
        receipt = Receipt.objects.filter(person=decision.application.applicant_id, benefit_unit=decision.benefit_unit_id)
        assert receipt.filter(starts=decision.granted_from).exists()
    # What is told of a granted way before the last delivery came with one.
    last = Delivery.objects.latest("as_of").as_of
    assert last is not None
    granted = ApplicationOutcome.objects.filter(kind="granted", revoked_at=None, decided_on__lte=last)
    assert set(granted.values_list("application", flat=True)) == {decision.application_id for decision in decided}


def test_the_stock_has_what_the_house_adds(house: Jobcenter) -> None:
    told = generator.generate(DAY, **SMALL)
    numbers = dict(Number.objects.filter(kind="customer").values_list("value", "person_id"))
    homes = dict(Address.objects.filter(valid_to=None, kind="home").values_list("person_id", "street"))
    cared = set(Responsibility.objects.filter(kind="integration", valid_to=None).values_list("person_id", flat=True))
    names = {pk: rest for pk, *rest in Person.objects.values_list("pk", "first_name", "last_name", "sex", "language")}
    seen = 0
    for row in told.stock:
        for member, number in zip(row.household.members, row.customers, strict=True):
            if number in numbers and row.household.key != "s-weissdorn":
                person = numbers[number]
                assert names[person] == [member.first, member.last, member.sex, member.language]
                assert homes[person] == row.household.street
                assert member.role == "child" or person in cared
                seen += 1
    assert seen > 60
