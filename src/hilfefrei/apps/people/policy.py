"""Who sees a person. Access follows responsibility (team, period), never a grant per person.

Three zones: *contact* (name, numbers, how to reach: everyone responsible), *placement* (answers, offers, notes: entrance,
coach, case manager, their leads) and *benefits* (application, urgent reports, papers: also benefits).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import BooleanField, F, Func, Q, QuerySet, Subquery

from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.org.models import in_force
from hilfefrei.apps.people.models import ForeignError, Membership, Number, Person, PersonLink, Responsibility, Restriction
from hilfefrei.apps.people.workflows import MemberRole, NumberKind, ResponsibilityKind

KINDS_OF_ROLE: dict[Role, frozenset[str]] = {
    Role.ENTRANCE: frozenset({ResponsibilityKind.ENTRANCE}),
    Role.COACH: frozenset({ResponsibilityKind.ENTRANCE}),
    Role.CASE_MANAGER: frozenset({ResponsibilityKind.INTEGRATION}),
    Role.BENEFITS: frozenset({ResponsibilityKind.BENEFITS}),
    Role.TEAM_LEAD: frozenset(ResponsibilityKind.values),
}
PLACEMENT_ROLES = frozenset({Role.ENTRANCE, Role.COACH, Role.CASE_MANAGER})


def _kinds(actor: Actor) -> frozenset[str]:
    return frozenset().union(*(KINDS_OF_ROLE.get(role, frozenset()) for role in actor.roles))


def may_see_people(actor: Actor) -> bool:
    """Whether any person file can be visible to the actor; operator, controller and the like see none."""
    return bool(_kinds(actor))


def may_search(actor: Actor) -> bool:
    """Search before create: whoever takes first contacts, and benefits."""
    return actor.has(Role.ENTRANCE, Role.COACH, Role.CASE_MANAGER, Role.BENEFITS, Role.TEAM_LEAD)


def may_change(actor: Actor) -> bool:
    """Take people up, note where they live and how to reach them: whoever stands before them, and deliveries.

    Which person it is, ``get_person_for`` has said before.
    """
    return actor.kind != "user" or may_search(actor)


def may_set_numbers(actor: Actor) -> bool:
    """Numbers belong to the paying system: its deliveries and benefits write them, nobody else."""
    return actor.kind != "user" or actor.has(Role.BENEFITS)


def may_see_placement(actor: Actor) -> bool:
    """Whether the placement zone of visible persons is open to the actor; never to benefits."""
    return actor.has(*PLACEMENT_ROLES) or (actor.has(Role.TEAM_LEAD) and not actor.has(Role.BENEFITS))


def _in_charge(actor: Actor, day: date) -> QuerySet[Responsibility]:
    # A list of ids computed once; correlated per person, SQLite took ten seconds on 6,600 persons.
    return Responsibility.objects.filter(in_force(day), team__in=actor.teams | actor.leads, kind__in=_kinds(actor)).order_by()


def _responsible(actor: Actor, day: date) -> Q:
    return Q(pk__in=_in_charge(actor, day).values("person"))


T = TypeVar("T")
_kept: ContextVar[dict[object, Any] | None] = ContextVar("protected people while a page is read", default=None)


@contextmanager
def unchanging() -> Iterator[None]:
    """While a page only reads: who is protected, and which records are one human being, is asked once, not by each of its lists."""
    mark = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(mark)


def _once(key: object, ask: Callable[[], T]) -> T:
    kept = _kept.get()
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    found: T = kept[key]
    return found


def shut_ids(actor: Actor, day: date) -> set[UUID]:
    """Restricted, and the actor is not named. Substitution does not open a restricted file.

    A record linked to a restricted one is the same human being: what protects the one protects the other.
    """
    # Few files are restricted, so their ids are asked for first: nested into every list, the planner of PostgreSQL
    # took them for the place to begin with and needed 15 seconds.
    return with_links({person for person, named in _protections(day) if actor.id not in named})


def _protections(day: date) -> list[tuple[UUID, set[UUID]]]:
    """Each protection in force on ``day``: of whom, and who is named in it."""
    return _once(("protections", day), lambda: _ask_protections(day))


def _ask_protections(day: date) -> list[tuple[UUID, set[UUID]]]:
    found: dict[UUID, tuple[UUID, set[UUID]]] = {}
    for pk, person, user in Restriction.objects.filter(in_force(day)).order_by().values_list("pk", "person", "users"):
        found.setdefault(pk, (person, set()))[1].add(user)
    return list(found.values())


def _shut(actor: Actor, day: date) -> Q:
    return Q(pk__in=shut_ids(actor, day))


def with_links(held: set[UUID]) -> set[UUID]:
    """``held`` and all records linked to them, over any number of steps."""
    return held.union(*link_pairs(held))


def link_pairs(held: set[UUID]) -> set[tuple[UUID, UUID]]:
    """All links (kept record, other) by which one comes from ``held`` to another record, over any number of steps."""
    return _once(("links", frozenset(held)), lambda: _link_pairs(held)) if held else set()


def _link_pairs(held: set[UUID]) -> set[tuple[UUID, UUID]]:
    pairs, found, new = set[tuple[UUID, UUID]](), set(held), set(held)
    while new:
        met = PersonLink.objects.filter(Q(keep__in=new) | Q(other__in=new), same=True, undone_at=None)
        pairs.update(met.order_by().values_list("keep", "other"))
        new = set().union(*pairs) - found
        found |= new
    return pairs


def visible_to(actor: Actor, day: date, rows: "QuerySet[Person] | None" = None) -> QuerySet[Person]:
    """Persons whose file the actor may open on ``day``: own team responsible today, not restricted for others.

    A person named in a restriction sees the file through the restriction only if also responsible.
    """
    found = Person.objects.all() if rows is None else rows
    if not may_see_people(actor):
        return found.none()
    return found.filter(_responsible(actor, day)).exclude(_shut(actor, day))


class Among(Func):
    """Whether a key is one of the ids of a subquery.

    PostgreSQL makes the list first: left to itself it looks through everybody of the house for the few of a team.
    """

    output_field = BooleanField()
    template = "%(expressions)s"
    arg_joiner = " IN "

    def __init__(self, key: str, ids: "QuerySet[Any, Any]") -> None:
        super().__init__(F(key), Subquery(ids))

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """The condition."""
        return self.as_sql(compiler, connection, template="%(expressions)s)", arg_joiner=" = ANY(ARRAY", **extra)


def listed(actor: Actor, day: date) -> QuerySet[Person]:
    """As :func:`visible_to`, for a list of all of them."""
    return Person.objects.filter(Among("pk", visible_ids(actor, day))) if may_see_people(actor) else Person.objects.none()


def visible_ids(actor: Actor, day: date) -> "QuerySet[Any, Any]":
    """As :func:`visible_to`, the ids alone, to ask for what hangs on these people without asking for themselves."""
    return _once(("ids", actor, day), lambda: _visible_ids(actor, day))


def view_of(actor: Actor, day: date) -> tuple[object, ...]:
    """What decides whom the actor sees: two with the same see the same people."""
    return teams_of(actor), actor.roles, frozenset(shut_ids(actor, day))


def teams_of(actor: Actor) -> frozenset[UUID]:
    """Whose people are the actor's."""
    return actor.teams | actor.leads


