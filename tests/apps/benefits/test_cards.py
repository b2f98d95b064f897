"""What a hit card says of money where no number of the paying system tells it: the applications here, for whoever may read."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hilfefrei.apps.benefits import domain, queries
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.benefits.workflows import Channel, Outcome
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import queries as found
from hilfefrei.apps.people.models import Number, Person
from hilfefrei.apps.people.workflows import MemberRole, NumberKind, RestrictionKind, Stay
from tests.world import TODAY, World, at

NOTHING = "kein Bezug bekannt"


def applied(world: World, person: Person) -> Application:
    return domain.record_application(
        actor=world.actor(), at=at(9, 0), person_id=person.pk, asked_at=at(8, 7, days=-14), channel=Channel.IN_PERSON
    )


def decided(world: World, application: Application, kind: Outcome = Outcome.GRANTED, **more: object) -> None:
    given = {"decided_on": date(2026, 11, 20), "source": "Bescheid", "granted_to": date(2027, 10, 31)} | more
    domain.record_outcome(actor=world.actor("benefits"), at=at(9, 30), application_id=application.pk, kind=kind, **given)


def says(world: World, person: Person, who: str = "entrance") -> str:
    actor = world.actor(who)
    hits = found.search(actor, day=TODAY, name=f"{person.last_name}, {person.first_name}").hits
    return {c.person_id: c.last_receipt for c in queries.with_applications(actor, hits, TODAY)}.get(person.pk, "no card")


def test_open_granted_over_and_none(world: World) -> None:
    person = world.person()
    assert says(world, person) == NOTHING
    application = applied(world, person)
    assert says(world, person) == "Antrag offen seit 10.11.2026"
    # Whoever takes a first contact is told so anyway, of whatever team.
    assert says(world, person, "other_team") == "Antrag offen seit 10.11.2026"
    decided(world, application)
    assert says(world, person) == "hier bewilligt ab 01.11.2026 bis 31.10.2027"


@pytest.mark.parametrize(
    ("granted", "words"),
    [
        ((date(2026, 11, 1), date(2027, 4, 30)), "hier bewilligt ab 01.11.2026 bis 30.04.2027"),
        ((date(2026, 12, 1), date(2027, 5, 31)), "hier bewilligt ab 01.12.2026 bis 31.05.2027"),
        ((date(2026, 11, 1), date(2026, 11, 23)), "hier bewilligt bis 23.11.2026"),
    ],
)
def test_a_grant_says_its_time(world: World, granted: tuple[date, date], words: str) -> None:
    person = world.person()
    decided(world, applied(world, person), granted_from=granted[0], granted_to=granted[1])
    assert says(world, person) == words


def test_how_it_ended_otherwise_reads_whoever_may_open_the_file(world: World) -> None:
    person = world.person()
    decided(world, applied(world, person), Outcome.REFUSED)
    assert says(world, person) == "Antrag abgelehnt am 20.11.2026"
    assert says(world, person, "other_team") == "Antrag entschieden am 20.11.2026"


@pytest.mark.parametrize(
    ("number_to", "before", "after"),
    [
        (None, "Leistung läuft · Antrag offen seit 10.11.2026", "Leistung läuft"),
        (
            date(2025, 8, 31),
            "zuletzt Leistung bis 31.08.2025 · Antrag offen seit 10.11.2026",
            "zuletzt Leistung bis 31.08.2025 · hier bewilligt ab 01.11.2026 bis 31.10.2027",
        ),
    ],
)
def test_beside_a_number_of_the_paying_system(world: World, number_to: date | None, before: str, after: str) -> None:
    person = world.person()
    unit = people.open_unit(actor=world.actor(), at=at(), applicant_id=person.pk, valid_from=date(2020, 3, 1))
    Number.objects.create(
        jobcenter=world.jobcenter, kind=NumberKind.UNIT, value="23102//0000001", benefit_unit=unit, valid_from=date(2020, 3, 1), valid_to=number_to
    )
    application = domain.record_application(
        actor=world.actor(), at=at(9, 0), person_id=person.pk, asked_at=at(8, 7, days=-14), channel=Channel.IN_PERSON, anyway=True
    )
    assert says(world, person) == before
    decided(world, application)
    assert says(world, person) == after


def test_the_household_and_linked_records_have_it_too(world: World) -> None:
    person = world.person()
    partner = people.add_member(
        actor=world.actor(), at=at(), person_id=person.pk, role=MemberRole.PARTNER, valid_from=TODAY, first_name="Ole", birth_date=date(1990, 1, 1)
    ).person
    kept = world.person("Wibke", "Hainbuche")
    people.link_duplicates(actor=world.actor(), at=at(), keep_id=kept.pk, other_id=person.pk, same=True, reason="Ausweis gesehen")
    decided(world, applied(world, person))
    assert says(world, partner) == "hier bewilligt ab 01.11.2026 bis 31.10.2027"
    assert says(world, kept) == "hier bewilligt ab 01.11.2026 bis 31.10.2027"


def test_of_protected_people_a_card_says_nothing(world: World) -> None:
    person = world.person()
    partner = people.add_member(
        actor=world.actor(), at=at(), person_id=person.pk, role=MemberRole.PARTNER, valid_from=TODAY, first_name="Ole", birth_date=date(1990, 1, 1)
    ).person
    decided(world, applied(world, person))
    assert says(world, partner, "colleague") == "hier bewilligt ab 01.11.2026 bis 31.10.2027"
    people.restrict(actor=world.actor(), at=at(), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert says(world, person, "colleague") == "no card"
    assert says(world, person) == NOTHING
    assert says(world, partner, "colleague") == NOTHING
    assert says(world, partner) == NOTHING


def test_the_card_of_a_child_says_nothing_of_where_it_is_on_some_days(world: World) -> None:
    mother, father = world.person(), world.person("Bert", "Ackerwinde", team="via2")
    child = people.add_member(
        actor=world.actor(), at=at(), person_id=father.pk, role=MemberRole.CHILD, valid_from=TODAY, first_name="Jonte", birth_date=date(2016, 5, 3)
    )
    people.add_member(
        actor=world.actor(), at=at(), person_id=mother.pk, role=MemberRole.CHILD, valid_from=TODAY, member_id=child.person_id, stay=Stay.PART
    )
    decided(world, applied(world, mother))
    assert says(world, mother) == "hier bewilligt ab 01.11.2026 bis 31.10.2027"
    assert says(world, child.person, "other_team") == NOTHING


def test_as_many_queries_for_one_card_as_for_three(world: World) -> None:
    actor = world.actor()
    counts = []
    for first in ("Jana", "Jane", "Jan"):
        decided(world, applied(world, world.person(first)))
        hits = found.search(actor, day=TODAY, name="Silberdistel").hits
        with CaptureQueriesContext(connection) as asked:
            assert {c.last_receipt for c in queries.with_applications(actor, hits, TODAY)} == {"hier bewilligt ab 01.11.2026 bis 31.10.2027"}
        counts.append((len(hits), len(asked)))
    assert counts == [(1, 5), (2, 5), (3, 5)]
