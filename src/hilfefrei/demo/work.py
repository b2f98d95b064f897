"""Work in the Harz, invented: firms, vacancies and their texts.

Mix of branches after the remarks on the region in the practice notes: trade, hotels and restaurants, care, cleaning,
logistics, metal and building 10 to 15 % each. Wages from the minimum wage of 2026 (13.90 €, MiLoV5) and the minimum wages
of branches upwards; one advertisement in five names no wage, one in four no times, one in six comes from an agency.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from random import Random

from hilfefrei.demo import names
from hilfefrei.demo.places import ALL, Place
from hilfefrei.demo.world import Job


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work. ``cents`` are per hour, ``times`` possible (begin, end) of a working day."""

    branch: str
    occupation: str
    titles: tuple[str, ...]
    hours: tuple[int, int]
    cents: tuple[int, int]
    times: tuple[tuple[str, str], ...]
    weight: int
    weekend: bool = False
    shift: bool = False
    heavy: bool = False
    standing: bool = False
    licence: str = ""
    german: str = ""
    newcomers: bool = True
    duties: tuple[str, ...] = ()


# One kind of work, one or two lines.
# fmt: off
KINDS: tuple[Kind, ...] = (
    Kind("bakery", "Fachverkäufer/in - Lebensmittelhandwerk (Bäckerei)", ("Verkäufer/in Backwaren", "Verkauf in der Backstube", "Bäckereiverkauf, vormittags"),
         (15, 30), (1390, 1500), (("06:00", "13:00"), ("07:30", "13:30"), ("12:00", "18:30")), 6, weekend=True, standing=True,
         duties=("Theke und Kasse", "Brötchen belegen", "den Laden sauber halten")),
    Kind("food", "Verkäufer/in", ("Verkäufer/in Lebensmittel", "Verkauf und Kasse", "Mitarbeit im Markt"), (20, 37), (1400, 1580),
         (("08:00", "14:00"), ("09:00", "17:30"), ("13:00", "20:30")), 7, weekend=True, standing=True, duties=("Kasse", "Regale", "Frische prüfen")),
    Kind("food", "Helfer/in - Verkauf", ("Warenverräumung", "Regalservice am Morgen", "Einräumhilfe"), (10, 25), (1390, 1450), (("05:00", "09:00"), ("06:00", "11:00")), 5,
         heavy=True, duties=("Ware auspacken", "Regale füllen")),
    Kind("shop", "Verkäufer/in", ("Verkauf Textil", "Verkauf Drogerie", "Verkauf Gartenmarkt", "Mitarbeit im Verkauf"), (15, 37), (1400, 1550),
         (("09:00", "14:00"), ("10:00", "18:30")), 5, weekend=True, standing=True, duties=("Beratung", "Kasse", "Auszeichnen")),
    Kind("gastro", "Küchenhelfer/in", ("Küchenhilfe", "Spülkraft", "Küchenhilfe Mensa", "Küchenhilfe, mittags"), (12, 30), (1390, 1510),
         (("08:00", "14:30"), ("10:00", "15:00"), ("15:00", "22:00")), 7, standing=True, duties=("Vorbereiten", "Spülen", "Ausgabe")),
    Kind("gastro", "Fachkraft - Gastgewerbe", ("Servicekraft", "Frühstücksservice", "Service Mensa, mittags", "Bedienung"), (15, 38), (1400, 1600),
         (("06:30", "12:00"), ("08:00", "14:30"), ("16:00", "23:00")), 6, weekend=True, shift=True, standing=True, duties=("Gäste bedienen", "Abrechnen")),
    Kind("gastro", "Koch/Köchin", ("Koch/Köchin", "Jungkoch/Jungköchin", "Koch/Köchin, nur tagsüber"), (30, 40), (1600, 2000), (("09:00", "17:30"), ("13:00", "22:00")), 5,
         weekend=True, shift=True, standing=True, newcomers=False, duties=("Warme Küche", "Bestellen", "Anleiten")),
    Kind("gastro", "Zimmermädchen/Roomboy", ("Zimmerservice", "Zimmerreinigung Hotel", "Etagenkraft"), (15, 35), (1390, 1460), (("08:30", "13:30"), ("09:00", "15:00")), 5,
         weekend=True, standing=True, duties=("Zimmer richten", "Wäsche")),
    Kind("care", "Helfer/in - Altenpflege", ("Pflegehelfer/in", "Pflegehilfe, Tagdienst", "Pflegeassistenz"), (20, 39), (1660, 1850), (("06:00", "13:30"), ("13:00", "20:30")), 8,
         weekend=True, shift=True, heavy=True, german="B1", duties=("Waschen und Ankleiden helfen", "Essen reichen", "Dokumentation")),
    Kind("care", "Pflegefachmann/-frau", ("Pflegefachkraft", "Pflegefachkraft, Nachtdienst", "Pflegefachkraft ambulant"), (20, 39), (2110, 2600),
         (("06:00", "13:30"), ("13:00", "20:30"), ("20:30", "06:15")), 6, weekend=True, shift=True, heavy=True, german="B2", newcomers=False, duties=("Pflege planen", "Behandlungspflege")),
    Kind("care", "Betreuungskraft/Alltagsbegleiter/in", ("Alltagsbegleitung", "Betreuungskraft", "Begleitung von Senioren"), (15, 30), (1560, 1700), (("08:00", "13:00"), ("09:00", "15:00")), 5,
         german="B1", duties=("Vorlesen, Spazierengehen", "Gruppen begleiten")),
    Kind("care", "Helfer/in - Hauswirtschaft", ("Hilfe Hauswirtschaft", "Hauswirtschaft Pflegeheim", "Haushaltshilfe"), (10, 30), (1400, 1520), (("07:30", "12:30"), ("08:00", "14:00")), 5,
         standing=True, duties=("Wäsche", "Essen verteilen", "Aufräumen")),
    Kind("cleaning", "Helfer/in - Reinigung", ("Reinigungskraft", "Reinigung Schule, früh", "Büroreinigung, abends", "Unterhaltsreinigung"), (8, 28), (1500, 1560),
         (("05:00", "09:00"), ("07:00", "12:00"), ("16:00", "20:00")), 9, duties=("Böden", "Sanitär", "Müll")),
    Kind("cleaning", "Glas- und Gebäudereiniger/in", ("Glas- und Gebäudereinigung", "Objektleitung Reinigung"), (30, 40), (1650, 1900), (("06:00", "14:30"),), 2, licence="B", newcomers=False,
         duties=("Glas und Rahmen", "Team anleiten")),
    Kind("logistics", "Helfer/in - Lagerwirtschaft, Transport", ("Lagerhelfer/in", "Kommissionierung", "Packen im Versand", "Versandhelfer/in"), (20, 40), (1390, 1620),
         (("06:00", "14:00"), ("07:00", "15:30"), ("14:00", "22:00")), 9, shift=True, heavy=True, duties=("Ware zusammenstellen", "Packen", "Scannen")),
    Kind("logistics", "Fachkraft - Lagerlogistik", ("Fachkraft Lagerlogistik", "Staplerfahrer/in", "Warenannahme"), (35, 40), (1600, 1950), (("06:00", "14:30"), ("14:00", "22:00")), 5,
         shift=True, heavy=True, newcomers=False, duties=("Stapler fahren", "Bestand buchen")),
    Kind("logistics", "Berufskraftfahrer/in", ("Berufskraftfahrer/in Nahverkehr", "LKW-Fahrer/in, Tagestouren"), (38, 48), (1650, 2000), (("05:00", "15:00"), ("06:00", "16:00")), 4,
         licence="C", newcomers=False, duties=("Touren in der Region", "Laden")),
    Kind("logistics", "Auslieferungsfahrer/in", ("Auslieferungsfahrer/in", "Paketzustellung", "Fahrer/in Essen auf Rädern"), (12, 40), (1410, 1600),
         (("07:00", "15:30"), ("09:00", "13:30")), 5, licence="B", duties=("Ausliefern", "Quittieren")),
    Kind("metal", "Helfer/in - Metallbearbeitung", ("Produktionshelfer/in", "Montagehilfe, leicht", "Mitarbeit in der Fertigung"), (30, 40), (1400, 1750),
         (("06:00", "14:00"), ("07:00", "15:30"), ("14:00", "22:00")), 9, shift=True, heavy=True, duties=("Maschine bestücken", "Sichtprüfung", "Verpacken")),
    Kind("metal", "Zerspanungsmechaniker/in", ("Zerspanungsmechaniker/in", "CNC-Dreher/in", "Fräser/in"), (36, 40), (1850, 2500), (("06:00", "14:00"), ("14:00", "22:00")), 4,
         shift=True, newcomers=False, duties=("Rüsten", "Messen")),
    Kind("metal", "Industriemechaniker/in", ("Industriemechaniker/in", "Schlosser/in Instandhaltung"), (36, 40), (1900, 2500), (("06:00", "14:00"), ("07:00", "15:30")), 4,
         shift=True, newcomers=False, duties=("Warten", "Fehler suchen")),
    Kind("building", "Helfer/in - Hochbau", ("Bauhelfer/in", "Helfer/in auf der Baustelle"), (38, 40), (1450, 1700), (("07:00", "16:00"),), 4, heavy=True, duties=("Zureichen", "Abbruch", "Aufräumen")),
    Kind("building", "Maurer/in", ("Maurer/in", "Betonbauer/in"), (38, 40), (1800, 2250), (("07:00", "16:00"),), 3, heavy=True, licence="B", newcomers=False, duties=("Mauern", "Schalen")),
    Kind("building", "Maler/in und Lackierer/in", ("Maler/in", "Malerhelfer/in"), (35, 40), (1500, 1950), (("07:00", "16:00"),), 3, licence="B", duties=("Streichen", "Tapezieren")),
    Kind("electro", "Elektroniker/in - Energie- und Gebäudetechnik", ("Elektroniker/in Gebäudetechnik", "Elektriker/in Kundendienst"), (36, 40), (1750, 2350), (("07:00", "16:00"),), 3,
         licence="B", newcomers=False, duties=("Installieren", "Prüfen")),
    Kind("electro", "Helfer/in - Elektro", ("Elektrohelfer/in", "Helfer/in Solarmontage"), (35, 40), (1450, 1700), (("07:00", "16:00"),), 3, heavy=True, duties=("Kabel ziehen", "Schlitze stemmen")),
    Kind("electro", "Anlagenmechaniker/in - Sanitär-, Heizungs- und Klimatechnik", ("Anlagenmechaniker/in SHK", "Heizungsmonteur/in"), (38, 40), (1750, 2350), (("07:00", "16:00"),), 3,
         licence="B", heavy=True, newcomers=False, duties=("Heizungen warten", "Bäder bauen")),
    Kind("green", "Helfer/in - Gartenbau", ("Hilfe Grünpflege", "Gärtnerhelfer/in", "Landschaftspflege"), (20, 40), (1410, 1650), (("07:00", "15:30"), ("07:00", "12:30")), 4, heavy=True,
         licence="B", duties=("Mähen", "Schneiden", "Pflanzen")),
    Kind("house", "Hausmeister/in", ("Hausmeister/in", "Hausmeisterdienst, halbtags"), (15, 39), (1450, 1750), (("07:00", "15:30"), ("07:00", "11:30")), 3, licence="B", duties=("Kleine Reparaturen", "Winterdienst")),
    Kind("office", "Kaufmann/-frau - Büromanagement", ("Bürokraft", "Sachbearbeitung", "Kaufmännische Mitarbeit"), (18, 39), (1500, 1950), (("08:00", "12:30"), ("08:00", "16:30")), 5,
         german="C1", newcomers=False, duties=("Rechnungen", "Schriftverkehr")),
    Kind("office", "Helfer/in - Büro, Verwaltung", ("Bürohilfe", "Empfang", "Telefon und Termine"), (10, 30), (1410, 1560), (("08:00", "13:00"), ("09:00", "14:00")), 4, german="B2", duties=("Post", "Telefon", "Ablage")),
    Kind("school", "Erzieher/in", ("Erzieher/in", "Pädagogische Fachkraft"), (20, 39), (1950, 2400), (("07:00", "13:00"), ("08:00", "16:00")), 4, german="C1", newcomers=False, duties=("Gruppe leiten", "Elterngespräche")),
    Kind("school", "Helfer/in - Kinderbetreuung, -erziehung", ("Betreuung Ganztagsschule", "Schulbegleitung", "Pädagogische Hilfe, vormittags"), (12, 26), (1500, 1680),
         (("07:30", "13:00"), ("12:00", "16:00")), 4, german="B2", duties=("Kind begleiten", "Mittagessen", "Hausaufgaben")),
    Kind("school", "Küchenhelfer/in", ("Küchenhilfe Kita", "Essensausgabe Schule"), (10, 25), (1400, 1520), (("08:00", "14:30"), ("10:30", "14:30")), 3, standing=True, duties=("Ausgeben", "Spülen")),
    Kind("security", "Schutz- und Sicherheitskraft", ("Sicherheitskraft", "Pförtner/in", "Wachdienst, nachts"), (25, 40), (1480, 1650), (("06:00", "14:00"), ("18:00", "06:00")), 3,
         weekend=True, shift=True, german="B1", duties=("Rundgänge", "Pforte")),
    Kind("office", "Medizinische/r Fachangestellte/r", ("Medizinische Fachangestellte", "Praxishilfe"), (15, 38), (1550, 1950), (("07:30", "13:00"), ("08:00", "17:00")), 3, german="C1", newcomers=False,
         duties=("Anmeldung", "Blut abnehmen")),
)
# fmt: on
FIRM_WORDS: dict[str, tuple[str, ...]] = {
    "bakery": ("Bäckerei {}", "Backstube {}"),
    "food": ("{}-Markt", "Frischehalle {}"),
    "shop": ("Kaufhaus {}", "{} Handel"),
    "gastro": ("Gasthof {}", "Hotel {}", "Waldschänke {}", "Mensa {}"),
    "care": ("Pflegeheim {}", "Seniorenhaus {}", "Ambulante Pflege {}"),
    "cleaning": ("{} Gebäudedienste", "Reinigung {}"),
    "logistics": ("{} Logistik", "Spedition {}"),
    "metal": ("{} Werke", "Metallbau {}"),
    "building": ("{} Bau", "Bauhof {}"),
    "electro": ("Haustechnik {}", "Elektro {}"),
    "green": ("Gartenbau {}", "Grünpflege {}"),
    "house": ("Hausverwaltung {}", "{} Wohnen"),
    "office": ("Praxis {}", "Steuerbüro {}", "{} Verwaltung"),
    "school": ("Kita {}", "Schule am {}"),
    "security": ("Wachdienst {}",),
    "agency": ("{} Personal", "Zeitarbeit {}"),
}
EMPLOYERS = 1100
AGENCY_SHARE = 0.16
NO_WAGE_SHARE = 0.2
NO_TIMES_SHARE = 0.25
# Some firms look all the year round.
STANDING_SHARE = 0.12
ENDINGS = ("", "", "", "", " (m/w/d)", " (m/w/d)", " gesucht", ", ab sofort", ", unbefristet")