# From here on it is cheaper to go through everybody whom one sees; one question takes 65,535 values.
MOST_ASKED = 2000


def visible_among(actor: Actor, person_ids: Iterable[UUID], day: date) -> set[UUID]:
    """Which of these people the actor may open, as :func:`visible_to`."""
    wanted = set(person_ids)
    if not wanted or not may_see_people(actor):
        return set()
    held = _in_charge(actor, day).values_list("person", flat=True)
    return wanted.intersection(held if len(wanted) > MOST_ASKED else held.filter(person__in=wanted)) - shut_ids(actor, day)


def _visible_ids(actor: Actor, day: date) -> "QuerySet[Any, Any]":
    return in_charge_ids(actor, day).exclude(person__in=shut_ids(actor, day))


def ever_of(actor: Actor, day: date) -> QuerySet[Person]:
    """Persons for whom the actor's teams are or were responsible, for figures without names; no file opens by this."""
    rows = Responsibility.objects.filter(team__in=actor.teams | actor.leads, kind__in=_kinds(actor), valid_from__lte=day)
    return Person.objects.filter(pk__in=rows.values("person")).exclude(_shut(actor, day))


def shut_for(actor: Actor, day: date) -> QuerySet[Person]:
    """Persons whose file is restricted on ``day`` and does not name the actor."""
    return Person.objects.filter(_shut(actor, day))


