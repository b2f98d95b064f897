"""Somebody wants to be erased out of turn (Art. 17 DSGVO): noted by one, decided by another, told to the person, then done."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.privacy import due, policy
from hilfefrei.apps.privacy.domain import erasing
from hilfefrei.apps.privacy.models import ErasureWish, Hold
from hilfefrei.apps.privacy.workflows import WISH_MOVES, Ground, Stays, WishState
from hilfefrei.core import catalogue

NEW_DUTY = "seit der Entscheidung ist eine Pflicht zum Aufbewahren dazugekommen"


@verb(ErasureWish)
def ask(
    ledger: Ledger, *, actor: Actor, at: datetime, person_id: UUID, ground: Ground, cause: str = "", op: UUID | None = None
) -> ErasureWish:
    """Note that somebody wants to be erased. Nothing goes by this; the answer is due within a month (Art. 12 Abs. 3 DSGVO)."""
    require(policy.may_note_wish(actor))
    person = locked(Person, person_id)
    # Records of one human being have one wish.
    key = min(people.linked_ids(person.pk))
    try:
        with transaction.atomic():
            wish = ErasureWish.objects.create(
                jobcenter_id=actor.jobcenter_id, person_id=key, ground=ground, cause=cause.strip()[:200], asked_by_id=actor.id, asked_at=at
            )
    except IntegrityError:
        raise Refused("Für diese Person ist schon ein Löschwunsch offen. Bitte zuerst den entscheiden lassen.", code="open") from None
    ledger.event("erasure.asked", wish, subject=person.pk, ground=ground, cause=wish.cause)
    return wish


def duties(person_ids: Iterable[UUID], ground: Ground, day: date) -> dict[str, Stays]:
    """Periods that cannot be granted on ``day`` and why: what a decision may not overrule."""
    ids = list(person_ids)
    there = due.present(ids)
    found: dict[str, Stays] = {}
    if "application" in there:
        if due.shared(ids):
            found["application"] = Stays.SHARED
        elif ground != Ground.MISTAKE:
            ends = [clock["application"] for clock in due.clocks(ids, day).values()]
            period = catalogue.load().retentions["application"]
            if any(end is None for end in ends):
                found["application"] = Stays.TASK
            elif any(end is not None and period.over_on(end) > day for end in ends):
                found["application"] = Stays.PERIOD
    return found


@verb(ErasureWish)
def decide(
    ledger: Ledger, *, actor: Actor, at: datetime, wish_id: UUID, day: date, goes: Iterable[str], stays: Mapping[str, Stays], answer: str = "",
    version: int | None = None, op: UUID | None = None,
) -> ErasureWish:
    """Say of every period that the person has something in whether it goes, or why it stays. Nothing is erased yet: first the letter.

    Raises Refused where one is left out, where the same human decides who noted it, where a duty forbids it, and while the file is held back.
    """
    require(policy.may_decide_wish(actor))
    wish = locked(ErasureWish, wish_id, version=version)
    if wish.state != WishState.ASKED:
        raise Refused("Über diesen Löschwunsch ist schon entschieden.", code="state")
    if wish.asked_by_id == actor.id:
        raise Refused("Vier Augen: Wer den Löschwunsch aufgenommen hat, entscheidet nicht. Bitte eine zweite Person.", code="same_person")
    persons = people.linked_ids(wish.person_id)
    there, gone = due.present(persons), frozenset(goes)
    if left := sorted(there.keys() - gone - stays.keys()):
        raise Refused(f"Bitte entscheiden Sie auch über „{catalogue.load().retentions[left[0]].title}“: löschen, oder warum nicht.", code="left")
    for key, why in duties(persons, Ground(wish.ground), day).items():
        if key in gone:
            raise Refused(f"„{catalogue.load().retentions[key].title}“ kann nicht weg: {why.label}", code="duty")
    wish.goes = sorted(gone & there.keys())
    # Nothing is held under any period, or all of it goes: then the record itself goes too.
    if not stays.keys() & there.keys():
        wish.goes = sorted({*wish.goes, "identity"})
    if wish.goes and Hold.objects.filter(person__in=persons, lifted_at=None).exists():
        raise Refused("Für diese Person ist eine Vormerkung offen. Bitte erst klären, dann löschen.", code="held")
    wish.stays = {key: str(why) for key, why in stays.items() if key in there and key not in gone}
    wish.counts, wish.answer = there, answer.strip()[:300]
    wish.state = WishState.GRANTED if wish.goes else WishState.REFUSED
    wish.decided_by_id, wish.decided_at = actor.id, at
    wish.version += 1
    wish.save()
    ledger.event("erasure.decided", wish, subject=wish.person_id, goes=wish.goes, stays=wish.stays, answer=wish.answer)
    return wish


@verb(ErasureWish)
def withdraw(ledger: Ledger, *, actor: Actor, at: datetime, wish_id: UUID, op: UUID | None = None) -> ErasureWish:
    """The person thinks better of it, or it was noted by mistake. Possible until the letter is out."""
    require(policy.may_note_wish(actor))
    wish = locked(ErasureWish, wish_id)
    if WishState.WITHDRAWN not in WISH_MOVES[wish.state]:
        raise Refused("Dieser Löschwunsch lässt sich nicht mehr zurückziehen.", code="state")
    wish.state = WishState.WITHDRAWN
    wish.version += 1
    wish.save(update_fields=["state", "version"])
    ledger.event("erasure.withdrawn", wish, subject=wish.person_id)
    return wish


@verb(ErasureWish)
def told(ledger: Ledger, *, actor: Actor, at: datetime, wish_id: UUID, op: UUID | None = None) -> ErasureWish:
    """The letter is out (it needs the name, so it comes first). What was granted goes with the next round of the background service."""
    require(policy.may_note_wish(actor))
    wish = locked(ErasureWish, wish_id)
    if wish.state not in {WishState.GRANTED, WishState.REFUSED}:
        raise Refused("Zu diesem Löschwunsch gibt es noch keine Entscheidung, oder der Brief ist schon raus.", code="state")
    if wish.told_at is None:
        wish.told_at, wish.told_by_id = at, actor.id
        if wish.state == WishState.GRANTED:
            wish.state = WishState.TOLD
        wish.version += 1
        wish.save(update_fields=["told_at", "told_by", "state", "version"])
        ledger.event("erasure.told", wish, subject=wish.person_id)
    return wish


@verb(ErasureWish)
def carry_out(ledger: Ledger, *, actor: Actor, at: datetime, wish_id: UUID, day: date, op: UUID | None = None) -> ErasureWish:
    """Erase what was granted, as it is *now*; where something holds it back meanwhile it waits and says why. A second call changes nothing."""
    wish = locked(ErasureWish, wish_id)
    if wish.state != WishState.TOLD:
        return wish
    persons = frozenset(people.linked_ids(wish.person_id))
    # Nobody adds to a file while it goes.
    list(Person.objects.filter(pk__in=persons).select_for_update(of=("self",)).order_by("pk"))
    plan = due.granted(due.Granted(persons, frozenset(wish.goes)), day)
    why = plan.held
    if not why and duties(persons, Ground(wish.ground), day).keys() & set(wish.goes):
        why = NEW_DUTY
    if not why and "identity" in wish.goes and not any(part.table == due.PERSON and not part.fields for part in plan.parts):
        why = erasing.HANGS
    if why:
        if wish.waits != why:
            wish.waits = why
            wish.save(update_fields=["waits"])
            ledger.event("erasure.waits", wish, subject=wish.person_id)
        return wish
    erasing.erase(ledger, at=at, by=wish.decided_by_id or actor.id, run_id=wish.pk, parts=plan.parts)
    wish.refresh_from_db()
    wish.state, wish.done_at, wish.waits = WishState.DONE, at, ""
    wish.version += 1
    wish.save()
    ledger.event("erasure.done", wish, subject=wish.person_id)
    return wish
