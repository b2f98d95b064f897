"""The training world as plain data: no Django, no clock, no chance beside the seed.

``generate(day)`` gives the same world for the same seed and day. Three years of people in benefit come out of the flows
(:mod:`hilfefrei.demo.history`); the ways of the last six months are steps in the order of time, each the name of a verb with
its arguments. Who is granted in a way and who is in the deliveries are the same people.
"""

from datetime import date, datetime
from functools import partial
from random import Random

import numpy as np

from hilfefrei.core.periods import add_months
from hilfefrei.demo import journeys, morning, office, via, work
from hilfefrei.demo.history import flows, joined, people
from hilfefrei.demo.history.deliveries import schedule
from hilfefrei.demo.history.flows import FATE_NAMES, Flows
from hilfefrei.demo.history.people import Line
from hilfefrei.demo.households import household
from hilfefrei.demo.journeys import Expected
from hilfefrei.demo.office import moment
from hilfefrei.demo.world import Household, World

SEED = 20261124
VACANCIES = 20_000
MONTHS = 6


def generate(
    day: date,
    *,
    seed: int = SEED,
    units: int = flows.UNITS,
    vacancies: int = VACANCIES,
    months: int = MONTHS,
    arrivals: int | None = None,
) -> World:
    """The world of ``day`` at 9:42.

    ``units`` are in benefit on the first day of the three years; ``arrivals`` is the number of ordinary applications of the
    last ``months``.
    """

    def chance(what: str) -> Random:
        return Random(f"{seed}/{day.isoformat()}/{what}")

    world = World(day, moment(day, 9 * 60 + 42))
    world.staff = office.staff(chance("staff"))
    world.rooms = list(office.ROOMS)
    window = add_months(day, -months)
    share = units / flows.UNITS
    flow = flows.draw(
        seed, day, units=units, a_month=flows.A_MONTH * share, lately=None if arrivals is None else (window, arrivals)
    )
    world.flow = flow
    register = people.Register()
    world.lines = people.lines(chance("people"), flow, window, register)
    world.turned_down = joined.turned_down(chance("turned down"), flow, world.lines, window)
    back = joined.coming_back(flow, world.lines, window, schedule(day)[0][0])
    world.stock = joined.stocked(chance("stock"), world, window, {line.household.key for line in back.values()})
    named = morning.stocked(day)
    world.stock += [joined.named(row, register, world) for row in named]
    world.stock.sort(key=lambda row: (row.since, row.household.key))
    world.jobs = work.jobs(chance("jobs"), day, vacancies)
    world.dates = list(via.dates(window, day))
    desk = journeys.Desk(world)
    crowd = chance("arrivals")
    make = partial(_household, chance("households"))
    came = journeys.arrivals(crowd, world, _expected(crowd, flow, window, back), make)
    for number, arrival in enumerate(came):
        journeys.travel(desk, chance(f"way {number}"), arrival)
    morning.Morning(desk, chance("morning")).build()
    world.steps.sort(key=_at)
    world.lines += joined.granted(chance("granted"), world, came, desk.arrived, register)
    return world


def _at(step: "journeys.Step") -> datetime:
    return step.at


def _household(rng: Random, key: str, day: date) -> Household:
    return household(rng, day, key)


def _expected(rng: Random, flow: Flows, window: date, back: dict[int, Line]) -> list[Expected]:
    """Who comes in the window: the applications of the flows, and those who only ask."""
    places = np.flatnonzero(flow.asked >= np.datetime64(window)).tolist()
    days: list[date] = flow.asked.astype("O").tolist()
    found = [
        Expected(
            days[n],
            FATE_NAMES[flow.fate[n]],
            bool(flow.grant[n]),
            int(flow.works[n]),
            n,
            back[n].household if n in back else None,
        )
        for n in places
    ]
    asking = round(len(found) * journeys.ONLY_ASKED / (1 - journeys.ONLY_ASKED))
    found += [Expected(days[n], "asked", grant=False, works=0, application=-1) for n in rng.sample(places, min(asking, len(places)))]
    return sorted(found, key=lambda one: (one.day, one.application))
