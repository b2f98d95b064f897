"""When somebody may be asked how it goes after work began or ViA ended, and on what basis.

After work began § 16g (2) SGB II carries services for six months, also where the need has ended; anything later, and anything
after ViA ended without work, needs consent. Who has said no is not asked, whatever the law would allow.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from hilfefrei.core.periods import add_months

MONTHS = (1, 3, 6, 12)
AFTER_CARE_MONTHS = 6
# The last question within the six months is put before they are over.
BEFORE_THE_END = timedelta(days=14)
# A question that nobody put for so long is not made up for.
LAPSES = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Asked:
    """One call that counts: for which month, whether somebody was reached, when to try again."""

    months: int
    reached: bool
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The next question: after how many months, when, how often nobody was reached, and whether it needs consent."""

    months: int
    due_on: date
    missed: int
    by_law: bool


def by_law(start: date, day: date) -> bool:
    """Whether ``day`` lies within the six months after work began."""
    return start <= day < add_months(start, AFTER_CARE_MONTHS)


def due_on(start: date, months: int, *, consent: bool) -> date:
    """The day of the question after ``months``; without consent the sixth month's is put while the law still carries it."""
    day = add_months(start, months)
    return day - BEFORE_THE_END if months == AFTER_CARE_MONTHS and not consent else day


def next_question(start: date, today: date, *, of_work: bool, consent: bool | None, asked: tuple[Asked, ...] = ()) -> Due | None:
    """What is next after a start of work (``of_work``) or an end of ViA, or None where nothing may or need be asked.

    Args:
        start: first day of work, or last day of ViA.
        today: the day on which the list is made.
        of_work: whether § 16g (2) can carry it.
        consent: what the person said to being asked; None where nobody asked her.
        asked: calls so far, the oldest first.
    """
    if consent is False or (not of_work and not consent):
        return None
    answered = max((a.months for a in asked if a.reached), default=0)
    for months in MONTHS:
        tries = [a for a in asked if a.months == months and not a.reached]
        first = due_on(start, months, consent=bool(consent))
        when = max(first, tries[-1].next_on or first) if tries else first
        carried = of_work and by_law(start, max(when, today))
        if months <= answered or (today - when > LAPSES) or not (consent or carried):
            continue
        later = [m for m in MONTHS if m > months and due_on(start, m, consent=bool(consent)) <= today]
        if later and (consent or by_law(start, today)):
            continue
        return Due(months, when, len(tries), carried)
    return None
