"""The people behind the lines: households, who they were before and become later, their numbers, their grants.

Somebody may stand in several lines: people come back, also into another unit, a grown-up child gets a unit of its own, a
couple parts, somebody moves in. Children are born and grow up in a line.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Final

import numpy as np

from hilfefrei.core.periods import ONE_DAY, add_months, age_on, first_of_month
from hilfefrei.demo.history.flows import REASON_NAMES, Flows
from hilfefrei.demo.households import household
from hilfefrei.demo.office import working
from hilfefrei.demo.world import Household, Member

TRAEGER: Final = "23102"
# Who comes back: into the same unit under its number; a new number; alone out of a larger household (assumed).
BACK_AS: Final = (("same", 60), ("new", 25), ("alone", 15))
# Of single people under 25 who enter, out of the unit of their parents; of other single people or lone parents, after parting from somebody
# in benefit; of units that end because the household changed, by moving to somebody in benefit (all assumed).
FROM_PARENTS, PARTED, MOVED_IN = 0.5, 0.06, 0.5
# Children of parted parents who live in two households in benefit (assumed: about one in forty lone parents).
IN_TWO_HOMES = 0.025
# Granted provisionally, for half a year (§ 41 (3), § 41a SGB II; share assumed).
PROVISIONAL = 0.12
ADULT: Final = 18
YOUNG: Final = 25
# A change falls at least so long after the start of a line and before its end; so many lines are looked at.
SETTLED: Final = timedelta(days=62)
TRIES: Final = 80
GROWN_TRIES: Final = 12


@dataclass(slots=True)
class Human:
    """Somebody with a customer number; stands for the same person wherever they live."""

    number: str
    first: str
    last: str
    birth: date
    sex: str


@dataclass(slots=True)
class Part:
    """Somebody's time in a unit, within its line. ``end`` None: as long as the line."""

    human: Human
    role: str
    start: date
    end: date | None = None
    in_two: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """A decision with its period."""

    decided: date
    start: date
    end: date
    provisional: bool = False


@dataclass(slots=True)
class Line:
    """One stay of a unit in benefit with its people. ``decided``: when it became known; ``way``, ``reference``: of ours."""

    place: int
    unit: str
    file: str
    household: Household
    parts: list[Part]
    start: date
    end: date | None
    reason: str
    decided: date
    gaps: tuple[date, ...] = ()
    reference: str = ""
    way: str = ""
    grants: list[Grant] = field(default_factory=list)

    @property
    def humans(self) -> list[Human]:
        """Those of the household, in its order."""
        return [part.human for part in self.parts[: len(self.household.members)]]


class Register:
    """Numbers of people and units, one after the other."""

    def __init__(self) -> None:
        self.people = self.units = 0

    def human(self, member: Member, birth: date) -> Human:
        """Give somebody a customer number (§ 51a SGB II: it stays)."""
        self.people += 1
        return Human(f"{TRAEGER[:3]}D{self.people:06d}", member.first, member.last, birth, member.sex)

    def unit(self) -> tuple[str, str]:
        """The number of a unit and its Aktenzeichen."""
        self.units += 1
        return f"{TRAEGER}//{self.units:07d}", f"{TRAEGER}-{self.units:07d}"


def born(rng: Random, member: Member, parent: date | None, day: date) -> date:
    """The birth date; whoever pays knows it always."""
    if member.birth is not None:
        return member.birth
    oldest = (parent + timedelta(days=19 * 365)) if parent else day - timedelta(days=12 * 365)
    return min(day - timedelta(days=60), oldest + timedelta(days=rng.randint(0, 4000)))


def settle(rng: Random, register: Register, made: Household, start: date, day: date, known: Sequence[Human] = ()) -> list[Part]:
    """The people of a household as parts of a line that began on ``start``; those of ``known`` keep their numbers."""
    parts: list[Part] = []
    for number, member in enumerate(made.members):
        parent = parts[0].human.birth if parts else None
        human = known[number] if number < len(known) else register.human(member, born(rng, member, parent, day))
        parts.append(Part(human, member.role, max(start, human.birth)))
    return parts


def grants(rng: Random, start: date, decided: date, end: date | None, first: date, day: date) -> list[Grant]:
    """The decisions of a line that matter from ``first`` on: a year each (§ 41 (3) SGB II), renewed before they end."""
    found: list[Grant] = []
    begin, told = start, decided
    if start < first:
        begin = add_months(start, 12 * ((first.year - start.year) - (first.month < start.month)))
        told = _ahead(rng, begin) if begin > start else decided
    while begin <= (end or day) and told <= day:
        provisional = rng.random() < PROVISIONAL
        until = add_months(begin, 6 if provisional else 12) - ONE_DAY
        if until >= first:
            found.append(Grant(told, begin, until, provisional))
        begin = until + ONE_DAY
        told = max(_ahead(rng, begin), told + ONE_DAY)
    return found


