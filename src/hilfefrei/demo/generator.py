"""The training world as plain data: no Django, no clock, no chance beside the seed.

Targets and their sources: household mix of rural Lower Saxony counties (INKAR, BBSR Bonn: one-person units about 55 %, with
children about 31 %), 115 to 120 applications a month for about 3,100 units, hours to the first offer about five.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from hilfefrei.demo import names
from hilfefrei.demo.places import AROUND, PLACES

SEED = 20261124
UNITS = 3100
VACANCIES = 20000
MONTHS = 3
APPLICATIONS_A_MONTH = 117

# title, occupation, hours (low, high), cents per hour (low, high), starts, ends, weekend, shift, heavy, licence, newcomers, weight
JOBS: tuple[tuple[str, str, tuple[int, int], tuple[int, int], str, str, int, int, int, str, int, int], ...] = (
    ("Verkäufer/in Backwaren", "Bäckereifachverkäufer/in", (20, 30), (1390, 1480), "06:00", "13:30", 1, 0, 0, "", 1, 7),
    ("Verkäufer/in Lebensmittel", "Verkäufer/in", (20, 37), (1400, 1560), "08:00", "16:00", 1, 0, 0, "", 1, 8),
    ("Küchenhilfe", "Helfer/in - Küche", (15, 30), (1390, 1510), "08:00", "14:30", 0, 0, 0, "", 1, 7),
    ("Lagerhelfer/in", "Helfer/in - Lager, Transport", (30, 40), (1390, 1600), "06:00", "14:30", 0, 1, 1, "", 1, 9),
    ("Fachkraft für Lagerlogistik", "Fachkraft - Lagerlogistik", (37, 40), (1550, 1900), "06:00", "14:30", 0, 1, 1, "B", 0, 4),
    ("Reinigungskraft", "Helfer/in - Reinigung", (10, 25), (1425, 1500), "05:00", "09:00", 0, 0, 0, "", 1, 9),
    ("Alltagsbegleiter/in", "Alltagsbetreuer/in", (20, 30), (1540, 1650), "08:00", "13:00", 0, 0, 0, "", 1, 5),
    ("Pflegehelfer/in", "Helfer/in - Altenpflege", (25, 39), (1610, 1800), "06:00", "14:00", 1, 1, 1, "", 1, 8),
    ("Pflegefachkraft", "Pflegefachmann/-frau", (25, 39), (2050, 2500), "06:00", "14:00", 1, 1, 1, "", 0, 6),
    ("Elektrohelfer/in", "Helfer/in - Elektro", (35, 40), (1450, 1700), "07:00", "16:00", 0, 0, 0, "B", 1, 3),
    ("Elektroniker/in Gebäudetechnik", "Elektroniker/in - Energie- und Gebäudetechnik", (37, 40), (1750, 2300), "07:00", "16:00", 0, 0, 0, "B", 0, 3),
    ("Berufskraftfahrer/in", "Berufskraftfahrer/in (Güterverkehr)", (40, 48), (1650, 2000), "05:00", "15:00", 0, 0, 0, "C", 0, 4),
    ("Auslieferungsfahrer/in", "Auslieferungsfahrer/in", (25, 40), (1420, 1600), "07:00", "15:30", 0, 0, 0, "B", 1, 5),
    ("Zimmermädchen/Roomboy", "Zimmermädchen/Roomboy", (20, 35), (1390, 1450), "08:30", "14:30", 1, 0, 0, "", 1, 5),
    ("Servicekraft", "Fachkraft - Gastronomie", (20, 40), (1400, 1600), "15:00", "22:30", 1, 1, 0, "", 1, 6),
    ("Koch/Köchin", "Koch/Köchin", (30, 40), (1550, 1900), "13:00", "22:00", 1, 1, 0, "", 0, 5),
    ("Produktionshelfer/in", "Helfer/in - Metallbearbeitung", (35, 40), (1390, 1650), "06:00", "14:00", 0, 1, 1, "", 1, 8),
    ("Zerspanungsmechaniker/in", "Zerspanungsmechaniker/in", (37, 40), (1800, 2400), "06:00", "14:00", 0, 1, 0, "", 0, 3),
    ("Maurer/in", "Maurer/in", (38, 40), (1750, 2200), "07:00", "16:00", 0, 0, 1, "B", 0, 3),
    ("Bauhelfer/in", "Helfer/in - Hochbau", (38, 40), (1450, 1700), "07:00", "16:00", 0, 0, 1, "", 1, 4),
    ("Gärtner/in, Grünpflege", "Helfer/in - Gartenbau", (25, 40), (1420, 1650), "07:00", "15:30", 0, 0, 1, "B", 1, 4),
    ("Hausmeister/in", "Hausmeister/in", (20, 39), (1450, 1700), "07:00", "15:30", 0, 0, 0, "B", 1, 3),
    ("Bürokraft", "Kaufmann/-frau - Büromanagement", (20, 39), (1500, 1850), "08:00", "16:30", 0, 0, 0, "", 0, 5),
    ("Empfangskraft", "Helfer/in - Büro", (15, 30), (1420, 1550), "08:00", "13:00", 0, 0, 0, "", 1, 3),
    ("Erzieher/in", "Erzieher/in", (25, 39), (1900, 2300), "07:00", "15:00", 0, 0, 0, "", 0, 4),
    ("Betreuungskraft Ganztagsschule", "Helfer/in - Kinderbetreuung", (12, 22), (1450, 1600), "12:00", "16:00", 0, 0, 0, "", 1, 3),
    ("Kassierer/in", "Kassierer/in - Handel", (15, 30), (1400, 1500), "08:00", "14:30", 1, 0, 0, "", 1, 5),
    ("Sicherheitsmitarbeiter/in", "Schutzkraft", (30, 40), (1450, 1600), "18:00", "06:00", 1, 1, 0, "", 1, 3),
)


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a household."""

    first: str
    last: str
    birth: date | None
    sex: str
    role: str
    language: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A benefit unit with its home."""

    members: tuple[Member, ...]
    plz: str
    place: str
    lat: float
    lon: float
    street: str
    since: date
    number: str


@dataclass(frozen=True, slots=True)
class Job:
    """A vacancy."""

    reference: str
    job: int
    employer: str
    plz: str
    place: str
    lat: float
    lon: float
    hours: tuple[int, int] | None
    cents: tuple[int, int] | None
    with_times: bool
    agency: bool
    published: date


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody comes to the entrance; what becomes of it is drawn by the loader from ``luck``."""

    unit: Unit
    day: date
    minute: int
    channel: str
    wants_money: bool
    luck: float
    work: int


