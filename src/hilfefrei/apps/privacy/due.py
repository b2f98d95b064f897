"""What has run out: for each household the rows and fields whose period is over, and why others wait.

The clocks are those of the field catalogue (``rules.toml``). Two kinds: of the *row* (an address that ended, a report that
was settled) and of the *person* (the last decision, the end of the way). A row of a unit waits for the last of its members;
records that are linked are one human being and have one clock. ``None`` as the end of a clock means: still running.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Max, Q

from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.benefits.models import (
    Application,
    ApplicationOutcome,
    Decision,
    DeliveryRow,
    Integration,
    MonthlyAmount,
    Participation,
    Receipt,
    UrgentReport,
)
from hilfefrei.apps.intake.models import Entry, Fact, FirstContact, FollowUp
from hilfefrei.apps.intake.workflows import EntryState
from hilfefrei.apps.people.models import Membership, Person, PersonLink, Responsibility
from hilfefrei.apps.people.workflows import ResponsibilityKind
from hilfefrei.apps.privacy import holdings
from hilfefrei.apps.privacy.models import Hold
from hilfefrei.core import catalogue
from hilfefrei.core.days import berlin_day

PERSON: Final = Person._meta.label
# Where a row has an end of its own: (table, period) to where it stands. Empty there = still running.
ROW_ENDS: Final[dict[tuple[str, str], str]] = {
    ("people.Address", "reach"): "valid_to",
    ("people.Channel", "reach"): "valid_to",
    ("people.Attendant", "reach"): "valid_to",
    ("people.ForeignError", "reach"): "settled_at",
    ("people.Restriction", "protection"): "valid_to",
    ("people.Restriction_users", "protection"): "restriction__valid_to",
    ("benefits.UrgentReport", "urgent"): "closed_at",
    ("intake.Booking", "dates"): "date__starts_at",
    ("privacy.Hold", "protection"): "lifted_at",
    ("privacy.FieldNote", "reach"): "settled_at",
}
# Periods that run from what became of the person.
PERSON_CLOCKS: Final = frozenset({"application", "placement", "health", "consent"})
# „Mit der Akte, die sie nennt“: whom to ask about a unit goes with the unit.
GOES_WITH: Final = {"staff": "application"}
# With the person's last file these go too, whatever still seems to run: there is nobody left to reach or to protect.
WITH_THE_PERSON: Final = frozenset({"identity", "reach", "protection"})
# What is done to the data as such is no contact with the person.
NO_CONTACT: Final = ("retention.", "erasure.", "hold.", "person.delivered", "person.exported", "person.linked", "person.told_apart")

KEY: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
WAITS_FOR_DELIVERY: Final = "steht in einer Lieferung der letzten 90 Tage"

Group = frozenset[UUID]
Clock = dict[str, date | None]


@dataclass(frozen=True)
class Part:
    """Rows of one table that go, or (``fields``) fields of them that are emptied."""

    table: str
    retention: str
    ids: tuple[Any, ...]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Granted:
    """What was granted to somebody out of turn (Art. 17 DSGVO): of ``periods`` all goes that is theirs alone, whatever the clock says."""

    persons: Group
    periods: frozenset[str]


@dataclass
class Plan:
    """What goes of one household, in the order in which it can be done; ``held`` says why it stays although it is over."""

    persons: Group
    parts: list[Part] = field(default_factory=list)
    held: str = ""

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by period and table."""
        found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for part in self.parts:
            found[part.retention][part.table] += len(part.ids)
        return {retention: dict(tables) for retention, tables in found.items()}


def unclocked() -> list[str]:
    """Tables and fields about persons whose period no clock measures: they would be kept for ever."""
    return [
        f"{label}: {retention}"
        for label in holdings.tables()
        for retention in (holdings.retention_of(label), *holdings.sooner(label))
        if (label, retention) not in ROW_ENDS
        and GOES_WITH.get(retention, retention) not in PERSON_CLOCKS
        and retention != "identity"
        # Of the person's own row: these go with it.
        and not (label == PERSON and retention in WITH_THE_PERSON)
    ]


