"""Who may read and change vacancies. They hold no person data."""

from hilfefrei.apps.audit.actor import Actor, Role


def may_read(actor: Actor) -> bool:
    """The exchange is open to everybody who works with people or employers."""
    return actor.has(
        Role.ENTRANCE, Role.COACH, Role.CASE_MANAGER, Role.EMPLOYER_SERVICE, Role.TEAM_LEAD, Role.DIRECTOR
    )


def may_edit(actor: Actor) -> bool:
    """Own vacancies: employer service and the entrance."""
    return actor.has(Role.EMPLOYER_SERVICE, Role.ENTRANCE, Role.COACH)


def may_import(actor: Actor) -> bool:
    """Deliveries of vacancies; the system acts for the command line and for what time does."""
    return actor.kind == "system" or actor.has(Role.EMPLOYER_SERVICE, Role.OPERATOR)
