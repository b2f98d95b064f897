"""Build the training world: rows and events in bulk where there are many, the real verbs where there are few."""

import gc
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.rows import columns_of, defaults_of, insert
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, Delivery, UrgentReport
from hilfefrei.apps.benefits.neutral import rows_of
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org.models import Jobcenter, Position
from hilfefrei.apps.org.queries import actor_of
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.people.models import BenefitUnit, Number, Person
from hilfefrei.apps.people.workflows import NumberKind
from hilfefrei.apps.reporting.domain import month as reporting
from hilfefrei.apps.reporting.models import MonthClosing
from hilfefrei.apps.vacancies import domain as vacancies
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.workflows import Source
from hilfefrei.core import names
from hilfefrei.core.matching.wages import WEEKS_PER_MONTH
from hilfefrei.core.periods import ONE_DAY, add_months, first_of_month
from hilfefrei.demo import generator, places
from hilfefrei.demo.bulk import Bulk
from hilfefrei.demo.history import joined
from hilfefrei.demo.history.deliveries import MONTHLY, Delivered, schedule
from hilfefrei.demo.office import LOGINS, TEAMS, after, berlin, moment
from hilfefrei.demo.verbs import Ids, Verbs
from hilfefrei.demo.world import Job, Ref, Staff, Step, Stocked, World

__all__ = ["LOGINS", "PASSWORD", "Summary", "build"]

IDS_AT_HAND = 100_000
PASSWORD = "uebung"  # noqa: S105 - training accounts, refused in production
HOUSE: dict[str, Any] = {
    "name": "Jobcenter Landkreis Sösetal",
    "traeger_number": "23102",
    "land": "NI",
    "street": "Am Kornmagazin 1",
    "plz": "37520",
    "place": "Osterode",
    "lat": 51.728,
    "lon": 10.252,
    "phone": "0171 39200 10",
    "benefits_phone": "0171 39200 30",
    "urgent_phone": "0171 39200 50",
    "housing_phone": "0171 39200 54",
    "protection_phone": "0171 39200 60",
    "counsel_name": "Sozialberatung Sösetal",
    "counsel_phone": "0171 39200 80",
    "complaint_phone": "0171 39200 90",
    "opening_hours": "Mo bis Fr 8 bis 16 Uhr",
    "is_demo": True,
}


@dataclass(frozen=True)
class Summary:
    """What was built."""

    units: int
    persons: int
    vacancies: int
    applications: int
    entries: int
    events: int

    def __str__(self) -> str:
        """One line for whoever waits."""
        return (
            f"{self.units} Bedarfsgemeinschaften, {self.persons} Personen, {self.vacancies} Stellen, {self.applications} Anträge, "
            f"{self.entries} Wege durch ViA, {self.events} Ereignisse"
        )


