"""Verbs on applications, urgent reports and papers.

An application is a fact: nothing here asks for reasons before it is taken (§ 20(3) SGB X), nothing in the entrance can
delay or end it, and its moment survives every correction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.happened import real_moment, typed_late
from hilfefrei.apps.benefits import policy
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, Declaration, Paper, UrgentReport
from hilfefrei.apps.benefits.queries import benefits_office, comes_before, running, waits_for_benefits
from hilfefrei.apps.benefits.workflows import (
    DECIDED_BY_BENEFITS,
    PAPER_MOVES,
    Channel,
    DeclarationKind,
    Outcome,
    PaperState,
    UrgentKind,
)
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.org.queries import teams
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Membership, Number, Person, Restriction
from hilfefrei.apps.people.queries import linked_ids
from hilfefrei.apps.people.workflows import NumberKind, ResponsibilityKind, RestrictionKind
from hilfefrei.core import clocks
from hilfefrei.core.days import berlin_day, format_day
from hilfefrei.core.periods import add_months, months_from

MONEY_BACK = timedelta(days=31)
MONEY_MONTHS = 3
# As the field has it: PostgreSQL keeps no longer one.
LONGEST_FILE_NUMBER: Final = 30
# § 41(3) SGB II: one year, half a year where it is provisional; a grant that begins later is a new decision.
GRANT_MONTHS: Final = 12
PROVISIONAL_MONTHS: Final = 6
NO_BENEFITS_TEAM = (
    "Es gibt noch kein Team „Leistung“, das den Antrag bekommt. Bitte die Betriebsrolle, eines anzulegen. "
    "Nehmen Sie ihn bis dahin auf dem leeren Blatt auf: Sein Tag zählt auch später."
)
ANYWAY: Final = "Möchte die Person trotzdem einen neuen Antrag, wählen Sie „trotzdem neuer Antrag“."
ANYWAY_EARLIER: Final = "Damit er zählt, wählen Sie „früheren Antrag aufnehmen“."

# A report that nobody has answered; of each kind a person has one at most.
WAITING: Final[dict[str, Any]] = {"confirmed_at": None, "closed_at": None}


def _user(actor: Actor) -> UUID | None:
    """Who of the staff it was; none for the system and for the paying system."""
    return actor.id if actor.kind == "user" else None


def _reference(actor: Actor, day: date) -> str:
    """Our own sign, running per year. The row lock on the Jobcenter keeps two workers from the same number."""
    prefix = f"{day:%y}-"
    locked(Jobcenter.objects.all(), actor.jobcenter_id)
    last = Application.objects.filter(reference__startswith=prefix).order_by("-reference").values_list(
        "reference", flat=True
    ).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:05d}"


@verb(Application)
def record_application(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    asked_at: datetime,
    channel: Channel,
    time_source: str = "",
    asked_by: str = "",
    anyway: bool = False,
    op: UUID | None = None,
) -> Application:
    """Take an application (§ 37 SGB II, § 16 SGB I): the first wish for money sets it, form or no form.

    ``asked_at`` is when the person asked, at the latest now. Refused for somebody with an open application or a running
    grant unless ``anyway``: the person may insist, and then it is recorded. Of two open ones the earlier counts.
    """
    require(policy.may_record(actor))
    if asked_at > at:
        raise Refused(
            "Dieser Zeitpunkt liegt in der Zukunft. Bitte prüfen Sie Tag und Uhrzeit.", code="future", field="contact_day"
        )
    person = locked(Person, person_id)
    day = berlin_day(asked_at)
    if not anyway and (why := running(person, day)):
        asks = ANYWAY_EARLIER if comes_before(person, day) else ANYWAY
        raise Refused(
            f"{why} {asks}",
            code="already_in_benefit",
            field="anyway",
        )
    unit = people.open_unit(actor=actor, at=at, applicant_id=person.pk, valid_from=day)
    application = Application.objects.create(
        jobcenter_id=actor.jobcenter_id,
        applicant=person,
        benefit_unit=unit,
        asked_at=asked_at,
        time_source=time_source,
        effect_from=clocks.effect_day(day),
        channel=channel,
        asked_by=asked_by,
        recorded_at=at,
        recorded_by_id=_user(actor),
        reference=_reference(actor, berlin_day(at)),
        sent_at=at,
    )
    ledger.event(
        "application.recorded",
        application,
        subject=person.pk,
        asked_at=asked_at,
        channel=channel,
        effect_from=application.effect_from,
        reference=application.reference,
    )
    ledger.follow_up("application.sheet", str(application.pk), application=application.pk)
    ledger.follow_up("efile.receipt", str(application.pk), application=application.pk, user=actor.id)
    to_benefits(actor, at, person, "Antrag")
    return application


def to_benefits(actor: Actor, at: datetime, person: Person, reason: str) -> None:
    """Make benefits responsible, so that the person is on their list in the same moment."""
    held = person.responsibilities.filter(kind=ResponsibilityKind.BENEFITS, valid_to=None).exists()
    if held:
        return
    team = teams(berlin_day(at), Specialisation.BENEFITS).first()
    if team is None:
        raise Refused(NO_BENEFITS_TEAM, code="no_benefits_team")
    people.assign(
        actor=actor,
        at=at,
        person_id=person.pk,
        kind=ResponsibilityKind.BENEFITS,
        team_id=team.pk,
        valid_from=berlin_day(at),
        reason=reason,
    )


@verb(Application)
def correct_applicant(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    application_id: UUID,
    person_id: UUID,
    reason: str,
    version: int | None = None,
    op: UUID | None = None,
) -> Application:
    """Move an application to the right person. The legal moment stays; the reason is kept.

    A unit that was opened with the application goes along with everybody in it; a person who is in another unit keeps
    that one. Papers and reports go along; one that the right person has already is not made twice.
    """
    require(policy.may_record(actor))
    if not reason.strip():
        raise Refused("Bitte schreiben Sie kurz, warum. Der Tag des Antrags bleibt erhalten.", code="reason", field="reason")
    application = locked(Application, application_id, version=version)
    wrong = application.applicant
    person = locked(Person, person_id)
    if person.pk == wrong.pk:
        raise Refused("Das ist schon diese Person.", code="same_person", field="person")
    day = berlin_day(application.asked_at)
    _change_unit(actor, at, application, wrong, person, day)
    application.applicant = person
    if application.asked_by == wrong.full_name:
        application.asked_by = person.full_name
    application.version += 1
    application.save(update_fields=["applicant", "benefit_unit", "asked_by", "version"])
    held = set(Paper.objects.filter(application=application, person=person).values_list("rule", flat=True))
    papers = Paper.objects.filter(application=application, person=wrong)
    papers.filter(rule__in=held).delete()
    papers.update(person=person)
    move_reports(ledger, UrgentReport.objects.filter(application=application, person=wrong), person)
    ledger.event(
        "application.corrected", application, subject=person.pk, before=wrong.pk, after=person.pk, reason=reason.strip()
    )
    # What went out under the same Zeichen named somebody else.
    number = application.version
    ledger.follow_up("application.sheet", f"{application.pk}-b{number}", application=application.pk, correction=number)
    ledger.follow_up("efile.receipt", f"{application.pk}-b{number}", application=application.pk, user=actor.id, correction=number)
    to_benefits(actor, at, person, "Antrag, berichtigt")
    _not_to_benefits(actor, at, wrong)
    return application


def _change_unit(actor: Actor, at: datetime, application: Application, wrong: Person, person: Person, day: date) -> None:
    """Give ``application`` the unit of the right person; ``application`` is not saved here."""
    unit = application.benefit_unit
    own = Membership.objects.filter(person=wrong, benefit_unit=unit, valid_to=None).first()
    # Nobody was in this unit before the mistake: it came into being with the application.
    opened_here = (
        own is not None
        and unit.created_at == application.recorded_at
        and not Application.objects.filter(benefit_unit=unit).exclude(pk=application.pk).exists()
    )
    if opened_here and own is not None and people.free_for(own, person):
        people.pass_on_membership(actor=actor, at=at, membership_id=own.pk, person_id=person.pk)
        return
    if opened_here and own is not None and not unit.memberships.exclude(pk=own.pk).filter(valid_to=None).exists():
        people.leave_unit(actor=actor, at=at, membership_id=own.pk, last_day=own.valid_from)
    application.benefit_unit = people.open_unit(actor=actor, at=at, applicant_id=person.pk, valid_from=day)


def move_reports(ledger: Ledger, reports: "QuerySet[UrgentReport]", person: Person) -> None:
    """Give urgent reports to the right person. One that waits takes a waiting one of its kind over."""
    for report in reports.order_by("reported_at", "id"):
        twin = None
        if report.closed_at is None and report.confirmed_at is None:
            twin = UrgentReport.objects.filter(person=person, kind=report.kind, **WAITING).first()
        if twin is not None:
            twin.detail = " ".join(dict.fromkeys(part for part in (twin.detail, report.detail) if part))[:300]
            twin.due_at = min(twin.due_at, report.due_at)
            twin.money_until = min((day for day in (twin.money_until, report.money_until) if day), default=None)
            twin.version += 1
            twin.save(update_fields=["detail", "due_at", "money_until", "version"])
            report.closed_at = ledger.at
            report.result = "falsche Person, bei der richtigen gemeldet"
        else:
            report.person = person
        report.version += 1
        report.save(update_fields=["person", "closed_at", "result", "version"])
        ledger.event("urgent.moved", report, subject=person.pk, joined=twin.pk if twin else None)


def _not_to_benefits(actor: Actor, at: datetime, wrong: Person) -> None:
    """Whoever got onto the list of benefits by mistake leaves it."""
    if wrong.applications.exists() or wrong.urgent_reports.filter(closed_at=None).exists():
        return
    if wrong.memberships.filter(valid_to=None).exists():
        return
    held = wrong.responsibilities.filter(kind=ResponsibilityKind.BENEFITS, valid_to=None).first()
    if held is not None:
        people.release(actor=actor, at=at, responsibility_id=held.pk, last_day=berlin_day(at) - timedelta(days=1))


@verb(Application)
def confirm_application(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    application_id: UUID,
    file_number: str = "",
    op: UUID | None = None,
) -> Application:
    """Benefits has it. The second confirmation changes nothing but the Aktenzeichen: a corrected one ends the old one."""
    require(policy.may_confirm(actor))
    application = locked(Application, application_id)
    file_number = file_number.strip()
    if len(file_number) > LONGEST_FILE_NUMBER:
        raise Refused(f"Ein Aktenzeichen hat höchstens {LONGEST_FILE_NUMBER} Zeichen. Bitte prüfen Sie es.", code="file_number", field="file_number")
    if application.confirmed_at is None:
        application.confirmed_at = at
        application.confirmed_by_id = _user(actor)
    corrected: dict[str, str] = {}
    if file_number and file_number != application.file_number:
        if application.file_number:
            corrected["before"] = application.file_number
        _set_file_number(actor, at, application, file_number)
    application.version += 1
    application.save(update_fields=["confirmed_at", "confirmed_by", "file_number", "version"])
    ledger.event("application.confirmed", application, subject=application.applicant_id, file_number=file_number, **corrected)
    return application


def _set_file_number(actor: Actor, at: datetime, application: Application, file_number: str) -> None:
    """Part of a verb: give ``application`` (locked, not saved here) its Aktenzeichen; the one it had is no longer valid."""
    day = berlin_day(at)
    held = Number.objects.filter(kind=NumberKind.FILE, value__iexact=file_number)
    # A number that was ended was somebody's by mistake: it is free.
    valid = held.filter(Q(valid_to=None) | Q(valid_to__gte=day))
    if valid.exclude(benefit_unit=application.benefit_unit).exists():
        raise Refused(
            f"Das Aktenzeichen {file_number} gehört schon zu einem anderen Haushalt. Bitte prüfen Sie die Nummer.",
            code="file_number_taken",
            field="file_number",
        )
    _end_file_number(application, day)
    application.file_number = file_number
    again = held.filter(benefit_unit=application.benefit_unit).order_by("-valid_from", "id").first()
    if again is None:
        Number.objects.create(
            jobcenter_id=actor.jobcenter_id,
            kind=NumberKind.FILE,
            value=file_number,
            benefit_unit=application.benefit_unit,
            valid_from=application.effect_from,
        )
    elif again.valid_to is not None:
        again.valid_to = None
        again.save(update_fields=["valid_to"])


def _end_file_number(application: Application, day: date) -> None:
    """Part of a verb: the Aktenzeichen of ``application`` ends yesterday, unless another application of the unit has it too."""
    number, application.file_number = application.file_number, ""
    others = Application.objects.filter(benefit_unit=application.benefit_unit_id, file_number=number).exclude(pk=application.pk)
    if not number or others.exists():
        return
    yesterday = day - timedelta(days=1)
    for row in Number.objects.filter(kind=NumberKind.FILE, value=number, benefit_unit=application.benefit_unit_id, valid_to=None).order_by("id"):
        if row.valid_from > yesterday:
            # It never held for a day; the event keeps that it was typed.
            row.delete()
        else:
            row.valid_to = yesterday
            row.save(update_fields=["valid_to"])


@verb(Application)
def unconfirm_application(
    ledger: Ledger, *, actor: Actor, at: datetime, application_id: UUID, reason: str, op: UUID | None = None
) -> Application:
    """The confirmation was meant for another line: the application waits again, red. Its Aktenzeichen goes with it.

    When it was confirmed, and by whom, stays in the record.
    """
    require(policy.may_confirm(actor))
    _check_reason(reason)
    application = locked(Application, application_id)
    if application.confirmed_at is None:
        return application
    before = {"confirmed_at": application.confirmed_at, "confirmed_by": application.confirmed_by_id, "file_number": application.file_number}
    _end_file_number(application, berlin_day(at))
    application.confirmed_at = None
    application.confirmed_by = None
    application.version += 1
    application.save(update_fields=["confirmed_at", "confirmed_by", "file_number", "version"])
    ledger.event("application.unconfirmed", application, subject=application.applicant_id, reason=reason.strip()[:200], **before)
    return application


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("Bitte schreiben Sie kurz, warum das zurückgenommen wird.", code="reason", field="reason")


@verb(Application)
def hand_receipt(
    ledger: Ledger, *, actor: Actor, at: datetime, application_id: UUID, op: UUID | None = None
) -> Application:
    """The receipt was printed for the person; the first time counts."""
    require(policy.may_hand_receipt(actor))
    application = locked(Application, application_id)
    if application.receipt_at is None:
        application.receipt_at = at
        application.save(update_fields=["receipt_at"])
        ledger.event("application.receipt_handed", application, subject=application.applicant_id)
    return application


@verb(Application)
def mark_complete(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    application_id: UUID,
    complete: bool,
    reason: str = "",
    op: UUID | None = None,
) -> Application:
    """Benefits says that nothing is missing, or takes it back with a reason.

    Interest rests on the day (§ 44 SGB I): the first one counts, saying it again moves nothing.
    """
    require(policy.may_confirm(actor))
    application = locked(Application, application_id)
    if complete == (application.complete_at is not None):
        return application
    more: dict[str, object] = {}
    if not complete:
        _check_reason(reason)
        more = {"reason": reason.strip()[:200], "before": application.complete_at}
    application.complete_at = at if complete else None
    application.save(update_fields=["complete_at"])
    ledger.event("application.complete", application, subject=application.applicant_id, complete=complete, **more)
    return application


def _check_grant(application: Application, decided_on: date, begins: date, ends: date | None, *, provisional: bool) -> None:
    """Part of a verb: a grant has a period that the law knows, and it belongs to this application."""
    if begins < application.effect_from:
        raise Refused(
            f"Dieser Antrag wirkt ab {format_day(application.effect_from, year=True)}, früher wird nicht bewilligt (§ 37 Abs. 2 SGB II).",
            code="before_effect",
            field="granted_from",
        )
    if begins > add_months(decided_on, GRANT_MONTHS):
        raise Refused(
            "Die Bewilligung begänne mehr als ein Jahr nach der Entscheidung. Bitte prüfen Sie den Tag.", code="grant_too_late", field="granted_from"
        )
    months, words = (PROVISIONAL_MONTHS, "vorläufig für höchstens sechs Monate") if provisional else (GRANT_MONTHS, "für höchstens ein Jahr")
    last = months_from(begins, months).end or begins
    law = f"Bewilligt wird {words}, hier bis {format_day(last, year=True)} (§ 41 Abs. 3 SGB II)."
    if ends is None:
        raise Refused(f"Bitte eintragen, bis wann bewilligt ist. {law}", code="no_end", field="granted_to")
    if ends < begins:
        raise Refused("Das Ende liegt vor dem Anfang. Bitte prüfen Sie den Zeitraum.", code="period", field="granted_to")
    if ends > last:
        raise Refused(f"{law} Bitte prüfen Sie den Zeitraum.", code="grant_too_long", field="granted_to")


def _check_hint(application: Application, decided_on: date, hint_on: date | None, hint_until: date | None) -> None:
    """Part of a verb: nobody is denied money before a written hint with a term, and the term has passed (§ 66 (3) SGB I)."""
    law = "Versagt wird erst nach einem schriftlichen Hinweis mit Frist (§ 66 Abs. 3 SGB I)."
    if hint_on is None:
        raise Refused(f"{law} Bitte eintragen, von wann der Hinweis ist. Gab es keinen, bleibt der Antrag offen.", code="no_hint", field="hint_on")
    if hint_until is None:
        raise Refused(f"{law} Bitte eintragen, bis wann die Frist im Hinweis lief.", code="no_term", field="hint_until")
    if hint_on < berlin_day(application.asked_at):
        raise Refused(
            f"Der Hinweis liegt vor dem Antrag vom {format_day(berlin_day(application.asked_at), year=True)}.", code="hint_before", field="hint_on"
        )
    if hint_until <= hint_on:
        raise Refused("Die Frist endet nach dem Tag des Hinweises. Bitte prüfen Sie das Datum.", code="term_before_hint", field="hint_until")
    if hint_until >= decided_on:
        raise Refused(
            f"{law} Die Frist lief bis {format_day(hint_until, year=True)}, vorher wird nicht versagt.", code="term_runs", field="hint_until"
        )


@verb(ApplicationOutcome)
def record_outcome(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    application_id: UUID,
    kind: Outcome,
    decided_on: date,
    source: str,
    granted_from: date | None = None,
    granted_to: date | None = None,
    provisional: bool = False,
    hint_on: date | None = None,
    hint_until: date | None = None,
    signed_withdrawal: bool = False,
    op: UUID | None = None,
) -> ApplicationOutcome:
    """Close an application with its one outcome.

    Granted, refused and denied are decisions of benefits; withdrawn needs the signed declaration (only the record of
    "then I leave it" passes ``signed_withdrawal``). Silence, absence and missing papers are no outcome: denied needs the day
    of the written hint and the end of the term set in it, which has passed (§ 66 (3) SGB I).
    """
    application = locked(Application, application_id)
    require(policy.may_decide(actor) or (kind not in DECIDED_BY_BENEFITS and policy.may_record(actor)))
    if kind == Outcome.WITHDRAWN and not signed_withdrawal:
        raise Refused(
            "Zurückgenommen ist ein Antrag nur mit Unterschrift. Bitte benutzen Sie die Seite „Ohne Antrag“.",
            code="withdrawal_unsigned",
            field="kind",
        )
    if not source.strip():
        raise Refused("Bitte eintragen, woher wir es wissen, zum Beispiel „Bescheid“.", code="source", field="source")
    if decided_on > berlin_day(at):
        raise Refused("Dieser Tag liegt in der Zukunft. Bitte prüfen Sie das Datum.", code="future", field="decided_on")
    if decided_on < berlin_day(application.asked_at):
        raise Refused(
            f"Dieser Tag liegt vor dem Antrag vom {format_day(berlin_day(application.asked_at), year=True)}.",
            code="before_application",
            field="decided_on",
        )
    if kind == Outcome.GRANTED:
        granted_from = granted_from or application.effect_from
        _check_grant(application, decided_on, granted_from, granted_to, provisional=provisional)
    if kind == Outcome.DENIED:
        _check_hint(application, decided_on, hint_on, hint_until)
    held = ApplicationOutcome.objects.filter(application=application, revoked_at=None).first()
    if held is not None:
        raise Refused(
            f"Dieser Antrag hat schon einen Ausgang: {held.get_kind_display()}. "
            "Nehmen Sie ihn erst mit Grund zurück, wenn er falsch ist.",
            code="outcome_exists",
            field="kind",
        )
    outcome = ApplicationOutcome.objects.create(
        jobcenter_id=actor.jobcenter_id,
        application=application,
        kind=kind,
        decided_on=decided_on,
        granted_from=granted_from if kind == Outcome.GRANTED else None,
        granted_to=granted_to if kind == Outcome.GRANTED else None,
        provisional=provisional and kind == Outcome.GRANTED,
        hint_on=hint_on if kind == Outcome.DENIED else None,
        hint_until=hint_until if kind == Outcome.DENIED else None,
        source=source.strip(),
        recorded_by_id=_user(actor),
        recorded_at=at,
    )
    ledger.event(
        "application.outcome",
        application,
        subject=application.applicant_id,
        kind=kind,
        decided_on=decided_on,
        source=source.strip(),
    )
    return outcome


@verb(ApplicationOutcome)
def revoke_outcome(
    ledger: Ledger, *, actor: Actor, at: datetime, outcome_id: UUID, reason: str, op: UUID | None = None
) -> ApplicationOutcome:
    """Take an outcome back; it stays to be seen, the application is open again with its old moment."""
    outcome = locked(ApplicationOutcome, outcome_id)
    theirs = outcome.kind in {*DECIDED_BY_BENEFITS, Outcome.WITHDRAWN}
    require(policy.may_decide(actor) or (not theirs and policy.may_record(actor)))
    if not reason.strip():
        raise Refused("Bitte schreiben Sie kurz, warum der Ausgang nicht stimmt.", code="reason", field="reason")
    if outcome.revoked_at is None:
        outcome.revoked_at = at
        outcome.revoked_reason = reason.strip()[:200]
        outcome.save(update_fields=["revoked_at", "revoked_reason"])
        ledger.event(
            "application.outcome_revoked",
            outcome.application,
            subject=outcome.application.applicant_id,
            kind=outcome.kind,
            reason=reason.strip(),
        )
    return outcome


def _check_money_until(until: date | None, day: date, today: date) -> None:
    """Part of a verb: "money until" lies near the contact (``day``), else a digit is wrong. What is urgent stays typed."""
    if until is not None and not day - MONEY_BACK <= until <= add_months(today, MONEY_MONTHS):
        raise Refused(
            "„Geld reicht bis“ liegt höchstens einen Monat zurück und höchstens drei Monate voraus. Bitte prüfen Sie das Datum.",
            code="money_until",
            field="money_until",
        )


@verb(UrgentReport)
def report_urgent(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    kind: UrgentKind,
    application_id: UUID | None = None,
    detail: str = "",
    money_until: date | None = None,
    amount_cents: int | None = None,
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> UrgentReport:
    """Report to benefits what cannot wait. Red until they confirm.

    ``happened_at``: when the need was taken down, where it is typed later. The answer is due from then, so it may be overdue
    at once.

    While a report of the same kind waits for its answer, it is not made twice: it takes over what is new. Once benefits
    has confirmed, the same need said again is a new report with its own time; the confirmed one stays as it is.
    """
    require(policy.may_record(actor))
    person = locked(Person, person_id)
    moment = real_moment(at, happened_at)
    today = berlin_day(at)
    since = berlin_day(Application.objects.get(pk=application_id).asked_at) if money_until and application_id else today
    _check_money_until(money_until, min(today, since), today)
    held = UrgentReport.objects.filter(person=person, kind=kind, **WAITING).first()
    if held is not None:
        return _extend_report(ledger, held, detail.strip(), money_until, amount_cents, application_id, moment)
    report = UrgentReport.objects.create(
        jobcenter_id=actor.jobcenter_id,
        person=person,
        application_id=application_id,
        kind=kind,
        detail=detail.strip()[:300],
        money_until=money_until,
        amount_cents=amount_cents,
        reported_at=moment,
        reported_by_id=_user(actor),
        due_at=clocks.urgent_due(moment),
    )
    ledger.event(
        "urgent.reported", report, subject=person.pk, kind=kind, detail=report.detail, due_at=report.due_at, **typed_late(at, moment)
    )
    ledger.follow_up("urgent.sheet", str(report.pk), report=report.pk)
    to_benefits(actor, at, person, "Dringende Meldung")
    return report


def _extend_report(
    ledger: Ledger,
    held: UrgentReport,
    detail: str,
    money_until: date | None,
    amount_cents: int | None,
    application_id: UUID | None,
    moment: datetime,
) -> UrgentReport:
    """What the second word adds to a report that still waits; the answer is due as before, or as of an earlier word on paper."""
    new: dict[str, Any] = {}
    if detail and detail not in held.detail:
        new["detail"] = f"{held.detail} {detail}".strip()[:300]
    if money_until is not None and (held.money_until is None or money_until < held.money_until):
        new["money_until"] = money_until
    if amount_cents is not None and amount_cents != held.amount_cents:
        new["amount_cents"] = amount_cents
    if application_id is not None and held.application_id is None:
        new["application_id"] = application_id
    if moment < held.reported_at:
        new |= {"reported_at": moment, "due_at": min(held.due_at, clocks.urgent_due(moment))}
    if new:
        for name, value in new.items():
            setattr(held, name, value)
        held.version += 1
        held.save(update_fields=[*(name.removesuffix("_id") for name in new), "version"])
        ledger.event("urgent.extended", held, subject=held.person_id, **new)
    return held


@verb(UrgentReport)
def confirm_report(
    ledger: Ledger, *, actor: Actor, at: datetime, report_id: UUID, result: str = "", op: UUID | None = None
) -> UrgentReport:
    """Benefits has read it; ``result`` says what happens ("600 € als Barcode, ab 13:00 Uhr")."""
    require(policy.may_confirm(actor))
    report = locked(UrgentReport, report_id)
    if report.confirmed_at is None:
        report.confirmed_at = at
        report.confirmed_by_id = _user(actor)
    report.result = result.strip()[:300] or report.result
    report.version += 1
    report.save(update_fields=["confirmed_at", "confirmed_by", "result", "version"])
    ledger.event("urgent.confirmed", report, subject=report.person_id, result=report.result)
    return report


@verb(UrgentReport)
def remind_report(
    ledger: Ledger, *, actor: Actor, at: datetime, report_id: UUID, how: str, op: UUID | None = None
) -> UrgentReport:
    """We called or reported again; noted with time, nothing is overwritten."""
    require(policy.may_record(actor))
    report = locked(UrgentReport, report_id)
    if report.confirmed_at is not None:
        raise Refused("Die Leistungsstelle hat inzwischen geantwortet.", code="answered")
    report.reminded = [*report.reminded, {"at": at.isoformat(), "how": how, "by": str(actor.id)}]
    report.save(update_fields=["reminded"])
    ledger.event("urgent.reminded", report, subject=report.person_id, how=how)
    return report


@verb(UrgentReport)
def escalate_report(
    ledger: Ledger, *, actor: Actor, at: datetime, report_id: UUID, op: UUID | None = None
) -> UrgentReport:
    """Give an unanswered report to the lead; by hand at once, by the worker one answer time after it was due."""
    require(actor.kind == "system" or policy.may_record(actor))
    report = locked(UrgentReport, report_id)
    if report.escalated_at is None and report.confirmed_at is None:
        report.escalated_at = at
        report.save(update_fields=["escalated_at"])
        ledger.event("urgent.escalated", report, subject=report.person_id)
    return report


@verb(UrgentReport)
def close_report(
    ledger: Ledger, *, actor: Actor, at: datetime, report_id: UUID, result: str, op: UUID | None = None
) -> UrgentReport:
    """The need is met; benefits says how."""
    require(policy.may_confirm(actor))
    report = locked(UrgentReport, report_id)
    if not (result.strip() or report.result):
        raise Refused("Bitte eintragen, was geschehen ist, zum Beispiel „600 € als Barcode“.", code="result", field="result")
    report.result = result.strip()[:300] or report.result
    report.confirmed_at = report.confirmed_at or at
    report.confirmed_by_id = report.confirmed_by_id or actor.id
    report.closed_at = at
    report.version += 1
    report.save(update_fields=["result", "confirmed_at", "confirmed_by", "closed_at", "version"])
    ledger.event("urgent.closed", report, subject=report.person_id, result=report.result)
    return report


@verb(UrgentReport)
def reopen_report(
    ledger: Ledger, *, actor: Actor, at: datetime, report_id: UUID, reason: str, op: UUID | None = None
) -> UrgentReport:
    """The answer was meant for another line: one step back. Done becomes confirmed, confirmed becomes red again.

    Closed without a confirmation before, it is red at once. What was answered, and when, stays in the record.
    """
    require(policy.may_confirm(actor))
    _check_reason(reason)
    report = locked(UrgentReport, report_id)
    if report.confirmed_at is None:
        return report
    before = {"confirmed_at": report.confirmed_at, "closed_at": report.closed_at, "result": report.result}
    only_done = report.closed_at is not None and report.closed_at != report.confirmed_at
    report.closed_at = None
    if not only_done:
        if UrgentReport.objects.filter(person=report.person_id, kind=report.kind, **WAITING).exclude(pk=report.pk).exists():
            raise Refused(
                f"„{report.get_kind_display()}“ ist inzwischen neu gemeldet und wartet auf Antwort. Antworten Sie bitte dort.",
                code="reported_anew",
            )
        report.confirmed_at = report.confirmed_by = None
        report.result = ""
    report.version += 1
    report.save(update_fields=["confirmed_at", "confirmed_by", "closed_at", "result", "version"])
    ledger.event("urgent.reopened", report, subject=report.person_id, reason=reason.strip()[:200], **before)
    return report


@verb(Declaration)
def declare(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    application_id: UUID,
    kind: DeclarationKind,
    signed_on: date | None = None,
    representative: str = "",
    op: UUID | None = None,
) -> Declaration:
    """Bring to benefits that an application was withdrawn, or a grant waived or taken up again; red until they confirm."""
    require(policy.may_record(actor))
    application = locked(Application, application_id)
    made = Declaration.objects.create(
        jobcenter_id=actor.jobcenter_id,
        application=application,
        kind=kind,
        signed_on=signed_on,
        representative=representative.strip()[:120],
        declared_at=at,
        declared_by_id=_user(actor),
    )
    ledger.event("declaration.recorded", made, subject=application.applicant_id, kind=kind, signed_on=signed_on)
    ledger.follow_up("declaration.sheet", str(made.pk), declaration=made.pk)
    to_benefits(actor, at, application.applicant, "Erklärung")
    return made


@verb(Declaration)
def confirm_declaration(
    ledger: Ledger, *, actor: Actor, at: datetime, declaration_id: UUID, op: UUID | None = None
) -> Declaration:
    """Benefits has it."""
    require(policy.may_confirm(actor))
    held = locked(Declaration, declaration_id)
    if held.confirmed_at is None:
        held.confirmed_at = at
        held.confirmed_by_id = _user(actor)
        held.save(update_fields=["confirmed_at", "confirmed_by"])
        ledger.event("declaration.confirmed", held, subject=held.application.applicant_id)
    return held


def _keep_benefits(held: Restriction, day: date, *, leaves: UUID | None = None) -> None:
    """Refuse a protection that names nobody of the responsible benefits team while that team has to answer something.

    ``leaves`` is who is no longer named: not the last of benefits. Where nobody works in that team there is nobody to name;
    the list of benefits shows the case by its number (queries.protected_cases).
    """
    ids = linked_ids(held.person_id)
    team, office = benefits_office(ids, day)
    named = set(held.users.order_by("pk").values_list("pk", flat=True))
    if team is None or not office or office.keys() & named or (leaves is not None and leaves not in office):
        return
    if waits_for_benefits(ids):
        raise Refused(
            "Ein Antrag oder eine dringende Meldung ist offen. Damit sie weiterlaufen, nennen Sie bitte auch jemanden aus dem "
            f"Team „{team.name}“, zum Beispiel {' oder '.join(list(office.values())[:2])}.",
            code="benefits_not_named",
            field="users",
        )


@verb(Restriction)
def protect(
    _ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    kind: RestrictionKind,
    ask: str,
    phone: str = "",
    user_ids: Sequence[UUID] = (),
    op: UUID | None = None,
) -> Restriction:
    """Protect a file (people.restrict) so that what is open goes on: somebody of benefits is among the named people."""
    held = people.restrict(
        actor=actor, at=at, person_id=person_id, kind=kind, ask=ask, phone=phone, user_ids=user_ids
    )
    _keep_benefits(held, berlin_day(at))
    return held


@verb(Restriction)
def stop_naming(
    _ledger: Ledger, *, actor: Actor, at: datetime, restriction_id: UUID, user_id: UUID, op: UUID | None = None
) -> Restriction:
    """One colleague fewer sees a protected file (people.name_user); not the last of benefits while they have to answer."""
    held = people.name_user(actor=actor, at=at, restriction_id=restriction_id, user_id=user_id, named=False)
    _keep_benefits(held, berlin_day(at), leaves=user_id)
    return held


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperWish:
    """One paper that the situation asks for (from core.papers), person None = household."""

    rule: str
    title: str
    why: str
    person_id: UUID | None = None
    form_code: str = ""
    can_follow: bool = False
    due_on: date | None = None


@verb(Application)
def set_papers(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    application_id: UUID,
    wanted: Sequence[PaperWish],
    op: UUID | None = None,
) -> Application:
    """Bring the list of papers in line with the situation. What was seen or came stays; what is no longer needed says so.

    It follows from the application and the household: whoever may take these down brings it along.
    """
    require(policy.may_record(actor))
    application = locked(Application, application_id)
    held = {(paper.rule, paper.person_id): paper for paper in application.papers.select_for_update().order_by("pk")}
    changes: list[str] = []
    for wish in wanted:
        paper = held.pop((wish.rule, wish.person_id), None)
        if paper is None:
            Paper.objects.create(
                jobcenter_id=actor.jobcenter_id,
                application=application,
                person_id=wish.person_id,
                rule=wish.rule,
                title=wish.title,
                why=wish.why,
                form_code=wish.form_code,
                state=PaperState.CAN_FOLLOW if wish.can_follow else PaperState.MISSING,
                asked_on=berlin_day(at),
                due_on=wish.due_on,
            )
            changes.append(wish.rule)
        elif paper.state == PaperState.NOT_NEEDED:
            paper.state = PaperState.CAN_FOLLOW if wish.can_follow else PaperState.MISSING
            paper.version += 1
            paper.save(update_fields=["state", "version"])
            changes.append(wish.rule)
    for paper in held.values():
        if paper.state in {PaperState.MISSING, PaperState.CAN_FOLLOW}:
            paper.state = PaperState.NOT_NEEDED
            paper.version += 1
            paper.save(update_fields=["state", "version"])
            changes.append(paper.rule)
    if changes:
        ledger.event("papers.computed", application, subject=application.applicant_id, rules=sorted(changes))
    return application


def carry_papers(ledger: Ledger, before: Application, application: Application) -> None:
    """Part of a verb: what was seen or came for ``before`` is not asked for again by ``application``, which counts instead."""
    there = {(p.rule, p.person_id): p for p in before.papers.filter(state__in=[PaperState.SEEN, PaperState.HERE]).order_by("pk")}
    for paper in application.papers.select_for_update().order_by("pk"):
        held = there.get((paper.rule, paper.person_id))
        if held is None or paper.state not in {PaperState.MISSING, PaperState.CAN_FOLLOW}:
            continue
        was, paper.state, paper.received_on, paper.seen_by_id = paper.state, held.state, held.received_on, held.seen_by_id
        paper.version += 1
        paper.save(update_fields=["state", "received_on", "seen_by", "version"])
        ledger.event("paper.state", paper, subject=paper.person_id or application.applicant_id, before=was, after=paper.state)


@verb(Paper)
def set_paper_state(
    ledger: Ledger, *, actor: Actor, at: datetime, paper_id: UUID, state: PaperState, op: UUID | None = None
) -> Paper:
    """Note that a paper was seen, came, or may follow; going back is the same verb."""
    require(policy.may_handle_papers(actor))
    paper = locked(Paper, paper_id)
    if paper.state == state:
        return paper
    if state not in PAPER_MOVES[paper.state]:
        raise Refused("Das geht von diesem Stand aus nicht. Bitte laden Sie die Seite neu.", code="paper_move")
    before = paper.state
    paper.state = state
    there = state in {PaperState.SEEN, PaperState.HERE}
    paper.received_on = berlin_day(at) if there else None
    paper.seen_by_id = actor.id if there else None
    paper.version += 1
    paper.save(update_fields=["state", "received_on", "seen_by", "version"])
    ledger.event(
        "paper.state", paper, subject=paper.person_id or paper.application.applicant_id, before=before, after=state
    )
    return paper
