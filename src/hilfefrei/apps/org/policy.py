"""Who may change the organisation."""

from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.errors import Forbidden


def may_operate(actor: Actor) -> bool:
    """Jobcenter, teams, positions, rooms: the operator, who sees no person data."""
    return actor.has(Role.OPERATOR)


def may_plan(actor: Actor) -> bool:
    """Dates, seats, coaching slots, absence: the operator, the entrance and leads."""
    return actor.has(Role.OPERATOR, Role.ENTRANCE, Role.TEAM_LEAD)


def may_oversee(actor: Actor) -> bool:
    """The house as a whole in figures of its organisation, without any person: the director."""
    return actor.has(Role.DIRECTOR)


def require(allowed: bool) -> None:
    """Raise Forbidden unless ``allowed``; the first line of a verb that a policy guards."""
    if not allowed:
        raise Forbidden
