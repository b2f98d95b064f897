"""Who may do what on the way through ViA. Codes are those of ``workflows``."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.intake.models import Entry, Handover, Leave
from hilfefrei.apps.people import policy as people

PERMISSIONS: dict[str, frozenset[Role]] = {
    "first_contact": frozenset({Role.ENTRANCE, Role.COACH}),
    "talk": frozenset({Role.ENTRANCE, Role.COACH}),
    # Whoever takes a person on reads what was said and agreed, and asks nothing twice (§ 15(1) sentence 2 SGB II).
    "read_talk": frozenset({Role.ENTRANCE, Role.COACH, Role.CASE_MANAGER, Role.TEAM_LEAD}),
    "book": frozenset({Role.ENTRANCE, Role.COACH}),
    "attendance": frozenset({Role.ENTRANCE, Role.COACH}),
    "end": frozenset({Role.ENTRANCE, Role.COACH}),
    "facts": frozenset({Role.ENTRANCE, Role.COACH, Role.CASE_MANAGER}),
    "leave": frozenset({Role.ENTRANCE, Role.COACH}),
    "second_look": frozenset({Role.TEAM_LEAD, Role.ENTRANCE}),
    "answer_handover": frozenset({Role.CASE_MANAGER, Role.TEAM_LEAD}),
    "plan_dates": frozenset({Role.OPERATOR, Role.ENTRANCE, Role.TEAM_LEAD}),
    # Ask how it goes after work began or ViA ended; correct what was noted.
    "follow_up": frozenset({Role.ENTRANCE, Role.COACH, Role.CASE_MANAGER}),
    "call_list": frozenset({Role.ENTRANCE, Role.COACH}),
    "board": frozenset({Role.ENTRANCE, Role.COACH}),
    "week": frozenset({Role.ENTRANCE, Role.COACH, Role.CASE_MANAGER, Role.TEAM_LEAD}),
}


def may(actor: Actor, code: str) -> bool:
    """Whether a position of the actor carries the permission ``code`` (KeyError for an unknown one)."""
    return actor.has(*PERMISSIONS[code])


def open_ids(actor: Actor, day: date) -> "QuerySet[Any, Any]":
    """Ids of the persons who are visible to the actor and whose placement zone is open to them."""
    ids = people.visible_ids(actor, day)
    return ids if people.may_see_placement(actor) else ids.none()


def entries_for(actor: Actor, day: date) -> QuerySet[Entry]:
    """Entries whose person is visible to the actor and whose placement zone is open to them."""
    return Entry.objects.filter(person__in=open_ids(actor, day))


def counted_for(actor: Actor, day: date) -> QuerySet[Entry]:
    """Entries that a figure without names may count: of people for whom the actor's teams are or were responsible.

    Never for a list: whoever has left the team is not seen any more, but what became of the weeks there still counts.
    """
    if not people.may_see_placement(actor):
        return Entry.objects.none()
    return Entry.objects.filter(person__in=people.ever_of(actor, day))


def numbered_for(actor: Actor, day: date) -> QuerySet[Entry]:
    """Entries of the actor's teams whose file is shut for the actor: lists show a number and whom to ask."""
    if not people.may_see_placement(actor):
        return Entry.objects.none()
    return Entry.objects.filter(person__in=people.callsign_only(actor, day))


def get_entry_for(actor: Actor, entry_id: UUID, day: date) -> Entry:
    """The entry, or DoesNotExist (404)."""
    return entries_for(actor, day).get(pk=entry_id)


def handovers_for(actor: Actor, day: date) -> QuerySet[Handover]:
    """Hand-overs to the actor's teams or sent from them.

    The receiver sees the hand-over (name, two sentences, promises) before the person's file opens by acceptance.
    A restricted person is seen by those named in the restriction only, here as everywhere.
    """
    if not people.may_see_placement(actor):
        return Handover.objects.none()
    teams = actor.teams | actor.leads
    to_us = Handover.objects.filter(team__in=teams)
    from_us = Handover.objects.filter(entry__person__in=people.visible_ids(actor, day))
    return (to_us | from_us).exclude(entry__person__in=people.shut_for(actor, day))


def leaves_for(actor: Actor, day: date) -> QuerySet[Leave]:
    """Records of "then I leave it" of visible persons."""
    return Leave.objects.filter(entry__person__in=open_ids(actor, day))
