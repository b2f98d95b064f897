"""Reads of the entrance: who is next and why, who waits, what the week and the month look like."""

import statistics
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, Model, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce, TruncDate

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.benefits import queries as benefits
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, UrgentReport
from hilfefrei.apps.benefits.workflows import UrgentKind
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.models import (
    AnswerSet,
    Booking,
    ContactAttempt,
    Conversation,
    Entry,
    Fact,
    FirstContact,
    FollowUp,
    HandedVacancy,
    Handover,
    Leave,
    OwnApplication,
    Promise,
    ShiftNote,
    ViaDate,
)
from hilfefrei.apps.intake.workflows import (
    CALL_DONE,
    FOLLOW_UP_OVER,
    NOT_IN_VIA,
    Attendance,
    DateKind,
    EndKind,
    EntryState,
    FactKind,
    FollowUpBasis,
    FollowUpResult,
    HandoverState,
    LeaveAct,
    ReplyKind,
)
from hilfefrei.apps.org.models import Absence, Position, Team, in_force
from hilfefrei.apps.people import policy as people
from hilfefrei.apps.people.models import Address, Person, Responsibility
from hilfefrei.apps.people.queries import Happening, Reach, guards, reach, with_reach
from hilfefrei.apps.people.workflows import LANGUAGES, AddressKind, ResponsibilityKind
from hilfefrei.core import follow_up
from hilfefrei.core.clock import BERLIN
from hilfefrei.core.days import berlin_day, format_day, format_moment
from hilfefrei.core.month import DEFINITIONS, Change, Definition, Way, class_of, own, talk_held, told
from hilfefrei.core.names import fold
from hilfefrei.core.periods import add_months, first_of_month

T = TypeVar("T")

OPEN_STATES = (EntryState.WAITING, EntryState.IN_TALK, EntryState.LATER, EntryState.NOT_REACHED, EntryState.IN_VIA)
# From here a waiting time is late: the goal is a talk on the same day.
SAME_DAY = timedelta(hours=24)
# A percentile of fewer is a guess.
LEAST_FOR_PERCENTILE = 10
COACH_HOURS_WARN = 0.95
# More people than a room ever holds.
UNLIMITED = 10_000
# A percentage of fewer people tells who they are.
LEAST_FOR_SHARE = 10


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First moment of a Berlin day and of the next one."""
    start = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    after = day + timedelta(days=1)
    return start, datetime(after.year, after.month, after.day, tzinfo=BERLIN)


def contact_for(actor: Actor, contact_id: UUID, day: date) -> FirstContact | None:
    """A first contact whose person is visible to the actor."""
    return (
        FirstContact.objects.filter(entries__in=policy.entries_for(actor, day), pk=contact_id)
        .select_related("person", "application")
        .distinct()
        .first()
        or FirstContact.objects.filter(person__entries__in=policy.entries_for(actor, day), pk=contact_id)
        .select_related("person", "application")
        .distinct()
        .first()
    )


def open_entry_of(person_id: UUID) -> Entry | None:
    """The way through ViA that runs for a person."""
    return Entry.objects.filter(person_id=person_id, state__in=OPEN_STATES).select_related("person").first()


def takes_application(entry: Entry) -> bool:
    """Whether the next application is the one that counts for this way: it has none, or its own has its outcome.

    The one rule for first contact, talk and "then I leave it" (conversation.join_application): who was refused, or withdrew,
    and asks again stands beside the new application everywhere. An open one stays unless an earlier one turns up
    (:func:`counts_for`): a second one does not cost its day.
    """
    return entry.application is None or benefits.outcome_of(entry.application) is not None


def counts_for(entry: Entry, application: Application) -> bool:
    """Whether ``application`` counts for the way from now on: nothing open does, or what does was asked for later."""
    if entry.application is None or takes_application(entry):
        return True
    return benefits.outcome_of(application) is None and application.asked_at < entry.application.asked_at


# The answer that tells of a need for money: group, question, answer.
MONEY_NOT_ENOUGH = ("money", "enough", "no")


def money_not_enough(entry: Entry) -> AnswerSet | None:
    """The answer with which "the money is not enough" began, if it holds still and was given after the last outcome."""
    group, question, no = MONEY_NOT_ENOUGH
    outcome = benefits.outcome_of(entry.application) if entry.application is not None else None
    first = None
    for row in AnswerSet.objects.filter(entry=entry, group=group).order_by("-version", "id"):
        if row.values.get(question) != no or (outcome is not None and row.saved_at < outcome.recorded_at):
            break
        first = row
    return first


def way_of(application: Application) -> Entry | None:
    """The way through ViA beside an application, also where a later application of the same person counts by now."""
    ways = Entry.objects.filter(person=application.applicant_id).exclude(end_kind=EndKind.MISTAKE).select_related("person")
    own = ways.filter(application=application).order_by("-since", "id").first()
    return own or ways.filter(since__lte=application.asked_at).order_by("-since", "id").first()


@dataclass(frozen=True)
class Flag:
    """One need in words: red until benefits has answered, then with the answer."""

    words: str
    tone: str
    answer: str = ""


@dataclass(frozen=True)
class Waiting:
    """One line of the waiting list, and why it stands where it stands."""

    entry: Entry
    waited: timedelta
    is_late: bool
    place: str
    reach: Reach
    unconfirmed: bool
    stands: benefits.Standing | None
    unanswered: tuple[UrgentReport, ...]
    reports: tuple[UrgentReport, ...]
    attempts: int
    last_attempt: datetime | None
    reason: str
    rank: tuple[int, float]

    @property
    def button_id(self) -> str:
        """Where the focus finds its way back after the table was asked anew."""
        return f"t-{self.entry.pk}"

    @property
    def money_until(self) -> date | None:
        """The earliest day up to which the money lasts, as reported."""
        return min((r.money_until for r in self.reports if r.money_until), default=None)

    @property
    def advance(self) -> UrgentReport | None:
        """The wish for an advance."""
        return next((r for r in self.reports if r.kind == UrgentKind.ADVANCE), None)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What is urgent; the wish for an advance stands beside the application."""
        return tuple(_flag(r) for r in self.reports if r.kind != UrgentKind.ADVANCE)

    @property
    def advance_flag(self) -> Flag | None:
        """The wish for an advance, with its tone."""
        return _flag(self.advance) if self.advance is not None else None

    @property
    def hidden_flags(self) -> bool:
        """Whether there is something that a screen at the counter only hints at."""
        return bool(self.interpreter) or self.entry.is_return

    @property
    def interpreter(self) -> str:
        """"Dolmetscher Arabisch", empty where none is needed."""
        person = self.entry.person
        return f"Sprachmittlung {LANGUAGES.get(person.language, '')}" if person.needs_interpreter else ""


def _flag(report: UrgentReport) -> Flag:
    words = report.get_kind_display()
    if report.kind == UrgentKind.NO_MONEY and report.money_until is not None:
        words = f"Geld reicht bis {format_day(report.money_until)}"
    if report.confirmed_at is None:
        return Flag(words, "danger")
    return Flag(words, "success", report.result or "bestätigt")


# Who comes first: the first line that fits decides, then who waits longest. Shown as the reason.
ORDER: tuple[tuple[str, str], ...] = (
    ("unanswered", "erst das Geld sichern, dann über Arbeit sprechen"),
    ("urgent", "dringende Lage, heute noch sprechen"),
    ("late", "wartet länger als einen Tag"),
    ("unconfirmed", "Antrag ist noch nicht bestätigt"),
    ("longest", "wartet am längsten"),
)


def waiting(actor: Actor, now: datetime) -> list[Waiting]:
    """The waiting list in the order in which people should be spoken to."""
    return _waiting_of(actor, now, EntryState.WAITING)


def unreached(actor: Actor, now: datetime) -> list[Waiting]:
    """Who was not reached, in the order in which to try again: urgent ones first, then whose last attempt is longest ago."""
    return _tried(_waiting_of(actor, now, EntryState.NOT_REACHED))


def _waiting_of(actor: Actor, now: datetime, state: EntryState) -> list[Waiting]:
    return _lines(actor, _ways(policy.entries_for(actor, berlin_day(now)).filter(state=state)), now)[0]


def _ways(rows: QuerySet[Entry]) -> list[Entry]:
    """Ways with what the lines of the board say and nothing else, whoever came first first."""
    found = list(rows.select_related("person", "application", "first_contact").only(*_WAY).order_by("since", "id"))
    # Two more joins would cost PostgreSQL as much as all the others.
    colleagues = {pk for entry in found for pk in (entry.taken_by_id, entry.next_step_by_id) if pk is not None}
    known = {user.pk: user for user in User.objects.filter(pk__in=colleagues).only("last_name").order_by("pk")} if colleagues else {}
    for entry in found:
        entry.taken_by = known[entry.taken_by_id] if entry.taken_by_id else None
        entry.next_step_by = known[entry.next_step_by_id] if entry.next_step_by_id else None
    return found


NAMED = ("callsign", "first_name", "last_name")
_WAY = (
    "state", "since", "state_since", "taken_at", "resume_at", "resume_reason", "next_step", "next_step_at", "via_from", "via_to", "is_return", "taken_by", "next_step_by",
    *(f"person__{name}" for name in (*NAMED, "birth_date", "sort_name", "language", "needs_interpreter", "safe_contact", "contact_hint")),
    *(f"application__{name}" for name in ("asked_at", "confirmed_at", "file_number", "channel")),
    "first_contact__channel", "first_contact__words",
)  # fmt: skip
# The same of a talk.
TALK_LINE = (
    "how", "started_at", "paused_at", "finished_at", *(f"entry__person__{name}" for name in NAMED), "room__name", "led_by__last_name",
)  # fmt: skip
Reports = dict[UUID, list[UrgentReport]]


