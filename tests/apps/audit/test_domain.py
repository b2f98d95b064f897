"""The write path: repeats, nesting, the chain and what breaks it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit import triggers
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.models import AccessEvent, AccessSeal, ChainHead, Event, EventPayload, Operation
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import ChannelKind
from tests.world import TODAY, World, at


def test_same_op_gives_first_result_and_writes_once(world: World) -> None:
    actor, op = world.actor(), uuid4()
    first = people.create_person(actor=actor, at=at(), last_name="Silberdistel", op=op)
    second = people.create_person(actor=actor, at=at(), last_name="Ganz Anders", op=op)
    assert second.pk == first.pk
    assert Person.objects.count() == 1
    assert Event.objects.filter(verb="person.created").count() == 1


def test_same_op_of_another_actor_is_another_act(world: World) -> None:
    op = uuid4()
    people.create_person(actor=world.actor(), at=at(), last_name="Silberdistel", op=op)
    people.create_person(actor=world.actor("colleague"), at=at(), last_name="Silberdistel", op=op)
    assert Person.objects.count() == 2


def test_op_of_another_verb_is_refused(world: World) -> None:
    actor, op = world.actor(), uuid4()
    person = people.create_person(actor=actor, at=at(), last_name="Silberdistel", op=op)
    with pytest.raises(Refused, match="neu") as refusal:
        people.set_channel(
            actor=actor, at=at(), person_id=person.pk, kind=ChannelKind.PHONE, value="1", valid_from=TODAY, op=op
        )
    assert refusal.value.code == "op_reused"


def test_refused_verb_leaves_nothing(world: World) -> None:
    op = uuid4()
    with pytest.raises(Refused):
        people.create_person(actor=world.actor(), at=at(), birth_date=TODAY + timedelta(1), op=op)
    assert not Operation.objects.filter(op=op).exists()
    assert not Event.objects.exists()


def test_naive_moment_is_an_error(world: World) -> None:
    with pytest.raises(TypeError, match="aware"):
        people.create_person(actor=world.actor(), at=at().replace(tzinfo=None), last_name="Silberdistel")


def test_event_row_carries_no_name(world: World) -> None:
    people.create_person(actor=world.actor(), at=at(), first_name="Jana", last_name="Silberdistel")
    event = Event.objects.get(verb="person.created")
    row = str([getattr(event, field.attname) for field in Event._meta.fields])
    assert "Silberdistel" not in row
    assert EventPayload.objects.get(event_id=event.id).data["last_name"] == "Silberdistel"


def test_chain_holds_and_counts_erased_payloads(world: World) -> None:
    for number in range(5):
        people.create_person(actor=world.actor(), at=at(), last_name=f"Distel {number}")
    EventPayload.objects.filter(event_id=Event.objects.get(seq=3).id).delete()
    verdict = audit.verify(world.id)
    assert verdict.problems == ()
    assert (verdict.events, verdict.payloads_erased) == (5, 1)


def _without_trigger(name: str, sql: str, parameters: list[object]) -> None:
    """What somebody with full rights on the database could do."""
    table = name.rsplit("_no_", 1)[0]
    on = "" if connection.vendor == "sqlite" else f" ON {table}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")
        cursor.execute(sql, parameters)


@pytest.mark.parametrize(
    ("trigger", "sql", "complaint"),
    [
        ("audit_event_no_update", "UPDATE audit_event SET verb = 'x' WHERE seq = 2", "Ereignis 2 passt nicht"),
        ("audit_event_no_delete", "DELETE FROM audit_event WHERE seq = 2", "Lücke vor Ereignis 3"),
        ("audit_event_no_delete", "DELETE FROM audit_event WHERE seq = 3", "Das Ende der Kette fehlt"),
        ("audit_eventpayload_no_update", "UPDATE audit_eventpayload SET data = '{}'", "Inhalt von Ereignis 1"),
    ],
)
def test_tampering_is_found(world: World, trigger: str, sql: str, complaint: str) -> None:
    for number in range(3):
        people.create_person(actor=world.actor(), at=at(), last_name=f"Distel {number}")
    _without_trigger(trigger, sql, [])
    assert any(complaint in problem for problem in audit.verify(world.id).problems)


def test_work_that_goes_on_is_no_false_alarm(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        people.create_person(actor=world.actor(), at=at(), last_name=f"Distel {number}")
    fits, done = audit._fits, []

    def meanwhile(event: Event) -> bool:
        if not done:
            done.append(people.create_person(actor=world.actor(), at=at(), last_name="Inzwischen"))
        return fits(event)

    monkeypatch.setattr(audit, "_fits", meanwhile)
    verdict = audit.verify(world.id)
    assert done
    assert (verdict.problems, verdict.payloads_erased) == ((), 0)


def test_events_behind_the_head_are_found(world: World) -> None:
    for number in range(3):
        people.create_person(actor=world.actor(), at=at(), last_name=f"Distel {number}")
    second = Event.objects.get(seq=2)
    ChainHead.objects.update(seq=2, hash=second.hash)
    assert audit.verify(world.id).problems == ("Das Ende der Kette fehlt",)


def test_cut_tail_with_matching_head_is_found_by_the_anchor(world: World) -> None:
    for number in range(3):
        people.create_person(actor=world.actor(), at=at(), last_name=f"Distel {number}")
    before = audit.verify(world.id)
    second = Event.objects.get(seq=2)
    _without_trigger("audit_event_no_delete", "DELETE FROM audit_event WHERE seq = 3", [])
    ChainHead.objects.update(seq=2, hash=second.hash)
    assert audit.verify(world.id).problems == ()
    assert audit.verify(world.id, anchor=(before.head_seq, before.head_hash)).problems


@pytest.mark.parametrize("table", ["audit_event", "audit_eventpayload", "audit_accessevent"])
def test_record_cannot_be_changed(world: World, table: str) -> None:
    people.create_person(actor=world.actor(), at=at(), last_name="Distel")
    audit.log_access(actor=world.actor(), kind="open", page="people:detail", person_ids=[uuid4()], at=at())
    column = "salt" if table == "audit_eventpayload" else "page" if table == "audit_accessevent" else "verb"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = 'x'")


@pytest.mark.parametrize("table", ["audit_event", "audit_accessevent"])
def test_record_cannot_be_deleted(world: World, table: str) -> None:
    people.create_person(actor=world.actor(), at=at(), last_name="Distel")
    audit.log_access(actor=world.actor(), kind="open", page="people:detail", person_ids=[uuid4()], at=at())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def test_replace_cannot_pass_the_triggers(world: World) -> None:
    if connection.vendor != "sqlite":
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE audit_event CASCADE")
        return
    people.create_person(actor=world.actor(), at=at(), last_name="Distel")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event")


def test_all_triggers_are_installed(world: World) -> None:
    assert triggers.missing() == set()


def test_access_is_sealed_once_and_change_is_found(world: World) -> None:
    actor = world.actor()
    for _ in range(3):
        audit.log_access(actor=actor, kind="open", page="people:detail", person_ids=[uuid4()], at=at(9, 0))
    audit.log_access(actor=actor, kind="search", page="people:list", person_ids=[uuid4(), uuid4()], at=at(9, 41))
    seal = audit.seal_access(actor=actor, at=at(), before=at(9, 40))
    assert seal is not None
    assert seal.count == 3
    assert audit.seal_access(actor=actor, at=at(), before=at(9, 40)) is None
    later = audit.seal_access(actor=actor, at=at(10), before=at(10))
    assert later is not None
    assert (later.count, AccessSeal.objects.count(), AccessEvent.objects.count()) == (1, 2, 4)
    assert audit.verify(world.id).problems == ()
    _without_trigger("audit_accessevent_no_update", "UPDATE audit_accessevent SET page = 'x' WHERE id = %s", [seal.first_id])
    assert any("Zugriffe" in problem for problem in audit.verify(world.id).problems)


def test_lock_outside_a_transaction_is_an_error(transactional_db: None, django_db_setup: str) -> None:
    with pytest.raises(RuntimeError, match="locks nothing"):
        audit.locked(Person, uuid4())


def test_a_link_is_the_canonical_list_of_its_values(world: World) -> None:
    people.create_person(actor=world.actor(), at=at(), last_name="Silberdistel")
    event = Event.objects.get()
    event.verb, event.fields, event.subject_id = 'gr"ü\\ße', ["Größe", 'a"b'], None
    values = [getattr(event, name) for name in audit._SIGNED]
    plain = [int(v.timestamp() * 1_000_000) if hasattr(v, "timestamp") else v if isinstance(v, (int, list)) else str(v or "") for v in values]
    assert audit._link(values) == audit._canonical(plain)
