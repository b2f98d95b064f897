"""What a person may demand: that data are held back, that a value is disputed, that a consent ends."""

from datetime import datetime
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.intake.domain import leave as leaves
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import ForeignField
from hilfefrei.apps.privacy import holdings, policy
from hilfefrei.apps.privacy.models import FieldNote, Hold
from hilfefrei.apps.privacy.workflows import CONSENTS, HoldKind
from hilfefrei.core import catalogue

# What the paying system owns, by field: a note goes to benefits as well, who have it put right there.
FOREIGN: dict[tuple[str, str], ForeignField] = {
    ("people.Person", "first_name"): ForeignField.NAME,
    ("people.Person", "last_name"): ForeignField.NAME,
    ("people.Person", "birth_date"): ForeignField.BIRTH_DATE,
    ("people.Number", "value"): ForeignField.NUMBER,
    ("people.Membership", "role"): ForeignField.UNIT,
    ("people.Membership", "valid_from"): ForeignField.UNIT,
    ("people.Membership", "valid_to"): ForeignField.UNIT,
}


@verb(Hold)
def hold(
    ledger: Ledger, *, actor: Actor, at: datetime, person_id: UUID, kind: HoldKind, cause: str, limit: bool, op: UUID | None = None
) -> Hold:
    """Keep what is held on a person although its period may be over; with ``limit`` nobody works with it meanwhile."""
    require(policy.may_hold(actor))
    person = locked(Person, person_id)
    if not cause.strip():
        raise Refused("Bitte nennen Sie das Zeichen des Vorgangs oder ein Stichwort, ohne Namen.", code="cause", field="cause")
    held = Hold.objects.filter(person=person, kind=kind, lifted_at=None).first()
    if held is None:
        held = Hold(jobcenter_id=actor.jobcenter_id, person=person, kind=kind, set_at=at, set_by_id=actor.id)
    held.cause = cause.strip()[:200]
    if limit:
        held.restriction = people.limit(actor=actor, at=at, person_id=person.pk)
    held.save()
    ledger.event("hold.set", held, subject=person.pk, kind=kind, cause=held.cause, limit=limit)
    return held


@verb(Hold)
def lift(ledger: Ledger, *, actor: Actor, at: datetime, hold_id: UUID, op: UUID | None = None) -> Hold:
    """The reason is gone: the next run deletes what is over, and the file may be worked with again."""
    require(policy.may_hold(actor))
    held = locked(Hold, hold_id)
    if held.lifted_at is not None:
        return held
    limit = held.restriction_id
    held.lifted_at, held.lifted_by_id, held.restriction = at, actor.id, None
    held.save(update_fields=["lifted_at", "lifted_by", "restriction"])
    if limit is not None and not Hold.objects.filter(restriction=limit, lifted_at=None).exists():
        people.end_limit(actor=actor, at=at, restriction_id=limit)
    ledger.event("hold.lifted", held, subject=held.person_id)
    return held


@verb(FieldNote)
def dispute(
    ledger: Ledger, *, actor: Actor, at: datetime, person_id: UUID, table: str, field: str, row_id: UUID, says: str, op: UUID | None = None
) -> FieldNote:
    """The person says that a value is wrong: it stays, what they say stands beside it (§ 84(2) SGB X).

    What the paying system owns is never edited here (rule 9): the note goes to benefits as a reported error too.
    Raises KeyError for a field that the catalogue does not know.
    """
    require(policy.may_note(actor))
    person = locked(Person, person_id)
    entry = catalogue.load().entry(table, field)
    if entry.zone in catalogue.NOT_FOR_BENEFITS:
        require(people_policy.may_see_placement(actor))
    if person.pk not in set().union(*holdings.owners(table, row_ids=[row_id]).values()):
        raise Refused("Diese Angabe gibt es in der Akte nicht mehr. Bitte laden Sie die Seite neu.", code="gone")
    if not says.strip():
        raise Refused("Bitte schreiben Sie, was die Person dazu sagt.", code="says", field="says")
    note = FieldNote.objects.filter(person=person, table=table, field=field, row_id=row_id, settled_at=None).first()
    if note is None:
        note = FieldNote(jobcenter_id=actor.jobcenter_id, person=person, table=table, field=field, row_id=row_id)
    note.says, note.noted_at, note.noted_by_id = says.strip()[:300], at, actor.id
    note.save()
    ledger.event("field.disputed", note, subject=person.pk, table=table, field=field, says=note.says)
    foreign = FOREIGN.get((table, field))
    if foreign is not None and people_policy.belongs_to_benefits(person):
        people.report_foreign_error(actor=actor, at=at, person_id=person.pk, what=foreign, text=f"Person bestreitet: {note.says}"[:200])
    return note


@verb(FieldNote)
def settle(ledger: Ledger, *, actor: Actor, at: datetime, note_id: UUID, result: str = "", op: UUID | None = None) -> FieldNote:
    """The matter is cleared: corrected where it stands, or agreed with the person."""
    require(policy.may_note(actor))
    note = locked(FieldNote, note_id)
    if note.settled_at is None:
        note.settled_at, note.settled_by_id, note.result = at, actor.id, result.strip()[:200]
        note.save(update_fields=["settled_at", "settled_by", "result"])
        ledger.event("field.settled", note, subject=note.person_id, result=note.result)
    return note


def withdraw(*, actor: Actor, at: datetime, person: Person, key: str, row_id: UUID, op: UUID | None = None) -> None:
    """Take back a consent: from this moment no list asks for it. Raises KeyError for one that there is not."""
    consent = {one.key: one for one in CONSENTS}[key]
    if consent.table == "intake.Leave":
        leaves.withdraw_calls(actor=actor, at=at, leave_id=row_id, op=op)
        return
    now = Person.objects.get(pk=person.pk)
    given = {"may_remind": now.may_remind, "may_follow_up": now.may_follow_up} | {consent.field: False}
    people.set_consent(actor=actor, at=at, person_id=person.pk, op=op, **given)