def _lines(actor: Actor, entries: list[Entry], now: datetime, *, all_unanswered: bool = False) -> tuple[list[Waiting], Reports]:
    """A line for each of these ways; and the open reports that were read, with ``all_unanswered`` those of others as well."""
    day = berlin_day(now)
    persons = [entry.person for entry in entries]
    with_reach(actor, persons, day)
    # A need reported on a linked record is the need of the same human being.
    same = {person.pk: (person.pk, *reach(actor, person, day).same) for person in persons}
    held = benefits.open_reports(set().union(*same.values()), all_unanswered=all_unanswered)
    reports = {pk: [report for one in ids for report in held.get(one, ())] for pk, ids in same.items()}
    homes = Address.objects.filter(in_force(day), kind=AddressKind.HOME, person__in=list(same)).order_by("valid_from", "-id")
    places = dict(homes.values_list("person", "place"))
    tries: dict[UUID, list[datetime]] = {}
    made = ContactAttempt.objects.filter(entry__in=[entry.pk for entry in entries], reached=False).order_by("at", "id")
    for entry_id, at in made.values_list("entry", "at"):
        tries.setdefault(entry_id, []).append(at)
    outcomes = ApplicationOutcome.objects.filter(revoked_at=None).order_by("-recorded_at", "id")
    prefetch_related_objects([entry.application for entry in entries if entry.application is not None], Prefetch("outcomes", outcomes))
    lines = [
        _waiting(actor, entry, now, reports[entry.person_id], tries.get(entry.pk, []), places.get(entry.person_id, "")) for entry in entries
    ]
    return sorted(lines, key=lambda line: line.rank), held


def _tried(lines: list[Waiting]) -> list[Waiting]:
    return sorted(lines, key=lambda line: (not line.reports, line.last_attempt or line.entry.since, str(line.entry.pk)))


def _waiting(actor: Actor, entry: Entry, now: datetime, told: list[UrgentReport], tries: list[datetime], place: str) -> Waiting:
    """``told``: open reports; ``tries``: moments at which we tried in vain, the oldest first; ``place``: where the person lives."""
    reports = tuple(benefits.newest(told))
    unanswered = tuple(r for r in reports if r.confirmed_at is None)
    stands = benefits.standing(entry.application) if entry.application is not None else None
    unconfirmed = stands is not None and stands.unconfirmed
    waited = now - entry.since
    is_late = waited > SAME_DAY
    states = {
        "unanswered": bool(unanswered),
        "urgent": bool(reports),
        "late": is_late,
        "unconfirmed": unconfirmed and waited > timedelta(hours=1),
        "longest": True,
    }
    order = next(i for i, (key, _) in enumerate(ORDER) if states[key])
    return Waiting(
        entry=entry,
        waited=waited,
        is_late=is_late,
        place=place,
        reach=reach(actor, entry.person, berlin_day(now)),
        unconfirmed=unconfirmed,
        stands=stands,
        unanswered=unanswered,
        reports=reports,
        attempts=len(tries),
        last_attempt=tries[-1] if tries else None,
        reason=ORDER[order][1],
        rank=(order, -waited.total_seconds()),
    )


@dataclass(frozen=True)
class Unanswered:
    """Somebody of one's own who stands elsewhere than in the waiting list, and to whom benefits owes an answer."""

    person: Person
    entry: Entry | None
    pending: benefits.Pending


def _unanswered(owed: benefits.Owed, waits: set[UUID], limit: int) -> tuple[list[Unanswered], int]:
    """Red wherever they stand: later, in a talk, in ViA or after it; at most ``limit``, and how many there are.

    The need of those who wait stands in the waiting list.
    """
    order = [pk for pk in owed.pending if pk not in waits]
    shown = order[:limit]
    last = Entry.objects.filter(person__in=shown).select_related("person").only("state", *(f"person__{name}" for name in NAMED))
    ways = {entry.person_id: entry for entry in last.order_by("since", "id")}
    persons = {pk: entry.person for pk, entry in ways.items()}
    if beside := set(shown) - set(persons):
        persons |= Person.objects.in_bulk(beside)
    return [Unanswered(persons[pk], ways.get(pk), owed.pending[pk]) for pk in shown], len(order)


def waiting_count(actor: Actor, day: date) -> int:
    """How many wait, those among them whom lists show as a number: the number beside "Eingang"."""
    if not people.may_see_placement(actor):
        return 0
    return Entry.objects.filter(person__in=people.in_charge(actor, day), state=EntryState.WAITING).count()


@dataclass(frozen=True)
class ProtectedWay:
    """Somebody on the way whose file is shut for the reader: a number, whom to ask, how it stands; no name, place or word."""

    entry: Entry
    ask: str
    phone: str

    @property
    def callsign(self) -> int:
        """The number in the house."""
        return self.entry.person.callsign


def protected_undated(actor: Actor, now: datetime) -> list[ProtectedWay]:
    """People of one's team whose file is shut for the reader and who are without a step to come, the longest first."""
    day = berlin_day(now)
    rows = policy.numbered_for(actor, day).filter(state__in=OPEN_STATES).exclude(_dated(now))
    return _protected(list(rows.select_related("person").order_by("since", "id")), day)


def _protected(entries: list[Entry], day: date) -> list[ProtectedWay]:
    held = guards([entry.person_id for entry in entries], day) if entries else {}
    return [
        ProtectedWay(entry, guard.ask, guard.phone) if (guard := held.get(entry.person_id)) else ProtectedWay(entry, "Schutzstelle", "")
        for entry in entries
    ]


@dataclass(frozen=True)
class Board:
    """Whom the board shows. ``protected``: those who would be lost with a file that is shut, before the end of the first talk.

    ``later``, ``appointments``, ``run_out`` are empty where the waiting list alone was asked for.
    """

    waiting: list[Waiting]
    unreached: list[Waiting]
    protected: list[ProtectedWay]
    later: list[Entry]
    appointments: list["Appointment"]
    run_out: list[Entry]
    unanswered: list[Unanswered]
    unanswered_count: int
    unconfirmed: int


def of_the_board(actor: Actor, now: datetime, *, unanswered: int, whole: bool = True) -> Board:
    """Everybody whom the board shows: their ways are one question, what benefits owes them is another.

    ``unanswered``: so many at most of those who wait for benefits elsewhere. Not ``whole``: without what the table that
    asks anew every minute does not show.
    """
    day = berlin_day(now)
    start, end = day_bounds(day)
    wanted = Q(state__in=[EntryState.WAITING, EntryState.IN_TALK, EntryState.LATER, EntryState.NOT_REACHED])
    if whole:
        wanted |= Q(state=EntryState.IN_VIA) & (Q(via_to__lte=day) | Q(next_step_at__gte=start, next_step_at__lt=end))
    rows = Entry.objects.filter(wanted, person__in=people.in_charge_ids(actor, day)) if people.may_see_placement(actor) else Entry.objects.none()
    shut = people.shut_ids(actor, day)
    found = _ways(rows)
    ours = [entry for entry in found if entry.person_id not in shut]
    theirs = [entry for entry in found if entry.person_id in shut and entry.state != EntryState.IN_VIA]
    shown = {EntryState.WAITING, EntryState.NOT_REACHED} if whole else {EntryState.WAITING}
    lines, held = _lines(actor, [entry for entry in ours if entry.state in shown], now, all_unanswered=True)
    waits = [line for line in lines if line.entry.state == EntryState.WAITING]
    owed = benefits.owed(actor, day, held)
    elsewhere, count = _unanswered(owed, {line.entry.person_id for line in waits}, unanswered)
    later = [entry for entry in ours if entry.state == EntryState.LATER] if whole else []
    return Board(
        waiting=waits,
        unreached=_tried([line for line in lines if line.entry.state == EntryState.NOT_REACHED]),
        protected=_protected(theirs, day),
        later=sorted(later, key=lambda entry: entry.resume_at or entry.since),
        appointments=_appointments(ours, start, end) if whole else [],
        run_out=sorted((entry for entry in ours if whole and _runs_out(entry, day)), key=lambda entry: (entry.via_to, entry.person.sort_name, str(entry.pk))),
        unanswered=elsewhere,
        unanswered_count=count,
        unconfirmed=owed.unconfirmed,
    )


def _runs_out(entry: Entry, day: date) -> bool:
    """As :func:`run_out`."""
    in_via = entry.state == EntryState.IN_VIA or (entry.state == EntryState.IN_TALK and entry.via_from is not None)
    return in_via and entry.via_to is not None and entry.via_to <= day


def entrance_office(person_ids: Iterable[UUID], day: date) -> tuple[Team | None, set[UUID]]:
    """The team of the entrance responsible on ``day`` where a way of these people is open, and who talks there; else none."""
    ids = list(person_ids)
    if not Entry.objects.filter(person__in=ids, state__in=OPEN_STATES).exists():
        return None, set()
    rows = Responsibility.objects.filter(in_force(day), person__in=ids, kind=ResponsibilityKind.ENTRANCE)
    held = rows.select_related("team").order_by("-valid_from", "id").first()
    if held is None:
        return None, set()
    roles = [role.value for role in policy.PERMISSIONS["talk"]]
    posts = Position.objects.filter(in_force(day), team=held.team, role__in=roles, holder__is_active=True)
    return held.team, set(posts.order_by("id").values_list("holder", flat=True))


def later(actor: Actor, now: datetime) -> QuerySet[Entry]:
    """Talks put off, the next one first."""
    return (
        policy.entries_for(actor, berlin_day(now))
        .filter(state=EntryState.LATER)
        .select_related("person", "taken_by")
        .order_by("resume_at", "since", "id")
    )


def _dated(now: datetime) -> Q:
    return Q(state=EntryState.LATER, resume_at__gt=now) | Q(state=EntryState.IN_VIA, next_step_at__gt=now)


def undated(actor: Actor, now: datetime) -> QuerySet[Entry]:
    """Whose way is open without a step to come: nobody may be left so at the end of a shift."""
    return (
        policy.entries_for(actor, berlin_day(now))
        .filter(state__in=OPEN_STATES)
        .exclude(_dated(now))
        .select_related("person", "taken_by", "next_step_by")
        .order_by("since", "id")
    )


def talks(actor: Actor, day: date) -> QuerySet[Conversation]:
    """Talks that began on ``day`` with people of one's own."""
    start, end = day_bounds(day)
    return (
        Conversation.objects.filter(entry__person__in=policy.open_ids(actor, day), started_at__gte=start, started_at__lt=end)
        .select_related("entry__person", "led_by", "room")
        .order_by("started_at", "id")
    )