def households(person_ids: Iterable[UUID] | None = None) -> list[Group]:
    """Persons who ever shared a unit or are linked, together: what is about one of them may be about another.

    All of them, or those of ``person_ids``.
    """
    parent: dict[UUID, UUID] = {}

    def root(one: UUID) -> UUID:
        parent.setdefault(one, one)
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    if person_ids is None:
        for pk in Person.objects.order_by("pk").values_list("pk", flat=True).iterator():
            root(pk)
        shared = list(Membership.objects.order_by("pk").values_list("person", "benefit_unit"))
        links = list(PersonLink.objects.filter(same=True, undone_at=None).order_by("pk").values_list("keep", "other"))
    else:
        start = set(person_ids)
        shared, links = _near(start)
        for one in start:
            root(one)
    pairs = [*shared, *links]
    for one, other in pairs:
        parent[root(one)] = root(other)
    members: dict[UUID, set[UUID]] = defaultdict(set)
    units = {unit for _, unit in shared}
    for one in list(parent):
        if one not in units:
            members[root(one)].add(one)
    return sorted((frozenset(group) for group in members.values()), key=lambda group: str(min(group)))


def _near(start: set[UUID]) -> tuple[list[tuple[UUID, UUID]], list[tuple[UUID, UUID]]]:
    """Memberships and links reached from ``start``, over any number of steps."""
    seen, new, shared, links = set(start), set(start), [], []
    while new:
        units = set(Membership.objects.filter(person__in=new).values_list("benefit_unit", flat=True))
        lives = list(Membership.objects.filter(benefit_unit__in=units).values_list("person", "benefit_unit"))
        same = list(PersonLink.objects.filter(Q(keep__in=new) | Q(other__in=new), same=True, undone_at=None).values_list("keep", "other"))
        shared += lives
        links += same
        new = ({person for person, _ in lives} | {one for link in same for one in link}) - seen
        seen |= new
    return shared, links


def _day(value: date | datetime | None) -> date | None:
    return berlin_day(value) if isinstance(value, datetime) else value


class _Clocks:
    """Collects for each person what happened last and what still runs."""

    def __init__(self, persons: Iterable[UUID]) -> None:
        self.last: dict[tuple[UUID, str], date] = {}
        self.running: set[tuple[UUID, str]] = set()
        self.persons = set(persons)

    def on(self, person: UUID, clock: str, *moments: date | datetime | None) -> None:
        for moment in moments:
            day = _day(moment)
            if day is not None and day > self.last.get((person, clock), date.min):
                self.last[person, clock] = day

    def runs(self, person: UUID, clock: str) -> None:
        self.running.add((person, clock))


def clocks(persons: Iterable[UUID], day: date) -> dict[UUID, Clock]:
    """For each person where each clock of a person began to count, None while it has not."""
    ids = list(persons)
    told = _Clocks(ids)
    _benefits(told, ids, day)
    _placement(told, ids)
    first = dict(Person.objects.filter(pk__in=ids).values_list("pk", "created_at"))
    groups: dict[UUID, set[UUID]] = {one: {one} for one in ids}
    for keep, other in PersonLink.objects.filter(keep__in=ids, other__in=ids, same=True, undone_at=None).values_list("keep", "other"):
        joint = groups[keep] | groups[other]
        for one in joint:
            groups[one] = joint
    found: dict[UUID, Clock] = {}
    for one in ids:
        clock: Clock = {}
        for name in ("application", "placement", "health"):
            if any((twin, name) in told.running for twin in groups[one]):
                clock[name] = None
                continue
            known = [told.last[twin, name] for twin in groups[one] if (twin, name) in told.last]
            clock[name] = max(known) if known else _day(first[one])
        clock["consent"] = clock["placement"]
        found[one] = clock
    return found


