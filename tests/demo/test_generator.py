"""The invented county looks like a real one, and the half year at its entrance holds together."""

import statistics
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from hilfefrei.core.periods import age_on
from hilfefrei.demo import generator, names, office, places
from hilfefrei.demo.households import household
from hilfefrei.demo.world import Household, Step, World

DAY = date(2026, 11, 24)
SEEDS = range(6)
UNITS = 1500


@pytest.fixture(scope="module")
def world() -> World:
    return generator.generate(DAY)


AGREED = ("next_step_at", "due_at", "resume_at", "benefits_appointment_at", "call_at")


def test_nothing_is_agreed_for_a_day_on_which_nobody_works(world: World) -> None:
    """The verbs refuse it of everybody else."""
    agreed = [(s.verb, key, s.args[key]) for s in world.steps for key in AGREED if s.args.get(key) is not None]
    assert len({key for _, key, _ in agreed}) > 2
    assert [a for a in agreed if not office.working(office.berlin(a[2]).date())] == []


# --- the stock ------------------------------------------------------------------------------------------------------
def _shares(seed: int) -> dict[str, float]:
    rng = Random(seed)
    units = [household(rng, DAY, str(n)) for n in range(UNITS)]
    persons = [(u, m, age_on(m.birth, DAY) if m.birth else 8) for u in units for m in u.members]
    able = [(u, m, age) for u, m, age in persons if 15 <= age < 67]

    def with_child(unit: Household) -> bool:
        return any(m.role == "child" for m in unit.members)

    def alone(unit: Household) -> bool:
        return with_child(unit) and not any(m.role == "partner" for m in unit.members)

    return {
        "one person": 100 * sum(len(u.members) == 1 for u in units) / UNITS,
        "five and more": 100 * sum(len(u.members) >= 5 for u in units) / UNITS,
        "with children": 100 * sum(map(with_child, units)) / UNITS,
        "persons per unit": len(persons) / UNITS,
        "able to work": 100 * len(able) / len(persons),
        "women": 100 * sum(m.sex == "w" for _, m, _ in able) / len(able),
        "lone parents": 100 * sum(alone(u) and m.role == "applicant" for u, m, _ in able) / len(able),
        "under 25": 100 * sum(age < 25 for _, _, age in able) / len(able),
        "55 and over": 100 * sum(age >= 55 for _, _, age in able) / len(able),
        "Ukrainian": 100 * sum(m.nationality == "ukrainisch" for _, m, _ in able) / len(able),
        "without German passport": 100 * sum(m.nationality not in {"deutsch", ""} for _, m, _ in able) / len(able),
    }


# Source: INKAR (BBSR Bonn), SGB II indicators of eleven rural counties of Lower Saxony 2022, least and most; persons per unit Peine 2019
# and Rotenburg 2024 (2.02 to 2.13, here ± 0.1); passports: Federal Employment Agency 2024 and the rural estimate of 35 to 45 %.
RANGES = {
    "one person": (47, 61),
    "five and more": (5, 12),
    "with children": (29, 42),
    "persons per unit": (1.92, 2.23),
    "able to work": (62, 71),
    "women": (50, 56),
    "lone parents": (13, 17),
    "under 25": (15, 22),
    "55 and over": (15, 24),
    "Ukrainian": (9, 17),
    "without German passport": (30, 45),
}


def test_households_lie_within_the_range_of_rural_counties() -> None:
    # One seed scatters by a point and more: the mean over seeds is what can be held to a source.
    drawn = [_shares(seed) for seed in SEEDS]
    means = {what: statistics.mean(shares[what] for shares in drawn) for what in RANGES}
    outside = {what: means[what] for what, (low, high) in RANGES.items() if not low <= means[what] <= high}
    assert not outside


def test_size_of_the_house(world: World) -> None:
    # About 3,100 units with 6,500 persons in benefit (issue 3; practice notes 4.1: 6,300 to 6,600), those not decided yet left out.
    running = [line for line in world.lines if line.end is None]
    assert 2950 <= len(running) <= 3200
    assert 6100 <= sum(part.end is None for line in running for part in line.parts) <= 6700
    assert len(world.jobs) == 20_000
    assert len(world.staff) == 60
    assert len({s.login for s in world.staff}) == 60


def test_places_are_real_in_number_and_lie_in_the_harz() -> None:
    assert 55 <= len(places.ALL) <= 65
    assert all(51.3 < p.lat < 52.1 and 9.6 < p.lon < 11.0 and len(p.plz) == 5 for p in places.ALL)
    assert len({p.name for p in places.ALL}) == len(places.ALL)


def test_every_number_belongs_to_no_line(world: World) -> None:
    free = ("0171 39200 ", "030 23125 ", "040 66969 ", "0221 4710 ", "069 90009 ", "089 99998 ")
    phones = (
        [row.household.phone for row in world.stock]
        + [s.phone for s in world.staff]
        + [s.args["phone"] for s in world.steps if s.args.get("phone")]
    )
    assert all(phone.startswith(free) for phone in phones)
    assert all("0171 39200" in job.contact for job in world.jobs if job.contact)


