"""The seam between the flows and the world at the entrance: one history, told twice.

Before the window the flows alone say who came: their people are the stock and the deliveries. In it the flows say who asks on
which day and what becomes of it, the ways tell how, and whoever was granted there is read back out of the steps. So events
and deliveries cannot contradict each other.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Final

import numpy as np

from hilfefrei.core.periods import ONE_DAY, add_months
from hilfefrei.demo.history.deliveries import Delivered, deliveries
from hilfefrei.demo.history.flows import FATE_NAMES, REASON_NAMES, Flows
from hilfefrei.demo.history.people import TRAEGER, Grant, Line, Register, born, settle
from hilfefrei.demo.history.rows import WORK_KNOWN, Rows, rows_of, turn_down
from hilfefrei.demo.households import household
from hilfefrei.demo.journeys import Arrival
from hilfefrei.demo.office import berlin, moment, working
from hilfefrei.demo.world import Household, Step, Stocked, TurnedDown, World

# Of the stock's grown-up people: team of integration by share (assumed).
TEAM_SHARES: Final = (("Vermittlungsstelle", 34), ("Migration", 24), ("Fallmanagement", 20), ("Rehabilitation", 12))
WITH_MANAGER = 0.95
# So much a month is more than marginal work (§ 8 (1a) SGB IV, 2026), in cents.
MARGINAL_CENTS: Final = 603_00
MONEY: Final = frozenset({"money", "housing"})
# How the decision on an application that is not granted is called, by fate; what is not named here was refused: income, another benefit.
TURNED_DOWN: Final[Mapping[str, str]] = {
    "withdrawn": "zurueckgenommen",
    "waiver": "zurueckgenommen",
    "denied": "versagt",
    "unreached": "versagt",
    "moved": "weggezogen",
}


# --- before the window --------------------------------------------------------------------------------------------------
def coming_back(flow: Flows, lines: Sequence[Line], window: date, baseline: date) -> dict[int, Line]:
    """Applications of the window -> the line of those who come back; who left is in the baseline."""
    of = {line.place: line for line in lines}
    found = {}
    for n in np.flatnonzero((flow.known >= 0) & (flow.asked >= np.datetime64(window))).tolist():
        line = of.get(int(flow.known[n]))
        if line is not None and line.decided <= baseline:
            found[n] = line
    return found


def turned_down(rng: Random, flow: Flows, lines: Sequence[Line], window: date) -> list[TurnedDown]:
    """Who asked before ``window`` and was granted nothing: the applicant alone, of a unit that never was in benefit.

    Without them whoever was refused before ViA would be missing beside whoever was refused with it. Whoever left benefit and
    asks again in vain is the same person, where no other line holds them.
    """
    count = Counter(part.human.number for line in lines for part in line.parts)
    left = {line.place: line.humans[0] for line in lines if line.end is not None and count[line.humans[0].number] == 1}
    days: list[date] = flow.asked.astype("O").tolist()
    decided: list[date] = flow.decided.astype("O").tolist()
    found = []
    for n in np.flatnonzero(~flow.grant & (flow.asked < np.datetime64(window))).tolist():
        human = left.get(int(flow.known[n]))
        if human is None:
            made = household(rng, days[n], f"v{n:04d}", kind="single").members[0]
            who = f"{TRAEGER[:3]}V{n:06d}", made.first, made.last, born(rng, made, None, days[n])
        else:
            who = human.number, human.first, human.last, human.birth
        day = _open(decided[n])
        kind = TURNED_DOWN.get(FATE_NAMES[flow.fate[n]], "abgelehnt")
        found.append(TurnedDown(*who, f"{TRAEGER}//V{n:06d}", f"{TRAEGER}-V{n:06d}", days[n], max(day, days[n]), kind))
    return found


def stocked(rng: Random, world: World, window: date, back: set[str]) -> list[Stocked]:
    """The units that the house knows of its own: in benefit in the window, or coming back in it. Each person once."""
    day = world.day
    told = [line for line in world.lines if line.decided < day]
    ended = [line for line in told if line.end is not None]
    order = [line for line in told if line.household.key in back and line.end is not None]
    order += [line for line in told if line.end is None]
    order += sorted((line for line in ended if line.end and line.end >= window), key=lambda line: line.start, reverse=True)
    seen: set[str] = set()
    found = []
    for line in order:
        here = line.humans
        if any(human.number in seen for human in here):
            continue
        seen |= {human.number for human in here}
        found.append(_stocked(rng, world, line))
    return found


def _stocked(rng: Random, world: World, line: Line) -> Stocked:
    grant = next((one for one in reversed(line.grants) if one.decided < world.day), line.grants[0])
    first = grant is line.grants[0] and line.grants[0].start == line.start
    asked = _open(grant.decided - timedelta(days=rng.randint(8, 20)))
    if first:
        # Nothing is granted for the month before the application (§ 37 (2) SGB II).
        asked = _open(max(asked, grant.start))
    decided = max(grant.decided, asked + ONE_DAY)
    members = line.household.members
    humans = line.humans
    age = (world.day - humans[0].birth).days / 365
    team = "Unter 25" if age < 25 else rng.choices([name for name, _ in TEAM_SHARES], [share for _, share in TEAM_SHARES])[0]
    managers = [s.login for s in world.staff if s.team == team and s.role == "case_manager"]
    officers = [s.login for s in world.staff if s.role == "benefits"]
    known = replace(
        line.household,
        members=tuple(replace(member, birth=human.birth, last=human.last) for member, human in zip(members, humans, strict=True)),
    )
    return Stocked(
        household=known,
        since=line.start,
        number=line.unit,
        asked_at=moment(asked, rng.randint(8 * 60, 15 * 60)),
        confirmed_at=moment(min(_open(asked + ONE_DAY), decided), rng.randint(8 * 60, 15 * 60)),
        decided_at=moment(decided, rng.randint(9 * 60, 15 * 60)),
        granted_from=grant.start,
        granted_to=min(grant.end, line.end) if line.end and line.end >= grant.start else grant.end,
        team=team,
        manager=rng.choice(managers) if rng.random() < WITH_MANAGER else "",
        confirmed_by=rng.choice(officers),
        customers=tuple(human.number for human in humans),
        joined=tuple(part.start for part in line.parts[: len(humans)]),
    )


def _open(day: date) -> date:
    """``day`` or the working day before it."""
    while not working(day):
        day -= ONE_DAY
    return day


def named(row: Stocked, register: Register, world: World) -> Stocked:
    """A household with a name (:mod:`hilfefrei.demo.morning`) enters the history like any other."""
    over = row.granted_to < world.day
    parts = settle(Random(row.number), register, row.household, row.granted_from, world.day)
    line = Line(
        place=len(world.lines),
        unit=row.number,
        file=row.number.replace("//", "-"),
        household=row.household,
        parts=parts,
        start=row.granted_from,
        end=row.granted_to if over else None,
        reason="arbeit" if over else "",
        decided=max(berlin(row.decided_at).date(), row.granted_from),
    )
    line.grants = [Grant(berlin(row.decided_at).date(), row.granted_from, row.granted_to)]
    world.lines.append(line)
    return replace(
        row,
        since=row.granted_from,
        customers=tuple(part.human.number for part in parts),
        joined=tuple(part.start for part in parts),
    )


# --- in the window ------------------------------------------------------------------------------------------------------
def granted(rng: Random, world: World, came: Sequence[Arrival], arrived: Mapping[str, Arrival], register: Register) -> list[Line]:
    """The lines of those who were granted in the ways, read out of the steps."""
    ways = _by_way(world.steps)
    references = references_of(world)
    before = {line.household.key: line for line in world.lines}
    flow = world.flow
    place_of = {int(a): n for n, a in enumerate(flow.application) if a >= 0} if flow is not None else {}
    found = []
    for key, arrival in sorted(arrived.items()):
        steps = ways.get(key, [])
        outcome = _of(steps, "benefits.record_outcome")
        if outcome is None or outcome.args["kind"] != "granted":
            continue
        start = outcome.args["granted_from"]
        known = before[arrival.known].humans if arrival.known else []
        made = _as_recorded(arrival)
        parts = settle(rng, register, made, start, world.day, known)
        unit, invented = register.unit()
        confirmed = _of(steps, "benefits.confirm_application")
        file = (confirmed.args["file_number"] if confirmed else "") or invented
        place = place_of.get(arrival.application, -1)
        end, reason = _end(world, flow, place, steps, start)
        line = Line(place if place >= 0 else len(world.lines), unit, file, made, parts, start, end, reason, outcome.args["decided_on"])
        line.way, line.reference = key, references.get(key, "")
        line.grants = [Grant(line.decided, start, outcome.args["granted_to"])]
        found.append(line)
    return found


def _as_recorded(arrival: Arrival) -> Household:
    """The household with the births that the paying system asks for."""
    home = arrival.household
    rng = Random(home.key)
    day = berlin(arrival.recorded_at).date()
    first = home.members[0].birth
    return replace(home, members=tuple(replace(one, birth=born(rng, one, first, day)) for one in home.members))


def _end(world: World, flow: "Flows | None", place: int, steps: Sequence[Step], start: date) -> tuple[date | None, str]:
    """When the benefit of a way ended, and why: work that began in ViA ends it with its month."""
    work = _fact(steps, "work")
    if work is not None:
        month = add_months(max(work.args["since"], start).replace(day=1), 1) - ONE_DAY
        return (month, "arbeit") if month < world.day else (None, "")
    if flow is None or place < 0 or np.isnat(flow.end[place]):
        return None, ""
    reason = REASON_NAMES[flow.reason[place]]
    end: date = flow.end[place].astype("O")
    # Who left for work without a word to ViA is unknown to it, and no partner may be invented.
    return max(end, add_months(start, 1) - ONE_DAY), reason if reason not in {"arbeit_partner", "rente", "ausbildung"} else "einkommen"


def _by_way(steps: Sequence[Step]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        if step.way:
            found[step.way].append(step)
    return found


def _of(steps: Sequence[Step], verb: str) -> Step | None:
    return next((step for step in steps if step.verb == verb), None)


def _fact(steps: Sequence[Step], kind: str) -> Step | None:
    return next((step for step in steps if step.verb == "intake.facts.add_fact" and step.args["kind"] == kind), None)


def references_of(world: World) -> dict[str, str]:
    """Way -> the reference of its application: counted by year of recording, in the order in which the loader records them."""
    count: dict[str, int] = defaultdict(int)
    found = {}
    for step in world.steps:
        if step.verb == "intake.first_contact.record_first_contact" and MONEY & set(step.args["wishes"]):
            prefix = f"{berlin(step.at):%y}-"
            count[prefix] += 1
            found[step.way] = f"{prefix}{count[prefix]:05d}"
    return found


# --- told by deliveries -------------------------------------------------------------------------------------------------
def told(world: World, seed: int, *, dirt: bool = True) -> list[Delivered]:
    """All deliveries of a world up to its day."""
    if world.flow is None:
        return []
    made = rows_of(world.flow, world.lines, seed, _officers(world))
    for one in world.turned_down:
        turn_down(made, one)
    _work_through_ways(made, world)
    return deliveries(made, world.day, Random(f"{seed}/{world.day.isoformat()}/dirt"), dirt=dirt)


def _officers(world: World) -> list[tuple[str, str]]:
    return [(f"{s.first[0]}. {s.last}", s.phone) for s in world.staff if s.role == "benefits"]


def _work_through_ways(made: Rows, world: World) -> None:
    """Work and training that the ways tell of, of those who have a customer number."""
    ways = _by_way(world.steps)
    for line in world.lines:
        for kind in ("work", "training"):
            fact = _fact(ways[line.way], kind) if line.way else None
            if fact is None:
                continue
            args = fact.args
            art = "ausbildung" if kind == "training" else "minijob" if args["gross_cents"] <= MARGINAL_CENTS else "sv"
            way = ("vermittelt" if args["through_us"] else "eigene_suche") if kind == "work" else "unbekannt"
            known = max(args["since"] + WORK_KNOWN, line.decided, berlin(fact.at).date())
            row = {"kundennummer": line.parts[0].human.number, "am": args["since"], "art": art, "weg": way, "bis": None}
            made.add("integrationen", known, **row)
            over = next((s for s in ways[line.way] if s.verb == "intake.follow_up.record_follow_up" and s.args["ended_on"]), None)
            if over is not None and kind == "work":
                made.add("integrationen", max(berlin(over.at).date() + WORK_KNOWN, known), **row | {"bis": over.args["ended_on"]})
