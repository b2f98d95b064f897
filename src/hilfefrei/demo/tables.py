"""The tables of an empty training database, out of the models as they are: nothing is there that would have to move."""

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


class _None:
    """No app has migrations."""

    def __contains__(self, _app: str) -> bool:
        return True

    def __getitem__(self, _app: str) -> None:
        return None


def make() -> None:
    """Make all tables and note every migration as done; later ones are applied as everywhere.

    Going through fifty migrations took four of thirty seconds. The tables are the same but for the order of columns: a test
    wants models and migrations to agree. A database that holds anything is migrated.
    """
    if connection.introspection.table_names():
        call_command("migrate", verbosity=0, interactive=False)
        return
    held = settings.MIGRATION_MODULES
    settings.MIGRATION_MODULES = _None()
    try:
        call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
    finally:
        settings.MIGRATION_MODULES = held
    recorder = MigrationRecorder(connection)
    for app, name in sorted(MigrationLoader(connection).disk_migrations):
        recorder.record_applied(app, name)
