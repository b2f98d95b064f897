"""``./hilfefrei comparison``: tables of published figures without a browser, for the controller's operator and for timers.

Exit codes: 0 done or nothing to do, 1 refused, 2 wrong command line.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django_scopes import scope

from hilfefrei.apps.audit.actor import Actor, system
from hilfefrei.apps.audit.domain import bulk
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.reporting.domain import comparison as domain
from hilfefrei.apps.reporting.models import PublishedTable
from hilfefrei.apps.reporting.queries import comparison as queries
from hilfefrei.apps.reporting.workflows import Change, TableState
from hilfefrei.core import clock
from hilfefrei.core.comparison import CONSTANT, MAX_BYTES, Columns
from hilfefrei.core.money import group_thousands
from hilfefrei.core.published import PlaceKind, TableMapping
from hilfefrei.delivering import DONE, REFUSED, USAGE, Progress, name_of, peak_mb

PARTS = ("place", "period", "name", "code", "value", "state", "form", "land", "type")
TOLD = ("rows", "usable", "unchanged", "duplicate", "suppressed", "rejected", "places", "names", *Change.values, "changed", "gone", "encoding")


class _Usage(Exception):
    """The command line cannot be right; the text says what helps."""


def run(options: argparse.Namespace) -> int:
    """Run one of the three commands."""
    progress = Progress(quiet_out=options.json)
    try:
        content = _content(Path(options.file))
        jobcenter = _jobcenter(options.jobcenter)
        with scope(jobcenter=jobcenter.pk):
            actor = system(jobcenter.pk)
            result = _undo(actor, content, progress) if options.comparison_command == "undo" else _deliver(options, actor, content, progress)
    except OSError as error:
        # A reject file where nothing may be written, a mapping whose name no system takes.
        return _end(options, {"state": "usage", "text": f"{name_of(str(error.filename))}: {error.strerror}. Bitte prüfen Sie den Pfad."}, USAGE)
    except _Usage as error:
        return _end(options, {"state": "usage", "text": str(error)}, USAGE)
    except Refused as error:
        return _end(options, {"state": "refused", "code": error.code, "text": str(error)}, REFUSED)
    except DatabaseError as error:
        text = f"Die Datenbank hat die Arbeit abgebrochen ({type(error).__name__}). Es wurde nichts geändert. Bitte noch einmal versuchen."
        return _end(options, {"state": "refused", "code": "database", "text": text}, REFUSED)
    result |= {"seconds": progress.seconds, "peak_mb": peak_mb()}
    return _end(options, result, REFUSED if result["state"] in {"refused", "columns"} else DONE)


def _end(options: argparse.Namespace, result: dict[str, Any], code: int) -> int:
    if options.json:
        whole = {"command": options.comparison_command, "file": name_of(options.file), "exit": code} | result
        sys.stdout.write(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
    else:
        (sys.stdout if code == DONE else sys.stderr).write(result["text"] + "\n")
    return code


def _content(file: Path) -> bytes:
    """The file, no more of it than is needed to say that it is too big."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        why = "gibt es nicht" if isinstance(error, FileNotFoundError) else "lässt sich nicht lesen"
        raise _Usage(f"Die Datei {file} {why}.") from None


def _jobcenter(wanted: str | None) -> Jobcenter:
    rows = Jobcenter.objects.order_by("name", "pk")
    found = [row for row in rows if not wanted or wanted in {row.traeger_number, row.name}]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{row.traeger_number} ({row.name})" for row in rows) or "keins"
    raise _Usage(f"Welches Jobcenter? Bitte --jobcenter NUMMER angeben. Es gibt: {there}.")


def _pair(text: str) -> tuple[str, str]:
    part, sign, value = text.partition("=")
    if not sign or part.strip() not in PARTS:
        raise _Usage(f"„{text}“ ist keine Zuordnung. Beispiel: --column place=Trägernummer. Teile: {', '.join(PARTS)}.")
    return part.strip(), value.strip()


def _mapping(options: argparse.Namespace) -> tuple[TableMapping | None, bool]:
    """The mapping asked for, and whether it is new."""
    name = options.mapping or ""
    if options.column or options.wide or options.value:
        if not name:
            raise _Usage("Bitte geben Sie der Zuordnung einen Namen: --mapping NAME.")
        parts = dict(map(_pair, options.column)) | {part: CONSTANT + value for part, value in map(_pair, options.value)}
        if not {"place", "period"} <= parts.keys():
            raise _Usage("Ein Ort und eine Zeit gehören dazu: --column place=SPALTE --column period=SPALTE.")
        wide = {column: code or column for column, _, code in (text.partition("=") for text in options.wide)}
        columns = Columns(**parts, wide=wide, decimal=options.decimal)
        return TableMapping(name, PlaceKind(options.kind), columns, options.source, options.licence), True
    known = {one.name: one for one in queries.mappings()}
    if name and name not in known:
        raise _Usage(f"Die Zuordnung „{name}“ gibt es nicht. Es gibt: {', '.join(known)}. Neu: --column TEIL=SPALTE.")
    return known.get(name), False