@dataclass(frozen=True)
class Appointment:
    """Something promised for today: a talk that was put off, or the next step of somebody in ViA."""

    at: datetime
    entry: Entry
    what: str
    who: str


def _appointments(entries: list[Entry], start: datetime, end: datetime) -> list[Appointment]:
    """What was promised between ``start`` and ``end``, in the order of time."""
    found = []
    for entry in entries:
        if entry.state == EntryState.LATER:
            when, what, who = entry.resume_at, entry.resume_reason, entry.taken_by
        elif entry.state == EntryState.IN_VIA:
            when, what, who = entry.next_step_at, entry.next_step, entry.next_step_by
        else:
            continue
        if when is not None and start <= when < end:
            found.append(Appointment(when, entry, what, who.last_name if who else ""))
    return sorted(found, key=lambda a: (a.at, str(a.entry.pk)))


@dataclass(frozen=True, slots=True)
class OwnDate:
    """Something the reader has agreed to do at a time; ``key`` stays the same when the time moves."""

    key: UUID
    entry_id: UUID
    at: datetime


def own_agreed(actor: Actor, start: datetime, end: datetime) -> list[OwnDate]:
    """What the actor has agreed to between ``start`` and ``end``: talks put off, next steps, promises; in the order of time."""
    day = berlin_day(start)
    mine = policy.entries_for(actor, day)
    put_off = mine.filter(state=EntryState.LATER, taken_by=actor.id, resume_at__gte=start, resume_at__lt=end)
    steps = mine.filter(state=EntryState.IN_VIA, next_step_by=actor.id, next_step_at__gte=start, next_step_at__lt=end)
    kept = Promise.objects.filter(entry__in=mine, user=actor.id, done_at=None, due_at__gte=start, due_at__lt=end)
    found = [OwnDate(pk, pk, at) for rows, at_ in ((put_off, "resume_at"), (steps, "next_step_at")) for pk, at in rows.order_by("id").values_list("pk", at_)]
    found += [OwnDate(pk, entry, at) for pk, entry, at in kept.order_by("id").values_list("pk", "entry", "due_at") if at is not None]
    return sorted(found, key=lambda row: (row.at, str(row.key)))


def led_by(actor: Actor, start: datetime, end: datetime) -> QuerySet[ViaDate]:
    """Dates of ViA that the actor leads and that take place."""
    return (
        ViaDate.objects.filter(led_by=actor.id, cancelled_at=None, starts_at__gte=start, starts_at__lt=end)
        .select_related("room")
        .order_by("starts_at", "id")
    )


def open_talks(actor: Actor, day: date) -> QuerySet[Conversation]:
    """Talks that are not finished, whoever leads them."""
    return (
        Conversation.objects.filter(entry__person__in=policy.open_ids(actor, day), finished_at=None)
        .select_related("entry__person", "led_by", "room")
        .order_by("started_at", "id")
    )


def shift_notes(actor: Actor, day: date) -> QuerySet[ShiftNote]:
    """Notes on visible people that one has not seen: to oneself (or whom one stands in for), or to all from others."""
    return (
        ShiftNote.objects.filter(
            Q(to__in=actor.user_ids) | Q(to=None), ~Q(by=actor.id),
            seen_at=None, entry__state__in=OPEN_STATES, entry__person__in=policy.open_ids(actor, day),
        )
        .select_related("entry__person", "by")
        .only("text", "at", *(f"entry__person__{name}" for name in NAMED), "by__last_name")
        .order_by("at", "id")
    )


def dates_between(start: datetime, end: datetime, *kinds: DateKind) -> QuerySet[ViaDate]:
    """Dates in a span with the number of booked seats as ``booked``, present as ``present``."""
    rows = ViaDate.objects.filter(starts_at__gte=start, starts_at__lt=end)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    taken = Booking.objects.filter(date=OuterRef("pk"), undone_at=None).order_by().values("date")
    # Counted date by date: whoever takes the first few of a thousand has only those counted.
    return (
        rows.annotate(
            booked=Coalesce(Subquery(taken.annotate(n=Count("*")).values("n")), 0),
            present=Coalesce(Subquery(taken.filter(attendance=Attendance.PRESENT).annotate(n=Count("*")).values("n")), 0),
        )
        .select_related("room", "led_by")
        .order_by("starts_at", "kind", "id")
    )


def _leader_away(rows: QuerySet[ViaDate], *, away: bool) -> QuerySet[ViaDate]:
    """Those of ``rows`` whose leader is (or is not) away on that Berlin day."""
    absent = Absence.objects.filter(
        user=OuterRef("led_by"), cancelled_at=None, valid_from__lte=OuterRef("berlin_day"), valid_to__gte=OuterRef("berlin_day")
    )
    days = rows.annotate(berlin_day=TruncDate("starts_at", tzinfo=BERLIN))
    return days.annotate(leader_away=Exists(absent)).filter(leader_away=away)


def uncovered(start: datetime, end: datetime) -> list[ViaDate]:
    """Dates whose leader is away: to be led by somebody else or to be called off, and then people are to be called."""
    rows = dates_between(start, end).filter(cancelled_at=None, led_by__isnull=False)
    return list(_leader_away(rows, away=True))


def cancelled(start: datetime, end: datetime) -> list[ViaDate]:
    """Dates called off, with ``booked`` people and ``to_call`` of them still to be told (counts, no names)."""
    rows = dates_between(start, end).filter(cancelled_at__isnull=False)
    still = Q(bookings__undone_at=None) & ~Q(bookings__call_state__in=CALL_DONE)
    return list(rows.annotate(to_call=Count("bookings", filter=still, distinct=True)))


def free_dates(now: datetime, kind: DateKind, *, limit: int = 6, language: str = "") -> list[ViaDate]:
    """The next dates with a free seat, those in the person's language first within a day.

    A slot whose coach is away is no offer; a group goes on with whoever stands in.
    """
    rows = (
        dates_between(now, now + timedelta(days=21), kind)
        .filter(cancelled_at=None)
        .filter(Q(seats=None) | Q(booked__lt=F("seats")))
    )
    if kind == DateKind.COACHING:
        rows = _leader_away(rows, away=False)
    found = list(rows[: limit * 4])
    found.sort(key=lambda d: (berlin_day(d.starts_at), bool(language) and d.language != language, d.starts_at, str(d.pk)))
    return found[:limit]


@dataclass(frozen=True)
class WeekLine:
    """One offer of ViA in a week."""

    kind: DateKind
    when: str
    seats: int | None
    booked: int
    present: int
    expected_so_far: int
    hours_booked: Decimal
    hours: Decimal


@dataclass(frozen=True)
class Week:
    """The four offers of a week and their sum."""

    lines: tuple[WeekLine, ...]

    @property
    def coaching(self) -> WeekLine:
        """The line of the coaches."""
        return next(line for line in self.lines if line.kind == DateKind.COACHING)

    @property
    def seats(self) -> int:
        """Seats of everything that has seats."""
        return sum(line.seats or 0 for line in self.lines)

    @property
    def booked(self) -> int:
        """Seats taken; the open exchange has none."""
        return sum(line.booked for line in self.lines if line.seats is not None)

    @property
    def present(self) -> int:
        """Who came so far."""
        return sum(line.present for line in self.lines)

    @property
    def expected_so_far(self) -> int:
        """Who had a seat on what is over."""
        return sum(line.expected_so_far for line in self.lines)

    @property
    def hours_booked(self) -> Decimal:
        """Hours in which somebody is there."""
        return sum((line.hours_booked for line in self.lines), Decimal(0))

    @property
    def hours(self) -> Decimal:
        """Hours planned."""
        return sum((line.hours for line in self.lines), Decimal(0))


