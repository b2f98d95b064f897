"""Keep the schema of a release: one small backup per database, with a row in every table. Call it once, when a release is made:

    PYTHONPATH=src:. .venv/bin/python tests/upgrade/make.py

It writes ``released/VERSION-DATABASE.sicherung`` with the open keys of the tests. A file that is there is never written again.
"""

import os
import sys
import tempfile
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

os.environ["HILFEFREI_NOW"] = "2026-11-24T09:42:00"
os.environ["DJANGO_SETTINGS_MODULE"] = "hilfefrei.settings.test"

import django
from django.apps import apps
from django.db import connection, models

import hilfefrei
from hilfefrei import secrets, structure
from hilfefrei.settings import database as addresses

RELEASED = Path(__file__).parent / "released"
NOW = datetime(2026, 11, 24, 8, 42, tzinfo=UTC)
# Rows of these are what migrate itself writes.
MADE_BY_DJANGO = {"django_migrations", "django_content_type", "auth_permission"}

# Where a rule between columns wants more than one example for each.
SPECIAL: dict[str, dict[str, Any]] = {
    "people.number": {"benefit_unit_id": None},
    "people.personlink": {"other_id": lambda model: other(model, "other")},
    "intake.viadate": {"ends_at": NOW + timedelta(hours=2)},
    "intake.followup": {"entry_id": None},
}


def other(model: type[models.Model], field: str) -> Any:
    """The key of a second row of what ``field`` points to."""
    target = model._meta.get_field(field).remote_field.model
    return target._base_manager.order_by("-pk").values_list("pk", flat=True).first()


def plain(field: "models.Field[Any, Any]") -> Any:
    """Something that fits into ``field``."""
    if field.choices:
        return next(value for value, _ in field.flatchoices)
    longest = field.max_length or 20
    for kind, value in (
        (models.DateTimeField, NOW),
        (models.DateField, date(2026, 11, 24)),
        (models.TimeField, time(9, 42)),
        (models.DurationField, timedelta(hours=1)),
        (models.UUIDField, uuid.uuid4()),
        (models.DecimalField, Decimal(1)),
        (models.BooleanField, True),
        (models.FloatField, 1.5),
        (models.IntegerField, 1),
        (models.JSONField, {"ä": [1, "zwei"]}),
        (models.BinaryField, b"\x00\xff"),
        (models.CharField, "Übung"[:longest]),
        (models.TextField, "Übung\nzweite Zeile\t\\N"),
    ):
        if isinstance(field, kind):
            return value
    message = f"{field.model.__name__}.{field.name}: no example for {type(field).__name__}"
    raise TypeError(message)


def fill(model: type[models.Model], under_way: tuple[type[models.Model], ...] = ()) -> Any:
    """The key of a row of ``model``; makes one where there is none."""
    first = model._base_manager.order_by("pk").values_list("pk", flat=True).first()
    if first is not None:
        return first
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, (models.AutoField, models.BigAutoField)):
            continue
        special = SPECIAL.get(model._meta.label_lower, {})
        if field.attname in special:
            given = special[field.attname]
            values[field.attname] = given(model) if callable(given) else given
        elif isinstance(field, models.ForeignKey):
            target = field.remote_field.model
            values[field.attname] = None if field.null and target in (*under_way, model) else fill(target, (*under_way, model))
        else:
            values[field.attname] = plain(field)
    row = model(**values)
    model._base_manager.bulk_create([row])
    return row.pk


def fill_all() -> None:
    """A row in every table that has none. Call it with the scopes disabled."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in MADE_BY_DJANGO:
            fill(model)


def keep(vendor: str, url: str, target: Path) -> None:
    """Build the database at ``url`` (Django is connected to it) and back it up as ``target``."""
    from django_scopes import scope, scopes_disabled

    from hilfefrei.backup import archive
    from tests.world import make as make_world

    structure.migrate()
    with scopes_disabled():
        world = make_world()
    with scope(jobcenter=world.id):
        world.person()
        world.person("Çelik", "O'Neill", team="benefits")
    with scopes_disabled():
        fill_all()
    connection.close()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "daten"
        secrets.store(data / secrets.FILE_NAME, secrets.DEFAULTS)
        (data / "files").mkdir()
        (data / "files" / "beispiel.txt").write_text("Übung\n", encoding="utf-8")
        source = archive.Source(data, secrets.DEFAULTS, addresses.parse(url))
        made = archive.make(source, Path(folder) / "s", keys_folder=None, passphrase="", keep=0, now=NOW, say=lambda _: None)
        empty = sorted(t for t, count in made.manifest["tables"].items() if not count)
        assert not empty, f"without a row: {empty}"
        target.write_bytes(made.file.read_bytes())
    print(f"{target.name}: {len(made.manifest['tables'])} Tabellen, {target.stat().st_size // 1024} KB ({vendor})")


def main() -> None:
    from tests.support import databases

    django.setup()
    run = databases.open_run()
    try:
        held = databases.Databases(run, "keep")
        for vendor in databases.VENDORS:
            target = RELEASED / f"{hilfefrei.__version__}-{vendor}.sicherung"
            if target.exists():
                print(f"{target.name} gibt es schon.")
                continue
            held.vendor = vendor
            if vendor == "postgres":
                with held.empty_postgres() as url:
                    held._connect(url)
                    keep(vendor, url, target)
            else:
                url = f"sqlite:///{run / 'keep.sqlite3'}"
                held._connect(url)
                keep(vendor, url, target)
    finally:
        databases.close_run(run)


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[2])]
    main()