def _deliver(options: argparse.Namespace, actor: Actor, content: bytes, progress: Progress) -> dict[str, Any]:
    mapping, is_new = _mapping(options)
    at, name = clock.now(), name_of(options.file)
    given = {"source": options.source, "licence": options.licence, "data_state": options.state}
    with progress.step("read", "Lesen"):
        read = domain.read_file(content, name, mapping)
    with progress.step("compare", "Mit dem Bekannten vergleichen"):
        table, difference = domain.compare(actor=actor, at=at, file_name=name, content=content, found=read, **given)
    if table.state == TableState.COLUMNS:
        text = (
            f"Wir wissen nicht, welche Spalte was ist. Die Datei hat: {', '.join(read.header)[:400]}.\n"
            "Abhilfe: die Datei einmal auf der Seite „Vergleich, Tabellen“ hochladen und zuordnen, oder hier, zum Beispiel:\n"
            "  --mapping NAME --column place=SPALTE --column period=SPALTE --column code=SPALTE --column value=SPALTE"
        )
        return {"state": "columns", "code": "columns", "text": text}
    if table.state == TableState.STAGED and options.rejects:
        Path(options.rejects).write_bytes(queries.rejects_csv(difference.rejects))
    state = "refused" if table.state == TableState.REFUSED else "differs" if domain.changes(table.counts) else "nothing"
    # Found anew below; nobody needs the first ones any more.
    difference.figures.clear()
    if options.comparison_command == "import" and state == "differs":
        with progress.step("apply", "Übernehmen"), bulk(actor, at):
            if is_new and mapping is not None:
                domain.save_mapping(actor=actor, at=at, mapping=mapping)
            # Compared anew inside the transaction: somebody else may have taken something over meanwhile.
            table = domain.stage_table(actor=actor, at=at, file_name=name, content=content, found=read, **given)
            if domain.changes(table.counts):
                table = domain.apply_table(actor=actor, at=at, table_id=table.pk)
                state = "applied"
    return _told(table, difference, state, options.rejects)


def _told(table: PublishedTable, difference: domain.Difference, state: str, rejects: str | None) -> dict[str, Any]:
    if state == "refused":
        return {"state": state, "code": table.refusal_code, "text": f"Abgelehnt: {table.refusal}"}
    counts = table.counts

    def number(name: str) -> str:
        return group_thousands(counts.get(name, 0))

    lines = [
        {
            "differs": "Geprüft, nichts geschrieben. Übernehmen: ./hilfefrei comparison import …",
            "nothing": "Es ändert sich nichts, es wurde nichts geschrieben.",
            "applied": "Übernommen. Als Ganzes zurück: ./hilfefrei comparison undo DATEI",
        }[state],
        f"  {table.mapping}, Quelle: {table.source or 'nicht angegeben'}, {number('rows')} Zeilen ({counts['encoding'] or 'XLSX'})",
    ]
    if table.is_list:
        lines += [
            f"  Liste {year}: {numbers['all']} Orte, {numbers['new']} neu, {numbers['changed']} geändert, {numbers['gone']} fallen weg"
            for year, numbers in counts["years"].items()
        ]
    else:
        lines += [
            f"  Werte: {number('usable')} brauchbar, {number('unchanged')} unverändert, {number('new')} neu, {number('revised')} berichtigt, "
            f"{number('confirmed')} bestätigt, {number('older')} mit älterem Stand",
            f"  Kennzahlen: {', '.join(counts['codes'][:12])}; {counts['periods'][0]} bis {counts['periods'][1]}; {number('places')} Orte",
        ]
    if counts["rejected"]:
        lines.append(f"  zurückgewiesen: {number('rejected')}")
        lines += [f"    Zeile {row.line}: {row.text}. Abhilfe: {row.remedy}" for row in difference.rejects[:5]]
    if rejects:
        lines.append(f"  Zurückgewiesene Zeilen stehen in {rejects}.")
    return {
        "state": state,
        "table": str(table.pk) if state == "applied" else None,
        "mapping": table.mapping,
        "source": table.source,
        "licence": table.licence,
        "counts": {name: counts[name] for name in TOLD if name in counts},
        "years": counts.get("years", {}),
        "reasons": counts["reasons"],
        "rejected": [{"line": row.line, "code": row.code, "text": row.text, "remedy": row.remedy} for row in difference.rejects[:1000]],
        "text": "\n".join(lines),
    }


def _undo(actor: Actor, content: bytes, progress: Progress) -> dict[str, Any]:
    sha = hashlib.sha256(content).hexdigest()
    applied = PublishedTable.objects.filter(sha256=sha, state=TableState.APPLIED).order_by("-applied_at", "id").first()
    if applied is None:
        raise Refused("Diese Datei ist nicht übernommen, oder sie wurde schon zurückgenommen.", code="state")
    with progress.step("undo", "Zurücknehmen"):
        domain.undo_table(actor=actor, at=clock.now(), table_id=applied.pk)
    return {"state": "undone", "table": str(applied.pk), "text": "Zurückgenommen. Die Zahlen sind wie vor dieser Tabelle."}