def week_of(day: date) -> tuple[date, date]:
    """Monday and Friday of the week of ``day``."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=4)


def monday_of(text: str, today: date) -> date:
    """Monday of the week of an ISO day from an address; this week where the text is none or years away."""
    try:
        wanted = date.fromisoformat(text)
    except ValueError:
        wanted = today
    return week_of(wanted if abs((wanted - today).days) < 3660 else today)[0]


WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")


@dataclass(frozen=True)
class HouseDates:
    """What every board shows of the whole house: this week, seats that are free, what fell out, who is away, what was not delivered."""

    week: Week
    information: list[ViaDate]
    coaching: list[ViaDate]
    cancelled: list[ViaDate]
    uncovered: list[ViaDate]
    undelivered: benefits.Undelivered | None


def house_dates(actor: Actor, now: datetime) -> tuple[HouseDates, datetime]:
    """Dates of the house, and of when they are."""
    monday, friday = week_of(berlin_day(now))
    start, end = day_bounds(monday)[0], day_bounds(friday)[1]

    def work_out() -> HouseDates:
        return HouseDates(
            via_week(now),
            free_dates(now, DateKind.INFORMATION, limit=4),
            free_dates(now, DateKind.COACHING, limit=4),
            [d for d in cancelled(now - timedelta(days=1), now + timedelta(days=21)) if d.to_call],  # type: ignore[attr-defined]
            uncovered(max(now, start), end),
            benefits.undelivered(now),
        )

    return _of_the_house(actor, ("dates",), monday, now, work_out)


def via_week(now: datetime, day: date | None = None) -> Week:
    """The four offers of the week with seats, attendance and hours."""
    monday, friday = week_of(day or berlin_day(now))
    dates: QuerySet[Any, Any] = dates_between(day_bounds(monday)[0], day_bounds(friday)[1]).filter(cancelled_at=None)
    rows: list[Any] = list(dates.values_list("kind", "starts_at", "ends_at", "seats", "booked", "present", named=True))
    lines = []
    for kind in DateKind:
        mine = [r for r in rows if r.kind == kind]
        over = [r for r in mine if r.starts_at < now]
        lines.append(
            WeekLine(
                kind=kind,
                when=_when(kind, mine),
                seats=None if kind == DateKind.EXCHANGE else sum(r.seats or 0 for r in mine),
                booked=sum(r.booked for r in mine),
                present=sum(r.present for r in over),
                expected_so_far=sum(r.booked for r in over),
                hours_booked=sum((_hours(r) for r in mine if r.booked or r.seats is None), Decimal(0)),
                hours=sum((_hours(r) for r in mine), Decimal(0)),
            )
        )
    return Week(tuple(lines))


def _when(kind: DateKind, rows: list[Any]) -> str:
    """"Mo, Mi, Fr 09:00 · Do 14:00": days of one hour together; coaching goes by the day."""
    if kind == DateKind.COACHING:
        weekdays = sorted({berlin_day(r.starts_at).weekday() for r in rows})
        return "täglich" if len(weekdays) == 5 else ", ".join(WEEKDAYS[n] for n in weekdays)
    hours: dict[str, list[str]] = {}
    for row in rows:
        days = hours.setdefault(f"{row.starts_at.astimezone(BERLIN):%H:%M}", [])
        weekday = WEEKDAYS[berlin_day(row.starts_at).weekday()]
        if weekday not in days:
            days.append(weekday)
    return " · ".join(f"{', '.join(days)} {hour}" for hour, days in hours.items())


def _hours(row: Any) -> Decimal:
    return Decimal(int((row.ends_at - row.starts_at).total_seconds())) / 3600


@dataclass(frozen=True)
class Speed:
    """Hours from the first contact to the first offer in a span of entries.

    ``median`` and ``p90`` are None where there are too few; entries without an offer stay in as open, never left out.
    """

    entries: int
    with_offer: int
    same_day: int
    median: float | None
    p90: float | None

    @property
    def same_day_percent(self) -> int | None:
        """Share of entries with an offer on the day of the first contact; None below ten."""
        return round(100 * self.same_day / self.entries) if self.entries >= LEAST_FOR_SHARE else None


def speed(entries: Iterable[tuple[datetime, datetime | None]], now: datetime) -> Speed:
    """Hours to the first offer; (contact, first offer or None) for each entry.

    An entry without offer has waited at least until now: it enters the quantiles with that (censored) time, so that
    leaving people without an offer never makes the figure better.
    """
    rows = list(entries)
    hours = sorted(((offer or now) - since).total_seconds() / 3600 for since, offer in rows)
    with_offer = sum(1 for _, offer in rows if offer is not None)
    same_day = sum(1 for since, offer in rows if offer is not None and berlin_day(offer) == berlin_day(since))
    if not hours:
        return Speed(0, 0, 0, None, None)
    p90 = None
    if len(hours) >= LEAST_FOR_PERCENTILE:
        p90 = statistics.quantiles(hours, n=10, method="inclusive")[8]
    return Speed(len(rows), with_offer, same_day, statistics.median(hours), p90)


@dataclass(frozen=True)
class Step:
    """One line of the month's funnel."""

    key: str
    label: str
    count: int
    before: int
    group: str
    good: bool = False
    told: bool = True
    told_before: bool = True

    @property
    def definition(self) -> Definition:
        """What is counted, and the source."""
        return DEFINITIONS[self.key]


@dataclass(frozen=True)
class Month:
    """The month so far beside the one before, of the whole house; ``told`` says which counts the actor may know."""

    first: date
    as_of: datetime
    steps: list[Step] = field(default_factory=list)
    speed: Speed | None = None
    speed_before: Speed | None = None

    @property
    def contacts(self) -> int:
        """First contacts of the month: the base of all shares."""
        return self.steps[0].count if self.steps else 0

    @property
    def same_day(self) -> Step:
        """The step of an offer on the same day."""
        return next(step for step in self.steps if step.key == "same_day")

    @property
    def all_told(self) -> bool:
        """Whether the actor may know every count."""
        return all(step.told and step.told_before for step in self.steps)

    def share(self, step: Step) -> str:
        """"21 %" of the first contacts; nothing where the base is too small for percentages."""
        return f"{100 * step.count / self.contacts:.0f} %" if step.told and self.contacts >= LEAST_FOR_SHARE else ""

    @property
    def rows(self) -> list[tuple[Step, str]]:
        """Each step with its share of the first contacts."""
        return [(step, self.share(step)) for step in self.steps]


STEP_LABELS: tuple[tuple[str, str, str, bool], ...] = (
    ("contact", "Erstkontakt", "Weg", False),
    ("talk", "Gespräch geführt", "Weg", False),
    ("same_day", "Angebot am selben Tag", "Weg", False),
    ("work", "Arbeit aufgenommen", "Ausgang", True),
    ("training", "Ausbildung", "Ausgang", True),
    ("pays", "andere Leistung zahlt", "Ausgang", True),
    ("applied", "andere Leistung beantragt, Antrag hier offen", "Ausgang", False),
    ("granted", "bewilligt", "Ausgang", False),
    ("closed", "abgelehnt, versagt oder weggezogen", "Ausgang", False),
    ("agency", "an die Agentur verwiesen", "Ausgang", False),
    ("open", "noch offen", "Ausgang", False),
    ("only_asked", "nur gefragt, kein Antrag", "Ohne Leistung, nie ein Erfolg", False),
    ("withdrawn", "Antrag zurückgenommen, mit Grund", "Ohne Leistung, nie ein Erfolg", False),
    ("waiver", "Verzicht, § 46 SGB I", "Ohne Leistung, nie ein Erfolg", False),
)


def entries_in_month(actor: Actor, first: date, now: datetime) -> QuerySet[Entry]:
    """Entries whose first contact lies in a month, those of everyone at the entrance (counts need all, names do not)."""
    last = (first + timedelta(days=32)).replace(day=1)
    return Entry.objects.filter(since__gte=day_bounds(first)[0], since__lt=day_bounds(last)[0], since__lte=now).exclude(
        end_kind="mistake"
    )


@dataclass(frozen=True)
class Classed:
    """One entry of the month with what it counts as."""

    key: UUID
    kind: str
    talked: bool
    since: datetime
    offer: datetime | None
    application: UUID | None = None
    talked_at: datetime | None = None
    changes: tuple[Change, ...] = ()

    @property
    def same_day(self) -> bool:
        """An offer on the day of the first contact."""
        return self.offer is not None and berlin_day(self.offer) == berlin_day(self.since)

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps behind whose numbers it stands."""
        steps = ("contact", *(("talk",) if self.talked else ()), *(("same_day",) if self.same_day else ()))
        return steps if self.kind in steps else (*steps, self.kind)

    def is_in(self, step: str) -> bool:
        """Whether it stands behind the number of a step."""
        return step in self.steps


def classed(rows: QuerySet[Entry], today: date) -> list[Classed]:
    """What each entry counts as on ``today``: one class of outcome each (:mod:`core.month`), for the page and for the report."""
    outcome = ApplicationOutcome.objects.filter(application=OuterRef("application"), revoked_at=None)
    leave = Leave.objects.filter(entry=OuterRef("pk"), revoked_at=None).exclude(act=LeaveAct.STAYS_OPEN)
    talks = Conversation.objects.filter(entry=OuterRef("pk"))
    claims = Fact.objects.filter(entry=OuterRef("pk"), kind=FactKind.ALG_CLAIM)
    annotated = list(
        rows.annotate(
            begun=Subquery(talks.order_by("started_at", "id").values("started_at")[:1]),
            finished=Exists(talks.filter(finished_at__isnull=False)),
            said=Exists(AnswerSet.objects.filter(entry=OuterRef("pk"))),
            referral=Exists(claims),
            outcome=Subquery(outcome.values("kind")[:1]),
            leave_act=Subquery(leave.order_by("-at", "id").values("act")[:1]),
        )
        .order_by("since", "id")
        .values(
            "id", "person_id", "application_id", "state", "since", "first_offer_at", "next_step",
            "begun", "finished", "said", "referral", "outcome", "leave_act",
        )
    )
    persons = {row["person_id"] for row in annotated}
    changes: dict[UUID, list[Change]] = {}
    known = Fact.objects.filter(person__in=rows.values("person"), revoked_at=None).order_by("since", "id")
    for person, kind, since, until, noted_at in known.values_list("person_id", "kind", "since", "until", "entry_id"):
        changes.setdefault(person, []).append(Change(person, kind, since, until, noted_at))
    begun: dict[UUID, list[tuple[date, UUID]]] = {}
    # Only where something was noted at no way does it matter which other ways there were.
    loose = {person for person in persons if any(c.way is None for c in changes.get(person, ()))}
    others = Entry.objects.filter(Q(person__in=loose) if len(loose) <= people.MOST_ASKED else Q(person__in=rows.values("person"))).exclude(end_kind=EndKind.MISTAKE).order_by("since", "id")
    for pk, person, moment in others.values_list("pk", "person_id", "since"):
        begun.setdefault(person, []).append((berlin_day(moment), pk))
    found = []
    for row in annotated:
        way = Way(
            key=row["id"],
            person=row["person_id"],
            contact=berlin_day(row["since"]),
            referred=row["state"] == EntryState.REFERRED,
            has_application=row["application_id"] is not None,
            outcome=row["outcome"] or "",
            leave=row["leave_act"] or "",
        )
        # Only finish_talk gives a next step; a referral says what the Agentur should know.
        talked = talk_held(
            begun=row["begun"] is not None,
            answers=row["said"],
            finished=row["finished"],
            broken_off=not row["next_step"] and not row["referral"],
        )
        mine = own(way, begun.get(way.person, ()), changes.get(way.person, ()))
        found.append(
            Classed(
                way.key,
                class_of(way, mine, today),
                talked,
                row["since"],
                row["first_offer_at"],
                row["application_id"],
                row["begun"] if talked else None,
                tuple(mine),
            )
        )
    return found


def _count(rows: Iterable[Classed]) -> dict[str, int]:
    found = Counter(step for row in rows for step in row.steps)
    return {key: found[key] for key, _, _, _ in STEP_LABELS}


@dataclass(frozen=True)
class _House:
    """The month so far and the whole one before, of everyone at the entrance: the same for whoever asks."""

    rows: tuple[dict[UUID, Classed], dict[UUID, Classed]]
    counts: tuple[dict[str, int], dict[str, int]]
    speeds: tuple[Speed, Speed]


@dataclass(frozen=True)
class _Kept:
    """Something that was worked out for the whole house, and of when."""

    of: object
    as_of: datetime
    value: Any


_kept: dict[tuple[UUID, tuple[object, ...]], _Kept] = {}
# One for each kind: whoever counts a handful does not wait for whoever counts the month.
_counting = {what: threading.Lock() for what in ("dates", "month", "told", "due")}


def _of_the_house(actor: Actor, what: tuple[object, ...], of: object, now: datetime, work_out: Callable[[], T]) -> tuple[T, datetime]:
    """What every board shows alike, at most ``HILFEFREI_FIGURES_SECONDS`` old, and of when: in a large house thousands of rows.

    ``of`` is the day or month it is about. While one board works it out anew, the others show what there was.
    """
    longest = timedelta(seconds=settings.HILFEFREI_FIGURES_SECONDS)
    if not longest:
        return work_out(), now
    key, counting = (actor.jobcenter_id, what), _counting[str(what[0])]

    def held() -> _Kept | None:
        found = _kept.get(key)
        return found if found is not None and found.of == of and timedelta(0) <= now - found.as_of < 10 * longest else None

    before = held()
    if before is not None and (now - before.as_of < longest or not counting.acquire(blocking=False)):
        return before.value, before.as_of
    if before is None:
        counting.acquire()
    try:
        found = held()
        if found is None or now - found.as_of >= longest:
            found = _kept[key] = _Kept(of, now, work_out())
            for old in [k for k, kept in list(_kept.items()) if not timedelta(0) <= now - kept.as_of < 10 * longest]:
                _kept.pop(old, None)
        return found.value, found.as_of
    finally:
        counting.release()


def _counted(actor: Actor, first: date, before: date, now: datetime) -> _House:
    both = classed(entries_in_month(actor, first, now) | entries_in_month(actor, before, now), berlin_day(now))
    this, last = ({c.key: c for c in both if first_of_month(berlin_day(c.since)) == start} for start in (first, before))
    return _House(
        rows=(this, last),
        counts=(_count(this.values()), _count(last.values())),
        speeds=(speed([(c.since, c.offer) for c in this.values()], now), speed([(c.since, c.offer) for c in last.values()], now)),
    )


def month(actor: Actor, now: datetime) -> Month:
    """The month so far and the whole one before. Each entry is in one class of outcome."""
    first = first_of_month(berlin_day(now))
    before = first_of_month(first - timedelta(days=1))
    house, as_of = _of_the_house(actor, ("month",), first, now, lambda: _counted(actor, first, before, now))

    def may_be_told() -> list[frozenset[str]]:
        mine = policy.entries_for(actor, berlin_day(now)).filter(since__gte=day_bounds(before)[0])
        visible = list(mine.order_by("pk").values_list("pk", flat=True))
        return [told(counts, _count(rows[pk] for pk in visible if pk in rows)) for rows, counts in zip(house.rows, house.counts, strict=True)]

    # As old as the counts it is about, and each reader's own.
    may_tell, _ = _of_the_house(actor, ("told", *people.view_of(actor, berlin_day(now))), as_of, now, may_be_told)
    steps = [
        Step(key, label, house.counts[0][key], house.counts[1][key], group, good, key in may_tell[0], key in may_tell[1])
        for key, label, group, good in STEP_LABELS
    ]
    return Month(first, as_of, steps, *house.speeds)


def month_entries(actor: Actor, now: datetime, key: str) -> QuerySet[Entry]:
    """The cases behind one number of the month, within the reader's rights."""
    rows = entries_in_month(actor, first_of_month(berlin_day(now)), now)
    ids = [c.key for c in classed(rows, berlin_day(now)) if c.is_in(key)]
    return (
        policy.entries_for(actor, berlin_day(now))
        .filter(pk__in=ids)
        .select_related("person", "application")
        .order_by("since", "id")
    )


