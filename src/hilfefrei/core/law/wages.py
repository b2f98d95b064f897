"""From gross wage to net, by the month: contributions of the employee and the wage tax withheld.

Everything works on arrays of integer cents, elementwise over shapes that broadcast (rows x wages with rows x 1 for what a person
is). One wage is one regular employment of a whole month. Nothing here knows a date: ``law`` holds the values of the month.

*Contributions* (§ 2 BVV, § 1 (2) BVV: rounded once at the end, halves up). Shares borne half and half are the half rate times the
base, rounded by branch; the additional contribution of the health fund is one of its own (§ 242 SGB V), and so are surcharge and
discount of the care insurance, each rounded for itself (one rate for all of it would differ by a cent). In the transition range
the base is a result of its own and rounded to the cent, as the published examples do; the childless surcharge is taken of the base
of § 20 (2a) sentence 1 SGB IV, the discount for children of the smaller one of sentence 6 (§ 2 (2) sentences 6, 7 BVV).

*Wage tax* (§ 39b (2) EStG) as it was **withheld**, so by the programme an employer had to use in that month at the latest. A law
that came later and was made good afterwards (§ 41c EStG: January to May 2022, January to March 2024, January and February 2025)
does not change what was paid out then. December 2024 is the exception, since its programme itself made up for the eleven months
before. A marginal job bears no wage tax: the employer pays the flat rate (§ 40a (2) EStG).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilfefrei.core.law.arithmetic import Cents, times, times_down
from hilfefrei.core.law.readings import takes_other

Law: TypeAlias = Mapping[str, Any]
Ints: TypeAlias = NDArray[np.int64]

CENTS: Final = 100
ZERO: Final = Fraction(0)
# Up to this taxable amount in euros the tariff is looked up in a table made by the same function; above it is worked out.
TABLE: Final = 1 << 17
# What is left of a step of the tariff: y and z are ten-thousandths of euros, the factors have two decimals.
TEN_THOUSANDTH: Final = 10_000
MOST_DISCOUNTS: Final = 4
QUARTERS: Final = 4
SPLIT, SINGLE_PARENT, EACH, HIGH = 3, 2, 4, 5


@dataclass(frozen=True, slots=True)
class Contributions:
    """The employee's share of a month in cents, by branch: arrays that broadcast to the shape of the question."""

    pension: Cents
    unemployment: Cents
    health: Cents
    care: Cents

    @property
    def total(self) -> Cents:
        """All four."""
        return self.pension + self.unemployment + self.health + self.care


@dataclass(frozen=True, slots=True)
class WageTax:
    """What is withheld of a month's wage in cents: arrays that broadcast to the shape of the question."""

    tax: Cents
    solidarity: Cents
    church: Cents

    @property
    def total(self) -> Cents:
        """All three."""
        return self.tax + self.solidarity + self.church


@dataclass(frozen=True, slots=True)
class Pay:
    """A month's wage: what is deducted and what is left."""

    contributions: Contributions
    taxes: WageTax
    net: Cents


