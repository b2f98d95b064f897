"""The training world as plain data: no Django, no clock, no chance beside the seed.

``generate(day)`` gives the same world for the same seed and day. The stock is a cross-section; the ways of the last six
months are steps in the order of time, each the name of a verb with its arguments.
"""

from datetime import date, timedelta
from functools import partial
from random import Random

from hilfefrei.core.periods import add_months
from hilfefrei.demo import journeys, morning, office, via, work
from hilfefrei.demo.households import household
from hilfefrei.demo.office import after, before, moment
from hilfefrei.demo.world import Household, Stocked, World

SEED = 20261124
# With those who came in the six months and stayed there are about 3,100 units and 6,500 persons.
STOCK = 2430
PAST = 50
VACANCIES = 20_000
MONTHS = 6
# 115 to 120 a month with the people of the morning and those who only ask (practice notes 4.4: 3,100 units see 75 to 100 in and out).
APPLICATIONS_A_MONTH = 115
# How long the people of the stock have been in benefit, in years: (from, to, share). Lower Saxony 2018/19: under one year 19 %, one to two
# 13 %, four and more 45 % (practice notes 4.3). Who came in the last half year stands among the ways.
DURATION = ((0.5, 1, 0.12), (1, 2, 0.15), (2, 4, 0.23), (4, 10, 0.35), (10, 16, 0.15))
# Of the stock's grown-up people: team of integration by share (assumed).
TEAM_SHARES = (("Vermittlungsstelle", 34), ("Migration", 24), ("Fallmanagement", 20), ("Rehabilitation", 12))


def generate(
    day: date,
    *,
    seed: int = SEED,
    stock: int = STOCK,
    past: int = PAST,
    vacancies: int = VACANCIES,
    months: int = MONTHS,
    arrivals: int | None = None,
) -> World:
    """The world of ``day`` at 9:42; ``arrivals`` is the number of ordinary first contacts of the ``months``."""

    def chance(what: str) -> Random:
        return Random(f"{seed}/{day.isoformat()}/{what}")

    world = World(day, moment(day, 9 * 60 + 42))
    world.staff = office.staff(chance("staff"))
    world.rooms = list(office.ROOMS)
    rng = chance("stock")
    world.stock = [_stocked(rng, world, number, ended=False) for number in range(stock)]
    world.stock += [_stocked(rng, world, stock + number, ended=True) for number in range(past)]
    gone = list(world.stock[stock:])
    world.stock += morning.stocked(day)
    world.stock.sort(key=lambda row: (row.since, row.household.key))
    world.jobs = work.jobs(chance("jobs"), day, vacancies)
    world.dates = list(via.dates(add_months(day, -months), day))
    desk = journeys.Desk(world)
    count = APPLICATIONS_A_MONTH * months if arrivals is None else arrivals
    crowd = chance("arrivals")
    make = partial(_household, chance("households"))
    for number, arrival in enumerate(journeys.arrivals(crowd, world, count, months, gone, make)):
        journeys.travel(desk, chance(f"way {number}"), arrival)
    morning.Morning(desk, chance("morning")).build()
    world.steps.sort(key=lambda step: step.at)
    return world


def _household(rng: Random, key: str, day: date) -> Household:
    return household(rng, day, key)


def _stocked(rng: Random, world: World, number: int, *, ended: bool) -> Stocked:
    """A household of the stock with its last grant; ``ended`` ones left within the last year."""
    day = world.day
    made = household(rng, day, f"s{number:04d}")
    low, high, _ = rng.choices(DURATION, [row[2] for row in DURATION])[0]
    since = day - timedelta(days=int(rng.uniform(low, high) * 365))
    # Granted for twelve months each time (§ 41(3) SGB II); the last application lies about four weeks before its start.
    start = add_months(day.replace(day=1), -rng.randint(13, 22) if ended else -rng.randint(0, 11))
    if ended:
        since = min(since, start)
    if start - timedelta(days=40) < since:
        asked_at = moment(office.after(since, 0), rng.randint(8 * 60, 15 * 60))
        # Nothing is granted for the month before the application (§ 37(2) SGB II).
        start = asked_at.date().replace(day=1)
    else:
        asked_at = moment(before(start, rng.randint(10, 24)), rng.randint(8 * 60, 15 * 60))
    decided = after(asked_at.date(), rng.randint(5, 12))
    age = (day - made.members[0].birth).days / 365 if made.members[0].birth else 40
    team = "Unter 25" if age < 25 else rng.choices([name for name, _ in TEAM_SHARES], [share for _, share in TEAM_SHARES])[0]
    managers = [s.login for s in world.staff if s.team == team and s.role == "case_manager"]
    officers = [s.login for s in world.staff if s.role == "benefits"]
    return Stocked(
        household=made,
        since=since,
        number=f"23102//{number:07d}",
        asked_at=asked_at,
        confirmed_at=moment(after(asked_at.date(), 1), rng.randint(8 * 60, 15 * 60)),
        decided_at=moment(min(decided, before(day)), rng.randint(9 * 60, 15 * 60)),
        granted_from=start,
        granted_to=add_months(start, 12) - timedelta(days=1),
        team=team,
        manager=rng.choice(managers) if rng.random() < 0.95 else "",
        confirmed_by=rng.choice(officers),
    )
