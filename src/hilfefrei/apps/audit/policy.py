"""Who may look after the record and the data as such, without seeing a person."""

from hilfefrei.apps.audit.actor import Actor, Role


def may_read_catalogue(actor: Actor) -> bool:
    """The field catalogue: data protection, and the director who answers for it. It holds no data of persons."""
    return actor.has(Role.DATA_PROTECTION, Role.DIRECTOR)


# The two keys to the accesses: neither opens anything alone (rule 6).
KEYS = (Role.DATA_PROTECTION, Role.STAFF_COUNCIL)


def key_of(actor: Actor) -> Role | None:
    """Which of the two keys the actor holds; with both the first, so that nobody is both sides at once."""
    return next((role for role in KEYS if actor.has(role)), None)


def may_hold_key(actor: Actor) -> bool:
    """Ask for a look into the accesses, agree to one, read what was opened."""
    return actor.kind == "user" and key_of(actor) is not None


def may_deliver_again(actor: Actor) -> bool:
    """What was given up after all tries: the operator, who sees kind and number and nothing of whom it concerns."""
    return actor.has(Role.OPERATOR)
