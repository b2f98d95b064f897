"""People at the entrance, dates with seats and vacancies, for tests of the talk. Made by the verbs where there is one."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.workflows import Channel, UrgentKind
from hilfefrei.apps.intake.domain import agreement, conversation, dates, first_contact
from hilfefrei.apps.intake.domain.first_contact import NewPerson
from hilfefrei.apps.intake.models import AnswerSet, Conversation, Entry, HandedVacancy, Handover, ViaDate
from hilfefrei.apps.intake.workflows import DateKind
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.workflows import Source
from hilfefrei.core import clock, questions
from hilfefrei.core.periods import working_days_after
from tests.world import TODAY, World, at

CATALOGUE = questions.load().version
GROUPS = [group.id for group in questions.load().groups]
HERZBERG = {"plz": "37412", "place": "Herzberg", "lat": 51.655, "lon": 10.341}

WORK = {"last": ["Verkäuferin"], "alg": "no", "wanted": ["Verkäuferin", "Küchenhilfe"], "training": "vocational"}
TIME = {
    "hours_low": 20.0,
    "hours_high": 30.0,
    "days": ["mo", "di", "mi", "do", "fr"],
    "care": ["child"],
    "alone": "yes",
    "care_from": "06:30",
    "care_until": "15:30",
}
HEALTH = {"cannot": ["heavy"], "capacity": "yes", "home": "safe", "rent": 59800}
WAY = {"modes": ["bus", "foot"], "max_km": 20, "licence": ["B"], "german": "native"}
MONEY = {"enough": "scarce", "income": ["child_benefit", "advance"], "applied": ["none"]}
ANSWERS: dict[str, dict[str, Any]] = {"work": WORK, "time": TIME, "health": HEALTH, "way": WAY, "money": MONEY}


def applicant(
    world: World,
    first: str = "Jana",
    last: str = "Silberdistel",
    *,
    who: str = "entrance",
    asked: datetime | None = None,
    wishes: tuple[str, ...] = ("money", "work"),
    birth: date | None = date(1992, 4, 12),
    sex: str = "w",
    language: str = "de",
    home: bool = True,
    urgent: tuple[UrgentKind, ...] = (),
    reason: str = "",
) -> Entry:
    """Somebody who asked for money this morning and waits: application, entry and entrance in charge."""
    contact = first_contact.record_first_contact(
        actor=world.actor(who),
        at=at(9, 0),
        contact_at=asked or at(8, 52),
        channel=Channel.IN_PERSON,
        wishes=wishes,
        new_person=NewPerson(first_name=first, last_name=last, birth_date=birth, sex=sex, language=language),
        urgent=urgent,
        no_application_reason=reason,
    )
    if home:
        people.set_address(
            actor=world.actor(who),
            at=at(9, 0),
            person_id=contact.person_id,
            street="Lange Straße 4",
            valid_from=TODAY,
            **HERZBERG,
        )
    return Entry.objects.select_related("person", "application").get(first_contact=contact)


def talking(world: World, entry: Entry | None = None, *, who: str = "entrance", minute: int = 15) -> Entry:
    """``entry`` (or a new one) in a running talk."""
    entry = entry or applicant(world)
    conversation.start_talk(actor=world.actor(who), at=at(9, minute), entry_id=entry.pk)
    return Entry.objects.get(pk=entry.pk)


def answer(world: World, entry: Entry, *groups: str, who: str = "entrance", **changed: Any) -> list[AnswerSet]:
    """Save ``groups`` (all without any) with the usual answers, ``changed`` ones on top."""
    saved = []
    for group in groups or GROUPS:
        known = {q.id for q in questions.load().group(group).questions}
        values = ANSWERS[group] | {k: v for k, v in changed.items() if k in known}
        saved.append(
            conversation.save_group(
                actor=world.actor(who), at=at(9, 31), entry_id=entry.pk, group=group, values=values, catalogue=CATALOGUE
            )
        )
    return saved


def stays(world: World, who: str = "entrance", team: str = "via") -> dict[str, Any]:
    """For ``end_via``: who is responsible afterwards."""
    return {"next_team_id": world.teams[team].pk, "next_user_id": world.users[who].pk}


def hand_over(world: World, entry: Entry, *, accept: bool = True) -> Handover:
    """Sent to the case manager, and accepted."""
    sent = agreement.send_handover(
        actor=world.actor(), at=at(9, 40), entry_id=entry.pk, team_id=world.teams["placement"].pk,
        user_id=world.users["case_manager"].pk, summary="Zwei Sätze.", reason="Regel",
    )  # fmt: skip
    return agreement.accept_handover(actor=world.actor("case_manager"), at=at(9, 41), handover_id=sent.pk) if accept else sent


def in_via(world: World, entry: Entry | None = None) -> Entry:
    """``entry`` (or a new one) in ViA after a first talk."""
    entry = talking(world, entry)
    conversation.finish_talk(
        actor=world.actor(), at=at(9, 35), entry_id=entry.pk, next_step="Anruf", next_step_at=at(10, days=2),
        next_step_by_id=world.users["entrance"].pk,
    )  # fmt: skip
    return Entry.objects.select_related("person").get(pk=entry.pk)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """A Berlin moment."""
    return datetime.combine(day, time(hour, minute), tzinfo=clock.BERLIN).astimezone(UTC)


def ahead(n: int) -> int:
    """How many days it is to the ``n``-th working day after today: no date lies on another."""
    return (working_days_after(TODAY, n, "NI") - TODAY).days


def information(world: World, *, days: int = 1, hour: int = 9, seats: int = 12, language: str = "de") -> ViaDate:
    """An information talk ``days`` from today."""
    start = local(TODAY + timedelta(days=days), hour)
    return dates.plan_date(
        actor=world.actor("entrance"),
        at=at(7),
        kind=DateKind.INFORMATION,
        starts_at=start,
        ends_at=start + timedelta(minutes=90),
        room_id=world.rooms["104"].pk,
        seats=seats,
        language=language,
    )


def coaching(world: World, *, days: int = 0, hour: int = 14) -> ViaDate:
    """A slot of the coach."""
    start = local(TODAY + timedelta(days=days), hour)
    return dates.plan_date(
        actor=world.actor("entrance"),
        at=at(7),
        kind=DateKind.COACHING,
        starts_at=start,
        ends_at=start + timedelta(minutes=60),
        room_id=world.rooms["108"].pk,
        led_by_id=world.users["coach"].pk,
    )


def vacancy(world: World, title: str = "Verkäuferin Backwaren", occupation: str = "Verkäufer/in", **given: Any) -> Vacancy:
    """An open vacancy in Herzberg within the usual limits."""
    made = at(6)
    return Vacancy.objects.create(
        **{
            "jobcenter_id": world.id,
            "source": Source.DEMO,
            "reference": uuid4().hex,
            "title": title,
            "occupation": occupation,
            "employer": "Sösefrisch",
            "part_time": True,
            "hours_min": Decimal(25),
            "hours_max": Decimal(25),
            "starts_at": time(8),
            "ends_at": time(13),
            "weekend": False,
            "night_or_shift": False,
            "heavy_lifting": False,
            "wage_unit": "hour",
            "wage_low_cents": 1460,
            "wage_high_cents": 1460,
            "month_low_cents": 158_000,
            "month_high_cents": 158_000,
            "published_on": TODAY - timedelta(days=3),
            "created_at": made,
            "changed_at": made,
            **HERZBERG,
            **given,
        }
    )


def five_vacancies(world: World) -> list[Vacancy]:
    """Five that fit the usual answers, and one that a limit hides."""
    return [
        vacancy(world),
        vacancy(world, "Küchenhilfe", "Küchenhilfe", employer="Gasthof Kupferkessel", hours_min=Decimal(30), hours_max=Decimal(30), ends_at=time(14, 30)),
        vacancy(world, "Verkäuferin Drogerie", employer="Lindwurm-Markt", place="Bad Lauterberg", plz="37431", lat=51.632, lon=10.47, starts_at=time(8, 30), ends_at=time(13, 30)),
        vacancy(world, "Verkäufer/in Textil", employer="Harzfaden", place="Osterode", plz="37520", lat=51.728, lon=10.252, hours_min=Decimal(20), hours_max=Decimal(25)),
        vacancy(world, "Verkaufshilfe Backwaren", employer="Steinofen Hattorf", place="Hattorf", plz="37197", lat=51.65, lon=10.24, hours_min=Decimal(20), hours_max=Decimal(20), career_changers=True),
        vacancy(world, "Verkäuferin Spätdienst", employer="Nachtmarkt", starts_at=time(14), ends_at=time(22)),
    ]  # fmt: skip


def confirm(world: World, entry: Entry) -> None:
    """Benefits confirm the application."""
    assert entry.application_id is not None
    benefits.confirm_application(actor=world.actor("benefits"), at=at(9, 4), application_id=entry.application_id)


def counts() -> dict[str, int]:
    """How many rows of what a talk writes there are."""
    return {model.__name__: model.objects.count() for model in (AnswerSet, Conversation, HandedVacancy, Entry)}


def look_for(client: Client, path: str, q: str = "", **filters: Any) -> Any:
    """The page ``path`` searched for ``q``, as its form does it: the words do not go into the address."""
    if not q:
        return client.get(path, filters)
    answer = client.post(reverse("shared:search"), {"to": path, "q": q, **filters}, follow=True)
    assert q not in answer.redirect_chain[-1][0]
    return answer