def _benefits(told: _Clocks, ids: list[UUID], day: date) -> None:
    """The last decision, the last day of benefits, an application that ended otherwise; open ones run."""
    of_unit: dict[UUID, set[UUID]] = defaultdict(set)
    for person, unit, to in Membership.objects.filter(person__in=ids).values_list("person", "benefit_unit", "valid_to"):
        of_unit[unit].add(person)
        told.on(person, "application", to)
    units = list(of_unit)
    asked = Application.objects.filter(Q(benefit_unit__in=units) | Q(applicant__in=ids)).order_by("pk")
    whose: dict[UUID, set[UUID]] = {}
    for pk, applicant, unit, at in asked.values_list("pk", "applicant", "benefit_unit", "asked_at"):
        whose[pk] = of_unit[unit] | ({applicant} & told.persons)
        for person in whose[pk]:
            told.on(person, "application", at)
    ended = ApplicationOutcome.objects.filter(application__in=list(whose), revoked_at=None).order_by("pk")
    over = set()
    for application, decided, to in ended.values_list("application", "decided_on", "granted_to"):
        over.add(application)
        for person in whose[application]:
            told.on(person, "application", decided, to)
            if to is not None and to >= day:
                told.runs(person, "application")
    for application in whose.keys() - over:
        for person in whose[application]:
            told.runs(person, "application")
    for unit, decided, to in Decision.objects.filter(benefit_unit__in=units).order_by("pk").values_list("benefit_unit", "decided_on", "granted_to"):
        for person in of_unit[unit]:
            told.on(person, "application", decided, to)
            if to is not None and to >= day:
                told.runs(person, "application")
    for person, starts, ends in Receipt.objects.filter(person__in=ids).order_by("pk").values_list("person", "starts", "ends"):
        told.on(person, "application", starts, ends)
        if ends is None or ends >= day:
            told.runs(person, "application")
    for unit, month in MonthlyAmount.objects.filter(benefit_unit__in=units).values("benefit_unit").annotate(last=Max("month")).order_by("benefit_unit").values_list("benefit_unit", "last"):
        for person in of_unit[unit]:
            told.on(person, "application", month)
    for person, reported, closed in UrgentReport.objects.filter(person__in=ids).order_by("pk").values_list("person", "reported_at", "closed_at"):
        told.on(person, "application", reported, closed)


def _placement(told: _Clocks, ids: list[UUID]) -> None:
    """The end of the way and of the care after it. Whoever is only still noted as responsible counts from the last contact."""
    over = {EntryState.ENDED, EntryState.REFERRED}
    for person, state, since, ended in Entry.objects.filter(person__in=ids).order_by("pk").values_list("person", "state", "state_since", "ended_on"):
        for clock in ("placement", "health"):
            told.on(person, clock, ended or since)
            if state not in over:
                told.runs(person, clock)
    for rows, names in (
        (FirstContact.objects, ("contact_at",)),
        (Fact.objects, ("since", "until", "recorded_at")),
        (FollowUp.objects, ("at",)),
        (Integration.objects, ("started_on", "ended_on")),
        (Participation.objects, ("starts", "ends")),
    ):
        for person, *moments in rows.filter(person__in=ids).order_by("pk").values_list("person", *names):
            told.on(person, "placement", *moments)
    held = Responsibility.objects.filter(person__in=ids).order_by("pk").values_list("person", "kind", "valid_to")
    open_: dict[UUID, set[str]] = defaultdict(set)
    for person, kind, to in held:
        told.on(person, "placement", to)
        if to is None:
            open_[person].add(kind)
    if not open_:
        return
    contact = Event.objects.filter(subject_id__in=list(open_))
    for verb in NO_CONTACT:
        contact = contact.exclude(verb__startswith=verb)
    last = dict(contact.values("subject_id").annotate(last=Max("at")).order_by("subject_id").values_list("subject_id", "last"))
    for person, kinds in open_.items():
        told.on(person, "placement", last.get(person))
        if ResponsibilityKind.INTEGRATION in kinds and (person, "application") in told.running:
            told.runs(person, "placement")


def delivered() -> frozenset[str]:
    """Keys that stand in rows of deliveries which could still be taken back."""
    found: set[str] = set()
    for pk, *told in DeliveryRow.objects.order_by("pk").values_list("object_id", "data", "before").iterator():
        found.add(str(pk))
        found.update(KEY.findall(json.dumps(told)))
    return frozenset(found)


def present(person_ids: Iterable[UUID]) -> dict[str, dict[str, int]]:
    """What is held on somebody that a request can be about: rows (or filled fields with a period of their own) by period and table."""
    ids = list(person_ids)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for label, model in holdings.tables().items():
        rows = set(ids) if label == PERSON else set(holdings.owners(label, person_ids=ids))
        if rows and label != PERSON:
            found[_class(holdings.retention_of(label))][label] = len(rows)
        for retention, names in holdings.sooner(label).items():
            if filled := len(list(_filled(model, rows, names))):
                key = _class(retention)
                found[key][label] = max(filled, found[key].get(label, 0))
    return {retention: tables for retention, tables in found.items() if retention != "identity"}


def _class(retention: str) -> str:
    return GOES_WITH.get(retention, retention)


def shared(person_ids: Iterable[UUID]) -> bool:
    """Whether a unit of theirs has, or had, other members."""
    ids = set(person_ids)
    units = Membership.objects.filter(person__in=ids).values("benefit_unit")
    return Membership.objects.filter(benefit_unit__in=units).exclude(person__in=ids).exists()


