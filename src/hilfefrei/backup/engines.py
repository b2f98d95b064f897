"""The data of one database as it stood in one moment, and back into an empty one.

PostgreSQL: own DDL out of the catalogue and COPY inside one REPEATABLE READ snapshot. ``pg_dump`` would need a client at least as new
as the server on every machine, and would not count the rows of the same snapshot. SQLite: ``VACUUM INTO``, which is one snapshot too
and, unlike the backup API, leaves behind what was deleted before.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from hilfefrei.backup import BackupError
from hilfefrei.settings import database

# Sessions and the counters of failed log-ins: after a restore everybody logs in anew.
WITHOUT_ROWS = ("django_session", "cache")
# Rows of these are made by migrate alone; a database that holds only such rows is empty.
BOOKKEEPING = ("django_migrations", "django_content_type", "auth_permission", "cache")
CHUNK = 1024 * 1024
SNAPSHOT_SECONDS = 30
LEAVING_SECONDS = 5.0

Connection = psycopg.Connection[Any]
Chains = dict[str, dict[str, Any]]
Sink = Callable[[str], Any]


@dataclass
class Told:
    """What one snapshot held. ``chains``: Jobcenter id (with dashes) -> ``seq`` and ``hash`` of the last event."""

    vendor: str
    server: str
    tables: dict[str, int] = field(default_factory=dict)
    migrations: list[list[str]] = field(default_factory=list)
    chains: Chains = field(default_factory=dict)
    houses: list[list[str]] = field(default_factory=list)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def connect(config: dict[str, Any], *, name: str = "", **more: Any) -> Connection:
    """A connection for ``config`` (Django's dictionary) without the time limits of pages. Raises BackupError."""
    options = {key: value for key, value in config["OPTIONS"].items() if key not in ("options", *database.PREPARED)}
    given = {
        "host": config["HOST"], "port": config["PORT"], "user": config["USER"], "password": config["PASSWORD"],
        "dbname": name or config["NAME"], "options": "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c search_path=public",
    }  # fmt: skip
    try:
        return psycopg.connect(**{k: v for k, v in given.items() if v}, **options, **more)
    except psycopg.OperationalError as error:
        # Not the message: it may hold the password of the address.
        missing = isinstance(error, psycopg.errors.InvalidCatalogName) or "does not exist" in str(error)
        why = f"Die Datenbank „{given['dbname']}“ gibt es nicht." if missing else "Die Datenbank ist nicht zu erreichen."
        raise BackupError(f"{why} Läuft sie, und stimmt die Adresse?") from None


def exists(config: dict[str, Any]) -> bool:
    """Whether the database of ``config`` is there. Raises BackupError where the server does not answer."""
    with closing(connect(config, name="postgres")) as link:
        return link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [config["NAME"]]).fetchone() is not None


def create(config: dict[str, Any]) -> None:
    """Make the empty database of ``config``. Raises BackupError where the user may not."""
    with closing(connect(config, name="postgres", autocommit=True)) as link:
        try:
            link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(config["NAME"])))
        except psycopg.errors.InsufficientPrivilege:
            raise BackupError(
                f"Der Nutzer der Datenbank darf keine anlegen. Bitte „{config['NAME']}“ von Hand anlegen: "
                f"createdb --owner={config['USER']} {config['NAME']}"
            ) from None


def others(link: Connection) -> int:
    """How many other sessions are open on this database and stay open: one that was just closed takes a moment to go."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    end = time.monotonic() + LEAVING_SECONDS
    while found := int(_one(link, query)):
        if time.monotonic() > end:
            break
        time.sleep(0.2)
        # Inside a transaction the statistics stand still.
        link.execute("SELECT pg_stat_clear_snapshot()")
    return found


def _one(link: Connection, query: str, *values: Any) -> Any:
    row = link.execute(query.encode(), values or None).fetchone()
    return row[0] if row else None


def _names(link: Connection, query: str) -> list[str]:
    return [row[0] for row in link.execute(query.encode()).fetchall()]


TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid),
           CASE WHEN attcollation <> typcollation THEN (SELECT collname FROM pg_collation c WHERE c.oid = attcollation) END
    FROM pg_attribute JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
# In the order in which they can be made: keys, checks, then what points to keys.
CONSTRAINTS = """
    SELECT contype = 'f', relname, conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class r ON r.oid = conrelid
    WHERE r.relnamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'c', 'x', 'f') ORDER BY contype = 'f', relname, conname
"""
INDEXES = """
    SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class r ON r.oid = indrelid
    WHERE r.relnamespace = 'public'::regnamespace AND r.relkind = 'r'
      AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid) ORDER BY 1
"""
FUNCTIONS = """
    SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
      AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e') ORDER BY 1
