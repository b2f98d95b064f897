"""Every list asks the database as often for three rows as for one: no page grows slow with the number of people."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, Contradiction
from hilfefrei.apps.benefits.workflows import Outcome, UrgentKind
from hilfefrei.apps.intake.domain import agreement, conversation, dates, entry, facts, leave
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.intake.workflows import Attendance, EndKind, FactKind, LeaveAct
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org import identity, machines
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.workflows import AttendantKind, ChannelKind, MemberRole
from hilfefrei.apps.privacy.domain import rights
from hilfefrei.apps.privacy.models import ErasureWish, RetentionItem, RetentionRun
from hilfefrei.apps.privacy.workflows import HoldKind
from hilfefrei.apps.reporting.domain import comparison
from hilfefrei.apps.vacancies import domain as vacancies
from hilfefrei.apps.vacancies import queries as vacancy_queries
from tests import desk
from tests.apps.benefits import packages
from tests.apps.vacancies.files import PARTNER, line, partner
from tests.support.reading import whole
from tests.world import TODAY, World, at

Login = Callable[[str], Client]
NAMES = ("Eins", "Zwei", "Drei")
AWAY = ("coach", "colleague", "via_lead")


@dataclass
class Office:
    """One of everything that lists hang on, and the ids that their addresses need."""

    world: World
    ids: dict[str, UUID] = field(default_factory=dict)
    count: int = 0

    def start(self) -> None:
        """What there is once."""
        world = self.world
        self.ids["date"] = desk.information(world, days=0, hour=9).pk
        self.ids["gone"] = desk.information(world, days=2, hour=9).pk
        self.ids["team"] = world.teams["general"].pk
        main = desk.talking(world, desk.applicant(world, "Jana", "Silberdistel"))
        desk.answer(world, main)
        assert main.application_id is not None
        self.ids |= {"entry": main.pk, "person": main.person_id, "application": main.application_id}

    def add(self) -> None:
        """One more of everything, by the verbs."""
        n, name = self.count, NAMES[self.count]
        self.count += 1
        if n == 0:
            self.start()
        self._waiting(name, n)
        self._in_via(name, n)
        self._talking(name)
        self._house(name, n)
        self._vacancies(n)
        self._published(n)
        self._main(name, n)
        self._erasing(n)

    def _erasing(self, n: int) -> None:
        """A run more, one household more in the one that waits, one reason more to hold back."""
        world, asked = self.world, self.world.users["data_protection"]
        own = {"jobcenter_id": world.id}
        if n == 0:
            self.ids["run"] = RetentionRun.objects.create(asked_by=asked, asked_at=at(8), checked_at=at(8), as_of=TODAY, state="checked", **own).pk
        RetentionRun.objects.create(asked_by=asked, asked_at=at(7, n), state="discarded", answered_by=world.users["director"], answered_at=at(7), **own)
        RetentionItem.objects.create(run_id=self.ids["run"], person_ids=[str(self.ids["person"])], counts={"health": {"intake.Entry": n}}, **own)
        rights.hold(
            actor=world.actor("data_protection"), at=at(), person_id=self.ids["person"], kind=HoldKind(HoldKind.values[n]),
            cause=f"Zeichen {NAMES[n]}", limit=False,
        )  # fmt: skip
        wish = ErasureWish.objects.create(
            person_id=uuid4() if n else self.ids["person"], ground="not_needed", asked_by=asked, asked_at=at(7, n), decided_by=world.users["director"],
            state="asked", counts={"health": {"intake.Entry": 1}}, **own,
        )  # fmt: skip
        self.ids.setdefault("wish", wish.pk)

    def _waiting(self, name: str, n: int) -> None:
        """At the entrance: waiting and in need, later, not reached; with the clocks of benefits."""
        world, actor = self.world, self.world.actor()
        waits = desk.applicant(world, "Wartend", name, urgent=(UrgentKind.NO_MONEY,), asked=at(8, n))
        people.set_channel(
            actor=actor, at=at(9), person_id=waits.person_id, kind=ChannelKind.MOBILE, value=f"0171 39200 2{n}", valid_from=TODAY
        )
        later = desk.applicant(world, "Später", name)
        entry.later(actor=actor, at=at(), entry_id=later.pk, resume_at=at(10, n, days=1), reason="Termin")
        missed = desk.applicant(world, "Vermisst", name)
        entry.not_reached(actor=actor, at=at(), entry_id=missed.pk)
        entry.shift_note(actor=world.actor("colleague"), at=at(), entry_id=waits.pk, text=f"Notiz {name}")
        desk.confirm(world, later)
        decided = desk.applicant(world, "Beschieden", name)
        benefits.record_outcome(
            actor=world.actor("benefits"), at=at(9, 30), application_id=Application.objects.get(applicant=decided.person_id).pk,
            kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid",
        )  # fmt: skip

    def _in_via(self, name: str, n: int) -> None:
        """In ViA: seats, attendance, a cancelled seat to call about, work found, an end."""
        world, actor = self.world, self.world.actor()
        member, ended = (self._member(first, name) for first in ("Rosa", "Nora"))
        seat = dates.book_seat(actor=actor, at=at(8, 30), date_id=self.ids["date"], entry_id=member.pk)
        dates.mark_attendance(actor=actor, at=at(9, 30), booking_id=seat.pk, attendance=Attendance.PRESENT)
        facts.add_fact(
            actor=actor,
            at=at(),
            person_id=member.person_id,
            entry_id=member.pk,
            kind=FactKind.WORK,
            since=TODAY,
            what="Lager",
            source="sagt sie selbst",
        )
        facts.add_fact(
            actor=actor, at=at(), person_id=ended.person_id, kind=FactKind.WORK, since=TODAY - timedelta(days=31), source="sagt sie selbst"
        )
        dates.add_own_application(actor=actor, at=at(), entry_id=member.pk, employer="Harzfaden", sent_on=TODAY)
        if n:
            dates.undo_cancel(actor=world.actor("operator"), at=at(), date_id=self.ids["gone"])
        dates.book_seat(actor=actor, at=at(), date_id=self.ids["gone"], entry_id=member.pk)
        dates.cancel_date(actor=world.actor("operator"), at=at(), date_id=self.ids["gone"], reason="Heizung")
        entry.end_via(actor=actor, at=at(), entry_id=ended.pk, kind=EndKind.WORK, ended_on=TODAY)

    def _member(self, first: str, name: str) -> Entry:
        found = desk.talking(self.world, desk.applicant(self.world, first, name))
        conversation.finish_talk(
            actor=self.world.actor(),
            at=at(9, 20),
            entry_id=found.pk,
            next_step="Anruf",
            next_step_at=at(10, days=2),
            next_step_by_id=self.world.users["entrance"].pk,
        )
        return Entry.objects.get(pk=found.pk)

    def _talking(self, name: str) -> None:
        """Talks that run, hand-overs under way and answered, declarations that wait for a second look."""
        world, actor = self.world, self.world.actor()
        for first in ("Emre", "Ivan"):
            talk = desk.talking(world, desk.applicant(world, first, name))
            desk.answer(world, talk)
            agreement.add_promise(actor=actor, at=at(), entry_id=talk.pk, side="office", text="ruft an", due_at=at(15))
            handed = agreement.send_handover(
                actor=actor,
                at=at(),
                entry_id=talk.pk,
                team_id=world.teams["placement"].pk,
                user_id=world.users["case_manager"].pk,
                summary="x",
                reason="y",
            )
            if first == "Ivan":
                agreement.return_handover(actor=world.actor("case_manager"), at=at(), handover_id=handed.pk, reason="z")
            leave.record_leave(
                actor=world.actor("colleague"),
                at=at(),
                entry_id=talk.pk,
                act=LeaveAct.STAYS_OPEN,
                words="x",
                rights=[],
                call_at=at(10, days=1),
            )

    def _house(self, name: str, n: int) -> None:
        """The operator's lists."""
        world, operator = self.world, self.world.actor("operator")
        desk.coaching(world, days=1, hour=9 + n)
        org.save_room(actor=operator, at=at(), name=f"Raum {name}", place="Osterode", seats=3, step_free=True)
        org.create_team(actor=operator, at=at(), name=f"Team {name}", specialisation=Specialisation.GENERAL)
        org.enter_absence(
            actor=operator,
            at=at(),
            user_id=world.users[AWAY[n]].pk,
            valid_from=TODAY + timedelta(days=9),
            valid_to=TODAY + timedelta(days=9),
        )
        machines.open_access(actor=operator, at=at(), name=f"Verfahren {name}", token=machines.new_token())
        benefits.save_housing_limits(
            actor=world.actor("controller"), at=at(), valid_from=TODAY + timedelta(n), cold_cents=[48_000 + n], source=f"Beschluss {name}"
        )
        identity.add_group_role(actor=operator, at=at(), group=f"Gruppe {name}", team_id=self.ids["team"], role=Role.COACH)
        mine = world.users["entrance"]
        Authenticator.objects.create(user=mine, type="webauthn", data={"name": f"Stick {name}", "credential": {}})
        Session.objects.create(session_key=f"sitzung{n}", session_data="", expire_date=at(days=400))
        accounts.note_session(user_id=mine.pk, session_key=f"sitzung{n}", device=f"Gerät {name}", address="", at=at())
        new = accounts.create_login(
            actor=operator, at=at(), username=f"neu.{n}", first_name="Neu", last_name=name, password=f"Wiesenknopf-{n}-2026"
        )
        for start, end in ((date(2026, 2, 1), date(2026, 3, 1)), (date(2026, 4, 1), TODAY), (TODAY + timedelta(days=20), None)):
            org.create_position(
                actor=operator,
                at=at(),
                team_id=self.ids["team"],
                role=Role.CASE_MANAGER,
                fte=Decimal("0.2"),
                valid_from=start,
                valid_to=end,
                holder_id=new.pk,
            )

    def _vacancies(self, n: int) -> None:
        """A vacancy more, and a delivery with as many rows as there are deliveries."""
        desk.vacancy(self.world, f"Verkäuferin {NAMES[n]}")
        rows = [line(f"K-{number}", f"Helfer/in {NAMES[number]}") for number in range(n + 1)]
        staged = vacancies.stage_delivery(
            actor=self.world.actor("operator"),
            at=at(8, n),
            file_name=f"lieferung-{NAMES[n]}.csv",
            content=partner(*rows, line("", "x")),
            mapping=PARTNER,
        )
        self.ids["delivery"] = staged.pk
        rows = [packages.person(f"K{number}", "Ute", f"Wermut {NAMES[number]}") for number in range(n + 1)]
        wrong = packages.receipt("B9", "K0")
        paid = packages.stage(self.world, {"personen": rows, "bezug": [wrong]}, minute=n)
        self.ids["paid"] = paid.pk
        person = self.ids["person"]
        Contradiction.objects.create(jobcenter=self.world.jobcenter, person_id=person, what="first_name", ours=f"Alt {NAMES[n]}", theirs="x", delivery=paid, since=TODAY)
        vacancy_queries.vacancy_table(self.world.id)

    def _published(self, n: int) -> None:
        """A table of published figures with as many places as there are tables, and a figure of its own."""
        actor = self.world.actor("controller")
        given = [(f"2310{number}", f"Wettbewerb {NAMES[number]}") for number in range(n + 1)]
        rows = [f"{place};{name};2026-0{n + 1};{code};{number};T-3" for number, (place, name) in enumerate(given) for code in ("K1", f"KZ-{NAMES[n]}")]
        rows.append(f"Nirgendwo;{NAMES[n]};2026-01;K1;1;T-3")
        content = "\n".join(["Trägernummer;Jobcenter;Monat;Kennzahl;Wert;Datenstand", *rows]).encode()
        staged = comparison.stage_table(actor=actor, at=at(8, n), file_name=f"tabelle-{NAMES[n]}.csv", content=content)
        self.ids["table"] = comparison.apply_table(actor=actor, at=at(8, n), table_id=staged.pk).pk

    def _main(self, name: str, n: int) -> None:
        """The file of one person: household, who comes along, what she wrote."""
        actor, person = self.world.actor(), self.ids["person"]
        people.add_member(
            actor=actor,
            at=at(),
            person_id=person,
            role=MemberRole.CHILD,
            valid_from=TODAY,
            first_name=f"Kind {name}",
            last_name="Silberdistel",
            birth_date=date(2014 + n, 3, 1),
        )
        people.set_channel(
            actor=actor, at=at(), person_id=person, kind=ChannelKind.MOBILE, value=f"0171 39200 3{n}", valid_from=TODAY
        )
        people.add_attendant(actor=actor, at=at(), person_id=person, kind=AttendantKind.COMPANION, name=f"Begleitung {name}")
        dates.add_own_application(actor=actor, at=at(), entry_id=self.ids["entry"], employer=f"Betrieb {name}", sent_on=TODAY)
        desk.answer(self.world, Entry.objects.get(pk=self.ids["entry"]), "health")


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