def current_answers(entry_id: UUID) -> dict[str, "AnswersOf"]:
    """The answers in force of each group."""
    rows = Entry.objects.get(pk=entry_id).answers.filter(superseded_at=None).order_by("group", "id")
    return {row.group: AnswersOf(row.values, row.version, row.saved_at) for row in rows}


@dataclass(frozen=True)
class AnswersOf:
    """What one group says now."""

    values: dict[str, object]
    version: int
    saved_at: datetime


def in_via(actor: Actor, day: date) -> QuerySet[Entry]:
    """People in ViA, or in a further talk of it."""
    return policy.entries_for(actor, day).filter(Q(state=EntryState.IN_VIA) | Q(state=EntryState.IN_TALK, via_from__isnull=False))


# What the list of the week may be narrowed to, and its orders; keys stand in the address.
PARTICIPANTS: dict[str, str] = {
    "alle": "alle",
    "neu": "neu seit Montag",
    "schritt": "nächster Schritt überfällig",
    "fehlte": "fehlte ohne Nachricht",
    "ohne": "noch keine Bewerbung",
    "ende": "ViA-Ende erreicht",
    "arbeit": "in Arbeit oder Ausbildung",
}
ORDERS: dict[str, str] = {"name": "Name", "schritt": "nächster Schritt", "seit": "dabei seit", "ende": "Ende von ViA"}
_ORDER_FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("person__sort_name", "id"),
    "schritt": ("next_step_at", "person__sort_name", "id"),
    "seit": ("via_from", "person__sort_name", "id"),
    "ende": ("via_to", "person__sort_name", "id"),
}


def participants(
    actor: Actor, now: datetime, *, words: str = "", team_id: UUID | None = None, only: str = "alle", order: str = "name"
) -> QuerySet[Entry]:
    """People in ViA as the page of the week lists them, with seats, what they wrote and what we know of work."""
    day = berlin_day(now)
    rows = in_via(actor, day)
    for word in fold(words).split():
        rows = rows.filter(Q(person__search_name__startswith=word) | Q(person__search_name__contains=f" {word}"))
    if team_id is not None:
        held = Responsibility.objects.filter(in_force(day), team_id=team_id, kind=ResponsibilityKind.ENTRANCE)
        rows = rows.filter(person__in=held.values("person"))
    # Whoever begins only next month is not at work yet, whoever stopped is not any more.
    known = Fact.objects.filter(
        Q(until=None) | Q(until__gte=day), person=OuterRef("person"), revoked_at=None, kind__in=[FactKind.WORK, FactKind.TRAINING],
        since__lte=day,
    )
    wrote = OwnApplication.objects.filter(entry=OuterRef("pk"), removed_at=None)
    missed = Booking.objects.filter(
        entry=OuterRef("pk"), undone_at=None, attendance=Attendance.NO_WORD, date__cancelled_at=None, date__starts_at__lt=now
    )
    if only == "neu":
        rows = rows.filter(via_from__gte=week_of(day)[0])
    elif only == "schritt":
        rows = rows.filter(next_step_at__lt=now)
    elif only == "fehlte":
        rows = rows.filter(Exists(missed))
    elif only == "ohne":
        rows = rows.exclude(Exists(wrote))
    elif only == "ende":
        rows = rows.filter(via_to__lte=day)
    elif only == "arbeit":
        rows = rows.filter(Exists(known))
    return (
        rows.select_related("person", "next_step_by")
        .prefetch_related(
            Prefetch(
                "bookings",
                Booking.objects.filter(undone_at=None, date__cancelled_at=None).select_related("date").order_by("date__starts_at", "id"),
                to_attr="seats",
            ),
            Prefetch("own_applications", OwnApplication.objects.filter(removed_at=None).order_by("sent_on", "id"), to_attr="written"),
            Prefetch(
                "facts",
                Fact.objects.filter(revoked_at=None, kind__in=[FactKind.WORK, FactKind.TRAINING]).order_by("-since", "id"),
                to_attr="known_facts",
            ),
        )
        .order_by(*_ORDER_FIELDS.get(order, _ORDER_FIELDS["name"]))
    )


@dataclass(frozen=True)
class Written:
    """Job applications of the people in ViA now, and what came back."""

    sent: int
    invited: int
    hired: int
    refused: int
    open: int

    @property
    def answered(self) -> int:
        """Replies of any kind."""
        return self.sent - self.open


def written(actor: Actor, day: date) -> Written:
    """What everyone who is in ViA has written so far."""
    rows = OwnApplication.objects.filter(entry__in=in_via(actor, day), removed_at=None).order_by("id").values_list("reply", flat=True)
    counts = Counter(rows)
    return Written(
        sent=sum(counts.values()),
        invited=counts[ReplyKind.INTERVIEW] + counts[ReplyKind.TRIAL],
        hired=counts[ReplyKind.HIRED],
        refused=counts[ReplyKind.REFUSED],
        open=counts[ReplyKind.NONE],
    )


@dataclass(frozen=True)
class Today:
    """Seats of the day: who is there, who said so, who did not, who is still expected."""

    present: int
    excused: int
    no_word: int
    expected: int

    @property
    def all(self) -> int:
        """Everybody with a seat."""
        return self.present + self.excused + self.no_word + self.expected


def attendance_of(start: datetime, end: datetime) -> Today:
    """The seats of a span, those of dates called off left out (counts of the whole house, no names)."""
    rows = Booking.objects.filter(
        undone_at=None, date__cancelled_at=None, date__starts_at__gte=start, date__starts_at__lt=end
    ).order_by("id")
    counts = Counter(rows.values_list("attendance", flat=True))
    return Today(counts[Attendance.PRESENT], counts[Attendance.EXCUSED], counts[Attendance.NO_WORD], counts[Attendance.EXPECTED])


def unmarked(now: datetime, days: int = 7) -> list[ViaDate]:
    """Dates of the last days that have begun and whose list is not filled in, the oldest first; ``open`` seats each."""
    rows = dates_between(now - timedelta(days=days), now).filter(cancelled_at=None)
    still = Q(bookings__undone_at=None, bookings__attendance=Attendance.EXPECTED)
    return list(rows.annotate(open=Count("bookings", filter=still, distinct=True)).filter(open__gt=0))


def _ended(rows: QuerySet[Entry], day: date, days: int) -> QuerySet[Entry]:
    return rows.filter(state=EntryState.ENDED, ended_on__gte=day - timedelta(days=days), via_from__isnull=False)


