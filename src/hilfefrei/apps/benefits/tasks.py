"""What follows from applications, declarations and urgent reports after the commit, and what comes back for them."""

import csv
import io
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.tasks import Handler
from hilfefrei.apps.benefits import domain, queries, sheets, transport
from hilfefrei.apps.benefits.models import Application, Declaration, UrgentReport
from hilfefrei.apps.benefits.workflows import SHEETS
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.queries import office_of
from hilfefrei.core.days import format_day, format_moment
from hilfefrei.core.sheets import Confirmation, Sheet, SheetError, Value, kinds, read_confirmations, to_csv, to_xml
from hilfefrei.papers import data as facts
from hilfefrei.papers import render

INBOX: Final = "eingang"
# A file that grows is not read; who writes under another name and renames is read in the next round all the same.
QUIET_SECONDS: Final = 2.0
DONE, REFUSED = "erledigt", "abgelehnt"
REASONS: Final = ".grund.csv"
# What benefits answer; what somebody wishes of placement stays at the entrance.
WISHES: Final = {"money": "Geld zum Leben", "housing": "Hilfe mit der Wohnung"}


def files_of(sheet: Sheet, house: Jobcenter, now: datetime) -> dict[str, bytes]:
    """A sheet for people (PDF/A) and for machines (CSV, XML): ending -> content."""
    kind, more = kinds()[sheet.kind], kinds()["person"]
    paper = facts.BenefitsSheet(
        office=office_of(house),
        printed_at=now,
        title=kind.title,
        lead=kind.lead,
        key=sheet.key,
        rows=_rows(kind.fields, sheet.values),
        people_title=more.title,
        people_lead=more.lead,
        people=tuple(_rows(more.fields, one) for one in sheet.people),
    )
    return {"pdf": render("benefits_sheet", paper), "csv": to_csv(sheet), "xml": to_xml(sheet)}


def _rows(fields: Any, values: Any) -> tuple[tuple[str, str], ...]:
    return tuple((one.title, words) for one in fields if (words := _words(values.get(one.name))))


def _words(value: Value) -> str:
    if value is None or value is False or value == "":
        return ""
    if value is True:
        return "ja"
    if isinstance(value, datetime):
        return f"{format_moment(value, year=True)} Uhr"
    return str(value) if isinstance(value, str | int) else format_day(value, year=True)


def _send(jobcenter_id: UUID, sheet: Sheet, now: datetime, data: Path) -> None:
    transport.send(sheet.key, files_of(sheet, Jobcenter.objects.get(pk=jobcenter_id), now), data)


def application_sheet(jobcenter_id: UUID, payload: dict[str, Any], now: datetime, data: Path) -> None:
    """Send the sheet of an application, or its correction."""
    application = Application.objects.select_related("applicant").get(pk=payload["application"])
    wishes = [WISHES[w] for w in payload.get("wishes", ()) if w in WISHES]
    _send(jobcenter_id, sheets.application_sheet(application, now, wishes=wishes, correction=payload.get("correction", 0)), now, data)


def urgent_sheet(jobcenter_id: UUID, payload: dict[str, Any], now: datetime, data: Path) -> None:
    """Send an urgent report."""
    report = UrgentReport.objects.select_related("person", "application").get(pk=payload["report"])
    _send(jobcenter_id, sheets.urgent_sheet(report), now, data)


def declaration_sheet(jobcenter_id: UUID, payload: dict[str, Any], now: datetime, data: Path) -> None:
    """Send a signed declaration, or that one is revoked."""
    made = Declaration.objects.select_related("application__applicant").get(pk=payload["declaration"])
    _send(jobcenter_id, sheets.declaration_sheet(made), now, data)


HANDLERS: dict[str, Handler] = {
    "application.sheet": application_sheet,
    "urgent.sheet": urgent_sheet,
    "declaration.sheet": declaration_sheet,
}
PORTS: Final = dict.fromkeys(SHEETS, transport.PORT)


# --- what comes back --------------------------------------------------------------------------------------------------


