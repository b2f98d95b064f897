"""``./hilfefrei delivery``: deliveries of the paying system without a browser, for the operator and for timers.

Exit codes: 0 done or nothing to do, 1 refused, 2 wrong command line, 3 the paying system delivers in another shape.
"""

import argparse
import hashlib
import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django_scopes import scope

from hilfefrei.apps.audit.actor import Actor, system
from hilfefrei.apps.audit.domain import bulk
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import delivered, delivery_tasks, domain
from hilfefrei.apps.benefits.domain.difference import Line
from hilfefrei.apps.benefits.models import Delivery, VendorMapping
from hilfefrei.apps.benefits.workflows import DeliveryState, RowState
from hilfefrei.core import clock
from hilfefrei.core.days import berlin_day
from hilfefrei.core.deliveries import schema
from hilfefrei.core.deliveries.check import HINTS, RULES
from hilfefrei.core.deliveries.read import MAX_BYTES
from hilfefrei.core.deliveries.read import VendorMapping as Mapping
from hilfefrei.core.money import group_thousands
from hilfefrei.delivering import ALARM, DONE, REFUSED, USAGE, Progress, UsageError, content_of, jobcenter_of, name_of, peak_mb

STATES = (RowState.NEW, RowState.CHANGED, RowState.GONE, RowState.REJECTED, RowState.DUPLICATE)


class _Nothing(Exception):
    """The delivery changes nothing: what was staged goes again."""

    def __init__(self, found: Delivery) -> None:
        super().__init__()
        self.found = found


def run(options: argparse.Namespace) -> int:
    """Run one of the commands."""
    act = options.delivery_command
    progress = Progress(quiet_out=options.json)
    try:
        jobcenter = jobcenter_of(options.jobcenter)
        with scope(jobcenter=jobcenter.pk):
            actor = system(jobcenter.pk)
            if act == "export":
                result = _export(options, progress)
            elif act == "undo":
                result = _undo(actor, content_of(Path(options.file), MAX_BYTES), progress)
            else:
                result = _deliver(options, actor, content_of(Path(options.file), MAX_BYTES), progress)
    except OSError as error:
        # A reject file where nothing may be written, a mapping whose name no system takes.
        return _end(options, {"state": "usage", "text": f"{name_of(str(error.filename))}: {error.strerror}. Bitte prüfen Sie den Pfad."}, USAGE)
    except UsageError as error:
        return _end(options, {"state": "usage", "text": str(error)}, USAGE)
    except Refused as error:
        return _end(options, {"state": "refused", "code": error.code, "text": str(error)}, REFUSED)
    except DatabaseError as error:
        text = f"Die Datenbank hat die Arbeit abgebrochen ({type(error).__name__}). Es wurde nichts geändert. Bitte noch einmal versuchen."
        return _end(options, {"state": "refused", "code": "database", "text": text}, REFUSED)
    result |= {"seconds": progress.seconds, "peak_mb": peak_mb()}
    code = ALARM if result.get("code") == "interface_change" else REFUSED if result["state"] == "refused" else DONE
    return _end(options, result, code)


def _end(options: argparse.Namespace, result: dict[str, Any], code: int) -> int:
    if options.json:
        whole = {"command": options.delivery_command, "file": name_of(options.file), "exit": code} | result
        sys.stdout.write(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
    else:
        (sys.stdout if code == DONE else sys.stderr).write(result["text"] + "\n")
    return code


def _mapping(wanted: str | None) -> Mapping | None:
    """The mapping of a file, or a stored one by its name."""
    if not wanted:
        return None
    if Path(wanted).is_file():
        try:
            return domain.mapping_of(json.loads(Path(wanted).read_text(encoding="utf-8-sig")))
        except (ValueError, RecursionError):
            raise UsageError(f"{wanted} ist keine Zuordnung. Beispiel in docs/deliveries.md.") from None
    stored = VendorMapping.objects.filter(name=wanted).first()
    if stored is None:
        there = ", ".join(VendorMapping.objects.order_by("name").values_list("name", flat=True)) or "keine"
        raise UsageError(f"Die Zuordnung „{wanted}“ gibt es nicht. Es gibt: {there}.")
    return domain.mapping_of(stored.content | {"name": stored.name})


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"„{text}“ ist kein Tag. Bitte als JJJJ-MM-TT schreiben.") from None


def _deliver(options: argparse.Namespace, actor: Actor, content: bytes, progress: Progress) -> dict[str, Any]:
    at, name = clock.now(), name_of(options.file)
    kind = domain.KINDS.get(options.kind) if options.kind else None
    complete = True if options.full else None
    mapping, as_of = _mapping(options.mapping), _day(options.as_of)
    with progress.step("read", "Lesen"):
        read = domain.read_file(content, name, as_of=as_of, mapping=mapping)
    if options.delivery_command == "check":
        with progress.step("compare", "Prüfen und vergleichen"):
            found, lines = domain.compare(actor=actor, at=at, file_name=name, content=content, found=read, kind=kind, is_complete=complete)
        return _told(found, lines, _state(found), options.rejects)
    try:
        found = _import(actor, at, progress, anyway=options.anyway, file_name=name, content=content, found=read, kind=kind, is_complete=complete)
    except _Nothing as same:
        return _told(same.found, [], "nothing", None)
    return _told(found, [], "refused" if found.state == DeliveryState.REFUSED else "applied", options.rejects)


