"""An empty training database gets its tables at once, and counts as migrated."""

import os
import subprocess
import sys
from pathlib import Path

MAKE = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from hilfefrei.demo import tables
tables.make()
call_command("migrate", check_unapplied=True, verbosity=0)
there = {name: {c.name for c in connection.introspection.get_table_description(connection.cursor(), name)} for name in connection.introspection.table_names()}
from django.apps import apps
for model in apps.get_models(include_auto_created=True):
    assert {f.column for f in model._meta.concrete_fields} == there[model._meta.db_table], model
tables.make()
print(len(there))
"""


def test_tables_are_there_and_no_migration_is_due(tmp_path: Path) -> None:
    environment = os.environ | {"HILFEFREI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "hilfefrei.settings.demo"}
    environment.pop("HILFEFREI_DATABASE_URL", None)
    done = subprocess.run([sys.executable, "-c", MAKE], env=environment, check=False, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 70
