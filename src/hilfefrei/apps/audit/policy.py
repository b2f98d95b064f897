"""Who may look after the record and the data as such, without seeing a person."""

from hilfefrei.apps.audit.actor import Actor, Role


def may_read_catalogue(actor: Actor) -> bool:
    """The field catalogue: data protection, and the director who answers for it. It holds no data of persons."""
    return actor.has(Role.DATA_PROTECTION, Role.DIRECTOR)
