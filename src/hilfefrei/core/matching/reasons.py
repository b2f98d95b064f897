"""The reasons of a proposal in three fixed openings, spoken to the person.

"Passt, weil …" takes clauses, "Würde bedeuten …" phrases, "Spricht dagegen …" sentences. There is always one
against: an advertisement without any catch has not been read closely enough.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from hilfefrei.core import geo
from hilfefrei.core.days import format_day
from hilfefrei.core.matching import wages
from hilfefrei.core.matching.vacancy import DAY_IDS, WEEKDAYS_MASK, Client, Vacancy
from hilfefrei.core.money import CENTS, format_euro, group_thousands
from hilfefrei.core.names import fold

OPENINGS: Final = ("Passt, weil", "Würde bedeuten", "Spricht dagegen")
NEAR_WORK: Final = 0.6
OLD_DAYS: Final = 30
ROUND_MONTH: Final = 10 * CENTS
NOTHING_AGAINST: Final = "In der Anzeige steht nichts dagegen. Fragen Sie trotzdem nach Zeiten und Einarbeitung."


@dataclass(frozen=True, slots=True)
class Told:
    """What the words are made from: one person, one vacancy, and what was computed for both."""

    client: Client
    vacancy: Vacancy
    today: date
    asked: tuple[str, str] | None
    likeness: float
    km: float | None
    minutes: int | None
    mode: str | None
    hours_stated: bool
    usually_heavy: bool
    usually_standing: bool


def tell(told: Told) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the clauses that fit, the phrases of what it would mean, and the sentences against."""
    return tuple(_fits(told)), tuple(_would_mean(told)), tuple(_against(told)) or (NOTHING_AGAINST,)


def sentence(opening: str, parts: tuple[str, ...]) -> str:
    """Return opening and parts as one sentence: ``Passt, weil a, b und c``."""
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} und {parts[-1]}"
    return f"{opening} {listed}."


