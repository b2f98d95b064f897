"""Facts beside the application: with day and source, closing nothing; a claim to ALG leads to the Agentur and is counted apart."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome
from hilfefrei.apps.intake.domain import facts
from hilfefrei.apps.intake.models import Conversation, Entry, Fact
from hilfefrei.apps.intake.workflows import EntryState, FactKind
from tests import desk
from tests.world import TODAY, World, at


def add(world: World, entry: Entry, kind: FactKind = FactKind.WORK, **more: object) -> Fact:
    given = {"since": TODAY, "source": "Vertrag gesehen"} | more
    return facts.add_fact(actor=world.actor(), at=at(9, 30), person_id=entry.person_id, entry_id=entry.pk, kind=kind, **given)


def test_a_fact_closes_neither_application_nor_way(world: World) -> None:
    entry = desk.applicant(world)
    before = Application.objects.values().get()
    fact = add(world, entry, what="Elektrohelfer", hours=Decimal("19.5"), gross_cents=198_000, through_us=True)
    assert (fact.hours, fact.gross_cents, fact.recorded_by_id) == (Decimal("19.5"), 198_000, world.users["entrance"].pk)
    assert Application.objects.values().get() == before
    assert not ApplicationOutcome.objects.exists()
    entry.refresh_from_db()
    assert entry.state == EntryState.WAITING


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        (FactKind.WORK, {"source": " "}, "source"),
        (FactKind.BENEFIT_PAYS, {"since": TODAY + timedelta(days=1)}, "future"),
        (FactKind.WORK, {"since": TODAY + timedelta(days=367)}, "future"),
        (FactKind.COURSE, {"until": TODAY - timedelta(days=1)}, "period"),
    ],
)
def test_what_cannot_be_is_refused(world: World, kind: FactKind, more: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        add(world, desk.applicant(world), kind, **more)
    assert refusal.value.code == code
    assert not Fact.objects.exists()


def test_work_may_begin_later(world: World) -> None:
    assert add(world, desk.applicant(world), since=TODAY + timedelta(days=21)).since == date(2026, 12, 15)


def test_a_fact_is_taken_back_and_stays_to_be_seen(world: World) -> None:
    fact = add(world, desk.applicant(world))
    with pytest.raises(Refused):
        facts.revoke_fact(actor=world.actor(), at=at(9, 40), fact_id=fact.pk, reason="")
    facts.revoke_fact(actor=world.actor(), at=at(9, 40), fact_id=fact.pk, reason="beginnt doch nicht")
    again = facts.revoke_fact(actor=world.actor(), at=at(9, 50), fact_id=fact.pk, reason="noch einmal")
    assert (again.revoked_at, again.revoked_reason) == (at(9, 40), "beginnt doch nicht")


def test_benefits_writes_no_facts_of_placement(world: World) -> None:
    entry = desk.applicant(world)
    for who in ("benefits", "operator", "controller"):
        with pytest.raises(Forbidden):
            facts.add_fact(actor=world.actor(who), at=at(9, 30), person_id=entry.person_id, kind=FactKind.WORK, since=TODAY, source="x")


def test_a_claim_to_alg_leads_to_the_agentur_and_leaves_the_application(world: World) -> None:
    entry = desk.talking(world)
    before = Application.objects.values().get()
    with pytest.raises(Refused) as refusal:
        facts.refer_to_agency(actor=world.actor(), at=at(9, 40), entry_id=entry.pk, claim_until=date(2026, 12, 31), note=" ")
    assert refusal.value.code == "note"
    facts.refer_to_agency(actor=world.actor(), at=at(9, 40), entry_id=entry.pk, claim_until=date(2026, 12, 31), note="Sucht sofort Arbeit im Lager.")
    entry.refresh_from_db()
    assert entry.state == EntryState.REFERRED
    fact = Fact.objects.get()
    assert (fact.kind, fact.until, fact.what) == (FactKind.ALG_CLAIM, date(2026, 12, 31), "Sucht sofort Arbeit im Lager.")
    assert Application.objects.values().get() == before
    assert not Conversation.objects.filter(finished_at=None).exists()


@pytest.mark.parametrize(
    ("kind", "since"),
    [
        (FactKind.WORK, date(2024, 11, 23)),
        (FactKind.TRAINING, date(2006, 11, 24)),
        (FactKind.BENEFIT_PAYS, date(2004, 12, 31)),
    ],
)
def test_a_year_that_cannot_be_meant_is_asked_again(world: World, kind: FactKind, since: date) -> None:
    entry = desk.applicant(world)
    with pytest.raises(Refused) as refusal:
        facts.add_fact(actor=world.actor(), at=at(9, 30), person_id=entry.person_id, kind=kind, since=since, source="sagt sie selbst")
    assert (refusal.value.code, refusal.value.field) == ("too_old", "since")
    first = date(2005, 1, 1) if kind == FactKind.BENEFIT_PAYS else date(2024, 11, 24)
    facts.add_fact(actor=world.actor(), at=at(9, 30), person_id=entry.person_id, kind=kind, since=first, source="sagt sie selbst")
