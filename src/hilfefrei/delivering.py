"""``./hilfefrei vacancies``: deliveries of vacancies without a browser, for the operator and for timers.

Exit codes: 0 done or nothing to do, 1 refused, 2 wrong command line, 3 the interface of the job search has changed.
"""

import argparse
import hashlib
import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django_scopes import scope

from hilfefrei.apps.audit.actor import Actor, system
from hilfefrei.apps.audit.domain import bulk
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.vacancies import domain, queries
from hilfefrei.apps.vacancies.models import Delivery, DeliveryRow
from hilfefrei.apps.vacancies.workflows import ImportState, RowState
from hilfefrei.core import clock
from hilfefrei.core.days import berlin_day
from hilfefrei.core.matching import columns
from hilfefrei.core.matching.delivery import BUILT_IN, FIELD_WORDS, MAX_BYTES, ColumnMapping, DeliveryError
from hilfefrei.core.money import group_thousands
from hilfefrei.www.jobs.deliveries import reason_words

DONE, REFUSED, USAGE, ALARM = 0, 1, 2, 3
TOLD = (*RowState.values, "rows", "repaired", "usable", "stock", "stated", "encoding", "delimiter")


class UsageError(Exception):
    """The command line cannot be right; the text says what helps."""


class Progress:
    """Says each step with its seconds; beside JSON on stderr, so that stdout stays one document."""

    def __init__(self, *, quiet_out: bool) -> None:
        self.out = sys.stderr if quiet_out else sys.stdout
        self.seconds: dict[str, float] = {}

    def say(self, text: str) -> None:
        self.out.write(f"{text}\n")
        self.out.flush()

    @contextmanager
    def step(self, name: str, words: str) -> Iterator[None]:
        self.say(f"{words} …")
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 2)


