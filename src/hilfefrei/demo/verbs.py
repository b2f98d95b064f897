"""Steps through the real verbs: for what is rare in the training world, and for the test that replays a small one."""

from collections.abc import Collection, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.benefits.models import Declaration, Paper, UrgentReport
from hilfefrei.apps.intake.domain import dates
from hilfefrei.apps.intake.domain.first_contact import NewPerson
from hilfefrei.apps.intake.models import Entry, FirstContact, Leave
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Membership
from hilfefrei.apps.people.workflows import ResponsibilityKind
from hilfefrei.core.days import berlin_day
from hilfefrei.demo.world import DatePlan, Ref, Step, Stocked

Ids = dict[Ref, UUID]
TAKEN_OVER = "Übernahme aus dem Bestand"


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

    def stock(self, row: Stocked, members: Collection[int], *, taken_over: datetime) -> None:
        """What the house knows of a household that a delivery brought: language, home, who works with them.

        ``members``: the places of those who are here.
        """
        actor, key, home = self.importer, row.household.key, row.household
        for number, member in enumerate(home.members):
            if number not in members:
                continue
            person_id = self.ids[Ref("person", f"{key}/{number}")]
            people.correct_person(
                actor=actor,
                at=taken_over,
                person_id=person_id,
                first_name=member.first,
                last_name=member.last,
                birth_name="",
                birth_date=member.birth,
                sex=member.sex,
                language=member.language,
                needs_interpreter=member.interpreter,
            )
            if number == 0:
                people.set_channel(
                    actor=actor,
                    at=taken_over,
                    person_id=person_id,
                    kind="mobile",  # type: ignore[arg-type]
                    value=home.phone,
                    valid_from=row.joined[number],
                )
            people.set_address(
                actor=actor,
                at=taken_over,
                person_id=person_id,
                street=home.street,
                plz=home.home.plz,
                place=home.home.name,
                lat=home.lat,
                lon=home.lon,
                valid_from=row.joined[number],
            )
            if member.role != "child" and row.team:
                people.assign(
                    actor=actor,
                    at=taken_over,
                    person_id=person_id,
                    kind=ResponsibilityKind.INTEGRATION,
                    team_id=self.ids[Ref("team", row.team)],
                    user_id=self.ids[Ref("user", row.manager)] if row.manager else None,
                    valid_from=berlin_day(taken_over),
                    reason=TAKEN_OVER,
                )
