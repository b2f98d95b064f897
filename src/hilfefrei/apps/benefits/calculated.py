"""Reads of what was kept of calculations: which facts count, and month by month old, new and the difference."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hilfefrei.apps.benefits.models import Basis, Calculation
from hilfefrei.core.law.explain import Step


@dataclass(frozen=True, slots=True)
class Month:
    """A month that facts decided; ``old`` what had counted before them, None where nothing had been worked out. ``counts``: still."""

    new: Calculation
    old: Calculation | None
    counts: bool

    @property
    def difference(self) -> int | None:
        """What the claim changed by, in cents; None where there was none before or its amounts were erased."""
        if self.old is None or self.old.claim_cents is None or self.new.claim_cents is None:
            return None
        return self.new.claim_cents - self.old.claim_cents


def in_force(bases: Iterable[Basis], month: date) -> Basis | None:
    """The facts that decide a month: those that begin last, of several beginning together the latest."""
    there = [one for one in bases if one.revoked_at is None and one.valid_from <= month and (one.valid_to is None or one.valid_to >= month)]
    return max(there, key=lambda one: (one.valid_from, one.number), default=None)


def months_of(basis: Basis) -> list[Month]:
    """The months that ``basis`` decided, the earliest first; two queries however many there are."""
    own = list(basis.calculations.order_by("month", "number"))
    beside = Calculation.objects.filter(basis__benefit_unit=basis.benefit_unit_id, month__in={row.month for row in own})
    rows = list(beside.select_related("basis").order_by("month", "number"))
    found = []
    for new in own:
        older = [row for row in rows if row.month == new.month and row.number < new.number and _counted(row, new)]
        later = [row for row in rows if row.month == new.month and row.number > new.number and row.basis.revoked_at is None]
        found.append(Month(new, older[-1] if older else None, not later and basis.revoked_at is None))
    return found


def _counted(row: Calculation, new: Calculation) -> bool:
    """Whether an older claim still counted when the new one was worked out."""
    return row.basis.revoked_at is None or row.basis.revoked_at > new.calculated_at


def steps_of(row: Calculation) -> tuple[Step, ...]:
    """The lines of a kept claim."""
    return tuple(Step(**step) for step in row.steps)
