"""Who may do what with applications, urgent reports and papers."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.benefits.models import Application, Contradiction, Declaration, UrgentReport
from hilfefrei.apps.people import policy as people


def may_record(actor: Actor) -> bool:
    """Take an application: everybody who stands before people (an authority may not refuse one, § 20(3) SGB X)."""
    return actor.has(Role.ENTRANCE, Role.COACH, Role.CASE_MANAGER, Role.BENEFITS, Role.TEAM_LEAD)


def may_hand_receipt(actor: Actor) -> bool:
    """Give the receipt into the hand of the person who stands there: the counter."""
    return actor.has(Role.ENTRANCE, Role.COACH)


def may_confirm(actor: Actor) -> bool:
    """Confirm applications and urgent reports, record decisions: benefits and their paying system only."""
    return actor.kind == "import" or actor.has(Role.BENEFITS)


def may_decide(actor: Actor) -> bool:
    """Record what was decided: benefits, and the deliveries of the paying system, which the system takes over."""
    return may_confirm(actor) or actor.kind == "system"


def may_deliver(actor: Actor) -> bool:
    """Take deliveries of the paying system over and back; the system acts for the command line and the watched folder."""
    return actor.kind == "system" or actor.has(Role.BENEFITS)


def may_see_deliveries(actor: Actor) -> bool:
    """Counts, difference and rules of deliveries, without a name: benefits and whoever answers for the figures."""
    return may_deliver(actor) or actor.has(Role.CONTROLLER)


def may_keep_housing_limits(actor: Actor) -> bool:
    """Read and keep the county's limits for housing: who decides by them, and who prepares them."""
    return actor.has(Role.BENEFITS, Role.CONTROLLER)


def may_handle_papers(actor: Actor) -> bool:
    """Note that a paper was seen or came."""
    return actor.has(Role.ENTRANCE, Role.COACH, Role.CASE_MANAGER, Role.BENEFITS)


def applications_for(actor: Actor, day: date) -> QuerySet[Application]:
    """Applications of persons visible to the actor."""
    return Application.objects.filter(applicant__in=people.visible_ids(actor, day))


def get_application_for(actor: Actor, application_id: UUID, day: date) -> Application:
    """The application, or DoesNotExist (404)."""
    return applications_for(actor, day).get(pk=application_id)


def reports_for(actor: Actor, day: date) -> QuerySet[UrgentReport]:
    """Urgent reports of persons visible to the actor."""
    return UrgentReport.objects.filter(person__in=people.visible_ids(actor, day))


def declarations_for(actor: Actor, day: date) -> QuerySet[Declaration]:
    """Signed declarations of persons visible to the actor."""
    return Declaration.objects.filter(application__applicant__in=people.visible_ids(actor, day))


def contradictions_for(actor: Actor, day: date) -> QuerySet[Contradiction]:
    """What reads differently here and in the paying system, of persons visible to the actor."""
    return Contradiction.objects.filter(person__in=people.visible_ids(actor, day))
