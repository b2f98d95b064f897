"""No migration takes away what the release before still uses."""

import json
import re
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

HERE = Path(__file__).parent
RELEASED = HERE / "released"
CONTRACTS: list[dict[str, Any]] = tomllib.loads((HERE / "contracts.toml").read_text(encoding="utf-8")).get("contract", [])


def releases() -> list[str]:
    """Versions of which a schema is kept, oldest first."""
    found = {f.name.rsplit("-", 1)[0] for f in RELEASED.glob("*.sicherung")}
    return sorted(found, key=lambda v: [int(part) for part in v.split(".")])


def released_migrations(version: str) -> set[tuple[str, str]]:
    """What was applied in the schema of a release."""
    with zipfile.ZipFile(RELEASED / f"{version}-postgres.sicherung") as opened:
        return {(app, name) for app, name in json.loads(opened.read("manifest.json"))["migrations"]}


def breaking(operation: Any) -> Iterator[str]:
    """What of one operation code that does not know of it cannot live with."""
    kind = type(operation).__name__
    match operation:
        case migrations.SeparateDatabaseAndState():
            for inner in operation.database_operations:
                yield from breaking(inner)
        case migrations.RemoveField():
            yield f"{kind} {operation.model_name}.{operation.name}".lower()
        case migrations.RenameField():
            yield f"{kind} {operation.model_name}.{operation.old_name}".lower()
        case migrations.DeleteModel():
            yield f"{kind} {operation.name}".lower()
        case migrations.RenameModel():
            yield f"{kind} {operation.old_name}".lower()
        case migrations.AlterModelTable():
            yield f"{kind} {operation.name}".lower()
        case migrations.AddField() | migrations.AlterField():
            field = operation.field
            # A default that was only asked for once (preserve_default) fills old rows and helps nobody afterwards.
            given = (field.has_default() and operation.preserve_default) or field.db_default is not models.NOT_PROVIDED
            if not field.null and not given and not field.many_to_many and not _empty_text(field):
                yield f"{kind} {operation.model_name}.{operation.name}".lower()
        case migrations.RunSQL():
            if re.search(r"\b(drop|rename|set\s+not\s+null)\b", str(operation.sql), re.IGNORECASE):
                yield f"{kind}: {operation.sql}".lower()
        case _:
            return


def _empty_text(field: Any) -> bool:
    """Blank text is written as an empty text by whoever does not say anything."""
    return bool(field.blank and isinstance(field, (models.CharField, models.TextField)))


def unlisted(loader: Any, since: set[tuple[str, str]], contracts: list[dict[str, Any]]) -> list[str]:
    """Breaking operations after the released migrations ``since`` that are not in ``contracts``."""
    listed = {(row["migration"], row["what"].lower()) for row in contracts}
    found = []
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if (app, name) in since or not migration.__module__.startswith("hilfefrei."):
            continue
        # What an AlterField keeps as it was (not null before and after) breaks nothing; nor does a table of the same migration.
        made = {op.name.lower() for op in migration.operations if isinstance(op, migrations.CreateModel)}
        for operation in migration.operations:
            if getattr(operation, "model_name", "").lower() in made:
                continue
            if isinstance(operation, migrations.AlterField) and not _was_null(loader, migration, operation):
                continue
            found += [f"{app}.{name}: {what}" for what in breaking(operation) if (f"{app}.{name}", what) not in listed]
    return found


def _was_null(loader: Any, migration: Any, operation: Any) -> bool:
    state = loader.project_state((migration.app_label, migration.name), at_end=False)
    for before in migration.operations:
        if before is operation:
            break
        before.state_forwards(migration.app_label, state)
    return bool(state.models[migration.app_label, operation.model_name.lower()].fields[operation.name].null)


def test_every_contract_is_listed_with_the_release_that_stopped_using_it() -> None:
    first = releases()[0]
    assert unlisted(MigrationLoader(None), released_migrations(first), CONTRACTS) == [], (
        "expand first: add what is new beside the old, stop using the old, release; then contract and list it in contracts.toml"
    )


def test_what_is_listed_is_there_and_was_unused_in_a_release() -> None:
    disk = MigrationLoader(None).disk_migrations
    for row in CONTRACTS:
        app, _, name = row["migration"].partition(".")
        assert row["what"].lower() in [w for op in disk[app, name].operations for w in breaking(op)], row
        assert row["unused_since"] in releases(), row
        assert (app, name) not in released_migrations(row["unused_since"]), "it still had the column, its code no longer used it"


@pytest.mark.parametrize(
    ("operation", "breaks"),
    [
        (migrations.RemoveField("person", "x"), True),
        (migrations.RenameField("person", "x", "y"), True),
        (migrations.DeleteModel("Person"), True),
        (migrations.RenameModel("Person", "Human"), True),
        (migrations.AlterModelTable("person", "t"), True),
        (migrations.AddField("person", "x", models.IntegerField()), True),
        (migrations.AddField("person", "x", models.IntegerField(default=1), preserve_default=False), True),
        (migrations.AddField("person", "x", models.IntegerField(default=1)), False),
        (migrations.AddField("person", "x", models.IntegerField(db_default=1)), False),
        (migrations.AddField("person", "x", models.IntegerField(null=True)), False),
        (migrations.AddField("person", "x", models.CharField(max_length=3, blank=True, default="")), False),
        (migrations.AddIndex("person", models.Index(fields=["x"], name="i")), False),
        (migrations.RunSQL("ALTER TABLE people_person DROP COLUMN x"), True),
        (migrations.RunSQL("UPDATE people_person SET x = 1"), False),
        (migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("person", "x")]), True),
        (migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("person", "x")]), False),
    ],
)
def test_what_breaks_is_seen(operation: Any, breaks: bool) -> None:
    assert bool(list(breaking(operation))) == breaks


def test_the_walk_finds_what_comes_after_a_release() -> None:
    real = MigrationLoader(None)
    later = migrations.Migration("9999_later", "people")
    later.operations = [
        migrations.CreateModel("New", [("id", models.IntegerField(primary_key=True))]),
        migrations.AddField("new", "of_its_own_table", models.IntegerField()),
        migrations.AlterField("number", "valid_to", models.DateField()),
        migrations.AlterField("number", "valid_from", models.DateField(verbose_name="von")),
        migrations.RemoveField("person", "birth_name"),
    ]
    later.__module__ = "hilfefrei.apps.people.migrations.9999_later"
    loader = SimpleNamespace(
        disk_migrations=real.disk_migrations | {("people", "9999_later"): later}, project_state=lambda *_, **__: real.project_state()
    )
    found = unlisted(loader, set(real.disk_migrations), [])
    assert found == ["people.9999_later: alterfield number.valid_to", "people.9999_later: removefield person.birth_name"]
    listed = [{"migration": "people.9999_later", "what": "RemoveField person.birth_name"}]
    assert unlisted(loader, set(real.disk_migrations), listed) == found[:1]