"""
TRIGGERS = """
    SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class r ON r.oid = tgrelid
    WHERE r.relnamespace = 'public'::regnamespace AND NOT tgisinternal ORDER BY 1
"""
POLICIES = """
    SELECT format('CREATE POLICY %I ON public.%I AS %s FOR %s TO %s%s%s', policyname, tablename, permissive, cmd,
                  array_to_string(roles, ', '), ' USING (' || qual || ')', ' WITH CHECK (' || with_check || ')')
    FROM pg_policies WHERE schemaname = 'public' ORDER BY 1
"""
ROW_SECURITY = """
    SELECT relname, relforcerowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity ORDER BY 1
"""
# What this module cannot carry must not be lost without a word.
STRANGE = """
    SELECT 'Tabellen-Art ' || relkind::text || ' „' || relname::text || '“' FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('r', 'i', 'S', 't', 'c')
    UNION ALL SELECT 'Zähler „' || relname::text || '“' FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
      AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = c.oid AND deptype = 'i')
    UNION ALL SELECT 'Typ „' || typname::text || '“' FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
    UNION ALL SELECT 'Erweiterung „' || extname::text || '“' FROM pg_extension WHERE extname <> 'plpgsql'
"""


def schema(link: Connection) -> dict[str, Any]:
    """Everything but the rows as statements: ``tables``, then, after the rows, ``after``. Raises BackupError for what it cannot say."""
    if strange := _names(link, STRANGE):
        raise BackupError(f"In der Datenbank steht, was die Sicherung nicht mitnehmen kann: {', '.join(strange)}.")
    tables, columns, identities = {}, {}, {}
    for table in _names(link, TABLES):
        lines, held = [], []
        for name, kind, not_null, identity, generated, default, collation in link.execute(COLUMNS, [f'public."{table}"']).fetchall():
            line = f'"{name}" {kind}'
            line += f' COLLATE "{collation}"' if collation else ""
            if identity:
                line += f" GENERATED {'ALWAYS' if identity == 'a' else 'BY DEFAULT'} AS IDENTITY"
                # Not the largest number: those of deleted rows are never given again.
                sequence = _one(link, "SELECT pg_get_serial_sequence(%s, %s)", f'public."{table}"', name)
                last = link.execute(f"SELECT last_value, is_called FROM {sequence}".encode()).fetchone()  # noqa: S608 - as the catalogue writes it
                identities[table] = [name, *(last or (1, False))]
            elif generated:
                line += f" GENERATED ALWAYS AS ({default}) STORED"
            elif default is not None:
                line += f" DEFAULT {default}"
            lines.append(line + (" NOT NULL" if not_null else ""))
            held += [] if generated else [name]
        tables[table], columns[table] = f'CREATE TABLE public."{table}" (\n  ' + ",\n  ".join(lines) + "\n)", held
    keys: list[str] = []
    foreign: list[str] = []
    for is_foreign, table, name, words in link.execute(CONSTRAINTS).fetchall():
        (foreign if is_foreign else keys).append(f'ALTER TABLE public."{table}" ADD CONSTRAINT "{name}" {words}')
    guarded = []
    for table, forced in link.execute(ROW_SECURITY).fetchall():
        guarded.append(f'ALTER TABLE public."{table}" ENABLE ROW LEVEL SECURITY')
        guarded += [f'ALTER TABLE public."{table}" FORCE ROW LEVEL SECURITY'] if forced else []
    after = [*keys, *_names(link, INDEXES), *foreign, *_names(link, TRIGGERS), *_names(link, POLICIES), *guarded]
    return {"functions": _names(link, FUNCTIONS), "tables": tables, "columns": columns, "identities": identities, "after": after}


@contextmanager
def snapshot(config: dict[str, Any]) -> Iterator[Connection]:
    """One moment of a PostgreSQL database; people go on working, only a change of the tables themselves waits."""
    with closing(connect(config)) as link:
        link.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        link.read_only = True
        names = _names(link, TABLES)
        if not names:
            raise BackupError("In dieser Datenbank steht nichts. Ist es die richtige?")
        try:
            link.execute(f"SET LOCAL lock_timeout = '{SNAPSHOT_SECONDS}s'")
            listed = sql.SQL(", ").join(sql.Identifier("public", name) for name in names)
            link.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(listed))
        except psycopg.errors.LockNotAvailable:
            raise BackupError("Die Tabellen werden gerade umgebaut (upgrade oder setup). Bitte später noch einmal.") from None
        # The lock may have been waited for: the snapshot must be younger than it.
        link.rollback()
        link.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(listed))
        yield link


def tell(link: Connection) -> Told:
    """State of the schema and the heads of the chains. Row counts come with the rows."""
    told = Told("postgresql", str(_one(link, "SHOW server_version")))
    there = set(_names(link, TABLES))
    if "django_migrations" in there:
        told.migrations = [list(row) for row in link.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()]
    if "audit_chainhead" in there:
        for house, seq, digest in link.execute("SELECT jobcenter_id::text, seq, hash FROM audit_chainhead").fetchall():
            told.chains[house] = {"seq": seq, "hash": digest}
    if "org_jobcenter" in there:
        told.houses = [list(row) for row in link.execute("SELECT traeger_number, name FROM org_jobcenter ORDER BY 1, 2").fetchall()]
    return told


def rows(link: Connection, table: str, columns: Iterable[str], write: Callable[[bytes], Any]) -> int:
    """Copy the rows of ``table`` to ``write``; give how many."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with link.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier("public", table), names)) as copy:
            for part in copy:
                write(bytes(part))
        return cursor.rowcount


