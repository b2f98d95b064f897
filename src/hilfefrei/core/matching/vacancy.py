"""What a vacancy is, once read and checked, and who looks for one."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

ALL_DAYS: Final = 0b1111111
WEEKDAYS_MASK: Final = 0b0011111
WEEKEND_MASK: Final = 0b1100000
ADULT: Final = 18
# § 2(1), § 5(1) JArbSchG: below this age work is forbidden.
WORK_FROM: Final = 15
DAY_IDS: Final = ("mo", "di", "mi", "do", "fr", "sa", "so")


@dataclass(frozen=True, slots=True)
class Vacancy:
    """One vacancy. None always means: the advertisement does not say.

    Attributes:
        key: reference of the source, unique in a table.
        title: headline of the advertisement.
        occupation: name of the occupation as the source calls it, or empty.
        employer: name of the firm, or empty.
        plz: postal code, or empty.
        place: name of the place.
        lat: latitude in degrees.
        lon: longitude in degrees.
        hours_low: fewest weekly hours.
        hours_high: most weekly hours.
        full_time: True full time, False part time.
        days: bit mask of working days, Monday is bit 0.
        start: earliest begin of work, minutes after midnight.
        end: latest end of work, minutes after midnight.
        shift: work in shifts.
        night: work at night.
        weekend: work on Saturday or Sunday.
        special: the source says only "shift, night or weekend" without saying which.
        mini_job: marginal employment.
        heavy: heavy lifting.
        standing: long standing.
        licence: class of the driving licence needed; empty for none.
        car: own car needed.
        wage_hour: gross wage per hour in cents, low and high.
        wage_month: gross wage per month in cents, low and high.
        temp_agency: temporary agency work.
        private_agency: advertised by a private placement agency.
        fixed_term: limited in time.
        lateral: suitable for newcomers to the occupation.
        training: an apprenticeship, not a job.
        published: day of first publication.
        starts: day on which work may begin.
        closes: last day on which the vacancy is open.
        url: address of the advertisement, or empty.
    """

    key: str
    title: str
    occupation: str = ""
    employer: str = ""
    plz: str = ""
    place: str = ""
    lat: float | None = None
    lon: float | None = None
    hours_low: float | None = None
    hours_high: float | None = None
    full_time: bool | None = None
    days: int | None = None
    start: int | None = None
    end: int | None = None
    shift: bool | None = None
    night: bool | None = None
    weekend: bool | None = None
    special: bool | None = None
    mini_job: bool | None = None
    heavy: bool | None = None
    standing: bool | None = None
    licence: str | None = None
    car: bool | None = None
    wage_hour: tuple[int, int] | None = None
    wage_month: tuple[int, int] | None = None
    temp_agency: bool | None = None
    private_agency: bool | None = None
    fixed_term: bool | None = None
    lateral: bool | None = None
    training: bool = False
    published: date | None = None
    starts: date | None = None
    closes: date | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """What a person wants and what limits hold. Nothing here is an assessment of the person.

    Limits are walls: a vacancy beyond one of them is never proposed.

    Attributes:
        wanted: occupations wished for, in the person's order.
        last: occupations worked in before.
        open_for: occupations the person could imagine.
        unwanted: occupations the person rules out.
        lat: latitude of the home in degrees; None where it is not known.
        lon: longitude of the home in degrees.
        max_km: longest way in kilometres.
        max_minutes: longest way in minutes.
        modes: ways of travel out of ``foot``, ``bike``, ``bus``, ``car``.
        hours_low: fewest weekly hours wished for.
        hours_high: most weekly hours possible.
        days: bit mask of possible days, Monday is bit 0.
        earliest: earliest begin of work, minutes after midnight.
        latest: latest end of work, minutes after midnight.
        care_from: from when those cared for are looked after; the way to work counts.
        care_until: until when; the way back counts.
        no_shift: no work in shifts.
        no_night: no work at night.
        no_weekend: no work on Saturday or Sunday.
        no_heavy: no heavy lifting.
        no_standing: no long standing.
        licences: driving licences; None where not asked.
        car: a car is at hand; None where not asked.
        age: completed years of life; None where the birth date is not known. Under 18 the law sets a limit of its own.
    """

    wanted: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    open_for: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None
    max_km: float | None = None
    max_minutes: int | None = None
    modes: frozenset[str] = field(default_factory=frozenset)
    hours_low: float | None = None
    hours_high: float | None = None
    days: int = ALL_DAYS
    earliest: int | None = None
    latest: int | None = None
    care_from: int | None = None
    care_until: int | None = None
    no_shift: bool = False
    no_night: bool = False
    no_weekend: bool = False
    no_heavy: bool = False
    no_standing: bool = False
    licences: frozenset[str] | None = None
    car: bool | None = None
    age: int | None = None

    @property
    def young(self) -> bool:
        """Whether the Jugendarbeitsschutzgesetz holds (§ 2(2): from 15, not yet 18; younger ones are children)."""
        return self.age is not None and self.age < ADULT
