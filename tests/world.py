"""A small Jobcenter for tests: one login per role, teams, a room. Everything else a test makes by the verbs."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.org.models import Jobcenter, Position, Room, Team
from hilfefrei.apps.org.queries import actor_of
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import ResponsibilityKind
from hilfefrei.core import clock

TODAY = date(2026, 11, 24)
# Argon2 of "Eingang-2026!"; hashing it anew for each login would cost a tenth of a second.
PASSWORD = "Eingang-2026!"

TEAMS: dict[str, tuple[str, Specialisation]] = {
    "via": ("ViA-Team", Specialisation.VIA),
    "via2": ("ViA-Team Herzberg", Specialisation.VIA),
    "placement": ("Vermittlungsstelle", Specialisation.PLACEMENT),
    "rehabilitation": ("Rehabilitation", Specialisation.REHABILITATION),
    "migration": ("Migration", Specialisation.MIGRATION),
    "under_25": ("Unter 25", Specialisation.UNDER_25),
    "general": ("Fallmanagement", Specialisation.GENERAL),
    "benefits": ("Leistung", Specialisation.BENEFITS),
    "employers": ("Arbeitgeberservice", Specialisation.EMPLOYER_SERVICE),
    "staff": ("Leitung und Stab", Specialisation.MANAGEMENT),
}

# key: role, team, lead, first name, last name
STAFF: dict[str, tuple[Role, str, bool, str, str]] = {
    "entrance": (Role.ENTRANCE, "via", False, "Nele", "Eisvogel"),
    "colleague": (Role.ENTRANCE, "via", False, "Mira", "Sperling"),
    "other_team": (Role.ENTRANCE, "via2", False, "Meike", "Buchfink"),
    "coach": (Role.COACH, "via", False, "Tim", "Goldammer"),
    "via_lead": (Role.TEAM_LEAD, "via", True, "Ansgar", "Kolkrabe"),
    "case_manager": (Role.CASE_MANAGER, "placement", False, "Paula", "Steinkauz"),
    "placement_lead": (Role.TEAM_LEAD, "placement", True, "Jan", "Habicht"),
    "benefits": (Role.BENEFITS, "benefits", False, "Rosa", "Kleiber"),
    "employer_service": (Role.EMPLOYER_SERVICE, "employers", False, "Ole", "Wiedehopf"),
    "operator": (Role.OPERATOR, "staff", False, "Greta", "Wendehals"),
    "controller": (Role.CONTROLLER, "staff", False, "Uta", "Zaunkoenig"),
    "director": (Role.DIRECTOR, "staff", True, "Carl", "Uhu"),
    "buyer": (Role.BUYER, "staff", False, "Ina", "Pirol"),
    "data_protection": (Role.DATA_PROTECTION, "staff", False, "Lars", "Rohrdommel"),
    "staff_council": (Role.STAFF_COUNCIL, "staff", False, "Eva", "Neuntoeter"),
    "bca": (Role.EQUAL_OPPORTUNITY, "staff", False, "Ada", "Schwalbe"),
}


def at(hour: int = 9, minute: int = 42, *, days: int = 0) -> datetime:
    """A moment of the test day (Berlin time), ``days`` later or earlier."""
    day = TODAY + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.BERLIN).astimezone(UTC)


@cache
def _hash() -> str:
    """One hash for all: a tenth of a second per process instead of per login."""
    return make_password(PASSWORD)


@dataclass
class World:
    """One Jobcenter with staff; ``actor("entrance")`` is somebody in office on the test day."""

    jobcenter: Jobcenter
    teams: dict[str, Team] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        """Scope value."""
        return self.jobcenter.pk

    def actor(self, who: str = "entrance") -> Actor:
        """The actor of a login of :data:`STAFF`."""
        return actor_of(self.users[who], TODAY)

    def person(self, first: str = "Jana", last: str = "Silberdistel", *, team: str = "via", **more: object) -> Person:
        """A person for whom ``team`` (entrance by default) is responsible, made by the verbs."""
        actor = self.actor("entrance")
        given = {"birth_date": date(1992, 4, 12), "sex": "w"} | more
        person = people.create_person(actor=actor, at=at(8), first_name=first, last_name=last, **given)
        kind = {
            Specialisation.VIA: ResponsibilityKind.ENTRANCE,
            Specialisation.BENEFITS: ResponsibilityKind.BENEFITS,
        }.get(Specialisation(self.teams[team].specialisation), ResponsibilityKind.INTEGRATION)
        people.assign(
            actor=actor,
            at=at(8),
            person_id=person.pk,
            kind=kind,
            team_id=self.teams[team].pk,
            valid_from=TODAY,
            reason="Erstkontakt",
        )
        return person


def make(prefix: str = "", password_hash: str = "", *, number: str = "") -> World:
    """Create the Jobcenter and its staff (call inside a disabled or matching scope).

    ``prefix`` keeps login names of a second Jobcenter apart; ``password_hash`` lets all log in.
    """
    jobcenter = Jobcenter.objects.create(
        name="Jobcenter Landkreis Sösetal" if not prefix else f"Jobcenter {prefix}",
        traeger_number=number or (f"99{abs(hash(prefix)) % 1000:03d}" if prefix else "23102"),
        place="Osterode",
        street="Am Kornmagazin 1",
        plz="37520",
        lat=51.728,
        lon=10.252,
        phone="0171 39200 10",
        benefits_phone="0171 39200 30",
        urgent_phone="0171 39200 50",
        housing_phone="0171 39200 54",
        protection_phone="0171 39200 60",
        counsel_name="Sozialberatung Sösetal",
        counsel_phone="0171 39200 80",
        complaint_phone="0171 39200 90",
        opening_hours="Mo bis Fr 8 bis 16 Uhr",
        is_demo=True,
    )
    world = World(jobcenter)
    for key, (name, specialisation) in TEAMS.items():
        world.teams[key] = Team.objects.create(jobcenter=jobcenter, name=name, specialisation=specialisation)
    for key, (role, team, lead, first, last) in STAFF.items():
        user = User.objects.create(
            id=uuid4(),
            jobcenter_id=jobcenter.pk,
            username=f"{prefix}{key}",
            first_name=first,
            last_name=last,
            password=password_hash or _hash(),
            phone="0171 39200 11",
            is_demo=True,
        )
        Position.objects.create(
            jobcenter=jobcenter,
            team=world.teams[team],
            holder=user,
            role=role,
            is_lead=lead,
            fte=Decimal(1),
            valid_from=date(2026, 1, 1),
        )
        world.users[key] = user
    world.rooms["104"] = Room.objects.create(
        jobcenter=jobcenter, name="Osterode 104", place="Osterode", seats=14, step_free=True
    )
    world.rooms["108"] = Room.objects.create(
        jobcenter=jobcenter, name="Osterode 108", place="Osterode", seats=3, step_free=True
    )
    return world
