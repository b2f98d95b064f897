"""A single person wants to be erased (Art. 17 DSGVO): noted, decided by another, told, and only then done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import AccessEvent, Event
from hilfefrei.apps.benefits.models import DeliveryRow
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Membership, Person
from hilfefrei.apps.people.workflows import MemberRole, RestrictionKind
from hilfefrei.apps.privacy import due, tasks
from hilfefrei.apps.privacy.domain import rights, wishes
from hilfefrei.apps.privacy.models import Erasure, ErasureWish
from hilfefrei.apps.privacy.workflows import WISH_MOVES, Ground, HoldKind, Stays, WishState
from tests import desk
from tests.apps.privacy.lives import everything, found, mark, over, rows_of
from tests.support.reading import whole
from tests.world import TODAY, World, at

WORD = "Zaunwicke"
Login = Callable[[str], Client]


def asked(world: World, person: Any, ground: Ground = Ground.NOT_NEEDED, who: str = "entrance") -> ErasureWish:
    return wishes.ask(actor=world.actor(who), at=at(10), person_id=person, ground=ground, cause="Brief vom Montag")


def decided(world: World, wish: ErasureWish, goes: set[str] | None = None, **more: Any) -> ErasureWish:
    """``goes`` None: everything; what does not go stays for the task."""
    there = set(due.present([wish.person_id]))
    gone = there if goes is None else goes
    return wishes.decide(
        actor=world.actor("director"), at=at(10, 5), wish_id=wish.pk, day=TODAY, goes=gone, stays=dict.fromkeys(there - gone, Stays.TASK), **more
    )


def done(world: World, wish: ErasureWish, folder: Path) -> ErasureWish:
    wishes.told(actor=world.actor(), at=at(10, 6), wish_id=wish.pk)
    tasks.erase_wished(world.id, at(10, 7), folder)
    wish.refresh_from_db()
    return wish


def test_every_state_is_reached_and_none_is_left_by_surprise() -> None:
    assert set(WISH_MOVES) == set(WishState.values)
    reached = {to for moves in WISH_MOVES.values() for to in moves} | {WishState.ASKED}
    assert reached == set(WishState.values)


def test_recorded_by_mistake_a_whole_file_goes_and_the_chain_still_holds(world: World, tmp_path: Path) -> None:
    person = everything(world)
    mark(person, WORD)
    wish = decided(world, asked(world, person, Ground.MISTAKE), answer=f"{WORD} war nie bei uns.")
    assert "identity" in wish.goes
    assert Person.objects.filter(pk=person).exists(), "first the letter"
    tasks.erase_wished(world.id, at(10, 6), tmp_path)
    assert Person.objects.filter(pk=person).exists(), "first the letter"
    wish = done(world, wish, tmp_path)
    assert wish.state == WishState.DONE
    assert rows_of(person) == set()
    assert found(WORD) == []
    assert found("Silberdistel") == []
    assert audit.verify(world.id).problems == ()
    # What is left says that, when and by whom, never of whom; a restored database forgets it again.
    assert (wish.cause, wish.answer) == ("", "")
    log = tasks.read_log(tasks.log_file(world.id, tmp_path))
    assert {line["run"] for line in log} == {str(wish.pk)}
    assert Erasure.objects.get(table="people.Person").by == world.users["director"].pk
    assert Event.objects.filter(verb="erasure.done", object_id=wish.pk).count() == 1
    # A second round changes nothing.
    wishes.carry_out(actor=system(world.id), at=at(10, 8), wish_id=wish.pk, day=TODAY)
    assert Erasure.objects.count() == len(log)


def test_a_part_goes_and_the_rest_stays_with_its_reason(world: World, tmp_path: Path) -> None:
    person = everything(world)
    held = rows_of(person)
    wish = done(world, decided(world, asked(world, person), {"placement", "health", "dates"}), tmp_path)
    assert wish.state == WishState.DONE
    assert wish.stays["application"] == Stays.TASK
    kept = rows_of(person)
    assert {"benefits.Application", "people.Person", "people.Membership"} <= kept
    for gone in ("intake.AnswerSet", "intake.FollowUp", "intake.Fact", "benefits.Integration"):
        assert gone in held
        assert gone not in kept
    assert audit.verify(world.id).problems == ()


@pytest.mark.parametrize(
    ("ground", "why"), [(Ground.NOT_NEEDED, Stays.PERIOD), (Ground.CONSENT, Stays.PERIOD), (Ground.MISTAKE, None)]
)
def test_a_duty_to_keep_cannot_be_overruled(world: World, ground: Ground, why: Stays | None) -> None:
    person = everything(world)
    # Over since yesterday, and the ten years have begun.
    assert wishes.duties([person], ground, TODAY + timedelta(days=40)).get("application") == why
    if why is not None:
        with pytest.raises(Refused, match="kann nicht weg"):
            decided(world, asked(world, person, ground))


def test_an_open_application_is_needed_and_one_of_two_is_shared(world: World) -> None:
    entry = desk.applicant(world)
    assert wishes.duties([entry.person_id], Ground.NOT_NEEDED, TODAY)["application"] == Stays.TASK
    other = world.person("Tarek", "Mondviole")
    people.join_unit(
        actor=world.actor(), at=at(9, 5), person_id=other.pk, unit_id=entry.application.benefit_unit_id, role=MemberRole.PARTNER, valid_from=TODAY
    )
    assert wishes.duties([entry.person_id], Ground.MISTAKE, TODAY)["application"] == Stays.SHARED


def test_nothing_of_the_others_in_the_household_goes(world: World, tmp_path: Path) -> None:
    person = everything(world)
    other = world.person("Tarek", "Mondviole")
    unit = Membership.objects.get(person=person, valid_to=None).benefit_unit_id
    people.join_unit(actor=world.actor(), at=at(9, 5), person_id=other.pk, unit_id=unit, role=MemberRole.PARTNER, valid_from=TODAY)
    over(other.pk)
    before = rows_of(other.pk)
    done(world, decided(world, asked(world, person), {"placement", "health"}), tmp_path)
    assert rows_of(other.pk) == before
    assert "intake.AnswerSet" not in rows_of(person)


def test_four_eyes_and_every_kind_is_answered(world: World) -> None:
    person = everything(world)
    with pytest.raises(Forbidden):
        asked(world, person, who="controller")
    wish = asked(world, person)
    with pytest.raises(Refused, match="schon ein Löschwunsch offen"):
        asked(world, person)
    given: dict[str, Any] = {"at": at(10), "wish_id": wish.pk, "day": TODAY, "goes": [], "stays": {}}
    for who in ("data_protection", "entrance", "operator", "controller"):
        with pytest.raises(Forbidden):
            wishes.decide(actor=world.actor(who), **given)
    with pytest.raises(Refused, match="Bitte entscheiden Sie auch über"):
        wishes.decide(actor=world.actor("director"), **given)
    # One human who holds both posts is still one human.
    both = world.actor("entrance")
    both = replace(both, roles=both.roles | world.actor("director").roles)
    with pytest.raises(Refused, match="Vier Augen"):
        wishes.decide(actor=both, **given)
    refused = decided(world, wish, set())
    assert refused.state == WishState.REFUSED
    with pytest.raises(Refused, match="schon entschieden"):
        decided(world, wish)
    assert Erasure.objects.count() == 0
    # Refused is no end for ever: with a new reason it is asked anew.
    assert asked(world, person, Ground.OBJECTION).pk != wish.pk


def test_what_is_held_back_waits(world: World, tmp_path: Path) -> None:
    person = everything(world)
    wish = asked(world, person)
    hold = rights.hold(actor=world.actor("data_protection"), at=at(10), person_id=person, kind=HoldKind.CLAIM, cause="R 4", limit=False)
    with pytest.raises(Refused, match="Vormerkung"):
        decided(world, wish, {"placement"})
    rights.lift(actor=world.actor("data_protection"), at=at(10), hold_id=hold.pk)
    wish = decided(world, wish, {"placement"})
    hold = rights.hold(actor=world.actor("data_protection"), at=at(10, 6), person_id=person, kind=HoldKind.CLAIM, cause="R 5", limit=False)
    wish = done(world, wish, tmp_path)
    assert (wish.state, wish.waits) == (WishState.TOLD, HoldKind.CLAIM.label)
    rights.lift(actor=world.actor("data_protection"), at=at(10, 7), hold_id=hold.pk)
    tasks.erase_wished(world.id, at(10, 8), tmp_path)
    wish.refresh_from_db()
    assert (wish.state, wish.waits) == (WishState.DONE, "")
    assert not DeliveryRow.objects.exists()


def test_nobody_who_thinks_better_of_it_is_erased(world: World, tmp_path: Path) -> None:
    person = everything(world)
    wish = decided(world, asked(world, person), {"placement"})
    wishes.withdraw(actor=world.actor(), at=at(10, 6), wish_id=wish.pk)
    with pytest.raises(Refused, match="noch keine Entscheidung"):
        wishes.told(actor=world.actor(), at=at(10, 6), wish_id=wish.pk)
    tasks.erase_wished(world.id, at(10, 7), tmp_path)
    assert Erasure.objects.count() == 0


def test_from_the_desk_to_the_letter(world: World, login: Login) -> None:
    person = desk.applicant(world).person
    client = login("entrance")
    assert "Die Person möchte, dass gelöscht wird" in whole(client.get(reverse("people:data", args=[person.pk])))
    assert client.get(reverse("people:wish_answer", args=[person.pk])).status_code == 404
    assert client.post(reverse("people:wish", args=[person.pk]), {"ground": "weil"}).status_code == 422
    assert client.post(reverse("people:wish", args=[person.pk]), {"ground": "not_needed"}).status_code == 302
    wish = ErasureWish.objects.get()
    assert "Antwort bis 24.12.2026" in whole(client.get(reverse("people:data", args=[person.pk])))
    assert client.get(reverse("privacy:wishes")).status_code in {403, 404}
    lead = login("director")
    assert "1 Löschwunsch" in whole(lead.get(reverse("shared:overview")))
    listed = whole(lead.get(reverse("privacy:wishes")))
    assert f"Nummer {person.callsign}" in listed
    shown = whole(lead.get(reverse("privacy:wish", args=[wish.pk])))
    assert "Silberdistel" not in listed + shown
    for reason in Stays:
        # Once among the sentences of the letter; that of the open application also in its line: it stays, without anybody's choice.
        assert shown.count(reason.label) == (2 if reason == Stays.TASK else 1), reason
    there = due.present([person.pk])
    sent = {f"w-{key}": "task" if key == "application" else "go" for key in there}
    refused = lead.post(reverse("privacy:wish_decide", args=[wish.pk]), {"version": "1", "w-application": "task"})
    assert refused.status_code == 422
    assert "Bitte entscheiden Sie auch über" in whole(refused)
    assert lead.post(reverse("privacy:wish_decide", args=[wish.pk]), sent | {"version": "1", "answer": "Ihr Antrag läuft."}).status_code == 302
    client = login("entrance")
    letter = client.get(reverse("people:wish_answer", args=[person.pk]))
    assert letter["Content-Type"] == "application/pdf"
    assert AccessEvent.objects.filter(page="people:wish_answer", person_ids=[str(person.pk)]).count() == 1
    assert client.post(reverse("people:act", args=[person.pk, "loeschbrief-raus"])).status_code == 302
    wish.refresh_from_db()
    assert wish.state == WishState.TOLD
    assert "Brief ist raus, wird gelöscht" in whole(client.get(reverse("people:data", args=[person.pk])))


def test_a_letter_to_data_protection_is_taken_down_by_number(world: World, login: Login) -> None:
    person = world.person("Jana", "Silberdistel")
    client = login("data_protection")
    sent = {"number": "99999999", "ground": "mistake"}
    assert "Diese Nummer kennen wir nicht." in whole(client.post(reverse("privacy:wishes"), sent))
    made = client.post(reverse("privacy:wishes"), sent | {"number": str(person.callsign)})
    assert made.status_code == 302
    assert "Silberdistel" not in whole(client.get(made["Location"]))
    assert "Entscheiden muss eine zweite Person" in whole(client.get(made["Location"]))
    assert client.post(reverse("privacy:wish_decide", args=[ErasureWish.objects.get().pk]), {"version": "1"}).status_code == 403
    assert login("director").post(reverse("privacy:wishes"), sent).status_code == 403


def test_a_protected_person_asks_at_the_desk_that_is_named(world: World, login: Login) -> None:
    person = desk.applicant(world).person
    people.restrict(actor=world.actor("colleague"), at=at(9, 30), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert login("entrance").post(reverse("people:wish", args=[person.pk]), {"ground": "not_needed"}).status_code == 404
    assert login("colleague").post(reverse("people:wish", args=[person.pk]), {"ground": "not_needed"}).status_code == 302