def contributions(
    law: Law,
    gross: ArrayLike,
    *,
    children: ArrayLike,
    over_23: ArrayLike,
    parent: ArrayLike | None = None,
    pension_exempt: ArrayLike = False,
    in_training: ArrayLike = False,
    pensioner: ArrayLike = False,
    recipient: ArrayLike = False,
    additional_rate: Fraction | None = None,
    saxony: bool = False,
    east: bool = False,
) -> Contributions:
    """The employee's share of the contributions of a month.

    Args:
        law: the values of the month.
        gross: the wage in cents, not negative; it also says which kind of employment it is (the regular wage is the month's).
        children: how many under 25 (§ 55 (3) sentence 4 SGB XI).
        over_23: past the month of the 23rd birthday (surcharge of the childless).
        parent: has or had a child of whatever age; left out, whoever has one under 25.
        pension_exempt: released from compulsory pension insurance in a marginal job (§ 6 (1b) SGB VI).
        in_training: no marginal job and no transition range; up to 325 EUR the employer bears everything (§ 20 (3) SGB IV).
        pensioner: full old-age pension past the age limit: free of pension and unemployment insurance, reduced health rate.
        recipient: draws Bürgergeld (Grundsicherungsgeld): no surcharge (§ 55 (3) sentence 2 SGB XI). Employers know nothing of it
            and withhold the surcharge, so it has to be said.
        additional_rate: the full additional rate of the health fund; left out, the average one.
        saxony: employed in Saxony (§ 58 (3) SGB XI). In the transition range since October 2022 the law does not say of which
            base the one per cent borne alone is taken; here of the smaller one, so that the share grows steadily to the full one
            (of the other base it were 2.86 EUR more at 1,000 EUR in 2026).
        east: the pension ceiling of the east (until 2024).

    The least contribution of a marginal job (base 175 EUR) may exceed a tiny wage; no more than the wage is deducted.
    """
    gross = np.atleast_1d(np.asarray(gross, dtype=np.int64))
    marginal, top = law["social_insurance.marginal"], law["social_insurance.transition_top"]
    rest = law["social_insurance.transition_share"] == "rest"
    factor = law["social_insurance.transition_factor"]
    trains, retired = np.asarray(in_training, dtype=bool), np.asarray(pensioner, dtype=bool)
    childless = _childless(children, parent, over_23, recipient)

    # The base of the total contribution and the employee's own one; both are 0 in a marginal job and the wage above the range.
    whole = _whole_base(gross, marginal, top, factor) if rest or childless.any() else gross
    own = whole if rest else _own_base(gross, marginal, top)
    if trains.any():
        own = np.where(trains, np.where(gross <= law["social_insurance.low_earner"], 0, gross), own)
        whole = np.where(trains, own, whole)
    pension_ceiling = law["social_insurance.ceiling_pension_east" if east else "social_insurance.ceiling_pension"]
    health_ceiling = law["social_insurance.ceiling_health"]
    for_pension, for_health = np.minimum(own, pension_ceiling), np.minimum(own, health_ceiling)

    # Until September 2022 the employee bore what the employer's half of the full wage left of the total contribution.
    eased = (gross > marginal) & (gross <= top) & ~trains if rest else None

    def share(base: Cents, rate: Fraction, *, employer: Fraction | None = None) -> Cents:
        plain = times(base, rate / 2 if employer is None else rate - employer)
        if eased is None:
            return plain
        return np.where(eased, 2 * times(base, rate / 2) - times(gross, rate / 2 if employer is None else employer), plain)

    pension = share(for_pension, law["social_insurance.pension_rate"])
    unemployment = share(for_pension, law["social_insurance.unemployment_rate"])
    additional = law["social_insurance.additional_rate"] if additional_rate is None else additional_rate
    health = share(for_health, law["social_insurance.health_rate"])
    if retired.any():
        health = np.where(retired, share(for_health, law["social_insurance.health_rate_reduced"]), health)
        pension, unemployment = np.where(retired, 0, pension), np.where(retired, 0, unemployment)
    health = health + share(for_health, additional)
    care_rate = law["social_insurance.care_rate"]
    care = share(for_health, care_rate, employer=(care_rate - law["social_insurance.care_saxony"]) / 2 if saxony else None)
    if childless.any():
        care = care + childless * times(np.minimum(whole, health_ceiling), law["social_insurance.care_surcharge"])
    discount, discounts = law["social_insurance.care_discount"], _discounts(children)
    if discount and discounts.any():
        # § 55 (3) s. 4 SGB XI lowers the rate itself: one rate on one base, not an amount of its own (the other way: a cent more).
        own_rate = (care_rate + law["social_insurance.care_saxony"]) / 2 if saxony else care_rate / 2
        common = lcm(own_rate.denominator, discount.denominator)
        rates = int(own_rate * common) - discounts * int(discount * common)
        lowered = _times_rows(for_health, rates, common)
        if takes_other(law, "care_discount"):
            lowered = care - _times_rows(for_health, discounts * discount.numerator, discount.denominator)
        care = np.where(discounts > 0, lowered, care)

    covered = (gross <= marginal) & ~(np.asarray(pension_exempt, dtype=bool) | retired | trains)
    if covered.any():
        # Without a base of their own these have no other share: only they are worked out.
        pension = np.array(np.broadcast_to(pension, np.broadcast_shapes(pension.shape, covered.shape)))
        chosen = np.broadcast_to(covered, pension.shape)
        pension[chosen] = _marginal_pension(law, np.broadcast_to(gross, pension.shape)[chosen])
    return Contributions(pension, unemployment, health, care)


