"""From a database URL to Django's dictionary."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

# WAL lets readers go on while one writes; FULL because an acknowledged application must survive a power cut;
# recursive_triggers because INSERT OR REPLACE would otherwise slip past the triggers of the record. No mmap_size: with
# several processes it turns a damaged file into a crash.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA journal_size_limit=27103364;"
    "PRAGMA recursive_triggers=ON;"
)
STATEMENT_TIMEOUT_MS = 15_000
LOCK_TIMEOUT_MS = 5_000
IDLE_IN_TRANSACTION_MS = 60_000
# A page asks the same dozens of questions each time: from the fifth on, PostgreSQL keeps the plan (a third of its work saved).
# For pages alone: so asked, one question takes 65,535 values, and nightly work asks for more people at once.
PREPARED = {"server_side_binding": True, "prepare_threshold": 5}
# The pages of a morning ask some hundred questions; psycopg counts and keeps 100, and with more it would keep none.
PLANS_KEPT = 1000


def parse(url: str, *, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS, for_pages: bool = False) -> dict[str, Any]:
    """Django's database dictionary for ``sqlite:///path`` or ``postgresql://user:password@host:port/name?sslmode=…``.

    ``host=/folder`` in the query is a socket folder. Raises ValueError, in German, for anything else.
    """
    if url.startswith("sqlite:///"):
        return sqlite(Path(url.removeprefix("sqlite:///")))
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        message = "Die Datenbank-Adresse beginnt mit postgresql:// oder sqlite:///"
        raise ValueError(message)
    name = unquote(parts.path.lstrip("/"))
    if not name:
        message = "In der Datenbank-Adresse fehlt der Name der Datenbank: postgresql://nutzer:passwort@rechner/name"
        raise ValueError(message)
    query = dict(parse_qsl(parts.query))
    timeouts = (
        f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={LOCK_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}"
    )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"options": timeouts, **(PREPARED if for_pages else {}), **query},
    }


def sqlite(path: Path) -> dict[str, Any]:
    """Django's database dictionary for an SQLite file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS},
    }


def keep_plans(connection: Any, **_: object) -> None:
    """Let a new connection of pages keep the plans of all their questions (a receiver of Django's ``connection_created``)."""
    if connection.vendor == "postgresql":
        connection.connection.prepared_max = PLANS_KEPT
