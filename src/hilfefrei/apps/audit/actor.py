"""Who acts. One value that views, importers and tests hand to every verb, policy and query."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a position is for. Labels for people are in :data:`ROLE_LABELS`."""

    ENTRANCE = "entrance"
    COACH = "coach"
    CASE_MANAGER = "case_manager"
    BENEFITS = "benefits"
    EMPLOYER_SERVICE = "employer_service"
    TEAM_LEAD = "team_lead"
    CONTROLLER = "controller"
    DIRECTOR = "director"
    BUYER = "buyer"
    OPERATOR = "operator"
    DATA_PROTECTION = "data_protection"
    STAFF_COUNCIL = "staff_council"
    EQUAL_OPPORTUNITY = "equal_opportunity"


ROLE_LABELS: dict[Role, str] = {
    Role.ENTRANCE: "ViA, Eingang",
    Role.COACH: "ViA, Coaching",
    Role.CASE_MANAGER: "Fallmanagement",
    Role.BENEFITS: "Leistung",
    Role.EMPLOYER_SERVICE: "Arbeitgeberservice",
    Role.TEAM_LEAD: "Teamleitung",
    Role.CONTROLLER: "Controlling",
    Role.DIRECTOR: "Leitung",
    Role.BUYER: "Einkauf",
    Role.OPERATOR: "Betrieb",
    Role.DATA_PROTECTION: "Datenschutz",
    Role.STAFF_COUNCIL: "Personalrat",
    Role.EQUAL_OPPORTUNITY: "BCA",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A user in office on a day, the system itself or an import.

    ``teams`` are the teams of the positions held that day, ``leads`` those led,
    ``substitutes`` the users whose absence this actor covers today. ``key_from``: until then this login turns no key to the
    accesses, because somebody else has set its password.
    """

    kind: str
    id: UUID
    jobcenter_id: UUID
    name: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    teams: frozenset[UUID] = field(default_factory=frozenset)
    leads: frozenset[UUID] = field(default_factory=frozenset)
    substitutes: frozenset[UUID] = field(default_factory=frozenset)
    key_from: datetime | None = None

    def has(self, *roles: Role) -> bool:
        """Whether one of the positions carries one of ``roles``."""
        return not self.roles.isdisjoint(roles)

    @property
    def user_ids(self) -> frozenset[UUID]:
        """The user and everyone this user stands in for today."""
        return self.substitutes | {self.id}


def system(jobcenter_id: UUID) -> Actor:
    """The actor of the worker and of scheduled jobs."""
    return Actor(kind="system", id=jobcenter_id, jobcenter_id=jobcenter_id, name="Hilfefrei")
