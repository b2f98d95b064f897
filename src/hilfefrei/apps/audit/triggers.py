"""Database triggers that make the record append-only.

Installed after every migrate (SQLite rebuilds tables on AlterField and drops triggers silently) and checked by
``doctor``, at start and in a test. Access events may be deleted after 12 months only.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

APPEND_ONLY = ("audit_event", "audit_accessseal")
NO_UPDATE = ("audit_eventpayload", "audit_accessevent")
KEPT_A_YEAR = "audit_accessevent"


def names() -> set[str]:
    """Every trigger that must be there on the current database."""
    wanted = {f"{t}_no_update" for t in (*APPEND_ONLY, *NO_UPDATE)}
    wanted |= {f"{t}_no_delete" for t in (*APPEND_ONLY, KEPT_A_YEAR)}
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        wanted |= {f"{t}_no_truncate" for t in (*APPEND_ONLY, *NO_UPDATE)}
    return wanted


def missing(using: str = DEFAULT_DB_ALIAS) -> set[str]:
    """Triggers that are wanted and not there."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        there = {row[0] for row in cursor.fetchall()}
    return names() - there


def install(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """(Re)create all triggers."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    statements = list(_sqlite() if connection.vendor == "sqlite" else _postgres())
    with connection.cursor() as cursor:
        for table, statement in statements:
            if not table or table in tables:
                cursor.execute(statement)


def _sqlite() -> Any:
    for table in (*APPEND_ONLY, *NO_UPDATE):
        yield table, f"DROP TRIGGER IF EXISTS {table}_no_update"
        yield (
            table,
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        )
    for table in APPEND_ONLY:
        yield table, f"DROP TRIGGER IF EXISTS {table}_no_delete"
        yield (
            table,
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        )
    yield KEPT_A_YEAR, f"DROP TRIGGER IF EXISTS {KEPT_A_YEAR}_no_delete"
    yield (
        KEPT_A_YEAR,
        f"CREATE TRIGGER {KEPT_A_YEAR}_no_delete BEFORE DELETE ON {KEPT_A_YEAR} "
        f"WHEN OLD.at > datetime('now', '-12 months') "
        f"BEGIN SELECT RAISE(ABORT, '{KEPT_A_YEAR} is kept for 12 months'); END",
    )


def _postgres() -> Any:
    yield (
        "",
        "CREATE OR REPLACE FUNCTION hilfefrei_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
    )
    yield (
        "",
        "CREATE OR REPLACE FUNCTION hilfefrei_kept_a_year() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF OLD.at > now() - interval '12 months' THEN "
        "RAISE EXCEPTION '% is kept for 12 months', TG_TABLE_NAME; END IF; RETURN OLD; END $$",
    )
    for table in (*APPEND_ONLY, *NO_UPDATE):
        yield from _pg_trigger(table, "no_update", "BEFORE UPDATE", "hilfefrei_append_only")
        yield from _pg_trigger(table, "no_truncate", "BEFORE TRUNCATE", "hilfefrei_append_only", per="STATEMENT")
    for table in APPEND_ONLY:
        yield from _pg_trigger(table, "no_delete", "BEFORE DELETE", "hilfefrei_append_only")
    yield from _pg_trigger(KEPT_A_YEAR, "no_delete", "BEFORE DELETE", "hilfefrei_kept_a_year")


def _pg_trigger(table: str, name: str, when: str, function: str, per: str = "ROW") -> Any:
    yield table, f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"
    yield table, f"CREATE TRIGGER {table}_{name} {when} ON {table} FOR EACH {per} EXECUTE FUNCTION {function}()"