def ended(actor: Actor, now: datetime, days: int = 28) -> list[Entry]:
    """Ways through ViA that ended in the last days, of those one still sees, the newest first."""
    day = berlin_day(now)
    return list(_ended(policy.entries_for(actor, day), day, days).select_related("person").order_by("-ended_on", "person__sort_name", "id"))


def ended_kinds(actor: Actor, now: datetime, days: int = 28) -> Counter[str]:
    """How the ways of one's teams ended in the last days, those included that one no longer sees (counts, no names)."""
    day = berlin_day(now)
    return Counter(_ended(policy.counted_for(actor, day), day, days).order_by("id").values_list("end_kind", flat=True))


def own_applications_by_week(actor: Actor, day: date, weeks: int = 4) -> list[tuple[date, int, int]]:
    """(Monday, written, answered) of the last weeks for the people of one's teams, then or now (counts, no names)."""
    monday, _ = week_of(day)
    rows = OwnApplication.objects.filter(
        entry__in=policy.counted_for(actor, day), removed_at=None, sent_on__gte=monday - timedelta(weeks=weeks - 1)
    ).values_list("sent_on", "reply")
    sent: Counter[date] = Counter()
    answered: Counter[date] = Counter()
    for sent_on, reply in rows.order_by("sent_on", "id"):
        week, _ = week_of(sent_on)
        sent[week] += 1
        answered[week] += reply != ReplyKind.NONE
    return [
        (start, sent[start], answered[start])
        for start in (monday - timedelta(weeks=w) for w in range(weeks - 1, -1, -1))
    ]


def obstacles(actor: Actor, start: datetime, end: datetime) -> list[tuple[str, int]]:
    """What stood in the way when somebody missed a date, most frequent first."""
    rows = (
        Booking.objects.filter(
            entry__in=policy.counted_for(actor, berlin_day(end)),
            undone_at=None,
            date__starts_at__gte=start,
            date__starts_at__lt=end,
            attendance__in=[Attendance.EXCUSED, Attendance.NO_WORD],
        )
        .order_by("id")
        .values_list("obstacle", flat=True)
    )
    counts = Counter(text or "noch nicht gefragt" for text in rows)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def seats_on(actor: Actor, date_: ViaDate, day: date) -> list[Booking]:
    """Everybody booked on a date whom the actor may know of, by name.

    ``shut`` marks those of one's own team whose file is protected: they stand on lists by number only.
    """
    numbered = people.callsign_only(actor, day)
    rows = (
        Booking.objects.filter(date=date_, undone_at=None)
        .filter(Q(entry__in=policy.entries_for(actor, day)) | Q(entry__person__in=numbered))
        .annotate(shut=Exists(numbered.filter(pk=OuterRef("entry__person"))))
        .select_related("entry__person", "caller")
        .order_by("entry__person__sort_name", "id")
    )
    seats: list[Booking] = list(rows)
    with_reach(actor, [seat.entry.person for seat in seats], day)
    return seats


def proposals_for(bookings: Iterable[Booking], dates: Iterable[ViaDate]) -> dict[UUID, ViaDate]:
    """For each seat on a cancelled date one other date: the person's language first, no seat proposed twice.

    A proposal holds nothing: the seat is taken when the person says yes.
    """
    offered = list(dates)
    left = {d.pk: d.free if d.free is not None else UNLIMITED for d in offered}
    found: dict[UUID, ViaDate] = {}
    for booking in bookings:
        language = booking.entry.person.language
        fitting = [d for d in offered if left[d.pk] > 0]
        fitting.sort(key=lambda d: (d.language != language, d.language != "de", d.starts_at, str(d.pk)))
        if fitting:
            found[booking.pk] = fitting[0]
            left[fitting[0].pk] -= 1
    return found


def promises(entry_id: UUID) -> QuerySet[Promise]:
    """Promises in force, the office's first."""
    return (
        Promise.objects.filter(entry_id=entry_id, removed_at=None)
        .select_related("user")
        .order_by("done_at", F("due_at").asc(nulls_last=True), "made_at", "id")
    )


def handed(entry_id: UUID) -> QuerySet[HandedVacancy]:
    """Vacancies handed over and not taken back."""
    return HandedVacancy.objects.filter(entry_id=entry_id, undone_at=None).select_related("vacancy").order_by("handed_at", "id")


def seats_of(entry_id: UUID) -> QuerySet[Booking]:
    """Seats of an entry, in time order."""
    return (
        Booking.objects.filter(entry_id=entry_id, undone_at=None)
        .select_related("date__room", "date__led_by")
        .order_by("date__starts_at", "id")
    )


def handovers(actor: Actor, day: date) -> QuerySet[Handover]:
    """Hand-overs to and from the actor's teams with the promises that are open, the newest first."""
    return (
        policy.handovers_for(actor, day)
        .select_related("entry__person", "team", "user", "sent_by", "answered_by")
        .prefetch_related(
            Prefetch(
                "entry__promises",
                Promise.objects.filter(removed_at=None, done_at=None).select_related("user").order_by("due_at", "id"),
                to_attr="open_promises",
            )
        )
        .order_by("-sent_at", "id")
    )


def returned(actor: Actor, day: date) -> QuerySet[Handover]:
    """Hand-overs of one's people that came back and were not sent anew; somebody must decide again."""
    later_one = Handover.objects.filter(entry=OuterRef("entry"), sent_at__gt=OuterRef("sent_at"))
    return (
        Handover.objects.filter(entry__in=policy.entries_for(actor, day), state=HandoverState.RETURNED)
        .exclude(Exists(later_one))
        .exclude(entry__state=EntryState.ENDED, sent_at__lt=F("entry__state_since"))
        .select_related("entry__person", "team", "user")
        .order_by("answered_at", "id")
    )


def second_looks(actor: Actor, day: date) -> QuerySet[Leave]:
    """Records of "then I leave it" that wait for a second pair of eyes, the most urgent first."""
    return (
        policy.leaves_for(actor, day)
        .filter(second_at=None, revoked_at=None)
        .exclude(explained_by_id__in=actor.user_ids)
        .exclude(mended_by__isnull=False, mended_by_id__in=actor.user_ids)
        .select_related("entry__person", "explained_by", "application")
        .order_by("second_due_on", "at", "id")
    )


@dataclass(frozen=True)
class BenefitsTalk:
    """An appointment with benefits that was agreed in "then I leave it"; nothing of what was said there."""

    at: datetime
    person: Person
    application_id: UUID | None
    what: str


def _talk_words(leave: Leave) -> str:
    """What the appointment is about, by what was declared: before a signed withdrawal nothing can be advised any more."""
    if leave.application_id is None:
        return "Beratung zum Anspruch"
    if leave.revoked_at is None and leave.act == LeaveAct.WITHDRAWN:
        return "Beratung zum Anspruch, der Antrag ist zurückgenommen"
    if leave.revoked_at is None and leave.act == LeaveAct.WAIVER:
        return "Beratung zum Verzicht, er ist für die Zukunft widerrufbar"
    return "Beratung vor Rücknahme oder Verzicht"


def benefits_talks(actor: Actor, now: datetime) -> list[BenefitsTalk]:
    """Appointments to come with benefits, of persons visible to the actor, the next one first.

    One that was agreed stands until it is past, also when the declaration is taken back meanwhile.
    """
    rows = (
        Leave.objects.filter(benefits_appointment_at__gte=now, entry__person__in=people.visible_ids(actor, berlin_day(now)))
        .select_related("entry__person")
        .order_by("benefits_appointment_at", "at", "id")
    )
    found = {
        (row.benefits_appointment_at, row.entry.person_id): BenefitsTalk(
            row.benefits_appointment_at, row.entry.person, row.application_id, _talk_words(row)
        )
        for row in rows
        if row.benefits_appointment_at is not None
    }
    return list(found.values())


def returned_leaves(actor: Actor, day: date) -> QuerySet[Leave]:
    """Records that the second look sent back: whoever explained them, or a colleague, adds what is missing."""
    return (
        policy.leaves_for(actor, day)
        .filter(second_ok=False, revoked_at=None)
        .select_related("entry__person", "explained_by", "second_by")
        .order_by("second_at", "id")
    )


def looks(actor: Actor, day: date) -> tuple[list[Leave], int]:
    """For the board in one question: :func:`returned_leaves`, and how many :func:`second_looks` there are."""
    rows = (
        policy.leaves_for(actor, day)
        .filter(Q(second_ok=False) | Q(second_at=None), revoked_at=None)
        .select_related("entry__person", "explained_by")
        .only("second_at", "second_ok", "second_note", "mended_by", *(f"entry__person__{name}" for name in NAMED), "explained_by__last_name")
        .order_by("second_at", "id")
    )
    found = list(rows)
    ours = actor.user_ids
    waiting = [row for row in found if row.second_at is None and row.explained_by_id not in ours and row.mended_by_id not in ours]
    return [row for row in found if row.second_ok is False], len(waiting)


def leave_calls(actor: Actor, day: date, until: datetime) -> QuerySet[Leave]:
    """Whom to ask whether the money is enough, the earliest first; late ones stay until somebody has called.

    A new application after a withdrawal ends the calls not: nothing was decided yet.
    """
    return (
        policy.leaves_for(actor, day)
        .filter(Q(revoked_at=None) | Q(act__in=[LeaveAct.WITHDRAWN, LeaveAct.ONLY_ASKED]), call_at__lt=until)
        .select_related("entry__person")
        .order_by("call_at", "id")
    )


# -- after ViA --------------------------------------------------------------------------------------------------------
def responsible(person_id: UUID, kind: ResponsibilityKind, day: date) -> Responsibility | None:
    """Who is responsible for a person on ``day``, the newest where two periods touch."""
    rows = Responsibility.objects.filter(in_force(day), person=person_id, kind=kind).select_related("team", "user")
    return rows.order_by(F("valid_to").desc(nulls_first=True), "-valid_from", "id").first()