def granted(granted_: Granted, day: date) -> Plan:
    """What goes of somebody who may be erased out of turn; ``held`` says why it has to wait."""
    group = households(granted_.persons)[0]
    found = list(_plans([group], day, delivered(), granted_))
    return found[0] if found else Plan(group)


def plans(
    day: date, groups: Iterable[Group] | None = None, *, in_deliveries: frozenset[str] | None = None, at_once: int = 300
) -> Iterator[Plan]:
    """Every household of which something is over on ``day``, also those that are held back (all, or ``groups``).

    ``in_deliveries``: what :func:`delivered` gave, where it is asked for many.
    """
    waits = delivered() if in_deliveries is None else in_deliveries
    batch: list[Group] = []
    size = 0
    for group in households() if groups is None else groups:
        batch.append(group)
        size += len(group)
        if size >= at_once:
            yield from _plans(batch, day, waits)
            batch, size = [], 0
    if batch:
        yield from _plans(batch, day, waits)


@dataclass
class _Table:
    """Rows of one table in a batch: whose they are, which go, which are emptied because something still hangs on them."""

    whose: dict[Any, set[UUID]]
    gone: set[Any] = field(default_factory=set)
    shells: set[Any] = field(default_factory=set)


def _plans(groups: list[Group], day: date, waits: frozenset[str], asked: Granted | None = None) -> Iterator[Plan]:
    ids = [one for group in groups for one in group]
    group_of = {one: group for group in groups for one in group}
    clock = clocks(ids, day)
    known = catalogue.load().retentions
    read: dict[str, _Table] = {}
    emptied: list[tuple[UUID, Part]] = []
    for label, model in holdings.tables().items():
        table = _Table({one: {one} for one in ids} if label == PERSON else holdings.owners(label, person_ids=ids))
        read[label] = table
        for retention, names in holdings.sooner(label).items():
            over = _over(label, retention, table.whose, clock, day, asked)
            for pk, filled in _filled(model, over, names):
                emptied.append((next(iter(table.whose[pk])), Part(label, retention, (pk,), filled)))
        if label != PERSON:
            table.gone = _over(label, holdings.retention_of(label), table.whose, clock, day, asked)
            _keep_what_holds(label, read)
    whole = _persons(ids, read, clock, day, known, asked)
    held = Hold.objects.filter(person__in=ids, lifted_at=None).order_by("-set_at", "id")
    holds = {hold.person_id: hold.get_kind_display() for hold in held}
    for plan in _told(groups, group_of, read, emptied, whole):
        if asked is not None:
            # What is held back of others in the household is not in this plan either.
            plan.persons = asked.persons
        plan.held = _held_back(plan, holds, waits)
        yield plan


def _over(
    label: str, retention: str, whose: dict[Any, set[UUID]], clock: dict[UUID, Clock], day: date, asked: Granted | None
) -> set[Any]:
    """Which of these rows have run out, or were granted."""
    if asked is not None:
        return {pk for pk, persons in whose.items() if persons <= asked.persons} if _class(retention) in asked.periods else set()
    period = catalogue.load().retentions[GOES_WITH.get(retention, retention)]
    place = ROW_ENDS.get((label, retention))
    found = set()
    if place is not None:
        rows = holdings.tables()[label]._default_manager.filter(pk__in=list(whose)).exclude(**{place: None})
        for pk, end in rows.order_by("pk").values_list("pk", place):
            if period.over_on(_day(end)) <= day:  # type: ignore[arg-type]  # a day: rows without one are left out
                found.add(pk)
    elif period.key in PERSON_CLOCKS:
        over = {one for one, ends in clock.items() if (end := ends[period.key]) is not None and period.over_on(end) <= day}
        found = {pk for pk, persons in whose.items() if persons <= over}
    return found


