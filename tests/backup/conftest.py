"""An installation with people, files and keys of its own, and the commands as they are called."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django_scopes import scope, scopes_disabled

from hilfefrei import secrets
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import system
from hilfefrei.backup import archive
from hilfefrei.settings import database as addresses
from tests.world import World, at
from tests.world import make as make_world

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "Wendehals-und-Pirol-7"


@dataclass
class House:
    """One installation; ``run`` calls a command for its folder or, with ``data``, for another."""

    folder: Path
    vendor: str
    url: str
    world: World
    tmp: Path

    @property
    def data(self) -> Path:
        return self.folder / "daten"

    @property
    def saved(self) -> Path:
        return self.folder / "sicherung"

    @property
    def kept(self) -> Path:
        return self.folder / "schluessel"

    def run(self, *arguments: str, data: Path | None = None, code: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_"))}
        what = ["-c", code] if code else ["-m", "hilfefrei.cli"]
        return subprocess.run(
            [sys.executable, *what, *arguments],
            check=False,
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            env=clean | {"HILFEFREI_DATA": str(data or self.data), "PYTHONPATH": str(ROOT / "src")} | more,
        )

    def back_up(self, *more: str) -> tuple[Path, Path]:
        """A backup and its keys."""
        done = self.run("backup", str(self.saved), "--keys", str(self.kept), *more)
        assert done.returncode == 0, done.stderr
        return max(self.saved.glob(f"*{archive.DATA_SUFFIX}")), max(self.kept.glob(f"*{archive.KEYS_SUFFIX}"))

    def elsewhere(self, name: str = "neu") -> tuple[str, ...]:
        """Where a restore goes: on PostgreSQL a database of that name, made by the command itself."""
        if self.vendor == "sqlite":
            return ()
        return "--database-url", self.address(name), "--create"

    def address(self, name: str) -> str:
        return self.url.replace(f"/{connection.settings_dict['NAME']}?", f"/{self.name(name)}?")

    def name(self, name: str) -> str:
        return f"{connection.settings_dict['NAME']}_{name}"

    def source(self) -> archive.Source:
        url = f"sqlite:///{self.data / archive.DEMO_DATABASE}" if self.vendor == "sqlite" else self.url
        return archive.Source(self.data, secrets.load(self.data / secrets.FILE_NAME), addresses.parse(url))


@pytest.fixture
def house(django_db_setup: str, transactional_db: None, tmp_path: Path) -> Iterator[House]:
    vendor = django_db_setup
    keys = replace(secrets.new(), hosts=("jobcenter.example",))
    secrets.use(keys)
    settings = connection.settings_dict
    url = f"postgresql://postgres@/{settings['NAME']}?host={settings['HOST']}" if vendor == "postgres" else ""
    made = House(tmp_path, vendor, url, None, tmp_path)  # type: ignore[arg-type] - filled below
    try:
        with scopes_disabled():
            made.world = make_world()
        with scope(jobcenter=made.world.id):
            person = made.world.person()
            made.world.person("Çelik", "Ö'Neill\t\\N")
            audit.log_access(actor=made.world.actor(), kind="open", page="Akte", person_ids=[person.pk], at=at(8))
            audit.seal_access(actor=system(made.world.id), at=at(9), before=at(9))
        _folder(made, keys)
        yield made
    finally:
        secrets.use(secrets.DEFAULTS)
        if url:
            _drop_copies(settings)


def _folder(made: House, keys: secrets.Secrets) -> None:
    data = made.data
    for path, content in {"files/a/b.bin": bytes(range(256)), "ausgang/x.json": b"{}", "lieferungen/wartend/1.bin": b"", "static/x.css": b"weg"}.items():
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        (data / path).write_bytes(content)
    (data / "worker.alive").touch()
    from hilfefrei.apps.audit import tasks

    with scope(jobcenter=made.world.id):
        assert tasks.write_anchor(made.world.id, at(9), data)
    secrets.store(data / secrets.FILE_NAME, replace(keys, database_url=made.url))
    if made.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(data / archive.DEMO_DATABASE)])
        (data / "demo.day").write_text("2026-11-24", encoding="utf-8")


def _drop_copies(settings: dict[str, str]) -> None:
    connection.close()
    with psycopg.connect(f"host={settings['HOST']} user=postgres dbname=postgres", autocommit=True) as admin:
        for (name,) in admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{settings['NAME']}\\_%"]).fetchall():
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    file = tmp_path / f"wort-{uuid4()}"
    file.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    return file
