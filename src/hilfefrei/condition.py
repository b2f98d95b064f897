"""How the operation stands: counts, ages and short codes, never a name, a number of a file or a worker's figure.

Read by ``/readyz``, ``/metrics``, ``doctor`` and the operator's first page. Ages are seconds before ``now``.
"""

import json
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Max, Min, Q
from django_scopes import scope

from hilfefrei.apps.audit import tasks
from hilfefrei.apps.audit.models import AccessEvent, AccessSeal, Outbox
from hilfefrei.apps.benefits import delivery_tasks as paying
from hilfefrei.apps.benefits.models import Delivery
from hilfefrei.apps.benefits.workflows import DeliveryKind, DeliveryState
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.reporting.models import PublishedTable
from hilfefrei.apps.vacancies.models import Delivery as VacancyDelivery
from hilfefrei.core import periods
from hilfefrei.core.days import berlin_day

# The worker touches its file after each round; one in which a large delivery is taken over lasts minutes.
WORKER_SILENT = 300.0
LEAST_FREE_BYTES = 500 * 1024 * 1024
# Half an hour is more than the longest wait of a delivery whose receiver is back.
OUTBOX_LATE = timedelta(minutes=30)
CHAIN_LATE = timedelta(hours=48)
# A nightly delivery that changed nothing is discarded: it came all the same. So many of the newest are looked at.
LOOK_BACK = 20


def alive_file() -> Path:
    """Touched by the worker after each round."""
    return Path(settings.DATA) / "worker.alive"


def worker_age() -> float | None:
    """Seconds since the last round of the worker by the clock of the machine; None where there was none."""
    try:
        return max(0.0, time.time() - alive_file().stat().st_mtime)
    except OSError:
        return None


def free_bytes() -> int:
    """Room left where the data lie (or will)."""
    folder = Path(settings.DATA)
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


# --- the last check of the chain: a file, so that whoever can rewrite the database cannot rewrite this too ------------


@dataclass(frozen=True)
class ChainCheck:
    """Result of walking the chain of one Jobcenter."""

    at: datetime
    events: int
    problems: int
    seconds: float


def chain_file(jobcenter_id: UUID) -> Path:
    """Where the result lies, beside the anchors."""
    return Path(settings.DATA) / "anchors" / f"{jobcenter_id}.check.json"


def keep_chain_check(jobcenter_id: UUID, found: ChainCheck) -> None:
    """Note a result; a reader sees the old or the new one."""
    file = chain_file(jobcenter_id)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{file.name}.{os.getpid()}.neu")
    content = {"at": found.at.isoformat(), "events": found.events, "problems": found.problems, "seconds": round(found.seconds, 3)}
    draft.write_text(json.dumps(content) + "\n", encoding="utf-8")
    draft.replace(file)


