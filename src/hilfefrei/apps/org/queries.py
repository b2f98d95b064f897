"""Reads of the organisation: who is in office, span, absence."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.org.models import Absence, Jobcenter, Position, Room, Team, in_force
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.papers.data import Office

# So long after somebody else has set its password or taken its second factor a login turns no key: its holder has noticed by then.
KEY_WAITS = timedelta(days=7)


def actor_of(user: User, day: date) -> Actor:
    """The actor that ``user`` is on ``day``: roles and teams of the positions held, substitutions of that day.

    A substitute gets the teams of the absent colleague, not the role.
    """
    # In no order: by name would mean a join in two questions of every page.
    positions = list(Position.objects.filter(in_force(day), holder=user).order_by())
    absences = Absence.objects.filter(in_force(day), substitute=user, cancelled_at=None).order_by()
    away = list(absences.values_list("user_id", flat=True))
    taken = [moment for moment in (user.password_given_at, user.factor_reset_at) if moment is not None]
    covered = Position.objects.filter(in_force(day), holder__in=away).values_list("team_id", flat=True) if away else []
    return Actor(
        kind="user",
        id=user.pk,
        jobcenter_id=user.jobcenter_id,
        name=user.get_full_name(),
        roles=frozenset(Role(p.role) for p in positions) | ({Role.TEAM_LEAD} if any(p.is_lead for p in positions) else set()),
        teams=frozenset(p.team_id for p in positions) | frozenset(covered),
        leads=frozenset(p.team_id for p in positions if p.is_lead),
        substitutes=frozenset(away),
        key_from=max(taken) + KEY_WAITS if taken else None,
    )


def team_names(actor: Actor) -> str:
    """Names of the actor's teams for the header."""
    return ", ".join(Team.objects.filter(pk__in=actor.teams).order_by("name").values_list("name", flat=True))


def positions_of(user_id: UUID, day: date) -> QuerySet[Position]:
    """Positions that somebody holds on ``day``, with their team."""
    return Position.objects.filter(in_force(day), holder_id=user_id).select_related("team")


def covered_by(user_id: UUID, day: date) -> QuerySet[Absence]:
    """Absences on ``day`` in which somebody stands in."""
    return Absence.objects.filter(in_force(day), substitute_id=user_id, cancelled_at=None).select_related("user")


def covered_for(user_id: UUID, day: date) -> QuerySet[Absence]:
    """Absences of somebody's own on ``day`` in which another stands in for them."""
    return Absence.objects.filter(in_force(day), user_id=user_id, cancelled_at=None).exclude(substitute=None).select_related("substitute")


def jobcenter(actor: Actor) -> Jobcenter:
    """The actor's own Jobcenter."""
    return Jobcenter.objects.get(pk=actor.jobcenter_id)


def teams(day: date, *specialisations: Specialisation) -> QuerySet[Team]:
    """Teams that exist on ``day``, by name."""
    rows = Team.objects.exclude(closed_on__lte=day)
    return rows.filter(specialisation__in=specialisations) if specialisations else rows


def holders(day: date, *, team_id: UUID | None = None, role: Role | None = None) -> QuerySet[User]:
    """People who hold a position on ``day``, by name."""
    rows = Position.objects.filter(in_force(day), holder__is_active=True)
    if team_id is not None:
        rows = rows.filter(team_id=team_id)
    if role is not None:
        rows = rows.filter(role=role)
    return User.objects.filter(pk__in=rows.values("holder_id"))


def rooms(day: date) -> QuerySet[Room]:
    """Rooms in use on ``day``."""
    return Room.objects.exclude(closed_on__lte=day)


def absent(day: date) -> set[UUID]:
    """Users who are away on ``day``."""
    return set(Absence.objects.filter(in_force(day), cancelled_at=None).values_list("user_id", flat=True))


@dataclass(frozen=True)
class Span:
    """Leadership span of a team on a day, leads not counted: heads and FTE (model S7: 1:15)."""

    team: Team
    leads: int
    heads: int
    fte: Decimal

    @property
    def per_lead(self) -> Decimal | None:
        """FTE per lead, None without a lead."""
        return self.fte / self.leads if self.leads else None


def spans(day: date) -> list[Span]:
    """Span of every team on ``day``."""
    found: dict[UUID, list[Position]] = {}
    for position in Position.objects.filter(in_force(day)).exclude(holder=None).order_by("id"):
        found.setdefault(position.team_id, []).append(position)
    return [
        Span(
            team=team,
            leads=sum(1 for p in found.get(team.pk, []) if p.is_lead),
            heads=len({p.holder_id for p in found.get(team.pk, []) if not p.is_lead}),
            fte=sum((p.fte for p in found.get(team.pk, []) if not p.is_lead), Decimal(0)),
        )
        for team in teams(day)
    ]


def absences(start: date, end: date) -> list[Absence]:
    """Absences that touch the days from ``start`` to ``end``, with who is away and who stands in."""
    rows = Absence.objects.filter(cancelled_at=None, valid_from__lte=end, valid_to__gte=start)
    return list(rows.select_related("user", "substitute").order_by("valid_from", "user__last_name", "id"))


def office_of(house: Jobcenter) -> Office:
    """Who writes, as papers name them."""
    return Office(
        name=house.name,
        address=", ".join(part for part in (house.street, f"{house.plz} {house.place}".strip()) if part),
        opening_hours=house.opening_hours,
        phone=house.phone,
        benefits_phone=house.benefits_phone,
        urgent_phone=house.urgent_phone,
        counsel_name=house.counsel_name,
        counsel_phone=house.counsel_phone,
        complaint_phone=house.complaint_phone,
        demo=house.is_demo,
    )
