"""Who is responsible after ViA, and when the entrance lets go of the file. Called inside verbs, which have asked for the right.

Access follows responsibility and its period. A former client is nobody's to look at: the entrance lets go on the day ViA
ends, unless a named colleague stays the one to call, or something agreed is still to be done.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.models import Entry, Fact, Handover
from hilfefrei.apps.intake.workflows import EndKind, EntryState, FactKind, HandoverState
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Membership, Responsibility
from hilfefrei.apps.people.workflows import ResponsibilityKind
from hilfefrei.core import follow_up
from hilfefrei.core.days import berlin_day
from hilfefrei.core.periods import add_months

# § 16g(2) SGB II: services up to six months after work began, also where the need has ended.
FOLLOW_UP_MONTHS = 6
INTO_WORK = frozenset({EndKind.WORK, EndKind.TRAINING})
# Whoever stops by choice or is out of reach still has an application or benefit: somebody stays responsible for them.
SOMEBODY_STAYS = frozenset({EndKind.OWN_WISH, EndKind.NO_CONTACT})


def next_of(
    actor: Actor, at: datetime, entry: Entry, *, kind: EndKind, team_id: UUID | None, user_id: UUID | None
) -> tuple[UUID, UUID] | None:
    """(team, colleague) of the entrance who stays responsible when ViA ends as ``kind``; None: the entrance lets go.

    - Handed over: only when somebody has taken the person on, and then that is who is responsible.
    - Into work or training: whoever is responsible now does the follow-up, unless somebody else is chosen.
    - By own wish, or no contact: while an application or benefit runs somebody must be; nobody is chosen beforehand.
    - Moved, Agentur, another benefit, by mistake: nobody has to be.

    Another team than the entrance takes somebody on by accepting a hand-over, never by being chosen here.
    """
    day = berlin_day(at)
    taken_on = queries.responsible(entry.person_id, ResponsibilityKind.INTEGRATION, day)
    held = queries.responsible(entry.person_id, ResponsibilityKind.ENTRANCE, day)
    if kind == EndKind.HANDED_OVER and taken_on is None:
        raise _nobody_accepted(entry)
    if team_id is not None and user_id is not None:
        if taken_on is not None and (team_id, user_id) == (taken_on.team_id, taken_on.user_id):
            return None
        if kind == EndKind.HANDED_OVER:
            raise Refused(
                "Bei „übergeben“ ist zuständig, wer angenommen hat. Bitte wählen Sie hier niemanden.", code="handed_over", field="next"
            )
        if held is None or held.team_id != team_id or not queries.works_in(team_id, user_id, day):
            raise Refused(
                "Ein anderes Team muss die Person erst annehmen. Bitte übergeben Sie zuerst, oder wählen Sie jemanden aus Ihrem Team.",
                code="not_accepted",
                field="next",
            )
        return team_id, user_id
    if kind in INTO_WORK and taken_on is None and held is not None:
        who = next((u for u in (held.user_id, entry.taken_by_id, actor.id) if u and queries.works_in(held.team_id, u, day)), actor.id)
        return held.team_id, who
    if kind in SOMEBODY_STAYS:
        check_nobody(at, entry, "Bitte wählen Sie, wer, oder übergeben Sie zuerst.")
    return None


def _nobody_accepted(entry: Entry) -> Refused:
    waiting = Handover.objects.filter(entry=entry, state=HandoverState.SENT).select_related("user").first()
    if waiting is not None:
        return Refused(
            f"{waiting.user.get_full_name()} hat die Übergabe noch nicht angenommen. Bis dahin bleibt ViA zuständig.",
            code="not_accepted",
            field="kind",
        )
    return Refused(
        "Noch hat niemand die Person angenommen. Bitte übergeben Sie zuerst, oder wählen Sie, wie ViA sonst endet.",
        code="not_accepted",
        field="kind",
    )


def check_nobody(at: datetime, entry: Entry, what_to_do: str) -> None:
    """Refused where an application or benefit runs and nobody else is responsible for integration."""
    day = berlin_day(at)
    if queries.responsible(entry.person_id, ResponsibilityKind.INTEGRATION, day) is not None:
        return
    why = queries.needs_somebody(entry, day)
    if why:
        raise Refused(f"{why} Deshalb bleibt jemand zuständig. {what_to_do}", code="next", field="next")


def stay(actor: Actor, at: datetime, entry: Entry, who: tuple[UUID, UUID], *, kind: EndKind, ended_on: date) -> None:
    """A colleague of the entrance stays responsible: after work began for six months, with consent until the last question
    after twelve; else while it is needed."""
    day = berlin_day(at)
    held = people.assign(
        actor=actor,
        at=at,
        person_id=entry.person_id,
        kind=ResponsibilityKind.ENTRANCE,
        team_id=who[0],
        user_id=who[1],
        valid_from=day,
        reason="Nachbetreuung nach ViA" if kind in INTO_WORK else "nach ViA",
    )
    if kind in INTO_WORK:
        facts = Fact.objects.filter(person=entry.person_id, kind__in=[FactKind.WORK, FactKind.TRAINING], revoked_at=None)
        began = facts.order_by("-since", "id").values_list("since", flat=True).first() or ended_on
        last_day = add_months(began, FOLLOW_UP_MONTHS) - timedelta(days=1)
        if entry.person.may_follow_up:
            last_day = add_months(began, max(follow_up.MONTHS)) + follow_up.LAPSES
        people.release(actor=actor, at=at, responsibility_id=held.pk, last_day=max(last_day, ended_on, day))
    _household(actor, at, entry, held, last_day=ended_on)


def let_go(actor: Actor, at: datetime, entry: Entry, *, last_day: date, asked_until: date | None = None) -> None:
    """The entrance sees the file until ``last_day``, today at least; what is agreed and still open keeps it, without a name.

    What the office has promised for a later day is kept first, unless somebody has taken the person on, promises included.
    ``asked_until``: the last day on which the person has agreed to be asked how it goes; it keeps her file alone.
    """
    day = berlin_day(at)
    held = queries.responsible(entry.person_id, ResponsibilityKind.ENTRANCE, day)
    if held is None or _other_way(entry):
        return
    if queries.open_duties(entry.person_id).exists():
        people.assign(
            actor=actor,
            at=at,
            person_id=entry.person_id,
            kind=ResponsibilityKind.ENTRANCE,
            team_id=held.team_id,
            valid_from=day,
            reason="zweiter Blick oder Anruf steht noch aus",
        )
    else:
        taken_on = queries.responsible(entry.person_id, ResponsibilityKind.INTEGRATION, day)
        promised = None if taken_on else queries.last_promise(entry.person_id, at)
        last_day = max(last_day, day, promised or day)
        asked = None if taken_on else asked_until
        people.release(actor=actor, at=at, responsibility_id=held.pk, last_day=max(last_day, asked or last_day))
    _household(actor, at, entry, held, last_day=last_day)


def keep(actor: Actor, at: datetime, entry: Entry) -> None:
    """Something was agreed after the end: where the entrance was about to let go, it stays until that is done."""
    day = berlin_day(at)
    held = queries.responsible(entry.person_id, ResponsibilityKind.ENTRANCE, day)
    if entry.state != EntryState.ENDED or held is None or held.valid_to is None:
        return
    if held.user_id is None or held.valid_to <= day:
        let_go(actor, at, entry, last_day=day)


def settle(actor: Actor, at: datetime, entry: Entry) -> None:
    """Something agreed was done after ViA: was it the last thing that kept the file here, the entrance lets go today.

    A colleague who stays by choice is named; who has no name is there for what is still open.
    """
    held = queries.responsible(entry.person_id, ResponsibilityKind.ENTRANCE, berlin_day(at))
    if held is None or held.valid_to is not None or held.user_id is not None:
        return
    if entry.state == EntryState.ENDED and not queries.open_duties(entry.person_id).exists():
        let_go(actor, at, entry, last_day=berlin_day(at))


def take_back(actor: Actor, at: datetime, entry: Entry) -> None:
    """The end was taken back: the team that was the entrance is it again, from the same day without a gap."""
    last = Responsibility.objects.filter(person=entry.person_id, kind=ResponsibilityKind.ENTRANCE).order_by("-valid_from", "id").first()
    if last is None:
        return
    day = berlin_day(at)
    members = [row.person_id for row in _of_members(entry, last.team_id, day) if row.valid_to is not None]
    for person_id in [entry.person_id, *members]:
        people.assign(
            actor=actor,
            at=at,
            person_id=person_id,
            kind=ResponsibilityKind.ENTRANCE,
            team_id=last.team_id,
            valid_from=day,
            reason="ViA geht weiter",
        )


def _other_way(entry: Entry) -> bool:
    """Whether another way of the same person is not ended yet."""
    return Entry.objects.filter(person=entry.person_id).exclude(pk=entry.pk).exclude(state=EntryState.ENDED).exists()


def _of_members(entry: Entry, team_id: UUID, day: date) -> list[Responsibility]:
    """The entrance of those in the household who never had a way of their own: children, by whose parent they came here."""
    # Step by step: as one query the planner of PostgreSQL took everybody of the house before the few of this household.
    living = Membership.objects.filter(valid_to=None)
    units = list(living.filter(person=entry.person_id).order_by("id").values_list("benefit_unit", flat=True))
    people_there = set(living.filter(benefit_unit__in=units).values_list("person", flat=True)) - {entry.person_id}
    people_there -= set(Entry.objects.filter(person__in=people_there).values_list("person", flat=True))
    return list(
        Responsibility.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=day), person__in=people_there, kind=ResponsibilityKind.ENTRANCE, team=team_id
        ).order_by("person", "id")
    )


def _household(actor: Actor, at: datetime, entry: Entry, held: Responsibility, *, last_day: date) -> None:
    """Who was seen only as part of the household is let go with it, unless somebody they live with is still on the way.

    A child may live in two households: one of them is enough.
    """
    members = _of_members(entry, held.team_id, berlin_day(at))
    living = Membership.objects.filter(valid_to=None)
    homes = list(living.filter(person__in=[row.person_id for row in members]).order_by("id").values_list("person", "benefit_unit"))
    there = list(living.filter(benefit_unit__in={unit for _, unit in homes}).order_by("id").values_list("person", "benefit_unit"))
    on_the_way = set(
        Entry.objects.exclude(state=EntryState.ENDED).filter(person__in={one for one, _ in there}).values_list("person", flat=True)
    )
    busy = {unit for one, unit in there if one in on_the_way}
    still = {one for one, unit in homes if unit in busy}
    day = berlin_day(at)
    for row in members:
        if row.valid_to is None and row.person_id not in still:
            people.release(actor=actor, at=at, responsibility_id=row.pk, last_day=max(last_day, day))