def chain_check(jobcenter_id: UUID) -> ChainCheck | None:
    """The last result; None where there is none, or none that can be read."""
    try:
        found = json.loads(chain_file(jobcenter_id).read_text(encoding="utf-8"))
        return ChainCheck(datetime.fromisoformat(found["at"]), int(found["events"]), int(found["problems"]), float(found["seconds"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


# --- may pages be sent here? ------------------------------------------------------------------------------------------


@cache
def _wanted_migrations() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations or {})


def missing_migrations() -> int:
    """How many migrations of this program the database has not got. Raises DatabaseError when it does not answer."""
    return len(_wanted_migrations() - set(MigrationRecorder(connection).applied_migrations()))


@dataclass(frozen=True)
class Readiness:
    """``reasons``: why no pages should be sent here; ``hints``: what somebody should look at while work goes on."""

    reasons: tuple[str, ...]
    hints: tuple[str, ...]


def readiness(now: datetime) -> Readiness:
    """Codes: database, migrations, worker, disk; as hints chain (does not hold), chain_late (not checked for two days)."""
    reasons, hints = [], []
    try:
        if missing_migrations():
            reasons.append("migrations")
        else:
            checks = [chain_check(house) for house in Jobcenter.objects.values_list("pk", flat=True).order_by("pk")]
            if any(check is not None and check.problems for check in checks):
                hints.append("chain")
            if any(check is None or now - check.at > CHAIN_LATE for check in checks):
                hints.append("chain_late")
    except DatabaseError:
        reasons.append("database")
    age = worker_age()
    if age is None or age > WORKER_SILENT:
        reasons.append("worker")
    if free_bytes() < LEAST_FREE_BYTES:
        reasons.append("disk")
    return Readiness(tuple(reasons), tuple(hints))


# --- what waits and how old what came is ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """What waits in the outbox, of one kind."""

    kind: str
    count: int
    oldest: float
    given_up: int


@dataclass
class State:
    """The operation at one moment; several Jobcenters of a training database count together, the worst age stands."""

    waiting: dict[str, Waiting] = field(default_factory=dict)
    queues: dict[str, float] = field(default_factory=dict)
    imports: dict[str, float] = field(default_factory=dict)
    chain_ok: bool | None = None
    chain_age: float | None = None
    sessions: int = 0
    database_bytes: int = 0


def _age(now: datetime, moment: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())


def waiting(now: datetime) -> list[Waiting]:
    """What has not gone out, by kind, of the Jobcenter in scope."""
    rows = Outbox.objects.filter(done_at=None).values("kind").order_by("kind")
    given_up = Count("pk", filter=Q(tries__gte=tasks.MOST_TRIES))
    return [
        Waiting(row["kind"], row["count"], _age(now, row["oldest"]), row["given_up"])
        for row in rows.annotate(count=Count("pk"), oldest=Min("created_at"), given_up=given_up)
    ]


def _changed_nothing(counts: dict[str, object]) -> bool:
    return "rows" in counts and not any(counts.get(name) for name in ("new", "changed", "gone", "rejected"))


def last_paying() -> dict[str, datetime]:
    """When each kind of delivery of the paying system came in last: taken over and not taken back, or found unchanged."""
    applied = Delivery.objects.filter(state=DeliveryState.APPLIED).order_by("kind").values_list("kind")
    found: dict[str, datetime] = dict(applied.annotate(last=Max("applied_at")))
    same = Delivery.objects.filter(state=DeliveryState.DISCARDED).order_by("-uploaded_at", "id").values_list("kind", "uploaded_at", "counts")
    for kind, came, counts in same[:LOOK_BACK]:
        if kind in found and came > found[kind] and _changed_nothing(counts):
            found[kind] = came
    return found


def last_imports() -> dict[str, datetime]:
    """When data of each kind came in last, vacancies and published figures among them."""
    found = last_paying()
    for name, model in (("vacancies", VacancyDelivery), ("comparison", PublishedTable)):
        last = model.objects.filter(applied_at__isnull=False, undone_at=None).aggregate(last=Max("applied_at"))["last"]
        if last is not None:
            found[name] = last
    return found


def _incoming(house: Jobcenter) -> float | None:
    """Seconds since the oldest file came to the watched folder."""
    folder = paying.incoming(Path(settings.DATA), house)
    try:
        changed = [entry.stat().st_mtime for entry in os.scandir(folder) if entry.is_file() and not entry.name.startswith(".")]
    except OSError:
        return None
    return max(0.0, time.time() - min(changed)) if changed else None


def _unsealed(now: datetime) -> float | None:
    """Seconds since the oldest access that no seal covers."""
    last = AccessSeal.objects.aggregate(last=Max("last_id"))["last"] or 0
    oldest = AccessEvent.objects.filter(id__gt=last).order_by("id").values_list("at", flat=True).first()
    return None if oldest is None else _age(now, oldest)


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _older(known: dict[str, float], name: str, age: float | None) -> None:
    if age is not None:
        known[name] = max(age, known.get(name, 0.0))


def state(now: datetime) -> State:
    """Everything of this database. Raises DatabaseError when it does not answer."""
    found = State(database_bytes=_database_bytes(), sessions=Session.objects.filter(expire_date__gt=now).count())
    houses = list(Jobcenter.objects.order_by("pk"))
    checks = [chain_check(house.pk) for house in houses]
    walked = [check for check in checks if check is not None]
    if walked:
        found.chain_ok = not any(check.problems for check in walked)
        found.chain_age = max(_age(now, check.at) for check in walked)
    for house in houses:
        with scope(jobcenter=house.pk):
            for one in waiting(now):
                before = found.waiting.get(one.kind, Waiting(one.kind, 0, 0.0, 0))
                found.waiting[one.kind] = Waiting(
                    one.kind, before.count + one.count, max(before.oldest, one.oldest), before.given_up + one.given_up
                )
            for kind, moment in last_imports().items():
                _older(found.imports, kind, _age(now, moment))
            _older(found.queues, "incoming", _incoming(house))
            _older(found.queues, "accesses", _unsealed(now))
    for waits in found.waiting.values():
        _older(found.queues, "outbox", waits.oldest)
    return found


# --- what the operator is told ----------------------------------------------------------------------------------------


def nightly_is_late(last: datetime, today: date, land: str) -> bool:
    """Whether the last nightly delivery is older than the working day before ``today``: a night without one is no alarm yet."""
    before = today - timedelta(days=1)
    while not periods.is_working_day(before, land):
        before -= timedelta(days=1)
    return berlin_day(last) < before


@dataclass(frozen=True)
class Alarm:
    """One thing the operator should see to: what it is, in a sentence, and what to do."""

    code: str
    text: str
    remedy: str


def _hours(seconds: float) -> str:
    if seconds < 7200:
        return f"{int(seconds // 60)} Minuten"
    return f"{int(seconds // 3600)} Stunden" if seconds < 172_800 else f"{int(seconds // 86_400)} Tagen"


def alarms(house: Jobcenter, now: datetime) -> list[Alarm]:
    """What is wrong with the operation of the Jobcenter in scope, the worst first."""
    return [*_chain_alarms(house, now), *_machine_alarms(), *_late_alarms(house, now)]


def _chain_alarms(house: Jobcenter, now: datetime) -> Iterable[Alarm]:
    check = chain_check(house.pk)
    if check is not None and check.problems:
        yield Alarm(
            "chain",
            "Die Kette des Protokolls stimmt nicht.",
            "Nichts löschen, nichts zurückspielen. Auf dem Server ./hilfefrei audit verify aufrufen und Datenschutz und Leitung Bescheid geben.",
        )
    elif check is not None and now - check.at > CHAIN_LATE:
        yield Alarm(
            "chain_late",
            f"Die Kette des Protokolls ist seit {_hours(_age(now, check.at))} nicht nachgerechnet.",
            "Nachts rechnet der Hintergrunddienst. Von Hand: ./hilfefrei audit verify",
        )


def _machine_alarms() -> Iterable[Alarm]:
    age = worker_age()
    # Where none ever ran the pages stand alone, as in tests.
    if age is not None and age > WORKER_SILENT:
        yield Alarm(
            "worker",
            f"Der Hintergrunddienst steht seit {_hours(age)}. Nichts geht hinaus, nichts kommt herein.",
            "Auf dem Server den Dienst neu starten; das Protokoll sagt, warum er steht.",
        )
    if free_bytes() < LEAST_FREE_BYTES:
        yield Alarm("disk", "Auf dem Datenträger ist fast kein Platz mehr.", "Platz schaffen. Was zuletzt gespeichert wurde, ist gespeichert.")


def _late_alarms(house: Jobcenter, now: datetime) -> Iterable[Alarm]:
    last = last_paying().get(DeliveryKind.NIGHTLY)
    if last is not None and nightly_is_late(last, berlin_day(now), house.land):
        yield Alarm(
            "import",
            f"Die letzte nächtliche Lieferung des zahlenden Verfahrens ist vor {_hours(_age(now, last))} gekommen.",
            "Unter „Lieferungen“ nachsehen, ob eine wartet oder abgelehnt ist; sonst beim liefernden Verfahren fragen.",
        )
    incoming = _incoming(house)
    if incoming is not None and incoming > OUTBOX_LATE.total_seconds():
        yield Alarm(
            "incoming",
            f"Im Ordner für Lieferungen liegt seit {_hours(incoming)} eine Datei, die nicht gelesen wurde.",
            "Läuft der Hintergrunddienst, und darf er die Datei lesen? Halb geschriebene Dateien (.part, .tmp) löschen.",
        )
    late = [one for one in waiting(now) if one.count > one.given_up and one.oldest > OUTBOX_LATE.total_seconds()]
    if late:
        oldest = max(one.oldest for one in late)
        yield Alarm(
            "outbox",
            f"Seit {_hours(oldest)} wartet etwas auf Zustellung ({sum(one.count - one.given_up for one in late)}).",
            "Meist ist das andere Verfahren nicht zu erreichen. Es wird weiter versucht; den Grund nennt das Protokoll des Hintergrunddiensts.",
        )