def ask_about_units(actor: Actor, unit_ids: Iterable[UUID], day: date) -> str:
    """Whom to ask ("Schutzstelle, 0 55 21 …") where a member of these units is shut for the actor; empty otherwise."""
    shut = shut_for(actor, day).filter(memberships__in=Membership.objects.filter(benefit_unit__in=list(unit_ids)))
    ids = list(shut.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return ""
    held = Restriction.objects.filter(in_force(day), person__in=ids).exclude(users=actor.id).order_by("valid_from", "id").first()
    return ", ".join(part for part in (held.ask, held.phone) if part) if held else "Schutzstelle"


def open_memberships(person: Person) -> list[Membership]:
    """The units in which the person lives now, the longest first."""
    return list(person.memberships.filter(valid_to=None).order_by("valid_from", "id"))


def memberships_shown(actor: Actor, person: Person, day: date, own: list[Membership] | None = None) -> list[Membership]:
    """The open memberships of ``person`` whose units the actor may read of in this file, the longest first.

    Who lives in one has that one. Of a child's two each reader gets the one whose grown-ups are theirs to see: the other
    parent may have fled. Whoever has neither of them (the case manager of a young person) gets those without protection.
    ``own``: :func:`open_memberships`, where they are known already.
    """
    own = open_memberships(person) if own is None else own
    if len(own) < 2:
        return own
    units = [m.benefit_unit_id for m in own]
    beside = Membership.objects.filter(benefit_unit__in=units, valid_to=None).exclude(person=person)
    grown = beside.exclude(role=MemberRole.CHILD).filter(person__in=visible_to(actor, day))
    seen = set(grown.values_list("benefit_unit", flat=True).order_by("benefit_unit"))
    if not seen:
        shut = set(beside.filter(person__in=shut_for(actor, day)).values_list("benefit_unit", flat=True).order_by("benefit_unit"))
        seen = set(units) - shut
    return [m for m in own if m.benefit_unit_id in seen]


def guarded(person_ids: Iterable[UUID], day: date) -> set[UUID]:
    """Which of these people are protected on ``day``: paper and tables do not name them, whoever prints (it may lie about).

    A record linked to a protected one is the same human being.
    """
    wanted = set(person_ids)
    if not wanted:
        return set()
    return wanted & with_links({person for person, _ in _protections(day)})


def hidden_from(actor: Actor, person_ids: Iterable[UUID], day: date) -> set[UUID]:
    """Which of these people have a file that is shut for the actor: pages count them and do not name them."""
    wanted = set(person_ids)
    return wanted & shut_ids(actor, day) if wanted else set()


def in_charge_ids(actor: Actor, day: date) -> "QuerySet[Any, Any]":
    """As :func:`in_charge`, the ids alone; whoever reads what hangs on them parts those of :func:`shut_ids` from the others."""
    return (_in_charge(actor, day) if may_see_people(actor) else Responsibility.objects.none()).values("person")


def in_charge(actor: Actor, day: date) -> QuerySet[Person]:
    """Everybody of the actor's teams, whether lists show them by name or (:func:`callsign_only`) as a number."""
    return Person.objects.filter(_responsible(actor, day)) if may_see_people(actor) else Person.objects.none()


def callsign_only(actor: Actor, day: date) -> QuerySet[Person]:
    """Persons of the actor's teams whose file is shut for the actor: lists show them as a number, and nothing else."""
    return in_charge(actor, day).filter(_shut(actor, day))


def get_person_for(actor: Actor, person_id: UUID, day: date) -> Person:
    """The person, or Person.DoesNotExist (404) when the actor may not know of the file."""
    person = in_charge(actor, day).get(pk=person_id)
    if person.pk in shut_ids(actor, day):
        raise Person.DoesNotExist
    return person


def may_protect(actor: Actor) -> bool:
    """Set and lift a restriction or safe contact: who stands before the person, or a lead."""
    return actor.has(Role.ENTRANCE, Role.CASE_MANAGER, Role.BENEFITS, Role.TEAM_LEAD)


def is_named(actor: Actor, restriction: Restriction) -> bool:
    """Whether the actor stands in the restriction; only such people change it."""
    return restriction.users.filter(pk=actor.id).exists()


def belongs_to_benefits(person: Person) -> bool:
    """Name and birth date belong to the paying system once it knows the person by a number of its own (rule 9)."""
    units = person.memberships.filter(valid_to=None).values("benefit_unit")
    return Number.objects.filter(Q(person=person) | Q(benefit_unit__in=units), valid_to=None).exists()


def unit_belongs_to_benefits(person_id: UUID, unit_id: UUID) -> bool:
    """Whether the paying system says if this person belongs to this unit: it knows both by a number of its own."""
    open_ = Number.objects.filter(valid_to=None)
    return (
        open_.filter(person=person_id, kind=NumberKind.CUSTOMER).exists()
        and open_.filter(benefit_unit=unit_id, kind=NumberKind.UNIT).exists()
    )


def may_settle_foreign(actor: Actor) -> bool:
    """Say that the paying system has been put right: benefits only."""
    return actor.has(Role.BENEFITS)


def foreign_errors_for(actor: Actor, day: date) -> QuerySet[ForeignError]:
    """Reported errors of persons visible to the actor."""
    return ForeignError.objects.filter(person__in=visible_to(actor, day))