def clock(minutes: int) -> str:
    """Return ``08:30`` for minutes after midnight."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def format_hours(low: float | None, high: float | None) -> str:
    """Return the weekly hours, one number or a range: ``25 bis 30 Std.`` with its point."""
    numbers = sorted({f"{value:g}".replace(".", ",") for value in (low, high) if value is not None}, key=_decimal)
    return f"{' bis '.join(numbers)} Std."


def _decimal(text: str) -> float:
    return float(text.replace(",", "."))


def format_days(mask: int) -> str:
    """Return ``Mo bis Fr`` for a run of three and more days, else ``Mo, Mi``."""
    names = [name.capitalize() for name in DAY_IDS]
    chosen = [i for i in range(len(DAY_IDS)) if mask & 1 << i]
    if len(chosen) > 2 and chosen[-1] - chosen[0] + 1 == len(chosen):
        return f"{names[chosen[0]]} bis {names[chosen[-1]]}"
    return ", ".join(names[i] for i in chosen)


def format_km(km: float) -> str:
    """Return ``3 km``, below one kilometre ``unter 1 km``."""
    return "unter 1 km" if km < 1 else f"{round(km)} km"


def _fits(told: Told) -> list[str]:
    vacancy, client = told.vacancy, told.client
    parts = [_work(told)]
    if told.km is not None:
        way = f"es etwa {format_km(told.km)} sind" if told.km >= 1 else "es weniger als 1 km ist"
        if told.minutes and told.mode:
            way += f", {geo.MODE_WORDS[told.mode]} etwa {told.minutes} Minuten"
        parts.append(way)
    stated = vacancy.hours_low is not None or vacancy.hours_high is not None
    if stated and (client.hours_low is not None or client.hours_high is not None) and not _hours_beyond(told):
        parts.append(f"{format_hours(vacancy.hours_low, vacancy.hours_high)} in Ihren Rahmen passen")
    if client.care_until is not None and vacancy.end is not None and told.minutes is not None:
        parts.append(f"Sie um etwa {clock(vacancy.end + told.minutes)} Uhr zurück sind")
    elif vacancy.end is not None and client.latest is not None:
        parts.append(f"die Arbeit um {clock(vacancy.end)} Uhr endet")
    if vacancy.lateral:
        parts.append("auch Menschen ohne Erfahrung im Beruf gefragt sind")
    return parts


def _hours_beyond(told: Told) -> bool:
    """Whether the advertisement leaves open hours that are beyond what the person said."""
    vacancy, client = told.vacancy, told.client
    low, high = (vacancy.hours_low, vacancy.hours_high)
    low, high = (high if low is None else low), (low if high is None else high)
    return (client.hours_low is not None and low is not None and low < client.hours_low) or (
        client.hours_high is not None and high is not None and high > client.hours_high
    )


def _week(told: Told) -> str:
    """What does not go together in the advertisement itself: the weekly hours and the times of a day."""
    vacancy = told.vacancy
    low = vacancy.hours_high if vacancy.hours_low is None else vacancy.hours_low
    if low is None or vacancy.start is None or vacancy.end is None:
        return ""
    span = (vacancy.end - vacancy.start) % (24 * 60) or 24 * 60
    if vacancy.days:
        return "Die Stunden passen nicht zu den Tagen und Zeiten, bitte fragen." if low * 60 > span * vacancy.days.bit_count() else ""
    return "Zu diesen Zeiten reichen fünf Tage nicht für die Stunden, bitte fragen." if low * 60 > span * 5 else ""


def _work(told: Told) -> str:
    if told.asked is None:
        return "nichts von dem dagegen spricht, was Sie bisher gesagt haben"
    kind, name = told.asked
    if kind == "last":
        return f"Sie schon als „{name}“ gearbeitet haben"
    if kind == "open_for":
        return f"Sie sich „{name}“ vorstellen können"
    if told.likeness >= 1:
        return f"es genau Ihr Wunsch „{name}“ ist"
    return f"es zu Ihrem Wunsch „{name}“ passt"


def _would_mean(told: Told) -> list[str]:
    vacancy = told.vacancy
    parts = [_hours_phrase(vacancy)]
    times = []
    if vacancy.days:
        times.append(format_days(vacancy.days))
    if vacancy.start is not None and vacancy.end is not None:
        times.append(f"{clock(vacancy.start)} bis {clock(vacancy.end)} Uhr")
    if times:
        parts.append(", ".join(times))
    parts.append(wage_phrase(vacancy))
    special = [
        word
        for flag, word in (
            (vacancy.shift, "Schichtarbeit"),
            (vacancy.night, "Nachtarbeit"),
            (vacancy.weekend, "Arbeit am Wochenende"),
            (vacancy.special, "Schicht, Nacht oder Wochenende"),
            (vacancy.fixed_term, "ein befristeter Vertrag"),
        )
        if flag
    ]
    parts += special
    if vacancy.starts and vacancy.starts > told.today:
        parts.append(f"Beginn ab {format_day(vacancy.starts, year=True, weekday=False)}")
    return parts


def _hours_phrase(vacancy: Vacancy) -> str:
    if vacancy.hours_low is not None or vacancy.hours_high is not None:
        return f"{format_hours(vacancy.hours_low, vacancy.hours_high)} in der Woche"
    if vacancy.mini_job:
        return "ein Minijob"
    if vacancy.full_time is None:
        return "Arbeitszeit nicht angegeben, bitte fragen"
    return "Vollzeit" if vacancy.full_time else "Teilzeit, Stunden nicht angegeben, bitte fragen"


def wage_phrase(vacancy: Vacancy) -> str:
    """Return ``etwa 1.590 € brutto im Monat (14,60 € in der Stunde)``, or that the wage is not stated."""
    month = None
    if vacancy.wage_month:
        ends = sorted({round(cents / ROUND_MONTH) * ROUND_MONTH // CENTS for cents in vacancy.wage_month})
        month = f"etwa {' bis '.join(group_thousands(euros) for euros in ends)} € brutto im Monat"
    hour = None
    if vacancy.wage_hour:
        low, high = vacancy.wage_hour
        hour = format_euro(low) if low == high else f"{format_euro(low).removesuffix(' €')} bis {format_euro(high)}"
        hour = f"{hour} in der Stunde"
    if month and hour:
        return f"{month} ({hour})"
    return month or (f"{hour} brutto" if hour else "Lohn nicht angegeben, bitte fragen")


def _against(told: Told) -> list[str]:
    return [*_against_work(told), *_against_terms(told), *_against_advertisement(told)]


def _against_work(told: Told) -> list[str]:
    vacancy, client = told.vacancy, told.client
    parts = []
    if told.asked is None:
        parts.append("Welche Arbeit Sie möchten, wissen wir noch nicht.")
    elif told.likeness < NEAR_WORK:
        parts.append("Die Arbeit ist Ihrem Wunsch nur ähnlich.")
    if vacancy.training:
        parts.append("Das ist eine Ausbildung, keine Stelle.")
    if (client.no_heavy or client.young) and told.usually_heavy and vacancy.heavy is None:
        parts.append("In diesem Beruf wird oft schwer gehoben, bitte fragen.")
    if client.no_standing and told.usually_standing and vacancy.standing is None:
        parts.append("In diesem Beruf steht man oft lange, bitte fragen.")
    if "stapler" in fold(f"{vacancy.title} {vacancy.occupation}"):
        parts.append("Meist ist ein Staplerschein nötig, bitte fragen.")
    if vacancy.licence and client.licences is None:
        parts.append(f"Nötig ist der Führerschein {vacancy.licence}. Danach haben wir noch nicht gefragt.")
    if vacancy.car and client.car is None:
        parts.append("Nötig ist ein eigenes Auto. Danach haben wir noch nicht gefragt.")
    return parts


def _against_terms(told: Told) -> list[str]:
    vacancy, client = told.vacancy, told.client
    parts = []
    limited = any(t is not None for t in (client.earliest, client.latest, client.care_from, client.care_until))
    if limited and (vacancy.start is None or vacancy.end is None):
        parts.append("Die Arbeitszeiten stehen nicht dabei, bitte fragen.")
    elif not told.hours_stated:
        parts.append("Die Stunden stehen nicht dabei, bitte fragen.")
    if week := _week(told):
        parts.append(week)
    if _hours_beyond(told):
        edge = "" if None not in {client.hours_low, client.hours_high} else "ab " if client.hours_high is None else "bis "
        frame = f"{edge}{format_hours(client.hours_low, client.hours_high)}"
        parts.append(f"{format_hours(vacancy.hours_low, vacancy.hours_high)} passen nur zum Teil in Ihren Rahmen ({frame}), bitte fragen.")
    least = wages.minimum_wage(told.today)
    if least and vacancy.wage_hour and vacancy.wage_hour[0] < least:
        parts.append(f"Der Lohn liegt unter dem Mindestlohn von {format_euro(least)}, bitte fragen.")
    if not vacancy.wage_hour and not vacancy.wage_month:
        parts.append("Der Lohn steht nicht dabei.")
    if vacancy.fixed_term:
        parts.append("Der Vertrag ist befristet.")
    days_open = client.days & WEEKDAYS_MASK != client.days
    if not days_open and vacancy.weekend is None and not vacancy.days:
        parts.append("Die Arbeitstage stehen nicht dabei, bitte fragen.")
    return parts


def _against_advertisement(told: Told) -> list[str]:
    vacancy = told.vacancy
    parts = []
    age = (told.today - vacancy.published).days if vacancy.published else 0
    if age > OLD_DAYS:
        parts.append(f"Die Anzeige ist {age} Tage alt. Vielleicht ist die Stelle schon vergeben.")
    if vacancy.temp_agency:
        parts.append("Es ist Zeitarbeit: Die Einsatzorte können wechseln.")
    elif vacancy.private_agency:
        parts.append("Eine private Vermittlung steht zwischen Ihnen und dem Betrieb.")
    if told.km is None:
        parts.append("Wie weit es ist, wissen wir nicht.")
    return parts