@dataclass(frozen=True, slots=True)
class Employer:
    """A firm."""

    name: str
    branch: str
    place: Place
    street: str
    lat: float
    lon: float
    contact: str


def employers(rng: Random, count: int = EMPLOYERS) -> list[Employer]:
    """Firms of every branch, one of each at least, where people live and work."""
    branches = list(FIRM_WORDS)
    weights = [sum(kind.weight for kind in KINDS if kind.branch == branch) or 6 for branch in branches]
    places, place_weights = list(ALL), [p.weight for p in ALL]
    found: list[Employer] = []
    taken: set[tuple[str, str]] = set()
    while len(found) < count:
        branch = branches[len(found)] if len(found) < len(branches) else rng.choices(branches, weights)[0]
        place = rng.choices(places, place_weights)[0]
        name = rng.choice(FIRM_WORDS[branch]).format(rng.choice(names.FIRMS).capitalize())
        if (name, place.name) in taken:
            continue
        taken.add((name, place.name))
        whom = f"{'Frau' if rng.random() < 0.5 else 'Herr'} {rng.choice(names.LAST)}, {names.mobile(rng)}"
        street = f"{rng.choice(names.STREETS)} {rng.randint(1, 80)}"
        found.append(Employer(name, branch, place, street, *near(rng, place), whom))
    return found


