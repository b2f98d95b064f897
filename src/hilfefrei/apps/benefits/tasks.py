"""What follows from applications, declarations and urgent reports after the commit."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.audit.tasks import Handler
from hilfefrei.apps.benefits import domain, queries
from hilfefrei.apps.benefits.models import Application, Declaration, UrgentReport


def _write(folder: Path, name: str, content: dict[str, Any]) -> None:
    """Put a file down in one step; the same name again is the same delivery."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{name}.{os.getpid()}"
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(folder / name)


def application_sheet(_jobcenter_id: UUID, payload: dict[str, Any], _now: datetime, data: Path) -> None:
    """Lay the application sheet into the folder ``ausgang``: what benefits needs, no word of placement."""
    application = Application.objects.select_related("applicant").get(pk=payload["application"])
    person = application.applicant
    _write(
        data / "ausgang",
        f"antrag-{application.reference}.json",
        {
            "art": "antrag",
            "zeichen": application.reference,
            "gestellt": application.asked_at.isoformat(),
            "wirkt_ab": application.effect_from.isoformat(),
            "weg": application.channel,
            "vorname": person.first_name,
            "nachname": person.last_name,
            "geburtsdatum": person.birth_date.isoformat() if person.birth_date else None,
            "nummer": person.callsign,
        },
    )


def urgent_sheet(_jobcenter_id: UUID, payload: dict[str, Any], _now: datetime, data: Path) -> None:
    """Lay an urgent report into the folder ``ausgang``."""
    report = UrgentReport.objects.select_related("person", "application").get(pk=payload["report"])
    _write(
        data / "ausgang",
        f"not-{report.pk}.json",
        {
            "art": "dringend",
            "was": report.kind,
            "dazu": report.detail,
            "gemeldet": report.reported_at.isoformat(),
            "antwort_bis": report.due_at.isoformat(),
            "zeichen": report.application.reference if report.application else None,
            "nummer": report.person.callsign,
        },
    )


def declaration_sheet(_jobcenter_id: UUID, payload: dict[str, Any], _now: datetime, data: Path) -> None:
    """Lay a signed declaration, or that one is revoked, into the folder ``ausgang``: never why."""
    made = Declaration.objects.select_related("application__applicant").get(pk=payload["declaration"])
    _write(
        data / "ausgang",
        f"erklaerung-{made.pk}.json",
        {
            "art": "erklaerung",
            "was": made.kind,
            "erklaert": made.declared_at.isoformat(),
            "unterschrieben_am": made.signed_on.isoformat() if made.signed_on else None,
            "zugestimmt": made.representative or None,
            "zeichen": made.application.reference,
            "aktenzeichen": made.application.file_number or None,
            "nummer": made.application.applicant.callsign,
        },
    )


HANDLERS: dict[str, Handler] = {
    "application.sheet": application_sheet,
    "urgent.sheet": urgent_sheet,
    "declaration.sheet": declaration_sheet,
}


def escalate_overdue(jobcenter_id: UUID, now: datetime) -> int:
    """Give unanswered reports to the lead, one answer time after they were due."""
    actor = system(jobcenter_id)
    waiting = UrgentReport.objects.filter(confirmed_at=None, closed_at=None, escalated_at=None).order_by("due_at", "id")
    late = [r for r in waiting if now >= queries.escalates_at(r)]
    for report in late:
        domain.escalate_report(actor=actor, at=now, report_id=report.pk)
    return len(late)