def _filled(model: holdings.Rows, over: set[Any], names: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Rows in which one of these fields still holds something, with those fields."""
    if not over:
        return
    heads = [name.partition(".")[0] for name in names]
    for pk, *values in model._default_manager.filter(pk__in=list(over)).order_by("pk").values_list("pk", *heads):
        filled = []
        for name, value in zip(names, values, strict=True):
            head, _, key = name.partition(".")
            full = key in (value or {}) if key else value != holdings.empty_value(model._meta.get_field(head))  # type: ignore[arg-type]  # a column
            if full:
                filled.append(name)
        if filled:
            yield pk, tuple(filled)


def _keep_what_holds(label: str, read: dict[str, _Table]) -> None:
    """A row on which one hangs that stays is emptied instead. Whatever may hang on it has been read before (``tables``)."""
    table = read[label]
    model = holdings.tables()[label]
    if not table.gone:
        return
    for other, beside in read.items():
        for key in holdings.keys(holdings.tables()[other]):
            if other == label or key.null or key.related_model is not model:
                continue
            rows = holdings.tables()[other]._default_manager.filter(**{f"{key.attname}__in": list(table.gone)})
            for pk, target in rows.order_by("pk").values_list("pk", key.attname):
                if pk not in beside.gone:
                    table.shells.add(target)
    table.gone -= table.shells


def _persons(
    ids: list[UUID], read: dict[str, _Table], clock: dict[UUID, Clock], day: date, known: Any, asked: Granted | None
) -> set[UUID]:
    """Persons whose last file goes: their own row, and what only served to reach them."""
    stays: set[UUID] = set()
    for label, table in read.items():
        if label != PERSON and holdings.retention_of(label) not in WITH_THE_PERSON:
            stays |= set().union(*(persons for pk, persons in table.whose.items() if pk not in table.gone))
    for one in ids:
        if asked is not None:
            stays |= set() if one in asked.persons and "identity" in asked.periods else {one}
            continue
        for name in ("placement", "consent"):
            end = clock[one][name]
            if end is None or known[name].over_on(end) > day:
                stays.add(one)
    whole = set(ids) - stays
    for label, model in holdings.tables().items():
        for key in holdings.keys(model):
            if key.related_model is Person and whole:
                # Their own, and rows of others that are about them (the paper of a child who has grown up).
                rows = model._default_manager.filter(**{f"{key.attname}__in": list(whole)}).order_by("pk")
                for pk, person in rows.values_list("pk", key.attname):
                    read[label].whose.setdefault(pk, {person})
                    read[label].gone.add(pk)
    if named := read.get("people.Restriction_users"):
        # Who is named in a protection goes with it.
        shut = read["people.Restriction"].gone
        rows = holdings.tables()["people.Restriction_users"]._default_manager.filter(restriction__in=list(shut)).order_by("pk")
        named.gone |= set(rows.values_list("pk", flat=True))
    return whole


def _told(groups: list[Group], group_of: dict[UUID, Group], read: dict[str, _Table], emptied: list[tuple[UUID, Part]], whole: set[UUID]) -> Iterator[Plan]:
    by_group: dict[Group, Plan] = {group: Plan(group) for group in groups}
    fields: dict[tuple[Group, str, str, tuple[str, ...]], list[Any]] = defaultdict(list)
    for person, part in emptied:
        if part.ids[0] not in read[part.table].gone and not (part.table == PERSON and part.ids[0] in whole):
            fields[group_of[person], part.table, part.retention, part.fields].extend(part.ids)
    for (group, label, retention, names), ids in fields.items():
        by_group[group].parts.append(Part(label, retention, tuple(ids), names))
    for label in holdings.tables():
        table = read[label]
        if label == PERSON:
            table.gone = set(whole)
        gone: dict[Group, list[Any]] = defaultdict(list)
        for pk in sorted(table.gone, key=str):
            gone[group_of[next(iter(table.whose[pk]))]].append(pk)
        for group, ids in gone.items():
            by_group[group].parts.append(Part(label, holdings.retention_of(label), tuple(ids)))
        shells: dict[tuple[Group, tuple[str, ...]], list[Any]] = defaultdict(list)
        for pk, names in _filled(holdings.tables()[label], table.shells, holdings.shell(label)):
            shells[group_of[next(iter(table.whose[pk]))], names].append(pk)
        for (group, names), ids in shells.items():
            by_group[group].parts.append(Part(label, holdings.retention_of(label), tuple(ids), names))
    yield from (plan for plan in by_group.values() if plan.parts)


def _held_back(plan: Plan, holds: dict[UUID, str], waits: frozenset[str]) -> str:
    """Why a household waits, empty when it does not."""
    if reason := next((holds[one] for one in sorted(plan.persons) if one in holds), ""):
        return reason
    told = {str(one) for one in plan.persons} | {str(pk) for part in plan.parts for pk in part.ids}
    return WAITS_FOR_DELIVERY if waits & told else ""
