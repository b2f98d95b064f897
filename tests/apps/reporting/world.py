"""A small random house in the tables: units and receipt, applications, ways, facts, leaves. Bulk rows, no verbs."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hilfefrei.apps.benefits.models import (
    Application,
    ApplicationOutcome,
    Decision,
    Delivery,
    Integration,
    MonthlyAmount,
    Receipt,
)
from hilfefrei.apps.benefits.workflows import (
    Channel,
    DeliveryKind,
    DeliveryState,
    EndReason,
    IntegrationKind,
    IntegrationWay,
    Outcome,
)
from hilfefrei.apps.intake.models import AnswerSet, Conversation, Entry, Fact, FirstContact, Leave
from hilfefrei.apps.intake.workflows import EntryState, FactKind, LeaveAct, OfferKind
from hilfefrei.apps.people.models import BenefitUnit, Membership, Person
from hilfefrei.apps.people.workflows import MemberRole
from hilfefrei.core.periods import add_months
from tests.world import World, at

STATE = date(2026, 11, 20)
FIRST_MONTH = date(2024, 12, 1)


@dataclass
class House:
    """What was made, for the count by hand."""

    persons: list[Person] = field(default_factory=list)
    units: list[BenefitUnit] = field(default_factory=list)


def deliver(world: World, as_of: date = STATE, *tables: str) -> Delivery:
    """An applied delivery with this state of the data, of ``tables`` (else of receipt)."""
    return Delivery.objects.create(
        jobcenter_id=world.id, file_name="stand.zip", sha256="0" * 64, kind=DeliveryKind.NIGHTLY, as_of=as_of,
        state=DeliveryState.APPLIED, uploaded_at=at(), applied_at=at(),
        counts={"tables": {name: {} for name in tables or ("bezug",)}},
    )  # fmt: skip


def person(world: World, number: int, **more: object) -> Person:
    """A person without a verb, so that many cost little."""
    given = {"first_name": "Test", "last_name": f"Kiesel{number}", "sort_name": f"kiesel{number:04}", "sex": "w", "birth_date": date(1990, 1, 1)}
    return Person(jobcenter_id=world.id, callsign=1000 + number, created_at=at(), **(given | more))


def build(world: World, seed: int, people: int = 16) -> House:
    """Fill the tables of ``world`` by the dice of ``seed``."""
    dice = random.Random(seed)
    house = House()
    same = {"jobcenter_id": world.id}
    house.persons = [
        person(world, n, sex=dice.choice("wmd"), language=dice.choice(["de", "uk"]), birth_date=dice.choice([None, date(2004, 1, 1), date(1961, 5, 5)]))
        for n in range(people)
    ]
    Person.objects.bulk_create(house.persons)
    house.units = [BenefitUnit(created_at=at(), **same) for _ in range(people // 2)]
    BenefitUnit.objects.bulk_create(house.units)
    Membership.objects.bulk_create(
        Membership(
            person=p, benefit_unit=house.units[n // 2], role=MemberRole.APPLICANT if n % 2 == 0 else MemberRole.PARTNER,
            valid_from=date(2024, 1, 1), **same,
        )
        for n, p in enumerate(house.persons)
    )  # fmt: skip
    receipts, integrations, facts, decisions = [], [], [], []
    for n, who in enumerate(house.persons):
        day = date(2024, 10, 1) + timedelta(days=dice.randrange(500))
        for _ in range(dice.randrange(4)):
            end = day + timedelta(days=dice.choice([5, 31, 62, 120, 300]))
            runs = dice.random() < 0.2
            reason = "" if runs else dice.choice(EndReason.values)
            receipts.append(
                Receipt(person=who, benefit_unit=house.units[n // 2], starts=day, ends=None if runs else end, end_reason=reason, **same)
            )
            if runs:
                break
            day = end + timedelta(days=dice.choice([2, 8, 9, 32, 33, 93, 94, 200]))
        if dice.random() < 0.5:
            start = date(2025, 3, 1) + timedelta(days=dice.randrange(600))
            ended = start + timedelta(days=50) if dice.random() < 0.3 else None
            integrations.append(
                Integration(
                    person=who, started_on=start, ended_on=ended, kind=dice.choice(IntegrationKind.values),
                    way=dice.choice(IntegrationWay.values), **same,
                )
            )  # fmt: skip
        if dice.random() < 0.5:
            since = date(2025, 9, 1) + timedelta(days=dice.randrange(440))
            facts.append(
                Fact(
                    person=who, kind=dice.choice(FactKind.values), since=since, through_us=dice.choice([True, False, None]), source="Test",
                    until=since + timedelta(days=40) if dice.random() < 0.4 else None, recorded_at=at(),
                    revoked_at=at() if dice.random() < 0.1 else None, **same,
                )
            )  # fmt: skip
    for unit in house.units:
        if dice.random() < 0.4:
            kind = dice.choice(Outcome.values)
            decisions.append(
                Decision(benefit_unit=unit, kind=kind, decided_on=date(2025, 1, 10) + timedelta(days=dice.randrange(600)), **same)
            )
    Receipt.objects.bulk_create(receipts)
    Integration.objects.bulk_create(integrations)
    Fact.objects.bulk_create(facts)
    Decision.objects.bulk_create(decisions)
    MonthlyAmount.objects.bulk_create(
        MonthlyAmount(benefit_unit=unit, month=add_months(FIRST_MONTH, n), llu_cents=50_000, luh_cents=dice.choice([0, 45_067]), **same)
        for unit in house.units
        for n in range(24)
    )
    _entrance(world, dice, house)
    deliver(world)
    return house


def _entrance(world: World, dice: random.Random, house: House) -> None:
    same, user = {"jobcenter_id": world.id}, world.users["entrance"]
    for number, who in enumerate(house.persons):
        if dice.random() < 0.4:
            continue
        since = datetime(2026, 5, 1, 7, tzinfo=UTC) + timedelta(hours=dice.randrange(4900))
        since = min(since, at(8))
        application = None
        if dice.random() < 0.8:
            application = Application.objects.create(
                applicant=who, benefit_unit=house.units[number // 2], asked_at=since, effect_from=since.date().replace(day=1),
                channel=Channel.IN_PERSON, recorded_at=since, reference=f"T-{number}", **same,
            )  # fmt: skip
            if dice.random() < 0.6:
                ApplicationOutcome.objects.create(
                    application=application, kind=dice.choice(Outcome.values), recorded_at=at(), source="Bescheid",
                    decided_on=min(since.date() + timedelta(days=dice.choice([3, 40])), at().date()), **same,
                )  # fmt: skip
        contact = FirstContact.objects.create(
            person=who, application=application, contact_at=since, entered_at=since, channel=dice.choice(Channel.values), **same
        )
        offer = since + timedelta(hours=dice.choice([1, 30, 800])) if dice.random() < 0.7 else None
        entry = Entry.objects.create(
            person=who, application=application, first_contact=contact, since=since, state_since=since, state=EntryState.WAITING,
            first_offer_at=offer if offer and offer <= at() else None,
            first_offer_kind=OfferKind.COACHING if offer and offer <= at() else "", **same,
        )  # fmt: skip
        if dice.random() < 0.6:
            begun = min(since + timedelta(hours=dice.choice([0, 700])), at())
            Conversation.objects.create(entry=entry, started_at=begun, started_by=user, led_by=user, finished_at=begun, **same)
            if dice.random() < 0.7:
                AnswerSet.objects.create(entry=entry, group="work", catalogue="t", values={}, saved_at=begun, **same)
        if dice.random() < 0.3:
            said = min(since + timedelta(days=dice.choice([0, 20])), at())
            Leave.objects.create(
                entry=entry, application=application, act=dice.choice(LeaveAct.values), words="Ich lasse es.", explained_by=user,
                explained_at=said, at=said, second_due_on=said.date(), second_at=said if dice.random() < 0.5 else None,
                calls=[{"at": said.isoformat(), "by": "", "note": "reicht"}] if dice.random() < 0.5 else [],
                may_call=dice.random() < 0.5, **same,
            )  # fmt: skip