def test_nobody_of_the_crowd_bears_a_name_of_the_morning(world: World) -> None:
    crowd = {m.last for row in world.stock if row.household.key[1:].isdigit() for m in row.household.members}
    assert not crowd & names.KEPT


def test_the_hours_of_a_vacancy_fit_into_five_of_its_days(world: World) -> None:
    timed = [job for job in world.jobs if job.hours and job.starts_at and job.ends_at and job.reference.startswith("U-")]
    assert len(timed) > 10_000
    for job in timed:
        day = (job.ends_at.hour - job.starts_at.hour) * 60 + job.ends_at.minute - job.starts_at.minute
        assert job.hours[1] * 60 <= day % (24 * 60) * 5, job


def test_wages_are_lawful_and_in_a_unit_that_fits(world: World) -> None:
    hourly = [job.wage for job in world.jobs if job.wage and job.wage[0] == "hour"]
    assert min(low for _, low, _ in hourly) >= 1390
    assert max(high for _, _, high in hourly) <= 2600
    assert all(low <= high for _, low, high in hourly)
    share = sum(job.wage is None for job in world.jobs) / len(world.jobs)
    assert 0.17 < share < 0.23


# --- the half year --------------------------------------------------------------------------------------------------
def test_steps_are_over_and_in_order(world: World) -> None:
    times = [s.at for s in world.steps]
    assert times == sorted(times)
    assert max(times) < world.now
    assert all(s.at.tzinfo is not None for s in world.steps)


def test_everybody_who_acts_works_here_and_at_a_working_hour(world: World) -> None:
    logins = {s.login for s in world.staff}
    assert {s.by for s in world.steps} <= logins
    talks = [office.berlin(s.at) for s in world.steps if s.verb.endswith("start_talk")]
    assert all(office.working(at.date()) and 8 <= at.hour < 16 for at in talks)


def test_no_seat_is_sold_twice(world: World) -> None:
    assert all(plan.seats is None or len(plan.taken) <= plan.seats for plan in world.dates)
    workshops = [
        p for p in world.dates if p.kind == "workshop" and p.ends_at < world.now and p.starts_at > world.now - timedelta(days=90)
    ]
    # Enough people that the week plan is worth a look.
    assert statistics.mean(len(p.taken) for p in workshops) > 5


def test_nobody_leads_two_things_at_once(world: World) -> None:
    spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for plan in world.dates:
        spans[plan.led_by].append((plan.starts_at, plan.ends_at))
    for who, rows in spans.items():
        assert all(end <= start for (_, end), (start, _) in pairwise(sorted(rows))), who


def _by_way(world: World) -> dict[str, list[Step]]:
    ways: dict[str, list[Step]] = defaultdict(list)
    for step in world.steps:
        if step.way:
            ways[step.way].append(step)
    return ways


def _first(steps: list[Step], name: str) -> Step | None:
    return next((s for s in steps if s.verb.endswith(name)), None)


def _hours_to_offer(world: World, days: int) -> list[float]:
    found = []
    for steps in _by_way(world).values():
        contact = steps[0].args["contact_at"]
        if contact < world.now - timedelta(days=days):
            continue
        offer = min((s.at for s in steps if s.verb.endswith(("book_seat", "hand_vacancy"))), default=world.now)
        found.append((offer - contact).total_seconds() / 3600)
    return found


def test_the_first_offer_comes_within_hours(world: World) -> None:
    # Design of the board: half of the people within 5.2 hours; those without an offer stay in.
    assert 3 < statistics.median(_hours_to_offer(world, 180)) < 8


def test_most_get_an_offer_on_the_same_day(world: World) -> None:
    # Design of the board: 81 to 86 of 100.
    same, all_of = 0, 0
    for steps in _by_way(world).values():
        offer = next((s for s in steps if s.verb.endswith(("book_seat", "hand_vacancy"))), None)
        all_of += 1
        same += offer is not None and office.berlin(offer.at).date() == office.berlin(steps[0].args["contact_at"]).date()
    assert 0.72 < same / all_of < 0.9