def staff_of(team_id: UUID, day: date) -> list[User]:
    """Who works in a team on ``day``, by name; leads last."""
    posts = Position.objects.filter(in_force(day), team=team_id, holder__is_active=True).select_related("holder")
    found: dict[UUID, User] = {}
    for post in posts.order_by("is_lead", "holder__last_name", "holder__first_name", "id"):
        if post.holder is not None:
            found.setdefault(post.holder.pk, post.holder)
    return list(found.values())


def works_in(team_id: UUID, user_id: UUID, day: date) -> bool:
    """Whether somebody has a post in a team on ``day``."""
    return Position.objects.filter(in_force(day), team=team_id, holder=user_id).exists()


def next_choices(person_id: UUID, day: date) -> list[tuple[str, str]]:
    """Who may be named as responsible after ViA: whoever has taken the person on, then the colleagues of the entrance."""
    taken_on = responsible(person_id, ResponsibilityKind.INTEGRATION, day)
    held = responsible(person_id, ResponsibilityKind.ENTRANCE, day)
    found = []
    if taken_on is not None and taken_on.user is not None:
        found.append((f"{taken_on.team_id}:{taken_on.user_id}", f"{taken_on.user.get_full_name()}, {taken_on.team.name}"))
    if held is not None:
        found += [(f"{held.team_id}:{user.pk}", f"{user.get_full_name()}, {held.team.name}") for user in staff_of(held.team_id, day)]
    return found


def responsible_next(person_id: UUID, day: date) -> list[Responsibility]:
    """Who is responsible beyond ``day`` for the way into work: integration first, then the entrance."""
    rows = Responsibility.objects.filter(in_force(day), person=person_id).exclude(kind=ResponsibilityKind.BENEFITS).exclude(valid_to=day)
    return list(rows.select_related("team", "user").order_by("-kind", "-valid_from", "id"))


def goes_on(entry: Entry) -> str:
    """What becomes of ViA when somebody takes the person on, for the page on which they decide."""
    if entry.state == EntryState.ENDED:
        return "ViA ist beendet, das ViA-Team ist dann nicht mehr zuständig."
    if entry.via_to is not None:
        return f"ViA läuft daneben weiter bis {format_day(entry.via_to, year=True, weekday=False)}."
    if entry.state in NOT_IN_VIA:
        return "Der Weg durch ViA endet damit, gebuchte Plätze bleiben."
    return ""


def needs_somebody(entry: Entry, day: date) -> str:
    """Why somebody has to stay responsible after ViA: an open application or a running benefit; empty where neither is.

    Who has waived the benefit gets none, though it was granted (§ 46 SGB I).
    """
    if Leave.objects.filter(entry__person=entry.person_id, act=LeaveAct.WAIVER, revoked_at=None).exists():
        return ""
    return benefits.running(entry.person, day)


def open_duties(person_id: UUID) -> QuerySet[Leave]:
    """What is agreed and still to be done after "then I leave it": a second look, something to be added, a call."""
    stands = Q(revoked_at=None)
    to_look = stands & (Q(second_at=None) | Q(second_ok=False))
    to_call = Q(call_at__isnull=False) & (stands | Q(act__in=[LeaveAct.WITHDRAWN, LeaveAct.ONLY_ASKED]))
    return Leave.objects.filter(to_look | to_call, entry__person=person_id)


def last_promise(person_id: UUID, now: datetime) -> date | None:
    """The last day for which the office has promised something that is still to be done."""
    rows = Promise.objects.filter(entry__person=person_id, side="office", done_at=None, removed_at=None, due_at__gte=now)
    due = rows.order_by("-due_at", "id").values_list("due_at", flat=True).first()
    return berlin_day(due) if due else None


def run_out(actor: Actor, day: date) -> QuerySet[Entry]:
    """People whose ViA reaches its last day or is past it, and nobody has said how it goes on; the longest first."""
    return in_via(actor, day).filter(via_to__lte=day).select_related("person").order_by("via_to", "person__sort_name", "id")


def after_via(actor: Actor, day: date) -> QuerySet[Entry]:
    """People whose ViA has ended and for whom the entrance stays responsible beyond today, by name.

    ``until`` is the last day, empty while it is open; ``stays`` the name of the colleague, empty where only something
    agreed is still to be done.
    """
    ours = Responsibility.objects.filter(in_force(day), kind=ResponsibilityKind.ENTRANCE, team__in=actor.teams | actor.leads)
    held = ours.filter(person=OuterRef("person")).exclude(valid_to=day)
    still = Entry.objects.filter(person=OuterRef("person")).exclude(state=EntryState.ENDED)
    later_one = Entry.objects.filter(person=OuterRef("person"), since__gt=OuterRef("since"))
    return (
        policy.entries_for(actor, day)
        .filter(Exists(held), ~Exists(still), ~Exists(later_one), state=EntryState.ENDED, ended_on__lte=day)
        .annotate(until=Subquery(held.order_by("id").values("valid_to")[:1]), stays=Subquery(held.order_by("id").values("user__last_name")[:1]))
        .select_related("person")
        .order_by(F("until").asc(nulls_first=True), "person__sort_name", "id")
    )


# -- how it goes afterwards -------------------------------------------------------------------------------------------
# A question may be put a week early.
AHEAD = timedelta(days=7)
# Ends of ViA after which somebody may be asked with consent; into work the work is asked about.
FOLLOWED_ENDS = (EndKind.OTHER_BENEFIT, EndKind.OWN_WISH, EndKind.HANDED_OVER)


class Call(NamedTuple):
    """A call about somebody's work or end of ViA, as far as the next question depends on it."""

    about: UUID
    months: int
    result: FollowUpResult
    next_on: date | None


@dataclass(frozen=True)
class Anchor:
    """What a question refers to: a start of work (``fact_id``) or an end of ViA (``entry_id``)."""

    start: date
    fact_id: UUID | None = None
    entry_id: UUID | None = None
    calls: tuple[Call, ...] = ()

    @property
    def what(self) -> str:
        """What it is about, without more than the list needs."""
        return f"Arbeit seit {format_day(self.start, year=True, weekday=False)}" if self.fact_id else f"ViA zu Ende {format_day(self.start, year=True, weekday=False)}"


@dataclass(frozen=True)
class Question:
    """One line of the list of questions."""

    person: Person
    anchor: Anchor
    due: follow_up.Due

    @property
    def basis(self) -> FollowUpBasis:
        """On what it rests."""
        return FollowUpBasis.AFTER_CARE if self.due.by_law else FollowUpBasis.CONSENT


def _anchors(persons: "QuerySet[Any, Any]", today: date) -> dict[UUID, tuple[bool | None, Anchor]]:
    """Of each person the newest start of work that goes on, else the newest end of ViA; with the calls about it and what was said to being asked.

    Only of those who may be asked at all (:mod:`core.follow_up`): who has agreed, and for six months after work began who has
    not said no. Of hundreds of people nobody is asked today, so no record is made an object of that only a day is read from.
    """
    found: dict[UUID, tuple[bool | None, date, UUID | None, UUID | None]] = {}
    ended = Entry.objects.filter(
        person__in=persons, person__may_follow_up=True, state=EntryState.ENDED, end_kind__in=FOLLOWED_ENDS, ended_on__lte=today
    )
    for person, entry, start in ended.order_by("ended_on", "since", "id").values_list("person", "pk", "ended_on"):
        if start is not None:
            found[person] = True, start, None, entry
    by_law = Q(person__may_follow_up=None, since__gt=add_months(today, -follow_up.AFTER_CARE_MONTHS) - timedelta(days=3))
    goes_on = Fact.objects.filter(
        Q(person__may_follow_up=True) | by_law, Q(until=None) | Q(until__gte=today),
        person__in=persons, kind=FactKind.WORK, revoked_at=None, since__lte=today,
    )
    for person, consent, fact, start in goes_on.order_by("since", "id").values_list("person", "person__may_follow_up", "pk", "since"):
        found[person] = consent, start, fact, None
    calls: dict[UUID | None, list[Call]] = {}
    if found:
        for call in _calls(FollowUp.objects.filter(person__in=persons)):
            calls.setdefault(call.about, []).append(call)
    return {
        person: (consent, Anchor(start, fact, entry, tuple(calls.get(fact or entry, ()))))
        for person, (consent, start, fact, entry) in found.items()
    }


def _calls(rows: QuerySet[FollowUp]) -> list[Call]:
    told = rows.filter(revoked_at=None).order_by("at", "id").values_list("fact", "entry", "pk", "months", "result", "next_on")
    return [Call(fact or entry or pk, months, FollowUpResult(result), next_on) for fact, entry, pk, months, result, next_on in told]


def anchor_of(person: Person, *, fact_id: UUID | None, entry_id: UUID | None) -> Anchor | None:
    """The start of work or end of ViA with its calls, or None where it does not hold any more."""
    fact = Fact.objects.filter(pk=fact_id, person=person, kind=FactKind.WORK, revoked_at=None).first() if fact_id else None
    entry = Entry.objects.filter(pk=entry_id, person=person, state=EntryState.ENDED).first() if entry_id else None
    start = fact.since if fact else entry.ended_on if entry else None
    if start is None:
        return None
    calls = _calls(FollowUp.objects.filter(fact=fact, entry=None if fact else entry))
    return Anchor(start, fact.pk, None, tuple(calls)) if fact else Anchor(start, None, entry.pk if entry else None, tuple(calls))


def next_of(consent: bool | None, anchor: Anchor, day: date) -> follow_up.Due | None:
    """The next question about something to somebody who said so to being asked, or None where nothing may or need be asked."""
    if any(call.result in FOLLOW_UP_OVER for call in anchor.calls):
        return None
    asked = tuple(follow_up.Asked(c.months, c.result != FollowUpResult.NOT_REACHED, c.next_on) for c in anchor.calls)
    return follow_up.next_question(anchor.start, day, of_work=anchor.fact_id is not None, consent=consent, asked=asked)


def _due(persons: "QuerySet[Any, Any]", day: date) -> dict[UUID, tuple[Anchor, follow_up.Due]]:
    """Whose question is due by ``day`` or a little after it."""
    next_ones = {person: (anchor, next_of(consent, anchor, day)) for person, (consent, anchor) in _anchors(persons, day).items()}
    return {person: (anchor, due) for person, (anchor, due) in next_ones.items() if due is not None and due.due_on <= day + AHEAD}