def _import(actor: Actor, at: datetime, progress: Progress, *, anyway: bool, **given: Any) -> Delivery:
    """Stage and take over in one transaction; what changes nothing, or too much to be true, is not even staged."""
    with bulk(actor, at):
        with progress.step("compare", "Prüfen und vergleichen"):
            found = domain.stage_delivery(actor=actor, at=at, **given)
        if _state(found) == "nothing":
            raise _Nothing(found)
        if found.state == DeliveryState.STAGED:
            reasons = [] if anyway else delivery_tasks.too_much(found)
            if reasons:
                look = " Zurückgewiesene Zeilen nennt ./hilfefrei delivery check mit --rejects." if found.counts["rejected"] else ""
                raise Refused(f"{' '.join(reasons)} Es wurde nichts übernommen.{look} Stimmt es, hilft --anyway.", code="implausible")
            with progress.step("apply", "Übernehmen"):
                found = domain.apply_delivery(actor=actor, at=at, delivery_id=found.pk)
    return found


def _state(found: Delivery) -> str:
    if found.state == DeliveryState.REFUSED:
        return "refused"
    return "differs" if any(found.counts[state] for state in (RowState.NEW, RowState.CHANGED, RowState.GONE)) else "nothing"


def _told(found: Delivery, lines: list[Line], state: str, rejects: str | None) -> dict[str, Any]:
    if state == "refused":
        return {"state": state, "code": found.refusal_code, "text": f"Abgelehnt: {found.refusal}"}
    counts = found.counts
    if rejects:
        refused = (
            (one.table, one.line, [{"code": r.code, "text": r.text, "remedy": r.remedy} for r in one.remarks], one.raw)
            for one in lines
            if one.state in {RowState.REJECTED, RowState.DUPLICATE}
        )
        Path(rejects).write_bytes(delivered.rejects_of(refused) if lines else delivered.rejects_csv(delivered.rejected(found)))
    text = [
        {
            "differs": "Geprüft, nichts geschrieben. Übernehmen: ./hilfefrei delivery import …",
            "nothing": "Es ändert sich nichts, es wurde nichts geschrieben.",
            "applied": "Übernommen. Als Ganzes zurück: ./hilfefrei delivery undo DATEI",
        }[state],
        f"  {found.sender or 'ohne Absender'}, {found.get_kind_display()}, Stand {found.as_of:%d.%m.%Y}, {'vollständig' if found.is_complete else 'Teil'}",
        f"  {'':24}{'Zeilen':>9}{'neu':>9}{'geändert':>9}{'weg':>9}{'zurück':>9}",
    ]
    for table, told in counts["tables"].items():
        cells = "".join(f"{group_thousands(told[name]):>9}" for name in ("rows", RowState.NEW, RowState.CHANGED, RowState.GONE, RowState.REJECTED))
        text.append(f"  {schema.tables()[table].title:24}{cells}")
    text += [f"  Bitte ansehen: {words}" for words in counts["told_columns"]]
    text += [f"  Hinweis: {words}" for words in counts.get("told_endless", ())]
    text += [f"  {number:>6}  {RULES.get(code, code)} ({code})" for code, number in counts["rules"].items()]
    text += [f"  {number:>6}  Hinweis: {HINTS.get(code, code)} ({code})" for code, number in counts["hints"].items()]
    if rejects:
        text.append(f"  Zurückgewiesene Zeilen stehen in {rejects}.")
    return {
        "state": state,
        "delivery": str(found.pk) if state == "applied" else None,
        "as_of": found.as_of.isoformat() if found.as_of else None,
        "kind": found.kind,
        "complete": found.is_complete,
        "counts": {str(name): counts[name] for name in ("rows", "unchanged", *STATES)},
        "tables": counts["tables"],
        "rules": counts["rules"],
        "hints": counts["hints"],
        "columns": counts["told_columns"],
        "same_as": counts["same_as"] or None,
        "text": "\n".join(text),
    }


def _undo(actor: Actor, content: bytes, progress: Progress) -> dict[str, Any]:
    sha = hashlib.sha256(content).hexdigest()
    applied = Delivery.objects.filter(sha256=sha, state=DeliveryState.APPLIED).order_by("-applied_at", "id").first()
    if applied is None:
        raise Refused("Diese Datei ist nicht übernommen, oder sie wurde schon zurückgenommen.", code="state")
    with progress.step("undo", "Zurücknehmen"):
        domain.undo_delivery(actor=actor, at=clock.now(), delivery_id=applied.pk)
    return {"state": "undone", "delivery": str(applied.pk), "text": "Zurückgenommen. Alles ist wie vor dieser Lieferung."}


def _export(options: argparse.Namespace, progress: Progress) -> dict[str, Any]:
    as_of = _day(options.as_of)
    with progress.step("export", "Schreiben"):
        content = delivered.export(as_of=as_of or berlin_day(clock.now()), exact=as_of is not None, parquet=options.parquet)
        try:
            target = Path(options.file)
            draft = target.with_name(f".{target.name}.part")
            draft.write_bytes(content)
            draft.chmod(0o600)
            draft.replace(target)
        except OSError as error:
            raise UsageError(f"{options.file} lässt sich nicht schreiben ({error.strerror}).") from None
    return {"state": "written", "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "text": f"Geschrieben: {options.file}"}