def test_a_month_has_its_applications_and_its_ends(world: World) -> None:
    ways = _by_way(world)
    applied = [w for w in ways.values() if {"money", "housing"} & set(w[0].args["wishes"])]
    # 115 to 120 a month for 3,100 units (practice notes 4.4), the people of the morning included.
    assert 105 <= len(applied) / 6 <= 125
    old = [w for w in ways.values() if world.now - w[0].at > timedelta(days=75)]
    share = Counter[str]()
    for steps in old:
        share["work"] += any(s.args.get("kind") == "work" and s.verb.endswith("add_fact") for s in steps)
        share["training"] += any(s.args.get("kind") == "training" for s in steps if s.verb.endswith("add_fact"))
        share["leave"] += _first(steps, "record_leave") is not None
        share["granted"] += any(s.args.get("kind") == "granted" for s in steps if s.verb.endswith("record_outcome"))
        share["decided"] += _first(steps, "record_outcome") is not None or _first(steps, "record_leave") is not None
        share["ended"] += _first(steps, "end_via") is not None
    size = len(old)
    # Work a quarter (practice notes 1.2, 4.4, deadweight included); who leaves it is rare and never a goal.
    assert 0.18 < share["work"] / size < 0.32
    assert 0.01 < share["training"] / size < 0.06
    assert share["leave"] / size < 0.12
    # 47 to 52 of 117 enter (issue 3).
    assert 0.36 < share["granted"] / size < 0.5
    assert share["decided"] / size > 0.9
    assert share["ended"] / size > 0.97


def test_about_a_quarter_of_the_invited_do_not_come(world: World) -> None:
    # Practice notes 4.8: 20 to 35 % for people new in benefit.
    marks = Counter(s.args["attendance"] for s in world.steps if s.verb.endswith("mark_attendance"))
    absent = 1 - marks["present"] / marks.total()
    assert 0.18 < absent < 0.33


def test_most_have_a_barrier_and_many_have_several(world: World) -> None:
    """90 % of the unemployed have at least one barrier, 44 % at least two (IPPEN); in PASS three quarters have two (practice notes 4.2):
    no vocational training, health, 51 and older, little German, care of a child."""
    said: dict[str, dict[str, Any]] = defaultdict(dict)
    births = {}
    for step in world.steps:
        if step.verb.endswith("save_answers"):
            said[step.way] |= step.args["values"]
        elif step.verb.endswith("record_first_contact") and step.args.get("new_person"):
            births[step.way] = step.args["new_person"]["birth_date"]
    counts = []
    for way, values in said.items():
        if way.startswith("w") and births.get(way):
            counts.append(
                (values["training"] != "vocational")
                + (values["cannot"] != ["none"] or values["capacity"] == "unsure")
                + (age_on(births[way], DAY) > 50)
                + (values["german"] in {"some", "little"})
                + bool({"baby", "child"} & set(values["care"]))
            )
    assert 0.85 <= sum(count >= 1 for count in counts) / len(counts) <= 0.97
    assert 0.44 <= sum(count >= 2 for count in counts) / len(counts) <= 0.77


def test_the_median_decision_takes_about_two_weeks(world: World) -> None:
    # Courts: under three weeks is not objected to (practice notes 1.5).
    taken = []
    for steps in _by_way(world).values():
        outcome = _first(steps, "record_outcome")
        if outcome is not None:
            taken.append((outcome.at - steps[0].at).days)
    assert 11 <= statistics.median(taken) <= 21


# --- the morning ----------------------------------------------------------------------------------------------------
DAYS = [date(2026, 1, 2), date(2026, 3, 30), date(2026, 5, 26), date(2026, 10, 26), date(2026, 12, 28), date(2028, 2, 29), DAY]


def _waiting(world: World) -> set[str]:
    state: dict[str, str] = {}
    for step in world.steps:
        name = step.verb.rsplit(".", 1)[-1]
        after: dict[str, str] = {
            "record_first_contact": "waiting",
            "start_talk": "talk",
            "finish_talk": "via",
            "later": "later",
            "not_reached": "not_reached",
            "back_to_list": "waiting",
            "refer_to_agency": "agency",
            "end_via": "ended",
        }
        if name in after:
            state[step.way] = after[name]
    return {way for way, what in state.items() if what == "waiting"}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_same_ten_people_wait_on_every_training_day(day: date) -> None:
    small = generator.generate(day, units=12, vacancies=400, months=1, arrivals=40)
    who: dict[str, Any] = {s.way: s.args for s in small.steps if s.verb.endswith("record_first_contact")}
    waiting = _waiting(small)
    assert all(way.startswith("m") for way in waiting)
    named = {who[way]["new_person"].get("last_name", "") for way in waiting if "new_person" in who[way]}
    assert named == {
        "Fingerhut",
        "Kirschbaum",
        "Lindenhof",
        "Heidekraut",
        "Rosskastanie",
        "Zitterpappel",
        "Wiesenklee",
        "Eibisch",
        "",
    }
    assert len(waiting) == 10
    assert min(s.at for s in small.steps if s.way in waiting) == small.now - (
        small.now - office.moment(office.before(day), 8 * 60 + 17)
    )


def test_same_seed_same_world_other_seed_other_world() -> None:
    size = {"units": 30, "vacancies": 300, "months": 1, "arrivals": 20}
    first, again, other = (generator.generate(DAY, seed=seed, **size) for seed in (5, 5, 6))
    assert (first.stock, first.jobs, first.steps) == (again.stock, again.jobs, again.steps)
    assert first.steps != other.steps
    assert [s.household.members for s in first.stock] != [s.household.members for s in other.stock]
