"""The rows and events that the verbs would write, made in memory and written at once.

The one exception from the write path: thirty thousand steps through the verbs would take a minute and more. Each method
stands for the verb of the same name and does what it does when nothing is refused; ``tests/demo`` replays a small world
through the verbs and wants the same rows and the same events. What has no method here runs through the verbs.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db import models

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import LedgerLine
from hilfefrei.apps.audit.happened import typed_late
from hilfefrei.apps.audit.rows import columns_of, defaults_of, insert, update
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, Declaration, Paper, Receipt, UrgentReport
from hilfefrei.apps.benefits.workflows import Outcome, PaperState, UrgentKind
from hilfefrei.apps.intake.domain.after import FOLLOW_UP_MONTHS, INTO_WORK
from hilfefrei.apps.intake.domain.first_contact import heard_at
from hilfefrei.apps.intake.domain.leave import RIGHTS, SECOND_LOOK_WORKING_DAYS
from hilfefrei.apps.intake.domain.offers import COUNTING_DATES
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
    ViaDate,
)
from hilfefrei.apps.intake.queries import FOLLOWED_ENDS
from hilfefrei.apps.intake.workflows import (
    Attendance,
    DateKind,
    EntryState,
    FactKind,
    FollowUpBasis,
    FollowUpResult,
    HandoverState,
    LeaveAct,
    OfferKind,
    ReplyKind,
)
from hilfefrei.apps.people.models import (
    Address,
    BenefitUnit,
    CallsignCounter,
    Channel,
    Membership,
    Number,
    Person,
    Responsibility,
)
from hilfefrei.apps.people.workflows import AddressKind, ChannelKind, MemberRole, NumberKind, ResponsibilityKind, Stay
from hilfefrei.core import clocks, follow_up, names, papers
from hilfefrei.core.clock import BERLIN
from hilfefrei.core.days import berlin_day
from hilfefrei.core.periods import add_months, working_days_after
from hilfefrei.demo.verbs import TAKEN_OVER, Ids, resolve
from hilfefrei.demo.world import DatePlan, Ref, Step, Stocked

Row = dict[str, Any]
FIRST_CALLSIGN = 4700
ANSWER_WORKING_DAYS = 2
VIA_DAYS = 28
RETURNING = timedelta(days=92)
LAND = "NI"
PART = 500


def _folded(person: Row) -> None:
    """As ``people.domain.set_names``."""
    first, last, birth = person["first_name"], person["last_name"], person["birth_name"]
    person["search_name"] = names.search_name(first, last, birth)[:260]
    person["sound"] = names.sound(f"{last} {birth} {first}")[:120]
    person["sort_name"] = names.sort_name(last, first)[:180]


def _parts(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """Ids in parts that fit into a query."""
    held = sorted(ids)
    for first in range(0, len(held), PART):
        yield held[first : first + PART]


def _last_question(start: date) -> date:
    """Until when somebody may be asked with consent, as ``intake.domain.follow_up.asked_until``."""
    return add_months(start, max(follow_up.MONTHS)) + follow_up.LAPSES


class Bulk:
    """Collects rows by model and lines of the record; ``write`` puts the rows into the database."""

    def __init__(self, jobcenter_id: UUID, ids: Ids, actors: Mapping[str, Actor], importer: Actor, rng: Random) -> None:
        self.jobcenter_id, self.ids, self.actors, self.importer, self.rng = jobcenter_id, ids, actors, importer, rng
        self.rows: dict[type[models.Model], list[Row]] = {}
        self.lines: list[LedgerLine] = []
        self.by_id: dict[UUID, Row] = {}
        self.open: dict[tuple[str, Any], Row] = {}
        self.lists: dict[tuple[str, UUID], list[Row]] = {}
        self.references: dict[str, int] = {}
        self.receipts: dict[UUID, list[tuple[date, date | None]]] = {}
        # Rows of the database with what stood in them.
        self.kept: dict[UUID, tuple[type[models.Model], Row, Row]] = {}
        self.callsign = FIRST_CALLSIGN
        self._blank: dict[type[models.Model], tuple[Row, list[tuple[str, Callable[[], Any]]]]] = {}

    # -- rows and events ---------------------------------------------------------------------------------------------
    def new(self, model: type[models.Model], **values: Any) -> Row:
        """A row with the defaults of its model."""
        blank = self._blank.get(model)
        if blank is None:
            given = defaults_of(model)
            fixed = {name: default() for name, default in given.items() if name not in {"id", "jobcenter_id"}}
            blank = self._blank[model] = (fixed | {"jobcenter_id": self.jobcenter_id}, [])
        row = dict(blank[0])
        row["id"] = UUID(int=self.rng.getrandbits(128), version=4)
        row.update(values)
        self.rows.setdefault(model, []).append(row)
        self.by_id[row["id"]] = row
        return row

    def event(
        self, actor: Actor, at: datetime, verb: str, model: type[models.Model], row: Row, subject: UUID | None = None, **data: Any
    ) -> None:
        """A line of the record."""
        self.lines.append(LedgerLine(actor, verb, model._meta.label_lower, row["id"], subject, data, at))  # noqa: SLF001 - documented by Django

    def write(self) -> None:
        """Insert everything, parents first, and change what was there before."""
        CallsignCounter.objects.update_or_create(jobcenter_id=self.jobcenter_id, defaults={"last": self.callsign})
        changes: dict[tuple[type[models.Model], tuple[str, ...]], list[list[Any]]] = {}
        for model, row, before in self.kept.values():
            if row != before:
                names = tuple(name for name, value in row.items() if before[name] != value)
                changes.setdefault((model, names), []).append([*(row[name] for name in names), row["id"]])
                before.update(row)
        for (model, names), changed in changes.items():
            update(model, names, changed)
        for model, rows in self.rows.items():
            columns = columns_of(model)
            insert(model, columns, ([row[name] for name in columns] for row in rows))
            self.kept |= {row["id"]: (model, row, dict(row)) for row in rows}
        self.rows = {}

    def run(self, step: Step) -> bool:
        """Do a step if there is a method for its verb."""
        method = METHODS.get(step.verb)
        if method is None:
            return False
        made = method(self, self.actors[step.by], step.at, **resolve(self.ids, step.args))
        if step.verb == "intake.first_contact.record_first_contact":
            self._know_contact(step.way, made)
        elif step.verb == "intake.conversation.compute_papers":
            self._know_papers(step.way, made)
        elif step.verb == "intake.leave.record_leave" and made["signed"]:
            self.ids[Ref("declaration", step.way)] = self.open["declaration", made["application_id"]]["id"]
        if step.makes is not None:
            self.ids[step.makes] = made["person_id"] if step.verb == "intake.household.join" else made["id"]
        return True

    def _know_contact(self, way: str, contact: Row) -> None:
        self.ids[Ref("contact", way)] = contact["id"]
        self.ids[Ref("person", f"{way}/0")] = contact["person_id"]
        self.ids[Ref("entry", way)] = self.open["entry", contact["person_id"]]["id"]
        if contact["application_id"] is not None:
            self.ids[Ref("application", way)] = contact["application_id"]
        for kind in UrgentKind.values:
            report = self.open.get(("report", (contact["person_id"], kind)))
            if report is not None:
                self.ids[Ref("report", f"{way}/{kind}")] = report["id"]

    def _know_papers(self, way: str, entry: Row) -> None:
        application = entry["application_id"]
        if application is None:
            return
        keys: dict[UUID | None, str] = {None: ""}
        number = 0
        while (person := self.ids.get(Ref("person", f"{way}/{number}"))) is not None:
            keys[person] = f"{way}/{number}"
            number += 1
        for paper in self.lists.get(("papers", application), []):
            self.ids[Ref("paper", f"{way}|{paper['rule']}|{keys.get(paper['person_id'], '')}")] = paper["id"]

    # -- people ------------------------------------------------------------------------------------------------------
    def create_person(self, actor: Actor, at: datetime, **values: Any) -> Row:
        self.callsign += 1
        person = self.new(Person, callsign=self.callsign, created_at=at, **values)
        _folded(person)
        self.event(
            actor,
            at,
            "person.created",
            Person,
            person,
            person["id"],
            first_name=person["first_name"],
            last_name=person["last_name"],
            birth_date=person["birth_date"],
            callsign=person["callsign"],
        )
        return person

    def open_unit(self, actor: Actor, at: datetime, *, applicant_id: UUID, valid_from: date) -> Row:
        held = self.open.get(("membership", applicant_id))
        if held is not None:
            return self.by_id[held["benefit_unit_id"]]
        unit = self.new(BenefitUnit, created_at=at)
        self._join(applicant_id, unit["id"], MemberRole.APPLICANT, valid_from)
        self.event(actor, at, "unit.opened", BenefitUnit, unit, applicant_id, valid_from=valid_from)
        return unit

    def _join(self, person_id: UUID, unit_id: UUID, role: str, valid_from: date) -> Row:
        membership = self.new(Membership, person_id=person_id, benefit_unit_id=unit_id, role=role, valid_from=valid_from)
        self.open["membership", person_id] = membership
        self.lists.setdefault(("members", unit_id), []).append(membership)
        return membership

    def join_unit(self, actor: Actor, at: datetime, *, person_id: UUID, unit_id: UUID, role: str, valid_from: date) -> Row:
        membership = self._join(person_id, unit_id, role, valid_from)
        self.event(actor, at, "unit.joined", Membership, membership, person_id, unit=unit_id, role=role, valid_from=valid_from)
        return membership

    def set_number(
        self,
        actor: Actor,
        at: datetime,
        *,
        kind: str,
        value: str,
        valid_from: date,
        person_id: UUID | None = None,
        unit_id: UUID | None = None,
    ) -> Row:
        number = self.new(Number, kind=kind, value=value, person_id=person_id, benefit_unit_id=unit_id, valid_from=valid_from)
        self.event(actor, at, "number.set", Number, number, person_id, kind=kind, value=value)
        return number

    def set_channel(
        self, actor: Actor, at: datetime, *, person_id: UUID, kind: str, value: str, valid_from: date, is_safe: bool = False
    ) -> Row:
        channel = self.open.get(("channel", (person_id, value)))
        if channel is None:
            channel = self.open["channel", (person_id, value)] = self.new(
                Channel, person_id=person_id, value=value, valid_from=valid_from
            )
        channel["kind"], channel["is_safe"] = kind, is_safe
        self.event(actor, at, "channel.set", Channel, channel, person_id, kind=kind, value=value, is_safe=is_safe)
        return channel

    def set_address(
        self,
        actor: Actor,
        at: datetime,
        *,
        person_id: UUID,
        street: str,
        plz: str,
        place: str,
        lat: float | None = None,
        lon: float | None = None,
        valid_from: date,
        kind: str = AddressKind.HOME,
        no_letters: bool = False,
    ) -> Row:
        held = self.open.get(("address", (person_id, str(kind))))
        if held is not None:
            held["valid_to"] = valid_from - timedelta(days=1)
        address = self.new(
            Address,
            person_id=person_id,
            kind=kind,
            street=street,
            plz=plz,
            place=place,
            lat=lat,
            lon=lon,
            no_letters=no_letters,
            valid_from=valid_from,
        )
        self.open["address", (person_id, str(kind))] = address
        self.event(
            actor,
            at,
            "address.set",
            Address,
            address,
            person_id,
            kind=kind,
            street=street,
            plz=plz,
            place=place,
            no_letters=no_letters,
        )
        return address

    def assign(
        self,
        actor: Actor,
        at: datetime,
        *,
        person_id: UUID,
        kind: str,
        team_id: UUID,
        valid_from: date,
        reason: str,
        user_id: UUID | None = None,
    ) -> Row:
        held = self.open.get(("responsibility", (person_id, str(kind))))
        if held is not None and (held["valid_to"] is None or held["valid_to"] >= valid_from):
            same = held["team_id"] == team_id and held["user_id"] == user_id
            if same and held["valid_to"] is None:
                return held
            if same or held["valid_from"] >= valid_from:
                held.update(team_id=team_id, user_id=user_id, reason=held["reason"] if same else reason, valid_to=None)
                self.event(
                    actor,
                    at,
                    "responsibility.changed",
                    Responsibility,
                    held,
                    person_id,
                    team=team_id,
                    user=user_id,
                    reason=reason,
                )
                return held
            held["valid_to"] = valid_from - timedelta(days=1)
        made = self.new(
            Responsibility, person_id=person_id, kind=kind, team_id=team_id, user_id=user_id, valid_from=valid_from, reason=reason
        )
        self.open["responsibility", (person_id, str(kind))] = made
        self.event(
            actor, at, "responsibility.set", Responsibility, made, person_id, kind=kind, team=team_id, user=user_id, reason=reason
        )
        return made

    def release(self, actor: Actor, at: datetime, held: Row, *, last_day: date) -> None:
        held["valid_to"] = max(last_day, held["valid_from"])
        self.event(actor, at, "responsibility.ended", Responsibility, held, held["person_id"], last_day=last_day)

    # -- the stock ---------------------------------------------------------------------------------------------------
    def learn(self, changed: Mapping[str, Iterable[UUID]]) -> None:
        """Know what a delivery brought or changed (kind of row -> ids): people, where they live, who is responsible, what they had.

        What a step changes in these rows is written as a change.
        """
        for kind, model in (("person", Person), ("member", Membership), ("responsibility", Responsibility)):
            for part in _parts(changed.get(kind, ())):
                there: dict[UUID, Row] = {row["id"]: dict(row) for row in model.objects.filter(pk__in=part).values()}  # type: ignore[attr-defined]
                for pk in part:
                    self._lives(pk, there.get(pk)) if model is Membership else self._keep(model, there[pk])
                    held = self.by_id.get(pk)
                    if model is Responsibility and held is not None and held["valid_to"] is None:
                        self.open["responsibility", (held["person_id"], held["kind"])] = held
        for part in _parts(changed.get("receipt", ())):
            people = set(Receipt.objects.filter(pk__in=part).values_list("person_id", flat=True))
            for who in people:
                self.receipts[who] = []
            for who, starts, ends in Receipt.objects.filter(person__in=people).order_by("pk").values_list("person_id", "starts", "ends"):
                self.receipts[who].append((starts, ends))
        counter = CallsignCounter.objects.first()
        self.callsign = counter.last if counter else FIRST_CALLSIGN

    def _lives(self, pk: UUID, now: Row | None) -> None:
        """Somebody lives in a unit, no longer, or never did."""
        held = self.by_id.get(pk)
        if held is not None:
            home = self.lists[("members", held["benefit_unit_id"])]
            home[:] = [row for row in home if row["id"] != pk]
            if self.open.get(("membership", held["person_id"])) is held:
                del self.open["membership", held["person_id"]]
        if now is None:
            self.kept.pop(pk, None)
            return
        held = self._keep(Membership, now)
        self.by_id.setdefault(held["benefit_unit_id"], {"id": held["benefit_unit_id"]})
        home = self.lists.setdefault(("members", held["benefit_unit_id"]), [])
        if held["valid_to"] is None:
            home.append(held)
            if held["stay"] == Stay.WHOLE:
                self.open["membership", held["person_id"]] = held

    def _keep(self, model: type[models.Model], now: Row) -> Row:
        """Hold a row of the database, beside what stood in it."""
        held = self.by_id.setdefault(now["id"], now)
        held.update(now)
        self.kept[held["id"]] = (model, held, dict(held))
        return held

    def stock(self, row: Stocked, members: Collection[int], *, taken_over: datetime) -> None:
        """As ``Verbs.stock``."""
        actor, key, home = self.importer, row.household.key, row.household
        for number, member in enumerate(home.members):
            if number not in members:
                continue
            person_id = self.ids[Ref("person", f"{key}/{number}")]
            self.correct_person(
                actor, taken_over, person_id=person_id, sex=member.sex, language=member.language, needs_interpreter=member.interpreter
            )
            if number == 0:
                self.set_channel(
                    actor, taken_over, person_id=person_id, kind=ChannelKind.MOBILE, value=home.phone, valid_from=row.joined[number]
                )
            self.set_address(
                actor,
                taken_over,
                person_id=person_id,
                street=home.street,
                plz=home.home.plz,
                place=home.home.name,
                lat=home.lat,
                lon=home.lon,
                valid_from=row.joined[number],
            )
            if member.role != "child" and row.team:
                self.assign(
                    actor,
                    taken_over,
                    person_id=person_id,
                    kind=ResponsibilityKind.INTEGRATION,
                    team_id=self.ids[Ref("team", row.team)],
                    user_id=self.ids[Ref("user", row.manager)] if row.manager else None,
                    valid_from=berlin_day(taken_over),
                    reason=TAKEN_OVER,
                )

    def correct_person(self, actor: Actor, at: datetime, *, person_id: UUID, **to: Any) -> Row:
        person = self.by_id[person_id]
        changed = {name: value for name, value in to.items() if person[name] != value}
        if changed:
            person.update(changed, version=person["version"] + 1)
            _folded(person)
            self.event(actor, at, "person.corrected", Person, person, person_id, **changed)
        return person

    def set_consent(self, actor: Actor, at: datetime, *, person_id: UUID, **to: bool | None) -> Row:
        person = self.by_id[person_id]
        changed = {name: value for name, value in to.items() if person[name] != value}
        if changed:
            person.update(changed, version=person["version"] + 1)
            self.event(actor, at, "person.consent", Person, person, person_id, **changed)
        return person

    # -- applications ------------------------------------------------------------------------------------------------
    def record_application(
        self,
        actor: Actor,
        at: datetime,
        *,
        person_id: UUID,
        asked_at: datetime,
        channel: str,
        time_source: str = "",
        asked_by: str = "",
    ) -> Row:
        day = berlin_day(asked_at)
        unit = self.open_unit(actor, at, applicant_id=person_id, valid_from=day)
        prefix = f"{berlin_day(at):%y}-"
        self.references[prefix] = self.references.get(prefix, 0) + 1
        application = self.new(
            Application,
            applicant_id=person_id,
            benefit_unit_id=unit["id"],
            asked_at=asked_at,
            time_source=time_source,
            effect_from=clocks.effect_day(day),
            channel=channel,
            asked_by=asked_by,
            recorded_at=at,
            recorded_by_id=actor.id if actor.kind == "user" else None,
            reference=f"{prefix}{self.references[prefix]:05d}",
            sent_at=at,
        )
        self.event(
            actor,
            at,
            "application.recorded",
            Application,
            application,
            person_id,
            asked_at=asked_at,
            channel=channel,
            effect_from=application["effect_from"],
            reference=application["reference"],
        )
        self._to_benefits(actor, at, person_id, "Antrag")
        self.open["asked", person_id] = application
        return application

    def _to_benefits(self, actor: Actor, at: datetime, person_id: UUID, reason: str) -> None:
        if ("responsibility", (person_id, ResponsibilityKind.BENEFITS.value)) not in self.open:
            self.assign(
                actor,
                at,
                person_id=person_id,
                kind=ResponsibilityKind.BENEFITS,
                team_id=self.ids[Ref("team", "Leistung")],
                valid_from=berlin_day(at),
                reason=reason,
            )

    def confirm_application(self, actor: Actor, at: datetime, *, application_id: UUID, file_number: str = "") -> Row:
        application = self.by_id[application_id]
        application.update(confirmed_at=at, confirmed_by_id=actor.id, version=application["version"] + 1)
        if file_number:
            application["file_number"] = file_number
            self.new(
                Number,
                kind=NumberKind.FILE,
                value=file_number,
                benefit_unit_id=application["benefit_unit_id"],
                valid_from=application["effect_from"],
            )
        self.event(
            actor, at, "application.confirmed", Application, application, application["applicant_id"], file_number=file_number
        )
        return application

    def hand_receipt(self, actor: Actor, at: datetime, *, application_id: UUID) -> Row:
        application = self.by_id[application_id]
        application["receipt_at"] = at
        self.event(actor, at, "application.receipt_handed", Application, application, application["applicant_id"])
        return application

    def record_outcome(
        self,
        actor: Actor,
        at: datetime,
        *,
        application_id: UUID,
        kind: str,
        decided_on: date,
        source: str,
        granted_from: date | None = None,
        granted_to: date | None = None,
        hint_on: date | None = None,
        hint_until: date | None = None,
    ) -> Row:
        application = self.by_id[application_id]
        outcome = self.new(
            ApplicationOutcome,
            application_id=application_id,
            kind=kind,
            decided_on=decided_on,
            source=source,
            recorded_at=at,
            recorded_by_id=actor.id,
            granted_from=granted_from,
            granted_to=granted_to,
            hint_on=hint_on,
            hint_until=hint_until,
        )
        self.lists.setdefault(("outcomes", application["applicant_id"]), []).append(outcome)
        self.event(
            actor,
            at,
            "application.outcome",
            Application,
            application,
            application["applicant_id"],
            kind=kind,
            decided_on=decided_on,
            source=source,
        )
        return outcome

    def report_urgent(
        self,
        actor: Actor,
        at: datetime,
        *,
        person_id: UUID,
        kind: str,
        application_id: UUID | None = None,
        money_until: date | None = None,
        happened_at: datetime | None = None,
    ) -> Row:
        moment = happened_at or at
        report = self.new(
            UrgentReport,
            person_id=person_id,
            application_id=application_id,
            kind=kind,
            money_until=money_until,
            reported_at=moment,
            reported_by_id=actor.id,
            due_at=clocks.urgent_due(moment),
        )
        self.open["report", (person_id, str(kind))] = report
        self.event(
            actor,
            at,
            "urgent.reported",
            UrgentReport,
            report,
            person_id,
            kind=kind,
            detail="",
            due_at=report["due_at"],
            **typed_late(at, moment),
        )
        self._to_benefits(actor, at, person_id, "Dringende Meldung")
        return report

    def confirm_report(self, actor: Actor, at: datetime, *, report_id: UUID, result: str = "") -> Row:
        report = self.by_id[report_id]
        report.update(confirmed_at=at, confirmed_by_id=actor.id, result=result or report["result"], version=report["version"] + 1)
        self.event(actor, at, "urgent.confirmed", UrgentReport, report, report["person_id"], result=report["result"])
        return report

    def close_report(self, actor: Actor, at: datetime, *, report_id: UUID, result: str) -> Row:
        report = self.by_id[report_id]
        report.update(result=result or report["result"], closed_at=at, version=report["version"] + 1)
        del self.open["report", (report["person_id"], str(report["kind"]))]
        self.event(actor, at, "urgent.closed", UrgentReport, report, report["person_id"], result=report["result"])
        return report

    def set_paper_state(self, actor: Actor, at: datetime, *, paper_id: UUID, state: str) -> Row:
        paper = self.by_id[paper_id]
        before = paper["state"]
        there = state in {PaperState.SEEN, PaperState.HERE}
        paper.update(
            state=state,
            received_on=berlin_day(at) if there else None,
            seen_by_id=actor.id if there else None,
            version=paper["version"] + 1,
        )
        subject = paper["person_id"] or self.by_id[paper["application_id"]]["applicant_id"]
        self.event(actor, at, "paper.state", Paper, paper, subject, before=before, after=state)
        return paper

    # -- household ---------------------------------------------------------------------------------------------------
    def join(
        self,
        actor: Actor,
        at: datetime,
        *,
        person_id: UUID,
        role: str,
        first_name: str,
        last_name: str,
        birth_date: date | None,
    ) -> Row:
        """Families of the training world are taken down before the first answer: no papers follow yet."""
        applicant = self.by_id[person_id]
        application = self.open["asked", person_id]
        person = self.create_person(
            actor, at, first_name=first_name, last_name=last_name or applicant["last_name"], birth_date=birth_date
        )
        membership = self.join_unit(
            actor,
            at,
            person_id=person["id"],
            unit_id=application["benefit_unit_id"],
            role=role,
            valid_from=berlin_day(application["asked_at"]),
        )
        for kind in ResponsibilityKind.values:
            held = self.open.get(("responsibility", (person_id, kind)))
            if held is not None and held["valid_to"] is None:
                self.assign(
                    actor,
                    at,
                    person_id=person["id"],
                    kind=kind,
                    team_id=held["team_id"],
                    valid_from=berlin_day(at),
                    reason="gehört zum Haushalt",
                )
        return membership

    # -- first contact -----------------------------------------------------------------------------------------------
    def record_first_contact(
        self,
        actor: Actor,
        at: datetime,
        *,
        contact_at: datetime,
        channel: str,
        wishes: list[str],
        words: str,
        urgent: list[str],
        money_until: date | None,
        wants_advance: bool,
        block_letters: bool,
        safe_phone: str,
        phone: str,
        time_source: str,
        person_id: UUID | None = None,
        new_person: dict[str, Any] | None = None,
    ) -> Row:
        day = berlin_day(at)
        if person_id is None:
            person = self.create_person(actor, at, **{"language": "de"} | (new_person or {}))
        else:
            person = self.by_id[person_id]
        who = person["id"]
        self.assign(
            actor,
            at,
            person_id=who,
            kind=ResponsibilityKind.ENTRANCE,
            team_id=self.ids[Ref("team", "ViA-Team")],
            valid_from=day,
            reason="Erstkontakt",
        )
        for number, safe in ((safe_phone, True), (phone, False)):
            if number:
                self.set_channel(actor, at, person_id=who, kind=ChannelKind.PHONE, value=number, is_safe=safe, valid_from=day)
        if block_letters or UrgentKind.VIOLENCE in urgent:
            home = self.open.get(("address", (who, AddressKind.HOME.value)))
            if home is not None:
                home["no_letters"] = True
            person.update(safe_contact=True, version=person["version"] + 1)
            self.event(actor, at, "person.safe_contact", Person, person, who, safe_contact=True)
        application: Row | None = None
        if {"money", "housing"}.intersection(wishes):
            full_name = f"{person['first_name']} {person['last_name']}".strip() or f"Nummer {person['callsign']}"
            application = self.record_application(
                actor, at, person_id=who, asked_at=contact_at, channel=channel, time_source=time_source, asked_by=full_name
            )
        application_id = application["id"] if application else None
        for kind in dict.fromkeys([*urgent, *([UrgentKind.ADVANCE.value] if wants_advance else [])]):
            self.report_urgent(
                actor,
                at,
                person_id=who,
                kind=kind,
                application_id=application_id,
                money_until=money_until if kind in {UrgentKind.NO_MONEY, UrgentKind.ADVANCE} else None,
                happened_at=heard_at(at, contact_at, channel),
            )
        contact = self.new(
            FirstContact,
            person_id=who,
            application_id=application_id,
            contact_at=contact_at,
            entered_at=at,
            channel=channel,
            time_source=time_source,
            wishes=wishes,
            words=words,
            taken_by_id=actor.id,
        )
        self._open_entry(actor, at, person, contact)
        self.event(
            actor,
            at,
            "first_contact.recorded",
            FirstContact,
            contact,
            who,
            contact_at=contact_at,
            channel=channel,
            wishes=wishes,
            words=words,
            no_application_reason="",
        )
        return contact

    def _open_entry(self, actor: Actor, at: datetime, person: Row, contact: Row) -> None:
        entry = self.new(
            Entry,
            person_id=person["id"],
            application_id=contact["application_id"],
            first_contact_id=contact["id"],
            since=contact["contact_at"],
            state_since=at,
            is_return=self._comes_back(person["id"], berlin_day(at)),
        )
        self.open["entry", person["id"]] = entry
        self.event(actor, at, "entry.opened", Entry, entry, person["id"], is_return=entry["is_return"])

    def take(self, actor: Actor, at: datetime, *, entry_id: UUID) -> Row:
        entry = self.by_id[entry_id]
        entry.update(taken_by_id=actor.id, taken_at=at, version=entry["version"] + 1)
        self.event(actor, at, "entry.taken", Entry, entry, entry["person_id"])
        return entry

    def _comes_back(self, person_id: UUID, day: date) -> bool:
        earliest = day - RETURNING
        return any(
            o["kind"] == Outcome.GRANTED and o["granted_from"] <= day and (o["granted_to"] is None or o["granted_to"] >= earliest)
            for o in self.lists.get(("outcomes", person_id), [])
        ) or any(starts <= day and (ends is None or ends >= earliest) for starts, ends in self.receipts.get(person_id, ()))

    def _move(self, actor: Actor, at: datetime, entry: Row, target: str, **data: Any) -> None:
        before = entry["state"]
        entry.update(state=target, state_since=at, version=entry["version"] + 1)
        self.event(actor, at, "entry.moved", Entry, entry, entry["person_id"], before=before, after=target, **data)

    # -- the talk ----------------------------------------------------------------------------------------------------
    def start_talk(self, actor: Actor, at: datetime, *, entry_id: UUID, how: str, room_id: UUID | None) -> Row:
        entry = self.by_id[entry_id]
        self._move(actor, at, entry, EntryState.IN_TALK)
        talk = self.new(
            Conversation, entry_id=entry_id, how=how, room_id=room_id, started_at=at, started_by_id=actor.id, led_by_id=actor.id
        )
        self.open["talk", entry_id] = talk
        self.open["last talk", entry_id] = talk
        self.new(ContactAttempt, entry_id=entry_id, at=at, how=how, reached=True, by_id=actor.id)
        self.event(actor, at, "talk.started", Conversation, talk, entry["person_id"], how=how, started_at=at)
        entry.update(taken_by_id=actor.id, taken_at=entry["taken_at"] or at, resume_at=None, resume_reason="")
        return talk

    def save_answers(
        self, actor: Actor, at: datetime, *, entry_id: UUID, group: str, values: dict[str, Any], catalogue: str
    ) -> Row:
        made = self.new(
            AnswerSet, entry_id=entry_id, group=group, catalogue=catalogue, values=values, saved_at=at, saved_by_id=actor.id
        )
        self.lists.setdefault(("answers", entry_id), []).append(made)
        self.event(actor, at, "answers.saved", AnswerSet, made, self.by_id[entry_id]["person_id"], group=group, values=values)
        return made

    def compute_papers(self, actor: Actor, at: datetime, *, entry_id: UUID) -> Row:
        entry = self.by_id[entry_id]
        if entry["application_id"] is None:
            return entry
        application = self.by_id[entry["application_id"]]
        values: dict[str, Any] = {}
        for row in self.lists.get(("answers", entry_id), []):
            values |= row["values"]
        day = berlin_day(at)
        members = [
            papers.Member(
                m["person_id"], m["person_id"] == application["applicant_id"], self.by_id[m["person_id"]]["birth_date"],
                is_child=m["role"] == "child",
            )
            for m in self.lists.get(("members", application["benefit_unit_id"]), [])
        ]
        rules = []
        for wanted in papers.wanted(values, members, day, land=LAND):
            rule = wanted.rule
            paper = self.new(
                Paper,
                application_id=application["id"],
                person_id=wanted.member,
                rule=rule.id,
                title=rule.title,
                why=rule.why,
                form_code=rule.form,
                state=PaperState.CAN_FOLLOW if rule.follow else PaperState.MISSING,
                asked_on=day,
                due_on=wanted.due,
            )
            self.lists.setdefault(("papers", application["id"]), []).append(paper)
            rules.append(rule.id)
        if rules:
            self.event(actor, at, "papers.computed", Application, application, application["applicant_id"], rules=sorted(rules))
        return entry

    def hand_vacancy(self, actor: Actor, at: datetime, *, entry_id: UUID, vacancy_id: UUID, reasons: dict[str, Any]) -> Row:
        handed = self.new(
            HandedVacancy, entry_id=entry_id, vacancy_id=vacancy_id, handed_at=at, handed_by_id=actor.id, reasons=reasons
        )
        entry = self.by_id[entry_id]
        self._first_offer(entry, at, OfferKind.VACANCY)
        self.event(actor, at, "vacancy.handed", HandedVacancy, handed, entry["person_id"], vacancy=vacancy_id)
        return handed

    @staticmethod
    def _first_offer(entry: Row, at: datetime, kind: str) -> None:
        if entry["first_offer_at"] is None or at < entry["first_offer_at"]:
            entry.update(first_offer_at=at, first_offer_kind=kind)

    def note_reaction(self, actor: Actor, at: datetime, *, handed_id: UUID, reaction: str) -> Row:
        handed = self.by_id[handed_id]
        handed.update(reaction=reaction, version=handed["version"] + 1)
        self.event(actor, at, "vacancy.reaction", HandedVacancy, handed, self._whose(handed), reaction=reaction)
        return handed

    def _whose(self, row: Row) -> UUID:
        person: UUID = self.by_id[row["entry_id"]]["person_id"]
        return person

    def finish_talk(
        self,
        actor: Actor,
        at: datetime,
        *,
        entry_id: UUID,
        next_step: str,
        next_step_at: datetime,
        next_step_by_id: UUID,
        wish: str | None,
    ) -> Row:
        entry, talk = self.by_id[entry_id], self.open.pop(("talk", entry_id))
        self._move(actor, at, entry, EntryState.IN_VIA, next_step=next_step, next_step_at=next_step_at)
        start = entry["via_from"] or berlin_day(at)
        entry.update(
            next_step=next_step,
            next_step_at=next_step_at,
            next_step_by_id=next_step_by_id,
            via_from=start,
            via_to=entry["via_to"] or start + timedelta(days=VIA_DAYS - 1),
        )
        if wish is not None:
            entry["wish"] = wish
        talk.update(finished_at=at, paused_at=None, version=talk["version"] + 1)
        self.event(
            actor,
            at,
            "talk.finished",
            Conversation,
            talk,
            entry["person_id"],
            wish=entry["wish"],
            rule=entry["triage_rule"],
            team=entry["triage_team"],
        )
        return entry

    def hand_out(self, actor: Actor, at: datetime, *, entry_id: UUID) -> Row:
        talk = self.open["last talk", entry_id]
        if talk["handout_at"] is None:
            talk["handout_at"] = at
            self.event(actor, at, "talk.handout", Conversation, talk, self._whose(talk))
        return talk

    # -- dates -------------------------------------------------------------------------------------------------------
    def plan_date(self, plan: DatePlan) -> None:
        """As ``dates.plan_date``."""
        actor = self.actors["betrieb"]
        made = self.new(
            ViaDate,
            kind=plan.kind,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            room_id=self.ids[Ref("room", plan.room)] if plan.room else None,
            language=plan.language,
            led_by_id=self.ids[Ref("user", plan.led_by)],
            seats=plan.seats,
            remarks=plan.remarks,
        )
        self.ids[Ref("date", plan.key)] = made["id"]
        self.event(
            actor,
            plan.planned_at,
            "date.planned",
            ViaDate,
            made,
            kind=plan.kind,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            seats=plan.seats,
        )

    def book_seat(self, actor: Actor, at: datetime, *, date_id: UUID, entry_id: UUID) -> Row:
        booking = self.new(Booking, date_id=date_id, entry_id=entry_id, booked_at=at, booked_by_id=actor.id)
        self.lists.setdefault(("bookings", entry_id), []).append(booking)
        entry = self.by_id[entry_id]
        kind = COUNTING_DATES.get(DateKind(self.by_id[date_id]["kind"]))
        if kind is not None:
            self._first_offer(entry, at, kind)
        self.event(actor, at, "seat.booked", Booking, booking, entry["person_id"], date=date_id)
        return booking

    def mark_attendance(
        self, actor: Actor, at: datetime, *, booking_id: UUID, attendance: str, arrived_at: datetime | None, obstacle: str
    ) -> Row:
        booking = self.by_id[booking_id]
        came = attendance == Attendance.PRESENT
        booking.update(
            attendance=attendance,
            obstacle="" if came else obstacle,
            arrived_at=(arrived_at or min(at, self.by_id[booking["date_id"]]["starts_at"])) if came else None,
            version=booking["version"] + 1,
        )
        self.event(
            actor,
            at,
            "seat.attendance",
            Booking,
            booking,
            self._whose(booking),
            attendance=attendance,
            obstacle=booking["obstacle"],
        )
        return booking

    def add_own_application(
        self, actor: Actor, at: datetime, *, entry_id: UUID, employer: str, title: str, sent_on: date, vacancy_id: UUID | None
    ) -> Row:
        made = self.new(OwnApplication, entry_id=entry_id, employer=employer, title=title, sent_on=sent_on, vacancy_id=vacancy_id)
        self.event(
            actor, at, "own_application.added", OwnApplication, made, self._whose(made), employer=employer, sent_on=sent_on
        )
        return made

    def set_reply(self, actor: Actor, at: datetime, *, own_application_id: UUID, reply: str, reply_on: date) -> Row:
        made = self.by_id[own_application_id]
        made.update(reply=reply, reply_on=reply_on if reply != ReplyKind.NONE else None, version=made["version"] + 1)
        self.event(actor, at, "own_application.reply", OwnApplication, made, self._whose(made), reply=reply)
        return made

    # -- agreement ---------------------------------------------------------------------------------------------------
    def decide_triage(
        self,
        actor: Actor,
        at: datetime,
        *,
        entry_id: UUID,
        rule: str,
        team: str,
        reason: str,
        own_team: str = "",
        own_reason: str = "",
    ) -> Row:
        entry = self.by_id[entry_id]
        entry.update(
            triage_rule=rule,
            triage_team=own_team or team,
            triage_reason=reason[:300],
            triage_own=own_reason if own_team and own_team != team else "",
            version=entry["version"] + 1,
        )
        self.event(
            actor,
            at,
            "entry.triage",
            Entry,
            entry,
            entry["person_id"],
            rule=rule,
            proposed=team,
            team=entry["triage_team"],
            own=entry["triage_own"],
        )
        return entry

    def add_promise(self, actor: Actor, at: datetime, *, entry_id: UUID, side: str, text: str, due_at: datetime | None) -> Row:
        promise = self.new(
            Promise,
            entry_id=entry_id,
            side=side,
            user_id=actor.id if side == "office" else None,
            text=text,
            due_at=due_at,
            made_at=at,
        )
        self.lists.setdefault(("promises", entry_id), []).append(promise)
        self.event(actor, at, "promise.made", Promise, promise, self._whose(promise), side=side, text=text, due_at=due_at)
        return promise

    def keep_promise(self, actor: Actor, at: datetime, *, promise_id: UUID) -> Row:
        promise = self.by_id[promise_id]
        promise.update(done_at=at, version=promise["version"] + 1)
        self.event(actor, at, "promise.kept", Promise, promise, self._whose(promise))
        return promise

    def send_handover(
        self, actor: Actor, at: datetime, *, entry_id: UUID, team_id: UUID, user_id: UUID, summary: str, reason: str
    ) -> Row:
        handover = self.new(
            Handover,
            entry_id=entry_id,
            team_id=team_id,
            user_id=user_id,
            summary=summary,
            reason=reason,
            sent_at=at,
            sent_by_id=actor.id,
            answer_due_on=working_days_after(berlin_day(at), ANSWER_WORKING_DAYS, LAND),
        )
        self.event(
            actor, at, "handover.sent", Handover, handover, self._whose(handover), team=team_id, user=user_id, summary=summary
        )
        return handover

    def accept_handover(self, actor: Actor, at: datetime, *, handover_id: UUID) -> Row:
        handover = self.by_id[handover_id]
        handover.update(state=HandoverState.ACCEPTED, answered_at=at, answered_by_id=actor.id, version=handover["version"] + 1)
        person = self._whose(handover)
        self.assign(
            actor,
            at,
            person_id=person,
            kind=ResponsibilityKind.INTEGRATION,
            team_id=handover["team_id"],
            user_id=handover["user_id"],
            valid_from=berlin_day(at),
            reason="Übergabe aus ViA",
        )
        self.event(actor, at, "handover.accepted", Handover, handover, person)
        # Everybody of the training world is in ViA when they are handed over; the way goes on, in nobody's hands.
        entry = self.by_id[handover["entry_id"]]
        if entry["state"] != EntryState.IN_TALK and entry["taken_by_id"] is not None:
            entry.update(taken_by_id=None, taken_at=None, version=entry["version"] + 1)
        return handover

    # -- facts and ends ----------------------------------------------------------------------------------------------
    def add_fact(
        self,
        actor: Actor,
        at: datetime,
        *,
        person_id: UUID,
        entry_id: UUID,
        kind: str,
        since: date,
        what: str,
        source: str,
        **more: Any,
    ) -> Row:
        fact = self.new(
            Fact,
            person_id=person_id,
            entry_id=entry_id,
            kind=kind,
            since=since,
            what=what,
            source=source,
            recorded_at=at,
            recorded_by_id=actor.id,
            **more,
        )
        if kind in {FactKind.WORK, FactKind.TRAINING}:
            self.open["began", person_id] = fact
        self.event(actor, at, "fact.added", Fact, fact, person_id, kind=kind, since=since, what=what, source=source)
        return fact

    def refer_to_agency(self, actor: Actor, at: datetime, *, entry_id: UUID, claim_until: date | None, note: str) -> Row:
        entry = self.by_id[entry_id]
        self.add_fact(
            actor,
            at,
            person_id=entry["person_id"],
            entry_id=entry_id,
            kind=FactKind.ALG_CLAIM,
            since=berlin_day(at),
            until=claim_until,
            what=note,
            source="sagt die Person selbst",
        )
        self._move(actor, at, entry, EntryState.REFERRED, note=note)
        talk = self.open.pop(("talk", entry_id), None)
        if talk is not None:
            talk["finished_at"] = at
        return entry

    def not_reached(self, actor: Actor, at: datetime, *, entry_id: UUID, how: str, note: str) -> Row:
        entry = self.by_id[entry_id]
        self.new(ContactAttempt, entry_id=entry_id, at=at, how=how, reached=False, note=note, by_id=actor.id)
        if entry["state"] != EntryState.NOT_REACHED:
            self._move(actor, at, entry, EntryState.NOT_REACHED)
        else:
            self.event(actor, at, "entry.attempt", Entry, entry, entry["person_id"], how=how)
        return entry

    def end_via(
        self,
        actor: Actor,
        at: datetime,
        *,
        entry_id: UUID,
        kind: str,
        ended_on: date,
        note: str,
        next_team_id: UUID | None = None,
        next_user_id: UUID | None = None,
    ) -> Row:
        entry = self.by_id[entry_id]
        kept = {"via_to": entry["via_to"]} if entry["via_to"] else {}
        self._move(actor, at, entry, EntryState.ENDED, kind=kind, ended_on=ended_on, **kept)
        entry.update(ended_on=ended_on, end_kind=kind, end_note=note[:300])
        if entry["via_from"] is not None:
            entry["via_to"] = max(ended_on, entry["via_from"])
        begin = max(at, datetime.combine(ended_on + timedelta(days=1), time(), tzinfo=BERLIN))
        for booking in sorted(self.lists.get(("bookings", entry_id), []), key=lambda row: row["id"]):
            if booking["undone_at"] is None and self.by_id[booking["date_id"]]["starts_at"] >= begin:
                booking.update(undone_at=at, version=booking["version"] + 1)
                self.event(actor, at, "seat.given_back", Booking, booking, entry["person_id"])
        del self.open["entry", entry["person_id"]]
        self._after(actor, at, entry, kind=kind, ended_on=ended_on, team_id=next_team_id, user_id=next_user_id)
        return entry

    def _after(
        self, actor: Actor, at: datetime, entry: Row, *, kind: str, ended_on: date, team_id: UUID | None, user_id: UUID | None
    ) -> None:
        """As ``intake.domain.after``: a named colleague stays, or something agreed keeps the file, or the entrance lets go."""
        person, day = entry["person_id"], berlin_day(at)
        held = self.open["responsibility", (person, ResponsibilityKind.ENTRANCE.value)]
        into_work = kind in INTO_WORK
        duties = [
            leave for leave in self.lists.get(("leaves", entry["id"]), []) if leave["second_at"] is None or leave["call_at"] is not None
        ]
        if team_id is not None:
            held = self.assign(
                actor,
                at,
                person_id=person,
                kind=ResponsibilityKind.ENTRANCE,
                team_id=team_id,
                user_id=user_id,
                valid_from=day,
                reason="Nachbetreuung nach ViA" if into_work else "nach ViA",
            )
            if into_work:
                began = self.open["began", person]["since"] if ("began", person) in self.open else ended_on
                last_day = add_months(began, FOLLOW_UP_MONTHS) - timedelta(days=1)
                if self.by_id[person]["may_follow_up"]:
                    last_day = _last_question(began)
                self.release(actor, at, held, last_day=max(last_day, ended_on, day))
            self._household_after(actor, at, person, last_day=ended_on)
        elif duties:
            self._household_after(actor, at, person, last_day=ended_on)
        else:
            promised = [
                berlin_day(row["due_at"])
                for row in self.lists.get(("promises", entry["id"]), [])
                if row["side"] == "office" and row["done_at"] is None and row["due_at"] is not None and row["due_at"] >= at
            ]
            taken_on = ("responsibility", (person, ResponsibilityKind.INTEGRATION.value)) in self.open
            last_day = max(ended_on, day, *([] if taken_on else promised))
            asked = self.by_id[person]["may_follow_up"] and kind in FOLLOWED_ENDS and not taken_on
            self.release(actor, at, held, last_day=max(last_day, _last_question(ended_on)) if asked else last_day)
            self._household_after(actor, at, person, last_day=last_day)

    def _household_after(self, actor: Actor, at: datetime, person_id: UUID, *, last_day: date) -> None:
        """The entrance lets go of those it saw only as part of the household; none of them has a way of their own here."""
        own = self.open.get(("membership", person_id))
        if own is None:
            # Whoever asked for nothing and named nobody has no unit.
            return
        for member in self.lists.get(("members", own["benefit_unit_id"]), []):
            held = self.open.get(("responsibility", (member["person_id"], ResponsibilityKind.ENTRANCE.value)))
            if member["person_id"] != person_id and held is not None and held["valid_to"] is None:
                self.release(actor, at, held, last_day=max(last_day, berlin_day(at)))

    def record_follow_up(
        self,
        actor: Actor,
        at: datetime,
        *,
        person_id: UUID,
        result: str,
        ended_on: date | None,
        next_on: date | None,
        note: str,
        fact_id: UUID | None = None,
        entry_id: UUID | None = None,
    ) -> Row:
        about = self.by_id[fact_id or entry_id]  # type: ignore[index]  # one of both
        start = about["since"] if fact_id else about["ended_on"]
        calls = self.lists.setdefault(("calls", about["id"]), [])
        asked = tuple(follow_up.Asked(c["months"], c["result"] != FollowUpResult.NOT_REACHED, c["next_on"]) for c in calls)
        consent = self.by_id[person_id]["may_follow_up"]
        due = follow_up.next_question(start, berlin_day(at), of_work=fact_id is not None, consent=consent, asked=asked)
        if due is None:
            message = f"call at {at} without a basis"
            raise RuntimeError(message)
        basis = FollowUpBasis.AFTER_CARE if due.by_law else FollowUpBasis.CONSENT
        made = self.new(
            FollowUp,
            person_id=person_id,
            fact_id=fact_id,
            entry_id=entry_id,
            months=due.months,
            basis=basis,
            result=result,
            ended_on=ended_on,
            next_on=next_on,
            note=note,
            at=at,
            by_id=actor.id,
        )
        calls.append(made)
        self.event(
            actor, at, "follow_up.recorded", FollowUp, made, person_id, months=due.months, result=result, basis=basis, note=note
        )
        if ended_on is not None and fact_id is not None:
            about["until"] = ended_on
            self.event(actor, at, "fact.ended", Fact, about, person_id, until=ended_on)
        return made

    # -- "then I leave it" -------------------------------------------------------------------------------------------
    def record_leave(
        self,
        actor: Actor,
        at: datetime,
        *,
        entry_id: UUID,
        act: str,
        words: str,
        rights: list[str],
        signed: bool,
        signed_on: date | None,
        call_at: datetime | None,
        may_call: bool,
    ) -> Row:
        entry, day = self.by_id[entry_id], berlin_day(at)
        formal = signed and act in {LeaveAct.WITHDRAWN, LeaveAct.WAIVER}
        leave = self.new(
            Leave,
            entry_id=entry_id,
            application_id=entry["application_id"],
            act=act,
            words=words,
            rights=[key for key in RIGHTS if key in rights],
            explained_by_id=actor.id,
            explained_at=at,
            signed=formal,
            signed_on=(signed_on or day) if formal else None,
            at=at,
            second_due_on=working_days_after(day, SECOND_LOOK_WORKING_DAYS, LAND),
            call_at=call_at,
            may_call=may_call,
        )
        self.lists.setdefault(("leaves", entry_id), []).append(leave)
        self.event(
            actor,
            at,
            "leave.recorded",
            Leave,
            leave,
            entry["person_id"],
            act=act,
            words=words,
            rights=leave["rights"],
            signed=formal,
        )
        if formal:
            self._declare(actor, at, entry["application_id"], act, leave["signed_on"])
        if act == LeaveAct.WITHDRAWN:
            self.record_outcome(
                actor,
                at,
                application_id=entry["application_id"],
                kind=Outcome.WITHDRAWN,
                decided_on=leave["signed_on"] or day,
                source="unterschriebene Rücknahme",
            )
        return leave

    def _declare(self, actor: Actor, at: datetime, application_id: UUID, kind: str, signed_on: date) -> None:
        made = self.new(
            Declaration, application_id=application_id, kind=kind, signed_on=signed_on, declared_at=at, declared_by_id=actor.id
        )
        self.open["declaration", application_id] = made
        who = self.by_id[application_id]["applicant_id"]
        self.event(actor, at, "declaration.recorded", Declaration, made, who, kind=kind, signed_on=signed_on)

    def confirm_declaration(self, actor: Actor, at: datetime, *, declaration_id: UUID) -> Row:
        made = self.by_id[declaration_id]
        made.update(confirmed_at=at, confirmed_by_id=actor.id)
        self.event(actor, at, "declaration.confirmed", Declaration, made, self.by_id[made["application_id"]]["applicant_id"])
        return made

    def hand_copy(self, actor: Actor, at: datetime, *, leave_id: UUID) -> Row:
        leave = self.by_id[leave_id]
        leave["copy_at"] = at
        self.event(actor, at, "leave.copy", Leave, leave, self._whose(leave))
        return leave

    def second_look(self, actor: Actor, at: datetime, *, leave_id: UUID, ok: bool) -> Row:
        leave = self.by_id[leave_id]
        leave.update(second_at=at, second_by_id=actor.id, second_ok=ok, version=leave["version"] + 1)
        self.event(actor, at, "leave.second_look", Leave, leave, self._whose(leave), ok=ok, note="")
        return leave


METHODS: dict[str, Callable[..., Row]] = {
    f"{module}.{name}": getattr(Bulk, name)
    for module, verbs in {
        "people": ("create_person", "set_address", "set_consent"),
        "benefits": (
            "confirm_application",
            "hand_receipt",
            "record_outcome",
            "confirm_report",
            "close_report",
            "confirm_declaration",
            "set_paper_state",
        ),
        "intake.household": ("join",),
        "intake.first_contact": ("record_first_contact",),
        "intake.conversation": (
            "start_talk",
            "save_answers",
            "compute_papers",
            "hand_vacancy",
            "note_reaction",
            "finish_talk",
            "hand_out",
        ),
        "intake.dates": ("book_seat", "mark_attendance", "add_own_application", "set_reply"),
        "intake.agreement": ("decide_triage", "add_promise", "keep_promise", "send_handover", "accept_handover"),
        "intake.facts": ("add_fact", "refer_to_agency"),
        "intake.entry": ("take", "not_reached", "end_via"),
        "intake.follow_up": ("record_follow_up",),
        "intake.leave": ("record_leave", "hand_copy", "second_look"),
    }.items()
    for name in verbs
}