def _questions(persons: "QuerySet[Any, Any]", day: date) -> list[Question]:
    due = _due(persons, day)
    found = [Question(person, *due[person.pk]) for person in Person.objects.filter(pk__in=list(due)).order_by("pk")] if due else []
    return sorted(found, key=lambda q: (q.due.due_on, q.person.sort_name, q.person.callsign))


def questions(actor: Actor, day: date) -> list[Question]:
    """Whom to ask how it goes, due first: visible people, within the legal basis of each question."""
    if not policy.may(actor, "follow_up"):
        return []
    return _questions(people.visible_ids(actor, day), day)


def protected_questions(actor: Actor, day: date) -> list[tuple[int, str, str]]:
    """(number, whom to ask, telephone) of due ones whose file is shut for the actor."""
    if not policy.may(actor, "follow_up"):
        return []
    rows = _questions(people.callsign_only(actor, day), day)
    held = guards([q.person.pk for q in rows], day) if rows else {}
    return [(q.person.callsign, g.ask if (g := held.get(q.person.pk)) else "Schutzstelle", g.phone if g else "") for q in rows]


def questions_due(actor: Actor, day: date) -> int:
    """How many are due by today, for the lists that point there."""
    if not policy.may(actor, "follow_up"):
        return 0
    return sum(1 for _, due in _due(people.visible_ids(actor, day), day).values() if due.due_on <= day)


def questions_due_of_late(actor: Actor, now: datetime) -> tuple[int, datetime]:
    """As :func:`questions_due`, at most ``HILFEFREI_FIGURES_SECONDS`` old, and of when; of hundreds of people few are due on a day."""
    day = berlin_day(now)
    return _of_the_house(actor, ("due", *people.view_of(actor, day)), day, now, lambda: questions_due(actor, day))


def forget(actor: Actor) -> None:
    """The actor has done something: how many questions are due is counted anew for whoever works with the same people.

    In this process: where there are several, the others tell for a minute what they have, with its time.
    """
    for key in [key for key in list(_kept) if key[0] == actor.jobcenter_id and key[1][:2] == ("due", people.teams_of(actor))]:
        _kept.pop(key, None)


def follow_ups_of(actor: Actor, day: date, days: int = 31) -> QuerySet[FollowUp]:
    """Calls of the last weeks with visible people, to be looked at and put right."""
    since = day_bounds(day - timedelta(days=days))[0]
    rows = FollowUp.objects.filter(person__in=people.visible_ids(actor, day), revoked_at=None, at__gte=since)
    return rows.select_related("person", "by", "fact", "entry").order_by("-at", "id")


def coaches(day: date) -> QuerySet[Position]:
    """Posts of coaches in office."""
    return Position.objects.filter(in_force(day), role=Role.COACH.value).select_related("holder").order_by("holder__last_name", "id")


# -- person page ------------------------------------------------------------------------------------------------------
def in_state(rows: QuerySet[Person], *states: EntryState) -> QuerySet[Person]:
    """Persons of ``rows`` on whose way through ViA one of ``states`` holds."""
    return rows.filter(Exists(Entry.objects.filter(person=OuterRef("pk"), state__in=states)))


def entries_of(actor: Actor, person_ids: Iterable[UUID], day: date) -> list[Entry]:
    """Ways through ViA of a person and of linked records, the newest first; none for whom the zone is shut."""
    return list(
        policy.entries_for(actor, day)
        .filter(person__in=person_ids)
        .annotate(step_by=F("next_step_by__last_name"))
        .order_by("-since", "id")
    )


def facts_of(actor: Actor, person_ids: Iterable[UUID], day: date) -> list[Fact]:
    """Facts in force of a person, the newest first; none for whom the zone is shut."""
    if not people.may_see_placement(actor):
        return []
    return list(
        Fact.objects.filter(person__in=person_ids, revoked_at=None)
        .filter(person__in=people.visible_ids(actor, day))
        .order_by("-since", "id")
    )


def happenings(entries: list[Entry], now: datetime, there: Mapping[type[Model], bool]) -> list[Happening]:
    """What happened on the ways of :func:`entries_of`, and what is planned. ``there``: whether a table has anything of them."""
    if not entries:
        return []
    found: list[Happening] = []
    for entry in entries:
        if entry.next_step and entry.next_step_at and entry.next_step_at > now:
            found.append(Happening(entry.next_step_at, entry.next_step, "geplant", entry.step_by or "", "plan"))  # type: ignore[attr-defined]  # of entries_of
        if entry.resume_at and entry.state == EntryState.LATER:
            found.append(Happening(entry.resume_at, "Gespräch geht weiter", entry.resume_reason, "", "plan"))
    found += [
        Happening(contact.contact_at, "Erstkontakt", contact.get_channel_display(), _last(contact.taken_by))
        for contact in FirstContact.objects.filter(pk__in={entry.first_contact_id for entry in entries})
        .select_related("taken_by")
        .only("contact_at", "channel", "taken_by__last_name")
        .order_by("contact_at", "id")
    ]
    ways = [entry.pk for entry in entries]
    for table, lines in _COURSE.items():
        if there[table]:
            found += lines(ways, now)
    if there[FollowUp]:
        calls = FollowUp.objects.filter(person__in={e.person_id for e in entries}, revoked_at=None)
        found += [
            Happening(call.at, "Nachfrage", f"{call.get_result_display()}{f', {call.note}' if call.note else ''}", _last(call.by))
            for call in calls.select_related("by").order_by("at", "id")
        ]
    for entry in entries:
        if entry.ended_on:
            found.append(Happening(day_bounds(entry.ended_on)[0], "ViA beendet", entry.get_end_kind_display(), whole_day=True))
    return found


def _attempts(ways: list[UUID], _now: datetime) -> Iterator[Happening]:
    for attempt in ContactAttempt.objects.filter(entry__in=ways, reached=False).select_related("by").order_by("at", "id"):
        yield Happening(attempt.at, "Nicht erreicht", attempt.note, _last(attempt.by))


def _talks(ways: list[UUID], _now: datetime) -> Iterator[Happening]:
    rows = Conversation.objects.filter(entry__in=ways).select_related("room", "led_by").order_by("started_at", "id")
    for talk in rows.only("started_at", "finished_at", "how", "room__name", "led_by__last_name"):
        where = talk.room.name if talk.room else talk.get_how_display()
        yield Happening(talk.started_at, "Gespräch begonnen", where, _last(talk.led_by))
        if talk.finished_at:
            yield Happening(talk.finished_at, "Gespräch abgeschlossen", "", _last(talk.led_by), "good")


def _seats(ways: list[UUID], now: datetime) -> Iterator[Happening]:
    rows = Booking.objects.filter(entry__in=ways, undone_at=None).select_related("date__room", "booked_by")
    for seat in rows.order_by("date__starts_at", "id"):
        yield from _seat(seat, now)


def _handed(ways: list[UUID], _now: datetime) -> Iterator[Happening]:
    rows = HandedVacancy.objects.filter(entry__in=ways, undone_at=None).select_related("vacancy", "handed_by")
    for handed in rows.order_by("handed_at", "id"):
        yield Happening(handed.handed_at, "Stelle mitgegeben", handed.vacancy.title, _last(handed.handed_by))


def _written(ways: list[UUID], _now: datetime) -> Iterator[Happening]:
    for written in OwnApplication.objects.filter(entry__in=ways, removed_at=None).order_by("sent_on", "id"):
        sent = day_bounds(written.sent_on)[0]
        yield Happening(sent, "Bewerbung geschrieben", f"{written.employer}, {written.get_reply_display()}", whole_day=True)


def _given(ways: list[UUID], _now: datetime) -> Iterator[Happening]:
    rows = Handover.objects.filter(entry__in=ways).select_related("team", "user", "sent_by", "answered_by")
    for given in rows.order_by("sent_at", "id"):
        yield Happening(given.sent_at, f"Übergabe an {given.team.name}", given.user.get_full_name(), _last(given.sent_by))
        if given.answered_at:
            tone = "good" if given.state == HandoverState.ACCEPTED else ""
            yield Happening(given.answered_at, f"Übergabe {given.get_state_display()}", given.return_reason, _last(given.answered_by), tone)


def _left(ways: list[UUID], _now: datetime) -> Iterator[Happening]:
    for leave in Leave.objects.filter(entry__in=ways).select_related("explained_by").order_by("at", "id"):
        back = "zurückgenommen" if leave.revoked_at else ""
        yield Happening(leave.at, leave.get_act_display(), back, _last(leave.explained_by))


_COURSE: dict[type[Model], Callable[[list[UUID], datetime], Iterator[Happening]]] = {
    ContactAttempt: _attempts, Conversation: _talks, Booking: _seats, HandedVacancy: _handed, OwnApplication: _written,
    Handover: _given, Leave: _left,
}  # fmt: skip
# What may hang on a way through ViA, for people.queries.filled.
ON_A_WAY: dict[type[Model], tuple[str, ...]] = dict.fromkeys(_COURSE, ("entry",))


def _seat(seat: Booking, now: datetime) -> list[Happening]:
    what = seat.date.get_kind_display()
    lines = [Happening(seat.booked_at, f"Platz zugesagt: {what}", format_moment(seat.date.starts_at), _last(seat.booked_by))]
    where = seat.date.room.name if seat.date.room else ""
    if seat.date.cancelled_at:
        lines.append(Happening(seat.date.cancelled_at, f"{what} abgesagt", f"war {format_moment(seat.date.starts_at)}"))
    elif seat.date.starts_at > now:
        lines.append(Happening(seat.date.starts_at, what, where, "", "plan"))
    elif seat.attendance == Attendance.PRESENT:
        lines.append(Happening(seat.date.starts_at, what, "war da", "", "good"))
    elif seat.attendance != Attendance.EXPECTED:
        lines.append(Happening(seat.date.starts_at, what, seat.get_attendance_display()))
    return lines


def _last(user: User | None) -> str:
    return user.last_name if user else ""
