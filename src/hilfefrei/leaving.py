"""``./hilfefrei accounts``: compare the logins with a list of current staff, show what lies unused, open one again, reset one of an operator.

Exit codes: 0 done, 1 refused, 2 wrong call. Names go to the terminal of whoever runs it and into no log.
"""

import argparse
import csv
import io
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.http import HttpRequest
from django_scopes import scope

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.accounts.workflows import Closed
from hilfefrei.apps.audit.domain import bulk
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org import identity
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.core import clock
from hilfefrei.delivering import UsageError, jobcenter_of
from hilfefrei.www.identity import lockout

NAME, NUMBER = "anmeldename", "kennung"


def run(options: argparse.Namespace, ask: Callable[[], str]) -> int:
    """Run one of the commands; ``ask`` gives a new password, and is asked once it is clear whose."""
    try:
        house = jobcenter_of(options.jobcenter)
        with scope(jobcenter=house.pk):
            if options.accounts_command == "sync":
                return _sync(options, house)
            if options.accounts_command == "unused":
                return _unused(options, house)
            if options.accounts_command == "reset":
                return _reset(options, house, ask)
            return _open(options, house)
    except Refused as error:
        sys.stderr.write(f"{error}\nEs wurde nichts geändert.\n")
        return 1
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def staff(content: bytes) -> tuple[list[str], list[str]]:
    """Login names and numbers of a CSV with a column ``anmeldename`` or ``kennung``, or both. Raises UsageError without."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=max(";,\t", key=first.count))
    columns = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    if not columns.keys() & {NAME, NUMBER}:
        raise UsageError(f"In der ersten Zeile fehlt die Spalte „{NAME}“ oder „{NUMBER}“.")
    found: dict[str, list[str]] = {NAME: [], NUMBER: []}
    for row in rows:
        for name, held in found.items():
            value = str(row.get(columns[name]) or "").strip() if name in columns else ""
            if value:
                held.append(value)
    return found[NAME], found[NUMBER]


def _sync(options: argparse.Namespace, house: Jobcenter) -> int:
    try:
        content = Path(options.file).read_bytes()
    except OSError as error:
        raise UsageError(f"Die Datei {options.file} lässt sich nicht lesen ({error.strerror}).") from error
    compared = identity.compare_staff(house.pk, *staff(content), clock.today())
    out = [f"{len(compared.stay)} Zugänge bleiben, {len(compared.leave)} stehen nicht in der Liste."]
    out += [f"  schließen: {user.username}" for user in compared.leave]
    if compared.unknown:
        out.append(f"{compared.unknown} Einträge der Liste haben hier keinen offenen Zugang.")
    sys.stdout.write("\n".join(out) + "\n")
    if compared.problem:
        sys.stderr.write(f"{compared.problem}\n")
        if compared.never or not options.anyway:
            sys.stderr.write("Es wurde nichts geändert." + ("" if compared.never else " Stimmt die Liste doch: --anyway") + "\n")
            return 1
    if not options.apply:
        sys.stdout.write("Nur verglichen. Schließen mit --apply\n")
        return 0
    actor, at = identity.gatekeeper(house.pk), clock.now()
    with bulk(actor, at):
        for user in compared.leave:
            identity.close_leaver(actor=actor, at=at, user_id=user.pk, because=Closed.LIST)
    sys.stdout.write(f"{len(compared.leave)} Zugänge geschlossen, ihre Stellen und Sitzungen sind beendet.\n")
    return 0


def _unused(options: argparse.Namespace, house: Jobcenter) -> int:
    limit = clock.now() - timedelta(days=options.days)
    rows = User.objects.filter(jobcenter_id=house.pk, is_active=True, is_emergency=False, last_login__lt=limit)
    for user in rows:
        sys.stdout.write(f"{user.username}\n")
    sys.stdout.write(f"{len(rows)} Zugänge sind seit über {options.days} Tagen unbenutzt.\n")
    return 0


def _named(name: str, house: Jobcenter) -> User:
    user = User.objects.filter(jobcenter_id=house.pk, username__iexact=name.strip()).first()
    if user is None:
        raise UsageError(f"Einen Zugang „{name}“ gibt es hier nicht.")
    return user


def _open(options: argparse.Namespace, house: Jobcenter) -> int:
    user = _named(options.name, house)
    accounts.set_login_active(actor=identity.gatekeeper(house.pk), at=clock.now(), user_id=user.pk, active=True)
    sys.stdout.write("Geöffnet.\n")
    return 0


def _reset(options: argparse.Namespace, house: Jobcenter, ask: Callable[[], str]) -> int:
    names = f"Zugänge mit Betriebsrolle: {', '.join(one.username for one in identity.operators(house.pk, clock.today())) or 'keiner'}."
    try:
        user = _named(options.name, house)
        identity.check_resettable(user, clock.today())
    except UsageError as error:
        raise UsageError(f"{error} {names}") from error
    except Refused as error:
        raise Refused(f"{error} {names}", code=error.code) from error
    identity.reset_operator(actor=identity.gatekeeper(house.pk), at=clock.now(), user_id=user.pk, password=ask())
    lockout.lift(HttpRequest(), user)
    sys.stdout.write(
        f"{user.username} hat ein neues Passwort; zweite Faktoren, Pause und offene Sitzungen sind beendet. Beim Anmelden wählt die Person ihr eigenes "
        "und richtet einen zweiten Faktor ein.\nBetrieb und Datenschutz sehen es auf jeder Seite, bis sie es bestätigen; im Protokoll steht login.reset.\n"
    )
    return 0