@dataclass(slots=True)
class World:
    """Everything, in a fixed order."""

    units: list[Unit] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)


def _birth(rng: Random, day: date, low: int, high: int) -> date:
    return day - timedelta(days=rng.randint(low * 365 + 20, high * 365))


def _adult(rng: Random, day: date, last: str, role: str, language: str, sex: str, low: int = 18, high: int = 64) -> Member:
    if language == "uk":
        first = rng.choice(names.UKRAINIAN_WOMEN if sex == "w" else names.UKRAINIAN_MEN)
    else:
        first = rng.choice(names.WOMEN if sex == "w" else names.MEN)
    return Member(first, last, _birth(rng, day, low, high), sex, role, language)


def unit(rng: Random, day: date, number: int) -> Unit:
    """One household of the mix of practice: singles 55, lone parents 19, couples 9, couples with children 14, other 3."""
    kind = rng.choices(("single", "lone", "couple", "family", "other"), (55, 19, 9, 14, 3))[0]
    language = rng.choices(("de", "uk", "ar", "tr", "ru", "fa", "pl"), (66, 12, 10, 4, 3, 3, 2))[0]
    last = rng.choice(names.PLANTS)
    sex = "w" if kind == "lone" and rng.random() < 0.9 else rng.choice("wm")
    members = [_adult(rng, day, last, "applicant", language, sex, 18 if kind == "single" else 21, 64 if kind != "family" else 52)]
    if kind in {"couple", "family"}:
        members.append(_adult(rng, day, last, "partner", language, "m" if sex == "w" else "w", 21, 62 if kind == "couple" else 52))
    children = {"lone": rng.choices((1, 2, 3), (60, 30, 10))[0], "family": rng.choices((1, 2, 3, 4, 5), (32, 36, 20, 8, 4))[0], "other": 1}.get(kind, 0)
    for _ in range(children):
        girl = rng.random() < 0.5
        members.append(Member(rng.choice(names.WOMEN if girl else names.MEN), last, _birth(rng, day, 0, 17), "w" if girl else "m", "child", language))
    plz, place, lat, lon, _ = rng.choices(PLACES, [p[4] for p in PLACES])[0]
    street = f"{rng.choice(('Ahornweg', 'Bergstraße', 'Gartenweg', 'Am Kurpark', 'Mühlengasse', 'Sösestraße', 'Harzblick', 'Lindenallee'))} {rng.randint(1, 60)}"
    since = day - timedelta(days=int(min(15 * 365, 200 + 2.5 * 365 * (-_log(rng.random())) ** (1 / 0.65))))
    return Unit(tuple(members), plz, place, round(lat + rng.uniform(-0.01, 0.01), 4), round(lon + rng.uniform(-0.01, 0.01), 4), street, since, f"23102//{number:07d}")