def near(rng: Random, place: Place) -> tuple[float, float]:
    """A point somewhere in a place."""
    return round(place.lat + rng.uniform(-0.009, 0.009), 4), round(place.lon + rng.uniform(-0.014, 0.014), 4)


def _published(rng: Random, day: date) -> date:
    """Most are young, a few have been standing for months; nothing is published on a weekend."""
    age = rng.randint(60, 210) if rng.random() < STANDING_SHARE else min(150, int(rng.expovariate(1 / 24) + 0.55))
    published = day - timedelta(days=age)
    return published - timedelta(days=max(0, published.weekday() - 4))


def jobs(rng: Random, day: date, count: int) -> list[Job]:
    """``count`` vacancies in the mix of :data:`KINDS`."""
    firms: dict[str, list[Employer]] = {}
    for firm in employers(rng):
        firms.setdefault(firm.branch, []).append(firm)
    kinds, weights = list(range(len(KINDS))), [kind.weight for kind in KINDS]
    return [_job(rng, day, number, rng.choices(kinds, weights)[0], firms) for number in range(1, count + 1)]


def _week_hours(times: tuple[str, str]) -> float:
    """The hours of five days with these times; over midnight the end belongs to the next day."""
    begin, end = (time.fromisoformat(t) for t in times)
    return ((end.hour - begin.hour) * 60 + end.minute - begin.minute) % (24 * 60) / 60 * 5


