"""Steps through the real verbs: for what is rare in the training world, and for the test that replays a small one."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Declaration, Paper, UrgentReport
from hilfefrei.apps.intake.domain import dates
from hilfefrei.apps.intake.domain.first_contact import NewPerson
from hilfefrei.apps.intake.models import Entry, FirstContact, Leave
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Membership
from hilfefrei.apps.people.workflows import MemberRole, NumberKind, ResponsibilityKind
from hilfefrei.core.days import berlin_day
from hilfefrei.demo.office import moment
from hilfefrei.demo.world import DatePlan, Ref, Step, Stocked

Ids = dict[Ref, UUID]
TAKEN_OVER = "Übernahme aus dem Bestand"


def known_from(taken_over: datetime, birth: date | None) -> datetime:
    """When somebody of the stock came into our books: with the household, or some days after birth."""
    return max(taken_over, moment(birth + timedelta(days=10), 9 * 60)) if birth else taken_over


def resolve(ids: Ids, args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a step with ids in the place of refs. KeyError for something that was never made."""
    return {key: ids[value] if isinstance(value, Ref) else value for key, value in args.items()}


class Verbs:
    """Runs steps by calling ``hilfefrei.apps.<app>.domain``; knows what each ref became."""

    def __init__(self, actors: Mapping[str, Actor], ids: Ids, importer: Actor) -> None:
        self.actors, self.ids, self.importer = actors, ids, importer

    def run(self, step: Step) -> None:
        """Call the verb of a step and remember what it made."""
        app, *module, name = step.verb.split(".")
        verb = getattr(import_module(".".join(["hilfefrei.apps", app, "domain", *module])), name)
        for value in step.args.values():
            if isinstance(value, Ref) and value.kind == "paper" and value not in self.ids:
                self._find_papers(step.way)
        args = resolve(self.ids, step.args)
        if "new_person" in args:
            args["new_person"] = NewPerson(**args["new_person"])
        made = verb(actor=self.actors[step.by], at=step.at, **args)
        if isinstance(made, FirstContact):
            self._know_contact(step.way, made)
        elif isinstance(made, Leave) and made.signed and step.makes is not None:
            declared = Declaration.objects.filter(application=made.application_id).order_by("-declared_at", "id")
            self.ids[Ref("declaration", step.way)] = declared.values_list("pk", flat=True)[0]
            self.ids[step.makes] = made.pk
        elif step.makes is not None:
            self.ids[step.makes] = made.person_id if isinstance(made, Membership) else made.pk

    def _know_contact(self, way: str, contact: FirstContact) -> None:
        self.ids[Ref("contact", way)] = contact.pk
        self.ids[Ref("person", f"{way}/0")] = contact.person_id
        self.ids[Ref("entry", way)] = Entry.objects.get(first_contact=contact).pk
        if contact.application_id is not None:
            self.ids[Ref("application", way)] = contact.application_id
        for report in UrgentReport.objects.filter(person=contact.person_id, reported_at__in=(contact.contact_at, contact.entered_at)):
            self.ids[Ref("report", f"{way}/{report.kind}")] = report.pk

    def _find_papers(self, way: str) -> None:
        members = {pk: ref.key for ref, pk in self.ids.items() if ref.kind == "person" and ref.key.startswith(f"{way}/")}
        for paper in Paper.objects.filter(application=self.ids[Ref("application", way)]):
            who = members.get(paper.person_id, "") if paper.person_id else ""
            self.ids[Ref("paper", f"{way}|{paper.rule}|{who}")] = paper.pk

    def plan_date(self, plan: DatePlan) -> None:
        """Plan a date of ViA."""
        made = dates.plan_date(
            actor=self.actors["betrieb"],
            at=plan.planned_at,
            kind=plan.kind,  # type: ignore[arg-type]
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            room_id=self.ids[Ref("room", plan.room)] if plan.room else None,
            language=plan.language,
            led_by_id=self.ids[Ref("user", plan.led_by)],
            seats=plan.seats,
            remarks=plan.remarks,
        )
        self.ids[Ref("date", plan.key)] = made.pk

    def stock(self, row: Stocked, *, taken_over: datetime) -> None:
        """Take over a household of the paying system: people, numbers, home, who is responsible, the running grant."""
        actor, key, home = self.importer, row.household.key, row.household
        unit_id: UUID | None = None
        for number, member in enumerate(home.members):
            at = known_from(taken_over, member.birth)
            person = people.create_person(
                actor=actor,
                at=at,
                first_name=member.first,
                last_name=member.last,
                birth_date=member.birth,
                sex=member.sex,
                language=member.language,
                needs_interpreter=member.interpreter,
                nationality=member.nationality,
            )
            self.ids[Ref("person", f"{key}/{number}")] = person.pk
            since = row.joined[number]
            if unit_id is None:
                unit_id = people.open_unit(actor=actor, at=at, applicant_id=person.pk, valid_from=since).pk
                self.ids[Ref("unit", key)] = unit_id
                people.set_number(actor=actor, at=at, kind=NumberKind.UNIT, value=row.number, unit_id=unit_id, valid_from=since)
                people.set_channel(actor=actor, at=at, person_id=person.pk, kind="mobile", value=home.phone, valid_from=since)  # type: ignore[arg-type]
            else:
                people.join_unit(
                    actor=actor, at=at, person_id=person.pk, unit_id=unit_id, role=MemberRole(member.role), valid_from=since
                )
            people.set_number(
                actor=actor,
                at=at,
                kind=NumberKind.CUSTOMER,
                value=row.customers[number],
                person_id=person.pk,
                valid_from=since,
            )
            people.set_address(
                actor=actor,
                at=at,
                person_id=person.pk,
                street=home.street,
                plz=home.home.plz,
                place=home.home.name,
                lat=home.lat,
                lon=home.lon,
                valid_from=since,
            )
            people.assign(
                actor=actor,
                at=at,
                person_id=person.pk,
                kind=ResponsibilityKind.BENEFITS,
                team_id=self.ids[Ref("team", "Leistung")],
                valid_from=since,
                reason=TAKEN_OVER,
            )
            if member.role != "child":
                people.assign(
                    actor=actor,
                    at=at,
                    person_id=person.pk,
                    kind=ResponsibilityKind.INTEGRATION,
                    team_id=self.ids[Ref("team", row.team)],
                    user_id=self.ids[Ref("user", row.manager)] if row.manager else None,
                    valid_from=since,
                    reason=TAKEN_OVER,
                )
        application = benefits.record_application(
            actor=actor,
            at=max(row.asked_at, taken_over),
            person_id=self.ids[Ref("person", f"{key}/0")],
            asked_at=row.asked_at,
            channel="letter",  # type: ignore[arg-type]
            time_source="Eingangsstempel",
            asked_by=f"{home.members[0].first} {home.members[0].last}",
            anyway=True,
        )
        officer = self.actors[row.confirmed_by]
        benefits.confirm_application(
            actor=officer,
            at=max(row.confirmed_at, taken_over),
            application_id=application.pk,
            file_number=row.number.replace("//", "-"),
        )
        benefits.record_outcome(
            actor=officer,
            at=max(row.decided_at, taken_over),
            application_id=application.pk,
            kind="granted",  # type: ignore[arg-type]
            decided_on=berlin_day(row.decided_at),
            source="Bescheid",
            granted_from=row.granted_from,
            granted_to=row.granted_to,
        )
