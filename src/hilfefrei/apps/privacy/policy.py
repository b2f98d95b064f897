"""Who may delete, hold back and give out. Data protection and the director see numbers of persons, never a name."""

from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.people import policy as people


def may_see_runs(actor: Actor) -> bool:
    """Read what a run would delete, by kind and number."""
    return actor.has(Role.DATA_PROTECTION, Role.DIRECTOR)


def may_ask_run(actor: Actor) -> bool:
    """Let a dry run be calculated: data protection looks first."""
    return actor.kind == "user" and actor.has(Role.DATA_PROTECTION)


def may_release_run(actor: Actor) -> bool:
    """Release a run that was looked at: the director, who answers for the data (Art. 4 Nr. 7 DSGVO). Not the operator: the
    task is no technical one. Never the one who asked, whatever roles they hold; the verb sees to that.
    """
    return actor.kind == "user" and actor.has(Role.DIRECTOR)


def may_see_wishes(actor: Actor) -> bool:
    """Read who wants to be erased out of turn, by number, and how it was decided."""
    return actor.has(Role.DATA_PROTECTION, Role.DIRECTOR)


def may_note_wish(actor: Actor) -> bool:
    """Take down that somebody wants to be erased: whoever stands before them, and data protection, where letters arrive.

    Which person it is, ``people.policy.get_person_for`` says at a desk.
    """
    return may_note(actor) or may_note_by_number(actor)


def may_note_by_number(actor: Actor) -> bool:
    """Take it down from a letter, knowing the number alone, and take it back there."""
    return actor.kind == "user" and actor.has(Role.DATA_PROTECTION)


def may_decide_wish(actor: Actor) -> bool:
    """Decide on it: the director, who answers for the data (Art. 4 Nr. 7, Art. 12 Abs. 3 DSGVO). Never the one who noted it."""
    return may_release_run(actor)


def may_hold(actor: Actor) -> bool:
    """Hold data back and let them go again: data protection, where complaints and objections arrive."""
    return actor.kind == "user" and actor.has(Role.DATA_PROTECTION)


def may_export(actor: Actor) -> bool:
    """Give a person everything that is held on them (Art. 15 DSGVO): whoever may read all its zones, so never benefits.

    Which person it is, ``people.policy.get_person_for`` says.
    """
    return people.may_see_placement(actor)


def may_note(actor: Actor) -> bool:
    """Note that a person disputes a value, withdraw a consent for them: whoever stands before them."""
    return actor.kind == "user" and people.may_change(actor)
