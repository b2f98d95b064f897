"""``./hilfefrei retention``, ``erasure``, ``person``: what is over, deleting it, deleting it again, everything on one person.

Exit codes: 0 done or nothing to do, 1 refused (nothing released, unknown or protected person), 2 wrong command line.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django_scopes import scope

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.privacy import disclosure, due, tasks
from hilfefrei.apps.privacy.models import RetentionRun
from hilfefrei.apps.privacy.workflows import RunState
from hilfefrei.core import catalogue, clock
from hilfefrei.delivering import UsageError, jobcenter_of
from hilfefrei.papers import data, render
from hilfefrei.www.people.rights import paper_of

DONE, REFUSED, USAGE = 0, 1, 2


def run(options: argparse.Namespace) -> int:
    """Run one of the commands in the scope of a Jobcenter."""
    try:
        house = jobcenter_of(options.jobcenter)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    with scope(jobcenter=house.pk):
        return COMMANDS[options.command, options.act](options, house)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def check(options: argparse.Namespace, house: Jobcenter) -> int:
    """What is over today, by period and table. Writes nothing."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    held: dict[str, int] = defaultdict(int)
    for plan in due.plans(clock.today()):
        if plan.held:
            held[plan.held] += len(plan.persons)
            continue
        for retention, tables in plan.counts.items():
            for table, count in tables.items():
                counts[retention][table] += count
    known = catalogue.load()
    if options.json:
        _say(json.dumps({"as_of": clock.today().isoformat(), "over": counts, "held": held}, ensure_ascii=False, indent=1))
        return DONE
    _say(f"{house.name}, Stichtag {clock.today():%d.%m.%Y}: nichts wird gelöscht, nur gezählt.")
    for retention, tables in sorted(counts.items()):
        _say(known.retentions[retention].title)
        for table, count in sorted(tables.items()):
            _say(f"  {count:>8} {known.models[table].title}")
    for reason, count in sorted(held.items()):
        _say(f"bleibt: {reason} ({count} {'Person' if count == 1 else 'Personen'})")
    if not counts:
        _say("Nichts hat seine Frist hinter sich.")
    return DONE


def carry_out(options: argparse.Namespace, house: Jobcenter) -> int:
    """Do what two people have released, to its end; the background service would do the same little by little."""
    folder = Path(settings.DATA)
    released = RetentionRun.objects.filter(state=RunState.RELEASED).first()
    if released is None:
        sys.stderr.write("Es ist kein Löschlauf freigegeben. Datenschutz rechnet den Probelauf, die Leitung gibt frei („Löschen“).\n")
        return REFUSED
    done = 0
    while RetentionRun.objects.filter(pk=released.pk, state=RunState.RELEASED).exists():
        done += tasks.work(house.pk, clock.now(), folder)
    _say(json.dumps({"households": done}) if options.json else f"{done} Haushalte bearbeitet. Was gelöscht wurde, steht ohne Inhalt in {tasks.log_file(house.pk, folder)}")
    return DONE


def again(options: argparse.Namespace, house: Jobcenter) -> int:
    """After a restore: delete again what was deleted since the backup."""
    folder = Path(settings.DATA)
    file = Path(options.file) if options.file else tasks.log_file(house.pk, folder)
    if not file.exists():
        sys.stderr.write(f"Die Datei {file} gibt es nicht. Ohne sie weiß niemand, was nach der Sicherung gelöscht wurde.\n")
        return REFUSED
    result = tasks.replay_file(house.pk, clock.now(), folder, file=file)
    told: dict[str, Any] = {"lines": result.lines, "applied": result.applied, "rows": result.rows}
    _say(json.dumps(told) if options.json else f"{result.lines} Zeilen im Löschprotokoll, {result.applied} davon neu für diese Datenbank: {result.rows} Zeilen noch einmal gelöscht.")
    return DONE


def export(options: argparse.Namespace, house: Jobcenter) -> int:
    """Everything on one person as JSON and as a paper; the access is logged before a file is written."""
    found = people.ids_of_number(options.number)
    if len(found) != 1:
        sys.stderr.write("Diese Nummer gehört zu mehreren Menschen.\n" if found else "Diese Nummer kennen wir nicht.\n")
        return REFUSED
    person = Person.objects.get(pk=found[0])
    if people_policy.guarded([person.pk], clock.today()):
        sys.stderr.write("Diese Akte ist geschützt. Auskunft gibt, wer darin genannt ist, auf der Seite der Person.\n")
        return REFUSED
    if not options.file and not options.pdf:
        sys.stderr.write("Bitte --file DATEI (JSON) oder --pdf DATEI angeben.\n")
        return USAGE
    actor, now = system(house.pk), clock.now()
    audit.log_access(actor=actor, kind="export", page="cli:person export", person_ids=[person.pk], at=now)
    held = disclosure.of(actor, person, clock.today())
    if options.file:
        content = json.dumps(disclosure.as_json(held, now, house.name), ensure_ascii=False, indent=1)
        _write(Path(options.file), content.encode())
    if options.pdf:
        sheet = paper_of(held, office=org.office_of(house), contact=data.Contact("Datenschutz", house.complaint_phone), name=person.full_name)
        _write(Path(options.pdf), render("disclosure", sheet))
    return DONE


def _write(file: Path, content: bytes) -> None:
    """Readable for the one who asked alone."""
    file.touch(mode=0o600)
    file.write_bytes(content)


COMMANDS = {("retention", "check"): check, ("retention", "run"): carry_out, ("erasure", "replay"): again, ("person", "export"): export}