@dataclass(frozen=True)
class Listed:
    """A list: who reads it, where it is, what stands in it for each of :data:`NAMES`."""

    who: str
    name: str
    shown: tuple[str, ...]
    args: tuple[Any, ...] = ()
    query: str = ""
    sought: str = ""

    def url(self, office: Office) -> str:
        return reverse(self.name, args=[office.ids.get(part, part) for part in self.args]) + self.query.format(**office.ids)

    def __str__(self) -> str:
        return " ".join(
            (
                self.name,
                *(
                    part
                    for part in self.args
                    if part not in {"date", "gone", "person", "entry", "delivery", "paid", "team", "application", "table", "run"}
                ),
                self.query,
                self.sought,
            )
        ).strip()


LISTS = (
    Listed("entrance", "entrance:board", ("Wartend {}", "Notiz {}")),
    Listed("entrance", "entrance:day_list", ("Wartend {}",)),
    Listed("entrance", "entrance:delayed", ("Später {}", "Vermisst {}")),
    Listed("entrance", "entrance:conversations", ("Ivan {}",)),
    Listed("entrance", "entrance:second_looks", ("Emre {}",)),
    Listed("via_lead", "entrance:second_looks", ("Emre {}",)),
    *(
        Listed("entrance", "entrance:month_cases", (shown,), (key,))
        for key, shown in (
            ("contact", "Wartend {}"), ("talk", "Emre {}"), ("same_day", "Rosa {}"), ("work", "Rosa {}"), ("closed", "Beschieden {}"), ("open", "Später {}"),
        )
    ),
    Listed("entrance", "entrance:papers", ("Kind {}",), ("application",)),
    Listed("entrance", "entrance:papers_request", ("Kind {}",), ("application",)),
    Listed("entrance", "entrance:conversation", ("Kind {}",), ("entry",)),
    Listed("case_manager", "desk:handovers", ("Emre {}", "{}, Ivan")),
    Listed("entrance", "desk:handovers", ("Emre {}",)),
    Listed("entrance", "via:week", ("{}, Rosa",)),
    Listed("entrance", "via:export", ("{}, Rosa",)),
    Listed("entrance", "via:date", ("{}, Rosa",), ("date",)),
    Listed("entrance", "via:call_list", ("{}, Rosa",), ("gone",)),
    Listed("entrance", "via:own_applications", ("Betrieb {}",), ("entry",)),
    Listed("entrance", "aftercare:questions", ("{}, Nora",)),
    Listed("entrance", "cockpit:figure", ("{}, Nora",), ("work_started",)),
    Listed("controller", "cockpit:month", ()),
    Listed("benefits", "benefits:list", ("{}, Wartend", "{}, Später")),
    Listed("benefits", "benefits:list", ("{}, Beschieden",), (), "?stand=alle"),
    Listed("benefits", "benefits:list", ("{}, Wartend",), (), "?form=xlsx"),
    Listed("benefits", "benefits:deliveries", ()),
    Listed("controller", "benefits:delivery", (), ("paid",)),
    Listed("benefits", "benefits:delivery_rows", ("Wermut {}",), ("paid",)),
    Listed("benefits", "benefits:delivery_rows", ("Wermut {}",), ("paid",), "?form=xlsx"),
    Listed("benefits", "benefits:delivery_rejects", (), ("paid",)),
    Listed("entrance", "people:detail", ("Alt {}",), ("person",)),
    Listed("entrance", "people:list", ("{}, Rosa",), (), "", "Rosa"),
    Listed("entrance", "people:list", ("{}, Beschieden",), (), "?stand=wartet"),
    Listed("entrance", "people:export", ("{}",), ("xlsx",)),
    Listed("entrance", "people:export", ("Rosa",), ("pdf",), "", "Rosa"),
    Listed("entrance", "people:detail", ("Begleitung {}",), ("person",), "?verlauf=alles"),
    Listed("entrance", "people:household", ("Kind {}",), ("person",)),
    Listed("entrance", "people:extract", ("Begleitung {}",), ("person",)),
    Listed("entrance", "jobs:list", ("Verkäuferin {}",)),
    Listed("entrance", "jobs:list", ("Verkäuferin {}",), (), "?entry={entry}"),
    Listed("entrance", "jobs:export", ("Verkäuferin {}",)),
    Listed("operator", "jobs:deliveries", ("lieferung-{}.csv",)),
    Listed("operator", "jobs:delivery", (), ("delivery",)),
    Listed("operator", "jobs:delivery_rows", ("Helfer/in {}",), ("delivery",)),
    Listed("director", "comparison:page", ("Wettbewerb {}",)),
    Listed("controller", "comparison:tables", ("tabelle-{}.csv",)),
    Listed("controller", "comparison:table", (), ("table",)),
    Listed("controller", "comparison:rows", ("Wettbewerb {}",), ("table",), "?art=new"),
    Listed("controller", "comparison:indicators", ("KZ-{}",)),
    Listed("operator", "operator:dates", ()),
    Listed("operator", "operator:rooms", ("Raum {}",)),
    Listed("operator", "operator:absences", ()),
    Listed("operator", "operator:teams", ("Team {}",)),
    Listed("operator", "operator:team", ("Neu {}",), ("team",)),
    Listed("operator", "operator:team_logins", ("neu.",)),
    Listed("operator", "operator:team_groups", ("Gruppe {}",)),
    Listed("operator", "operator:team_api", ("Verfahren {}",)),
    Listed("controller", "benefits:housing", ("Beschluss {}",)),
    Listed("entrance", "mfa_index", ("Stick {}",)),
    Listed("entrance", "shared:profile", ("Gerät {}",)),
    Listed("data_protection", "privacy:fields", ()),
    Listed("director", "privacy:runs", ()),
    Listed("director", "privacy:run", (), ("run",)),
    Listed("data_protection", "privacy:holds", ("Zeichen {}",)),
    Listed("director", "privacy:wishes", ()),
    Listed("director", "privacy:wish", (), ("wish",)),
    Listed("entrance", "people:data", ("Betrieb {}",), ("person",)),
    Listed("entrance", "people:disclosure", ("Betrieb {}",), ("person",)),
    Listed("entrance", "people:data_notice", (), ("person",)),
)  # fmt: skip


