"""Who works in the training Jobcenter, where, and how its days go."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from hilfefrei.core.clock import BERLIN
from hilfefrei.core.periods import is_working_day, next_working_day, working_days_after
from hilfefrei.demo import names
from hilfefrei.demo.world import RoomPlan, Staff

LAND = "NI"
OPENS, CLOSES = 8 * 60, 16 * 60


@dataclass(frozen=True, slots=True)
class Login:
    """A training account as it is printed at the start."""

    username: str
    what: str


LOGINS: tuple[Login, ...] = (
    Login("eingang", "Eingang: Nele Eisvogel, ViA-Team"),
    Login("coach", "Coaching: Tim Goldammer, ViA-Team"),
    Login("leistung", "Leistung: Rosa Kleiber"),
    Login("fallmanagement", "Fallmanagement: Paula Steinkauz, Vermittlungsstelle"),
    Login("teamleitung", "Teamleitung: Ansgar Kolkrabe, ViA-Team"),
    Login("arbeitgeberservice", "Arbeitgeberservice: Ole Wiedehopf"),
    Login("betrieb", "Betrieb: Greta Wendehals, sieht keine Personen"),
    Login("leitung", "Leitung: Carl Uhu"),
    Login("controlling", "Controlling: Wolf Sperber, sieht Zahlen"),
    Login("bca", "Gleichstellung: Lea Seeschwalbe, sieht Zahlen"),
    Login("datenschutz", "Datenschutz: Lars Rohrdommel, sieht keine Personen"),
    Login("personalrat", "Personalrat: Eva Neuntöter, sieht keine Personen"),
)
# team, specialisation
TEAMS: tuple[tuple[str, str], ...] = (
    ("ViA-Team", "via"),
    ("Vermittlungsstelle", "placement"),
    ("Rehabilitation", "rehabilitation"),
    ("Migration", "migration"),
    ("Unter 25", "under_25"),
    ("Fallmanagement", "general"),
    ("Leistung", "benefits"),
    ("Arbeitgeberservice", "employer_service"),
    ("Leitung und Stab", "management"),
)
TEAM_OF = {specialisation: name for name, specialisation in TEAMS}
# The first login of a role is the one on the login page: it sorts before all that begin with it.
NAMED: tuple[tuple[str, str, str, str, str, bool, str], ...] = (
    ("eingang", "Nele", "Eisvogel", "ViA-Team", "entrance", False, "1"),
    ("eingang-buchfink", "Meike", "Buchfink", "ViA-Team", "entrance", False, "1"),
    ("eingang-sperling", "Mira", "Sperling", "ViA-Team", "entrance", False, "0.75"),
    ("eingang-zaunkoenig", "Uta", "Zaunkönig", "ViA-Team", "entrance", False, "1"),
    ("eingang-pirol", "Ina", "Pirol", "ViA-Team", "entrance", False, "0.8"),
    ("coach", "Tim", "Goldammer", "ViA-Team", "coach", False, "1"),
    ("coach-specht", "Hauke", "Specht", "ViA-Team", "coach", False, "0.8"),
    ("coach-schwalbe", "Ada", "Schwalbe", "ViA-Team", "coach", False, "0.5"),
    ("teamleitung", "Ansgar", "Kolkrabe", "ViA-Team", "team_lead", True, "1"),
    ("fallmanagement", "Paula", "Steinkauz", "Vermittlungsstelle", "case_manager", False, "1"),
    ("teamleitung-habicht", "Jan", "Habicht", "Vermittlungsstelle", "team_lead", True, "1"),
    ("leistung", "Rosa", "Kleiber", "Leistung", "benefits", False, "1"),
    ("arbeitgeberservice", "Ole", "Wiedehopf", "Arbeitgeberservice", "employer_service", False, "1"),
    ("leitung", "Carl", "Uhu", "Leitung und Stab", "director", False, "1"),
    ("betrieb", "Greta", "Wendehals", "Leitung und Stab", "operator", False, "1"),
    ("controlling", "Wolf", "Sperber", "Leitung und Stab", "controller", False, "1"),
    ("einkauf", "Rike", "Haubenmeise", "Leitung und Stab", "buyer", False, "0.5"),
    ("datenschutz", "Lars", "Rohrdommel", "Leitung und Stab", "data_protection", False, "0.5"),
    ("personalrat", "Eva", "Neuntöter", "Leitung und Stab", "staff_council", False, "1"),
    ("bca", "Lea", "Seeschwalbe", "Leitung und Stab", "equal_opportunity", False, "0.5"),
)
# team, role, login, how many besides those named, whether a lead is missing
MORE: tuple[tuple[str, str, str, int, bool], ...] = (
    ("Vermittlungsstelle", "case_manager", "fallmanagement", 6, False),
    ("Rehabilitation", "case_manager", "fallmanagement", 3, True),
    ("Migration", "case_manager", "fallmanagement", 6, True),
    ("Unter 25", "case_manager", "fallmanagement", 3, True),
    ("Fallmanagement", "case_manager", "fallmanagement", 6, True),
    ("Leistung", "benefits", "leistung", 9, True),
    ("Arbeitgeberservice", "employer_service", "arbeitgeberservice", 2, False),
)
ASCII = str.maketrans("äöüß", "aous")
SHARES = ("1", "1", "1", "0.8", "0.75", "0.5")
ROOMS: tuple[RoomPlan, ...] = (
    RoomPlan("Osterode 104", "Osterode", 20, step_free=True, remarks="Beamer, zehn Rechner"),
    RoomPlan("Osterode 105", "Osterode", 12, step_free=True, remarks="Information"),
    RoomPlan("Osterode 106", "Osterode", 4, step_free=True, remarks="Kinderecke"),
    RoomPlan("Osterode 107", "Osterode", 4, step_free=True),
    RoomPlan("Osterode 108", "Osterode", 3, step_free=True, remarks="Coaching"),
    RoomPlan("Osterode 112", "Osterode", 3, step_free=False, remarks="nur über die Treppe"),
    RoomPlan("Osterode Foyer", "Osterode", 40, step_free=True, remarks="Stellenbörse"),
    RoomPlan("Herzberg 2", "Herzberg", 12, step_free=True, remarks="Eingang vom Hof"),
    RoomPlan("Video", "am Bildschirm", None, step_free=True),
)
TALK_ROOMS = ("Osterode 106", "Osterode 107", "Osterode 112")


def moment(day: date, minute: int) -> datetime:
    """A Berlin time of a day, in UTC."""
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=BERLIN).astimezone(UTC)


def berlin(at: datetime) -> datetime:
    """The same moment as the clock on the wall."""
    return at.astimezone(BERLIN)


def working(day: date) -> bool:
    """Whether the house is open."""
    return is_working_day(day, LAND)


def before(day: date, n: int = 1) -> date:
    """The ``n``-th working day before ``day``."""
    while n:
        day -= timedelta(days=1)
        n -= working(day)
    return day


def after(day: date, n: int) -> date:
    """The ``n``-th working day after ``day``."""
    return working_days_after(day, n, LAND)


def in_office(at: datetime) -> datetime:
    """``at``, or some minute of the next day on which the house is open; never before ``at``."""
    local = berlin(at)
    minute, day = local.hour * 60 + local.minute, local.date()
    if working(day) and OPENS < minute < CLOSES:
        return at
    if not working(day) or minute >= CLOSES:
        day = next_working_day(day + timedelta(days=1), LAND)
    # Whatever falls on a night or a holiday is spread over the next day.
    return moment(day, OPENS + 5 + minute * 37 % (CLOSES - OPENS - 20))


def staff(rng: Random) -> list[Staff]:
    """About sixty people: eight teams with their leads, the staff of the house."""
    found = [
        Staff(login, first, last, team, role, lead, fte, f"0171 39200 {11 + n % 9}")
        for n, (login, first, last, team, role, lead, fte) in enumerate(NAMED)
    ]
    birds = iter(names.BIRDS)
    for team, role, login, count, lead in MORE:
        for n in range(count + lead):
            last = next(birds)
            is_lead = lead and n == 0
            ascii_name = last.lower().translate(ASCII)
            first = rng.choice(names.WOMEN if rng.random() < 0.62 else names.MEN)
            found.append(
                Staff(
                    f"{'teamleitung' if is_lead else login}-{ascii_name}",
                    first,
                    last,
                    team,
                    "team_lead" if is_lead else role,
                    is_lead,
                    "1" if is_lead else rng.choice(SHARES),
                    f"0171 39200 {11 + n % 9}",
                )
            )
    return found