def wage_tax(
    law: Law,
    gross: ArrayLike,
    *,
    tax_class: ArrayLike,
    children: ArrayLike,
    over_23: ArrayLike,
    child_allowances: ArrayLike = 0,
    parent: ArrayLike | None = None,
    in_training: ArrayLike = False,
    pensioner: ArrayLike = False,
    recipient: ArrayLike = False,
    church: ArrayLike = False,
    church_rate: Fraction = Fraction(9, 100),
    additional_rate: Fraction | None = None,
    saxony: bool = False,
    east: bool = False,
) -> WageTax:
    """The wage tax withheld of a month with solidarity surcharge and church tax (§§ 39b, 51a EStG, SolzG 1995).

    Args:
        law: the values of the month.
        gross: the wage in cents, not negative.
        tax_class: 1 to 6.
        children: how many under 25, for the care insurance in the flat allowance.
        over_23: past the month of the 23rd birthday.
        child_allowances: the number on the wage tax card in halves (1 is 0.5); they lower surcharge and church tax alone.
        parent: as in :func:`contributions`.
        in_training: a wage up to the marginal limit is taxed by class too.
        pensioner: not insured for pension and unemployment.
        recipient: as in :func:`contributions`.
        church: bears church tax.
        church_rate: 9 per cent, 8 in Bavaria and Baden-Württemberg. Broken cents are left out; no ceiling of the church.
        additional_rate: the full additional rate of the health fund; left out, the average one.
        saxony: employed in Saxony.
        east: the pension ceiling of the east (until 2024).

    Class II holds the allowance for one child only (§ 39b (2) sentence 5 no. 4); more takes an allowance asked for. No factor
    (§ 39f), no allowances of § 39a, no old-age relief (§ 24a), no private health insurance.
    """
    gross = np.atleast_1d(np.asarray(gross, dtype=np.int64))
    tax_class = np.asarray(tax_class, dtype=np.int64)
    retired = np.asarray(pensioner, dtype=bool)
    split, high = tax_class == SPLIT, tax_class >= HIGH
    precaution = _precaution(
        law, gross, tax_class, children, _childless(children, parent, over_23, recipient), retired, law["social_insurance.additional_rate"] if additional_rate is None else additional_rate, saxony=saxony, east=east,
    )  # fmt: skip
    euros = law["wage_tax.work"] + law["wage_tax.special"]
    deducted = np.where(tax_class <= HIGH, euros, 0) + np.where(tax_class == SINGLE_PARENT, law["wage_tax.single_parent"], 0)
    # The year's wage in whole euros: what is deducted is whole, so nothing is lost before the tariff rounds down (§ 32a (1)).
    taxable = gross * 12 // CENTS - deducted // CENTS - precaution
    if high.any():
        # The other classes come to nothing with such a wage anyway.
        taxable = taxable * ((gross > law["social_insurance.marginal"]) | np.asarray(in_training, dtype=bool))

    halves, churched = np.asarray(child_allowances, dtype=np.int64), np.asarray(church, dtype=bool)

    def of_the_year(suffix: str) -> tuple[Cents, Cents, Cents]:
        tariff, steps = _tariff(law[f"wage_tax.tariff{suffix}"]), _steps(law[f"wage_tax.steps{suffix}"], law["wage_tax.steps_whole"])
        child = sum(law[f"wage_tax.child{suffix}"]) // CENTS
        return _of_the_year(law, taxable, tariff, steps, child, split, high, tax_class, halves, churched)

    found = of_the_year("")
    months = law.get("wage_tax.catch_up_months")
    if months is not None:
        tax, solidarity, base = (np.maximum(new - months * (old - new), 0) for new, old in zip(found, of_the_year("_before"), strict=True))
        found = tax, solidarity, base
    tax, solidarity, base = (one // 12 for one in found)
    return WageTax(tax, solidarity, churched * times_down(base, church_rate) if churched.any() else np.zeros_like(tax))


def net(
    law: Law,
    gross: ArrayLike,
    *,
    tax_class: ArrayLike,
    children: ArrayLike,
    over_23: ArrayLike,
    child_allowances: ArrayLike = 0,
    parent: ArrayLike | None = None,
    pension_exempt: ArrayLike = False,
    in_training: ArrayLike = False,
    pensioner: ArrayLike = False,
    recipient: ArrayLike = False,
    church: ArrayLike = False,
    church_rate: Fraction = Fraction(9, 100),
    additional_rate: Fraction | None = None,
    saxony: bool = False,
    east: bool = False,
) -> Pay:
    """Gross to net: :func:`contributions` and :func:`wage_tax` of the same wage, and what is left, in cents."""
    gross = np.atleast_1d(np.asarray(gross, dtype=np.int64))
    paid = contributions(
        law, gross, children=children, over_23=over_23, parent=parent, pension_exempt=pension_exempt, in_training=in_training,
        pensioner=pensioner, recipient=recipient, additional_rate=additional_rate, saxony=saxony, east=east,
    )  # fmt: skip
    taxes = wage_tax(
        law, gross, tax_class=tax_class, children=children, over_23=over_23, child_allowances=child_allowances, parent=parent,
        in_training=in_training, pensioner=pensioner, recipient=recipient, church=church, church_rate=church_rate,
        additional_rate=additional_rate, saxony=saxony, east=east,
    )  # fmt: skip
    return Pay(paid, taxes, gross - paid.total - taxes.total)


def _childless(children: ArrayLike, parent: ArrayLike | None, over_23: ArrayLike, recipient: ArrayLike) -> NDArray[np.bool_]:
    """Who bears the surcharge (§ 55 (3) sentences 1 to 3 SGB XI)."""
    has = np.asarray(children) > 0 if parent is None else np.asarray(parent, dtype=bool)
    found: NDArray[np.bool_] = np.asarray(over_23, dtype=bool) & ~has & ~np.asarray(recipient, dtype=bool)
    return found


def _discounts(children: ArrayLike) -> Ints:
    """For the second to the fifth child (§ 55 (3) sentence 4 SGB XI)."""
    return np.minimum(np.maximum(np.asarray(children, dtype=np.int64) - 1, 0), MOST_DISCOUNTS)


def _times_rows(amount: Cents, numerators: Ints, denominator: int) -> Cents:
    """``amount * numerators / denominator``, halves up."""
    return (2 * amount * numerators + denominator) // (2 * denominator)


def _whole_base(gross: Cents, marginal: int, top: int, factor: Fraction) -> Cents:
    """F x G + (T/(T-G) - G/(T-G) x F) x (wage - G), to the cent (§ 20 (2a) sentence 1 SGB IV, § 163 (10) SGB VI).

    0 up to G and the wage above T, where the line, steeper than one, crosses it. With n/d for F the denominator is d (T - G) and
    the numerator n G (T - G) + (d T - n G) (wage - G), so a constant and a factor of the wage.
    """
    width, low = top - marginal, factor.numerator * marginal
    below, steep = factor.denominator * width, factor.denominator * top - low
    base = (gross * (2 * steep) + (2 * (low * width - steep * marginal) + below)) // (2 * below)
    return np.minimum(base, gross) * (gross > marginal)


def _own_base(gross: Cents, marginal: int, top: int) -> Cents:
    """T/(T-G) x (wage - G), to the cent (§ 20 (2a) sentence 6 SGB IV); 0 up to G and the wage above T, where the line crosses it."""
    width = top - marginal
    base = (gross * (2 * top) + (width - 2 * top * marginal)) // (2 * width)
    return np.maximum(np.minimum(base, gross), 0)


def _marginal_pension(law: Law, gross: Cents) -> Cents:
    """The employee's pension share of a marginal job, of a base of at least 175 EUR (§ 163 (8), § 168 (1) no. 1b SGB VI).

    Below the base the employer's 15 per cent of the wage are taken from the whole contribution (§ 2 (1) sentence 5 BVV); above it
    the difference of the rates is applied. The two meet at 175 EUR and the greater one is always the right one.
    """
    rate, employer = law["social_insurance.pension_rate"], law["social_insurance.marginal_employer"]
    least = times(np.array(law["social_insurance.marginal_base"]), rate)
    deducted: Cents = np.minimum(np.maximum(least - times(gross, employer), times(gross, rate - employer)), gross)
    return deducted


def _precaution(
    law: Law, gross: Cents, tax_class: Ints, children: ArrayLike, childless: NDArray[np.bool_], retired: NDArray[np.bool_],
    additional: Fraction, *, saxony: bool, east: bool,
) -> Ints:  # fmt: skip
    """The flat allowance for precaution in whole euros of a year, rounded up (§ 39b (2) sentence 5 no. 3 EStG).

    Every part is worked out of twelve wages and broken cents are left out. Health counts with the reduced rate. Until 2025 health
    and care together count with at least 12 per cent of the wage, 1,900 EUR at most (3,000 in class III); from 2026 the
    unemployment insurance is added up to 1,900 EUR in all, but in class VI.
    """
    year = 12 * np.minimum(gross, law["social_insurance.ceiling_pension_east" if east else "social_insurance.ceiling_pension"])
    counted_year = year if law["wage_tax.precaution_pension"] == 1 else times_down(year, law["wage_tax.precaution_pension"])
    pension = times_down(counted_year, law["social_insurance.pension_rate"] / 2)
    if retired.any():
        pension = pension * ~retired
    fixed = (law["social_insurance.health_rate_reduced"] + additional + law["social_insurance.care_rate"]) / 2
    if saxony:
        fixed += law["social_insurance.care_saxony"] / 2
    surcharge = law["social_insurance.care_surcharge"]
    discount = law["social_insurance.care_discount"] * law["wage_tax.precaution_discount"] or ZERO
    common = lcm(fixed.denominator, surcharge.denominator, discount.denominator)
    rates = int(fixed * common) + int(surcharge * common) * childless - int(discount * common) * _discounts(children)
    covered = np.minimum(gross, law["social_insurance.ceiling_health"]) * (12 * rates) // common
    if "wage_tax.precaution_least" in law:
        plain, split = law["wage_tax.precaution_least_top"]
        most = np.where(tax_class == SPLIT, split, plain)
        counted = np.maximum(covered, np.minimum(times_down(12 * gross, law["wage_tax.precaution_least"]), most))
    else:
        jobless = times_down(year, law["social_insurance.unemployment_rate"] / 2)
        without = (tax_class > HIGH) | retired
        if without.any():
            jobless = jobless * ~without
        counted = np.maximum(covered, np.minimum(covered + jobless, law["wage_tax.precaution_unemployment_top"]))
    euros: Ints = (pension + counted + (CENTS - 1)) // CENTS
    return euros


def _of_the_year(
    law: Law, taxable: Ints, tariff: tuple[int, ...], steps: tuple[int, ...], child: int, split: NDArray[np.bool_],
    high: NDArray[np.bool_], tax_class: Ints, halves: Ints, churched: NDArray[np.bool_],
) -> tuple[Cents, Cents, Cents]:  # fmt: skip
    """Wage tax, solidarity surcharge and base of the church tax of a year in cents."""
    tax = _annual(tariff, steps, taxable, split, high)
    base = tax
    free = law["wage_tax.solidarity_free"] // CENTS
    owed = tax.max(initial=0) > free
    if (owed or churched.any()) and halves.any():
        # Twice the allowance of a parent for a whole one in classes I to III, once in IV, none above.
        lowered = halves * child // np.where(tax_class == EACH, 2, 1) * ~high
        base = _annual(tariff, steps, taxable - lowered, split, high)
    if not owed:
        return tax * CENTS, np.zeros_like(tax), base * CENTS
    rate, ease = law["wage_tax.solidarity_rate"]
    over = np.maximum(base - np.where(split, 2 * free, free), 0)
    solidarity = np.where(over > 0, np.minimum(times_down(base, rate * CENTS), times_down(over, ease * CENTS)), 0)
    return tax * CENTS, solidarity, base * CENTS


def _annual(tariff: tuple[int, ...], steps: tuple[int, ...], taxable: Ints, split: NDArray[np.bool_], high: NDArray[np.bool_]) -> Ints:
    """The year's wage tax in euros of a taxable amount in euros (may be negative): § 32a (1), splitting, § 39b (2) sentence 7."""
    at = np.right_shift(np.maximum(taxable, 0), split)
    table, offset = _table(tariff, steps), high * TABLE
    beyond = at.max(initial=0) >= TABLE
    found: Ints = np.take(table, (np.minimum(at, TABLE - 1) if beyond else at) + offset, mode="clip")
    if beyond:
        above = np.broadcast_to(at >= TABLE, found.shape)
        amount = np.broadcast_to(at, found.shape)[above]
        found[above] = np.where(np.broadcast_to(high, found.shape)[above], _stepped(tariff, steps, amount), _basic(tariff, amount))
    both: Ints = np.left_shift(found, split)
    return both


def _tariff(values: Mapping[str, int]) -> tuple[int, ...]:
    """Limits in euros, factors and amounts in hundredths: hashable, so that tables can be kept."""
    limits = ("free", "second_end", "third_end", "fourth_end")
    amounts = ("second", "third", "third_plus", "fourth_less", "fifth_less")
    return (*(values[name] // CENTS for name in limits), *(values[name] for name in amounts))


def _steps(amounts: tuple[int, ...], whole: int) -> tuple[int, ...]:
    """The limits of § 39b (2) sentence 7 in euros, and whether 1.25 and 0.75 times the amount are rounded down to whole euros."""
    return (*(amount // CENTS for amount in amounts), whole)


@lru_cache(maxsize=16)
def _table(tariff: tuple[int, ...], steps: tuple[int, ...]) -> Ints:
    """The tax of every euro below ``TABLE``, first by the tariff, then of the classes V and VI."""
    euros = np.arange(TABLE, dtype=np.int64)
    return np.concatenate([_basic(tariff, euros), _stepped(tariff, steps, euros)])


def _basic(tariff: tuple[int, ...], amount: Ints, parts: int = 1) -> Ints:
    """§ 32a (1) EStG in euros, rounded down, of an amount in ``1 / parts`` euros; the zone is that of the whole euros in it."""
    free, second_end, third_end, fourth_end, second, third, third_plus, fourth_less, fifth_less = tariff
    # With y = over / scale: (a/100 y + 1,400) y = (a over + 1,400 x 100 x scale) over / (100 scale^2).
    scale = TEN_THOUSANDTH * parts
    zones = [(end + 1) * parts for end in (second_end, third_end, fourth_end)]
    in_second = np.minimum(np.maximum(amount - free * parts, 0), zones[0] - free * parts)
    in_third = np.minimum(np.maximum(amount - second_end * parts, 0), zones[1] - second_end * parts)
    low = (second * in_second + 1400 * CENTS * scale) * in_second // (CENTS * scale**2)
    middle = ((third * in_third + 2397 * CENTS * scale) * in_third + third_plus * scale**2) // (CENTS * scale**2)
    return np.select(
        [amount < zone for zone in zones],
        [low, middle, (42 * amount - fourth_less * parts) // (CENTS * parts)], (45 * amount - fifth_less * parts) // (CENTS * parts),
    )  # fmt: skip


def _stepped(tariff: tuple[int, ...], steps: tuple[int, ...], amount: Ints) -> Ints:
    """The classes V and VI (§ 39b (2) sentence 7 EStG), in euros, rounded down at every step."""
    first, second, third, whole = steps
    parts = 1 if whole else QUARTERS

    def doubled(part: Ints) -> Ints:
        more, less = part * 5 * parts // QUARTERS, part * 3 * parts // QUARTERS
        difference = 2 * (_basic(tariff, more, parts) - _basic(tariff, less, parts))
        return np.where(difference > part * 14 // CENTS, difference, part * 14 // CENTS)

    low = doubled(np.minimum(amount, second))
    capped = doubled(np.minimum(amount, first)) + np.maximum(amount - first, 0) * 42 // CENTS
    tax = np.where(amount > first, np.minimum(low, capped), low)
    # Above the second step all is 42 per cent, starting from the difference itself, not from the capped amount.
    tax = np.where(amount > second, low + np.minimum(np.maximum(amount - second, 0), third - second) * 42 // CENTS, tax)
    euros: Ints = tax + np.maximum(amount - third, 0) * 45 // CENTS
    return euros
