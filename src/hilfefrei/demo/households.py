"""Households as they are in a rural county of Lower Saxony.

Targets (INKAR, BBSR Bonn, median and range of eleven rural counties of Lower Saxony, 2022): one-person units 54.9 % (47-61),
with five and more 7.5 (5-12), with children 34.6 (29-42); of the employable (15 to 66 years) women 51.9 (50-56), lone
parents 14.9 (13-17), under 25 19.0 (15-22), 55 and over 19.4 (15-24); employable of all persons 66.9 (62-71). German
nationality and language: a third to two fifths without a German passport, an eighth Ukrainian (Federal Employment Agency,
2024). tests/demo holds the generator to them.
"""

from datetime import date, timedelta
from random import Random

from hilfefrei.demo import names
from hilfefrei.demo.places import COUNTY
from hilfefrei.demo.work import near
from hilfefrei.demo.world import Household, Member

KINDS = ("single", "lone", "couple", "family", "other")
KIND_WEIGHTS = (51, 19, 9, 17, 4)
LANGUAGES = ("de", "uk", "ar", "tr", "ru", "fa", "pl", "ro")
LANGUAGE_WEIGHTS = (64, 13, 10, 4, 3, 3, 2, 1)
# Births are missing in one of two hundred rows that come from elsewhere.
NO_BIRTH_SHARE = 0.005
YEAR = 365.25
ADULT_AGES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "single": ((18, 25, 14), (25, 35, 21), (35, 45, 17), (45, 55, 19), (55, 66, 34)),
    "lone": ((19, 25, 10), (25, 35, 42), (35, 45, 36), (45, 54, 12)),
    "couple": ((21, 35, 25), (35, 50, 25), (50, 66, 50)),
    "family": ((22, 30, 24), (30, 40, 46), (40, 52, 30)),
    "other": ((36, 45, 50), (45, 60, 50)),
}
CHILDREN = {"lone": ((1, 48), (2, 32), (3, 14), (4, 6)), "family": ((1, 18), (2, 32), (3, 26), (4, 15), (5, 9))}


def _pick(rng: Random, table: "tuple[tuple[int, int], ...]") -> int:
    return rng.choices([value for value, _ in table], [weight for _, weight in table])[0]


def _born(rng: Random, day: date, years: float) -> date:
    return day - timedelta(days=int(years * YEAR) + rng.randint(1, 300))


def _adult(rng: Random, day: date, kind: str) -> date:
    low, high, _ = rng.choices(ADULT_AGES[kind], [row[2] for row in ADULT_AGES[kind]])[0]
    return _born(rng, day, rng.uniform(low, high - 0.85))


def _first(rng: Random, language: str, sex: str) -> str:
    women, men = names.FIRST[language]
    return rng.choice(women if sex == "w" else men)


def household(rng: Random, day: date, key: str, *, kind: str = "") -> Household:
    """One household of the mix, as it stands on ``day``."""
    kind = kind or rng.choices(KINDS, KIND_WEIGHTS)[0]
    language = rng.choices(LANGUAGES, LANGUAGE_WEIGHTS)[0]
    nationality = names.NATIONALITY[language]
    if language == "de" and rng.random() < 0.04:
        nationality = ""
    last = rng.choice(names.LAST)
    interpreter = language in {"ar", "fa", "uk"} and rng.random() < 0.35
    women = {"lone": 0.9, "single": 0.42, "couple": 0.5, "family": 0.5, "other": 0.5}[kind]
    sex = "w" if rng.random() < women else "m"
    birth = _adult(rng, day, kind)

    def person(first: str, born: date, sex: str, role: str, *, last: str = last) -> Member:
        known = born if role == "applicant" or rng.random() >= NO_BIRTH_SHARE else None
        speaks = language if (day - born).days > 14 * YEAR else "de" if rng.random() < 0.5 else language
        return Member(first, last, known, sex, role, speaks, interpreter and role != "child", nationality)

    members = [person(_first(rng, language, sex), birth, sex, "applicant")]
    if kind in {"couple", "family"}:
        other = "m" if sex == "w" else "w"
        born = birth + timedelta(days=rng.randint(-6 * 365, 6 * 365))
        grown = day - timedelta(days=int(19 * YEAR))
        their = last if rng.random() < 0.75 else rng.choice(names.LAST)
        members.append(person(_first(rng, language, other), min(born, grown), other, "partner", last=their))
    if kind in CHILDREN:
        # Nobody is a parent before seventeen.
        oldest = min(17.9, (day - birth).days / YEAR - 17)
        ages = sorted((rng.uniform(0, max(oldest, 0.6)) for _ in range(_pick(rng, CHILDREN[kind]))), reverse=True)
        for age in ages:
            child = "w" if rng.random() < 0.5 else "m"
            born = day - timedelta(days=max(20, int(age * YEAR)))
            members.append(person(_first(rng, language, child), born, child, "child"))
    elif kind == "other":
        for _ in range(rng.choice((1, 1, 2))):
            grown_up = "w" if rng.random() < 0.5 else "m"
            members.append(person(_first(rng, language, grown_up), _born(rng, day, rng.uniform(18, 24)), grown_up, "other"))
    home = rng.choices(COUNTY, [place.weight for place in COUNTY])[0]
    lat, lon = near(rng, home)
    return Household(key, tuple(members), home, f"{rng.choice(names.STREETS)} {rng.randint(1, 90)}", lat, lon, names.phone(rng))