def take_confirmations(jobcenter_id: UUID, now: datetime, data: Path) -> int:
    """Read the files in ``eingang`` and move each to ``erledigt``; what is refused lies in ``abgelehnt`` with its reason.

    Gives how many confirmations were taken. A file that is read again changes nothing.
    """
    folder = data / INBOX
    if not folder.is_dir():
        return 0
    taken = 0
    for file in sorted(path for path in folder.iterdir() if transport.is_whole(path, QUIET_SECONDS)):
        try:
            found = read_confirmations(file.read_bytes())
        except SheetError as error:
            _refuse(folder, file.name, now, [Confirmation(0, "", code=error.code, problem=str(error))])
            _move(file, folder / REFUSED)
            continue
        refused = []
        for one in found:
            problem = one if one.problem else _take(jobcenter_id, one, now)
            if problem is None:
                taken += 1
            else:
                refused.append(problem)
        if refused:
            _refuse(folder, file.name, now, refused)
        _move(file, folder / DONE)
    return taken


def _take(jobcenter_id: UUID, one: Confirmation, now: datetime) -> Confirmation | None:
    try:
        domain.take_confirmation(actor=domain.neighbour(jobcenter_id), at=now, confirmation=one)
    except Refused as error:
        return Confirmation(one.line, one.key, raw=one.raw, code=error.code, problem=str(error))
    return None


def _move(file: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True, mode=0o700)
    target, number = folder / file.name, 1
    while target.exists():
        number += 1
        target = folder / f"{file.stem}-{number}{file.suffix}"
    file.rename(target)


def _refuse(folder: Path, name: str, now: datetime, rows: list[Confirmation]) -> None:
    """Lay down what was refused as a table that can be put right and sent again."""
    out = io.StringIO(newline="")
    names = [one.name for one in kinds()["bestaetigung"].fields]
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([*names, "zeile", "regel", "grund"])
    writer.writerows([*(one.raw.get(column, "") for column in names), one.line, one.code, one.problem] for one in rows)
    target = folder / REFUSED
    target.mkdir(exist_ok=True, mode=0o700)
    # The name of a file may be no text: bytes of another character set.
    name = name.encode("utf-8", "replace").decode()
    # Another file of the same name does not hide what the last one left to do.
    stem, number = name, 1
    while (there := target / f"{name}{REASONS}").exists() and there.read_bytes() != out.getvalue().encode():
        number += 1
        name = f"{stem}-{number}"
    draft = target / f".{name}.{os.getpid()}"
    draft.write_bytes(out.getvalue().encode())
    os.utime(draft, (now.timestamp(), now.timestamp()))
    draft.replace(target / f"{name}{REASONS}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file of confirmations of which rows were refused: its name, when, of each row key, rule and reason; no names of people."""

    name: str
    at: datetime
    rows: tuple[tuple[str, str, str], ...]


def refusals(data: Path) -> list[Refusal]:
    """What lies in ``abgelehnt`` and nobody has seen to, the newest first."""
    folder = data / INBOX / REFUSED
    found = []
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.name.startswith(".") or not file.name.endswith(REASONS):
            continue
        try:
            text, moment = file.read_text(encoding="utf-8"), file.stat().st_mtime
        except OSError:
            # Somebody else has just put it away.
            continue
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
        told = tuple((row.get("schluessel") or "", row.get("regel") or "", row.get("grund") or "") for row in rows)
        found.append(Refusal(file.name.removesuffix(REASONS), datetime.fromtimestamp(moment, UTC), told))
    return sorted(found, key=lambda one: (one.at, one.name), reverse=True)


def clear_refusal(data: Path, name: str) -> None:
    """Put away what :func:`refusals` tells of; a second time changes nothing."""
    folder = data / INBOX / REFUSED
    file = next((path for path in folder.iterdir() if path.name == f"{name}{REASONS}"), None) if folder.is_dir() else None
    if file is not None:
        _move(file, folder / DONE)


def escalate_overdue(jobcenter_id: UUID, now: datetime) -> int:
    """Give unanswered reports to the lead, one answer time after they were due."""
    actor = system(jobcenter_id)
    waiting = UrgentReport.objects.filter(confirmed_at=None, closed_at=None, escalated_at=None).order_by("due_at", "id")
    late = [r for r in waiting if now >= queries.escalates_at(r)]
    for report in late:
        domain.escalate_report(actor=actor, at=now, report_id=report.pk)
    return len(late)
