"""The paying system answers: it has the sheet, and under which Aktenzeichen."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.domain import Ledger, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits.domain.application import confirm_application, confirm_declaration, confirm_report
from hilfefrei.apps.benefits.models import Application, Declaration, UrgentReport
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.core.days import format_moment
from hilfefrei.core.sheets import Confirmation

# Two houses' clocks are never the same.
CLOCKS_APART: Final = timedelta(minutes=5)
UNKNOWN: Final = "Zu diesem Schlüssel gibt es hier kein Blatt. Bitte prüfen Sie, ob die Bestätigung zu diesem Haus gehört."


def neighbour(jobcenter_id: UUID) -> Actor:
    """The paying system as actor: it confirms, and nothing else."""
    return Actor(kind="import", id=jobcenter_id, jobcenter_id=jobcenter_id, name="Zahlendes Verfahren")


@verb(Jobcenter)
def clear_refusal(ledger: Ledger, *, actor: Actor, at: datetime, name: str, op: UUID | None = None) -> Jobcenter:
    """Note that somebody has seen to the refused confirmations of a file; whoever calls puts the file away."""
    require(actor.has(Role.BENEFITS))
    house = Jobcenter.objects.get(pk=actor.jobcenter_id)
    ledger.event("confirmation.refusal_cleared", house, name=name[:200])
    return house


def take_confirmation(*, actor: Actor, at: datetime, confirmation: Confirmation) -> Application | UrgentReport | Declaration:
    """Write down that benefits have a sheet. The second equal confirmation changes nothing.

    Raises:
        Refused: an unknown sheet (``unknown``), a moment before the sheet was made or to come (``moment``), another
            Aktenzeichen than the one known (``other_file_number``) or one that belongs to another household.
    """
    kind, _, rest = confirmation.key.partition("-")
    if kind == "antrag":
        return _application(actor, at, rest, confirmation)
    try:
        wanted = UUID(rest)
    except ValueError:
        raise Refused(UNKNOWN, code="unknown") from None
    if kind == "dringend" and (report := UrgentReport.objects.filter(pk=wanted).first()):
        came = _moment(confirmation, report.reported_at, at)
        if report.confirmed_at is not None and confirmation.result in {"", report.result}:
            return report
        return confirm_report(actor=actor, at=came, report_id=report.pk, result=confirmation.result)
    if kind == "erklaerung" and (made := Declaration.objects.filter(pk=wanted).first()):
        return confirm_declaration(actor=actor, at=_moment(confirmation, made.declared_at, at), declaration_id=made.pk)
    raise Refused(UNKNOWN, code="unknown")


def _application(actor: Actor, at: datetime, rest: str, confirmation: Confirmation) -> Application:
    # A correction confirms the application as well; its number is the version of the application that it told of.
    reference, corrected, correction = rest.partition("-b")
    application = Application.objects.filter(reference=reference).first()
    if application is None or (corrected and not (correction.isdecimal() and 1 < int(correction) <= application.version)):
        raise Refused(UNKNOWN, code="unknown")
    number = confirmation.file_number
    if application.confirmed_at is not None and number in {"", application.file_number}:
        return application
    if number and application.file_number and number != application.file_number:
        text = (
            f"Der Antrag {reference} hat hier schon das Aktenzeichen {application.file_number}. "
            "Bitte klären, welches gilt, und es in der Leistungsliste berichtigen."
        )
        raise Refused(text, code="other_file_number")
    came = _moment(confirmation, application.recorded_at, at)
    return confirm_application(actor=actor, at=came, application_id=application.pk, file_number=number)


def _moment(confirmation: Confirmation, made_at: datetime, at: datetime) -> datetime:
    came = confirmation.came_at or at
    if at < came <= at + CLOCKS_APART:
        came = at
    if came > at:
        raise Refused(f"Der Eingang {format_moment(came, year=True)} Uhr liegt in der Zukunft. Bitte die Uhren vergleichen.", code="moment")
    if came.replace(second=59, microsecond=999999) < made_at:
        raise Refused(
            f"Der Eingang {format_moment(came, year=True)} Uhr liegt vor dem Blatt, {format_moment(made_at, year=True)} Uhr. Bitte die Uhren vergleichen.",
            code="moment",
        )
    return came