def peak_mb() -> int:
    """Peak memory of this process in MB. Not by getrusage where Linux tells it: that counts the process we were started from."""
    status = Path("/proc/self/status")
    if status.exists():
        kilobytes = next((line.split()[1] for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM")), "0")
        return round(int(kilobytes) / 1024)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def run(options: argparse.Namespace) -> int:
    """Run one of the three commands."""
    progress = Progress(quiet_out=options.json)
    try:
        content = content_of(Path(options.file), MAX_BYTES)
        jobcenter = jobcenter_of(options.jobcenter)
        with scope(jobcenter=jobcenter.pk):
            actor = system(jobcenter.pk)
            result = _undo(options, actor, content, progress) if options.vacancies_command == "undo" else _deliver(options, actor, content, progress)
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
    code = ALARM if result.get("code") == "interface_change" else REFUSED if result["state"] in {"refused", "columns"} else DONE
    return _end(options, result, code)


def _end(options: argparse.Namespace, result: dict[str, Any], code: int) -> int:
    if options.json:
        whole = {"command": options.vacancies_command, "file": name_of(options.file), "exit": code} | result
        sys.stdout.write(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
    else:
        (sys.stdout if code == DONE else sys.stderr).write(result["text"] + "\n")
    return code


def content_of(file: Path, most: int) -> bytes:
    """The file, no more of it than is needed to say that it is too big."""
    try:
        with file.open("rb") as opened:
            return opened.read(most + 1)
    except OSError as error:
        why = "gibt es nicht" if isinstance(error, FileNotFoundError) else "lässt sich nicht lesen"
        raise UsageError(f"Die Datei {file} {why}.") from None


def name_of(file: str) -> str:
    """The name of a file as it can be kept and shown: bytes of another character set become question marks."""
    return Path(file).name.encode("utf-8", "replace").decode()


def jobcenter_of(wanted: str | None) -> Jobcenter:
    """The Jobcenter asked for, or the only one of the database."""
    rows = Jobcenter.objects.order_by("name", "pk")
    found = [row for row in rows if not wanted or wanted in {row.traeger_number, row.name}]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{row.traeger_number} ({row.name})" for row in rows) or "keins"
    raise UsageError(f"Welches Jobcenter? Bitte --jobcenter NUMMER angeben. Es gibt: {there}.")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    by_words = {words: field for field, words in FIELD_WORDS.items()}
    field = by_words.get(name.strip(), name.strip())
    if not sign or field not in FIELD_WORDS:
        raise UsageError(f"„{text}“ ist keine Zuordnung. Beispiel: --column title=Stelle. Felder: {', '.join(FIELD_WORDS)}.")
    return field, value.strip()


def _mapping(options: argparse.Namespace) -> tuple[ColumnMapping | None, bool]:
    """The mapping asked for, and whether it is new."""
    name = options.mapping or ""
    if options.column:
        if not name:
            raise UsageError("Bitte geben Sie der Zuordnung einen Namen: --mapping NAME.")
        try:
            return ColumnMapping(name, dict(map(_pair, options.column)), dict(map(_pair, options.value))), True
        except ValueError as error:
            raise UsageError(str(error)) from None
    if not name:
        return None, False
    known = BUILT_IN | {mapping.name: mapping for mapping in queries.mappings()}
    if name not in known:
        raise UsageError(f"Die Zuordnung „{name}“ gibt es nicht. Es gibt: {', '.join(known)}. Neu: --column FELD=SPALTE.")
    return known[name], False


def _deliver(options: argparse.Namespace, actor: Actor, content: bytes, progress: Progress) -> dict[str, Any]:
    mapping, is_new = _mapping(options)
    at, name = clock.now(), name_of(options.file)
    with progress.step("read", "Lesen und prüfen"):
        read = domain.read_file(content, mapping, today=berlin_day(at))
    with progress.step("compare", f"{group_thousands(len(read.checked))} Zeilen mit dem Bestand vergleichen"):
        found, rows = domain.compare(actor=actor, at=at, file_name=name, content=content, found=read, is_full=options.full)
    if found.state == ImportState.COLUMNS:
        return {"state": "columns", "code": "columns", "text": _columns_text(content)}
    if found.state != ImportState.REFUSED and options.rejects:
        Path(options.rejects).write_bytes(queries.rejects_csv(row for row in rows if row.state == RowState.REJECTED))
    differs = found.state == ImportState.STAGED and any(found.counts[state] for state in (RowState.NEW, RowState.CHANGED, RowState.GONE))
    refused = found.state == ImportState.REFUSED
    state = "refused" if refused else "differs" if differs else "nothing"
    if options.vacancies_command == "import" and (refused or differs):
        words = "Ablehnung festhalten" if refused else "Übernehmen"
        with progress.step("apply", words), bulk(actor, at):
            if is_new and mapping is not None and not refused:
                domain.save_mapping(actor=actor, at=at, mapping=mapping)
            # Compared anew inside the transaction: somebody else may have taken something over meanwhile.
            found = domain.stage_delivery(actor=actor, at=at, file_name=name, content=content, found=read, is_full=options.full)
            if found.state == ImportState.STAGED:
                found = domain.apply_delivery(actor=actor, at=at, delivery_id=found.pk)
                state = "applied"
    return _told(found, rows, state, options.rejects)


def _columns_text(content: bytes) -> str:
    try:
        header, _ = columns.preview(content)
    except DeliveryError as error:
        return str(error)
    guess = columns.guess_columns(header)
    line = " ".join(f"--column '{field}={column}'" for field, column in guess.items())
    return (
        f"Wir wissen nicht, welche Spalte was ist. Die Datei hat: {', '.join(header)}.\n"
        f"Abhilfe: die Datei einmal auf der Seite „Lieferungen“ hochladen und zuordnen, oder hier, zum Beispiel:\n  --mapping NAME {line}"
    )


def _told(found: Delivery, rows: list[DeliveryRow], state: str, rejects: str | None) -> dict[str, Any]:
    counts = found.counts
    if state == "refused":
        return {"state": state, "code": found.refusal_code, "text": f"Abgelehnt: {found.refusal}"}
    lines = [
        {
            "differs": "Geprüft, nichts geschrieben. Übernehmen: ./hilfefrei vacancies import …",
            "nothing": "Es ändert sich nichts, es wurde nichts geschrieben.",
            "applied": "Übernommen. Als Ganzes zurück: ./hilfefrei vacancies undo DATEI",
        }[state],
        f"  Zeilen            {group_thousands(counts['rows']):>7}   ({found.feed or found.get_source_display()}, {counts['encoding']})",
        f"  angenommen        {group_thousands(counts['usable'] - counts['repaired']):>7}",
        f"  repariert         {group_thousands(counts['repaired']):>7}",
        f"  zurückgewiesen    {group_thousands(counts[RowState.REJECTED]):>7}",
        f"  doppelt           {group_thousands(counts[RowState.DUPLICATE]):>7}",
        f"  neu {group_thousands(counts[RowState.NEW])}, geändert {group_thousands(counts[RowState.CHANGED])}, "
        f"unverändert {group_thousands(counts[RowState.UNCHANGED])}, beendet {group_thousands(counts[RowState.GONE])}",
    ]
    lines += [f"    {domain.CHANGE_WORDS[code]}: {group_thousands(number)}" for code, number in counts["changes"].items()]
    if counts["reasons"]:
        lines.append("  Gründe:")
        lines += [f"    {group_thousands(number):>6}  {': '.join(filter(None, reason_words(code)))}" for code, number in counts["reasons"].items()]
    if counts["stated"] and counts["stated"] > counts["rows"]:
        lines.append(f"  Achtung: angekündigt sind {group_thousands(counts['stated'])} Stellen, in der Datei stehen {group_thousands(counts['rows'])}. Es fehlen Seiten.")
    lost = counts["hints"].get("place_unknown", 0)
    if lost:
        lines.append(f"  Achtung: bei {group_thousands(lost)} {'Stelle' if lost == 1 else 'Stellen'} ist nicht bekannt, wo der Ort liegt. Eine Liste der Postleitzahlen hilft.")
    if rejects:
        lines.append(f"  Zurückgewiesene Zeilen stehen in {rejects}.")
    return {
        "state": state,
        "delivery": str(found.pk) if state == "applied" else None,
        "source": found.source,
        "feed": found.feed,
        "counts": {name: counts[name] for name in TOLD if name in counts},
        "changes": counts["changes"],
        "reasons": counts["reasons"],
        "hints": counts["hints"],
        "rejected": [
            {"line": row.line, "reference": row.reference, "reasons": [reason["code"] for reason in row.reasons]}
            for row in rows
            if row.state == RowState.REJECTED
        ],
        "text": "\n".join(lines),
    }


def _undo(options: argparse.Namespace, actor: Actor, content: bytes, progress: Progress) -> dict[str, Any]:
    sha = hashlib.sha256(content).hexdigest()
    applied = Delivery.objects.filter(sha256=sha, state=ImportState.APPLIED).order_by("-applied_at", "id").first()
    if applied is None:
        raise Refused("Diese Datei ist nicht übernommen, oder sie wurde schon zurückgenommen.", code="state")
    with progress.step("undo", "Zurücknehmen"):
        domain.undo_delivery(actor=actor, at=clock.now(), delivery_id=applied.pk)
    return {"state": "undone", "delivery": str(applied.pk), "text": "Zurückgenommen. Die Stellen sind wie vor dieser Lieferung."}
