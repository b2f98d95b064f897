"""Who lives here, from the talk and from the page of the household alike: the same people see them, and papers follow."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, verb
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome
from hilfefrei.apps.benefits.queries import current_of
from hilfefrei.apps.intake.domain.conversation import compute_papers
from hilfefrei.apps.intake.models import AnswerSet, Entry
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Membership, Person
from hilfefrei.apps.people.workflows import MemberRole, Stay
from hilfefrei.core.days import berlin_day


@verb(Membership)
def join(
    _ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    role: MemberRole,
    valid_from: date | None = None,
    member_id: UUID | None = None,
    first_name: str = "",
    last_name: str = "",
    birth_date: date | None = None,
    stay: Stay = Stay.WHOLE,
    op: UUID | None = None,
) -> Membership:
    """Somebody lives with ``person_id``, new or found before (``member_id``).

    Without ``valid_from`` from the day of the application on; who belonged to another unit until later, from the day after.
    """
    made = people.add_member(
        actor=actor,
        at=at,
        person_id=person_id,
        role=role,
        valid_from=valid_from or _since_application(at, person_id, member_id),
        member_id=member_id,
        first_name=first_name,
        last_name=last_name,
        birth_date=birth_date,
        stay=stay,
    )
    _papers_follow(actor, at, [made.benefit_unit_id])
    return made


def _since_application(at: datetime, person_id: UUID, member_id: UUID | None) -> date:
    application = current_of(Person.objects.get(pk=person_id))
    joins = berlin_day(application.asked_at if application else at)
    if member_id is None:
        return joins
    elsewhere = Membership.objects.filter(person=member_id, valid_to__gte=joins, valid_to__lt=berlin_day(at))
    return max([joins, *(end + timedelta(days=1) for end in elsewhere.order_by("id").values_list("valid_to", flat=True) if end)])


@verb(Membership)
def leave(
    _ledger: Ledger, *, actor: Actor, at: datetime, membership_id: UUID, last_day: date, op: UUID | None = None
) -> Membership:
    """Somebody moves out; nobody is asked for their papers any more."""
    ended = people.leave_unit(actor=actor, at=at, membership_id=membership_id, last_day=last_day)
    _papers_follow(actor, at, [ended.benefit_unit_id])
    return ended


@verb(Membership)
def change_stay(
    _ledger: Ledger, *, actor: Actor, at: datetime, membership_id: UUID, stay: Stay, valid_from: date, reason: str, op: UUID | None = None
) -> Membership:
    """Somebody lives here wholly or on some days only from a day on (people.change_stay); the papers say which days to count."""
    changed = people.change_stay(actor=actor, at=at, membership_id=membership_id, stay=stay, valid_from=valid_from, reason=reason)
    _papers_follow(actor, at, [changed.benefit_unit_id])
    return changed


@verb(Membership)
def undo_stay(_ledger: Ledger, *, actor: Actor, at: datetime, membership_id: UUID, op: UUID | None = None) -> Membership:
    """Take the last change of the stay back, and what it asked for."""
    back = people.undo_stay(actor=actor, at=at, membership_id=membership_id)
    _papers_follow(actor, at, [back.benefit_unit_id])
    return back


@verb(Person)
def correct(_ledger: Ledger, *, actor: Actor, at: datetime, person_id: UUID, op: UUID | None = None, **given: Any) -> Person:
    """Correct the person (people.correct_person): with a birth date it is a child, and asked for the papers of one."""
    person = people.correct_person(actor=actor, at=at, person_id=person_id, **given)
    units = person.memberships.filter(valid_to=None).order_by("id").values_list("benefit_unit", flat=True)
    _papers_follow(actor, at, units)
    return person


def _papers_follow(actor: Actor, at: datetime, unit_ids: Iterable[UUID]) -> None:
    """The papers of each undecided application of these units. The list begins with the first answer, not before."""
    decided = ApplicationOutcome.objects.filter(revoked_at=None).values("application")
    for application in Application.objects.filter(benefit_unit__in=list(unit_ids)).exclude(pk__in=decided).order_by("asked_at", "id"):
        entry = Entry.objects.filter(application=application).order_by("-since", "id").first()
        if entry is not None and (AnswerSet.objects.filter(entry=entry).exists() or application.papers.exists()):
            compute_papers(actor=actor, at=at, entry_id=entry.pk)
