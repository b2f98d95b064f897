"""Reads of benefits: what is urgent, what is unconfirmed, how the clocks of an application stand."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.benefits import policy
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, UrgentReport
from hilfefrei.apps.benefits.workflows import Outcome, UrgentKind
from hilfefrei.core import clocks, names
from hilfefrei.core.clock import BERLIN
from hilfefrei.core.days import berlin_day


def outcome_of(application: Application) -> ApplicationOutcome | None:
    """The outcome in force."""
    return next((o for o in application.outcomes.all() if o.revoked_at is None), None)


def clocks_of(application: Application, now: datetime, land: str) -> tuple[clocks.Clock, ...]:
    """All clocks of an application (prefetch outcomes and urgent_reports for lists)."""
    reports = list(application.urgent_reports.all())
    urgent = [r for r in reports if r.kind != UrgentKind.ADVANCE]
    advance = next((r for r in reports if r.kind == UrgentKind.ADVANCE), None)
    outcome = outcome_of(application)
    decided = datetime.combine(outcome.decided_on, time(12), tzinfo=BERLIN) if outcome else None
    first = min(urgent, key=lambda r: r.reported_at, default=None)
    return clocks.application_clocks(
        clocks.Facts(
            applied_at=application.asked_at,
            confirmed_at=application.confirmed_at,
            urgent_at=first.reported_at if first else None,
            urgent_answered_at=first.confirmed_at if first else None,
            decided_at=decided,
            advance_requested_at=advance.reported_at if advance else None,
            advance_paid_at=advance.closed_at if advance else None,
            complete_on=berlin_day(application.complete_at) if application.complete_at else None,
        ),
        now=now,
        land=land,
    )


@dataclass(frozen=True)
class Line:
    """An application with its clocks."""

    application: Application
    ticking: tuple[clocks.Clock, ...]
    state: str
    outcome: ApplicationOutcome | None

    @property
    def decision(self) -> clocks.Clock | None:
        """The clock of the decision."""
        return next((c for c in self.ticking if c.rule.key == "decision"), None)


STATE_FILTERS = {"offen": "offen", "unbestaetigt": "noch nicht bestätigt", "warnung": "Frist läuft ab", "entschieden": "entschieden"}
SORTS: dict[str, tuple[str, ...]] = {
    "alt": ("asked_at", "id"),
    "neu": ("-asked_at", "id"),
    "name": ("applicant__sort_name", "asked_at", "id"),
}


def applications(
    actor: Actor, day: date, *, state: str = "offen", words: str = "", sort: str = "alt"
) -> QuerySet[Application]:
    """Applications the actor may see."""
    rows = policy.applications_for(actor, day)
    decided = ApplicationOutcome.objects.filter(revoked_at=None).values("application")
    if state == "entschieden":
        rows = rows.filter(pk__in=decided)
    elif state != "alle":
        rows = rows.exclude(pk__in=decided)
    if state == "unbestaetigt":
        rows = rows.filter(confirmed_at=None)
    if words.strip():
        folded = names.fold(words)
        rows = rows.filter(
            Q(applicant__search_name__contains=folded) | Q(reference__icontains=words.strip()) | Q(file_number__icontains=words.strip())
        )
    return (
        rows.select_related("applicant", "confirmed_by")
        .prefetch_related(
            Prefetch("outcomes", ApplicationOutcome.objects.order_by("-recorded_at", "id")),
            Prefetch("urgent_reports", UrgentReport.objects.order_by("reported_at", "id")),
        )
        .order_by(*SORTS.get(sort, SORTS["alt"]))
    )


def lines(rows: "list[Application]", now: datetime, land: str) -> list[Line]:
    """Applications with their clocks."""
    found = []
    for row in rows:
        ticking = clocks_of(row, now, land)
        found.append(Line(row, ticking, clocks.worst(ticking).value, outcome_of(row)))
    return found


def urgent(actor: Actor, day: date) -> QuerySet[UrgentReport]:
    """Open urgent reports, unanswered first, then by when the answer is due."""
    return (
        policy.reports_for(actor, day)
        .filter(closed_at=None)
        .select_related("person", "application", "reported_by", "confirmed_by")
        .order_by("confirmed_at", "due_at", "id")
    )


def reports_of(person_id: UUID) -> QuerySet[UrgentReport]:
    """All reports of a person, open ones first."""
    return (
        UrgentReport.objects.filter(person_id=person_id)
        .select_related("application", "reported_by", "confirmed_by")
        .order_by("closed_at", "due_at", "id")
    )


def unconfirmed_count(actor: Actor, day: date) -> int:
    """The number beside the list of benefits: unconfirmed applications and unanswered reports."""
    open_applications = policy.applications_for(actor, day).filter(confirmed_at=None).count()
    return open_applications + policy.reports_for(actor, day).filter(confirmed_at=None, closed_at=None).count()


DECISIONS = (Outcome.GRANTED, Outcome.REFUSED, Outcome.DENIED)
