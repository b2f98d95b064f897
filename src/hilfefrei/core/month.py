"""What became of one way through ViA, as of a day: exactly one class for the figures of the month.

A figure counts only what is so. Work that is planned is not taken up; work from before the contact came not of it; a
withdrawal that benefits took back is none; a talk that was begun and broken off was not held.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from hilfefrei.core.periods import first_of_month

WORK, TRAINING, PAYS, APPLIED = "work", "training", "benefit_pays", "benefit_applied"
# Other benefits begin with the month in which they were asked for (§ 25 WoGG), so before the contact may still be of it.
BY_MONTH = frozenset({PAYS, APPLIED})
# What begins is so from then on, also after it ended; what pays or is asked for is so only while it lasts.
LASTING = frozenset({PAYS, APPLIED})


@dataclass(frozen=True)
class Change:
    """A fact beside the application: work, training, another benefit. ``way``: the one it was noted at, if any."""

    person: UUID
    kind: str
    since: date
    until: date | None = None
    way: UUID | None = None


@dataclass(frozen=True)
class Way:
    """One way through ViA with what is in force now.

    ``outcome``: of its application, ``leave``: the newest declaration that stands; empty where there is none.
    """

    key: UUID
    person: UUID
    contact: date
    referred: bool = False
    has_application: bool = False
    outcome: str = ""
    leave: str = ""


def so_far(change: Change, contact: date, today: date) -> bool:
    """Whether ``change`` is of a way that began with ``contact`` and holds ``today``."""
    begins = first_of_month(contact) if change.kind in BY_MONTH else contact
    if not begins <= change.since <= today:
        return False
    return change.kind not in LASTING or change.until is None or change.until >= today


def own(way: Way, begun: Sequence[tuple[date, UUID]], changes: Iterable[Change]) -> list[Change]:
    """The changes that belong to ``way``: noted at it, or at none and in its time.

    ``begun``: (contact, key) of all ways of the person. What was noted at no way belongs to the newest one begun by then.
    """
    found = []
    for change in changes:
        key = change.way
        if key is None:
            starts = [(first_of_month(day) if change.kind in BY_MONTH else day, day, str(k), k) for day, k in begun]
            key = max((s for s in starts if s[0] <= change.since), default=(None, None, "", None))[3]
        if key == way.key:
            found.append(change)
    return found


def class_of(way: Way, changes: Iterable[Change], today: date) -> str:
    """The one class of ``way`` on ``today``: the first that holds. ``changes`` are its :func:`own`."""
    holds = {change.kind for change in changes if so_far(change, way.contact, today)}
    rules = (
        ("withdrawn", way.outcome == "withdrawn"),
        # Waived is what was granted; only asked has who has no application.
        ("waiver", way.leave == "waiver" and way.outcome == "granted"),
        ("only_asked", way.leave == "only_asked" and not way.has_application),
        ("work", WORK in holds),
        ("training", TRAINING in holds),
        ("pays", PAYS in holds),
        ("granted", way.outcome == "granted"),
        ("closed", bool(way.outcome)),
        ("agency", way.referred),
        ("applied", APPLIED in holds),
    )
    return next((key for key, is_so in rules if is_so), "open")


def talk_held(*, begun: bool, answers: bool, finished: bool, broken_off: bool) -> bool:
    """Whether a talk counts as held: it was begun, and something was said in it or it was brought to its end.

    ``broken_off``: it was only shut together with the way, without a next step or a referral.
    """
    return begun and (answers or (finished and not broken_off))