def occupied(link: Connection) -> str:
    """Why this database is not empty, in words; empty text where it may be filled."""
    for table in _names(link, TABLES):
        if table not in BOOKKEEPING and _one(link, f'SELECT EXISTS (SELECT 1 FROM public."{table}")'):  # noqa: S608 - a name of the catalogue
            return f"in „{table}“ stehen Zeilen"
    return ""


def clear(link: Connection) -> None:
    """Drop all tables and functions of ``public``: of a database that is empty, or that a restore filled and must not keep."""
    for table in _names(link, TABLES):
        link.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier("public", table)))
    for name in _names(
        link,
        "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE pronamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e')",
    ):
        link.execute(f"DROP FUNCTION IF EXISTS {name} CASCADE".encode())


def fill(link: Connection, made: dict[str, Any], counts: dict[str, int], source: Callable[[str], Any], tell_step: Sink) -> None:
    """Make the tables of ``made`` (:func:`schema`) in the transaction of ``link`` and fill them. Raises BackupError at a wrong count."""
    # Functions of triggers are made before the tables they speak of.
    link.execute("SET LOCAL check_function_bodies = off")
    for statement in [*made["functions"], *made["tables"].values()]:
        link.execute(statement)
    for table, columns in made["columns"].items():
        if table not in counts:
            continue
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        with link.cursor() as cursor, source(table) as opened:
            with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier("public", table), names)) as copy:
                while part := opened.read(CHUNK):
                    copy.write(part)
            if cursor.rowcount != counts[table]:
                raise BackupError(f"„{table}“ hat {cursor.rowcount} Zeilen statt {counts[table]}. Die Sicherung ist beschädigt.")
        if table in made["identities"]:
            column, last, called = made["identities"][table]
            link.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)", [f'public."{table}"', column, last, called])
    tell_step("Schlüssel und Verzeichnisse der Tabellen anlegen")
    for statement in made["after"]:
        link.execute(statement)


# --- SQLite -----------------------------------------------------------------------------------------------------------


def copy_sqlite(source: Path, target: Path) -> Told:
    """A copy of ``source`` as it stood in one moment, without sessions and without what was deleted. Raises BackupError."""
    if not source.is_file():
        raise BackupError(f"Die Datei {source} fehlt.")
    try:
        with closing(sqlite3.connect(source, timeout=30)) as link:
            link.execute("VACUUM INTO ?", [str(target)])
    except sqlite3.Error as error:
        raise BackupError(f"Die Datenbank {source.name} lässt sich nicht lesen ({error}).") from error
    with closing(sqlite3.connect(target, isolation_level=None)) as link:
        there = {row[0] for row in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        link.execute("PRAGMA secure_delete = ON")
        for table in there & set(WITHOUT_ROWS):
            link.execute(f'DELETE FROM "{table}"')  # noqa: S608 - our own names
        return tell_sqlite(link)


def tell_sqlite(link: sqlite3.Connection) -> Told:
    """What an SQLite database holds."""
    told = Told("sqlite", sqlite3.sqlite_version)
    names = [row[0] for row in link.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
    if not names:
        raise BackupError("In dieser Datenbank steht nichts. Ist es die richtige?")
    for table in names:
        if table not in WITHOUT_ROWS:
            told.tables[table] = link.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - names of the catalogue
    if "django_migrations" in names:
        told.migrations = [list(row) for row in link.execute("SELECT app, name FROM django_migrations ORDER BY app, name")]
    if "audit_chainhead" in names:
        for held, seq, digest in link.execute("SELECT jobcenter_id, seq, hash FROM audit_chainhead"):
            house = f"{held[:8]}-{held[8:12]}-{held[12:16]}-{held[16:20]}-{held[20:]}"
            told.chains[house] = {"seq": seq, "hash": digest}
    if "org_jobcenter" in names:
        told.houses = [list(row) for row in link.execute("SELECT traeger_number, name FROM org_jobcenter ORDER BY 1, 2")]
    return told