def _log(x: float) -> float:
    n, y = 0, max(x, 1e-9)
    while y < 0.5:
        y *= 2
        n += 1
    # Series of the logarithm around 1; exact on every machine, unlike libm's last digit.
    z = (y - 1) / (y + 1)
    term, total = z, 0.0
    for k in range(1, 40, 2):
        total += term / k
        term *= z * z
    return 2 * total - n * 0.6931471805599453


def jobs(rng: Random, day: date, count: int) -> list[Job]:
    """Vacancies in the mix of the region; one in five says no wage, one in four no times, one in six is from an agency."""
    places = PLACES + AROUND
    weights = [p[4] for p in places]
    kinds = list(range(len(JOBS)))
    kind_weights = [j[11] for j in JOBS]
    found = []
    for number in range(count):
        kind = rng.choices(kinds, kind_weights)[0]
        low, high = JOBS[kind][2]
        cents_low, cents_high = JOBS[kind][3]
        plz, place, lat, lon, _ = rng.choices(places, weights)[0]
        hours_low = rng.randrange(low, high + 1)
        hours_high = min(high, hours_low + rng.choice((0, 0, 0, 5)))
        low_cents = rng.randrange(cents_low, cents_high + 1, 5)
        employer = f"{rng.choice(names.EMPLOYER_FIRST)} {rng.choice(names.EMPLOYER_KIND)}"
        found.append(
            Job(
                reference=f"U-{number:06d}",
                job=kind,
                employer=employer,
                plz=plz,
                place=place,
                lat=round(lat + rng.uniform(-0.01, 0.01), 4),
                lon=round(lon + rng.uniform(-0.015, 0.015), 4),
                hours=(hours_low, hours_high) if rng.random() < 0.85 else None,
                cents=(low_cents, min(cents_high, low_cents + rng.choice((0, 0, 60, 120)))) if rng.random() < 0.8 else None,
                with_times=rng.random() < 0.75,
                agency=rng.random() < 0.16,
                published=day - timedelta(days=min(120, int(-21 * _log(rng.random())))),
            )
        )
    return found


def generate(day: date, *, seed: int = SEED, units: int = UNITS, vacancies: int = VACANCIES, months: int = MONTHS) -> World:
    """The world of ``day``: same seed and day, same world."""
    rng = Random(f"{seed}/{day.isoformat()}")
    world = World()
    world.units = [unit(rng, day, number) for number in range(units)]
    world.jobs = jobs(rng, day, vacancies)
    scale = units / UNITS
    first = day - timedelta(days=30 * months)
    total = max(6, round(APPLICATIONS_A_MONTH * months * scale))
    days = [first + timedelta(days=n) for n in range((day - first).days)]
    workdays = [d for d in days if d.weekday() < 5]
    for number in range(total):
        comer = unit(rng, day, units + number)
        world.arrivals.append(
            Arrival(
                unit=comer,
                day=rng.choice(workdays),
                minute=rng.randint(8 * 60, 14 * 60),
                channel=rng.choices(("in_person", "phone", "online", "letter", "email"), (48, 27, 15, 5, 5))[0],
                wants_money=rng.random() < 0.95,
                luck=rng.random(),
                work=rng.choices(range(len(JOBS)), [j[11] for j in JOBS])[0],
            )
        )
    world.arrivals.sort(key=lambda a: (a.day, a.minute, a.unit.number))
    return world
