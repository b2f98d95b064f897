"""Build the training world: the stock in bulk, the three months of the entrance through the real verbs."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.benefits.workflows import Channel as Way
from hilfefrei.apps.benefits.workflows import Outcome, UrgentKind
from hilfefrei.apps.intake.domain import agreement, conversation, dates, entry, facts, first_contact, leave
from hilfefrei.apps.intake.models import Entry, FirstContact, ViaDate
from hilfefrei.apps.intake.workflows import Attendance, DateKind, EndKind, EntryState, FactKind, LeaveAct, ReplyKind
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Absence, Jobcenter, Position, Room, Team
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import (
    Address,
    BenefitUnit,
    CallsignCounter,
    Channel,
    Membership,
    Number,
    Person,
    Responsibility,
    Restriction,
)
from hilfefrei.apps.people.workflows import AddressKind, ChannelKind, MemberRole, NumberKind, ResponsibilityKind, RestrictionKind
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.queries import search_text
from hilfefrei.apps.vacancies.workflows import Source, WageUnit
from hilfefrei.core import questions, triage
from hilfefrei.core.clock import BERLIN
from hilfefrei.core.matching.wages import WEEKS_PER_MONTH
from hilfefrei.core.periods import is_working_day, working_days_after
from hilfefrei.demo import generator, names
from hilfefrei.demo.generator import JOBS, Arrival, Unit

PASSWORD = "uebung"  # noqa: S105 - training accounts, refused in production
LAND = "NI"
DETAIL_DAYS = 45


@dataclass(frozen=True)
class Login:
    """A training account as it is printed."""

    username: str
    what: str
    first: str
    last: str
    role: Role
    team: str
    lead: bool = False


LOGINS: tuple[Login, ...] = (
    Login("eisvogel", "Eingang, ViA-Team", "Nele", "Eisvogel", Role.ENTRANCE, "ViA-Team"),
    Login("sperling", "Eingang, Kollegin", "Mira", "Sperling", Role.ENTRANCE, "ViA-Team"),
    Login("goldammer", "Coach", "Tim", "Goldammer", Role.COACH, "ViA-Team"),
    Login("kleiber", "Leistung", "Rosa", "Kleiber", Role.BENEFITS, "Leistung"),
    Login("steinkauz", "Fallmanagement", "Paula", "Steinkauz", Role.CASE_MANAGER, "Vermittlungsstelle"),
    Login("kolkrabe", "Teamleitung ViA", "Ansgar", "Kolkrabe", Role.TEAM_LEAD, "ViA-Team", lead=True),
    Login("wiedehopf", "Arbeitgeberservice", "Ole", "Wiedehopf", Role.EMPLOYER_SERVICE, "Arbeitgeberservice"),
    Login("wendehals", "Betrieb (sieht keine Personen)", "Greta", "Wendehals", Role.OPERATOR, "Leitung und Stab"),
)
TEAMS: tuple[tuple[str, Specialisation, Role, int], ...] = (
    ("ViA-Team", Specialisation.VIA, Role.ENTRANCE, 2),
    ("Vermittlungsstelle", Specialisation.PLACEMENT, Role.CASE_MANAGER, 7),
    ("Rehabilitation", Specialisation.REHABILITATION, Role.CASE_MANAGER, 4),
    ("Migration", Specialisation.MIGRATION, Role.CASE_MANAGER, 5),
    ("Unter 25", Specialisation.UNDER_25, Role.CASE_MANAGER, 3),
    ("Fallmanagement", Specialisation.GENERAL, Role.CASE_MANAGER, 7),
    ("Leistung", Specialisation.BENEFITS, Role.BENEFITS, 11),
    ("Arbeitgeberservice", Specialisation.EMPLOYER_SERVICE, Role.EMPLOYER_SERVICE, 2),
    ("Leitung und Stab", Specialisation.MANAGEMENT, Role.CONTROLLER, 1),
)


@dataclass(frozen=True)
class Summary:
    """What was built."""

    units: int
    persons: int
    vacancies: int
    entries: int
    events: int

    def __str__(self) -> str:
        return (
            f"{self.units} Bedarfsgemeinschaften, {self.persons} Personen, {self.vacancies} Stellen, "
            f"{self.entries} Wege durch ViA, {self.events} Ereignisse"
        )


def moment(day: date, minute: int) -> datetime:
    """A Berlin time of a day in UTC."""
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=BERLIN).astimezone(UTC)


class Builder:
    """One run of the loader."""

    def __init__(self, day: date, world: generator.World, seed: int) -> None:
        self.day = day
        self.world = world
        self.rng = Random(f"{seed}/{day.isoformat()}/load")
        self.phones = itertools.cycle(f"0171 39200 {n:02d}" for n in range(100))
        self.now = moment(day, 9 * 60 + 42)
        self.actors: dict[str, Actor] = {}
        self.by_reference: dict[str, UUID] = {}
        self.ids: Iterator[UUID] = (uuid.UUID(int=self.rng.getrandbits(128), version=4) for _ in itertools.count())

    # -- the house ---------------------------------------------------------------------------------------------------
    def house(self) -> Jobcenter:
        self.jobcenter = Jobcenter.objects.create(
            id=next(self.ids), name="Jobcenter Landkreis Sösetal", traeger_number="23102", land=LAND, street="Am Sösedamm 3",
            plz="37520", place="Osterode", lat=51.727, lon=10.251, phone="0171 39200 10", benefits_phone="0171 39200 30",
            urgent_phone="0171 39200 50", housing_phone="0171 39200 54", protection_phone="0171 39200 60",
            counsel_name="Sozialberatung Sösetal", counsel_phone="0171 39200 80", complaint_phone="0171 39200 90",
            opening_hours="Mo bis Fr 8 bis 16 Uhr", is_demo=True,
        )
        return self.jobcenter

    def staff(self) -> None:
        hashed = make_password(PASSWORD)
        birds = [b for b in names.BIRDS if b not in {login.last for login in LOGINS}]
        spare = iter(birds)
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        users: list[User] = []
        positions: list[Position] = []
        start = self.day - timedelta(days=900)

        def hire(first: str, last: str, username: str, team: str, role: Role, *, lead: bool, fte: Decimal) -> None:
            user = User(
                id=next(self.ids), jobcenter_id=self.jobcenter.pk, username=username, first_name=first, last_name=last,
                password=hashed, phone="0171 39200 11", is_demo=True,
            )
            users.append(user)
            self.users[username] = user
            positions.append(
                Position(
                    id=next(self.ids), jobcenter=self.jobcenter, team=self.teams[team], holder=user, role=role.value, is_lead=lead,
                    fte=fte, valid_from=start,
                )
            )

        for name, specialisation, _, _ in TEAMS:
            self.teams[name] = Team(id=next(self.ids), jobcenter=self.jobcenter, name=name, specialisation=specialisation)
        Team.objects.bulk_create(self.teams.values())
        for login in LOGINS:
            hire(login.first, login.last, login.username, login.team, login.role, lead=login.lead, fte=Decimal(1))
        for name, _, role, count in TEAMS:
            if not any(login.team == name and login.lead for login in LOGINS):
                last = next(spare)
                hire(self.rng.choice(names.WOMEN), last, last.lower(), name, Role.TEAM_LEAD, lead=True, fte=Decimal(1))
            for _ in range(count):
                last = next(spare)
                first = self.rng.choice(names.WOMEN + names.MEN)
                hire(first, last, last.lower(), name, role, lead=False, fte=self.rng.choice((Decimal(1), Decimal(1), Decimal("0.75"), Decimal("0.5"))))
        User.objects.bulk_create(users)
        Position.objects.bulk_create(positions)
        case_managers = [p for p in positions if p.role == Role.CASE_MANAGER.value]
        held = {p.holder_id: name for name, u in self.users.items() for p in case_managers[:2] if p.holder_id == u.pk}
        away_name, stand_in = held.values()
        Absence.objects.create(
            id=next(self.ids), jobcenter=self.jobcenter, user=self.users[away_name], substitute=self.users[stand_in],
            valid_from=self.day, valid_to=self.day + timedelta(days=2),
        )
        rooms = (("Osterode 104", 14, True, ""), ("Osterode 106", 4, True, "Kinderecke"), ("Osterode 108", 3, True, ""), ("Herzberg 2", 12, True, ""))
        self.rooms = {
            name: Room.objects.create(
                id=next(self.ids), jobcenter=self.jobcenter, name=name, place=name.split()[0], seats=seats, step_free=free, remarks=note
            )
            for name, seats, free, note in rooms
        }

    def actor(self, username: str) -> Actor:
        return org.actor_of(self.users[username], self.day)

    # -- the stock ---------------------------------------------------------------------------------------------------
    def stock(self) -> None:
        """Households that the paying system has known for long: bulk rows, one event each."""
        rows: dict[type, list[object]] = {
            m: [] for m in (Person, BenefitUnit, Membership, Address, Channel, Number, Responsibility)
        }
        caseload = [self.teams[n] for n in ("Vermittlungsstelle", "Rehabilitation", "Migration", "Unter 25", "Fallmanagement")]
        callsign = 0
        events: list[audit.LedgerLine] = []
        machine = Actor("import", self.jobcenter.pk, self.jobcenter.pk, "Übernahme")
        for given in self.world.units:
            known = moment(given.since, 9 * 60)
            unit = BenefitUnit(id=next(self.ids), jobcenter=self.jobcenter, created_at=known)
            rows[BenefitUnit].append(unit)
            rows[Number].append(
                Number(id=next(self.ids), jobcenter=self.jobcenter, kind=NumberKind.UNIT, value=given.number, benefit_unit=unit, valid_from=given.since)
            )
            team = self.rng.choices(caseload, (34, 14, 24, 10, 18))[0]
            for index, member in enumerate(given.members):
                callsign += 1
                person = Person(
                    id=next(self.ids), jobcenter=self.jobcenter, callsign=callsign, first_name=member.first, last_name=member.last,
                    birth_date=member.birth if self.rng.random() < 0.995 else None, sex=member.sex, language=member.language,
                    needs_interpreter=member.language in {"ar", "fa"} and self.rng.random() < 0.4, created_at=known,
                )
                people.set_names(person)
                rows[Person].append(person)
                since = max(given.since, member.birth) if member.birth else given.since
                rows[Membership].append(
                    Membership(id=next(self.ids), jobcenter=self.jobcenter, person=person, benefit_unit=unit, role=MemberRole(member.role), valid_from=since)
                )
                rows[Number].append(
                    Number(id=next(self.ids), jobcenter=self.jobcenter, kind=NumberKind.CUSTOMER, value=f"231D{callsign:06d}", person=person, valid_from=since)
                )
                rows[Address].append(
                    Address(
                        id=next(self.ids), jobcenter=self.jobcenter, person=person, kind=AddressKind.HOME, street=given.street, plz=given.plz,
                        place=given.place, lat=given.lat, lon=given.lon, valid_from=since,
                    )
                )
                if index == 0:
                    rows[Channel].append(
                        Channel(id=next(self.ids), jobcenter=self.jobcenter, person=person, kind=ChannelKind.MOBILE, value=next(self.phones), valid_from=since)
                    )
                kinds = [(ResponsibilityKind.BENEFITS, self.teams["Leistung"])]
                if member.role != "child":
                    kinds.append((ResponsibilityKind.INTEGRATION, team))
                for kind, responsible in kinds:
                    rows[Responsibility].append(
                        Responsibility(
                            id=next(self.ids), jobcenter=self.jobcenter, person=person, kind=kind, team=responsible, valid_from=since, reason="Übernahme aus dem Bestand"
                        )
                    )
                events.append(
                    audit.LedgerLine(machine, "person.created", "people.person", person.pk, person.pk, {"first_name": person.first_name, "last_name": person.last_name, "callsign": callsign}, known)
                )
        for model, made in rows.items():
            model.objects.bulk_create(made, batch_size=1500)  # type: ignore[attr-defined]
        CallsignCounter.objects.create(id=next(self.ids), jobcenter=self.jobcenter, last=callsign)
        self.stock_events = events
        self._protected(rows[Person])

    def _protected(self, persons: list[object]) -> None:
        """Deliberate dirt: a restricted person in a shelter."""
        person = next(p for p in persons if isinstance(p, Person) and p.sex == "w" and p.birth_date and p.birth_date < self.day - timedelta(days=9000))
        person.first_name, person.last_name, person.birth_date = "Elsbeth", "Weißdorn", date(1985, 3, 9)
        people.set_names(person)
        person.save()
        restriction = Restriction.objects.create(
            id=next(self.ids), jobcenter=self.jobcenter, person=person, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", phone="0171 39200 60", valid_from=self.day - timedelta(days=40)
        )
        restriction.users.add(self.users["kleiber"])
        Address.objects.filter(person=person).update(kind=AddressKind.SHELTER, no_letters=True)

    # -- vacancies ---------------------------------------------------------------------------------------------------
    def vacancies(self) -> None:
        rows = []
        for given in self.world.jobs:
            title, occupation, _, _, starts, ends, weekend, shift, heavy, licence, newcomers, _ = JOBS[given.job]
            vacancy = Vacancy(
                id=next(self.ids), jobcenter=self.jobcenter, source=Source.DEMO, reference=given.reference, title=title, occupation=occupation,
                employer=given.employer, plz=given.plz, place=given.place, lat=given.lat, lon=given.lon, career_changers=bool(newcomers),
                weekend=bool(weekend), night_or_shift=bool(shift), heavy_lifting=bool(heavy), licence=licence, private_agency=given.agency,
                published_on=given.published, created_at=self.now, changed_at=self.now,
            )
            if given.hours:
                vacancy.hours_min, vacancy.hours_max = Decimal(given.hours[0]), Decimal(given.hours[1])
                vacancy.full_time, vacancy.part_time = given.hours[1] >= 35, given.hours[0] < 35
            if given.with_times:
                vacancy.starts_at, vacancy.ends_at = time.fromisoformat(starts), time.fromisoformat(ends)
            if given.cents:
                vacancy.wage_unit = WageUnit.HOUR
                vacancy.wage_low_cents, vacancy.wage_high_cents = given.cents
                if given.hours:
                    vacancy.month_low_cents = round(given.cents[0] * given.hours[0] * WEEKS_PER_MONTH)
                    vacancy.month_high_cents = round(given.cents[1] * given.hours[1] * WEEKS_PER_MONTH)
            vacancy.search_text = search_text(vacancy)
            rows.append(vacancy)
        Vacancy.objects.bulk_create(rows, batch_size=1500)

    # -- dates of ViA ------------------------------------------------------------------------------------------------
    def via_dates(self) -> None:
        rows = []
        leader, second, coach = self.users["eisvogel"], self.users["sperling"], self.users["goldammer"]

        def add(kind: DateKind, day: date, start: int, end: int, room: str, led_by: User, seats: int | None, language: str = "de") -> None:
            rows.append(
                ViaDate(
                    id=next(self.ids), jobcenter=self.jobcenter, kind=kind, starts_at=moment(day, start), ends_at=moment(day, end),
                    room=self.rooms[room], led_by=led_by, seats=seats, language=language,
                )
            )

        for offset in range(-DETAIL_DAYS, 29):
            day = self.day + timedelta(days=offset)
            if not is_working_day(day, LAND):
                continue
            weekday = day.weekday()
            if weekday in {0, 2, 4}:
                add(DateKind.INFORMATION, day, 9 * 60, 10 * 60 + 30, "Osterode 104", second, 12)
            if weekday == 3:
                add(DateKind.INFORMATION, day, 14 * 60, 15 * 60 + 30, "Herzberg 2", leader, 12)
                add(DateKind.INFORMATION, day, 11 * 60, 12 * 60 + 30, "Osterode 106", second, 4, "uk")
            if weekday in {0, 1, 3}:
                add(DateKind.WORKSHOP, day, 11 * 60, 13 * 60, "Osterode 104", leader, 14)
            if weekday in {1, 3}:
                add(DateKind.EXCHANGE, day, 13 * 60, 16 * 60, "Osterode 104", second, None)
            for hour in (8, 10, 11, 13, 14):
                add(DateKind.COACHING, day, hour * 60 + 30, hour * 60 + 90, "Osterode 108", coach, 1)
        ViaDate.objects.bulk_create(rows, batch_size=500)
        self.dates = sorted(rows, key=lambda d: d.starts_at)
        self.taken: dict[UUID, int] = {}

    def _seat(self, kind: DateKind, after: datetime) -> ViaDate | None:
        for row in self.dates:
            if row.kind == kind and row.starts_at > after and self.taken.get(row.pk, 0) < (row.seats or 0) and row.language == "de":
                return row
        return None

    # -- six months at the entrance ----------------------------------------------------------------------------------
    def flow(self) -> None:
        for arrival in self.world.arrivals:
            if is_working_day(arrival.day, LAND):
                self._arrive(arrival)

    def _household(self, actor: Actor, at: datetime, application: Application, unit: Unit) -> None:
        for member in unit.members[1:]:
            benefits.add_to_household(
                actor=actor, at=at, application_id=application.pk, role=MemberRole(member.role), first_name=member.first,
                last_name=member.last, birth_date=member.birth,
            )

    def _contact(self, actor: Actor, arrival: Arrival, at: datetime) -> FirstContact:
        who = arrival.unit.members[0]
        contact = first_contact.record_first_contact(
            actor=actor, at=at, contact_at=at, channel=Way(arrival.channel), wishes=["money", "work"] if arrival.wants_money else ["information"],
            no_application_reason="", time_source="selbst gesehen",
            new_person=first_contact.NewPerson(first_name=who.first, last_name=who.last, birth_date=who.birth, sex=who.sex, language=who.language,
                                               needs_interpreter=who.language in {"ar", "fa"}),
            phone=next(self.phones),
        )
        people.set_address(
            actor=actor, at=at, person_id=contact.person_id, street=arrival.unit.street, plz=arrival.unit.plz, place=arrival.unit.place,
            lat=arrival.unit.lat, lon=arrival.unit.lon, valid_from=arrival.day,
        )
        return contact

    def _arrive(self, arrival: Arrival) -> None:
        desk = self.actors["eisvogel" if arrival.minute % 2 else "sperling"]
        office = self.actors["kleiber"]
        at = moment(arrival.day, arrival.minute)
        age = (self.day - arrival.day).days
        detail = age <= DETAIL_DAYS
        contact = self._contact(desk, arrival, at)
        application = contact.application
        if application is not None:
            if detail:
                self._household(desk, at, application, arrival.unit)
            benefits.confirm_application(actor=office, at=at + timedelta(minutes=20 + int(arrival.luck * 200)), application_id=application.pk)
        way = Entry.objects.get(first_contact=contact)
        luck = arrival.luck
        if luck > 0.97 and age > 3:
            entry.not_reached(actor=desk, at=at + timedelta(hours=6), entry_id=way.pk)
            if age > 12:
                ended = arrival.day + timedelta(days=10)
                entry.end_via(
                    actor=desk,
                    at=moment(ended, 15 * 60),
                    entry_id=way.pk,
                    kind=EndKind.NO_CONTACT,
                    ended_on=ended,
                    note="dreimal angerufen, Antrag läuft weiter",
                )
            return
        talk_at = at + timedelta(minutes=30 + int((luck * 7919 % 1) * 420)) if luck < 0.86 else at + timedelta(days=1, hours=1)
        if talk_at >= self.now:
            return
        conversation.start_talk(actor=desk, at=talk_at, entry_id=way.pk, how=Way.IN_PERSON, room_id=self.rooms["Osterode 106"].pk)
        values = self._answers(arrival)
        if detail:
            for group in questions.load().groups:
                mine = {q.id: values[q.id] for q in group.questions if q.id in values}
                save = conversation.save_group if group.id == "money" else conversation.save_answers
                save(actor=desk, at=talk_at + timedelta(minutes=3), entry_id=way.pk, group=group.id, values=mine, catalogue="2026-11")
        offered = luck < 0.93
        if offered:
            self._offer(desk, way, talk_at, detail, luck)
        rule = triage.propose(values, age=_age(arrival.unit.members[0].birth, arrival.day))
        agreement.decide_triage(actor=desk, at=talk_at + timedelta(minutes=28), entry_id=way.pk, rule=rule.id, team=rule.team, reason=rule.reason)
        step_at = moment(working_days_after(arrival.day, 3, LAND), 10 * 60)
        conversation.finish_talk(
            actor=desk, at=talk_at + timedelta(minutes=30), entry_id=way.pk, next_step="Anruf", next_step_at=max(step_at, talk_at + timedelta(hours=2)),
            next_step_by_id=desk.id,
        )
        if detail:
            self._written(way, talk_at, arrival)
        self._outcome(arrival, way, application, age)

    def _answers(self, arrival: Arrival) -> dict[str, object]:
        title, occupation, hours, *_ = JOBS[arrival.work]
        luck = int(arrival.luck * 1000)
        kids = any(m.role == "child" for m in arrival.unit.members)
        values: dict[str, object] = {
            "last": [title], "wanted": [title, occupation], "alg": "no", "training": "vocational" if luck % 3 else "none",
            "hours_low": 20.0 if kids else float(hours[0]), "hours_high": 30.0 if kids else 40.0, "cannot": ["heavy"] if luck % 5 == 0 else ["none"],
            "capacity": "unsure" if luck % 23 == 0 else "yes", "home": "safe" if luck % 11 else "arrears", "rent": 48000 + luck * 20,
            "modes": ["bus"] if luck % 2 else ["car", "bus"], "max_km": 15 if luck % 2 else 30, "licence": ["B"] if luck % 3 else ["none"],
            "german": "native" if arrival.unit.members[0].language == "de" else ("some" if luck % 2 else "little"), "enough": "scarce", "income": ["none"],
            "applied": ["none"],
        }
        if kids:
            values |= {"care": ["child"], "care_until": "15:30", "care_from": "07:00"}
        return values

    def _offer(self, desk: Actor, way: Entry, at: datetime, detail: bool, luck: float) -> None:
        if detail:
            for kind in (DateKind.INFORMATION, DateKind.COACHING) if luck < 0.6 else (DateKind.INFORMATION,):
                row = self._seat(kind, at + timedelta(hours=1))
                if row is None:
                    continue
                try:
                    booking = dates.book_seat(actor=desk, at=at + timedelta(minutes=20), date_id=row.pk, entry_id=way.pk)
                except Refused:
                    continue
                self.taken[row.pk] = self.taken.get(row.pk, 0) + 1
                if row.ends_at < self.now:
                    roll = self.rng.random()
                    state = Attendance.PRESENT if roll < 0.76 else Attendance.EXCUSED if roll < 0.9 else Attendance.NO_WORD
                    obstacle = "" if state == Attendance.PRESENT else self.rng.choice(("Kinderbetreuung", "Termin bei Amt oder Ärztin", "Bus, Weg", ""))
                    dates.mark_attendance(actor=desk, at=row.ends_at, booking_id=booking.pk, attendance=state, obstacle=obstacle)
        if luck < 0.7 or not detail:
            job = self.world.jobs[int(luck * (len(self.world.jobs) - 1))]
            vacancy = self.by_reference[job.reference]
            conversation.hand_vacancy(actor=desk, at=at + timedelta(minutes=22), entry_id=way.pk, vacancy_id=vacancy)

    def _written(self, way: Entry, at: datetime, arrival: Arrival) -> None:
        coach = self.actors["goldammer"]
        for number in range(int(arrival.luck * 7)):
            sent = at.astimezone(BERLIN).date() + timedelta(days=2 + 3 * number)
            if sent >= self.day:
                break
            job = self.world.jobs[int(arrival.luck * 9973 + number * 131) % len(self.world.jobs)]
            own = dates.add_own_application(
                actor=coach, at=moment(sent, 15 * 60), entry_id=way.pk, employer=job.employer, title=JOBS[job.job][0], sent_on=sent
            )
            if number % 3 == 0 and sent + timedelta(days=6) < self.day:
                reply = (ReplyKind.INTERVIEW, ReplyKind.REFUSED, ReplyKind.TRIAL)[number % 3]
                dates.set_reply(actor=coach, at=moment(sent + timedelta(days=6), 15 * 60), own_application_id=own.pk, reply=reply, reply_on=sent + timedelta(days=6))

    def _outcome(self, arrival: Arrival, way: Entry, application: Application | None, age: int) -> None:
        desk, office, luck = self.actors["eisvogel"], self.actors["kleiber"], arrival.luck
        spread = luck * 6151 % 1
        decided = arrival.day + timedelta(days=10 + int(spread * 22))
        works = spread < 0.24
        if works and age > 14:
            since = arrival.day + timedelta(days=6 + int(spread * 40))
            if since < self.day:
                facts.add_fact(
                    actor=desk, at=moment(since, 11 * 60), person_id=way.person_id, entry_id=way.pk, kind=FactKind.WORK, since=since,
                    what=JOBS[arrival.work][0], hours=Decimal(30), through_us=spread < 0.12, source="sagt die Person selbst",
                )
        elif spread < 0.28 and age > 20:
            facts.add_fact(
                actor=desk, at=moment(arrival.day + timedelta(days=12), 600), person_id=way.person_id, entry_id=way.pk, kind=FactKind.BENEFIT_APPLIED,
                since=arrival.day + timedelta(days=10), what="Wohngeld", source="Eingangsbestätigung gesehen",
            )
        if application is not None and decided < self.day:
            kind = Outcome.GRANTED if spread < 0.78 else Outcome.REFUSED if spread < 0.9 else Outcome.DENIED if spread < 0.93 else None
            if 0.93 <= spread < 0.96:
                leave.record_leave(
                    actor=desk, at=moment(decided, 11 * 60), entry_id=way.pk, act=LeaveAct.WITHDRAWN, words="Ich habe Arbeit und komme bis zum ersten Lohn hin.",
                    rights=list(leave.RIGHTS), signed=True, signed_on=decided, call_at=moment(working_days_after(decided, 2, LAND), 600),
                )
            elif kind is not None:
                benefits.record_outcome(
                    actor=office, at=moment(decided, 14 * 60), application_id=application.pk, kind=kind, decided_on=decided, source="Bescheid",
                    granted_from=application.effect_from, granted_to=application.effect_from + timedelta(days=364),
                )
        if age > 28:
            ended = min(arrival.day + timedelta(days=28), self.day - timedelta(days=1))
            end = EndKind.WORK if works else EndKind.HANDED_OVER if spread < 0.9 else EndKind.OWN_WISH
            if end == EndKind.HANDED_OVER:
                self._handover(way, ended)
            entry.end_via(actor=desk, at=moment(ended, 16 * 60), entry_id=way.pk, kind=end, ended_on=ended, note="nach vier Wochen")
        elif age > 9 and spread > 0.97:
            self._handover(way, self.day - timedelta(days=1), answer=False)

    def _handover(self, way: Entry, day: date, *, answer: bool = True) -> None:
        colleague = self.actors["steinkauz"]
        sent = agreement.send_handover(
            actor=self.actors["eisvogel"], at=moment(day, 13 * 60), entry_id=way.pk, team_id=self.teams["Vermittlungsstelle"].pk, user_id=colleague.id,
            summary="Hat die Information besucht und drei Bewerbungen geschrieben. Sucht weiter in Wohnortnähe.", reason="Vorschlag der Regel",
        )
        if answer:
            agreement.accept_handover(actor=colleague, at=moment(day, 15 * 60), handover_id=sent.pk)

    # -- the morning of the demo day ---------------------------------------------------------------------------------
    def morning(self) -> None:
        desk, colleague, office = self.actors["eisvogel"], self.actors["sperling"], self.actors["kleiber"]
        yesterday = self.day - timedelta(days=1)
        while not is_working_day(yesterday, LAND):
            yesterday -= timedelta(days=1)
        rng = Random("morgen")

        def come(first: str, last: str, sex: str, birth: date, day: date, minute: int, way: Way, place: str = "Osterode am Harz", *, language: str = "de",
                 interpreter: bool = False, urgent: tuple[UrgentKind, ...] = (), money_until: date | None = None, advance: bool = False, words: str = "",
                 wishes: tuple[str, ...] = ("money", "work"), confirmed: int | None = None, who: Actor = desk) -> FirstContact:
            at = moment(day, minute)
            contact = first_contact.record_first_contact(
                actor=who, at=at, contact_at=at, channel=way, wishes=list(wishes), words=words, urgent=list(urgent), money_until=money_until,
                wants_advance=advance, phone=next(self.phones), time_source="selbst gesehen",
                new_person=first_contact.NewPerson(first_name=first, last_name=last, birth_date=birth, sex=sex, language=language, needs_interpreter=interpreter),
            )
            home = next(p for p in generator.PLACES if p[1] == place)
            people.set_address(actor=who, at=at, person_id=contact.person_id, street=f"Bergstraße {rng.randint(1, 40)}", plz=home[0], place=home[1], lat=home[2], lon=home[3], valid_from=day)
            if confirmed is not None and contact.application is not None:
                benefits.confirm_application(actor=office, at=moment(day, confirmed), application_id=contact.application.pk)
            return contact

        friday = self.day + timedelta(days=(4 - self.day.weekday()) % 7)
        come("Kevin", "Fingerhut", "m", date(1997, 5, 3), yesterday, 8 * 60 + 15, Way.PHONE, "Herzberg am Harz", urgent=(UrgentKind.NO_MONEY,), money_until=friday, advance=True,
             words="Vertrag im Lager ist ausgelaufen, suche sofort etwas.")
        come("Marta", "Kirschbaum", "w", date(1971, 2, 11), yesterday, 8 * 60 + 52, Way.LETTER, "Bad Sachsa", confirmed=14 * 60 + 10)
        come("Ahmad", "Lindenhof", "m", date(1990, 8, 20), self.day, 8 * 60 + 11, Way.IN_PERSON, language="ar", interpreter=True, confirmed=8 * 60 + 40)
        come("Sabine", "Heidekraut", "w", date(1979, 12, 1), self.day, 8 * 60 + 30, Way.PHONE, "Hattorf am Harz", urgent=(UrgentKind.NO_ROOF,), words="Die Kündigung liegt hier, ich weiß nicht weiter.")
        come("Dilan", "Rosskastanie", "w", date(2001, 6, 6), self.day, 8 * 60 + 44, Way.ONLINE, confirmed=8 * 60 + 55)
        come("Ivan", "Zitterpappel", "m", date(1985, 4, 17), self.day, 8 * 60 + 58, Way.IN_PERSON, "Bad Grund", language="uk", confirmed=9 * 60 + 15)
        come("Nora", "Sanddorn", "w", date(1994, 9, 30), self.day, 9 * 60 + 3, Way.PHONE, "Walkenried", confirmed=9 * 60 + 20)
        come("Emre", "Wiesenklee", "m", date(1999, 1, 25), self.day, 9 * 60 + 21, Way.IN_PERSON)
        come("Lieselotte", "Eibisch", "w", date(1964, 7, 7), self.day, 9 * 60 + 36, Way.PHONE, "Herzberg am Harz", wishes=("information",))
        caller = moment(self.day, 9 * 60 + 30)
        first_contact.record_first_contact(actor=colleague, at=caller, contact_at=caller, channel=Way.PHONE, wishes=["money"], words="möchte keinen Namen nennen")
        silver = come("Jana", "Silberdistel", "w", date(1992, 4, 12), self.day, 8 * 60 + 52, Way.IN_PERSON, "Herzberg am Harz", confirmed=9 * 60 + 4)
        self._talk(silver, desk, 9 * 60 + 15, done=2, child=("Mio", date(2019, 3, 3)))
        petra = come("Petra", "Schafgarbe", "w", date(1975, 10, 2), self.day, 8 * 60 + 5, Way.IN_PERSON, confirmed=8 * 60 + 20)
        self._talk(petra, desk, 8 * 60 + 30, done=5, finish=True)
        later = come("Uwe", "Moorlilie", "m", date(1968, 5, 19), yesterday, 10 * 60, Way.PHONE, "Bad Lauterberg im Harz", confirmed=11 * 60)
        entry.later(actor=desk, at=moment(yesterday, 15 * 60), entry_id=_entry(later).pk, resume_at=moment(self.day, 13 * 60 + 30), reason="Hausbesuch, kann nicht kommen")
        # Two of one name, one of them known under a slightly different spelling.
        for birth, place in ((date(1989, 6, 14), "Osterode am Harz"), (date(1961, 11, 2), "Herzberg am Harz")):
            twin = come("Wiebke", "Hainbuche", "w", birth, yesterday, 12 * 60, Way.ONLINE, place, confirmed=12 * 60 + 30)
            self._talk(twin, colleague, 12 * 60 + 40, done=5, finish=True, day=yesterday)
        people.create_person(actor=desk, at=moment(yesterday, 13 * 60), first_name="Wibke", last_name="Hainbuche", birth_date=date(1989, 6, 14), sex="w")
        open_talk = next((e for e in Entry.objects.filter(state=EntryState.IN_VIA, application__isnull=False, application__outcomes=None).order_by("since", "id")), None)
        if open_talk is not None:
            leave.record_leave(
                actor=desk, at=moment(yesterday, 15 * 60), entry_id=open_talk.pk, act=LeaveAct.STAYS_OPEN, words="Ich fange bald in der Werkstatt an.", rights=list(leave.RIGHTS),
                call_at=moment(working_days_after(yesterday, 2, LAND), 600),
            )

    def _talk(self, contact: FirstContact, actor: Actor, minute: int, *, done: int, finish: bool = False, child: tuple[str, date] | None = None, day: date | None = None) -> None:
        way = _entry(contact)
        at = moment(day or self.day, minute)
        if child and contact.application is not None:
            benefits.add_to_household(actor=actor, at=at, application_id=contact.application.pk, role=MemberRole.CHILD, first_name=child[0], last_name="", birth_date=child[1])
        conversation.start_talk(actor=actor, at=at, entry_id=way.pk, how=Way.IN_PERSON, room_id=self.rooms["Osterode 106"].pk)
        said: dict[str, object] = {
            "last": ["Verkäuferin Lebensmittel"], "last_until": "September", "alg": "no", "wanted": ["Verkauf", "Küchenhilfe", "Verkäuferin Backwaren"], "training": "vocational",
            "hours_low": 25.0, "hours_high": 30.0, "days": ["mo", "di", "mi", "do", "fr"], "care": ["child"], "alone": "yes", "care_from": "06:30", "care_until": "15:30",
            "cannot": ["heavy"], "capacity": "yes", "home": "safe", "rent": 59800, "modes": ["bus"], "max_km": 20, "licence": ["B"], "german": "native", "enough": "scarce",
            "income": ["child_benefit", "advance"], "applied": ["none"],
        }
        for group in questions.load().groups[:done]:
            mine = {q.id: said[q.id] for q in group.questions if q.id in said}
            conversation.save_group(actor=actor, at=at + timedelta(minutes=3), entry_id=way.pk, group=group.id, values=mine, catalogue="2026-11")
        if finish:
            seat = self._seat(DateKind.INFORMATION, self.now + timedelta(hours=1))
            if seat is not None:
                dates.book_seat(actor=actor, at=at + timedelta(minutes=20), date_id=seat.pk, entry_id=way.pk)
                self.taken[seat.pk] = self.taken.get(seat.pk, 0) + 1
            rule = triage.propose(said, age=40)
            agreement.decide_triage(actor=actor, at=at + timedelta(minutes=25), entry_id=way.pk, rule=rule.id, team=rule.team, reason=rule.reason)
            conversation.finish_talk(
                actor=actor, at=at + timedelta(minutes=30), entry_id=way.pk, next_step="Anruf", next_step_at=moment(working_days_after(self.day, 2, LAND), 600), next_step_by_id=actor.id
            )


def _entry(contact: FirstContact) -> Entry:
    return Entry.objects.get(first_contact=contact)


def _age(birth: date | None, day: date) -> int | None:
    return None if birth is None else (day - birth).days // 365


def build(
    day: date,
    *,
    seed: int = generator.SEED,
    units: int = generator.UNITS,
    vacancies: int = generator.VACANCIES,
    report: Callable[[str], None] = lambda _: None,
) -> Summary:
    """Build the world of ``day`` in one transaction. Refused on a database that holds anything else."""
    if not settings.HILFEFREI_DEMO:
        message = "Übungsdaten gibt es nur im Übungsbetrieb."
        raise RuntimeError(message)
    with scopes_disabled():
        if Jobcenter.objects.exists():
            message = "In dieser Datenbank steht schon ein Jobcenter. Neu anfangen: ./hilfefrei reset"
            raise RuntimeError(message)
    report("Menschen, Stellen und Termine erfinden …")
    world = generator.generate(day, seed=seed, units=units, vacancies=vacancies)
    builder = Builder(day, world, seed)
    at = moment(day, 7 * 60)
    with scopes_disabled():
        house = builder.house()
    with scope(jobcenter=house.pk), audit.bulk(Actor("import", house.pk, house.pk, "Übung"), at) as ledger:
        builder.staff()
        builder.actors = {login.username: builder.actor(login.username) for login in LOGINS}
        report("Bestand aufnehmen …")
        builder.stock()
        ledger.events.extend(builder.stock_events)
        report("Stellenbörse füllen …")
        builder.vacancies()
        builder.by_reference = dict(Vacancy.objects.order_by("pk").values_list("reference", "pk"))
        builder.via_dates()
        report("Drei Monate am Eingang …")
        builder.flow()
        builder.morning()
        ledger.letters.clear()
        ledger.events.sort(key=lambda e: e.at)
        report("Protokoll verketten …")
        count = len(ledger.events)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with scope(jobcenter=house.pk):
        return Summary(
            BenefitUnit.objects.count(), Person.objects.count(), Vacancy.objects.count(), Entry.objects.count(), count
        )