def _job(rng: Random, day: date, number: int, kind_number: int, firms: dict[str, list[Employer]]) -> Job:
    kind = KINDS[kind_number]
    agency = rng.random() < AGENCY_SHARE
    firm = rng.choice(firms["agency" if agency else kind.branch])
    fits = int(max(map(_week_hours, kind.times)))
    low = min(rng.randint(*kind.hours), fits)
    high = min(kind.hours[1], low + rng.choice((0, 0, 0, 5, 10)), fits)
    hours = (low, high) if rng.random() < 0.86 else None
    wage = None
    if rng.random() >= NO_WAGE_SHARE:
        cents = rng.randrange(kind.cents[0], kind.cents[1] + 1, 5)
        top = min(kind.cents[1], cents + rng.choice((0, 0, 0, 50, 100)))
        wage = ("hour", cents, top)
        if hours and rng.random() < 0.25:
            wage = ("month", round(cents * low * 4.348 / 1000) * 1000, round(top * high * 4.348 / 1000) * 1000)
    times = rng.choice(kind.times) if rng.random() >= NO_TIMES_SHARE else None
    if times and hours and _week_hours(times) < high:
        times = max(kind.times, key=_week_hours)
    agency_placement = not agency and rng.random() < 0.03
    published = _published(rng, day)
    return Job(
        reference=f"U-{number:06d}",
        kind=kind_number,
        title=rng.choice(kind.titles) + rng.choice(ENDINGS),
        occupation=kind.occupation,
        employer=firm.name,
        place=firm.place,
        street=firm.street,
        lat=firm.lat,
        lon=firm.lon,
        hours=hours,
        full_time=high >= 35 if hours else None,
        part_time=low < 35 if hours else None,
        starts_at=time.fromisoformat(times[0]) if times else None,
        ends_at=time.fromisoformat(times[1]) if times else None,
        weekend=kind.weekend if rng.random() < 0.8 else None,
        shift=kind.shift and (times is None or times[0] >= "13:00" or rng.random() < 0.5),
        heavy=kind.heavy if rng.random() < 0.7 else None,
        standing=kind.standing if rng.random() < 0.7 else None,
        licence=kind.licence if rng.random() < 0.9 else "",
        german=kind.german,
        newcomers=kind.newcomers and rng.random() < 0.8,
        agency=agency,
        placement=agency_placement,
        fixed_term=rng.random() < 0.3 if rng.random() < 0.8 else None,
        mini_job=high <= 10 if hours else None,
        seats=rng.choice((1, 1, 1, 1, 2, 3)),
        wage=wage,
        published=published,
        starts_on=None if rng.random() < 0.5 else day + timedelta(days=rng.randint(0, 40)),
        expires_on=None if rng.random() < 0.7 else max(published + timedelta(days=60), day + timedelta(days=rng.randint(1, 60))),
        contact=firm.contact if rng.random() < 0.7 else "",
        remarks=_text(rng, kind, firm, times),
    )


def _text(rng: Random, kind: Kind, firm: Employer, times: tuple[str, str] | None) -> str:
    parts = [f"{firm.name} in {firm.place.name} sucht Verstärkung."]
    if kind.duties:
        parts.append(f"Zu tun ist: {', '.join(kind.duties)}.")
    if times:
        parts.append(f"Gearbeitet wird von {times[0]} bis {times[1]} Uhr.")
    parts.append(
        rng.choice(
            (
                "Wir arbeiten Sie ein.",
                "Probearbeiten ist möglich.",
                "Melden Sie sich gern am Telefon.",
                "Ein kurzer Lebenslauf genügt.",
            )
        )
    )
    return " ".join(parts)
