"""The month: bulk reads of what happened, the figures from them, kept figures of closed months, cases within rights.

Nothing here asks the database once per row, and no name enters a table from which is computed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, cast
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum

from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.benefits import delivered
from hilfefrei.apps.benefits import policy as benefits_policy
from hilfefrei.apps.benefits.models import (
    Application,
    ApplicationOutcome,
    Decision,
    Integration,
    MonthlyAmount,
    Receipt,
)
from hilfefrei.apps.benefits.workflows import Channel, EndReason, IntegrationKind, Outcome
from hilfefrei.apps.intake import policy as intake_policy
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.intake.models import Entry, Fact, FirstContact, Leave
from hilfefrei.apps.intake.workflows import EndKind, FactKind
from hilfefrei.apps.org.models import Absence, Jobcenter, Position, in_force
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import Membership, Person, Responsibility
from hilfefrei.apps.people.queries import kept_records
from hilfefrei.apps.people.workflows import MemberRole
from hilfefrei.apps.reporting import policy
from hilfefrei.apps.reporting.models import MonthClosing, MonthFigure
from hilfefrei.core.days import berlin_day, format_day
from hilfefrei.core.indicators import definitions, month, words
from hilfefrei.core.indicators.definitions import Definition, Definitions, Value
from hilfefrei.core.indicators.month import Frame, Tables, closable_from
from hilfefrei.core.indicators.tables import LIVING, table_of
from hilfefrei.core.month import BY_MONTH
from hilfefrei.core.periods import add_months, age_on, first_of_month, last_of_month

# So many months a page shows; the change to the year before needs twelve more.
COURSE = 24
# An end of receipt says what somebody lives from, but not for ever.
EVIDENCE = timedelta(days=366)
_OWN_REASONS = frozenset({EndReason.WORK, EndReason.PARTNER_WORK})
_OTHER_REASONS = frozenset({EndReason.INCOME, EndReason.PENSION, EndReason.TRAINING})
# What is written about these changes no figure; whatever is not named here may. An access that is sealed, a correction, a room.
_UNREAD = (
    "accounts.user", "audit.accessinquiry", "audit.accessseal", "benefits.urgentreport", "benefits.vendormapping", "intake.shiftnote",
    "org.absence", "org.position", "org.room", "org.team", "people.address", "people.channel", "people.responsibility",
    "reporting.monthclosing", "reporting.ownplace", "reporting.publishedindicator", "reporting.publishedmapping",
    "reporting.publishedtable", "vacancies.csvmapping", "vacancies.delivery", "vacancies.vacancy",
)  # fmt: skip
_CACHE_SECONDS = 24 * 60 * 60


# -- what the data know ---------------------------------------------------------------------------------------------------
def data_state() -> date | None:
    """As-of of the newest delivery of receipt, on which stock, entries and exits rest; None while there is none."""
    return delivered.newest_day("bezug")


def frame_of(jobcenter_id: UUID, now: datetime) -> Frame:
    """What the data of this Jobcenter reach over."""
    house = Jobcenter.objects.get(pk=jobcenter_id)
    watched = MonthlyAmount.objects.aggregate(first=Min("month"))["first"] or Receipt.objects.aggregate(first=Min("starts"))["first"]
    first_way = Entry.objects.exclude(end_kind=EndKind.MISTAKE).aggregate(first=Min("since"))["first"]
    via_from = house.via_from or (berlin_day(first_way) if first_way else None)
    before = Decision.objects.filter(application=None).exclude(kind=Outcome.GRANTED)
    return Frame(
        data_state(),
        watched,
        via_from,
        house.land,
        first_of_month(berlin_day(first_way or now)),
        refusals=via_from is not None and before.filter(decided_on__lt=via_from).exists(),
        entrance_since=berlin_day(first_way) if first_way else None,
    )


def month_marks(months: Iterable[date], now: datetime) -> list[tuple[date, date, datetime]]:
    """(first day, last day looked at, moment up to which) of each month; the running one ends now."""
    today = berlin_day(now)
    return [
        (first, min(last_of_month(first), today), min(intake.day_bounds(last_of_month(first))[1] - timedelta(microseconds=1), now))
        for first in months
    ]


# Sections whose figures need no receipt.
_OWN_SECTIONS = frozenset({"entrance", "outcome", "work", "leave"})


# -- bulk reads -----------------------------------------------------------------------------------------------------------
@dataclass
class _House:
    """Who is who: linked records are one human being, a unit is followed by one of its persons."""

    kept: dict[UUID, UUID]
    head_of: dict[UUID, UUID]
    units_of: dict[UUID, set[UUID]]

    def one(self, person: UUID) -> UUID:
        """The record that is kept of this human being."""
        return self.kept.get(person, person)

    def heads(self, person: UUID) -> set[UUID]:
        """By whom the units of a person are followed; the person itself where there is none."""
        return {self.head_of[unit] for unit in self.units_of.get(person, ())} or {self.one(person)}


def _house(receipts: Sequence[tuple[UUID, UUID, Any, Any, str]]) -> _House:
    kept = kept_records()
    head_of: dict[UUID, UUID] = {}
    units_of: dict[UUID, set[UUID]] = defaultdict(set)
    members = Membership.objects.order_by("valid_from", "id").values_list("person_id", "benefit_unit_id", "role")
    for person, unit, role in members:
        units_of[person].add(unit)
        if role == MemberRole.APPLICANT:
            head_of[unit] = kept.get(person, person)
    for person, unit, *_ in receipts:
        units_of[person].add(unit)
    for person, units in sorted(units_of.items()):
        for unit in units:
            head_of.setdefault(unit, kept.get(person, person))
    return _House(kept, head_of, units_of)


def gather(jobcenter_id: UUID, months: Sequence[date], now: datetime, section: str = "") -> tuple[Tables, Frame]:
    """All that the figures of ``months`` (ascending) need, read at once. Keys only, no names.

    ``section``: only what the figures of one section need; what the paying system knows stays unread where it says nothing.
    """
    first = months[0]
    rows = Receipt.objects.order_by("starts", "id").values_list("person_id", "benefit_unit_id", "starts", "ends", "end_reason")
    receipts = [] if section in _OWN_SECTIONS else list(rows)
    house = _House(kept_records(), {}, {}) if section in _OWN_SECTIONS else _house(receipts)
    facts = list(
        Fact.objects.filter(revoked_at=None).order_by("since", "id").values_list("person_id", "kind", "since", "until", "through_us")
    )
    integrations = list(
        Integration.objects.order_by("started_on", "id").values_list("person_id", "kind", "started_on", "ended_on", "way")
    )
    since = intake.day_bounds(add_months(first, -12))[0]
    ways = intake.classed(
        Entry.objects.filter(since__gte=since, since__lte=now).exclude(end_kind=EndKind.MISTAKE), berlin_day(now)
    )
    applications = _applications(now)
    leaves, followed = _leaves(now)
    heads = set(house.head_of.values())
    tables = Tables(
        months=table_of(month.MONTHS, month_marks(months, now)),
        persons=table_of(month.STRETCHES, [(str(house.one(p)), s, e, r) for p, _, s, e, r in receipts]),
        units=table_of(month.STRETCHES, [(str(u), s, e, r) for _, u, s, e, r in receipts]),
        ways=table_of(
            month.WAYS,
            [
                (str(w.key), w.since, berlin_day(w.since), w.offer, berlin_day(w.offer) if w.offer else None, w.talked_at)
                for w in ways
            ],
        ),
        applications=table_of(month.APPLICATIONS, [row[:4] for row in applications]),
        beside=table_of(month.BESIDE, _beside(ways)),
        starts=table_of(month.STARTS, _starts(facts, integrations, house)),
        asked=table_of(month.ASKED, _asked(applications, house)),
        heads=table_of(month.HEADS, [(str(head),) for head in sorted(heads)]),
        living=table_of(LIVING, _living(facts, integrations, receipts, house)),
        amounts=table_of(month.AMOUNTS, _amounts()),
        leaves=table_of(month.LEAVES, leaves),
        followed=table_of(month.FOLLOWED, followed),
    )
    return tables, frame_of(jobcenter_id, now)


def _amounts() -> list[tuple[date, int, int]]:
    """A month has a few thousand amounts, which the database adds up faster than it hands them over."""
    rows = MonthlyAmount.objects.order_by("month").values("month")
    rows = rows.annotate(units=Count("pk", filter=Q(luh_cents__gt=0)), cents=Sum("luh_cents"))
    # PostgreSQL adds whole numbers up as decimals.
    return [(first, int(units), int(cents)) for first, units, cents in rows.values_list("month", "units", "cents")]


def _applications(now: datetime) -> list[tuple[str, date, date | None, str | None, UUID]]:
    """(application, day, closed, outcome, applicant) of those that came in by the entrance; a renewal has no first contact."""
    closed = {
        row[0]: row[1:]
        for row in ApplicationOutcome.objects.filter(revoked_at=None).order_by("id").values_list("application_id", "decided_on", "kind")
    }
    came = Exists(FirstContact.objects.filter(application=OuterRef("pk"))) | Exists(Entry.objects.filter(application=OuterRef("pk")))
    rows = Application.objects.filter(came, asked_at__lte=now).order_by("id").values_list("pk", "asked_at", "applicant_id")
    return [(str(pk), berlin_day(asked), *closed.get(pk, (None, None)), applicant) for pk, asked, applicant in rows]


def _beside(ways: Iterable[intake.Classed]) -> list[tuple[str, str, date, date | None]]:
    """Facts of the ways of each application that began with or after the contact (other benefits: in its month)."""
    found = []
    for way in ways:
        if way.application is None:
            continue
        contact = berlin_day(way.since)
        found += [
            (str(way.application), change.kind, change.since, change.until)
            for change in way.changes
            if change.since >= (first_of_month(contact) if change.kind in BY_MONTH else contact)
        ]
    return found


_Fact = tuple[UUID, str, date, date | None, bool | None]
_Integration = tuple[UUID, str, date, date | None, str]
_HOW = {True: "placed", False: "own", None: "unknown"}


def _starts(facts: Iterable[_Fact], integrations: Iterable[_Integration], house: _House) -> list[tuple[str, date, str, str]]:
    kinds = {FactKind.WORK: "work", FactKind.TRAINING: "training"}
    found = [(str(house.one(p)), since, kinds[FactKind(kind)], _HOW[us]) for p, kind, since, _, us in facts if kind in kinds]
    of = {IntegrationKind.INSURED: "work", IntegrationKind.OWN: "work", IntegrationKind.TRAINING: "training"}
    return found + [(str(house.one(p)), since, of[IntegrationKind(kind)], way) for p, kind, since, _, way in integrations if kind in of]


def _asked(applications: Iterable[tuple[Any, ...]], house: _House) -> list[tuple[str, date]]:
    """Who asked on which day: applications of ours, and decisions about others that granted nothing."""
    found = [(str(house.one(applicant)), day) for _, day, _, _, applicant in applications]
    rows = Decision.objects.filter(application=None).exclude(kind=Outcome.GRANTED).order_by("id")
    for unit, day in rows.values_list("benefit_unit_id", "decided_on"):
        if unit in house.head_of:
            found.append((str(house.head_of[unit]), day))
    return found


def _living(
    facts: Iterable[_Fact], integrations: Iterable[_Integration], receipts: Iterable[tuple[UUID, UUID, date, date | None, str]], house: _House
) -> list[tuple[str, str, date, date | None]]:
    """What the unit of each head is known to live from; work of any member carries."""
    found: list[tuple[str, str, date, date | None]] = []
    of_fact = {
        FactKind.WORK: "own", FactKind.TRAINING: "other", FactKind.BENEFIT_PAYS: "other", FactKind.ALG_CLAIM: "other",
    }  # fmt: skip
    of_integration = {IntegrationKind.INSURED: "own", IntegrationKind.OWN: "own", IntegrationKind.TRAINING: "other"}
    for person, kind, since, until, _ in facts:
        if source := of_fact.get(FactKind(kind)):
            found += [(str(head), source, since, until) for head in house.heads(person)]
    for person, kind, since, until, _ in integrations:
        if source := of_integration.get(IntegrationKind(kind)):
            found += [(str(head), source, since, until) for head in house.heads(person)]
    for _, unit, _, end, reason in receipts:
        source = "own" if reason in _OWN_REASONS else "other" if reason in _OTHER_REASONS else ""
        if source and end is not None:
            found.append((str(house.head_of[unit]), source, end + timedelta(days=1), end + EVIDENCE))
    return found


def _leaves(now: datetime) -> tuple[list[tuple[str, date, str]], list[tuple[str, date, str, date]]]:
    told: list[tuple[str, date, str]] = []
    followed: list[tuple[str, date, str, date]] = []
    rows = Leave.objects.filter(at__lte=now).select_related("entry__person", "entry__first_contact").order_by("at", "id")
    for leave in rows:
        person, day, key = leave.entry.person, berlin_day(leave.at), str(leave.pk)
        age = age_on(person.birth_date, day) if person.birth_date else None
        parts = (
            f"act:{leave.act}",
            f"sex:{person.sex if person.sex in {'w', 'm'} else 'x'}",
            f"language:{'de' if person.language == 'de' else 'other'}",
            "age:unknown" if age is None else "age:u25" if age < 25 else "age:o55" if age >= 55 else "age:25_54",
            f"channel:{'in_person' if leave.entry.first_contact.channel == Channel.IN_PERSON else 'other'}",
        )
        told += [(key, day, part) for part in parts]
        sent_back = leave.looks[0]["at"] if leave.looks else leave.second_at.isoformat() if leave.second_ok is False and leave.second_at else ""
        looked = leave.looks[0]["at"] if leave.looks else leave.second_at.isoformat() if leave.second_at else ""
        called = leave.calls[0]["at"] if leave.calls else ""
        happened = (
            ("looked", looked), ("sent_back", sent_back), ("called", called),
            ("may_call", leave.at.isoformat() if leave.may_call else ""), ("back", leave.revoked_at.isoformat() if leave.revoked_at else ""),
        )  # fmt: skip
        followed += [(key, day, part, berlin_day(datetime.fromisoformat(when))) for part, when in happened if when]
    return told, followed


_Tell = Mapping[tuple[str, str], Value | None]


# -- figures --------------------------------------------------------------------------------------------------------------
def all_months(now: datetime) -> list[date]:
    """The months that are computed, the running one last: what a page shows and the year before it."""
    this = first_of_month(berlin_day(now))
    return [add_months(this, -n) for n in range(COURSE + 12 - 1, -1, -1)]


@dataclass(frozen=True, slots=True)
class Live:
    """Figures as the data say now."""

    values: tuple[Value, ...]
    frame: Frame


def live(jobcenter_id: UUID, now: datetime) -> Live:
    """All figures of all months, computed now or, where nothing of what they read has been written since, as computed before.

    Every verb adds to the chain, so the hash of the newest link about what is read says whether anything changed; the hour is in
    the key because who still waits for an offer waits longer.
    """
    written = Event.objects.filter(jobcenter_id=jobcenter_id).exclude(object_kind__in=_UNREAD).order_by("-seq")
    head = written.values_list("hash", flat=True).first() or ""
    hour = now.replace(minute=0, second=0, microsecond=0).isoformat()
    key = f"month:{jobcenter_id}:{head}:{hour}:{definitions.load().version}"
    found: Live | None = cache.get(key)
    if found is None:
        months = all_months(now)
        tables, frame = gather(jobcenter_id, months, now)
        inputs = f"month-slow:{jobcenter_id}:{month.fingerprint(tables, frame)}:{definitions.load().version}"
        slow: month.Tally | None = cache.get(inputs)
        if slow is None:
            slow = month.tally(tables, frame, month.SLOW)
            cache.set(inputs, slow, _CACHE_SECONDS)
        found = Live(tuple(month.compute(tables, frame, months, definitions.load(), slow)), frame)
        cache.set(key, found, _CACHE_SECONDS)
    return found


def fresh(jobcenter_id: UUID, first: date, now: datetime) -> list[Value]:
    """The values of one month as the data say now, computed for it alone and never taken from the cache: they are to be kept."""
    months = [add_months(first, -12), first]
    tables, frame = gather(jobcenter_id, months, now)
    return [value for value in month.compute(tables, frame, months, definitions.load()) if value.month == first]


@dataclass(frozen=True, slots=True)
class Correction:
    """A closed figure that was corrected, or (``who`` empty) that the data now say differently."""

    code: str
    part: str
    old: Value
    new: Value
    at: datetime | None = None
    who: str = ""
    reason: str = ""
    old_text: str = ""
    new_text: str = ""


@dataclass(frozen=True)
class Told:
    """The figures of all months: closed ones as they were kept, the others as computed now."""

    values: Mapping[tuple[str, date, str], Value]
    closings: Mapping[date, MonthClosing]
    frame: Frame
    now: datetime

    @cached_property
    def _by_month(self) -> Mapping[date, list[Value]]:
        found: dict[date, list[Value]] = defaultdict(list)
        for value in self.values.values():
            found[value.month].append(value)
        return found

    def may_say(self, first: date) -> Mapping[tuple[str, str], Value | None]:
        """What of a month may be told."""
        return definitions.tell(self._by_month.get(first, ()))


def told(jobcenter_id: UUID, now: datetime) -> Told:
    """What may be told of every month."""
    closings = {c.month: c for c in MonthClosing.objects.filter(month__gte=all_months(now)[0]).order_by("month")}
    now_values = live(jobcenter_id, now)
    values = {(v.code, v.month, v.part): v for v in now_values.values if v.month not in closings}
    kept = MonthFigure.objects.filter(replaced_at=None, closing__in=list(closings.values())).order_by("id")
    for first, code, part, value, numerator, denominator in kept.values_list(
        "closing__month", "code", "part", "value", "numerator", "denominator"
    ):
        values[code, first, part] = Value(code, first, part, value, numerator, denominator)
    return Told(values, closings, now_values.frame, now)


def differs(old: Value, new: Value) -> bool:
    """Whether two values of one figure say different things; the last digits of a float do not."""
    if (old.numerator, old.denominator) != (new.numerator, new.denominator):
        return True
    if old.value is None or new.value is None:
        return old.value is not new.value
    return abs(old.value - new.value) > 1e-6 * max(1.0, abs(old.value))


def late(jobcenter_id: UUID, closing: MonthClosing, now: datetime, values: Iterable[Value] | None = None) -> list[Correction]:
    """What the data (``values``, else as computed last) say of a closed month by now that was told differently; of months too long
    ago nothing."""
    if closing.month not in all_months(now):
        return []
    said = live(jobcenter_id, now).values if values is None else values
    by_part = {(v.code, v.part): v for v in said if v.month == closing.month}
    held = [_as_value(row, closing.month) for row in MonthFigure.objects.filter(closing=closing, replaced_at=None).order_by("code", "part")]
    pairs = [(old, by_part.get((old.code, old.part), replace(old, value=None, numerator=None, denominator=None))) for old in held]
    told_then, told_now = definitions.tell(held), definitions.tell(by_part.values())
    found = []
    for old, new in pairs:
        if differs(old, new):
            old_text, new_text = _in_words(old.code, old.part, told_then, told_now)
            found.append(Correction(old.code, old.part, old, new, old_text=old_text, new_text=new_text))
    return found


def _in_words(code: str, part: str, before: _Tell, after: _Tell) -> tuple[str, str]:
    """Old and new of a correction, each as its whole month may be told; where one may not, the other would say it."""
    figure, key = definitions.load().figures[code], (code, part)
    texts = _text(figure, before, key), _text(figure, after, key)
    return (definitions.HIDDEN, definitions.HIDDEN) if definitions.HIDDEN in texts else texts


def corrections(closing: MonthClosing) -> list[Correction]:
    """What was corrected in a closed month: old and new, when, who and why; the newest first."""
    rows: dict[tuple[str, str], list[MonthFigure]] = defaultdict(list)
    kept = MonthFigure.objects.filter(closing=closing).select_related("told_by")
    for row in kept.order_by(F("replaced_at").asc(nulls_last=True), "id"):
        rows[row.code, row.part].append(row)
    found = []
    said: dict[tuple[datetime, bool], _Tell] = {}
    for (code, part), held in rows.items():
        for old, new in pairwise(held):
            at = new.told_at
            if (at, True) not in said:
                then = [next((r for r in reversed(chain) if r.told_at < at), chain[0]) for chain in rows.values()]
                after = [next((r for r in reversed(chain) if r.told_at <= at), chain[0]) for chain in rows.values()]
                for late_one, held_rows in ((False, then), (True, after)):
                    said[at, late_one] = definitions.tell(_as_value(r, closing.month) for r in held_rows)
            texts = _in_words(code, part, said[at, False], said[at, True])
            who = new.told_by.get_full_name() if new.told_by else "Hilfefrei"
            found.append(
                Correction(code, part, _as_value(old, closing.month), _as_value(new, closing.month), at, who, new.reason, *texts)
            )
    return sorted(found, key=lambda c: (-(c.at.timestamp() if c.at else 0), c.code, c.part))


def _as_value(row: MonthFigure, first: date) -> Value:
    return Value(row.code, first, row.part, row.value, row.numerator, row.denominator)


# -- what a reader is shown -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """One value in words. ``value`` is what may be told, None where nothing may: no other number leaves this module."""

    part: str
    label: str
    text: str
    of: str
    value: Value | None
    before: str = ""

    @property
    def hidden(self) -> bool:
        """Whether it is not told, so that nothing under ten can be read or reckoned."""
        return self.value is None

    @property
    def number(self) -> float | None:
        """The value for a table or a chart; None where it is hidden or there is none."""
        return None if self.value is None else self.value.value


@dataclass(frozen=True)
class Shown:
    """One figure of one month as it is shown: the whole and its groups."""

    figure: Definition
    lines: tuple[Line, ...]

    @property
    def whole(self) -> Line | None:
        """The line of the whole, where there is one."""
        return next((line for line in self.lines if not line.part), None)

    @property
    def parts(self) -> tuple[Line, ...]:
        """The lines of the groups."""
        return tuple(line for line in self.lines if line.part)


@dataclass(frozen=True)
class Report:
    """A month, section by section, as everybody may read it."""

    month: date
    closing: MonthClosing | None
    frame: Frame
    now: datetime
    sections: tuple[tuple[str, str, str, tuple[Shown, ...]], ...] = field(default=())
    # When the closed month was last corrected, and the state of the data behind that.
    corrected: tuple[datetime, date] | None = None

    @property
    def name(self) -> str:
        """"Oktober 2026"."""
        return words.month_name(self.month)

    @property
    def data_state(self) -> date | None:
        """As-of of the data behind it: of the closing, else of the newest delivery."""
        return self.closing.data_state if self.closing else self.frame.state

    @property
    def as_of(self) -> date:
        """The last day looked at."""
        return min(last_of_month(self.month), berlin_day(self.now))

    @property
    def is_running(self) -> bool:
        """Whether the month is not over."""
        return last_of_month(self.month) >= berlin_day(self.now)

    @property
    def comparison(self) -> str:
        """Who is compared in the section of 1, 3 and 6 months; empty without a delivery."""
        if self.frame.state is None:
            return ""
        since = f" ViA seit {format_day(self.frame.via_from, year=True, weekday=False)}." if self.frame.via_from else ""
        if self.frame.refusals:
            return f"Gezählt ist, wer kam: mit Antrag oder in den Bezug, auch wer abgelehnt wurde; vor ViA und mit ViA auf gleiche Weise.{since}"
        return (
            "Abgelehnte und zurückgenommene Anträge aus der Zeit vor ViA liegen nicht vor. Damit beide Seiten gleich gezählt sind, steht auf beiden "
            f"nur, wessen Bezug begann; wer mit ViA gar nicht erst in den Bezug kam, fehlt.{since}"
        )

    @property
    def closable_from(self) -> date:
        """The data state with which it can be closed."""
        return closable_from(self.month)

    @property
    def can_be_closed(self) -> bool:
        """Whether the month is over and its exits are certain."""
        return self.closing is None and not self.is_running and self.frame.state is not None and self.frame.state >= self.closable_from


def show(figure: Definition, said: _Tell, before: _Tell | None = None) -> Shown:
    """A figure in words, from what may be told of its whole month (:func:`definitions.tell`); ``before`` is the year before."""
    return Shown(figure, tuple(_line(figure, part, said, before or {}) for part in ["", *figure.groups] if (figure.code, part) in said))


def _line(figure: Definition, part: str, said: _Tell, before: _Tell) -> Line:
    key = figure.code, part
    value = said[key]
    return Line(
        part,
        figure.groups.get(part, "") or ("alle" if figure.groups else ""),
        _text(figure, said, key),
        "" if value is None else words.say_of(figure, value),
        value,
        _text(figure, before, key) if key in before else "",
    )


def _text(figure: Definition, said: _Tell, key: tuple[str, str]) -> str:
    if key not in said:
        return words.NOTHING
    value = said[key]
    return definitions.HIDDEN if value is None else words.say(figure.unit, value.value)


def _begin(frame: Frame, section: str, last: date) -> str:
    since = frame.short_window(section, last)
    if since is None:
        return ""
    day = format_day(since, year=True, weekday=False)
    if section == "returns":
        return f"Abgänge werden erst seit dem {day} beobachtet; wo ein Jahr zurückgeblickt wird, fehlt, was davor lag."
    return f"Die Daten beginnen am {day}: „Zwölf Monate“ umfasst erst die Zeit seit diesem Tag."


def report(jobcenter_id: UUID, first: date, now: datetime) -> Report:
    """The month that begins on ``first``."""
    all_told, known = told(jobcenter_id, now), definitions.load()
    closing = all_told.closings.get(first)
    said, before = all_told.may_say(first), all_told.may_say(add_months(first, -12))
    sections = tuple(
        (
            key,
            title,
            f"{known.remarks.get(key, '')} {_begin(all_told.frame, key, min(last_of_month(first), berlin_day(now)))}".strip(),
            tuple(show(f, said, before) for f in known.of(key)),
        )
        for key, title in known.sections.items()
    )
    return Report(first, closing, all_told.frame, now, sections, _corrected(closing) if closing else None)


def _corrected(closing: MonthClosing) -> tuple[datetime, date] | None:
    if closing.version == 1:
        return None
    # A figure of the closing itself has no reason.
    told = MonthFigure.objects.filter(closing=closing).exclude(reason="").order_by("-told_at", "-data_state", "-id")
    return told.values_list("told_at", "data_state").first()


def course(jobcenter_id: UUID, code: str, now: datetime) -> list[tuple[date, Shown, bool]]:
    """A figure over the months, the oldest first: (month, what is shown, whether it is closed). Months without a value are left out."""
    all_told, figure = told(jobcenter_id, now), definitions.load().figures[code]
    found = []
    for first in all_months(now)[-COURSE:]:
        shown = show(figure, all_told.may_say(first))
        if shown.lines:
            found.append((first, shown, first in all_told.closings))
    return found


def month_of(text: str, now: datetime) -> date:
    """The month of "2026-10"; the last whole one where the text is empty. ValueError for any other, or one to come."""
    this = first_of_month(berlin_day(now))
    if not text:
        return add_months(this, -1)
    found = date.fromisoformat(f"{text}-01")
    if not add_months(this, 1 - COURSE) <= found <= this:
        message = f"Diesen Monat gibt es hier nicht: {text}. Möglich sind {words.month_name(add_months(this, 1 - COURSE))} bis {words.month_name(this)}."
        raise ValueError(message)
    return found


# -- the cases behind -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Case:
    """One person behind a number, for whoever may open the file."""

    person: Person
    note: str = ""


# Figures from facts of the placement zone; the others come from the paying system and the application.
_PLACEMENT = frozenset({"entrance", "work", "lasting", "leave"})


def may_see_cases(actor: Actor, figure: Definition) -> bool:
    """Whether there can be a list for this reader at all."""
    if not figure.cases or not people_policy.may_see_people(actor):
        return False
    return figure.section not in _PLACEMENT or people_policy.may_see_placement(actor)


def cases(actor: Actor, figure: Definition, first: date, part: str, now: datetime) -> list[Case]:
    """Whom of those behind a number the reader may see, by name. Nobody else is named or counted here."""
    if not may_see_cases(actor, figure):
        return []
    day = berlin_day(now)
    tables, frame = gather(actor.jobcenter_id, [first], now, figure.section)
    with month.Engine(tables, frame) as engine:
        ids = [UUID(key) for key in engine.behind(figure.code, first, part, figure.section)]
    # Behind a number may stand the whole house, more than one question takes: those whom the reader sees are gone through instead.
    visible = people_policy.visible_to(actor, day).order_by("sort_name", "callsign").iterator(chunk_size=2000)
    if figure.cases == "person":
        wanted = set(ids)
        linked = {other for other, keep in kept_records().items() if keep in wanted}
        return [Case(person) for person in visible if person.pk in wanted or person.pk in linked]
    if figure.cases == "unit":
        units = set(ids)
        lives = Membership.objects.filter(role=MemberRole.APPLICANT, person__in=people_policy.visible_ids(actor, day)).order_by()
        members = {person for person, unit in lives.values_list("person", "benefit_unit") if unit in units}
        return [Case(person) for person in visible if person.pk in members]
    if figure.cases == "way":
        ways = intake_policy.entries_for(actor, day).filter(pk__in=ids).select_related("person").order_by("since", "id")
        return [Case(way.person, way.get_state_display()) for way in ways]
    if figure.cases == "leave":
        leaves = intake_policy.leaves_for(actor, day).filter(pk__in=ids).select_related("entry__person").order_by("at", "id")
        return [Case(leave.entry.person, f"{leave.get_act_display()}: „{leave.words}“") for leave in leaves]
    made = benefits_policy.applications_for(actor, day).filter(pk__in=ids).select_related("applicant").order_by("asked_at", "id")
    return [Case(application.applicant, application.reference) for application in made]


# -- caseload today -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Load:
    """People for whom one post is responsible today. Only shown, never kept, compared or put out (model agreement)."""

    team: str
    post: str
    fte: float
    away: bool
    people: int

    @property
    def per_full_post(self) -> str:
        """People per full post."""
        return words.decimal(self.people / self.fte, 0)


def caseload(actor: Actor, now: datetime) -> list[Load]:
    """Caseload per post today: of all teams for who steers the house, of the own ones for a lead, for nobody else.

    The one figure per post that the model agreement allows (rule 8): today's, without names, history or export.
    """
    if not policy.may(actor, "caseload"):
        return []
    day = berlin_day(now)
    posts = Position.objects.filter(in_force(day), is_lead=False).exclude(holder=None).select_related("team")
    if not actor.has(Role.CONTROLLER, Role.DIRECTOR):
        posts = posts.filter(team__in=actor.leads)
    held: dict[tuple[UUID, UUID], set[UUID]] = defaultdict(set)
    rows = Responsibility.objects.filter(in_force(day)).exclude(user=None)
    for row in rows.order_by("id").only("team", "user", "person"):
        held[row.team_id, cast("UUID", row.user_id)].add(row.person_id)
    away = set(Absence.objects.filter(in_force(day), cancelled_at=None).values_list("user_id", flat=True))
    found: list[Load] = []
    number: dict[UUID, int] = defaultdict(int)
    for post in posts.order_by("team__name", "id"):
        if post.holder_id is None or (post.team_id, post.holder_id) not in held:
            continue
        number[post.team_id] += 1
        found.append(
            Load(
                post.team.name, f"Stelle {number[post.team_id]}", float(post.fte), post.holder_id in away,
                len(held[post.team_id, post.holder_id]),
            )
        )  # fmt: skip
    return found


def everything(known: Definitions | None = None) -> Sequence[Definition]:
    """All figures in their order."""
    return list((known or definitions.load()).figures.values())
