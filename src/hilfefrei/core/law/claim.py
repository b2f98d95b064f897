"""The claim of a benefit unit: income set against needs (§§ 9, 11, 19 (3), 41), supplement (§ 72).

Shapes: P persons, U units, k wages. What a wage does not touch has one column, so that a curve of 500 wages costs little more than what
depends on the wage. Order of the calculation, as on a notice: needs; income of each child on its own need, child benefit last; what a child
does not need passes to whoever draws its child benefit; the income of the grown-ups together over all who still need something, in
proportion to their needs; each share first on living, then on housing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hilfefrei.core.law import assets, child_benefit
from hilfefrei.core.law.arithmetic import Cents, merged, ratio
from hilfefrei.core.law.columns import Batch, Flags, Rows
from hilfefrei.core.law.income import Income, income, is_spread
from hilfefrei.core.law.needs import Needs, needs


@dataclass(frozen=True, slots=True)
class Varied:
    """Other wages for some persons: ``wage`` (rows, k), at most one row in a unit."""

    rows: Rows
    wage: Cents


@dataclass(frozen=True, slots=True)
class Members:
    """What each person brings: figures (P, 1), or (P, k) where a child's own wage varies; ``varied`` are the rows with other wages."""

    income: Income
    varied: Income | None
    rows: Rows | None
    # Child benefit paid for each person, what of it the child needs, and what passes to its parent.
    child_benefit: Cents
    child_benefit_used: Cents
    child_benefit_passed: Cents
    # Has a claim of its own: has not left because of own income, is not excluded.
    member: Flags
    # Income on the own need: of children all of theirs, of the others nothing yet.
    own: Cents
    # Need that the own income leaves.
    open_need: Cents
    # A pregnant child: the parents' income does not count for it (§ 9 (3)).
    apart: Flags
    # Would have a claim if child benefit did not count (§ 72 (1)).
    supplemented: Flags


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim before other benefits are looked at and before reductions; (U, k) in cents.

    ``wanted`` is the need that children's own income leaves and the parents' income is for, ``pool`` the income set against it,
    ``total`` the claim to living and housing.
    """

    needs: Needs
    members: Members
    need: Cents
    wanted: Cents
    pool: Cents
    total: Cents
    supplement: Cents
    schooling: Cents
    asset_excess: Cents


@dataclass(frozen=True, slots=True)
class Shares:
    """The claim by person, (P, k) in cents: ``share`` of the income of the grown-ups, ``claim``, its parts for living and housing."""

    share: Cents
    claim: Cents
    living: Cents
    housing: Cents
    supplement: Cents


def claim(law: Mapping[str, Any], batch: Batch, *, varied: Varied | None = None, needed: Needs | None = None) -> Claim:
    """Work the claims of all units out; ``needed`` where the needs are known already."""
    needed = needed or needs(law, batch)
    found = _claim(law, batch, needed, varied, spread=False)
    spreads = is_spread(law, batch)
    if spreads.any():
        # § 11 (3): what would end the claim of its month counts with a sixth.
        found = _either(batch, spreads & (found.total == 0), _claim(law, batch, needed, varied, spread=True), found)
    return found


def _claim(law: Mapping[str, Any], batch: Batch, needed: Needs, varied: Varied | None, *, spread: bool) -> Claim:
    rich, excess = assets.excess(law, batch)
    members = _members(law, batch, needed, varied, rich, spread=spread)
    pool = _pool(batch, needed, members)
    wanted = batch.total(np.where(members.apart, 0, members.open_need))
    total = np.where(excess > 0, 0, np.maximum(wanted - pool, 0))
    if batch.has("pregnant"):
        total = total + batch.total(np.where(members.apart, members.open_need, 0))
    # § 19 (3) s. 3: what income is left covers education and participation; whoever cannot claim has none of it.
    eligible = batch.total(members.member.astype(np.int64)) > 0
    schooling = batch.total(np.where(batch.flag["out"], 0, needed.schooling))
    schooling = np.where((excess > 0) | ~eligible, 0, np.maximum(schooling - np.maximum(pool - wanted, 0), 0))
    # § 72 (1): beside a claim, or beside one to education and participation alone (s. 2 no. 1).
    beside = batch.total((members.supplemented & (needed.schooling > 0)).astype(np.int64)) * (schooling > 0)
    children = np.where(total > 0, batch.total(members.supplemented.astype(np.int64)), beside)
    supplement = children * law["needs.supplement"]
    return Claim(
        needed,
        members,
        batch.total(np.where(members.member, needed.total, 0)),
        wanted,
        pool,
        total,
        supplement,
        schooling,
        excess,
    )


def _members(law: Mapping[str, Any], batch: Batch, needed: Needs, varied: Varied | None, rich: Flags, *, spread: bool) -> Members:
    """``rich``: children with assets above their allowance (P, 1)."""
    flag, need = batch.flag, needed.total
    child = ~flag["head"]
    fixed = income(law, batch, spread=spread)
    theirs = rows = None
    if varied is not None:
        theirs, rows = income(law, batch, wage=varied.wage, rows=varied.rows, spread=spread), varied.rows
        if child[rows].any():
            # A child's wage decides on its membership: everything gets as many columns as there are wages.
            fixed, theirs, rows = _put(fixed, theirs, rows), None, None
    benefit = child_benefit.of_child(law, number=batch.column["child_number"])
    # Of an adult child's child benefit the thirty euros for insurance do not count, where its own income has not used them.
    unused = np.where(flag["adult"], np.maximum(np.minimum(fixed.lump_most, law["income.insurance"]) - fixed.lump, 0), 0)
    countable = np.maximum(benefit - unused, 0)
    # A child's income is its own first, its child benefit only as far as that leaves a need (§ 11 (1) s. 5).
    used = np.where(child, np.minimum(np.maximum(need - fixed.counted, 0), countable), 0)
    # For a child with a unit of its own it is the income of whoever draws it.
    # What of it the child needs is counted with what stays free of it; all else passes on (§ 11 (1) s. 5).
    passed = np.where(child & (used >= countable), 0, benefit - np.where(used > 0, used + benefit - countable, 0))
    own = np.where(child, np.minimum(fixed.counted + used, need), 0)
    # § 7 (3) no. 4: a child whose own income or assets are enough does not belong to the unit; a visitor is no less a member.
    left = child & ((own >= need) | rich)
    member = ~flag["out"] & ~left & batch.each(batch.total((flag["elb"] & ~left).astype(np.int64)) > 0)
    supplemented = flag["young"] & (batch.column["stage"] >= FIRST_CHILD_STAGE) & ~flag["out"] & ~(child & (fixed.counted >= need))
    apart = child & flag["pregnant"] & member
    if passed.any():
        received = _received(batch, passed)
        fixed = fixed.with_received(received)
        theirs = theirs.with_received(received[rows]) if theirs is not None and rows is not None else None
    return Members(fixed, theirs, rows, benefit, used, passed, member, own, np.where(member, need - own, 0), apart, supplemented)


FIRST_CHILD_STAGE = 3


def _received(batch: Batch, passed: Cents) -> Cents:
    """Child benefit passed on, at the rows of whoever draws it."""
    received = np.zeros_like(passed)
    np.add.at(received, batch.recipient, passed)
    return received


def _pool(batch: Batch, needed: Needs, members: Members) -> Cents:
    """The income of the grown-ups of each unit together (§ 9 (2)).

    A member without a claim keeps what it needs itself; only what is beyond counts for the others.
    """

    def given(counted: Cents, need: Cents, member: Flags) -> Cents:
        return np.where(member, counted, np.maximum(counted - need, 0))

    head = batch.flag["head"]
    brought = np.where(head, given(members.income.counted, needed.total, members.member), 0)
    rows, varied = members.rows, members.varied
    theirs = None if varied is None else given(varied.counted, needed.total[rows], members.member[rows])
    return batch.total_with(brought, theirs, rows)


def shares(law: Mapping[str, Any], batch: Batch, found: Claim) -> Shares:
    """Part the claims among the members (§ 9 (2) s. 3), each to the cent (§ 41 (2)).

    What rounding leaves over goes to whoever needs most, so that the parts add up; on equal needs to the oldest.
    """
    apart = found.members.apart
    open_need, wanted = np.where(apart, 0, found.members.open_need), batch.each(found.wanted)
    pool = np.minimum(found.pool, found.wanted)
    share = ratio(open_need, batch.each(pool), wanted)
    share[_neediest(batch, open_need)] += pool - batch.total(share)
    eligible = (batch.each(found.asset_excess) == 0) | apart
    claims = np.where(eligible, found.members.open_need - share, 0)
    # § 19 (3) s. 2: income covers living first, then housing.
    living = np.minimum(np.maximum(found.needs.living - found.members.own - share, 0), claims)
    alone = (found.needs.schooling > 0) & (batch.each(found.schooling) > 0)
    extra = np.where(found.members.supplemented & ((batch.each(found.total) > 0) | alone), law["needs.supplement"], 0)
    return Shares(share, claims, living, claims - living, extra)


def _neediest(batch: Batch, open_need: Cents) -> Rows:
    """The row of each unit with the largest need in the first column."""
    first = open_need[:, 0]
    # Stable by row: sort by unit, then by need downwards.
    order = np.lexsort((np.arange(len(first)), -first, batch.unit))
    return order[batch.start]


def _put(fixed: Income, theirs: Income, rows: Rows) -> Income:
    """Income of all with the columns of some put in: every figure (P, k)."""
    found: Income = merged(fixed, theirs, lambda one, other: placed(one, other, rows))
    return found


def placed(one: Cents, other: Cents, rows: Rows) -> Cents:
    """Values of all persons with the columns of some put in: (P, 1 or k), (rows, k) to (P, k)."""
    width = max(one.shape[1], other.shape[1])
    result = np.broadcast_to(one, (len(one), width)).copy()
    result[rows] = other
    return result


def _either(batch: Batch, condition: Flags, one: Claim, other: Claim) -> Claim:
    """Unit by unit the one or the other; rows of persons follow their unit."""
    of_person = batch.each(condition)

    def of_unit(a: Cents, b: Cents) -> Cents:
        return np.where(condition, a, b)

    def of_people(a: Any, b: Any) -> Any:
        return np.where(of_person, a, b)

    members, rows = one.members, one.members.rows
    varied = members.varied
    if varied is not None and rows is not None:
        varied = merged(varied, other.members.varied, lambda a, b: np.where(of_person[rows], a, b))
    kept = {"income": merged(members.income, other.members.income, of_people), "varied": varied, "rows": rows}
    figures = {field.name for field in fields(Members)} - set(kept)
    mixed = Members(**kept, **{name: of_people(getattr(members, name), getattr(other.members, name)) for name in figures})
    sums = {field.name for field in fields(Claim)} - {"needs", "members"}
    return Claim(one.needs, mixed, **{name: of_unit(getattr(one, name), getattr(other, name)) for name in sums})