def _look(client: Client, listed: Listed, office: Office) -> tuple[list[str], list[str]]:
    """What the list asks the database, once everything that is kept is kept; and which of its rows are missing."""
    url = listed.url(office)
    if listed.sought:
        url = client.post(reverse("shared:search"), {"to": url, "q": listed.sought})["Location"]
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url)
    text = whole(answer)
    missing = [
        f"{listed}: no {wanted}"
        for name in NAMES[: office.count]
        for shown in listed.shown
        if (wanted := shown.format(name)) not in text
    ]
    return [query["sql"] for query in asked.captured_queries], missing


def test_every_list_asks_as_often_for_three_as_for_one(office: Office, login: Login) -> None:
    office.add()
    ones = {listed: _look(login(listed.who), listed, office) for listed in LISTS}
    office.add()
    office.add()
    wrong = [words for _, missing in ones.values() for words in missing]
    for listed, (one, _) in ones.items():
        three, missing = _look(login(listed.who), listed, office)
        wrong += missing
        if len(three) != len(one):
            wrong.append(f"{listed} ({listed.who}): {len(one)} for one, {len(three)} for three\n" + "\n".join(_new(one, three)))
    assert wrong == [], "\n".join(wrong)


def _new(one: list[str], three: list[str]) -> list[str]:
    """The queries that came on top, by their form."""
    before, after = (Counter(re.split("WHERE|VALUES", sql)[0] for sql in asked) for asked in (one, three))
    return [f"    {count} more: {form[-200:]}" for form, count in (after - before).items()]