def _ahead(rng: Random, begin: date) -> date:
    """A working day some weeks before a new period."""
    told = begin - timedelta(days=rng.randint(8, 34))
    while not working(told):
        told -= ONE_DAY
    return told


def lines(rng: Random, flow: Flows, window: date, register: Register) -> list[Line]:
    """All lines whose application lies before ``window``, in the order of the flows.

    Those of the window come out of the ways at the entrance (:mod:`hilfefrei.demo.history.joined`).
    """
    asked = flow.asked.astype("O")
    back = _came_from(flow)
    gaps = _gaps(flow)
    told: list[date] = flow.decided.astype("O").tolist()
    starts, ends = flow.start.astype("O"), flow.end.astype("O")
    found: list[Line] = []
    of: dict[int, Line] = {}
    # Whoever comes back in the window comes as they left.
    kept = {int(flow.known[n]) for n in np.flatnonzero((flow.known >= 0) & (flow.asked >= np.datetime64(window)))}
    for place in range(len(starts)):
        application = int(flow.application[place])
        if application >= 0 and asked[application] >= window:
            continue
        start, end = starts[place], ends[place]
        seen = min(end, flow.day) if end else flow.day
        earlier = of.get(back.get(place, -1))
        if earlier is None:
            known: list[Human] = []
            made = _grown(rng, seen, f"s{place:04d}", start)
            unit, file = register.unit()
        else:
            made, known, unit, file = _again(rng, earlier, register, f"s{place:04d}")
        parts = settle(rng, register, made, start, seen, known)
        # Nobody has a unit of their own before they are grown up.
        grown = first_of_month(add_months(parts[0].human.birth, 12 * ADULT))
        if grown > start and (end is None or grown < end):
            start = grown
            for part in parts:
                part.start = max(start, part.human.birth)
        decided = start + timedelta(days=rng.randint(14, 40))
        if application >= 0:
            decided = max(told[application], start)
        reason = REASON_NAMES[flow.reason[place]] if flow.reason[place] >= 0 else ""
        line = Line(place, unit, file, made, parts, start, end, _fitting(rng, reason, parts, end), decided, gaps.get(place, ()))
        line.end = _last_day(rng, line)
        line.grants = grants(rng, start, decided, line.end, add_months(flow.first, -12), flow.day)
        of[place] = line
        found.append(line)
    _change(rng, [line for line in found if line.place not in kept], found, flow)
    return found


def _grown(rng: Random, seen: date, key: str, start: date) -> Household:
    """A household as it is on ``seen`` whose applicant was grown up on ``start``, if one is found."""
    for _ in range(GROWN_TRIES):
        made = household(rng, seen, key)
        birth = made.members[0].birth
        if birth is not None and add_months(birth, 12 * ADULT) <= start:
            break
    return made


def _came_from(flow: Flows) -> dict[int, int]:
    """Line -> the earlier line of the same people."""
    by_application = {int(a): n for n, a in enumerate(flow.application) if a >= 0}
    return {by_application[int(n)]: int(flow.known[n]) for n in np.flatnonzero(flow.known >= 0) if int(n) in by_application}


def _gaps(flow: Flows) -> dict[int, tuple[date, ...]]:
    found: dict[int, list[date]] = {}
    for place, month in zip(flow.gap_line.tolist(), flow.gap_month.astype("M8[D]").astype("O"), strict=True):
        found.setdefault(place, []).append(month)
    return {place: tuple(months) for place, months in found.items()}


def _again(rng: Random, earlier: Line, register: Register, key: str) -> tuple[Household, list[Human], str, str]:
    """How somebody comes back: with all and the old number, with a new one, or alone."""
    how = rng.choices([name for name, _ in BACK_AS], [share for _, share in BACK_AS])[0]
    people = earlier.humans
    if how == "same":
        return earlier.household, people, earlier.unit, earlier.file
    if how == "alone" and len(people) > 1:
        home = earlier.household
        return replace(home, key=key, members=home.members[:1]), people[:1], *register.unit()
    return earlier.household, people, *register.unit()


