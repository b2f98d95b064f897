"""The shape of the training world: plain data, in a fixed order, the same for the same seed and day."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from hilfefrei.core.clock import BERLIN
from hilfefrei.core.periods import add_months
from hilfefrei.demo.places import Place

if TYPE_CHECKING:
    from hilfefrei.demo.history.flows import Flows
    from hilfefrei.demo.history.people import Line


MONTHS_SINCE_START = 14


@dataclass(frozen=True, slots=True)
class Ref:
    """Something that gets its id only in the database: ``Ref("person", "w12/1")``."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody does something: a verb of the product with its arguments.

    ``verb`` is the name of module and function below ``hilfefrei.apps``; :class:`Ref` among ``args`` stand for ids.
    ``by`` is a login, ``way`` keeps the steps of one person together, ``makes`` names what comes out.
    """

    at: datetime
    by: str
    verb: str
    way: str
    args: dict[str, Any]
    makes: Ref | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a household."""

    first: str
    last: str
    birth: date | None
    sex: str
    role: str
    language: str = "de"
    interpreter: bool = False
    nationality: str = ""


@dataclass(frozen=True, slots=True)
class Household:
    """A benefit unit: its people, the applicant first, and their home."""

    key: str
    members: tuple[Member, ...]
    home: Place
    street: str
    lat: float
    lon: float
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Stocked:
    """A household that the paying system has known for long, with its last application.

    ``members`` of the team ``team`` look after the grown-up people; ``manager`` is a login or empty. ``customers`` are the
    customer numbers of the members, ``joined`` since when each belongs to it.
    """

    household: Household
    since: date
    number: str
    asked_at: datetime
    confirmed_at: datetime
    decided_at: datetime
    granted_from: date
    granted_to: date
    team: str
    manager: str
    confirmed_by: str
    customers: tuple[str, ...] = ()
    joined: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """Somebody who asked before the window and was granted nothing: known to the paying system alone.

    ``number`` is the customer number; ``kind`` the ``art`` of the table ``entscheidungen``.
    """

    number: str
    first: str
    last: str
    birth: date
    unit: str
    file: str
    asked: date
    decided: date
    kind: str


@dataclass(frozen=True, slots=True)
class Job:
    """A vacancy, in the columns of the product (``Vacancy``); ``kind`` is the place in :data:`work.KINDS`."""

    reference: str
    kind: int
    title: str
    occupation: str
    employer: str
    place: Place
    street: str
    lat: float
    lon: float
    hours: tuple[int, int] | None
    full_time: bool | None
    part_time: bool | None
    starts_at: time | None
    ends_at: time | None
    weekend: bool | None
    shift: bool | None
    heavy: bool | None
    standing: bool | None
    licence: str
    german: str
    newcomers: bool | None
    agency: bool
    placement: bool
    fixed_term: bool | None
    mini_job: bool | None
    seats: int
    wage: tuple[str, int, int] | None
    published: date
    starts_on: date | None
    expires_on: date | None
    contact: str
    remarks: str


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works here."""

    login: str
    first: str
    last: str
    team: str
    role: str
    lead: bool
    fte: str
    phone: str


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """A room."""

    name: str
    place: str
    seats: int | None
    step_free: bool
    remarks: str = ""


@dataclass(slots=True)
class DatePlan:
    """A date of ViA; ``taken`` are the ways that hold a seat (the generator counts them)."""

    key: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    room: str | None
    led_by: str
    seats: int | None
    planned_at: datetime
    language: str = "de"
    remarks: str = ""
    taken: set[str] = field(default_factory=set)


@dataclass(slots=True)
class World:
    """Everything. ``steps`` are in the order of time; ``lines`` are all stays in benefit that the deliveries tell of, ``turned_down`` those
    who asked before the window and got nothing."""

    day: date
    now: datetime
    staff: list[Staff] = field(default_factory=list)
    rooms: list[RoomPlan] = field(default_factory=list)
    stock: list[Stocked] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    dates: list[DatePlan] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    flow: "Flows | None" = None
    lines: "list[Line]" = field(default_factory=list)
    turned_down: list[TurnedDown] = field(default_factory=list)

    @property
    def house_since(self) -> datetime:
        """Since when the house works with this. The paying system delivers since half a year."""
        start = add_months(self.day, -MONTHS_SINCE_START)
        return datetime.combine(start, time(8), tzinfo=BERLIN).astimezone(UTC)
