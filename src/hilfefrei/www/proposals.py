"""Vacancies as they are offered to a person: facts, wage as a band, three kinds of reasons, what is hidden and why."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.models import Entry, HandedVacancy
from hilfefrei.apps.org.models import in_force
from hilfefrei.apps.people.models import Address, Person
from hilfefrei.apps.people.workflows import AddressKind
from hilfefrei.apps.vacancies import queries as vacancies
from hilfefrei.core import clock, questions
from hilfefrei.core.matching.rank import WALL_WORDS, WALL_WORDS_ONE, Proposal, Ranking, rank
from hilfefrei.core.matching.reasons import NOTHING_AGAINST, format_hours
from hilfefrei.core.matching.vacancy import Vacancy
from hilfefrei.core.money import format_euro, group_thousands
from hilfefrei.core.periods import age_on
from hilfefrei.www.requests import Request

# Clauses of "Passt, weil" that the line of facts says already; how long the way takes it does not say.
FITS_IN_FACTS = ("es etwa ", "es weniger als ", "in Ihren Rahmen passen")
# Parts of "Würde bedeuten" that the line of facts and the wage column say already.
IN_FACTS = ("in der Woche", " Uhr", "brutto", "in der Stunde", "Vollzeit", "ein Minijob")


@dataclass(frozen=True)
class Offer:
    """A proposal as a page shows it."""

    proposal: Proposal
    vacancy_id: UUID
    handed: HandedVacancy | None
    facts: str
    month: str
    # What it would change (``estimating.Told``), where an estimate stands.
    effect: Any = None

    @property
    def key(self) -> str:
        """Names its button on a page."""
        return self.vacancy_id.hex

    @property
    def employer_place(self) -> str:
        """"Gasthof Kupferkessel, Herzberg"."""
        return ", ".join(part for part in (self.proposal.vacancy.employer, self.proposal.vacancy.place) if part)

    @property
    def fits(self) -> str:
        """"a, b und c"."""
        return _listed(self.proposal.fits)

    @property
    def fits_briefly(self) -> str:
        """What the line of facts does not say yet."""
        said = (part for part in self.proposal.fits if "Minuten" in part or not any(word in part for word in FITS_IN_FACTS))
        return _listed(tuple(said))

    @property
    def would_mean(self) -> str:
        """What the line of facts does not say yet."""
        return _listed(tuple(part for part in self.proposal.would_mean if not any(word in part for word in IN_FACTS)))

    @property
    def against(self) -> str:
        """Sentences against it; that nothing is stated is said as well."""
        if self.proposal.against == (NOTHING_AGAINST,):
            return "In der Anzeige nichts, bitte fragen Sie nach."
        return " ".join(self.proposal.against)


def _listed(parts: tuple[str, ...]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} und {parts[-1]}" if parts else ""


def all_values(answers: dict[str, queries.AnswersOf]) -> dict[str, Any]:
    """Answers of all groups in one."""
    merged: dict[str, Any] = {}
    for answer in answers.values():
        merged |= answer.values
    return merged


def home_of(person: Person) -> Address | None:
    """Where somebody lives today."""
    return (
        Address.objects.filter(in_force(clock.today()), person=person, kind=AddressKind.HOME)
        .order_by("-valid_from", "id")
        .first()
    )


def _coordinates(home: Address | None) -> tuple[float | None, float | None]:
    """Of the address, else of its postal code as the stock of vacancies knows it."""
    if home is None:
        return None, None
    if home.lat is not None:
        return home.lat, home.lon
    return vacancies.locate(home.plz, home.place) or (None, None)


def vacancy_facts(row: Vacancy, km: float | None) -> str:
    """"etwa 3 km · 25 Std. · 14,60 € je Std. · 08:00–13:00 Uhr"."""
    parts = []
    if km is not None:
        parts.append("unter 1 km" if km < 1 else f"etwa {round(km)} km")
    if row.hours_low or row.hours_high:
        parts.append(format_hours(row.hours_low, row.hours_high))
    elif row.full_time is not None:
        parts.append("Vollzeit" if row.full_time else "Teilzeit")
    elif row.mini_job:
        parts.append("Minijob")
    if row.wage_hour:
        parts.append(f"{format_euro(row.wage_hour[0])} je Std.")
    if row.start is not None and row.end is not None:
        parts.append(f"{row.start // 60:02d}:{row.start % 60:02d}–{row.end // 60 % 24:02d}:{row.end % 60:02d} Uhr")
    return " · ".join(parts)


def month_words(month: tuple[int, int] | None) -> str:
    """Gross wage a month as a band in whole euros."""
    if month is None:
        return ""
    low, high = format_euro(month[0], whole=True), format_euro(month[1], whole=True)
    return low if low == high else f"{low.removesuffix(' €')} bis {high}"


def hidden_words(ranking: Ranking) -> str:
    """"30 verlangen schweres Heben oder langes Stehen, 1 liegt zu weit weg"; empty where nothing is hidden."""
    counted = sorted(((n, wall) for wall, n in ranking.hidden.items() if n), reverse=True)
    return ", ".join(f"{group_thousands(n)} {WALL_WORDS_ONE[wall] if n == 1 else WALL_WORDS[wall]}" for n, wall in counted)


def ranking_of(
    request: Request, entry: Entry, values: dict[str, Any], k: int = 5, *, home: Address | None = None
) -> tuple[Ranking, list[Offer]]:
    """Proposals within the person's limits, and whether each is handed over already."""
    lat, lon = _coordinates(home or home_of(entry.person))
    birth = entry.person.birth_date
    age = age_on(birth, clock.today()) if birth else None
    found = rank(
        questions.limits(values, lat=lat, lon=lon, age=age), vacancies.vacancy_table(request.jobcenter.pk), today=clock.today(), k=k
    )
    given = {h.vacancy_id: h for h in queries.handed(entry.pk)}
    offers = [
        Offer(p, UUID(p.vacancy.key), given.get(UUID(p.vacancy.key)), vacancy_facts(p.vacancy, p.km), month_words(p.vacancy.wage_month))
        for p in found.proposals
    ]
    return found, offers
