"""A retention run: dry first, four eyes, household by household; the chain verifies and nothing of the person is left."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.benefits.models import Receipt
from hilfefrei.apps.people import policy
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.privacy import due, holdings, tasks
from hilfefrei.apps.privacy.domain import rights, runs
from hilfefrei.apps.privacy.models import Erasure, RetentionItem, RetentionRun
from hilfefrei.apps.privacy.workflows import HoldKind, ItemState, RunState
from tests.apps.privacy.lives import LATER, everything, found, mark, moment, rows_of
from tests.world import TODAY, World, at

WORD = "Zaunwicke"


def released(world: World, day: date = LATER) -> RetentionRun:
    """A run that was looked at and released on ``day``."""
    now = moment(day)
    run = runs.ask(actor=world.actor("data_protection"), at=now)
    tasks.check(world.id, now, run.pk)
    return runs.release(actor=world.actor("director"), at=now, run_id=run.pk)


def test_every_table_about_people_leads_to_them_and_has_a_clock() -> None:
    assert holdings.forgotten() == []
    assert due.unclocked() == []
    assert {"people.Person", "intake.AnswerSet", "benefits.MonthlyAmount", "people.Restriction_users"} <= set(holdings.tables())


def test_a_table_is_deleted_before_what_it_points_to() -> None:
    order = list(holdings.tables())
    for label, model in holdings.tables().items():
        for key in holdings.keys(model):
            target = key.related_model._meta.label
            if target in order and target != label:
                assert order.index(label) < order.index(target), (label, target)


def test_a_whole_file_goes_and_the_chain_still_holds(world: World, tmp_path: Path) -> None:
    person = everything(world)
    number = Person.objects.get(pk=person).callsign
    assert mark(person, WORD) > 30
    assert len(rows_of(person)) > 25
    assert len(found(WORD)) > 25
    before = audit.verify(world.id)
    assert before.payloads_erased == 0
    run = released(world)
    assert run.counts["identity"]["people.Person"] >= 1
    assert tasks.work(world.id, moment(LATER), tmp_path) == run.items.count()
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert not Person.objects.filter(pk=person).exists()
    assert rows_of(person) == set()
    assert found(WORD) == []
    assert found("Silberdistel") == []
    after = audit.verify(world.id)
    assert after.problems == ()
    assert after.payloads_erased > 20
    assert after.events > before.events
    assert not EventPayload.objects.filter(event_id__in=Event.objects.filter(subject_id=person).values("id")).exists()
    assert RetentionItem.objects.exclude(state=ItemState.DONE).count() == 0
    # The log knows keys and no content.
    assert Erasure.objects.filter(table="people.Person", row_ids=[str(person)]).exists()
    assert str(number) not in {part for done in Erasure.objects.all() for part in done.fields}


def test_short_periods_go_first(world: World, tmp_path: Path) -> None:
    """Half a year after the way: health alone; after two years placement, and what the application holds stays."""
    person = everything(world)
    run = released(world, TODAY + timedelta(days=200))
    assert set(run.counts) == {"health"}
    tasks.work(world.id, moment(TODAY + timedelta(days=200)), tmp_path)
    kept = rows_of(person)
    assert {"intake.Entry", "intake.AnswerSet", "benefits.Application"} <= kept
    run = released(world, TODAY + timedelta(days=800))
    assert set(run.counts) == {"placement", "dates"} | ({"reach"} & set(run.counts))
    tasks.work(world.id, moment(TODAY + timedelta(days=800)), tmp_path)
    kept = rows_of(person)
    assert "intake.AnswerSet" not in kept
    assert "intake.FollowUp" not in kept
    # The declaration is kept ten years, so the way and the contact stay as empty shells.
    assert {"intake.Leave", "intake.Entry", "intake.FirstContact", "benefits.Application", "people.Person"} <= kept
    assert audit.verify(world.id).problems == ()


def test_nothing_goes_while_benefits_run_or_the_application_is_open(world: World) -> None:
    person = everything(world)
    Receipt.objects.filter(person=person).update(ends=None)
    plans = list(due.plans(LATER))
    assert all(part.retention not in {"application", "identity"} for plan in plans for part in plan.parts)


def test_a_hold_keeps_everything_and_shuts_the_file(world: World, tmp_path: Path) -> None:
    person = everything(world)
    held = rights.hold(
        actor=world.actor("data_protection"), at=at(10), person_id=person, kind=HoldKind.COMPLAINT, cause="Zeichen 12", limit=True
    )
    assert person in policy.guarded([person], TODAY)
    run = released(world)
    assert run.held == {"offene Beschwerde": 1}
    tasks.work(world.id, moment(LATER), tmp_path)
    assert Person.objects.filter(pk=person).exists()
    rights.lift(actor=world.actor("data_protection"), at=moment(LATER), hold_id=held.pk)
    assert person not in policy.guarded([person], LATER)
    released(world, LATER)
    tasks.work(world.id, moment(LATER), tmp_path)
    assert not Person.objects.filter(pk=person).exists()


def test_whoever_comes_back_between_the_two_looks_is_left_alone(world: World, tmp_path: Path) -> None:
    person = everything(world)
    run = released(world)
    Receipt.objects.filter(person=person).update(ends=None)
    tasks.work(world.id, moment(LATER), tmp_path)
    assert Person.objects.filter(pk=person).exists()
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_four_eyes(world: World) -> None:
    now = moment(LATER)
    with pytest.raises(Forbidden):
        runs.ask(actor=world.actor("director"), at=now)
    run = runs.ask(actor=world.actor("data_protection"), at=now)
    with pytest.raises(Refused, match="läuft schon"):
        runs.ask(actor=world.actor("data_protection"), at=now)
    with pytest.raises(Refused, match="wartet nicht"):
        runs.release(actor=world.actor("director"), at=now, run_id=run.pk)
    tasks.check(world.id, now, run.pk)
    for who in ("data_protection", "operator", "entrance", "controller"):
        with pytest.raises(Forbidden):
            runs.release(actor=world.actor(who), at=now, run_id=run.pk)
    # One human who holds both posts is still one human.
    both = world.actor("data_protection")
    both = replace(both, roles=both.roles | world.actor("director").roles)
    with pytest.raises(Refused, match="Vier Augen"):
        runs.release(actor=both, at=now, run_id=run.pk)
    with pytest.raises(Refused, match="älter als 30 Tage"):
        runs.release(actor=world.actor("director"), at=now + timedelta(days=31), run_id=run.pk)
    with pytest.raises(Refused, match="warum nicht"):
        runs.discard(actor=world.actor("director"), at=now, run_id=run.pk)
    assert runs.discard(actor=world.actor("director"), at=now, run_id=run.pk, answer="Stichtag falsch").state == RunState.DISCARDED
    assert Erasure.objects.count() == 0


def test_a_dry_run_in_stretches_finds_the_same(world: World) -> None:
    """The worker calculates some households at a time; one that is done twice counts once."""
    person = everything(world)
    for number in range(4):
        world.person(f"Tarek{number}", "Mondviole")
    now = moment(LATER)
    first = runs.ask(actor=world.actor("data_protection"), at=now)
    whole = tasks.check(world.id, now, first.pk)
    assert whole.state == RunState.CHECKED
    counts, items = whole.counts, sorted(tuple(i.person_ids) for i in whole.items.all())
    runs.discard(actor=world.actor("director"), at=now, run_id=first.pk, answer="noch einmal")
    second = runs.ask(actor=world.actor("data_protection"), at=now)
    rounds = 0
    while tasks.check(world.id, now, second.pk, most=2).state == RunState.ASKED:
        rounds += 1
    assert rounds >= 2
    second.refresh_from_db()
    assert second.counts == counts
    assert sorted(tuple(i.person_ids) for i in second.items.all()) == items
    assert any(str(person) in ids for ids in items)
    runs.store(actor=world.actor("director"), at=now, run_id=second.pk, day=LATER, plans=list(due.plans(LATER)), begun="")
    second.refresh_from_db()
    assert second.counts == counts