class House:
    """The Jobcenter with its staff and rooms; knows the ids of what the steps refer to."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.rng = Random(f"{seed}/{world.day.isoformat()}/ids")
        self.start = world.house_since
        self.ids: Ids = {}
        self.actors: dict[str, Actor] = {}
        with scopes_disabled():
            self.jobcenter = Jobcenter.objects.create(id=self.new_id(), via_from=berlin(self.start).date(), **HOUSE)
        self.importer = Actor("import", self.jobcenter.pk, self.jobcenter.pk, "Übernahme", roles=frozenset({Role.BENEFITS}))

    def new_id(self) -> UUID:
        """The next id of this seed."""
        return UUID(int=self.rng.getrandbits(128), version=4)

    def found(self, ledger: audit.Ledger) -> None:
        """Teams, logins with one stored password, posts, rooms."""
        operator = Actor("system", self.jobcenter.pk, self.jobcenter.pk, roles=frozenset({Role.OPERATOR}))
        at, hashed = self.start, make_password(PASSWORD)
        for name, specialisation in TEAMS:
            team = org.create_team(actor=operator, at=at, name=name, specialisation=Specialisation(specialisation))
            self.ids[Ref("team", name)] = team.pk
        users, posts = {}, []
        for person in self.world.staff:
            users[person.login] = user = User.objects.create(
                id=self.new_id(),
                jobcenter_id=self.jobcenter.pk,
                username=person.login,
                first_name=person.first,
                last_name=person.last,
                password=hashed,
                phone=person.phone,
                is_demo=True,
            )
            ledger.events.append(audit.LedgerLine(operator, "login.created", "accounts.user", user.pk, None, {}, at))
            self.ids[Ref("user", person.login)] = user.pk
            posts.append(self.post(operator, person, user, ledger))
        Position.objects.bulk_create(posts)
        for room in self.world.rooms:
            made = org.save_room(
                actor=operator,
                at=at,
                name=room.name,
                place=room.place,
                seats=room.seats,
                step_free=room.step_free,
                remarks=room.remarks,
            )
            self.ids[Ref("room", room.name)] = made.pk
        listed = "".join(f"{p.plz};{p.name};{p.lat};{p.lon}\n" for p in places.ALL)
        vacancies.import_places(actor=operator, at=at, content=f"plz;ort;lat;lon\n{listed}".encode())
        self.actors |= {login: actor_of(user, self.world.day) for login, user in users.items()}

    def post(self, actor: Actor, person: Staff, user: User, ledger: audit.Ledger) -> Position:
        """As ``org.domain.create_position``, whose checks cost a second for sixty people."""
        post = Position(
            id=self.new_id(),
            jobcenter=self.jobcenter,
            team_id=self.ids[Ref("team", person.team)],
            role=person.role,
            fte=Decimal(person.fte),
            valid_from=berlin(self.start).date(),
            holder=user,
            is_lead=person.lead,
        )
        data = {"team": post.team_id, "role": post.role, "fte": post.fte, "holder": user.pk, "lead": post.is_lead}
        ledger.events.append(audit.LedgerLine(actor, "position.created", "org.position", post.pk, None, data, self.start))
        return post

    def vacancies(self) -> None:
        """All vacancies at once; they come from a delivery, so the record holds no event for each."""
        blank = {name: default() for name, default in defaults_of(Vacancy).items() if name not in {"id", "jobcenter_id"}}
        columns = columns_of(Vacancy)
        rows = []
        for job in self.world.jobs:
            values = (
                blank
                | vacancy(job)
                | {
                    "id": self.new_id(),
                    "jobcenter_id": self.jobcenter.pk,
                    "created_at": moment(job.published, 6 * 60 + 10),
                    "changed_at": moment(job.published, 6 * 60 + 10),
                }
            )
            self.ids[Ref("vacancy", job.reference)] = values["id"]
            rows.append([values[name] for name in columns])
        insert(Vacancy, columns, rows)


# The same few words come twenty thousand times.
_fold = lru_cache(maxsize=None)(names.fold)


def vacancy(job: Job) -> dict[str, Any]:
    """A vacancy in the columns of the table."""
    words = " ".join(map(_fold, (job.title, job.occupation, job.employer, job.place.name, job.place.plz)))
    values: dict[str, Any] = {
        "source": Source.DEMO,
        "reference": job.reference,
        "title": job.title,
        "occupation": job.occupation,
        "employer": job.employer,
        "plz": job.place.plz,
        "place": job.place.name,
        "street": job.street,
        "lat": job.lat,
        "lon": job.lon,
        "full_time": job.full_time,
        "part_time": job.part_time,
        "starts_at": job.starts_at,
        "ends_at": job.ends_at,
        "weekend": job.weekend,
        "night_or_shift": job.shift,
        "mini_job": job.mini_job,
        "heavy_lifting": job.heavy,
        "long_standing": job.standing,
        "licence": job.licence,
        "german_level": job.german,
        "career_changers": job.newcomers,
        "temporary_work": job.agency,
        "private_agency": job.placement,
        "fixed_term": job.fixed_term,
        "seats": job.seats,
        "published_on": job.published,
        "starts_on": job.starts_on,
        "expires_on": job.expires_on,
        "contact": job.contact,
        "remarks": job.remarks,
        "search_text": words[:600],
    }
    if job.hours:
        values |= {"hours_min": job.hours[0], "hours_max": job.hours[1]}
    if job.wage:
        unit, low, high = job.wage
        values |= {"wage_unit": unit, "wage_low_cents": low, "wage_high_cents": high}
        weeks = (job.hours[0] * WEEKS_PER_MONTH, job.hours[1] * WEEKS_PER_MONTH) if job.hours else None
        if unit == "hour":
            values |= {"hour_low_cents": low, "hour_high_cents": high}
            if weeks:
                values |= {"month_low_cents": round(low * weeks[0]), "month_high_cents": round(high * weeks[1])}
        else:
            values |= {"month_low_cents": low, "month_high_cents": high}
            if weeks:
                values |= {
                    "hour_low_cents": round(low / weeks[0]),
                    "hour_high_cents": max(round(high / weeks[1]), round(low / weeks[0])),
                }
    return values


class Deliveries:
    """The deliveries of the paying system go in as any others: staged, compared, taken over, each on its morning."""

    def __init__(self, house: House, told: Sequence[Delivered]) -> None:
        self.house, self.told = house, told
        # Who of the stock has been brought already.
        self.here: set[str] = set()

    def mornings(self) -> Iterator[tuple[datetime, Delivered]]:
        """Each delivery with the moment at which it is taken over: the next working day, before the house opens."""
        for one in self.told:
            yield moment(after(one.as_of, 1), 6 * 60 + 30), one

    def take(self, at: datetime, one: Delivered) -> Delivery:
        """Take over one."""
        actor, name = self.house.importer, f"{one.kind}-{one.as_of}.zip"
        content = one.pack()
        # Two hundred thousand rows as dictionaries are not needed twice.
        one.rows.clear()
        staged = benefits.stage_delivery(actor=actor, at=at, file_name=name, content=content)
        if staged.refusal:
            raise RuntimeError(staged.refusal)
        return benefits.apply_delivery(actor=actor, at=at, delivery_id=staged.pk, version=staged.version)

    def brought(self) -> list[tuple[Stocked, list[int]]]:
        """The stock that the last delivery brought, with the places of those who are new."""
        before, self.here = self.here, self._know()
        fresh = self.here - before
        new = ((row, [n for n, customer in enumerate(row.customers) if customer in fresh]) for row in self.house.world.stock)
        return [(row, members) for row, members in new if members]

    def _know(self) -> set[str]:
        """Find the people and units of the stock by their numbers; gives the customer numbers that are here."""
        found = Number.objects.filter(kind__in=(NumberKind.CUSTOMER, NumberKind.UNIT)).order_by("valid_from", "pk")
        people: dict[str, UUID] = {}
        units: dict[str, UUID] = {}
        for value, person, unit in found.values_list("value", "person_id", "benefit_unit_id"):
            if person is not None:
                people[value] = person
            elif unit is not None:
                units[value] = unit
        ids = self.house.ids
        for row in self.house.world.stock:
            for number, customer in enumerate(row.customers):
                if customer in people:
                    ids[Ref("person", f"{row.household.key}/{number}")] = people[customer]
            if row.number in units:
                ids[Ref("unit", row.household.key)] = units[row.number]
        return set(people)

    def tidy(self) -> None:
        """As every night: the rows of old deliveries are for taking back, and nobody takes these back."""
        benefits.age_out_deliveries(actor=self.house.importer, at=self.house.world.now)


class Closings:
    """The controller closes each month with the monthly delivery that makes its exits certain, from the first month that ended
    with a monthly delivery, if the entrance tells all of it.

    With the last of them the month before is corrected, where benefit granted late has changed it. What last night's delivery
    makes possible is left to whoever practises.
    """

    def __init__(self, house: House) -> None:
        self.house, self.actor = house, house.actors["controlling"]
        ends = [as_of for as_of, kind in schedule(house.world.day) if kind == MONTHLY]
        self.last = ends[-1]
        began = min((berlin(step.at).date() for step in house.world.steps if step.way), default=house.world.day)
        self.first = max(add_months(first_of_month(began - ONE_DAY), 1), first_of_month(ends[0]))

    def after(self, at: datetime, one: Delivered, write: Callable[[], None] = lambda: None) -> None:
        """On the morning of a monthly delivery; ``write`` puts into the database what waits."""
        closed = add_months(first_of_month(one.as_of), -1)
        if one.kind != MONTHLY or closed < self.first:
            return
        write()
        at += timedelta(hours=2)
        held = MonthClosing.objects.order_by("-month").first()
        reporting.close_month(actor=self.actor, at=at, month=closed)
        if held is None or one.as_of != self.last:
            return
        reason = f"Nachgeliefert zum {one.as_of:%d.%m.%Y}: rückwirkend bewilligte Zeiten und was daraus folgt."
        try:
            reporting.correct_month(actor=self.actor, at=at + timedelta(minutes=20), closing_id=held.pk, reason=reason)
        except Refused:
            # Nothing came late.
            return


def written_by(delivery: Delivery, people: set[UUID]) -> dict[str, set[UUID]]:
    """Kind of row -> ids that a delivery has written; of the baseline those of ``people``."""
    found: dict[str, set[UUID]] = defaultdict(set)
    if delivery.is_complete:
        found["person"] = people
        for kind in ("member", "responsibility", "receipt"):
            found[kind] = {pk for pk, who in rows_of(kind).order_by("pk").values_list("pk", "person_id") if who in people}
        return found
    for steps in delivery.rows.order_by("pk").values_list("data", flat=True):
        for kind, pk, _ in steps:
            found[kind].add(UUID(pk))
    return found


def in_bulk(house: House, given: Deliveries, ledger: audit.Ledger, say: Callable[[str], None]) -> None:
    """Deliveries, stock, dates and steps; a way goes on through the verbs from its first step that has no short cut."""
    bulk = Bulk(house.jobcenter.pk, house.ids, house.actors, house.importer, house.rng)
    verbs = Verbs(house.actors, house.ids, house.importer)
    closings = Closings(house)
    slow: set[str] = set()
    for part, (at, one) in _with_steps(house, given):
        rest = []
        for step in part:
            if step.way in slow or not bulk.run(step):
                slow |= {step.way} - {""}
                rest.append(step)
        bulk.write()
        for step in rest:
            verbs.run(step)
        if one is None:
            break
        say(f"Lieferung vom {one.as_of:%d.%m.%Y} übernehmen …")
        taken, brought = given.take(at, one), given.brought()
        if one.complete and connection.vendor == "postgresql":
            # All in one transaction, so autovacuum never comes by: the next delivery was compared by nested loops, for minutes.
            _count_rows()
        people = {house.ids[Ref("person", f"{row.household.key}/{n}")] for row, members in brought for n in members}
        bulk.learn(written_by(taken, people))
        for row, members in brought:
            bulk.stock(row, members, taken_over=at + timedelta(minutes=30))
        if one.complete:
            for plan in house.world.dates:
                bulk.plan_date(plan)
        closings.after(at, one, bulk.write)
    ledger.events.extend(bulk.lines)
    given.tidy()


def by_verbs(house: House, given: Deliveries) -> None:
    """The same through the verbs alone, as the test replays it."""
    verbs = Verbs(house.actors, house.ids, house.importer)
    closings = Closings(house)
    for part, (at, one) in _with_steps(house, given):
        for step in part:
            verbs.run(step)
        if one is None:
            break
        given.take(at, one)
        for row, members in given.brought():
            verbs.stock(row, members, taken_over=at + timedelta(minutes=30))
        if one.complete:
            for plan in house.world.dates:
                verbs.plan_date(plan)
        closings.after(at, one)
    given.tidy()


def _with_steps(house: House, given: Deliveries) -> Iterator[tuple[list[Step], tuple[datetime, Delivered | None]]]:
    """What happens up to each delivery, and the delivery; at last what happens up to now."""
    steps, done = house.world.steps, 0
    for at, one in [*given.mornings(), (house.world.now, None)]:
        until = bisect_left(steps, at, key=_when)
        yield steps[done:until], (at, one)
        done = until


def _when(step: Step) -> datetime:
    return step.at


@contextmanager
def _unguarded() -> Iterator[None]:
    """SQLite with room for the indexes of a hundred thousand rows, without log and without waiting for the disk.

    What a power cut leaves of an unfinished build is thrown away. The next connection is as any other (settings/database.py).
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-65536"):
            cursor.execute(f"PRAGMA {pragma}")
    try:
        yield
    finally:
        connection.close()