def _fitting(rng: Random, reason: str, parts: list[Part], end: date | None) -> str:
    """A partner's work needs a partner, a pension its age."""
    if reason == "arbeit_partner" and not any(part.role == "partner" for part in parts):
        return "arbeit"
    if reason == "rente" and end and age_on(parts[0].human.birth, end) < 60:
        return "einkommen"
    if reason == "ausbildung" and end and age_on(parts[0].human.birth, end) > 40:
        return "arbeit"
    return reason


def _last_day(rng: Random, line: Line) -> date | None:
    """Benefit ends with a month, but for death and moving away."""
    if line.end is None or line.reason not in {"tod", "weggezogen"}:
        return line.end
    return max(line.end - timedelta(days=rng.randint(0, 20)), line.start + ONE_DAY)


# --- changes in the household ----------------------------------------------------------------------------------------
def _change(rng: Random, movable: list[Line], found: list[Line], flow: Flows) -> None:
    """People who leave one unit and enter another the next day, and children with two homes."""
    count = Counter(line.parts[0].human.number for line in found)
    # Whoever comes back does so as they left: their lines are left alone.
    free = [line for line in movable if count[line.parts[0].human.number] == 1]
    pool = _Pool(rng, free)
    for line in free:
        if flow.application[line.place] < 0 or line.place in pool.taken:
            continue
        who, alone = line.parts[0].human, len(line.parts) == 1
        age = age_on(who.birth, line.start)
        if alone and ADULT <= age < YOUNG and rng.random() < FROM_PARENTS:
            home = pool.find(line, line.start, lambda one, w=who: 20 <= (w.birth - one.humans[0].birth).days / 365 <= 42)  # type: ignore[misc]
            if home is not None:
                _take_name(line, home.household.members[0].last)
                home.parts.append(Part(who, "child", max(home.start, who.birth), line.start - ONE_DAY))
        elif age >= YOUNG and (alone or line.parts[1].role == "child") and rng.random() < PARTED:
            home = pool.find(line, line.start, lambda one, w=who: _couple(one, w))  # type: ignore[misc]
            if home is not None:
                home.parts.append(Part(who, "partner", max(home.start, who.birth), line.start - ONE_DAY))
    for line in free:
        if line.place in pool.taken or line.end is None or line.reason != "haushalt" or len(line.parts) > 1:
            continue
        if rng.random() < MOVED_IN:
            who, moved = line.parts[0].human, line.end + ONE_DAY
            home = pool.find(line, moved, lambda one, w=who: _lives_with_partner(one, w))  # type: ignore[misc]
            if home is not None:
                joins = home.parts[1]
                members = list(home.household.members)
                members[1] = replace(line.household.members[0], role="partner")
                home.household = replace(home.household, members=tuple(members))
                home.parts[1] = Part(who, joins.role, moved)
    for line in free:
        child = line.parts[1] if len(line.parts) > 1 and line.parts[1].role == "child" else None
        if child is None or line.place in pool.taken or rng.random() >= IN_TWO_HOMES:
            continue
        since = first_of_month(max(child.start, line.start, flow.first) + timedelta(days=40))
        if since >= (line.end or flow.day):
            continue
        home = pool.find(line, since, lambda one, p=line.parts[0].human: _couple(one, p))  # type: ignore[misc]
        if home is not None:
            home.parts.append(Part(child.human, "child", since, line.end, in_two=True))


class _Pool:
    """Lines that may take somebody in or let somebody go, each once."""

    def __init__(self, rng: Random, free: list[Line]) -> None:
        self.rng, self.free = rng, free
        self.taken: set[int] = set()

    def find(self, line: Line, at: date, fits: Callable[[Line], bool]) -> Line | None:
        """A line in benefit around ``at`` that ``fits``; both are taken then."""
        for one in self.rng.sample(self.free, min(TRIES, len(self.free))):
            if one is line or one.place in self.taken or one.start > at - SETTLED or (one.end is not None and one.end < at + SETTLED):
                continue
            if fits(one):
                self.taken |= {line.place, one.place}
                return one
        return None


def _couple(one: Line, who: Human) -> bool:
    """Whether the applicant of a unit without a partner might have lived with ``who``."""
    first = one.humans[0]
    return (
        not any(part.role == "partner" for part in one.parts)
        and first.sex != who.sex
        and abs((first.birth - who.birth).days) < 9 * 365
    )


def _lives_with_partner(one: Line, who: Human) -> bool:
    if len(one.parts) < 2 or one.parts[1].role != "partner":
        return False
    return one.humans[0].sex != who.sex and abs((one.humans[0].birth - who.birth).days) < 12 * 365


def _take_name(line: Line, last: str) -> None:
    line.parts[0].human.last = last
    line.household = replace(line.household, members=(replace(line.household.members[0], last=last), *line.household.members[1:]))
