"""Who may read which figure. Figures without names are for whoever steers; the cases behind them only for who may see the person."""

from hilfefrei.apps.audit.actor import Actor, Role

PERMISSIONS: dict[str, frozenset[Role]] = {
    "month": frozenset(
        {Role.CONTROLLER, Role.DIRECTOR, Role.TEAM_LEAD, Role.ENTRANCE, Role.COACH, Role.EQUAL_OPPORTUNITY, Role.DATA_PROTECTION, Role.STAFF_COUNCIL}
    ),
    # Closing a month and correcting a closed one.
    "close_month": frozenset({Role.CONTROLLER}),
    "caseload": frozenset({Role.CONTROLLER, Role.DIRECTOR, Role.TEAM_LEAD}),
    "comparison": frozenset({Role.CONTROLLER, Role.DIRECTOR, Role.TEAM_LEAD}),
    "import_comparison": frozenset({Role.CONTROLLER}),
}


def may(actor: Actor, code: str) -> bool:
    """Whether a position of the actor carries the permission ``code`` (KeyError for an unknown one)."""
    return actor.has(*PERMISSIONS[code])


def may_import_comparison(actor: Actor) -> bool:
    """Tables of published figures; the system acts for the command line and for what time does."""
    return actor.kind == "system" or may(actor, "import_comparison")
