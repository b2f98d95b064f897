"""The ranking once more, written down row by row in plain Python: what the fast one must equal.

Only the words (likeness, usual strain) are shared with the product; distance, limits, order and choice are written anew.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from hilfefrei.core.matching import occupations
from hilfefrei.core.matching.vacancy import Client, Vacancy
from hilfefrei.core.matching.wages import minimum_wage
from hilfefrei.core.names import fold

WALLS = ("youth", "way", "hours", "time", "days", "special", "heavy", "licence", "unwanted")
SPEED = {"foot": 5, "bike": 15, "bus": 20, "car": 45}
COVERED = {"B": "B", "C": "BC", "CE": "BC", "D": "BD"}
WEEKEND = 0b1100000


@dataclass(frozen=True)
class Naive:
    chosen: list[int]
    order: list[int]
    scores: dict[int, float]
    candidates: int
    fitting: int
    hidden: dict[str, int]
    opened_by: dict[str, int]


def kilometres(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    a, b = math.radians(lat_a), math.radians(lat_b)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(min(1, half)))


def wish_likeness(client: Client, row: Vacancy) -> float:
    words = occupations.words_of(row.occupation, row.title)
    words = replace(words, training=words.training or row.training)
    asked = [(1.0, n) for n in client.wanted] + [(0.9, n) for n in client.last] + [(0.8, n) for n in client.open_for]
    asked = [(weight, name) for weight, name in asked if name.strip()]
    if not asked:
        return 0.5
    return max(weight * occupations.likeness(name, words) for weight, name in asked)


def hours(row: Vacancy) -> tuple[float | None, float | None]:
    if row.hours_low is not None or row.hours_high is not None:
        low = row.hours_low if row.hours_low is not None else row.hours_high
        return low, row.hours_high if row.hours_high is not None else row.hours_low
    if row.mini_job:
        return 1, 10
    if row.full_time is None:
        return None, None
    return (35, 40) if row.full_time else (0, 34)


def way(client: Client, row: Vacancy) -> float | None:
    if client.lat is None or client.lon is None or row.lat is None or row.lon is None:
        return None
    return 1.3 * kilometres(client.lat, client.lon, row.lat, row.lon)


def beyond(client: Client, row: Vacancy) -> set[str]:
    found = set()
    km = way(client, row)
    speed = max((SPEED[m] for m in client.modes), default=20)
    limits = [client.max_km, None if client.max_minutes is None else client.max_minutes * speed / 60]
    if client.lat is not None and client.lon is not None and any(x is not None and (km is None or km > x) for x in limits):
        found.add("way")
    low, high = hours(row)
    if (client.hours_low is not None and high is not None and high < client.hours_low) or (
        client.hours_high is not None and low is not None and low > client.hours_high
    ):
        found.add("hours")
    if row.days and any(row.days >> i & 1 and not client.days >> i & 1 for i in range(7)):
        found.add("days")
    if not row.days and low is not None and row.start is not None and row.end is not None:
        lasts = row.end - row.start if row.end > row.start else row.end + 24 * 60 - row.start
        if low * 60 > lasts * client.days.bit_count():
            found.add("days")
    if out_of_time(client, row, 0 if km is None else math.ceil(km * 60 / speed), low or 0):
        found.add("time")
    no_weekend = client.no_weekend or not client.days & WEEKEND
    if (
        (row.shift and client.no_shift)
        or (row.night and client.no_night)
        or (row.weekend and no_weekend)
        or (row.special and (client.no_shift or client.no_night or no_weekend))
    ):
        found.add("special")
    if (row.heavy and client.no_heavy) or (row.standing and client.no_standing):
        found.add("heavy")
    covered = None if client.licences is None else "".join(COVERED[x] for x in client.licences)
    if (row.car and client.car is False) or (row.licence and covered is not None and row.licence not in covered):
        found.add("licence")
    words = replace(occupations.words_of(row.occupation, row.title))
    words = replace(words, training=words.training or row.training)
    if any(occupations.likeness(name, words) >= 0.6 for name in client.unwanted):
        found.add("unwanted")
    if client.age is not None and client.age < 18 and forbidden_for_youth(client.age, row):
        found.add("youth")
    return found


def forbidden_for_youth(age: int, row: Vacancy) -> bool:
    if age < 15 or row.shift or row.night or row.weekend or row.special or row.heavy or row.car or row.licence:
        return True
    if any(row.days is not None and row.days >> day & 1 for day in (5, 6)):
        return True
    low, _ = hours(row)
    if low is not None and low > 40:
        return True
    if row.start is not None and not 6 * 60 <= row.start < 20 * 60:
        return True
    if row.end is not None and not 6 * 60 < row.end <= 20 * 60:
        return True
    return row.start is not None and row.end is not None and row.end <= row.start


def out_of_time(client: Client, row: Vacancy, travel: int, hours_low: float) -> bool:
    froms = [client.earliest, None if client.care_from is None else client.care_from + travel]
    untils = [client.latest, None if client.care_until is None else client.care_until - travel]
    earliest = max((x for x in froms if x is not None), default=-math.inf)
    latest = min((x for x in untils if x is not None), default=math.inf)
    possible = client.days & row.days if row.days else client.days
    daily = hours_low * 60 / max(1, possible.bit_count())
    daily += 30 if daily > 360 else 0
    start, end = row.start, row.end
    if start is not None and end is not None and end <= start:
        end += 24 * 60
    if start is not None and start < earliest:
        return True
    if start is None and end is not None and end - daily < earliest:
        return True
    last = end if end is not None else max(earliest, start if start is not None else -math.inf) + daily
    return last > latest


def points(client: Client, row: Vacancy, likeness: float, today: date) -> float:
    km = way(client, row)
    age = (today - row.published).days if row.published else 60
    stated = row.hours_low is not None or row.hours_high is not None or bool(row.full_time)
    found = (
        60 * likeness
        + 22 * (0.5 if km is None else math.exp(-km / 15))
        + 12 * (1 if stated else 0.5)
        + 6 * min(1, max(0, 1 - age / 60))
    )
    found -= 6 * bool(row.temp_agency or row.private_agency)
    found -= bool(row.fixed_term)
    found -= 2 * (not row.wage_hour and not row.wage_month)
    least = minimum_wage(today)
    found -= 5 * bool(least and row.wage_hour and row.wage_hour[0] < least)
    limited = any(x is not None for x in (client.earliest, client.latest, client.care_from, client.care_until))
    found -= 4 * (limited and (row.start is None or row.end is None))
    for kind, wall, stated_flag in (("heavy", client.no_heavy or (client.age is not None and client.age < 18), row.heavy), ("standing", client.no_standing, row.standing)):
        found -= 10 * (wall and stated_flag is not False and occupations.typical(kind, row.occupation, row.title))
    return round(max(0, found), 6)


def naive_rank(client: Client, rows: Sequence[Vacancy], *, today: date, k: int = 5) -> Naive:
    hidden, opened_by = dict.fromkeys(WALLS, 0), dict.fromkeys(WALLS, 0)
    scores: dict[int, float] = {}
    candidates = 0
    for i, row in enumerate(rows):
        likeness = wish_likeness(client, row)
        if likeness < 0.35 or (row.closes and row.closes < today):
            continue
        candidates += 1
        walls = beyond(client, row)
        for wall in walls:
            hidden[wall] += 1
            opened_by[wall] += len(walls) == 1
        if not walls:
            scores[i] = points(client, row, likeness, today)

    def place(i: int) -> tuple[float, float, float, str]:
        row, km = rows[i], way(client, rows[i])
        age = -row.published.toordinal() if row.published else 0
        return -scores[i], math.inf if km is None else km, age, row.key

    order = sorted(scores, key=place)
    return Naive(choose(rows, order, k), order, scores, candidates, len(scores), hidden, opened_by)


def choose(rows: Sequence[Vacancy], order: list[int], k: int) -> list[int]:
    single: list[int] = []
    seen: set[tuple[str, str]] = set()
    for i in order:
        what = (occupations.normal_name(rows[i].title), fold(rows[i].employer))
        if what not in seen:
            seen.add(what)
            single.append(i)
    firm = {i: fold(rows[i].employer) for i in single}
    within = [i for n, i in enumerate(single) if not firm[i] or sum(firm[j] == firm[i] for j in single[:n]) < 2]
    chosen = within[:k]
    chosen += [i for i in single if i not in within][: k - len(chosen)]
    return [i for i in single if i in chosen]