@contextmanager
def _ids_once() -> Iterator[None]:
    """SQLite keeps ids as text. Each of some hundred thousand is made an id once, not at each of more than two million readings."""
    if connection.vendor != "sqlite":
        yield
        return
    known, operations = lru_cache(maxsize=IDS_AT_HAND)(UUID), cast("Any", connection.ops)
    operations.convert_uuidfield_value = lambda value, *_: None if value is None else known(value)
    try:
        yield
    finally:
        del operations.convert_uuidfield_value


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection: it would walk over millions of rows that live until they are written (22 of 52 s of processor time)."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was:
            gc.enable()


def _send_open(ledger: audit.Ledger) -> None:
    """What benefits have not confirmed yet is on their side as soon as the worker runs, so that it can be confirmed there."""
    for application in Application.objects.filter(confirmed_at=None, outcomes=None).order_by("asked_at", "id"):
        ledger.follow_up("application.sheet", str(application.pk), application=application.pk)
    for report in UrgentReport.objects.filter(confirmed_at=None, closed_at=None).order_by("reported_at", "id"):
        ledger.follow_up("urgent.sheet", str(report.pk), report=report.pk)


def _count_rows() -> None:
    """Statistics for the planner: PostgreSQL would know a full table for an empty one until autovacuum comes by."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA optimize=0x10002" if connection.vendor == "sqlite" else "ANALYZE")


@_uncollected()
@_ids_once()
@_unguarded()
def build(
    day: date,
    *,
    seed: int = generator.SEED,
    report: Callable[[str], None] = lambda _: None,
    size: Mapping[str, int] | None = None,
    replay: bool = False,
) -> Summary:
    """Build the world of ``day`` in one transaction. Refused on a database that holds anything else.

    ``size`` narrows what :func:`generator.generate` makes (its keywords); ``replay`` takes the way through the verbs.
    """
    if not settings.HILFEFREI_DEMO:
        message = "Übungsdaten gibt es nur im Übungsbetrieb."
        raise RuntimeError(message)
    with scopes_disabled():
        if Jobcenter.objects.exists():
            message = "In dieser Datenbank steht schon ein Jobcenter. Neu anfangen: ./hilfefrei reset"
            raise RuntimeError(message)
    report("Menschen, Stellen und Termine erfinden …")
    world = generator.generate(day, seed=seed, **dict(size or {}))
    with scopes_disabled():
        found = House(world, seed)
    given = Deliveries(found, joined.told(world, seed))
    # The deliveries tell of it now.
    world.lines.clear()
    world.turned_down.clear()
    # What was made up stays to the end.
    gc.freeze()
    with scope(jobcenter=found.jobcenter.pk):
        with audit.bulk(found.importer, world.now) as ledger:
            found.found(ledger)
            report("Stellenbörse füllen …")
            found.vacancies()
            world.jobs.clear()
            if replay:
                by_verbs(found, given)
            else:
                in_bulk(found, given, ledger, report)
            # Nothing of the past half year is to be sent out today.
            ledger.letters.clear()
            _send_open(audit.Ledger(found.importer, world.now, letters=ledger.letters))
            ledger.events.sort(key=lambda line: line.at)
            report("Protokoll verketten …")
        _count_rows()
        return Summary(
            BenefitUnit.objects.count(),
            Person.objects.count(),
            Vacancy.objects.count(),
            Application.objects.count(),
            Entry.objects.count(),
            len(ledger.events),
        )
